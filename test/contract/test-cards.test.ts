/** Stripe's published test cards (https://docs.stripe.com/testing): every one, by its id, its token and its number. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const pay = (method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: method, confirm: true, ...more });
const typed = (number: string, more: Partial<Stripe.PaymentMethodCreateParams.Card> = {}) =>
  stripe.paymentMethods.create({
    type: 'card',
    card: { number, exp_month: 12, exp_year: 2034, cvc: '123', ...more },
  });
const chargeOf = async ({ latest_charge: charge }: Stripe.PaymentIntent) => stripe.charges.retrieve(charge as string);

describe('a card that is approved', () => {
  it.each([
    ['visa', '4242424242424242', 'visa', 'credit'],
    ['visa_debit', '4000056655665556', 'visa', 'debit'],
    ['mastercard', '5555555555554444', 'mastercard', 'credit'],
    ['amex', '378282246310005', 'amex', 'credit'],
    ['discover', '6011111111111117', 'discover', 'credit'],
    ['diners', '3056930009020004', 'diners', 'credit'],
    ['jcb', '3566002020360505', 'jcb', 'credit'],
    ['unionpay', '6200000000000005', 'unionpay', 'credit'],
  ])('pm_card_%s pays, however it is named', async (name, number, brand, funding) => {
    const byNumber = await typed(number);
    const byToken = await stripe.paymentMethods.create({ type: 'card', card: { token: `tok_${name}` } });

    for (const method of [`pm_card_${name}`, byNumber.id, byToken.id]) {
      const intent = await pay(method);
      const { payment_method_details: details, outcome } = await chargeOf(intent);
      expect(intent.status).toBe('succeeded');
      expect(details?.card).toMatchObject({ brand, funding, last4: number.slice(-4) });
      expect(outcome).toEqual(
        expect.objectContaining({
          type: 'authorized',
          network_status: 'approved_by_network',
          reason: null,
          risk_level: 'normal',
          risk_score: expect.any(Number) as number,
          seller_message: 'Payment complete.',
        }),
      );
    }
  });

  it('is a fresh payment method at every use of its id, and of one fingerprint', async () => {
    const [one, other] = [await pay('pm_card_visa'), await pay('pm_card_visa')];
    const [a, b] = [await typed('4242424242424242'), await typed('4242 4242 4242 4242')];

    expect(one.payment_method).not.toBe(other.payment_method);
    expect(a.id).not.toBe(b.id);
    expect(a.card?.fingerprint).toBe(b.card?.fingerprint);
  });
});

describe('a card that is declined', () => {
  it.each([
    ['visa_chargeDeclined', '4000000000000002', 'card_declined', 'generic_decline', 'Your card was declined.'],
    [
      'visa_chargeDeclinedInsufficientFunds',
      '4000000000009995',
      'card_declined',
      'insufficient_funds',
      'Your card has insufficient funds.',
    ],
    ['visa_chargeDeclinedLostCard', '4000000000009987', 'card_declined', 'lost_card', 'Your card was declined.'],
    ['visa_chargeDeclinedStolenCard', '4000000000009979', 'card_declined', 'stolen_card', 'Your card was declined.'],
    [
      'visa_chargeDeclinedVelocityLimitExceeded',
      '4000000000006975',
      'card_declined',
      'card_velocity_exceeded',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    ],
    ['chargeDeclinedExpiredCard', '4000000000000069', 'expired_card', undefined, 'Your card has expired.'],
    [
      'chargeDeclinedIncorrectCvc',
      '4000000000000127',
      'incorrect_cvc',
      undefined,
      "Your card's security code is incorrect.",
    ],
    [
      'chargeDeclinedProcessingError',
      '4000000000000119',
      'processing_error',
      undefined,
      'An error occurred while processing your card. Try again in a little bit.',
    ],
  ])(
    'pm_card_%s is a 402 with a failed charge, and cannot be attached',
    async (name, number, code, declineCode, message) => {
      const byNumber = await typed(number);
      const { id: customer } = await stripe.customers.create({});
      const alias = name.startsWith('visa_') ? name.slice('visa_'.length) : `visa_${name}`;

      for (const method of [`pm_card_${name}`, `pm_card_${alias}`, byNumber.id]) {
        const error = await thrown(pay(method));
        expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
        expect(error).toMatchObject({ statusCode: 402, code, message });
        expect(error.decline_code).toBe(declineCode ?? '');
        expect(error.payment_method).toMatchObject({ object: 'payment_method', card: { last4: number.slice(-4) } });
        const intent = error.payment_intent as Stripe.PaymentIntent;
        expect(intent).toMatchObject({
          status: 'requires_payment_method',
          payment_method: null,
          amount: 2000,
          amount_received: 0,
          latest_charge: error.charge,
          last_payment_error: { type: 'card_error', code, message, charge: error.charge },
        });
        const charge = await stripe.charges.retrieve(error.charge as string);
        expect(charge).toMatchObject({
          status: 'failed',
          paid: false,
          captured: false,
          balance_transaction: null,
          failure_code: code,
          failure_message: message,
          outcome: {
            type: 'issuer_declined',
            network_status: 'declined_by_network',
            reason: declineCode ?? code,
            network_decline_code: expect.stringMatching(/^\w{2}$/) as string,
          },
        });
        expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'requires_payment_method' });
      }
      expect(await thrown(stripe.paymentMethods.attach(`pm_card_${name}`, { customer }))).toMatchObject({
        statusCode: 402,
        code,
      });
    },
  );

  it('pm_card_chargeCustomerFail attaches, then declines', async () => {
    const { id: customer } = await stripe.customers.create({});
    const { id: method } = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });

    expect(await thrown(pay(method, { customer }))).toMatchObject({
      code: 'card_declined',
      decline_code: 'generic_decline',
    });
  });
});

describe('a card that is mistyped', () => {
  it.each([
    [{ number: '4242424242424241' }, 'incorrect_number', 'number'],
    [{ exp_month: 13 }, 'invalid_expiry_month', 'exp_month'],
    [{ exp_year: 2020 }, 'invalid_expiry_year', 'exp_year'],
    [{ cvc: '99' }, 'invalid_cvc', 'cvc'],
  ])('%j is a card error', async (wrong, code, param) => {
    const error = await thrown(typed('4242424242424242', wrong));

    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, code, param });
  });
});

describe('a card that asks its holder', () => {
  const back = { return_url: 'https://shop.example/done' };
  const finished = async (intent: Stripe.PaymentIntent, passed: boolean) => {
    await app.finishChallenge(intent.next_action!.redirect_to_url!.url!, passed);
    await app.settleDown();
    return stripe.paymentIntents.retrieve(intent.id);
  };

  it.each([
    'threeDSecure2Required',
    'authenticationRequired',
    'authenticationRequiredOnSetup',
    'authenticationRequiredSetupForOffSession',
  ])('pm_card_%s pays once that is passed, and not when it is failed', async (name) => {
    const intent = await pay(`pm_card_${name}`, back);
    expect(intent).toMatchObject({ status: 'requires_action', latest_charge: null, amount_received: 0 });

    expect(await finished(intent, true)).toMatchObject({ status: 'succeeded', amount_received: 2000 });
    expect(await finished(await pay(`pm_card_${name}`, back), false)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
  });

  it.each([
    ['threeDSecureRequiredChargeDeclined', 'generic_decline'],
    ['authenticationRequiredChargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ])('pm_card_%s is declined all the same', async (name, declineCode) => {
    expect(await finished(await pay(`pm_card_${name}`, back), true)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined', decline_code: declineCode },
    });
  });

  it('pm_card_threeDSecureRequiredProcessingError is declined before it can ask', async () => {
    expect(await thrown(pay('pm_card_threeDSecureRequiredProcessingError', back))).toMatchObject({
      code: 'card_declined',
    });
  });

  it.each(['threeDSecureOptional', 'threeDSecureOptionalProcessingError', 'amex_threeDSecureNotSupported'])(
    'pm_card_%s does so only where the merchant wishes it, or never',
    async (name) => {
      expect((await pay(`pm_card_${name}`, back)).status).toBe('succeeded');
    },
  );

  it('off session is a 402 (authentication_required), but for one that was set up for that', async () => {
    const offSession = { off_session: true };

    expect(await thrown(pay('pm_card_authenticationRequired', offSession))).toMatchObject({
      statusCode: 402,
      code: 'authentication_required',
      message: 'Your card was declined. This transaction requires authentication.',
    });
    expect((await pay('pm_card_authenticationRequiredSetupForOffSession', offSession)).status).toBe('succeeded');
  });
});

describe('a card that is disputed', () => {
  it.each([
    ['createDispute', '4000000000000259', [['fraudulent', 'needs_response']]],
    ['createDisputeProductNotReceived', '4000000000002685', [['product_not_received', 'needs_response']]],
    ['createDisputeInquiry', '4000000000001976', [['fraudulent', 'warning_needs_response']]],
    [
      'createMultipleDisputes',
      '4000000404000079',
      [
        ['fraudulent', 'needs_response'],
        ['fraudulent', 'needs_response'],
      ],
    ],
  ])('pm_card_%s pays, and the dispute comes', async (name, number, expected) => {
    for (const method of [`pm_card_${name}`, (await typed(number)).id]) {
      const intent = await pay(method);
      await app.settleDown();
      const { data } = await stripe.disputes.list({ payment_intent: intent.id });

      expect(intent.status).toBe('succeeded');
      expect(data.map(({ reason, status }) => [reason, status])).toEqual(expected);
    }
  });
});

describe('a charge without an intent whose card is disputed at once', () => {
  it.each(['tok_createDispute', 'tok_createDisputeProductNotReceived', 'tok_createMultipleDisputes'])(
    '%s: the answer says so, and so does each replay',
    async (source) => {
      const create = (idempotencyKey?: string) =>
        stripe.charges.create({ amount: 1_000, currency: 'usd', source }, idempotencyKey ? { idempotencyKey } : {});
      const [charge, again] = [await create(`once-${source}`), await create(`once-${source}`)];
      await app.settleDown();

      expect(charge).toMatchObject({ paid: true, disputed: true });
      expect(again).toEqual(charge);
      expect(await create(`once-${source}`)).toEqual(charge);
      expect((await create()).disputed).toBe(true);
    },
  );
});

describe('a card whose refunds', () => {
  const refunded = async (method: string) => {
    const { id } = await stripe.refunds.create({ payment_intent: (await pay(method)).id });
    const first = await stripe.refunds.retrieve(id);
    await app.settleDown();
    return [first.status, (await stripe.refunds.retrieve(id)).status];
  };

  it('are pending at first: pm_card_pendingRefund', async () => {
    expect(await refunded('pm_card_pendingRefund')).toEqual(['pending', 'succeeded']);
  });

  it('fail later: pm_card_refundFail', async () => {
    expect(await refunded('pm_card_refundFail')).toEqual(['succeeded', 'failed']);
  });
});

describe('a card of a certain risk', () => {
  it.each([
    ['radarBlock', '4100000000000019'],
    ['riskLevelHighest', '4000000000004954'],
  ])('pm_card_%s is blocked', async (name, number) => {
    for (const method of [`pm_card_${name}`, (await typed(number)).id]) {
      const error = await thrown(pay(method));
      expect(error).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'fraudulent' });
      expect((await stripe.charges.retrieve(error.charge as string)).outcome).toMatchObject({
        type: 'blocked',
        network_status: 'not_sent_to_network',
        reason: 'highest_risk_level',
        risk_level: 'highest',
        risk_score: expect.any(Number) as number,
        seller_message: expect.any(String) as string,
      });
    }
  });

  it('pm_card_riskLevelElevated is for a person to review', async () => {
    const intent = await pay('pm_card_riskLevelElevated');

    expect(intent.review).toMatch(/^prv_/);
    expect((await chargeOf(intent)).outcome).toMatchObject({ type: 'manual_review', risk_level: 'elevated' });
  });
});

describe('a card that is checked', () => {
  const address = { line1: '1 St', postal_code: '12345' };
  const checksOf = async (number: string) => {
    const { id } = await stripe.paymentMethods.create({
      type: 'card',
      card: { number, exp_month: 12, exp_year: 2034, cvc: '123' },
      billing_details: { address },
    });
    return (await chargeOf(await pay(id))).payment_method_details?.card?.checks;
  };

  it.each([
    ['cvcCheckFail', '4000000000000101', { cvc_check: 'fail' }],
    ['avsZipFail', '4000000000000036', { address_postal_code_check: 'fail', address_line1_check: 'pass' }],
    ['avsLine1Fail', '4000000000000028', { address_line1_check: 'fail', address_postal_code_check: 'pass' }],
    ['avsFail', '4000000000000010', { address_line1_check: 'fail', address_postal_code_check: 'fail' }],
    [
      'avsUnchecked',
      '4000000000000044',
      { address_line1_check: 'unavailable', address_postal_code_check: 'unavailable' },
    ],
  ])('pm_card_%s pays, and shows the failed checks', async (name, number, checks) => {
    expect(await checksOf(number)).toMatchObject(checks);
    expect((await pay(`pm_card_${name}`)).status).toBe('succeeded');
  });
});

it.each(['bypassPending', 'bypassPendingInternational', 'createIssuerFraudRecord'])('pm_card_%s pays', async (name) => {
  expect((await pay(`pm_card_${name}`)).status).toBe('succeeded');
});
