/** A hold that is voided, in any way: its charge is refunded in full, and an event shows it. */
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { checkoutOf } from '../scenarios/checkout-sdk.ts';
import { eitherApp } from '../world/contract-app.ts';
import { eventsWithObject } from '../world/object-events.ts';

const app = await eitherApp();
const { stripe } = app;

const hold = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    capture_method: 'manual',
    ...params,
  });
const helper = (path: string) =>
  app.fetch(`/v1/test_helpers/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${app.merchant.test.secretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
  });
const eventsOf = async (charge: string) => (await eventsWithObject(app, charge)).toReversed();

const LET_GO = {
  amount: 2_000,
  amount_captured: 0,
  amount_refunded: 2_000,
  captured: false,
  refunded: true,
  paid: true,
};

it('a canceled hold has a refunded charge in every reply, and charge.refunded shows the same', async () => {
  const { id, latest_charge: charge } = await hold();
  await stripe.paymentIntents.cancel(id);

  expect(await stripe.charges.retrieve(charge as string)).toMatchObject(LET_GO);
  const events = await eventsOf(charge as string);
  expect(events.map(({ type }) => type)).toEqual(['charge.succeeded', 'charge.refunded']);
  expect(events[1]!.data.object).toMatchObject(LET_GO);
  expect((await stripe.charges.list({ payment_intent: id })).data).toMatchObject([LET_GO]);
  expect((await stripe.refunds.list({ payment_intent: id })).data).toEqual([]);
});

it('so has a hold that ran out, whose event is charge.expired', async () => {
  const { id, latest_charge: charge } = await hold();
  await helper(`payment_intents/${id}/expire`);

  expect(await stripe.charges.retrieve(charge as string)).toMatchObject(LET_GO);
  expect((await eventsOf(charge as string)).map(({ type }) => type)).toEqual(['charge.succeeded', 'charge.expired']);
});

it('a hold that was raised is refunded as it was raised', async () => {
  const { id, latest_charge: charge } = await hold({
    payment_method_options: { card: { request_incremental_authorization: 'if_available' } },
  });
  await stripe.paymentIntents.incrementAuthorization(id, { amount: 3_000 });
  await stripe.paymentIntents.cancel(id);

  expect(await stripe.charges.retrieve(charge as string)).toMatchObject({
    ...LET_GO,
    amount: 3_000,
    amount_refunded: 3_000,
  });
});

it('what a capture in part leaves is released, not refunded: what was captured less what was refunded is the merchant’s', async () => {
  const { id, latest_charge: charge } = await hold();
  await stripe.paymentIntents.capture(id, { amount_to_capture: 1_500 });

  expect(await stripe.charges.retrieve(charge as string)).toMatchObject({
    amount: 2_000,
    amount_captured: 1_500,
    amount_refunded: 0,
    captured: true,
    refunded: false,
  });
  expect((await eventsOf(charge as string)).map(({ type }) => type)).toEqual(['charge.succeeded', 'charge.captured']);
});

it('a charge without an intent that ran out is refunded', async () => {
  const held = await stripe.charges.create({ amount: 2_000, currency: 'usd', source: 'tok_visa', capture: false });
  await helper(`charges/${held.id}/expire`);

  expect(await stripe.charges.retrieve(held.id)).toMatchObject(LET_GO);
});

it('a hold of a Checkout Session that is canceled has a refunded charge', async () => {
  const checkout = checkoutOf(app);
  const { id } = await checkout.open({ payment_intent_data: { capture_method: 'manual' } });
  const { id: intent } = await checkout.intentOf(await checkout.complete(id));
  const { latest_charge: charge } = await stripe.paymentIntents.cancel(intent);

  expect(await stripe.charges.retrieve(charge as string)).toMatchObject({
    ...LET_GO,
    amount: 3_000,
    amount_refunded: 3_000,
  });
  expect((await eventsOf(charge as string)).map(({ type }) => type)).toEqual(['charge.succeeded', 'charge.refunded']);
});
