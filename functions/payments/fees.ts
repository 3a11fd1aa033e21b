/** What a capture costs the merchant, by the terms that are agreed. Pure. */
import { type Currency, type FeeTerms, mulDiv } from '../kernel/money.ts';
import { reserveDaysOf } from '../ledger/reserve.ts';

/** The terms as they are for one currency: what a payment freezes. */
export const termsFor = (terms: FeeTerms, currency: Currency): FeeTerms => ({
  feeBps: terms.feeBps,
  fixed: terms.fixedIn?.[currency] ?? terms.fixed,
  reserveBps: terms.reserveBps,
  ...(terms.reserveBps > 0 && { reserveDays: reserveDaysOf(terms) }),
  version: terms.version,
});

/** What a capture costs the merchant in minor units: the percentage rounded half up, plus the fixed part. */
export const feeOf = (amount: bigint, currency: Currency, terms: FeeTerms): bigint =>
  mulDiv(amount, BigInt(terms.feeBps), 10_000n, 'half_up') + termsFor(terms, currency).fixed;
