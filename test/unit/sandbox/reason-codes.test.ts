import { describe, expect, test } from 'vitest';
import { DISPUTE_REASONS } from '../../../functions/kernel/test-cards.ts';
import { reasonCodeOf } from '../../../functions/sandbox/reason-codes.ts';

const base = { reference: 'R', amount: 1n, currency: 'usd', capture: true, expired: false, cvcGiven: true };
const byCard = (token: string) => ({ ...base, token, offSession: false });
const byWallet = (wallet: 'alipay' | 'wechat_pay' | 'paypal') => ({ ...base, wallet, offSession: false });

describe('the code of a dispute’s reason', () => {
  test.each([
    ['pm_card_visa', '10.4', '13.1'],
    ['pm_card_mastercard', '4837', '4853'],
    ['pm_card_amex', 'F29', 'C08'],
  ])('is that of the card’s network: %s', (token, fraudulent, notReceived) => {
    expect(reasonCodeOf(byCard(token), 'fraudulent')).toBe(fraudulent);
    expect(reasonCodeOf(byCard(token), 'product_not_received')).toBe(notReceived);
  });

  test('is PayPal’s own for its payments, and no card has one of these', () => {
    expect(DISPUTE_REASONS.map((reason) => reasonCodeOf(byWallet('paypal'), reason))).toEqual([
      'UNAUTHORISED',
      'DUPLICATE_TRANSACTION',
      'CREDIT_NOT_PROCESSED',
      'MERCHANDISE_OR_SERVICE_NOT_RECEIVED',
      'MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED',
      'CANCELED_RECURRING_BILLING',
      'UNAUTHORISED',
      'OTHER',
    ]);
  });

  test('is none where the sandbox has no list', () => {
    expect(reasonCodeOf(byCard('pm_card_jcb'), 'fraudulent')).toBeUndefined();
    expect(reasonCodeOf(byWallet('alipay'), 'fraudulent')).toBeUndefined();
    expect(reasonCodeOf(byWallet('paypal'), 'because')).toBeUndefined();
  });
});
