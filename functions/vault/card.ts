/** A card as it is typed in: what makes it acceptable, in Stripe's order, codes and words (docs.stripe.com/error-codes). Pure. */
import cardValidator from 'card-validator';
import { type ApiError, cardError } from '../api/errors.ts';
import type { ClearCard } from '../channels/port/card.ts';
import { type Brand, type TestCard, testCardOfNumber } from '../kernel/test-cards.ts';
import { checkCvc } from '../payment-methods/cvc.ts';
import { checkExpiry, fourDigits } from '../payment-methods/expiry.ts';
import type { CardFacts } from '../payment-methods/facts.ts';

export interface TypedCard {
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly cvc?: string | undefined;
}

export interface AcceptedCard {
  readonly clear: ClearCard;
  readonly facts: Omit<CardFacts, 'fingerprint'>;
  /** The published test card that the number is. */
  readonly test?: TestCard;
}

const BRANDS: Readonly<Record<string, Brand>> = {
  visa: 'visa',
  mastercard: 'mastercard',
  'american-express': 'amex',
  discover: 'discover',
  'diners-club': 'diners',
  jcb: 'jcb',
  unionpay: 'unionpay',
};

/**
 * The card, checked. In test mode only published test numbers are taken, in live mode none of them.
 * @throws 402 invalid_number, incorrect_number, card_declined (test_mode_live_card, live_mode_test_card), invalid_expiry_month, invalid_expiry_year, invalid_cvc
 */
export function acceptCard(typed: TypedCard, livemode: boolean, nowMs: number): AcceptedCard {
  const number = typed.number.replace(/[\s-]/g, '');
  const brand = brandOf(number);
  const test = testCardOfNumber(number);
  if (livemode && test) throw liveModeTestCard();
  if (!livemode && !test) throw testModeLiveCard();
  const expYear = fourDigits(typed.expYear);
  checkExpiry(typed.expMonth, expYear, new Date(nowMs));
  checkCvc(brand, typed.cvc);
  return {
    clear: { number, expMonth: typed.expMonth, expYear, ...(typed.cvc !== undefined && { cvc: typed.cvc }) },
    facts: {
      brand: test?.brand ?? brand,
      last4: number.slice(-4),
      expMonth: typed.expMonth,
      expYear,
      funding: test?.funding ?? 'unknown',
      country: test?.country ?? '',
    },
    ...(test && { test }),
  };
}

function brandOf(number: string): Brand | 'unknown' {
  if (!/^[0-9]{12,19}$/.test(number)) throw invalidNumber();
  const verdict = cardValidator.number(number, { luhnValidateUnionPay: true });
  if (!verdict.isValid) throw incorrectNumber();
  return BRANDS[verdict.card?.type ?? ''] ?? 'unknown';
}

const invalidNumber = (): ApiError =>
  cardError('The card number is not a valid credit card number.', { code: 'invalid_number', param: 'number' });
const incorrectNumber = (): ApiError =>
  cardError('Your card number is incorrect.', { code: 'incorrect_number', param: 'number' });
const testModeLiveCard = (): ApiError =>
  cardError(
    'Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
    { code: 'card_declined', decline_code: 'test_mode_live_card' },
  );
const liveModeTestCard = (): ApiError =>
  cardError('Your card was declined. Your request was in live mode, but used a known test card.', {
    code: 'card_declined',
    decline_code: 'live_mode_test_card',
  });
