import { describe, expect, test } from 'vitest';
import type { ApiError } from '../../../functions/api/errors.ts';
import { acceptCard, type TypedCard } from '../../../functions/vault/card.ts';

const NOW = Date.UTC(2027, 5, 15);
const typed = (changes: Partial<TypedCard> = {}): TypedCard => ({
  number: '4242424242424242',
  expMonth: 12,
  expYear: 2034,
  cvc: '123',
  ...changes,
});
const refusal = (card: TypedCard, livemode = false) => {
  try {
    acceptCard(card, livemode, NOW);
  } catch (error) {
    const { status, body } = error as ApiError;
    return {
      status,
      type: body.type,
      code: body.code,
      decline_code: body.decline_code,
      param: body.param,
      message: body.message,
    };
  }
  return undefined;
};

describe('a typed card', () => {
  test('is taken with its facts', () => {
    expect(acceptCard(typed(), false, NOW)).toMatchObject({
      clear: { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' },
      facts: { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2034, funding: 'credit', country: 'US' },
    });
  });

  test.each([
    ['with spaces', { number: '4242 4242 4242 4242' }],
    ['with dashes', { number: '4242-4242-4242-4242' }],
    ['without a code', { cvc: undefined }],
    ['with a two-digit year', { expYear: 34 }],
    ['that expires this month', { expMonth: 6, expYear: 2027 }],
    ['that expires in fifty years', { expYear: 2077 }],
    ['of 14 digits', { number: '36227206271667' }],
    ['of 19 digits', { number: '6205500000000000004' }],
    ['of American Express with four digits of code', { number: '378282246310005', cvc: '1234' }],
    ['of American Express with three digits of code', { number: '378282246310005', cvc: '123' }],
    ['of a scenario', { number: '4000009900000012' }],
  ])('%s is taken', (_, changes) => {
    expect(acceptCard(typed(changes), false, NOW).facts.expYear).toBeGreaterThanOrEqual(2027);
  });

  test.each([
    ['4242424242424241', 'incorrect_number', 'Your card number is incorrect.'],
    ['6200000000000006', 'incorrect_number', 'Your card number is incorrect.'],
    ['424242424242424', 'incorrect_number', 'Your card number is incorrect.'],
    ['4242', 'invalid_number', 'The card number is not a valid credit card number.'],
    ['4242424242424242x', 'invalid_number', 'The card number is not a valid credit card number.'],
    ['', 'invalid_number', 'The card number is not a valid credit card number.'],
    ['42424242424242424242', 'invalid_number', 'The card number is not a valid credit card number.'],
  ])('number %s: 402 %s', (number, code, message) => {
    expect(refusal(typed({ number }))).toEqual({
      status: 402,
      type: 'card_error',
      code,
      decline_code: undefined,
      param: 'number',
      message,
    });
  });

  test.each([
    [{ expMonth: 13 }, 'invalid_expiry_month', 'exp_month', "Your card's expiration month is invalid."],
    [{ expMonth: 0 }, 'invalid_expiry_month', 'exp_month', "Your card's expiration month is invalid."],
    [{ expMonth: 5, expYear: 2027 }, 'invalid_expiry_month', 'exp_month', "Your card's expiration month is invalid."],
    [{ expYear: 2026 }, 'invalid_expiry_year', 'exp_year', "Your card's expiration year is invalid."],
    [{ expYear: 2078 }, 'invalid_expiry_year', 'exp_year', "Your card's expiration year is invalid."],
    [{ expYear: -1 }, 'invalid_expiry_year', 'exp_year', "Your card's expiration year is invalid."],
    [{ cvc: '99' }, 'invalid_cvc', 'cvc', "Your card's security code is invalid."],
    [{ cvc: '1234' }, 'invalid_cvc', 'cvc', "Your card's security code is invalid."],
    [{ cvc: '12a' }, 'invalid_cvc', 'cvc', "Your card's security code is invalid."],
  ])('%j: 402 %s', (changes, code, param, message) => {
    expect(refusal(typed(changes))).toEqual({
      status: 402,
      type: 'card_error',
      code,
      decline_code: undefined,
      param,
      message,
    });
  });

  test('test mode takes published test numbers only (test_mode_live_card)', () => {
    expect(refusal(typed({ number: '4539578763621486' }))).toMatchObject({
      status: 402,
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'test_mode_live_card',
    });
  });

  test('live mode takes none of them (live_mode_test_card)', () => {
    expect(refusal(typed(), true)).toMatchObject({
      status: 402,
      code: 'card_declined',
      decline_code: 'live_mode_test_card',
    });
    expect(acceptCard(typed({ number: '4539578763621486' }), true, NOW).facts).toMatchObject({
      brand: 'visa',
      last4: '1486',
      funding: 'unknown',
      country: '',
    });
  });

  test('a wrong number is refused before a wrong date', () => {
    expect(refusal(typed({ number: '4242424242424241', expMonth: 13 }))?.code).toBe('incorrect_number');
  });
});
