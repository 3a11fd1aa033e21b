/** A payout at the sandbox's bank: pending, then paid or failed by itself after a short time; some are sent back after they were paid. Pure. */
import type { Timings } from './behavior.ts';

export interface PayoutParams {
  readonly reference: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly bankLast4: string;
  readonly country: string;
  readonly holder: string;
}

export interface Payout {
  readonly account: string;
  readonly params: PayoutParams;
  readonly createdMs: number;
  readonly settledMs: number;
  readonly failure?: string;
  /** When what was paid is sent back, for the reason in `failure`. */
  readonly returnedMs?: number;
}

/** Bank accounts (by their last four digits, as Stripe's test accounts end) that do not take money. */
const FAILURES: Readonly<Record<string, string>> = {
  '1113': 'account_closed',
  '1116': 'no_account',
  '2227': 'insufficient_funds',
  '3335': 'debit_not_authorized',
  '4440': 'invalid_currency',
};

/** Bank accounts that take the money and send it back. */
const RETURNS: Readonly<Record<string, string>> = { '9511': 'account_closed' };

/** Bank accounts whose order is carried out without a response (lost), or never reaches the bank (never). */
const FAULTS: Readonly<Record<string, 'lost' | 'never'>> = { '9503': 'lost', '9500': 'never' };

/** What a bank can move of a currency: HUF, TWD, ISK and UGX in whole units, three decimals without the last. 100 minor units, or 10. */
const STEPS: Readonly<Record<string, bigint>> = {
  ...Object.fromEntries(['huf', 'twd', 'isk', 'ugx'].map((currency) => [currency, 100n])),
  ...Object.fromEntries(['bhd', 'jod', 'kwd', 'omr', 'tnd'].map((currency) => [currency, 10n])),
};

/** Whether the bank can move exactly this amount. */
export const isPayable = ({ amount, currency }: PayoutParams): boolean => amount % (STEPS[currency] ?? 1n) === 0n;

export const payoutFaultOf = (params: PayoutParams): 'lost' | 'never' | undefined => FAULTS[params.bankLast4];

export function orderPayout(
  account: string,
  params: PayoutParams,
  moment: { readonly nowMs: number; readonly timings: Timings },
): Payout {
  const returned = RETURNS[params.bankLast4];
  const failure = returned ?? FAILURES[params.bankLast4];
  const settledMs = moment.nowMs + moment.timings.payoutMs;
  return {
    account,
    params,
    createdMs: moment.nowMs,
    settledMs,
    ...(failure !== undefined && { failure }),
    ...(returned !== undefined && { returnedMs: settledMs + moment.timings.payoutReturnMs }),
  };
}

export function payoutStatusOf(payout: Payout, nowMs: number): 'pending' | 'paid' | 'failed' {
  if (nowMs < payout.settledMs) return 'pending';
  if (payout.returnedMs !== undefined) return nowMs < payout.returnedMs ? 'paid' : 'failed';
  return payout.failure === undefined ? 'paid' : 'failed';
}

/** When its outcome last changed. */
export const payoutChangedMs = ({ createdMs, settledMs, returnedMs }: Payout, nowMs: number): number =>
  Math.max(...[createdMs, settledMs, returnedMs ?? 0].filter((ms) => ms <= nowMs));

export const samePayout = (a: PayoutParams, b: PayoutParams): boolean =>
  a.reference === b.reference &&
  a.amount === b.amount &&
  a.currency === b.currency &&
  a.bankLast4 === b.bankLast4 &&
  a.country === b.country &&
  a.holder === b.holder;
