/** A channel and an endpoint that misbehave, on the deployed stack: whatever is lost, late or doubled, money moves once and is announced. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Merchant, newMerchant, type WebhookListener, webhookListener } from '../world/deployed.ts';

let merchant: Merchant;
let stripe: Stripe;
beforeAll(async () => {
  merchant = await newMerchant();
  stripe = merchant.stripe;
});

const pay = (scenario: string, params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: `pm_card_sandbox_${scenario}`,
    confirm: true,
    ...params,
  });
const becomes = (intent: string, status: Stripe.PaymentIntent.Status) =>
  eventually(async () => {
    const found = await stripe.paymentIntents.retrieve(intent);
    return found.status === status ? found : undefined;
  });
const chargesOf = async (intent: string) => (await stripe.charges.list({ payment_intent: intent })).data;

describe('a channel', () => {
  it('that answers "pending" and pays later: the payment is processing, then succeeded', async () => {
    const { id, status } = await pay('pendingThenSucceeds');

    expect(status).toBe('processing');
    expect((await becomes(id, 'succeeded')).amount_received).toBe(2000);
    expect(await chargesOf(id)).toMatchObject([{ status: 'succeeded', captured: true }]);
  });

  it('that answers "pending" and declines later: the payment waits for another card', async () => {
    const { id, status } = await pay('pendingThenFails');

    expect(status).toBe('processing');
    expect((await becomes(id, 'requires_payment_method')).last_payment_error?.code).toBe('card_declined');
  });

  it('that calls back three times is booked once', async () => {
    const { id } = await pay('duplicateCallbacks');
    await becomes(id, 'succeeded');
    // The third callback comes three seconds after the fact.
    await new Promise((resolve) => setTimeout(resolve, 4_000));

    const [charge, ...others] = await chargesOf(id);
    expect(others).toEqual([]);
    const booked = await eventually(async () => {
      const { data } = await stripe.balanceTransactions.list({ source: charge!.id });
      return data.length > 0 ? data : undefined;
    });
    expect(booked).toMatchObject([{ type: 'charge', amount: 2000, fee: 88, net: 1912 }]);
  });

  it('that takes a capture, a void or a refund without an answer: each is queried and done once', async () => {
    const [held, kept] = [
      await pay('captureLost', { capture_method: 'manual' }),
      await pay('voidLost', { capture_method: 'manual' }),
    ];
    const paid = await pay('refundLost');
    // Without an answer of the channel, the reply shows the state as it is: the capture and the cancel pending, the refund `pending`.
    await Promise.allSettled([stripe.paymentIntents.capture(held.id), stripe.paymentIntents.cancel(kept.id)]);
    const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 500 });

    expect((await becomes(held.id, 'succeeded')).amount_received).toBe(2000);
    expect((await becomes(kept.id, 'canceled')).amount_received).toBe(0);
    const known = await eventually(async () => {
      const found = await stripe.refunds.retrieve(refund.id);
      return found.status === 'succeeded' ? found : undefined;
    });
    expect(known.amount).toBe(500);
    expect(await chargesOf(paid.id)).toMatchObject([{ amount_refunded: 500 }]);
  });
});

describe('a webhook endpoint', () => {
  let listener: WebhookListener;
  beforeAll(async () => {
    listener = await webhookListener();
  });
  afterAll(() => listener.close());

  it('that fails is counted as pending, and is given the same event again on request, under a new signature', async () => {
    const endpoint = await stripe.webhookEndpoints.create({
      url: listener.url,
      enabled_events: ['payment_intent.succeeded'],
    });
    listener.answerWith(500);
    await stripe.paymentIntents.create({ amount: 700, currency: 'usd', payment_method: 'pm_card_visa', confirm: true });
    const failed = await eventually(
      async () => (await stripe.events.list({ delivery_success: false, type: 'payment_intent.succeeded' })).data[0],
    );
    expect(failed.pending_webhooks).toBe(1);
    // A signature is of a second: within the same one it would be the same.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await stripe.rawRequest('POST', `/v1/events/${failed.id}/retry`, { webhook_endpoint: endpoint.id });

    // The schedule's own next attempt is five minutes away.
    const [first, second] = await eventually(() => {
      // Where the stream lags, the new endpoint also receives the event of the payment before its own.
      const same = listener.deliveries.filter(({ body }) => body.includes(failed.id));
      return same.length >= 2 ? same : undefined;
    });
    const [one, two] = [first!, second!].map(({ body, signature }) =>
      stripe.webhooks.constructEvent(body, signature, endpoint.secret!),
    );
    expect(two!.id).toBe(one!.id);
    expect(second!.body).toBe(first!.body);
    expect(second!.signature).not.toBe(first!.signature);
    await stripe.webhookEndpoints.del(endpoint.id);
  });
});
