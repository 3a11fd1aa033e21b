/** The record of one settled currency of one period, and the entries that follow from it alone (I18). Pure. */
import type { JournalEntry } from '../ledger/entry.ts';
import type { ReserveShare } from '../ledger/reserve.ts';
import { released, reserveReleased } from '../ledger/rules.ts';
import type { Period } from '../ledger/store.ts';
import { type Body, type Scope, timeText } from '../shared/ids.ts';
import type { Currency } from '../shared/money.ts';
import { unpack } from '../shared/pack.ts';
import type { Item, Key } from '../shared/table.ts';

/** What became of one currency of one sealed period. */
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
  readonly payout?: Body;
  readonly createdMs: number;
  readonly manifest: Period['manifest'];
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
export const releasedBy = (batch: Pick<Batch, 'withheld' | 'reserve'>): bigint => withheldBy(batch) - batch.reserve;

/** Body of what a settlement posts: its identity is the period's end and the currency. */
export const releaseBody = (throughMs: number, currency: Currency): Body =>
  `${timeText(throughMs)}0${currency.padEnd(14, '0')}` as Body;

type Moved = Pick<Batch, 'currency' | 'throughMs' | 'net' | 'reserve' | 'withheld' | 'createdMs'>;

/** The entries that were posted with the batch, from the batch alone. */
export const entriesOfBatch = (batch: Moved): readonly JournalEntry[] => [
  ...releasedEntry(batch),
  ...reserveReleasedEntry(batch),
];

const entryBase = ({ throughMs, currency, createdMs }: Moved) => ({
  body: releaseBody(throughMs, currency),
  step: 1,
  currency,
  committedMs: createdMs,
});

/** The entry that moves a period's net out of `pending`; none where nothing moves. */
function releasedEntry(batch: Moved): readonly JournalEntry[] {
  const withheld = withheldBy(batch);
  if (batch.net === 0n && withheld === 0n) return [];
  return [
    {
      ...entryBase(batch),
      type: 'released',
      legs: released(batch.net, withheld),
      ...(withheld > 0n && {
        transaction: { type: 'reserve_hold', amount: -withheld, fee: 0n, source: null, description: 'Reserve' },
      }),
    },
  ];
}

/** The entry that gives back what is due or was returned; none where that is nothing. */
function reserveReleasedEntry(batch: Moved): readonly JournalEntry[] {
  const amount = releasedBy(batch);
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
