/** Events that otherwise take days: refunds that fail or expire, authorizations that expire, disputes that are opened; in test mode only. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const paid = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    ...more,
  });
/** Ours have no method in the SDK; `rawRequest` sends them as any other, with retries and a key. */
const help = <T>(path: string, params: Record<string, unknown> = {}, key?: string): Promise<T> =>
  stripe.rawRequest(
    'POST',
    `/v1/test_helpers/${path}`,
    params,
    key === undefined ? {} : { idempotencyKey: key },
  ) as Promise<T>;
const typesOf = async (id: string) =>
  (await stripe.events.list({ limit: 100 })).data
    .filter(({ data }) => (data.object as { id: string }).id === id)
    .map(({ type }) => type)
    .reverse();

describe('refunds', () => {
  it('fail when their bank sends the money back, and can be made again', async () => {
    const intent = await paid();
    const refund = await stripe.refunds.create({ payment_intent: intent.id });

    const failed = await help<Stripe.Refund>(`refunds/${refund.id}/fail`);
    await app.settleDown();

    expect(failed).toMatchObject({ id: refund.id, status: 'failed', failure_reason: 'expired_or_canceled_card' });
    expect(await typesOf(refund.id)).toEqual([
      'refund.created',
      'refund.updated',
      'charge.refund.updated',
      'refund.updated',
      'charge.refund.updated',
      'refund.failed',
    ]);
    expect((await stripe.charges.retrieve(intent.latest_charge as string)).amount_refunded).toBe(0);
    expect(await stripe.refunds.create({ payment_intent: intent.id })).toMatchObject({ status: 'succeeded' });
    expect(await thrown(help(`refunds/${refund.id}/fail`))).toMatchObject({ statusCode: 400 });
  });

  it('of pm_card_refundFail fail by themselves 3 s later, and can be made again in full, with the same end', async () => {
    const intent = await paid({ payment_method: 'pm_card_refundFail' });
    const refunds: Stripe.Refund[] = [];

    for (const round of [1, 2, 3]) {
      refunds.push(await stripe.refunds.create({ payment_intent: intent.id, metadata: { round } }));
      app.later(3_000);
      await app.settleDown();
    }

    expect(refunds.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    for (const { id } of refunds)
      expect(await stripe.refunds.retrieve(id)).toMatchObject({
        status: 'failed',
        failure_reason: 'expired_or_canceled_card',
      });
  });

  it('of a pending one too; the success that was announced for later changes nothing', async () => {
    const intent = await paid({ payment_method: 'pm_card_pendingRefund' });
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' });

    await help(`refunds/${refund.id}/fail`);
    await app.settleDown();

    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('failed');
  });

  it('expire only while they wait for their payer, which those of cards never do', async () => {
    const intent = await paid();
    const refund = await stripe.refunds.create({ payment_intent: intent.id });

    const error = await thrown(stripe.testHelpers.refunds.expire(refund.id));

    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect(error.message).toMatch(/could not be expired because it has a status of succeeded/);
    expect(await thrown(stripe.testHelpers.refunds.expire('re_0000000000000000000000'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });
});

describe('authorisations', () => {
  it('run out: the payment is canceled, its charge expired, nothing is captured', async () => {
    const intent = await paid({ capture_method: 'manual' });

    const expired = await help<Stripe.PaymentIntent>(`payment_intents/${intent.id}/expire`, {}, `x-${intent.id}`);
    const replayed = await help<Stripe.PaymentIntent>(`payment_intents/${intent.id}/expire`, {}, `x-${intent.id}`);
    await app.settleDown();

    expect(expired).toMatchObject({ status: 'canceled', cancellation_reason: 'automatic', amount_capturable: 0 });
    expect(replayed.canceled_at).toBe(expired.canceled_at);
    expect(await typesOf(intent.latest_charge as string)).toEqual(['charge.succeeded', 'charge.expired']);
    expect((await typesOf(intent.id)).at(-1)).toBe('payment_intent.canceled');
    expect(await thrown(stripe.paymentIntents.capture(intent.id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });

  it('that are captured do not', async () => {
    const intent = await paid();

    expect(await thrown(help(`payment_intents/${intent.id}/expire`))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
    });
  });
});

describe('disputes', () => {
  it('are opened on any captured charge, in part and for a reason; under a key once', async () => {
    const intent = await paid();
    const charge = intent.latest_charge as string;
    const params = { amount: 2_500, reason: 'duplicate' };

    const opened = await help<Stripe.Dispute>(`charges/${charge}/dispute`, params, `d-${charge}`);
    const replayed = await help<Stripe.Dispute>(`charges/${charge}/dispute`, params, `d-${charge}`);
    await app.settleDown();

    expect(opened).toMatchObject({
      object: 'dispute',
      amount: 2_500,
      reason: 'duplicate',
      status: 'needs_response',
      charge,
    });
    expect(replayed.id).toBe(opened.id);
    expect((await stripe.disputes.list({ charge })).data).toMatchObject([{ id: opened.id, status: 'needs_response' }]);
    expect(await typesOf(opened.id)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ disputed: true, amount_refunded: 0 });
  });

  it('take no more than what was not refunded', async () => {
    const intent = await paid();
    const charge = intent.latest_charge as string;
    await stripe.refunds.create({ charge, amount: 4_000 });

    expect(await thrown(help(`charges/${charge}/dispute`, { amount: 6_001 }))).toMatchObject({
      statusCode: 400,
      param: 'amount',
    });
    expect(await help<Stripe.Dispute>(`charges/${charge}/dispute`, { type: 'inquiry' })).toMatchObject({
      amount: 6_000,
      status: 'warning_needs_response',
    });
    expect(await help<Stripe.Dispute>(`charges/${charge}/dispute`)).toMatchObject({ amount: 6_000 });
    expect(await thrown(help(`charges/${charge}/dispute`))).toMatchObject({ statusCode: 400 });
  });

  it('need a captured charge and a known reason', async () => {
    const held = await paid({ capture_method: 'manual' });

    expect(await thrown(help(`charges/${held.latest_charge}/dispute`))).toMatchObject({ statusCode: 400 });
    expect(await thrown(help(`charges/${held.latest_charge}/dispute`, { reason: 'mood' }))).toMatchObject({
      statusCode: 400,
      param: 'reason',
    });
  });
});

it('a live key is refused: helpers are for test mode', async () => {
  const live = app.client({ key: (await app.world.merchant({ live: true })).live!.secretKey });

  const error = await thrown(live.testHelpers.refunds.expire('re_0000000000000000000000'));

  expect(error).toMatchObject({ statusCode: 400, message: 'Test helpers can only be used with a test key.' });
});

it('leaves no failure behind', () => {
  expect(app.world.failures).toEqual([]);
});
