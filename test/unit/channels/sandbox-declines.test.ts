import { describe, expect, test } from 'vitest';
import { declineOf, NOT_ACCEPTED } from '../../../functions/channels/sandbox/declines.ts';
import { NETWORK_CODES } from '../../../functions/sandbox/behavior.ts';

/** The class of each reason that the sandbox gives; undefined: it declines an operation, not a payment. */
const EXPECTED: Readonly<Record<keyof typeof NETWORK_CODES, string | undefined>> = {
  do_not_honor: 'soft',
  insufficient_funds: 'soft',
  lost_card: 'hard',
  stolen_card: 'hard',
  card_velocity_exceeded: 'soft',
  expired_card: 'hard',
  incorrect_cvc: 'payer_action',
  processing_error: 'soft',
  authentication_required: 'authentication',
  authentication_failed: 'authentication',
  not_a_test_card: 'hard',
  capture_failed: undefined,
  refund_failed: undefined,
  not_capturable: undefined,
  not_voidable: undefined,
  not_refundable: undefined,
  dispute_closed: undefined,
  not_incrementable: undefined,
  payer_declined: 'payer_action',
  wallet_declined: 'payer_action',
  order_expired: 'payer_action',
  order_closed: 'payer_action',
  order_paid: undefined,
  balance_too_low: undefined,
  wallet_refund_failed: undefined,
};

describe('declines of the sandbox', () => {
  test.each(Object.entries(EXPECTED))('%s is of class %s', (reason, expected) => {
    expect(declineOf(reason, 'S1').class).toBe(expected);
  });

  test('every reason of the sandbox has words of its own', () => {
    const plain = declineOf('a reason of a later release', '05');
    const unnamed = Object.keys(NETWORK_CODES).filter(
      (reason) =>
        reason !== 'do_not_honor' &&
        declineOf(reason, '05').message === plain.message &&
        declineOf(reason, '05').declineCode === plain.declineCode,
    );

    expect(unnamed).toEqual([]);
    expect(plain).toEqual({
      code: 'card_declined',
      declineCode: 'generic_decline',
      message: 'Your card was declined.',
      networkCode: '05',
    });
  });

  test('a request that the sandbox does not accept is our own configuration', () => {
    expect(NOT_ACCEPTED.class).toBe('configuration');
  });
});
