/** Changing a payment intent, with the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

describe('update of a payment intent', () => {
  const draft = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
    stripe.paymentIntents.create({ amount: 1_000, currency: 'usd', ...more });

  it('changes the options of the card, and the confirmation follows them', async () => {
    const intent = await draft({ setup_future_usage: 'off_session', payment_method: 'pm_card_visa' });

    const updated = await stripe.paymentIntents.update(intent.id, {
      payment_method_options: {
        card: {
          capture_method: 'manual',
          request_multicapture: 'if_available',
          request_three_d_secure: 'any',
          setup_future_usage: 'none',
        },
      },
    });
    const kept = await stripe.paymentIntents.update(intent.id, {
      payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    });
    const held = await stripe.paymentIntents.confirm(intent.id);
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 400, final_capture: false });

    expect(updated).toMatchObject({
      capture_method: 'manual',
      setup_future_usage: null,
      payment_method_options: { card: { request_multicapture: 'if_available', request_three_d_secure: 'any' } },
    });
    expect(kept.payment_method_options?.card).toMatchObject({
      request_multicapture: 'if_available',
      request_three_d_secure: 'automatic',
    });
    expect([held.status, captured.status, captured.amount_capturable]).toEqual([
      'requires_capture',
      'requires_capture',
      600,
    ]);
  });

  it('an empty string unsets the options of a type, also with a confirmation', async () => {
    const wished = { request_multicapture: 'if_available', request_three_d_secure: 'any' } as const;
    const asked = { request_incremental_authorization: 'if_available', ...wished } as const;
    const plain = { request_three_d_secure: 'automatic' };
    const intent = await draft({ payment_method: 'pm_card_visa', payment_method_options: { card: asked } });
    const other = await draft({ payment_method: 'pm_card_visa', payment_method_options: { card: asked } });

    const updated = await stripe.paymentIntents.update(intent.id, { payment_method_options: { card: '' } });
    const confirmed = await stripe.paymentIntents.confirm(other.id, { payment_method_options: { card: '' } });

    for (const unset of [updated, confirmed]) {
      expect(unset.payment_method_options?.card).toMatchObject(plain);
      expect(unset.payment_method_options?.card).not.toHaveProperty('request_multicapture');
      expect(unset.payment_method_options?.card).not.toHaveProperty('request_incremental_authorization');
    }
    expect(confirmed.status).toBe('succeeded');
    const none = await stripe.paymentIntents.create({ amount: 1_000, currency: 'usd', payment_method_options: {} });
    expect(updated.payment_method_options?.card).toEqual(none.payment_method_options?.card);
  });

  it('refuses changes of the card’s options once it is held', async () => {
    const held = await draft({ payment_method: 'pm_card_visa', confirm: true, capture_method: 'manual' });
    const options = { card: { request_three_d_secure: 'any' } } as const;

    expect(await thrown(stripe.paymentIntents.update(held.id, { payment_method_options: options }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      param: 'payment_method_options',
    });
  });

  it('shows automatic payment methods as they were enabled, and none where they were not', async () => {
    const shown = async (given?: Stripe.PaymentIntentCreateParams.AutomaticPaymentMethods) =>
      (await draft(given && { automatic_payment_methods: given })).automatic_payment_methods;

    expect(await shown({ enabled: true })).toEqual({ enabled: true, allow_redirects: 'always' });
    expect(await shown({ enabled: true, allow_redirects: 'never' })).toEqual({
      enabled: true,
      allow_redirects: 'never',
    });
    expect(await shown({ enabled: false })).toBeNull();
    expect(await shown()).toBeNull();
  });

  it('changes what is not paid yet, and the payment is of that', async () => {
    const { id: customer } = await stripe.customers.create({});
    const intent = await draft({ metadata: { a: '1' } });

    const updated = await stripe.paymentIntents.update(intent.id, {
      amount: 1_500,
      currency: 'eur',
      customer,
      payment_method: 'pm_card_visa',
      description: 'Order',
      receipt_email: 'j@example.com',
      shipping: { name: 'J', address: { line1: '1 St' } },
      metadata: { a: '', b: '2' },
    });
    const paid = await stripe.paymentIntents.confirm(intent.id);

    expect(updated).toMatchObject({
      amount: 1_500,
      currency: 'eur',
      customer,
      status: 'requires_confirmation',
      description: 'Order',
      shipping: { name: 'J', address: { line1: '1 St' } },
      metadata: { b: '2' },
    });
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 1_500 });
    expect(await stripe.charges.retrieve(paid.latest_charge as string)).toMatchObject({
      amount: 1_500,
      customer,
      shipping: { name: 'J' },
      receipt_email: 'j@example.com',
    });
  });

  it('an empty payment method takes it away', async () => {
    const intent = await draft({ payment_method: 'pm_card_visa' });

    expect(await stripe.paymentIntents.update(intent.id, { payment_method: '' })).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
    });
  });

  it('clears the error of a declined attempt with another payment method', async () => {
    const intent = await draft();
    await thrown(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa_chargeDeclined' }));

    const updated = await stripe.paymentIntents.update(intent.id, { payment_method: 'pm_card_visa' });

    expect(updated).toMatchObject({ status: 'requires_confirmation', last_payment_error: null });
    expect((await stripe.paymentIntents.confirm(intent.id)).status).toBe('succeeded');
  });

  it('after the payment only its description and metadata may change', async () => {
    const paid = await draft({ payment_method: 'pm_card_visa', confirm: true });

    const updated = await stripe.paymentIntents.update(paid.id, { description: 'late', metadata: { note: 'x' } });
    const refused = await thrown(stripe.paymentIntents.update(paid.id, { amount: 2_000 }));

    expect(updated).toMatchObject({ status: 'succeeded', description: 'late', metadata: { note: 'x' } });
    expect(refused).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state', param: 'amount' });
    expect(refused.message).toMatch(/amount could not be updated because it has a status of succeeded/);
  });

  it('refuses what create refuses', async () => {
    const intent = await draft();

    expect(await thrown(stripe.paymentIntents.update(intent.id, { amount: 10 }))).toMatchObject({
      code: 'amount_too_small',
    });
    expect(await thrown(stripe.paymentIntents.update(intent.id, { currency: 'jpy', amount: 0 }))).toMatchObject({
      code: 'parameter_invalid_integer',
    });
    expect(await thrown(stripe.paymentIntents.update('pi_0000000000000000000000', {}))).toMatchObject({
      statusCode: 404,
      param: 'intent',
    });
    const { id: customer } = await stripe.customers.create({});
    const { id: other } = await stripe.customers.create({});
    await stripe.paymentIntents.update(intent.id, { customer });
    expect(await thrown(stripe.paymentIntents.update(intent.id, { customer: other }))).toMatchObject({
      param: 'customer',
    });
  });
});
