/**
 * The rolling reserve: part of each captured amount is held for a number of days, and released by settlement (ADR 0017). Pure rules.
 *
 * A capture's hold has an amount and a release date, both functions of facts that are frozen with the capture. A hold shrinks as its
 * capture is refunded or charged back; a share that was released is never held again.
 */
import { mulDiv } from '../kernel/money.ts';

/** How long a reserve is held when nothing else is agreed. Stripe's usual term is 30 to 90 days, Braintree's 30 to 120. */
export const DEFAULT_RESERVE_DAYS = 90;
/** Stripe releases every reserve after at most 180 days. */
export const MAXIMUM_RESERVE_DAYS = 180;

/** The UTC day (`YYYY-MM-DD`) at whose first millisecond a hold is due. Text order is order in time. */
export type ReserveDate = string;

/** An amount in minor units of holds that fall due on one date. */
export interface ReserveShare {
  readonly date: ReserveDate;
  readonly amount: bigint;
}

/** Minor units by release date. */
export type Holds = Readonly<Record<ReserveDate, bigint>>;

/** For how long the terms hold a reserve: those of 0.1 do not say. */
export const reserveDaysOf = ({ reserveDays }: { readonly reserveDays?: number }): number =>
  reserveDays ?? DEFAULT_RESERVE_DAYS;

const DAY_MS = 86_400_000;

/**
 * When the hold of a capture at `capturedMs` is due: the first midnight UTC that comes `days` whole days or more after the capture.
 * @see https://docs.stripe.com/api/reserve/hold/object (`scheduled_release`)
 */
export const reserveDate = (capturedMs: number, days: number): ReserveDate =>
  dayText((Math.floor(capturedMs / DAY_MS) + 1 + days) * DAY_MS);

/** The UTC day of an instant. */
export const dayText = (ms: number): ReserveDate => new Date(ms).toISOString().slice(0, 10);

/** Whether holds of the date fall due within a period that ends with the millisecond `throughMs`. */
export const isDue = (date: ReserveDate, throughMs: number): boolean => Date.parse(date) <= throughMs + 1;

/** What the shares of a capture are computed from: minor units, and the terms that are frozen with it. */
export interface ReservedCapture {
  readonly amount: bigint;
  readonly reserve: bigint;
  readonly capturedMs: number;
  readonly terms: { readonly reserveDays?: number };
}

/**
 * What is released in all of a payment's holds once `returned` of it (minor units) is back with the payer, by date. It counts against the
 * oldest capture first. The rest of a hold is in proportion to the rest of its capture, rounded half up: zero, once all is returned.
 */
export function freedBy(captures: readonly ReservedCapture[], returned: bigint): Holds {
  let earlier = 0n;
  const shares = captures.map(({ amount, reserve, capturedMs, terms }): ReserveShare => {
    const left = mulDiv(reserve, amount - within(returned - earlier, amount), amount, 'half_up');
    earlier += amount;
    return { date: reserveDate(capturedMs, reserveDaysOf(terms)), amount: reserve - left };
  });
  return sharesOf(shares);
}

const within = (amount: bigint, most: bigint): bigint => (amount < 0n ? 0n : amount > most ? most : amount);

/** The shares, summed by date, in order of date. */
export function sharesOf(shares: readonly ReserveShare[]): Holds {
  const sums: Record<ReserveDate, bigint> = {};
  for (const { date, amount } of [...shares].sort((a, b) => (a.date < b.date ? -1 : 1)))
    sums[date] = (sums[date] ?? 0n) + amount;
  return sums;
}
