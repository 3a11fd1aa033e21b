import cardValidator from 'card-validator';
import { describe, expect, test } from 'vitest';
import { TEST_CARDS, testCardOf, testCardOfNumber } from '../../../functions/kernel/test-cards.ts';

const BRANDS: Readonly<Record<string, string>> = {
  visa: 'visa',
  mastercard: 'mastercard',
  amex: 'american-express',
  discover: 'discover',
  diners: 'diners-club',
  jcb: 'jcb',
  unionpay: 'unionpay',
};

describe('test cards', () => {
  test.each(TEST_CARDS.map((card) => [card.token, card] as const))(
    '%s: its number is valid and of its brand',
    (_, card) => {
      const verdict = cardValidator.number(card.number, { luhnValidateUnionPay: true });

      expect(verdict.isValid).toBe(true);
      expect(verdict.card?.type).toBe(BRANDS[card.brand]);
    },
  );

  test('every token is published once', () => {
    expect(new Set(TEST_CARDS.map((card) => card.token)).size).toBe(TEST_CARDS.length);
  });

  test('cards of one number behave alike', () => {
    const differing = TEST_CARDS.filter((card) => testCardOfNumber(card.number)?.behavior !== card.behavior);

    expect(differing).toEqual([]);
  });

  test('a typed number has the facts of the first card with it', () => {
    expect(testCardOfNumber('4242424242424242')?.token).toBe('pm_card_visa');
    expect(testCardOfNumber('378282246310005')?.token).toBe('pm_card_amex');
  });

  test.each([
    ['tok_visa', 'pm_card_visa'],
    ['tok_chargeDeclinedInsufficientFunds', 'pm_card_visa_chargeDeclinedInsufficientFunds'],
    ['pm_card_chargeDeclined', 'pm_card_visa_chargeDeclined'],
    ['pm_card_threeDSecureRequired', 'pm_card_threeDSecure2Required'],
    ['pm_card_authenticationRequired', 'pm_card_authenticationRequired'],
  ])('%s is the card %s', (id, token) => {
    expect(testCardOf(id)?.token).toBe(token);
  });

  test.each(['pm_card_', 'pm_card_nope', 'tok_', 'constructor', 'pm_card_constructor', '__proto__'])(
    '%s is no test card',
    (id) => {
      expect(testCardOf(id)).toBeUndefined();
    },
  );
});
