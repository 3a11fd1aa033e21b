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

/** What becomes of an order to a bank account. */
export interface BankPlan {
  /** Why the account does not take the money. */
  readonly failure?: string;
  /** It takes the money, and sends it back for that reason. */
  readonly sendsBack?: boolean;
  /** The bank does not take the order. */
  readonly refuses?: boolean;
  /** `lost`: the order is carried out without a response. `never`: it does not reach the bank. */
  readonly fault?: 'lost' | 'never';
}

/** By the last four digits of the account, as Stripe's test accounts end. Every other account takes money. */
const BANK_PLANS: Readonly<Record<string, BankPlan>> = {
  '1113': { failure: 'account_closed' },
  '1116': { failure: 'no_account' },
  '2227': { failure: 'insufficient_funds' },
  '3335': { failure: 'debit_not_authorized' },
  '4440': { failure: 'invalid_currency' },
  '9511': { failure: 'account_closed', sendsBack: true },
  '9503': { fault: 'lost' },
  '9500': { fault: 'never' },
};

export const bankPlanOf = ({ bankLast4 }: PayoutParams): BankPlan => BANK_PLANS[bankLast4] ?? {};

/** What a bank can move of a currency: HUF, TWD, ISK and UGX in whole units, three decimals without the last. 100 minor units, or 10. */
const STEPS: Readonly<Record<string, bigint>> = {
  ...Object.fromEntries(['huf', 'twd', 'isk', 'ugx'].map((currency) => [currency, 100n])),
  ...Object.fromEntries(['bhd', 'jod', 'kwd', 'omr', 'tnd'].map((currency) => [currency, 10n])),
};

/** Whether the bank can move exactly this amount. */
export const isPayable = ({ amount, currency }: PayoutParams): boolean => amount % (STEPS[currency] ?? 1n) === 0n;

export function orderPayout(
  account: string,
  params: PayoutParams,
  moment: { readonly nowMs: number; readonly timings: Timings },
  { failure, sendsBack }: BankPlan = bankPlanOf(params),
): Payout {
  const settledMs = moment.nowMs + moment.timings.payoutMs;
  return {
    account,
    params,
    createdMs: moment.nowMs,
    settledMs,
    ...(failure !== undefined && { failure }),
    ...(sendsBack && { returnedMs: settledMs + moment.timings.payoutReturnMs }),
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
