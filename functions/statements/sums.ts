/**
 * What the lines of a statement add up to, per currency. Pure sums: a statement of a million lines is a few numbers. Fees are summed exactly, and
 * rounded once per statement and currency.
 */
import type { Currency } from '../kernel/money.ts';
import type { CheckedLine } from './checked-line.ts';
import { exactOf, minorOf } from './exact.ts';

/**
 * unknown: no object of ours has the reference, or the line has none. amount: the object exists, and its entries have no such amount at this channel.
 * adjustment: the channel names no object.
 */
export type SuspenseReason = 'unknown' | 'amount' | 'adjustment';

/** `booked`: our records account for the gross of the line. `suspended`: they do not, so it waits for a person. */
export type Verdict =
  /** `expectedFee`: minor units that the dispute itself booked as its cost. */
  | { readonly as: 'booked'; readonly expectedFee?: bigint }
  | { readonly as: 'suspended'; readonly reason: SuspenseReason };

export interface CurrencySums {
  /** Exact decimals of the major unit (exact.ts). */
  readonly fees: bigint;
  readonly disputeFees: bigint;
  /** Of the fees of disputes: minor units that the disputes booked themselves. */
  readonly expected: bigint;
  /** Minor units by which the lines lower what the channel owes, beyond their gross and `expected`. */
  readonly kept: bigint;
  /** Minor units that arrived at the bank. */
  readonly settled: bigint;
  /** Gross in suspense: money that the channel has and no record of ours explains, and money that it took back. */
  readonly over: bigint;
  readonly short: bigint;
  /** Minor units that an exchange by the channel added to what it owes. */
  readonly exchanged: bigint;
}

export type Sums = Readonly<Record<string, CurrencySums>>;

const NOTHING: CurrencySums = {
  fees: 0n,
  disputeFees: 0n,
  expected: 0n,
  kept: 0n,
  settled: 0n,
  over: 0n,
  short: 0n,
  exchanged: 0n,
};

/** The sums with one more line. */
export function withLine(sums: Sums, line: CheckedLine, verdict: Verdict): Sums {
  const { type, currency, netCurrency, gross, net } = line;
  const isFee = type === 'fee';
  const isDispute = type === 'dispute' || type === 'dispute_reversed';
  const expected = verdict.as === 'booked' ? (verdict.expectedFee ?? 0n) : 0n;
  const fee = isFee ? line.fee - exactOf(gross, netCurrency) : line.fee;
  // What the books have of the line on the channel's account, in the currency in which the channel owes it.
  const owed = isFee ? 0n : currency === netCurrency ? gross : net + minorOf(line.fee, netCurrency);
  let next = added(sums, netCurrency, {
    [isDispute ? 'disputeFees' : 'fees']: fee,
    expected,
    kept: owed - net - expected,
    ...(type === 'payout' && { settled: -gross }),
  });
  if (verdict.as === 'suspended') next = added(next, currency, gross > 0n ? { over: gross } : { short: -gross });
  if (currency === netCurrency) return next;
  return added(added(next, currency, { exchanged: -gross }), netCurrency, { exchanged: owed });
}

function added(sums: Sums, currency: Currency, more: Partial<CurrencySums>): Sums {
  const next: Record<keyof CurrencySums, bigint> = { ...(sums[currency] ?? NOTHING) };
  for (const name of Object.keys(more) as (keyof CurrencySums)[]) next[name] += more[name] ?? 0n;
  return { ...sums, [currency]: next };
}

export interface Costs {
  readonly cost: bigint;
  readonly disputeCost: bigint;
  /** The difference: the channel rounds each line, and the exact sum is rounded once. */
  readonly rounding: bigint;
}

/** Minor units that a statement books as cost: the exact sums of its fees, each rounded half up. With `rounding` they are what the channel kept. */
export function costsOf(currency: Currency, { fees, disputeFees, expected, kept }: CurrencySums): Costs {
  const cost = minorOf(fees, currency);
  const disputeCost = minorOf(disputeFees, currency) - expected;
  return { cost, disputeCost, rounding: kept - cost - disputeCost };
}

/** What rounding the exact sum of the fees left out, as an exact decimal of the major unit: less than one minor unit per sum. */
export function unroundedOf(currency: Currency, sums: CurrencySums): bigint {
  const rest = (value: bigint): bigint => value - exactOf(minorOf(value, currency), currency);
  return rest(sums.fees) + rest(sums.disputeFees);
}
