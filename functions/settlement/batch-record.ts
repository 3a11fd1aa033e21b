/** The record of one settled currency of one period, and the entries that follow from it alone (I18). Pure. */

import { type ObjectKey, type Scope, timeText } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import type { JournalEntry } from '../ledger/entry.ts';
import type { ReserveShare } from '../ledger/reserve.ts';
import { madeAvailable, reserveReleased } from '../ledger/rules.ts';
import type { Period } from '../ledger/store.ts';
import { unpack } from '../table/pack.ts';
import type { Item, Key } from '../table/table.ts';

/** What became of one currency of one closed period. */
export interface Batch {
  readonly scope: Scope;
  readonly currency: Currency;
  readonly afterMs: number;
  readonly throughMs: number;
  /** `available` before: what earlier batches carried forward, and what refunds took since. */
  readonly opening: bigint;
  readonly net: bigint;
  /** What it added to the reserve: held back less released. */
  readonly reserve: bigint;
  /** Held back of the period's captures; absent in batches of 0.1, which released nothing. */
  readonly withheld?: bigint;
  /** What was released of each hold, in order of date. */
  readonly releases?: readonly ReserveShare[];
  readonly paidOut: bigint;
  /** `available` after. */
  readonly closing: bigint;
  readonly payout?: ObjectKey;
  readonly createdMs: number;
  readonly manifest: Period['manifest'];
  /**
   * The names of its entries contain the period. Absent in batches of earlier versions: their names contain the time and the currency alone,
   * so that two of them could not be made in one millisecond.
   */
  readonly namedByPeriod?: true;
}

export const batchKey = (scope: Scope, throughMs: number, currency: string): Key => ({
  pk: batchPartition(scope),
  sk: `${timeText(throughMs)}#${currency}`,
});
export const batchOf = (item: Item): Batch => unpack<Batch>(item.doc as Uint8Array);
export const batchPartition = (scope: Scope): string => `${scope}#batch`;

/** What the batch held back, in minor units. */
export const withheldBy = ({ withheld, reserve }: Pick<Batch, 'withheld' | 'reserve'>): bigint => withheld ?? reserve;
/** What it released. */
export const reserveReleasedBy = (batch: Pick<Batch, 'withheld' | 'reserve'>): bigint =>
  withheldBy(batch) - batch.reserve;

type BatchIdentity = Pick<Batch, 'currency' | 'throughMs' | 'namedByPeriod'>;

/**
 * Object key of what a settlement posts: its identity is the period's end and the currency. The key of an entry contains the part of it that
 * follows the time and the shard, so the period's end stands there too.
 */
export const batchEntryKey = ({ throughMs, currency, namedByPeriod }: BatchIdentity): ObjectKey => {
  const period = timeText(throughMs);
  return `${period}0${currency.padEnd(7, '0')}${namedByPeriod ? period : '0000000'}` as ObjectKey;
};

type Moved = BatchIdentity & Pick<Batch, 'net' | 'reserve' | 'withheld' | 'createdMs'>;

/** The entries that were posted with the batch, from the batch alone. */
export const entriesOfBatch = (batch: Moved): readonly JournalEntry[] => [
  ...madeAvailableEntry(batch),
  ...reserveReleasedEntry(batch),
];

const entryBase = (batch: Moved) => ({
  body: batchEntryKey(batch),
  step: 1,
  currency: batch.currency,
  committedMs: batch.createdMs,
});

/** The entry that moves a period's net out of `pending`; none where nothing moves. */
function madeAvailableEntry(batch: Moved): readonly JournalEntry[] {
  const withheld = withheldBy(batch);
  if (batch.net === 0n && withheld === 0n) return [];
  return [
    {
      ...entryBase(batch),
      type: 'released',
      legs: madeAvailable(batch.net, withheld),
      ...(withheld > 0n && {
        transaction: { type: 'reserve_hold', amount: -withheld, fee: 0n, source: null, description: 'Reserve' },
      }),
    },
  ];
}

/** The entry that gives back what is due or was returned; none where that is nothing. */
function reserveReleasedEntry(batch: Moved): readonly JournalEntry[] {
  const amount = reserveReleasedBy(batch);
  if (amount === 0n) return [];
  return [
    {
      ...entryBase(batch),
      type: 'reserve_released',
      legs: reserveReleased(amount),
      transaction: { type: 'reserve_release', amount, fee: 0n, source: null, description: 'Reserve release' },
    },
  ];
}
