import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const paid = (amount = 10_000, method = 'pm_card_visa') =>
  stripe.paymentIntents.create({ amount, currency: 'usd', payment_method: method, confirm: true });

it('refund: gives the whole payment back', async () => {
  const intent = await paid();

  const refund = await stripe.refunds.create({
    payment_intent: intent.id,
    reason: 'requested_by_customer',
    metadata: { why: 'size' },
  });

  expect(refund).toMatchObject({
    object: 'refund',
    amount: 10_000,
    status: 'succeeded',
    payment_intent: intent.id,
    charge: intent.latest_charge,
    reason: 'requested_by_customer',
    metadata: { why: 'size' },
  });
  expect(await stripe.charges.retrieve(intent.latest_charge as string)).toMatchObject({
    amount_refunded: 10_000,
    refunded: true,
  });
});

it('refund: by charge and in parts, never more than was captured', async () => {
  const intent = await paid();
  await stripe.refunds.create({ charge: intent.latest_charge as string, amount: 4000 });

  const error = await thrown(stripe.refunds.create({ payment_intent: intent.id, amount: 6001 }));
  await stripe.refunds.create({ payment_intent: intent.id });
  const again = await thrown(stripe.refunds.create({ payment_intent: intent.id }));

  expect(error).toMatchObject({ statusCode: 400, param: 'amount' });
  expect(again.code).toBe('charge_already_refunded');
  expect((await stripe.refunds.list({ payment_intent: intent.id })).data.map((refund) => refund.amount)).toEqual([
    6000, 4000,
  ]);
});

it('refund: two parallel ones of 60 on 100 make one', async () => {
  const intent = await paid();

  const results = await Promise.allSettled(
    [1, 2].map(() => stripe.refunds.create({ payment_intent: intent.id, amount: 6000 })),
  );

  expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await stripe.charges.retrieve(intent.latest_charge as string)).amount_refunded).toBe(6000);
});

it('refund: of a payment that was not captured is refused', async () => {
  const held = await stripe.paymentIntents.create({
    amount: 900,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    capture_method: 'manual',
  });

  const error = await thrown(stripe.refunds.create({ payment_intent: held.id }));

  expect(error).toMatchObject({ statusCode: 400, param: 'payment_intent' });
  expect(error.message).toMatch(/does not have a successful charge to refund/);
});

it('refund: pending until the channel says so', async () => {
  const intent = await paid(5000, 'pm_card_pendingRefund');

  const refund = await stripe.refunds.create({ payment_intent: intent.id });
  expect(refund.status).toBe('pending');
  await app.settleDown();

  expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
});

it('refund: that fails later gives the amount back to the charge', async () => {
  const intent = await paid(5000, 'pm_card_refundFail');

  const refund = await stripe.refunds.create({ payment_intent: intent.id });
  await app.settleDown();

  expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
    status: 'failed',
    failure_reason: expect.any(String),
  });
  expect((await stripe.charges.retrieve(intent.latest_charge as string)).amount_refunded).toBe(0);
});

it('refund: an unknown charge is 404, an unknown intent 400, neither is a missing parameter', async () => {
  const charge = await thrown(stripe.refunds.create({ charge: 'ch_00000000000000000000001' }));
  const intent = await thrown(stripe.refunds.create({ payment_intent: 'pi_0000000000000000000000' }));
  const nothing = await thrown(stripe.refunds.create({}));

  expect(charge).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'id' });
  expect(intent).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'payment_intent' });
  expect(nothing).toMatchObject({ statusCode: 400, code: 'parameter_missing' });
});

it('refund: the list of one payment walks both ways, a page at a time', async () => {
  const intent = await paid(9000);
  const ids: string[] = [];
  for (const amount of [100, 200, 300]) {
    ids.unshift((await stripe.refunds.create({ payment_intent: intent.id, amount })).id);
  }
  ids.splice(0, ids.length, ...newestFirst(ids));
  const of = { payment_intent: intent.id, limit: 2 };

  const first = await stripe.refunds.list(of);
  const second = await stripe.refunds.list({ ...of, starting_after: ids[1]! });
  const newer = await stripe.refunds.list({ ...of, limit: 1, ending_before: ids[2]! });

  expect(first).toMatchObject({ data: [{ id: ids[0] }, { id: ids[1] }], has_more: true, url: '/v1/refunds' });
  expect(second).toMatchObject({ data: [{ id: ids[2] }], has_more: false });
  expect(newer).toMatchObject({ data: [{ id: ids[1] }], has_more: true });
  const unknown = await thrown(stripe.refunds.list({ ...of, starting_after: 're_0000000000000000000000' }));
  expect(unknown).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'starting_after' });
});

it('refund: metadata changes name by name, and is announced with what was before', async () => {
  const intent = await paid();
  const refund = await stripe.refunds.create({ payment_intent: intent.id, metadata: { a: '1', b: '2' } });

  const updated = await stripe.refunds.update(refund.id, { metadata: { a: '', c: '3' } });
  await stripe.refunds.update(refund.id, { metadata: { c: '3' } });
  await app.settleDown();

  expect(updated).toMatchObject({ id: refund.id, metadata: { b: '2', c: '3' }, status: 'succeeded' });
  expect((await stripe.refunds.retrieve(refund.id)).metadata).toEqual({ b: '2', c: '3' });
  const events = (await stripe.events.list({ type: 'refund.updated', limit: 100 })).data.filter(
    ({ data }) => (data.object as Stripe.Refund).id === refund.id,
  );
  expect(events.map(({ data }) => data.previous_attributes)).toEqual([
    { metadata: { a: '1', c: null } },
    expect.objectContaining({ status: 'pending' }),
  ]);
});

it('refund: an update under a key is answered again, whatever was changed since', async () => {
  const intent = await paid();
  const refund = await stripe.refunds.create({ payment_intent: intent.id });
  const first = await stripe.refunds.update(refund.id, { metadata: { a: '1' } }, { idempotencyKey: `u-${refund.id}` });
  await stripe.refunds.update(refund.id, { metadata: { a: '2' } });

  const again = await stripe.refunds.update(refund.id, { metadata: { a: '1' } }, { idempotencyKey: `u-${refund.id}` });

  expect(again).toEqual(first);
  expect((await stripe.refunds.retrieve(refund.id)).metadata).toEqual({ a: '2' });
  expect(await thrown(stripe.refunds.update('re_0000000000000000000000', {}))).toMatchObject({ statusCode: 404 });
});

it('refund: cannot be canceled once the channel has it', async () => {
  const intent = await paid();
  const refund = await stripe.refunds.create({ payment_intent: intent.id });

  const error = await thrown(stripe.refunds.cancel(refund.id));

  expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
  expect(error.message).toMatch(/could not be canceled because it has a status of succeeded/);
});

it('refund: what belongs to platforms and customer balances is refused, and never ignored', async () => {
  const intent = await paid();
  for (const params of [
    { refund_application_fee: true },
    { reverse_transfer: true },
    { origin: 'customer_balance' },
    { instructions_email: 'jenny@example.com' },
  ] as Stripe.RefundCreateParams[]) {
    expect(await thrown(stripe.refunds.create({ payment_intent: intent.id, ...params }))).toMatchObject({
      statusCode: 400,
      param: Object.keys(params)[0],
    });
  }
  expect(await stripe.refunds.create({ payment_intent: intent.id, refund_application_fee: false })).toMatchObject({
    amount: 10_000,
  });
});

it('refund: a disputed charge is refused as disputed before anything else is judged', async () => {
  const intent = await paid(10_000, 'pm_card_createDispute');
  await app.settleDown();

  const tooMuch = await thrown(stripe.refunds.create({ payment_intent: intent.id, amount: 10_001 }));

  expect(tooMuch).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
});
