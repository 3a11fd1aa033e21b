/** What becomes of charges without an intent: they are captured or expire, are refunded, disputed, reviewed and settled. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { eventTypes } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const charge = (params: Partial<Stripe.ChargeCreateParams> = {}) =>
  stripe.charges.create({ amount: 2_000, currency: 'usd', source: 'tok_visa', ...params });

describe('a charge with capture=false', () => {
  const hold = (params: Partial<Stripe.ChargeCreateParams> = {}) => charge({ capture: false, ...params });

  it('is captured in part, once', async () => {
    const held = await hold();
    expect(held).toMatchObject({ captured: false, paid: true, status: 'succeeded', balance_transaction: null });

    const captured = await stripe.charges.capture(
      held.id,
      { amount: 1_500, receipt_email: 'ada@example.com', statement_descriptor_suffix: 'LATE' },
      { idempotencyKey: 'capture' },
    );
    const again = await stripe.charges.capture(
      held.id,
      { amount: 1_500, receipt_email: 'ada@example.com', statement_descriptor_suffix: 'LATE' },
      { idempotencyKey: 'capture' },
    );

    expect(captured).toMatchObject({
      id: held.id,
      object: 'charge',
      amount: 2_000,
      amount_captured: 1_500,
      captured: true,
      receipt_email: 'ada@example.com',
      refunded: false,
      statement_descriptor_suffix: 'LATE',
    });
    expect(again.amount_captured).toBe(1_500);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(await thrown(stripe.charges.capture(held.id))).toMatchObject({
      statusCode: 400,
      code: 'charge_already_captured',
      message: `Charge ${held.id} has already been captured.`,
    });
    expect(await eventTypes(app, held.id)).toEqual(['charge.succeeded', 'charge.captured']);
  });

  it('is not captured for more than was held', async () => {
    const held = await hold();

    expect(await thrown(stripe.charges.capture(held.id, { amount: 2_001 }))).toMatchObject({
      statusCode: 400,
      code: 'amount_too_large',
      param: 'amount',
    });
    expect((await stripe.charges.capture(held.id)).amount_captured).toBe(2_000);
  });

  it('expires: it is marked as refunded, and can neither be captured nor refunded', async () => {
    const held = await hold();

    const response = await app.fetch(`/v1/test_helpers/charges/${held.id}/expire`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.merchant.test.secretKey}` },
    });

    expect(await response.json()).toMatchObject({
      id: held.id,
      captured: false,
      refunded: true,
      amount_refunded: 2_000,
      amount_captured: 0,
    });
    expect(await thrown(stripe.charges.capture(held.id))).toMatchObject({ code: 'charge_expired_for_capture' });
    expect(await thrown(stripe.refunds.create({ charge: held.id }))).toMatchObject({ code: 'charge_not_refundable' });
    expect(await eventTypes(app, held.id)).toEqual(['charge.succeeded', 'charge.expired']);
    const twice = await app.fetch(`/v1/test_helpers/charges/${held.id}/expire`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.merchant.test.secretKey}` },
    });
    expect(twice.status).toBe(400);
  });

  it('whose capture the channel refuses stays held, and the refusal shows no intent', async () => {
    const held = await hold({ source: 'pm_card_sandbox_captureFails' });

    const error = await thrown(stripe.charges.capture(held.id));

    expect(error).toMatchObject({ statusCode: 400, code: 'charge_expired_for_capture' });
    expect(error.message).toContain('The channel refused to capture this Charge: ');
    expect(error.payment_intent).toBeUndefined();
  });

  it('of a payment intent is captured there', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 900,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      capture_method: 'manual',
      confirm: true,
    });
    const id = intent.latest_charge as string;

    const error = await thrown(stripe.charges.capture(id));
    await stripe.paymentIntents.capture(intent.id);

    expect(error).toMatchObject({ statusCode: 400 });
    expect(error.message).toBe(
      `This uncaptured Charge was created by a PaymentIntent (${intent.id}). You must capture the PaymentIntent instead. For more information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method`,
    );
    expect((await thrown(stripe.charges.capture(id))).code).toBe('charge_already_captured');
  });

  it('that is not there is 404', async () => {
    expect(await thrown(stripe.charges.capture('ch_00000000000000000000001'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });
});

describe('what becomes of a charge', () => {
  it('is refunded, in parts, by its id', async () => {
    const made = await charge();

    const refund = await stripe.refunds.create({ charge: made.id, amount: 500 });
    await stripe.refunds.create({ charge: made.id });

    expect(refund).toMatchObject({ charge: made.id, payment_intent: null, amount: 500, status: 'succeeded' });
    expect(await thrown(stripe.refunds.create({ charge: made.id }))).toMatchObject({ code: 'charge_already_refunded' });
    expect(await stripe.charges.retrieve(made.id, { expand: ['refunds'] })).toMatchObject({
      amount_refunded: 2_000,
      refunded: true,
      refunds: { data: [{ amount: 1_500 }, { amount: 500 }] },
    });
    expect((await stripe.refunds.list({ charge: made.id })).data).toHaveLength(2);
    expect(await eventTypes(app, made.id)).toEqual([
      'charge.succeeded',
      'refund.created',
      'charge.refunded',
      'refund.updated',
      'charge.refund.updated',
      'refund.created',
      'charge.refunded',
      'refund.updated',
      'charge.refund.updated',
    ]);
  });

  it('is disputed', async () => {
    const made = await charge({ source: 'tok_createDispute' });

    await app.settleDown();

    const [dispute] = (await stripe.disputes.list({ charge: made.id, expand: ['data.charge'] })).data;
    expect(dispute).toMatchObject({
      payment_intent: null,
      status: 'needs_response',
      charge: { id: made.id, disputed: true, payment_intent: null },
    });
    expect(await thrown(stripe.refunds.create({ charge: made.id }))).toMatchObject({ code: 'charge_disputed' });
  });

  it('is reviewed', async () => {
    const made = await charge({ source: 'tok_riskLevelElevated' });
    await app.settleDown();

    const review = await stripe.reviews.approve(made.review as string);

    expect(review).toMatchObject({ charge: made.id, open: false, reason: 'approved' });
    expect(review.payment_intent).toBeUndefined();
  });

  it('takes a new description', async () => {
    const made = await charge();

    const updated = await stripe.charges.update(made.id, { description: 'Order 8', metadata: { order: '8' } });

    expect(updated).toMatchObject({ description: 'Order 8', metadata: { order: '8' }, payment_intent: null });
    expect(await eventTypes(app, made.id)).toEqual(['charge.succeeded', 'charge.updated']);
  });

  it('is settled and paid out with the others', async () => {
    const made = await charge();
    await app.settleDown();

    const [transaction] = (await stripe.balanceTransactions.list({ source: made.id })).data;

    expect(transaction).toMatchObject({ type: 'charge', amount: 2_000, source: made.id });
    const expanded = await stripe.balanceTransactions.retrieve(transaction!.id, { expand: ['source'] });
    expect(expanded.source).toMatchObject({ id: made.id, payment_intent: null });
  });
});
