import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

/** What the SDK threw. */
const paid = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    ...params,
  });

describe('create', () => {
  it('answers requires_payment_method without a payment method', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'USD',
      description: 'Order 7',
      metadata: { order: '7' },
    });

    expect(intent).toMatchObject({
      object: 'payment_intent',
      amount: 2000,
      amount_capturable: 0,
      amount_received: 0,
      currency: 'usd',
      status: 'requires_payment_method',
      description: 'Order 7',
      metadata: { order: '7' },
      latest_charge: null,
      livemode: false,
    });
    expect(intent.id).toMatch(/^pi_[0-9A-Za-z]{22}$/);
    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_[0-9A-Za-z]{24}$`));
  });

  it('answers requires_confirmation with a payment method', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
    });

    expect(intent.status).toBe('requires_confirmation');
    expect(intent.payment_method).toMatch(/^pm_[0-9A-Za-z]{22}$/);
  });

  it('pays with confirm, and the charge shows the method', async () => {
    const intent = await paid();
    const charge = await stripe.charges.retrieve(intent.latest_charge as string);

    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 2000, last_payment_error: null });
    expect(charge).toMatchObject({
      object: 'charge',
      amount: 2000,
      amount_captured: 2000,
      captured: true,
      paid: true,
      status: 'succeeded',
      payment_intent: intent.id,
      outcome: { type: 'authorized', risk_level: 'normal', network_status: 'approved_by_network' },
      payment_method_details: { type: 'card', card: { brand: 'visa', last4: '4242' } },
    });
    expect(charge.balance_transaction).toMatch(/^txn_/);
  });

  it('declines with a 402, a failed charge and the payment intent in the error', async () => {
    const error = await thrown(paid({ payment_method: 'pm_card_visa_chargeDeclined' }));

    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'generic_decline',
      message: 'Your card was declined.',
    });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', payment_method: null });
    const charge = await stripe.charges.retrieve(error.charge as string);
    expect(charge).toMatchObject({
      status: 'failed',
      paid: false,
      failure_code: 'card_declined',
      outcome: { type: 'issuer_declined' },
    });
  });

  it('blocks the highest risk before anything is sent to the network', async () => {
    const error = await thrown(paid({ payment_method: 'pm_card_riskLevelHighest' }));

    const charge = await stripe.charges.retrieve(error.charge as string);
    expect(charge.outcome).toMatchObject({
      type: 'blocked',
      network_status: 'not_sent_to_network',
      risk_level: 'highest',
      reason: 'highest_risk_level',
    });
    expect(app.sandboxCharges()).not.toContain(charge.id);
  });

  it.each([
    [{ amount: 10 }, 'amount_too_small', 'amount'],
    [{ amount: 100_000_000 }, 'amount_too_large', 'amount'],
    [{ currency: 'zzz' }, undefined, 'currency'],
    [{ payment_method: 'pm_0000000000000000000000' }, 'resource_missing', 'payment_method'],
    [{ foo: 'bar' }, 'parameter_unknown', 'foo'],
    [{ amount: 'abc' as unknown as number }, 'parameter_invalid_integer', 'amount'],
  ])('refuses %j with a 400 and writes nothing', async (params, code, param) => {
    const before = app.itemCount('payments');

    const error = await thrown(paid(params as object));

    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error.statusCode).toBe(400);
    expect(error.code).toBe(code);
    expect(error.param).toBe(param);
    expect(app.itemCount('payments')).toBe(before);
  });
});

describe('confirm', () => {
  it('pays an intent with the method it has', async () => {
    const made = await stripe.paymentIntents.create({
      amount: 1500,
      currency: 'eur',
      payment_method: 'pm_card_mastercard',
    });

    const intent = await stripe.paymentIntents.confirm(made.id);

    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 1500 });
  });

  it('pays after a decline with another card', async () => {
    const error = await thrown(paid({ payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }));
    const declined = error.payment_intent as Stripe.PaymentIntent;

    const intent = await stripe.paymentIntents.confirm(declined.id, { payment_method: 'pm_card_visa' });

    expect(error.decline_code).toBe('insufficient_funds');
    expect(intent).toMatchObject({ status: 'succeeded', last_payment_error: null });
    expect(intent.latest_charge).not.toBe(error.charge);
  });

  it('refuses a succeeded intent (payment_intent_unexpected_state)', async () => {
    const intent = await paid();

    const error = await thrown(stripe.paymentIntents.confirm(intent.id));

    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
  });

  it('refuses an intent without a method', async () => {
    const made = await stripe.paymentIntents.create({ amount: 1500, currency: 'usd' });

    const error = await thrown(stripe.paymentIntents.confirm(made.id));

    expect(error.message).toMatch(/missing a payment method/);
  });
});

describe('a challenge', () => {
  it('is asked for by redirect, and finishing it pays', async () => {
    const intent = await paid({
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'http://127.0.0.1/back',
    });
    expect(intent.status).toBe('requires_action');
    expect(intent.latest_charge).toBeNull();
    expect(intent.next_action).toMatchObject({
      type: 'redirect_to_url',
      redirect_to_url: { return_url: 'http://127.0.0.1/back' },
    });

    await app.finishChallenge(intent.next_action!.redirect_to_url!.url!, true);
    await app.settleDown();

    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'succeeded',
      amount_received: 2000,
      next_action: null,
    });
  });

  it('that fails asks for another method', async () => {
    const intent = await paid({ payment_method: 'pm_card_authenticationRequired' });

    await app.finishChallenge(intent.next_action!.redirect_to_url!.url!, false);
    await app.settleDown();

    const failed = await stripe.paymentIntents.retrieve(intent.id);
    expect(failed.status).toBe('requires_payment_method');
    expect(failed.last_payment_error?.code).toBe('payment_intent_authentication_failure');
  });

  it('off session is a decline (authentication_required)', async () => {
    const error = await thrown(paid({ payment_method: 'pm_card_authenticationRequired', off_session: true }));

    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
  });
});

describe('manual capture', () => {
  const authorized = () => paid({ amount: 10_000, capture_method: 'manual' });

  it('holds, captures in part and releases the rest', async () => {
    const held = await authorized();
    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 10_000, amount_received: 0 });

    const intent = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 6000 });

    expect(intent).toMatchObject({ status: 'succeeded', amount: 10_000, amount_capturable: 0, amount_received: 6000 });
  });

  it('refuses more than the authorized amount (amount_too_large)', async () => {
    const held = await authorized();

    const error = await thrown(stripe.paymentIntents.capture(held.id, { amount_to_capture: 10_001 }));

    expect(error).toMatchObject({ statusCode: 400, code: 'amount_too_large' });
  });

  it('refuses a second capture', async () => {
    const held = await authorized();
    await stripe.paymentIntents.capture(held.id);

    const error = await thrown(stripe.paymentIntents.capture(held.id));

    expect(error.code).toBe('payment_intent_unexpected_state');
  });

  it('cancel voids the authorization', async () => {
    const held = await authorized();

    const intent = await stripe.paymentIntents.cancel(held.id, { cancellation_reason: 'requested_by_customer' });

    expect(intent).toMatchObject({
      status: 'canceled',
      amount_capturable: 0,
      cancellation_reason: 'requested_by_customer',
    });
    expect(intent.canceled_at).toBeGreaterThan(0);
  });

  it('cancel refuses what has succeeded', async () => {
    const intent = await paid();

    const error = await thrown(stripe.paymentIntents.cancel(intent.id));

    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
  });
});

describe('retrieve and list', () => {
  it('answers 404 for an id that names nothing', async () => {
    const error = await thrown(stripe.paymentIntents.retrieve('pi_0000000000000000000000'));

    expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'intent' });
    expect(error.message).toBe("No such payment_intent: 'pi_0000000000000000000000'");
  });

  it('lists newest first, and pages over every intent once', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++)
      made.unshift((await stripe.paymentIntents.create({ amount: 1000 + i, currency: 'usd' })).id);

    const seen: string[] = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 2 })) {
      seen.push(intent.id);
      if (seen.length === 5) break;
    }

    expect(seen).toEqual(newestFirst(made));
  });

  it('expands the latest charge', async () => {
    const intent = await stripe.paymentIntents.retrieve((await paid()).id, {
      expand: ['latest_charge', 'payment_method'],
    });

    expect(intent.latest_charge).toMatchObject({ object: 'charge', amount: 2000 });
    expect(intent.payment_method).toMatchObject({ object: 'payment_method', card: { last4: '4242' } });
  });
});

describe('idempotency', () => {
  it('replays the first answer, decline included', async () => {
    const params = { amount: 2000, currency: 'usd', payment_method: 'pm_card_visa_chargeDeclined', confirm: true };
    const first = await thrown(stripe.paymentIntents.create(params, { idempotencyKey: 'declined-once' }));
    await app.settleDown();

    const second = await thrown(stripe.paymentIntents.create(params, { idempotencyKey: 'declined-once' }));

    expect(second.raw).toEqual({ ...(first.raw as object), headers: expect.anything(), requestId: expect.any(String) });
    expect((second.headers as Record<string, string>)['idempotent-replayed']).toBe('true');
  });

  it('makes one payment of 100 parallel creates with one key', async () => {
    const before = app.itemCount('payments', 'payment');
    const client = app.client({ maxNetworkRetries: 20 });

    const intents = await Promise.all(
      Array.from({ length: 100 }, () =>
        client.paymentIntents.create(
          { amount: 4200, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
          { idempotencyKey: 'hundred' },
        ),
      ),
    );

    expect(new Set(intents.map((intent) => intent.id)).size).toBe(1);
    expect(app.itemCount('payments', 'payment')).toBe(before + 1);
  });

  it('refuses the key with other parameters (idempotency_error)', async () => {
    await stripe.paymentIntents.create({ amount: 900, currency: 'usd' }, { idempotencyKey: 'same' });

    const error = await thrown(
      stripe.paymentIntents.create({ amount: 901, currency: 'usd' }, { idempotencyKey: 'same' }),
    );

    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
  });

  it('lets a key be used again after a refused parameter', async () => {
    await thrown(
      stripe.paymentIntents.create({ amount: 'x' as unknown as number, currency: 'usd' }, { idempotencyKey: 'again' }),
    );

    const intent = await stripe.paymentIntents.create({ amount: 900, currency: 'usd' }, { idempotencyKey: 'again' });

    expect(intent.amount).toBe(900);
  });
});
