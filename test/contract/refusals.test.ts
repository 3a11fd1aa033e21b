/** Refusals that take some doing to meet, each with its code, its `param` and the class that the SDK makes of it. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { keyHashOf, keyIdOf } from '../../functions/merchants/store.ts';
import { rollKey } from '../../functions/operator/keys.ts';
import { makeAvailable } from '../scenarios/available-funds.ts';
import { contractApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';
import { thrown } from '../world/sdk-errors.ts';
import { scopeOf } from '../world/world.ts';

const app = await contractApp();
const { stripe } = app;

const { post, get, send } = rawOf(app);
const pay = (method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: method, confirm: true, ...more });
const hold = (method: string) => pay(method, { capture_method: 'manual' });

describe('a refund', () => {
  it('names a payment intent and a charge of it, or one of them', async () => {
    const [one, other] = [await pay('pm_card_visa'), await pay('pm_card_visa')];
    const both = (charge: string) => post('/v1/refunds', `payment_intent=${one.id}&charge=${charge}&amount=100`);

    expect(await both(other.latest_charge as string)).toMatchObject({ status: 400, param: 'charge' });
    expect(await both(one.latest_charge as string)).toMatchObject({ object: 'refund', amount: 100 });
  });

  it('is refused as disputed, as refunded, and as too much, in this order', async () => {
    const disputed = await pay('pm_card_createDispute');
    await app.settleDown();
    const { id } = await pay('pm_card_visa');
    const refund = (intent: string, amount?: number) =>
      thrown(stripe.refunds.create({ payment_intent: intent, ...(amount !== undefined && { amount }) }));

    expect(await refund(disputed.id, 9_999)).toMatchObject({ code: 'charge_disputed' });
    const tooMuch = await refund(id, 2_001);
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' });
    expect(tooMuch.code).toBeUndefined();
    await stripe.refunds.create({ payment_intent: id });
    expect(await refund(id, 2_001)).toMatchObject({ code: 'charge_already_refunded' });
    expect(await refund((await hold('pm_card_visa')).id)).toMatchObject({
      statusCode: 400,
      param: 'payment_intent',
      message: expect.stringContaining('does not have a successful charge to refund') as string,
    });
  });
});

describe('the rest', () => {
  it('a review is closed once', async () => {
    const { review } = await pay('pm_card_riskLevelElevated');
    await stripe.reviews.approve(review as string);

    expect(await thrown(stripe.reviews.approve(review as string))).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('is already closed') as string,
    });
  });

  it('the lines of a payout are listed for automatic payouts only', async () => {
    const made = await app.newMerchant();
    const own = app.client({ key: made.test.secretKey });
    await own.paymentIntents.create({ amount: 9_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true });
    await makeAvailable(app.world, scopeOf(app.world.table, made));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { id: payout } = await own.payouts.create({ amount: 1_000, currency: 'usd' });

    expect(await thrown(own.balanceTransactions.list({ payout }))).toMatchObject({ statusCode: 400, param: 'payout' });
    expect(await thrown(own.balanceTransactions.list({ payout: 'po_0' }))).toMatchObject({
      code: 'resource_missing',
      param: 'payout',
    });
  });

  it('events are read from one cursor, and webhook endpoints are sixteen', async () => {
    const own = app.client({ key: (await app.newMerchant()).test.secretKey });
    const endpoint = () => own.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['payout.paid'] });
    for (let n = 0; n < 16; n++) await endpoint();
    expect(await thrown(endpoint())).toMatchObject({
      statusCode: 400,
      message: 'You have reached the maximum of 16 webhook endpoints.',
    });
    await own.customers.create({});
    await app.settleDown();
    const { id } = (await own.events.list()).data[0]!;

    expect((await thrown(own.events.list({ starting_after: id, ending_before: id }))).message).toContain(
      'Received both',
    );
  });

  it('a charge that no attempt made cannot be disputed, and no more than 20 properties are expanded', async () => {
    const intent = await pay('pm_card_visa');

    expect(
      await post(`/v1/test_helpers/charges/${String(intent.latest_charge).slice(0, -1)}9/dispute`, ''),
    ).toMatchObject({
      status: 404,
      code: 'resource_missing',
    });
    expect(await get(`/v1/balance?${'expand[]=a&'.repeat(21)}`)).toMatchObject({
      status: 400,
      message: 'You can expand at most 20 properties at once.',
    });
  });

  it('a rolled key has expired (api_key_expired)', async () => {
    const made = await app.newMerchant();
    const { world } = app;
    const entry = { scope: scopeOf(world.table, made), merchant: made.merchant, livemode: false };
    await rollKey(world.deps, entry, keyIdOf(keyHashOf(made.test.secretKey)), 0);

    const error = await thrown(app.client({ key: made.test.secretKey }).balance.retrieve());

    expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    expect(error).toMatchObject({ statusCode: 401, code: 'api_key_expired' });
  });

  it('a failure of ours is a 500 that says nothing of its cause, and may be sent again under its key', async () => {
    const { table } = app.world;
    const key = crypto.randomUUID();
    table.onCall = ({ writes, when }) => {
      if (when === 'before' && writes.some((write) => write.table === 'payments')) throw new Error('secret cause');
    };
    const failed = await send('POST', '/v1/customers', 'name=a', { 'idempotency-key': key });
    table.onCall = undefined;
    const again = await send('POST', '/v1/customers', 'name=a', { 'idempotency-key': key });

    expect(failed.status).toBe(500);
    expect(await failed.json()).toEqual({
      error: {
        type: 'api_error',
        message: 'Sorry, something went wrong on our side. The error has been logged.',
      },
    });
    expect(again.status).toBe(200);
  });
});
