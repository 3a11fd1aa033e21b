/**
 * Where a journal entry stands and what its balance transaction is called: both computed from type, object key, step and the frozen commit
 * time (I4), so neither needs a lookup, and an entry that is written twice lands in the same place (ADR 0003).
 */
import { type BalanceTransactionId, base62, fromBase62, type ObjectKey, type Scope, timeText } from '../kernel/ids.ts';
import type { Key } from '../table/table.ts';
import type { EntryType, JournalEntry } from './entry.ts';

const TYPE_CHARS = {
  authorized: 'a',
  incremented: 'i',
  captured: 'c',
  voided: 'v',
  refund_requested: 'r',
  refund_succeeded: 's',
  refund_failed: 'f',
  released: 'l',
  reserve_released: 'u',
  payout_created: 'o',
  payout_paid: 'p',
  payout_failed: 'q',
  payout_returned: 't',
  payout_canceled: 'n',
  surplus_received: 'x',
  surplus_returned: 'y',
  dispute_opened: 'd',
  dispute_won: 'w',
  dispute_lost: 'e',
  channel_costs: 'k',
  channel_settled: 'b',
  suspended: 'h',
  exchanged: 'g',
} as const satisfies Record<EntryType, string>;

/** `txn_` + time (7) + shard (1) + the key's random part (14) + type (1) + step (2). */
export const transactionId = (
  type: EntryType,
  objectKey: ObjectKey,
  committedMs: number,
  step: number,
): BalanceTransactionId =>
  `txn_${timeText(committedMs)}${objectKey.charAt(7)}${objectKey.slice(8)}${TYPE_CHARS[type]}${base62(step, 2)}`;

export const transactionIdOf = ({ type, body, committedMs, step }: JournalEntry): BalanceTransactionId =>
  transactionId(type, body, committedMs, step);

export const journalPartition = (scope: Scope, shard: string): string => `${scope}#j#${shard}`;

/** Sort key of the entry that a `txn_…` id names, with its shard; undefined for what is no such id. */
export function parseTransactionId(id: string): { readonly shard: string; readonly sk: string } | undefined {
  const match = /^txn_([0-9A-Za-z]{7})([0-9A-Za-z])([0-9A-Za-z]{17})$/.exec(id);
  return match ? { shard: match[2]!, sk: `${match[1]!}${match[3]!}` } : undefined;
}

export function entryKey(scope: Scope, entry: JournalEntry): Key {
  const { shard, sk } = parseTransactionId(transactionIdOf(entry))!;
  return { pk: journalPartition(scope, shard), sk };
}

/** When the entry at this key was committed: its key begins with it. */
export const committedMsAt = ({ sk }: Key): number => fromBase62(sk.slice(0, 7));

export const balanceKey = (scope: Scope, currency: string): Key => ({ pk: `${scope}#b`, sk: currency });
/** `#` sorts before every currency. */
export const periodKey = (scope: Scope): Key => ({ pk: `${scope}#b`, sk: '#period' });
/** The net of a settled period in a currency that is not due yet. */
export const deferredKey = (scope: Scope, throughMs: number, currency: string): Key => ({
  pk: `${scope}#b`,
  sk: `${DEFERRED}${timeText(throughMs)}#${currency}`,
});
export const DEFERRED = '#deferred#';
/** The balance checkpoint of the open period (checkpoint.ts). */
export const checkpointKey = (scope: Scope): Key => ({ pk: `${scope}#b`, sk: '#subtotal' });
export const latePartition = (scope: Scope): string => `${scope}#late`;
/** Name of an entry among the late entries: its shard and sort key. */
export const lateKey = (scope: Scope, key: Key): Key => ({
  pk: latePartition(scope),
  sk: `${key.pk.slice(-1)}${key.sk}`,
});
/** The entry that a member of the late entries stands for. */
export const entryOfLate = (scope: Scope, sk: string): Key => ({
  pk: journalPartition(scope, sk.charAt(0)),
  sk: sk.slice(1),
});
