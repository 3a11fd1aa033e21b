/** What a capture costs the merchant, by the terms that are agreed. Pure. */
import type { MethodType } from '../channels/port/instrument.ts';
import { type Currency, type FeeTerms, mulDiv } from '../kernel/money.ts';
import { reserveDaysOf } from '../ledger/reserve.ts';

/** The terms as they are for one currency and one type of payment method: what a payment freezes. */
export function termsFor(terms: FeeTerms, currency: Currency, type: MethodType): FeeTerms {
  const own = terms.byMethod?.[type];
  return {
    feeBps: own?.feeBps ?? terms.feeBps,
    fixed: own?.fixedIn?.[currency] ?? terms.fixedIn?.[currency] ?? terms.fixed,
    reserveBps: terms.reserveBps,
    ...(terms.reserveBps > 0 && { reserveDays: reserveDaysOf(terms) }),
    version: terms.version,
  };
}

/** What a capture costs the merchant in minor units, by frozen terms: the percentage rounded half up, plus the fixed part. */
export const feeOf = (amount: bigint, { feeBps, fixed }: Pick<FeeTerms, 'feeBps' | 'fixed'>): bigint =>
  mulDiv(amount, BigInt(feeBps), 10_000n, 'half_up') + fixed;
