/** Paying Checkout Sessions with the official SDK: one payment per session, from the session's parameters. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { checkoutOf, SETUP } from '../scenarios/checkout-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { open, complete, eventsOf, intentOf } = checkoutOf(app);

describe('completing a payment', () => {
  it('pays it: the intent has the session’s data, and its end is announced after the payment', async () => {
    const session = await open({
      payment_intent_data: {
        description: 'Order 7',
        metadata: { order: '7' },
        receipt_email: 'jo@example.com',
        shipping: { name: 'Jo', address: { line1: 'Way 1', country: 'US' } },
        statement_descriptor_suffix: 'TEA',
      },
    });

    const paid = await complete(session.id, {
      customer_details: { email: 'jo@example.com', name: 'Jo', address: { country: 'US' } },
      expand: ['payment_intent.payment_method', 'payment_intent.latest_charge'],
    });

    expect(paid).toMatchObject({
      id: session.id,
      status: 'complete',
      payment_status: 'paid',
      customer: null,
      customer_details: { email: 'jo@example.com', name: 'Jo', address: { country: 'US', city: null } },
      payment_intent: {
        status: 'succeeded',
        amount: 3000,
        amount_received: 3000,
        currency: 'usd',
        description: 'Order 7',
        metadata: { order: '7' },
        receipt_email: 'jo@example.com',
        shipping: { name: 'Jo', address: { line1: 'Way 1' } },
        statement_descriptor_suffix: 'TEA',
        payment_method: { card: { last4: '4242' } },
        latest_charge: { paid: true, amount: 3000 },
      },
    });
    const { id: intent } = paid.payment_intent as Stripe.PaymentIntent;
    expect(await eventsOf(session.id, intent)).toEqual([
      'payment_intent.created',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ]);
    const { data } = await stripe.events.list({ type: 'checkout.session.completed', limit: 1 });
    expect(data[0]!.data.object).toMatchObject({ id: session.id, status: 'complete', payment_status: 'paid' });
  });

  it('is declined and stays open; with another card it is paid, by the same intent', async () => {
    const session = await open();

    const declined = await thrown(complete(session.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const after = await stripe.checkout.sessions.retrieve(session.id);
    const paid = await complete(session.id);

    expect(declined).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(after).toMatchObject({ status: 'open', payment_status: 'unpaid' });
    expect(paid).toMatchObject({ status: 'complete', payment_intent: after.payment_intent });
    expect((await stripe.charges.list({ payment_intent: after.payment_intent as string })).data).toMatchObject([
      { status: 'succeeded' },
      { status: 'failed' },
    ]);
  });

  it('is complete once authorized, and paid once captured', async () => {
    const session = await open({ payment_intent_data: { capture_method: 'manual' } });

    const held = await complete(session.id);
    await stripe.paymentIntents.capture(held.payment_intent as string, { amount_to_capture: 1000 });

    expect(held).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
    });
    expect((await eventsOf(session.id)).filter((type) => type.startsWith('checkout'))).toEqual([
      'checkout.session.completed',
    ]);
  });

  it('is complete when its authorization is voided, and never paid', async () => {
    const { id } = await open({ payment_method_options: { card: { capture_method: 'manual' } } });
    const held = await complete(id);

    await stripe.paymentIntents.cancel(held.payment_intent as string);

    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
  });

  it.each([
    [true, { status: 'complete', payment_status: 'paid' }, 'succeeded'],
    [false, { status: 'open', payment_status: 'unpaid' }, 'requires_payment_method'],
  ] as const)('waits for its challenge (passed: %s)', async (passed, left, intentStatus) => {
    const session = await open();

    const asked = await complete(session.id, {
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'https://shop.example/',
    });
    const waiting = await intentOf(asked);
    await app.finishChallenge(waiting.next_action!.redirect_to_url!.url!, passed);
    await app.settleDown();

    expect(asked.status).toBe('open');
    expect(waiting.status).toBe('requires_action');
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject(left);
    expect((await intentOf(asked)).status).toBe(intentStatus);
  });

  it('keeps the card for the customer that it was asked for', async () => {
    const customer = await stripe.customers.create({ email: 'jo@example.com', name: 'Jo' });
    const session = await open({
      customer: customer.id,
      payment_intent_data: { setup_future_usage: 'off_session' },
    });

    const paid = await complete(session.id, { expand: ['customer', 'payment_intent'] });

    expect(session).toMatchObject({ customer: customer.id, customer_creation: null, customer_details: { name: 'Jo' } });
    expect(paid).toMatchObject({ customer: { id: customer.id }, payment_intent: { customer: customer.id } });
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
  });

  it('makes the customer that is asked for, once, with what the payer said', async () => {
    const session = await open({
      customer_creation: 'always',
      customer_email: 'new@example.com',
      payment_intent_data: { setup_future_usage: 'on_session' },
    });

    await thrown(complete(session.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const paid = await complete(session.id, { expand: ['payment_intent'] });

    const { data } = await stripe.customers.list({ email: 'new@example.com' });
    expect(data).toHaveLength(1);
    expect(paid).toMatchObject({ customer: data[0]!.id, payment_intent: { customer: data[0]!.id } });
    expect((await stripe.customers.listPaymentMethods(data[0]!.id)).data).toHaveLength(1);
  });

  it('answers the same request the same, and is one payment', async () => {
    const { id } = await open();

    const first = await complete(id, {}, { idempotencyKey: 'pay it once' });
    const again = await complete(id, {}, { idempotencyKey: 'pay it once' });

    expect(again).toEqual(first);
    expect(
      (again as unknown as { lastResponse: { headers: Record<string, string> } }).lastResponse.headers,
    ).toMatchObject({ 'idempotent-replayed': 'true' });
    expect((await stripe.charges.list({ payment_intent: first.payment_intent as string })).data).toHaveLength(1);
  });

  it('is one payment however often it is sent at once', async () => {
    const { id } = await open();

    const sent = await Promise.allSettled(Array.from({ length: 6 }, () => complete(id)));

    const paid = sent.filter(({ status }) => status === 'fulfilled');
    const refused = sent.flatMap((one) =>
      one.status === 'rejected' ? [(one.reason as Stripe.errors.StripeError).statusCode] : [],
    );
    const session = await stripe.checkout.sessions.retrieve(id);
    expect(paid).toHaveLength(1);
    expect(refused.every((status) => status === 429 || status === 400)).toBe(true);
    expect(session.status).toBe('complete');
    expect((await stripe.charges.list({ payment_intent: session.payment_intent as string })).data).toHaveLength(1);
  });

  it('is refused for a session that is over, a card that is not there, and a live key', async () => {
    const { id } = await open();
    await complete(id);
    const merchant = await app.world.merchant({ live: true });
    const live = app.client({ key: merchant.live!.secretKey });
    const path = `/v1/test_helpers/checkout/sessions/${id}/complete`;

    expect(await thrown(complete(id))).toMatchObject({
      statusCode: 400,
      message:
        'Only Checkout Sessions with a status in ["open"] can be paid. This Checkout Session has a status of `complete`.',
    });
    expect(await thrown(complete((await open()).id, { payment_method: 'pm_0000000000000000000000' }))).toMatchObject({
      code: 'resource_missing',
      param: 'payment_method',
    });
    expect(await thrown(live.rawRequest('POST', path, { payment_method: 'pm_card_visa' }))).toMatchObject({
      statusCode: 400,
    });
    expect(await thrown(complete('cs_test_0000000000000000000000'))).toMatchObject({ statusCode: 404 });
  });
});

describe('what belongs to a session', () => {
  it('is not confirmed, canceled or changed by itself, but described', async () => {
    const { id } = await open();
    await thrown(complete(id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(id);
    const setup = (await stripe.checkout.sessions.create(SETUP)).setup_intent as string;
    const paymentRefused = {
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      payment_intent: { id: intent },
    };
    const setupRefused = { statusCode: 400, code: 'setup_intent_unexpected_state', setup_intent: { id: setup } };

    const { paymentIntents, setupIntents } = stripe;
    expect(await thrown(paymentIntents.confirm(intent as string, { payment_method: 'pm_card_visa' }))).toMatchObject(
      paymentRefused,
    );
    expect(await thrown(paymentIntents.cancel(intent as string))).toMatchObject({
      ...paymentRefused,
      message:
        'You cannot cancel the PaymentIntent for a Checkout Session. To cancel it, expire the Checkout Session instead.',
    });
    expect(await thrown(paymentIntents.update(intent as string, { amount: 1 }))).toMatchObject(paymentRefused);
    expect(await thrown(setupIntents.confirm(setup, { payment_method: 'pm_card_visa' }))).toMatchObject(setupRefused);
    expect(await thrown(setupIntents.cancel(setup))).toMatchObject(setupRefused);
    expect(await thrown(setupIntents.update(setup, { payment_method: 'pm_card_visa' }))).toMatchObject(setupRefused);
    expect(await paymentIntents.update(intent as string, { metadata: { a: '1' } })).toMatchObject({
      metadata: { a: '1' },
    });
    expect(await setupIntents.update(setup, { description: 'x' })).toMatchObject({ description: 'x' });
  });
});
