/** A payment that one account does not accept and another takes, as a merchant with the official SDK sees it. */
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { addAccount } from '../../functions/operator/accounts.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';
import { scopeOf } from '../world/world.ts';

const app = await contractApp();
const NOT_ACCEPTED = 'pm_card_sandbox_notAccepted';

/** A merchant with two accounts. */
async function withTwoAccounts(): Promise<Stripe> {
  const made = await app.newMerchant();
  const { world } = app;
  await addAccount(world.merchants, { scope: scopeOf(world.table, made), livemode: false });
  return app.client({ key: made.test.secretKey });
}

const pay = (stripe: Stripe, changes: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 1_000,
    currency: 'usd',
    payment_method: NOT_ACCEPTED,
    confirm: true,
    expand: ['latest_charge'],
    ...changes,
  });

it('is declined while the merchant has one account', async () => {
  expect(await thrown(pay(app.stripe))).toMatchObject({
    statusCode: 402,
    type: 'StripeCardError',
    code: 'processing_error',
    payment_intent: { status: 'requires_payment_method' },
  });
});

it('succeeds with two: the failed charge is listed, and no event says that the payment failed', async () => {
  const stripe = await withTwoAccounts();
  const { id, status, latest_charge, last_payment_error } = await pay(stripe);
  await app.settleDown();
  const charges = (await stripe.charges.list({ payment_intent: id })).data;
  const events = (await stripe.events.list()).data;

  expect([status, last_payment_error]).toEqual(['succeeded', null]);
  expect(charges.map((charge) => [charge.id === (latest_charge as Stripe.Charge).id, charge.status])).toEqual([
    [true, 'succeeded'],
    [false, 'failed'],
  ]);
  expect(charges[1]).toMatchObject({
    failure_code: 'processing_error',
    paid: false,
    outcome: { network_status: 'not_sent_to_network', type: 'invalid' },
  });
  expect(events.map(({ type }) => type).reverse()).toEqual([
    'payment_intent.created',
    'charge.failed',
    'charge.succeeded',
    'payment_intent.succeeded',
  ]);
});

it('is captured and refunded at the account that took it', async () => {
  const stripe = await withTwoAccounts();
  const { id } = await pay(stripe, { capture_method: 'manual' });
  await stripe.paymentIntents.capture(id, { amount_to_capture: 600 });
  const refund = await stripe.refunds.create({ payment_intent: id, amount: 200 });
  await app.settleDown();

  expect(refund.status).toBe('succeeded');
  expect(await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] })).toMatchObject({
    status: 'succeeded',
    amount_received: 600,
    latest_charge: { amount_refunded: 200 },
  });
});

it('is a charge without an intent as well', async () => {
  const stripe = await withTwoAccounts();
  const charge = await stripe.charges.create({ amount: 700, currency: 'usd', source: 'tok_sandbox_notAccepted' });
  await app.settleDown();

  expect(charge).toMatchObject({ status: 'succeeded', paid: true, payment_intent: null });
  expect((await stripe.charges.list()).data.map(({ id, status }) => [id === charge.id, status])).toEqual([
    [true, 'succeeded'],
    [false, 'failed'],
  ]);
});

it('completes a Checkout Session', async () => {
  const stripe = await withTwoAccounts();
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    success_url: 'https://shop.example/done',
    line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Tea' } } }],
  });
  const path = `/v1/test_helpers/checkout/sessions/${session.id}/complete`;
  const completed = await stripe.rawRequest('POST', path, { payment_method: NOT_ACCEPTED });

  expect(completed).toMatchObject({ status: 'complete', payment_status: 'paid' });
});
