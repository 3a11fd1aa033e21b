/** What each of Stripe's errors means for the next step. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { classOfCode, declineOf, refusalOf } from '../../../../functions/channels/stripe/errors.ts';

/** Decline codes of docs.stripe.com/declines/codes, November 2026. */
const DOCUMENTED =
  `approve_with_id authentication_not_handled authentication_required call_issuer card_not_supported card_velocity_exceeded
  currency_not_supported do_not_honor do_not_try_again duplicate_transaction expired_card fraudulent generic_decline incorrect_address
  incorrect_cvc incorrect_number incorrect_pin incorrect_zip insufficient_funds invalid_account invalid_amount invalid_cvc
  invalid_expiry_month invalid_expiry_year invalid_number invalid_pin issuer_not_available lost_card merchant_blacklist
  mobile_device_authentication_required new_account_information_available no_action_taken not_permitted offline_pin_required
  online_or_offline_pin_required pickup_card pin_try_exceeded processing_error reenter_transaction restricted_card
  revocation_of_all_authorizations revocation_of_authorization security_violation service_not_allowed stolen_card stop_payment_order
  testmode_decline transaction_not_allowed try_again_later withdrawal_count_limit_exceeded`.split(/\s+/);

/** Codes of the library's types that look like declines and are refusals of a request or belong to other methods. */
const NO_DECLINES = [
  'balance_insufficient',
  'capture_charge_authorization_expired',
  'cardholder_phone_number_required',
  'charge_exceeds_source_limit',
  'customer_session_expired',
  'bank_account_declined',
  'payment_method_not_available',
  'three_d_secure_authentication_not_supported',
  'three_d_secure_authentication_upstream_error',
  'token_card_network_invalid',
];

test('every documented decline code has a class', () => {
  expect(DOCUMENTED.filter((code) => classOfCode(code) === undefined)).toEqual([]);
});

test('every code of the library’s types that names a card, a challenge or a decline has a class', () => {
  const types = readFileSync('node_modules/stripe/cjs/resources/PaymentIntents.d.ts', 'utf8');
  const union = /type Code = ('account_closed'[^;]*);/.exec(types)![1]!;
  const codes = [...union.matchAll(/'([a-z_]+)'/g)].map(([, code]) => code!);
  const declines = codes.filter((code) =>
    /card|cvc|expiry|declin|authentic|incorrect|insufficient|payment_attempt|setup_attempt|rate_limit|lock_timeout/.test(
      code,
    ),
  );

  expect(declines.length).toBeGreaterThan(25);
  const without = declines.filter((code) => classOfCode(code) === undefined);
  expect(without.filter((code) => !NO_DECLINES.includes(code) && !/microdeposit|bank|financial/.test(code))).toEqual(
    [],
  );
});

describe('a decline', () => {
  it('carries the codes of Stripe, of the issuer and of its advice', () => {
    const decline = declineOf({
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
      network_decline_code: '51',
      advice_code: 'try_again_later',
    });

    expect(decline).toEqual({
      class: 'soft',
      code: 'card_declined',
      declineCode: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
      networkCode: '51',
      adviceCode: 'try_again_later',
    });
  });

  it.each([
    ['lost_card', undefined, 'hard'],
    ['lost_card', 'try_again_later', 'hard'],
    ['generic_decline', 'do_not_try_again', 'hard'],
    ['generic_decline', 'confirm_card_data', 'payer_action'],
    ['generic_decline', 'of_another_release', 'soft'],
    ['authentication_required', 'do_not_try_again', 'authentication'],
    ['incorrect_cvc', undefined, 'payer_action'],
  ])('%s with the advice %s is %s', (declineCode, advice, expected) => {
    expect(declineOf({ code: 'card_declined', decline_code: declineCode, advice_code: advice }).class).toBe(expected);
  });

  it('with a code that the table does not have has no class, so that nothing is tried again', () => {
    expect(declineOf({ code: 'of_another_release' }).class).toBeUndefined();
    expect(declineOf({ code: 'card_declined', decline_code: 'of_another_release' }).class).toBeUndefined();
    expect(declineOf({ code: 'card_declined' }).class).toBe('soft');
    expect(declineOf({ code: 'incorrect_cvc', decline_code: 'of_another_release' }).class).toBe('payer_action');
  });
});

describe('a refusal', () => {
  const error = (code: string | undefined, type = 'invalid_request_error') => ({
    type,
    code,
    decline_code: undefined,
    message: 'No.',
    advice_code: undefined,
    network_decline_code: undefined,
    payment_intent: undefined,
    setup_intent: undefined,
  });

  it.each([
    [429, 'rate_limit', 'technical_not_accepted'],
    [429, 'lock_timeout', 'technical_not_accepted'],
    [401, undefined, 'configuration'],
    [403, 'platform_api_key_expired', 'configuration'],
    [404, 'resource_missing', 'configuration'],
    [400, 'parameter_unknown', 'configuration'],
    [400, 'amount_too_small', 'configuration'],
    [400, undefined, 'configuration'],
  ])('of a payment with %s %s did nothing: %s', (status, code, expected) => {
    expect(refusalOf('payment', status, error(code))).toMatchObject({ kind: 'failed', decline: { class: expected } });
  });

  it.each([
    [409, 'lock_timeout', 'invalid_request_error'],
    [409, 'idempotency_key_in_use', 'idempotency_error'],
    [400, undefined, 'idempotency_error'],
    [424, 'x', 'api_error'],
    [418, 'x', 'invalid_request_error'],
  ])('with %s %s may have an effect of its key, and is unknown', (status, code, type) => {
    for (const what of ['payment', 'operation', 'refund', 'dispute'] as const)
      expect(refusalOf(what, status, error(code, type)).kind).toBe('unknown');
  });

  it('of a refund that the balance does not cover is retried, and no other is', () => {
    expect(refusalOf('refund', 400, error('balance_insufficient'))).toMatchObject({ kind: 'failed', retryable: true });
    expect(refusalOf('refund', 400, error('charge_already_refunded'))).not.toHaveProperty('retryable');
    expect(refusalOf('operation', 400, error('balance_insufficient'))).not.toHaveProperty('retryable');
  });

  it('for the state of a payment is no fault of ours', () => {
    for (const code of [
      'payment_intent_unexpected_state',
      'amount_too_large',
      'charge_expired_for_capture',
      undefined,
    ]) {
      const outcome = refusalOf('operation', 400, error(code));
      expect(outcome).toMatchObject({ kind: 'failed', decline: { message: 'No.' } });
      expect(outcome).not.toMatchObject({ decline: { class: expect.anything() } });
    }
  });
});
