/** Changing a charge: its own description, metadata, receipt and fraud report; its payment intent keeps its own. */
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const paid = () =>
  stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    description: 'a hat',
    metadata: { order: '7', size: 'M' },
  });
const updatesOf = async (charge: string) =>
  (await stripe.events.list({ type: 'charge.updated', limit: 100 })).data.filter(
    ({ data }) => (data.object as Stripe.Charge).id === charge,
  );

it('charge: changes member by member and is announced with what was before; the intent stays as it was', async () => {
  const intent = await paid();
  const charge = intent.latest_charge as string;

  const updated = await stripe.charges.update(charge, {
    description: 'two hats',
    metadata: { size: '', colour: 'red' },
    receipt_email: 'jenny@example.com',
    shipping: { name: 'Jenny Rosen', address: { line1: '1 Main St', city: 'Springfield' } },
    fraud_details: { user_report: 'safe' },
  });
  await app.settleDown();

  expect(updated).toMatchObject({
    id: charge,
    description: 'two hats',
    metadata: { order: '7', colour: 'red' },
    receipt_email: 'jenny@example.com',
    shipping: { name: 'Jenny Rosen', address: { line1: '1 Main St', city: 'Springfield', country: null } },
    fraud_details: { user_report: 'safe' },
  });
  expect(updated.metadata).not.toHaveProperty('size');
  expect(await stripe.charges.retrieve(charge)).toEqual(updated);
  expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
    description: 'a hat',
    metadata: { order: '7', size: 'M' },
    receipt_email: null,
    shipping: null,
  });
  const [event, ...more] = await updatesOf(charge);
  expect(more).toEqual([]);
  expect(event!.data.object).toMatchObject({ id: charge, description: 'two hats' });
  expect(event!.data.previous_attributes).toEqual({
    description: 'a hat',
    metadata: { size: 'M', colour: null },
    receipt_email: null,
    shipping: null,
    fraud_details: { user_report: null },
  });
});

it('charge: an empty value takes away, the same again is no change', async () => {
  const charge = (await paid()).latest_charge as string;
  await stripe.charges.update(charge, { description: 'x', fraud_details: { user_report: 'fraudulent' } });

  const cleared = await stripe.charges.update(charge, {
    description: '',
    metadata: '',
    fraud_details: { user_report: '' },
  });
  await stripe.charges.update(charge, { description: '' });
  await app.settleDown();

  expect(cleared).toMatchObject({ description: null, metadata: {}, fraud_details: {} });
  expect(await updatesOf(charge)).toHaveLength(2);
});

it('charge: an earlier one that failed keeps its own changes beside the one that was paid', async () => {
  const intent = await stripe.paymentIntents.create({ amount: 900, currency: 'usd' });
  const declined = await thrown(
    stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa_chargeDeclined' }),
  );
  const failed = (declined.raw as { charge: string }).charge;
  const after = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });

  await stripe.charges.update(failed, { metadata: { tried: 'first' } });
  await app.settleDown();

  expect(await stripe.charges.retrieve(failed)).toMatchObject({ status: 'failed', metadata: { tried: 'first' } });
  expect((await stripe.charges.retrieve(after.latest_charge as string)).metadata).toEqual({});
  const [event] = await updatesOf(failed);
  expect(event!.data.previous_attributes).toEqual({ metadata: { tried: null } });
  expect((await stripe.charges.search({ query: "metadata['tried']:'first'" })).data).toMatchObject([{ id: failed }]);
});

it('charge: an update under a key is answered again; what it does not take is refused', async () => {
  const charge = (await paid()).latest_charge as string;
  const first = await stripe.charges.update(charge, { description: 'x' }, { idempotencyKey: `u-${charge}` });
  await stripe.charges.update(charge, { description: 'y' });

  expect(await stripe.charges.update(charge, { description: 'x' }, { idempotencyKey: `u-${charge}` })).toEqual(first);
  expect((await stripe.charges.retrieve(charge)).description).toBe('y');
  for (const params of [{ customer: 'cus_1' }, { amount: 5 } as object]) {
    expect(await thrown(stripe.charges.update(charge, params))).toMatchObject({
      statusCode: 400,
      param: Object.keys(params)[0],
    });
  }
  expect(await thrown(stripe.charges.update('ch_00000000000000000000001', {}))).toMatchObject({ statusCode: 404 });
});
