/** Setup intents with the official SDK: a card is made ready to be charged later. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { allThrown, thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const newCustomer = async (): Promise<string> => (await stripe.customers.create({})).id;
const eventsOf = async (id: string) => (await eventsWithObject(app, id)).map(({ type }) => type).reverse();

describe('a setup intent', () => {
  it('is created, confirmed, and leaves the card with its customer', async () => {
    const customer = await newCustomer();
    const intent = await stripe.setupIntents.create({ customer, description: 'Plan', metadata: { plan: 'a' } });
    expect(intent).toMatchObject({
      id: expect.stringMatching(/^seti_[0-9A-Za-z]{22}$/),
      object: 'setup_intent',
      status: 'requires_payment_method',
      usage: 'off_session',
      customer,
      latest_attempt: null,
      payment_method: null,
      client_secret: expect.stringMatching(/^seti_.+_secret_/),
      metadata: { plan: 'a' },
    });

    const done = await stripe.setupIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
      expand: ['latest_attempt'],
    });

    expect(done).toMatchObject({
      status: 'succeeded',
      latest_attempt: { object: 'setup_attempt', status: 'succeeded' },
    });
    expect((await stripe.customers.listPaymentMethods(customer)).data).toMatchObject([{ id: done.payment_method }]);
    expect(await eventsOf(intent.id)).toEqual(['setup_intent.created', 'setup_intent.succeeded']);
    expect(await eventsOf(done.payment_method as string)).toEqual(['payment_method.attached']);
    const paid = await stripe.paymentIntents.create({
      amount: 700,
      currency: 'usd',
      customer,
      payment_method: done.payment_method as string,
      off_session: true,
      confirm: true,
    });
    expect(paid.status).toBe('succeeded');
  });

  it('that is confirmed as it is made announces itself, and the card that the same commit attaches', async () => {
    const customer = await newCustomer();

    const done = await stripe.setupIntents.create({ customer, payment_method: 'pm_card_visa', confirm: true });

    expect(await eventsOf(done.id)).toEqual(['setup_intent.created', 'setup_intent.succeeded']);
    expect(await eventsOf(done.payment_method as string)).toEqual(['payment_method.attached']);
  });

  it('moves no money and books nothing', async () => {
    await app.settleDown();
    const before = app.world.table.dump().ledger ?? [];

    await stripe.setupIntents.create({ customer: await newCustomer(), payment_method: 'pm_card_visa', confirm: true });
    await app.settleDown();

    expect(app.world.table.dump().ledger ?? []).toEqual(before);
  });

  it('makes a card that its bank asks about chargeable without its owner, once the owner has confirmed', async () => {
    const customer = await newCustomer();
    const charge = (method: string) =>
      stripe.paymentIntents.create({
        amount: 900,
        currency: 'usd',
        customer,
        payment_method: method,
        off_session: true,
        confirm: true,
      });
    const kept = await stripe.paymentMethods.attach('pm_card_authenticationRequiredOnSetup', { customer });
    expect(await thrown(charge(kept.id))).toMatchObject({ code: 'authentication_required' });

    const intent = await stripe.setupIntents.create({
      customer,
      payment_method: kept.id,
      confirm: true,
      return_url: 'https://shop.example/saved',
    });
    expect(intent.status).toBe('requires_action');
    const { url } = intent.next_action!.redirect_to_url!;
    const back = await app.sentOn(await app.finishChallenge(url!, true));
    await app.settleDown();

    expect(Object.fromEntries(back.searchParams)).toEqual({
      setup_intent: intent.id,
      setup_intent_client_secret: intent.client_secret,
      redirect_status: 'succeeded',
    });
    expect((await stripe.setupIntents.retrieve(intent.id)).status).toBe('succeeded');
    expect((await charge(kept.id)).status).toBe('succeeded');
    expect(await eventsOf(intent.id)).toEqual([
      'setup_intent.created',
      'setup_intent.requires_action',
      'setup_intent.succeeded',
    ]);
  });

  it('succeeds with a card that fails only when it is charged', async () => {
    const customer = await newCustomer();
    const charge = (method: string) =>
      stripe.paymentIntents.create({
        amount: 900,
        currency: 'usd',
        customer,
        payment_method: method,
        off_session: true,
        confirm: true,
      });
    const failing = await stripe.setupIntents.create({
      customer,
      payment_method: 'pm_card_chargeCustomerFail',
      confirm: true,
    });
    const asked = await stripe.setupIntents.create({
      customer,
      payment_method: 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
      confirm: true,
    });
    expect(await thrown(charge(asked.payment_method as string))).toMatchObject({ code: 'authentication_required' });
    await app.finishChallenge(asked.next_action!.redirect_to_url!.url!, true);
    await app.settleDown();

    expect(failing.status).toBe('succeeded');
    expect(await thrown(charge(failing.payment_method as string))).toMatchObject({ decline_code: 'generic_decline' });
    expect((await stripe.setupIntents.retrieve(asked.id)).status).toBe('succeeded');
    expect(await thrown(charge(asked.payment_method as string))).toMatchObject({ decline_code: 'insufficient_funds' });
  });

  it('asks the payer where the merchant wants it, whatever the bank thinks', async () => {
    const options = { card: { request_three_d_secure: 'any' as const } };

    const intent = await stripe.setupIntents.create({
      payment_method: 'pm_card_visa',
      payment_method_options: options,
      confirm: true,
    });
    const later = await stripe.setupIntents.create({ payment_method: 'pm_card_visa', payment_method_options: options });
    const asBefore = await stripe.setupIntents.update(later.id, {
      payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    });

    expect(intent).toMatchObject({ status: 'requires_action', payment_method_options: options });
    expect(later).toMatchObject({ status: 'requires_confirmation', payment_method_options: options });
    expect(asBefore.payment_method_options!.card!.request_three_d_secure).toBe('automatic');
    expect((await stripe.setupIntents.confirm(later.id)).status).toBe('succeeded');
  });

  it('refuses what only a confirmation may carry, and what cards do not have', async () => {
    const refusals: readonly [Stripe.SetupIntentCreateParams, string][] = [
      [{ return_url: 'https://shop.example/' }, 'return_url'],
      [{ mandate_data: { customer_acceptance: { type: 'offline', offline: {} } } }, 'mandate_data'],
      [{ flow_directions: ['inbound'] }, 'flow_directions'],
      [{ single_use: { amount: 100, currency: 'usd' } }, 'single_use'],
      [{ on_behalf_of: 'acct_1' }, 'on_behalf_of'],
    ];
    for (const [params, param] of refusals)
      expect(await thrown(stripe.setupIntents.create(params))).toMatchObject({ statusCode: 400, param });
  });

  it('that is declined is a card error with the intent in it, and takes another card', async () => {
    const customer = await newCustomer();

    const error = await thrown(
      stripe.setupIntents.create({ customer, payment_method: 'pm_card_visa_chargeDeclined', confirm: true }),
    );

    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' });
    const { id, last_setup_error: last } = (error.raw as { setup_intent: Stripe.SetupIntent }).setup_intent;
    expect(last).toMatchObject({ code: 'card_declined' });
    expect((await stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
    expect((await stripe.setupIntents.confirm(id, { payment_method: 'pm_card_visa' })).status).toBe('succeeded');
    const attempts = await stripe.setupAttempts.list({ setup_intent: id });
    expect(attempts.data.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    expect(attempts.data[1]?.setup_error).toMatchObject({ code: 'card_declined' });
    expect(await eventsOf(id)).toEqual(['setup_intent.created', 'setup_intent.setup_failed', 'setup_intent.succeeded']);
  });

  it('is updated and canceled before it succeeds, and neither afterwards', async () => {
    const customer = await newCustomer();
    const intent = await stripe.setupIntents.create({});

    const updated = await stripe.setupIntents.update(intent.id, {
      customer,
      payment_method: 'pm_card_visa',
      metadata: { a: '1' },
    });
    const canceled = await stripe.setupIntents.cancel(intent.id, { cancellation_reason: 'abandoned' });

    expect(updated).toMatchObject({ customer, status: 'requires_confirmation', metadata: { a: '1' } });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    for (const error of await allThrown([
      stripe.setupIntents.confirm(intent.id),
      stripe.setupIntents.cancel(intent.id),
      stripe.setupIntents.update(intent.id, { payment_method: 'pm_card_visa' }),
    ]))
      expect(error).toMatchObject({ statusCode: 400, code: 'setup_intent_unexpected_state' });
    expect(await eventsOf(intent.id)).toEqual(['setup_intent.created', 'setup_intent.canceled']);
  });

  it('refuses what it cannot do, and another’s card', async () => {
    const [one, two] = [await newCustomer(), await newCustomer()];
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: one });

    const none = await thrown(stripe.setupIntents.create({ confirm: true }));
    expect([none.code, none.setup_intent]).toEqual(['setup_intent_unexpected_state', undefined]);
    const empty = await stripe.setupIntents.create({});
    expect(await thrown(stripe.setupIntents.confirm(empty.id))).toMatchObject({
      code: 'setup_intent_unexpected_state',
      setup_intent: { id: empty.id, status: 'requires_payment_method' },
    });
    expect(await thrown(stripe.setupIntents.create({ customer: 'cus_0000000000000000000000' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'customer',
    });
    expect(await thrown(stripe.setupIntents.create({ customer: two, payment_method: method.id }))).toMatchObject({
      statusCode: 400,
    });
    expect(await thrown(stripe.setupIntents.retrieve('seti_0000000000000000000000'))).toMatchObject({
      statusCode: 404,
      param: 'intent',
    });
    expect(await thrown(stripe.setupAttempts.list({} as never))).toMatchObject({
      code: 'parameter_missing',
      param: 'setup_intent',
    });
  });

  it('is listed by customer, and is the payer’s with its client secret', async () => {
    const customer = await newCustomer();
    const first = await stripe.setupIntents.create({ customer });
    const second = await stripe.setupIntents.create({ customer, metadata: { internal: 'yes' } });
    const page = app.client({ key: app.merchant.test.publishableKey });

    expect((await stripe.setupIntents.list({ customer })).data.map(({ id }) => id)).toEqual(
      newestFirst([second.id, first.id]),
    );
    const seen = await page.setupIntents.retrieve(second.id, { client_secret: second.client_secret! });
    expect(seen).toMatchObject({ id: second.id, status: 'requires_payment_method' });
    expect(seen).not.toHaveProperty('metadata');
    expect(await thrown(page.setupIntents.retrieve(first.id, { client_secret: second.client_secret! }))).toMatchObject({
      statusCode: 400,
    });
  });

  it('the same request twice verifies once', async () => {
    const key = { idempotencyKey: 'setup once' };
    const params = { customer: await newCustomer(), payment_method: 'pm_card_visa', confirm: true };

    const [one, two] = [await stripe.setupIntents.create(params, key), await stripe.setupIntents.create(params, key)];

    expect(two).toEqual(one);
    expect((await stripe.setupAttempts.list({ setup_intent: one.id })).data).toHaveLength(1);
  });
});

describe('setup intents', () => {
  it('are listed by customer and card, past those of other cards', async () => {
    const customer = await newCustomer();
    const wanted = await stripe.setupIntents.create({ customer, payment_method: 'pm_card_visa' });
    for (let n = 0; n < 4; n++) await stripe.setupIntents.create({ customer, payment_method: 'pm_card_mastercard' });
    const params = { customer, payment_method: wanted.payment_method as string, limit: 1 };

    const all = await stripe.setupIntents.list(params).autoPagingToArray({ limit: 10 });

    expect(all.map(({ id }) => id)).toEqual([wanted.id]);
    expect((await stripe.setupIntents.list(params)).has_more).toBe(false);
  });
});
