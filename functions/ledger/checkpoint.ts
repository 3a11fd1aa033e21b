/**
 * The balance checkpoint: the sum of the older entries of the open period. A reader of a balance then reads the entries of the last minutes
 * only (ADR 0013). It holds no data that the entries do not hold. Without it, or with one of another period, all of them are read.
 *
 * I5: it is the sum of the entries committed after `afterMs`, where the last period was closed, up to and with `throughMs`, but for those on
 * the late entries, which are counted from the list. Whether an entry is on it is decided by the write that posts the entry, so no entry
 * ever comes into a range that has been summed up: one that is posted so late is on the list.
 */
import type { Scope } from '../kernel/ids.ts';
import { pack, unpack } from '../table/pack.ts';
import { absent, equal, type Item, type Write } from '../table/table.ts';
import { fold, type JournalEntry } from './entry.ts';
import { checkpointKey } from './keys.ts';

/** Debits − credits per `currency account`. */
export type AccountTotals = Readonly<Record<string, bigint>>;

export interface Checkpoint {
  readonly scope: Scope;
  readonly version: number;
  readonly afterMs: number;
  readonly throughMs: number;
  readonly totals: AccountTotals;
}

export const checkpointOf = (item: Item): Checkpoint => unpack<Checkpoint>(item.doc as Uint8Array);

/** Writes it: version 1 must not exist yet, a later one must follow the one it was made from. */
export const putCheckpoint = (checkpoint: Checkpoint): Write => ({
  kind: 'put',
  table: 'ledger',
  item: { ...checkpointKey(checkpoint.scope), v: checkpoint.version, doc: pack(checkpoint) },
  when: checkpoint.version === 1 ? absent : equal('v', checkpoint.version - 1),
});

/** A checkpoint that is invalid after this one: the next one is computed from all entries. */
export const without = (checkpoint: Checkpoint): Checkpoint => ({
  ...checkpoint,
  version: checkpoint.version + 1,
  afterMs: NO_PERIOD,
  throughMs: NO_PERIOD,
  totals: {},
});
const NO_PERIOD = -1;

/** `totals` and the entries, which count `times` (−1: taken away). */
export function totalsWith(
  totals: AccountTotals,
  entries: Iterable<JournalEntry>,
  times: 1n | -1n = 1n,
): AccountTotals {
  return plusSums(totals, fold(entries), times);
}

/** `totals` and what was folded, which counts `times` (−1: taken away). */
export function plusSums(totals: AccountTotals, folded: ReturnType<typeof fold>, times: 1n | -1n = 1n): AccountTotals {
  const sums = { ...totals };
  for (const [currency, byAccount] of folded) {
    for (const [account, amount] of byAccount) {
      const name = `${currency} ${account}`;
      sums[name] = (sums[name] ?? 0n) + times * amount;
    }
  }
  return sums;
}

/** Without the accounts whose balance is zero, so that the checkpoint does not grow with accounts that were used once. */
export const nonZero = (totals: AccountTotals): AccountTotals =>
  Object.fromEntries(Object.entries(totals).filter(([, amount]) => amount !== 0n));
