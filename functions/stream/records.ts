/**
 * Which record each journal entry is about, and which entries a record makes (I18): the one list that closing a period, the audit and repair
 * go by. Pure. A new type of entry does not compile without its record here.
 */

import { type EntryType, fold, type JournalEntry } from '../ledger/entry.ts';
import { KINDS } from './kinds.ts';

/** The kinds of records in the payments table that move money. */
export const MONEY_KINDS = {
  payment: KINDS.payment.record,
  refund: KINDS.refund.record,
  payout: KINDS.payout.record,
  dispute: KINDS.dispute.record,
} as const;
export type MoneyKind = keyof typeof MONEY_KINDS;

/** Records outside the payments table: a settlement's batch, and a statement of a channel. */
export const RECORD_OF = {
  authorized: 'payment',
  incremented: 'payment',
  captured: 'payment',
  voided: 'payment',
  surplus_received: 'payment',
  surplus_returned: 'payment',
  refund_requested: 'refund',
  refund_succeeded: 'refund',
  refund_failed: 'refund',
  payout_created: 'payout',
  payout_paid: 'payout',
  payout_failed: 'payout',
  payout_returned: 'payout',
  payout_canceled: 'payout',
  dispute_opened: 'dispute',
  dispute_won: 'dispute',
  dispute_lost: 'dispute',
  released: 'batch',
  reserve_released: 'batch',
  channel_costs: 'statement',
  channel_settled: 'statement',
  suspended: 'statement',
  exchanged: 'statement',
} as const satisfies Record<EntryType, MoneyKind | 'batch' | 'statement'>;

/** The kind of the record that an entry of this type is about, where that is in the payments table. */
export function moneyKindOf(type: EntryType): MoneyKind | undefined {
  const kind = RECORD_OF[type];
  return kind === 'batch' || kind === 'statement' ? undefined : kind;
}

/** The entry's money as text: two entries with the same text move the same. What people read of it (description, reference) is left out. */
export function moneyOf(entry: JournalEntry): string {
  const accounts = [...(fold([entry]).get(entry.currency) ?? [])].filter(([, amount]) => amount !== 0n).sort(byName);
  const { transaction: facts, reserve = 0n, reserveDate = '', freed = [] } = entry;
  const held = [reserve, reserveDate, ...freed.map(({ date, amount }) => `${date} ${amount}`)];
  const shown = facts ? [facts.type, facts.amount, facts.fee, facts.source] : [];
  return [entry.type, entry.currency, ...accounts.map((leg) => leg.join(' ')), ...held, ...shown].join('|');
}

const byName = ([a]: readonly [string, bigint], [b]: readonly [string, bigint]): number => (a < b ? -1 : 1);
