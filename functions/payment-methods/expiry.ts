/** Until when a card is good: what Stripe takes, in its codes and words (docs.stripe.com/error-codes). Pure. */
import { type ApiError, cardError } from '../api/errors.ts';

/** Stripe takes no card that expires later. */
const LONGEST_YEARS = 50;

/** People write 34 for 2034. */
export const fourDigits = (year: number): number => (year >= 0 && year < 100 ? 2000 + year : year);

/** @throws 402 invalid_expiry_month, invalid_expiry_year */
export function checkExpiry(month: number, year: number, now: Date): void {
  if (!Number.isInteger(month) || month < 1 || month > 12) throw invalidExpiryMonth();
  const thisYear = now.getUTCFullYear();
  if (!Number.isInteger(year) || year < thisYear || year > thisYear + LONGEST_YEARS) throw invalidExpiryYear();
  if (year === thisYear && month < now.getUTCMonth() + 1) throw invalidExpiryMonth();
}

const invalidExpiryMonth = (): ApiError =>
  cardError("Your card's expiration month is invalid.", { code: 'invalid_expiry_month', param: 'exp_month' });
const invalidExpiryYear = (): ApiError =>
  cardError("Your card's expiration year is invalid.", { code: 'invalid_expiry_year', param: 'exp_year' });
