/**
 * What settlement does with the rolling reserve of one currency: new holds are added, what refunds and chargebacks returned is taken off,
 * and what falls due with the period is released, once (ADR 0017). Pure: dates and sums.
 *
 * Holds are kept per release date, so their number is bounded by the days of the longest term, whatever the number of payments. The sum of
 * the positive ones is the balance of the ledger account `reserve` (I5). A hold is negative when a refund was settled before the late
 * capture that it returns: it stands until that capture comes.
 */
import { type Holds, isDue, type ReserveDate, type ReserveShare } from '../ledger/reserve.ts';

const positive = (amount: bigint | undefined): bigint => (amount !== undefined && amount > 0n ? amount : 0n);

/** What the holds hold: the balance of the ledger account. */
export const heldIn = (holds: Holds): bigint =>
  Object.values(holds).reduce((sum, amount) => sum + positive(amount), 0n);

/** The holds after a settlement, and what it moved. */
export interface SettledReserve {
  readonly holds: Holds;
  /** Held back of this period's captures. */
  readonly withheld: bigint;
  /** Sum of `releases`. */
  readonly released: bigint;
  /** What was released of each hold, in order of date. */
  readonly releases: readonly ReserveShare[];
}

/**
 * Settles the reserve with the period that ends with the millisecond `throughMs`. `released` − `withheld` is what `holds` lost. What is due is
 * released whole, and no longer in the result. What is freed of a hold that is due, or that an earlier period released, releases nothing more.
 */
export function settleReserve(before: Holds, added: Holds, freed: Holds, throughMs: number): SettledReserve {
  const holds: Record<ReserveDate, bigint> = {};
  const releases: ReserveShare[] = [];
  let withheld = 0n;
  for (const date of new Set([before, added, freed].flatMap(Object.keys).sort())) {
    const [held = 0n, more = 0n] = [before[date], added[date]];
    const left = isDue(date, throughMs) ? 0n : held + more - (freed[date] ?? 0n);
    const amount = positive(held) + more - positive(left);
    withheld += more;
    if (amount > 0n) releases.push({ date, amount });
    if (left !== 0n) holds[date] = left;
  }
  return { holds, withheld, released: releases.reduce((sum, { amount }) => sum + amount, 0n), releases };
}
