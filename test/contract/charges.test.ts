/** Charges that are made and captured by themselves, as before there were payment intents: all that a payment has, and no intent. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { eventTypes } from '../world/object-events.ts';
import { allThrown, thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const charge = (params: Partial<Stripe.ChargeCreateParams> = {}, key?: string) =>
  stripe.charges.create(
    { amount: 2_000, currency: 'usd', source: 'tok_visa', ...params },
    key === undefined ? {} : { idempotencyKey: key },
  );
const intentOf = (id: string): string => `pi_${id.slice(3, 25)}`;

describe('a charge', () => {
  it('is paid at once, and shows what Stripe shows of it', async () => {
    const made = await charge({
      description: 'Order 7',
      metadata: { order: '7' },
      receipt_email: 'ada@example.com',
      shipping: { name: 'Ada', address: { line1: 'Via Po 1' } },
      statement_descriptor_suffix: 'ORDER 7',
    });

    expect(made).toMatchObject({
      id: expect.stringMatching(/^ch_[0-9A-Za-z]{23}$/),
      object: 'charge',
      amount: 2_000,
      amount_captured: 2_000,
      amount_refunded: 0,
      balance_transaction: expect.stringMatching(/^txn_/),
      captured: true,
      currency: 'usd',
      customer: null,
      description: 'Order 7',
      disputed: false,
      failure_code: null,
      livemode: false,
      metadata: { order: '7' },
      outcome: { type: 'authorized', network_status: 'approved_by_network' },
      paid: true,
      payment_intent: null,
      payment_method: expect.stringMatching(/^pm_/),
      payment_method_details: { type: 'card', card: { brand: 'visa', last4: '4242' } },
      receipt_email: 'ada@example.com',
      refunded: false,
      shipping: { name: 'Ada', address: { line1: 'Via Po 1' } },
      source: { object: 'card', brand: 'Visa', last4: '4242' },
      statement_descriptor_suffix: 'ORDER 7',
      status: 'succeeded',
    });
    expect(await stripe.charges.retrieve(made.id)).toMatchObject({ id: made.id, status: 'succeeded' });
    expect(await eventTypes(app, made.id)).toEqual(['charge.succeeded']);
    const transaction = await stripe.balanceTransactions.retrieve(made.balance_transaction as string);
    expect(transaction).toMatchObject({ amount: 2_000, fee: 88, net: 1_912, source: made.id, description: 'Order 7' });
  });

  it('is no payment intent: not by its id, not in lists, not in searches', async () => {
    const { id: customer } = await stripe.customers.create({ payment_method: 'pm_card_visa' });
    const [method] = (await stripe.customers.listPaymentMethods(customer)).data;
    const made = await charge({ customer, source: method!.id, metadata: { alone: 'yes' } });
    const intent = await stripe.paymentIntents.create({
      amount: 900,
      currency: 'usd',
      customer,
      payment_method: method!.id,
      confirm: true,
      metadata: { alone: 'yes' },
    });
    await app.settleDown();
    const id = intentOf(made.id);

    for (const error of await allThrown([
      stripe.paymentIntents.retrieve(id),
      stripe.paymentIntents.update(id, { description: 'x' }),
      stripe.paymentIntents.confirm(id),
      stripe.paymentIntents.capture(id),
      stripe.paymentIntents.cancel(id),
    ]))
      expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    for (const error of await allThrown([
      stripe.paymentIntents.list({ starting_after: id }),
      stripe.paymentIntents.list({ customer, ending_before: id }),
      stripe.charges.list({ payment_intent: id }),
      stripe.refunds.create({ payment_intent: id }),
      stripe.refunds.list({ payment_intent: id }),
      stripe.disputes.list({ payment_intent: id }),
    ]))
      expect(error).toMatchObject({ statusCode: 400, code: 'resource_missing' });
    const ids = (page: { readonly data: readonly { readonly id: string }[] }) => page.data.map((one) => one.id);
    expect(ids(await stripe.paymentIntents.list({ limit: 100 }))).not.toContain(id);
    expect(ids(await stripe.paymentIntents.list({ limit: 1 }))).toEqual([intent.id]);
    expect(ids(await stripe.paymentIntents.list({ customer }))).toEqual([intent.id]);
    expect(await stripe.paymentIntents.list({ customer, limit: 1 })).toMatchObject({ has_more: false });
    const query = "metadata['alone']:'yes'";
    expect(ids(await stripe.paymentIntents.search({ query }))).toEqual([intent.id]);
    // Charges are of both kinds, in one order.
    const both = [intent.latest_charge as string, made.id];
    expect(ids(await stripe.charges.search({ query }))).toEqual(both);
    expect(ids(await stripe.charges.list({ customer }))).toEqual(both);
    expect(ids(await stripe.charges.list({ limit: 2 }))).toEqual(both);
    expect(ids(await stripe.charges.list({ starting_after: both[0]!, limit: 1 }))).toEqual([made.id]);
  });

  it('is made once under one key, and answered again as it was', async () => {
    const first = await charge({}, 'one charge');
    const again = await charge({}, 'one charge');

    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(await thrown(charge({ amount: 2_001 }, 'one charge'))).toMatchObject({ type: 'StripeIdempotencyError' });
  });

  it('is of a customer’s default payment method, where no source is named', async () => {
    const { id: customer } = await stripe.customers.create({
      payment_method: 'pm_card_mastercard',
      invoice_settings: { default_payment_method: 'pm_card_mastercard' },
    });

    const made = await stripe.charges.create({ amount: 900, currency: 'usd', customer, expand: ['customer'] });

    expect(made).toMatchObject({
      customer: { id: customer, object: 'customer' },
      source: { brand: 'MasterCard', customer },
      payment_method_details: { card: { brand: 'mastercard' } },
    });
  });

  it('takes a published test card in the request itself, in test mode', async () => {
    const source = {
      object: 'card',
      number: '5555 5555 5555 4444',
      exp_month: 12,
      exp_year: 34,
      cvc: '123',
      name: 'Ada',
    };

    const made = await charge({ source } as never);

    expect(made).toMatchObject({
      billing_details: { name: 'Ada' },
      payment_method_details: { card: { brand: 'mastercard', exp_month: 12, exp_year: 2034, last4: '4444' } },
    });
  });

  it.each(['tok_mastercard', 'pm_card_amex'])('takes %s', async (source) => {
    expect((await charge({ source })).status).toBe('succeeded');
  });
});

describe('what is refused as a charge', () => {
  const typed = { number: '4242424242424242', exp_month: 12, exp_year: 2034 };
  it.each([
    [{ source: undefined }, 400, 'parameter_missing', undefined, /^Must provide source or customer\.$/],
    [{ amount: undefined }, 400, 'parameter_missing', 'amount', /^Missing required param: amount/],
    [{ amount: 10 }, 400, 'amount_too_small', 'amount', /at least 50/],
    [{ currency: 'zzz' }, 400, undefined, 'currency', /^Invalid currency: zzz/],
    [{ source: 'tok_nope' }, 400, 'resource_missing', 'source', /^No such token: 'tok_nope'$/],
    [{ source: 'tok_0000000000000000000000' }, 400, 'resource_missing', 'source', /^No such token/],
    [{ source: 'src_1' }, 400, 'resource_missing', 'source', /^No such source: 'src_1'$/],
    [{ customer: 'cus_1' }, 400, 'resource_missing', 'customer', /^No such customer/],
    [{ source: { ...typed, number: '4111111111111111' } }, 400, undefined, 'source[number]', /generally unsafe/],
    [{ source: { ...typed, exp_month: 13 } }, 402, 'invalid_expiry_month', 'exp_month', /expiration month/],
    [{ source: { number: typed.number } }, 400, 'parameter_missing', 'source[exp_month]', /^Missing required param/],
    [{ source: { ...typed, pan: '1' } }, 400, 'parameter_unknown', 'source[pan]', /^Received unknown parameter/],
    [{ source: { ...typed, number: { a: 1 } } }, 400, undefined, 'source[number]', /^Invalid string/],
    [{ source: { ...typed, cvc: '99' } }, 402, 'invalid_cvc', 'cvc', /security code is invalid/],
    [{ source: { ...typed, cvc: { a: 1 } } }, 400, undefined, 'source[cvc]', /^Invalid string/],
    [{ source: { ...typed, object: 'bank_account' } }, 400, undefined, 'source[object]', /^Invalid source\[object\]/],
    [{ application_fee_amount: 1 }, 400, undefined, 'application_fee_amount', /no platform account/],
    [{ transfer_data: { destination: 'acct_1' } }, 400, undefined, 'transfer_data', /no platform account/],
    [{ on_behalf_of: 'acct_1' }, 400, undefined, 'on_behalf_of', /no platform account/],
    [{ capture_method: 'manual' }, 400, 'parameter_unknown', 'capture_method', /^Received unknown parameter/],
  ] as const)('%j', async (params, statusCode, code, param, message) => {
    const before = app.world.table.items('payments').length;

    const error = await thrown(charge(params as never));

    expect([error.statusCode, error.code, error.param]).toEqual([statusCode, code, param]);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('4111');
    expect(app.world.table.items('payments')).toHaveLength(before);
  });

  it('is a customer without anything to pay with, and what is not the customer’s', async () => {
    const { id: customer } = await stripe.customers.create({});
    const other = await stripe.customers.create({ payment_method: 'pm_card_visa' });
    const [theirs] = (await stripe.customers.listPaymentMethods(other.id)).data;

    expect(await thrown(stripe.charges.create({ amount: 900, currency: 'usd', customer }))).toMatchObject({
      statusCode: 402,
      code: 'missing',
      param: 'card',
      message: 'Cannot charge a customer that has no active card',
    });
    for (const source of ['tok_visa', theirs!.id])
      expect(await thrown(charge({ customer, source }))).toMatchObject({
        statusCode: 404,
        code: 'missing',
        param: 'source',
        message: `Customer ${customer} does not have a linked source with ID ${source}.`,
      });
    expect(await thrown(charge({ source: theirs!.id }))).toMatchObject({
      statusCode: 400,
      code: 'parameter_missing',
      param: 'customer',
    });
  });

  it('is a publishable key', async () => {
    const payer = app.client({ key: app.merchant.test.publishableKey });

    const calls = [
      payer.charges.create({ amount: 900, currency: 'usd', source: 'tok_visa' }),
      payer.charges.capture('ch_00000000000000000000001'),
    ];
    for (const error of await allThrown(calls))
      expect(error).toMatchObject({ statusCode: 403, code: 'secret_key_required' });
  });
});

describe('a card that is declined', () => {
  it.each([
    ['tok_chargeDeclined', 'card_declined', 'generic_decline', /^Your card was declined\.$/],
    ['tok_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds', /insufficient funds/],
    ['tok_chargeDeclinedExpiredCard', 'expired_card', undefined, /expired/],
    ['tok_radarBlock', 'card_declined', 'fraudulent', /declined/],
    // A charge without a payment intent has no challenge.
    ['tok_authenticationRequired', 'authentication_required', 'authentication_required', /requires authentication/],
    ['tok_threeDSecure2Required', 'authentication_required', 'authentication_required', /requires authentication/],
  ] as const)('%s answers its error, with the charge that failed', async (source, code, declineCode, message) => {
    const error = await thrown(charge({ source }));

    expect(error).toMatchObject({ type: 'StripeCardError', statusCode: 402, code });
    expect(error.decline_code || undefined).toBe(declineCode);
    expect(error.message).toMatch(message);
    expect(error.raw).not.toHaveProperty('payment_intent');
    const failed = await stripe.charges.retrieve(error.charge!);
    expect(failed).toMatchObject({
      amount_captured: 0,
      balance_transaction: null,
      captured: false,
      failure_code: code,
      paid: false,
      payment_intent: null,
      refunded: false,
      status: 'failed',
    });
    expect(await eventTypes(app, failed.id)).toEqual(['charge.failed']);
    expect((await stripe.charges.list({ limit: 1 })).data).toMatchObject([{ id: failed.id }]);
    expect(await thrown(stripe.charges.capture(failed.id))).toMatchObject({
      statusCode: 400,
      message: `Charge ${failed.id} could not be captured because it has a status of failed.`,
    });
    expect(await thrown(stripe.refunds.create({ charge: failed.id }))).toMatchObject({
      statusCode: 400,
      code: 'charge_not_refundable',
    });
  });

  it('is answered again under its key', async () => {
    const pay = () => thrown(charge({ source: 'tok_chargeDeclined' }, 'declined'));

    const [first, again] = [await pay(), await pay()];

    expect(again).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(again.charge).toBe(first.charge);
  });
});

describe('an outcome that is not known', () => {
  it('is a charge that is pending, in its place in the list, until the channel reports the outcome', async () => {
    const made = await charge({ source: 'tok_sandbox_pendingThenSucceeds' });
    const later = await charge();

    expect(made).toMatchObject({
      status: 'pending',
      amount_captured: 0,
      balance_transaction: null,
      captured: false,
      outcome: null,
      paid: false,
    });
    expect(await thrown(stripe.refunds.create({ charge: made.id }))).toMatchObject({ code: 'charge_not_refundable' });
    expect((await thrown(stripe.charges.capture(made.id))).message).toMatch(/has a status of pending/);
    await app.world.runQueues();
    const listed = async () => (await stripe.charges.list({ limit: 2 })).data.map(({ id, status }) => [id, status]);
    expect(await listed()).toEqual([
      [later.id, 'succeeded'],
      [made.id, 'pending'],
    ]);

    await app.settleDown();

    expect(await listed()).toEqual([
      [later.id, 'succeeded'],
      [made.id, 'succeeded'],
    ]);
    const paid = await stripe.charges.retrieve(made.id);
    expect(paid).toMatchObject({ status: 'succeeded', paid: true, created: made.created, amount_captured: 2_000 });
    expect(await eventTypes(app, made.id)).toEqual(['charge.pending', 'charge.succeeded']);
  });

  it('may turn out to be a failure', async () => {
    const made = await charge({ source: 'tok_sandbox_pendingThenFails' });

    await app.settleDown();

    expect(await stripe.charges.retrieve(made.id)).toMatchObject({ status: 'failed', paid: false });
    expect(await eventTypes(app, made.id)).toEqual(['charge.pending', 'charge.failed']);
  });
});
