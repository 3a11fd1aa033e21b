/** Payment methods and whom they belong to, with the official SDK. */
import { readFileSync } from 'node:fs';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const eventsOf = (type: string, id: string) => eventsWithObject(app, id, type);

describe('payment methods of a customer', () => {
  const customer = () => stripe.customers.create({});

  it('are attached, listed at once, made the default, and detached for good', async () => {
    const { id } = await customer();
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });

    const attached = await stripe.paymentMethods.attach(method.id, { customer: id });

    expect(attached.customer).toBe(id);
    expect((await stripe.paymentMethods.list({ customer: id, type: 'card' })).data).toMatchObject([{ id: method.id }]);
    expect((await stripe.customers.listPaymentMethods(id)).data).toMatchObject([{ id: method.id }]);
    expect(await stripe.customers.retrievePaymentMethod(id, method.id)).toMatchObject({ id: method.id });
    const updated = await stripe.customers.update(id, { invoice_settings: { default_payment_method: method.id } });
    expect(updated.invoice_settings.default_payment_method).toBe(method.id);

    expect((await stripe.paymentMethods.detach(method.id)).customer).toBeNull();

    expect((await stripe.paymentMethods.list({ customer: id })).data).toEqual([]);
    const again = await thrown(stripe.paymentMethods.attach(method.id, { customer: id }));
    expect(again).toMatchObject({ statusCode: 400 });
    expect(again.message).toMatch(/may not be used again/);
    expect(await thrown(stripe.paymentMethods.detach(method.id))).toMatchObject({
      code: 'payment_method_unexpected_state',
    });
    expect(await eventsOf('payment_method.attached', method.id)).toHaveLength(1);
    expect(await eventsOf('payment_method.detached', method.id)).toHaveLength(1);
  });

  it('that are detached are no longer a default of their customer', async () => {
    const { id } = await stripe.customers.create({
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    const [method] = (await stripe.customers.listPaymentMethods(id)).data;

    await stripe.paymentMethods.detach(method!.id);

    expect(await stripe.customers.retrieve(id)).toMatchObject({ invoice_settings: { default_payment_method: null } });
    const [event] = await eventsOf('customer.updated', id);
    expect(event!.data.previous_attributes).toEqual({ invoice_settings: { default_payment_method: method!.id } });
  });

  it('are listed by whether they may be shown again', async () => {
    const { id } = await customer();
    const shown = await stripe.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_visa' },
      allow_redisplay: 'always',
    });
    await stripe.paymentMethods.attach(shown.id, { customer: id });
    await stripe.paymentMethods.attach('pm_card_mastercard', { customer: id });

    const listed = await stripe.customers.listPaymentMethods(id, { allow_redisplay: 'always' });

    expect([listed.data.map((method) => method.id), listed.has_more]).toEqual([[shown.id], false]);
  });

  it('are listed page by page, newest first', async () => {
    const { id } = await customer();
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.unshift((await stripe.paymentMethods.attach('pm_card_visa', { customer: id })).id);

    const order = newestFirst(ids);
    const first = await stripe.customers.listPaymentMethods(id, { limit: 2 });
    const rest = await stripe.customers.listPaymentMethods(id, { limit: 2, starting_after: first.data[1]!.id });

    expect([first.data.map((m) => m.id), first.has_more]).toEqual([order.slice(0, 2), true]);
    expect([rest.data.map((m) => m.id), rest.has_more]).toEqual([order.slice(2), false]);
  });

  it('are updated while they are attached', async () => {
    const { id } = await customer();
    const method = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: id });

    const updated = await stripe.paymentMethods.update(method.id, {
      billing_details: { name: 'J. Rosen' },
      card: { exp_year: 2040, exp_month: 3 },
      metadata: { used: 'often' },
    });

    expect(updated).toMatchObject({
      billing_details: { name: 'J. Rosen' },
      card: { exp_year: 2040, exp_month: 3, last4: '4444' },
      metadata: { used: 'often' },
    });
    await stripe.paymentMethods.update(method.id, { billing_details: { address: { line1: '1 Main St', city: 'A' } } });
    const merged = await stripe.paymentMethods.update(method.id, {
      billing_details: { name: '', address: { city: 'B' } },
    });
    expect(merged.billing_details).toMatchObject({ name: null, address: { line1: '1 Main St', city: 'B' } });
    expect(await thrown(stripe.paymentMethods.update(method.id, { card: { exp_month: 13 } }))).toMatchObject({
      code: 'invalid_expiry_month',
    });
    const loose = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    expect(await thrown(stripe.paymentMethods.update(loose.id, { metadata: { a: '1' } }))).toMatchObject({
      statusCode: 400,
    });
    expect(await eventsOf('payment_method.updated', method.id)).toHaveLength(3);
  });

  it('a card that declines cannot be attached, but the one published for it can', async () => {
    const { id } = await customer();

    const declined = await thrown(
      stripe.paymentMethods.attach('pm_card_visa_chargeDeclinedInsufficientFunds', { customer: id }),
    );
    const typed = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4000000000000002', exp_month: 12, exp_year: 2034 },
    });
    const declinedTyped = await thrown(stripe.paymentMethods.attach(typed.id, { customer: id }));
    const attached = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: id });
    const charged = await thrown(
      stripe.paymentIntents.create({
        amount: 500,
        currency: 'usd',
        customer: id,
        payment_method: attached.id,
        confirm: true,
      }),
    );

    expect(declined).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(declined).toMatchObject({ code: 'card_declined', decline_code: 'insufficient_funds' });
    expect(declinedTyped).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(charged).toMatchObject({ statusCode: 402, code: 'card_declined' });
  });

  it('that are updated to a new expiry pay with it at the channel', async () => {
    const { id } = await customer();
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4242424242424242', exp_month: 12, exp_year: 2027 },
    });
    await stripe.paymentMethods.attach(method.id, { customer: id });
    await stripe.paymentMethods.update(method.id, { card: { exp_month: 2, exp_year: 2041 } });

    const paid = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      customer: id,
      payment_method: method.id,
      confirm: true,
      expand: ['latest_charge'],
    });

    expect((paid.latest_charge as Stripe.Charge).payment_method_details!.card).toMatchObject({
      exp_month: 2,
      exp_year: 2041,
    });
  });

  it('belong to one customer', async () => {
    const [one, two] = [await customer(), await customer()];
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: one.id });
    const pay = (more: Partial<Stripe.PaymentIntentCreateParams>) =>
      stripe.paymentIntents.create({ amount: 500, currency: 'usd', payment_method: method.id, confirm: true, ...more });

    expect(await thrown(stripe.paymentMethods.attach(method.id, { customer: two.id }))).toMatchObject({
      code: 'payment_method_unexpected_state',
    });
    expect(await thrown(pay({}))).toMatchObject({ statusCode: 400, code: 'parameter_missing', param: 'customer' });
    expect((await thrown(pay({ customer: two.id }))).message).toMatch(/does not belong to the Customer you supplied/);
    const paid = await pay({ customer: one.id, expand: ['customer', 'latest_charge.customer'] });
    expect(paid).toMatchObject({ status: 'succeeded', customer: { id: one.id, object: 'customer' } });
    expect((paid.latest_charge as Stripe.Charge).customer).toMatchObject({ id: one.id });
    expect((await pay({ customer: one.id })).status).toBe('succeeded');
  });
});

describe('a card without a customer', () => {
  it('pays once', async () => {
    const { id } = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    const pay = () => stripe.paymentIntents.create({ amount: 500, currency: 'usd', payment_method: id, confirm: true });

    expect((await pay()).status).toBe('succeeded');
    expect((await thrown(pay())).message).toMatch(/may not be used again/);
  });

  it('is kept for the customer when the payment asks for it and succeeds', async () => {
    const { id } = await stripe.customers.create({});

    const paid = await stripe.paymentIntents.create({
      amount: 900,
      currency: 'usd',
      customer: id,
      payment_method: 'pm_card_visa',
      setup_future_usage: 'off_session',
      confirm: true,
    });

    expect(paid.setup_future_usage).toBe('off_session');
    expect((await stripe.customers.listPaymentMethods(id)).data).toMatchObject([
      { id: paid.payment_method, customer: id },
    ]);
    const again = await stripe.paymentIntents.create({
      amount: 950,
      currency: 'usd',
      customer: id,
      payment_method: paid.payment_method as string,
      off_session: true,
      confirm: true,
    });
    expect(again.status).toBe('succeeded');
    expect(await eventsOf('payment_method.attached', paid.payment_method as string)).toHaveLength(1);
  });

  it('is not kept when the payment fails', async () => {
    const { id } = await stripe.customers.create({});

    await thrown(
      stripe.paymentIntents.create({
        amount: 900,
        currency: 'usd',
        customer: id,
        payment_method: 'pm_card_visa_chargeDeclined',
        setup_future_usage: 'on_session',
        confirm: true,
      }),
    );

    expect((await stripe.customers.listPaymentMethods(id)).data).toEqual([]);
  });
});

describe('a list of payment methods of one type', () => {
  const types = readFileSync('node_modules/stripe/cjs/resources/PaymentMethods.d.ts', 'utf8')
    .replaceAll(/\n\s*\|/g, ' |')
    .match(/namespace PaymentMethodListParams \{[\s\S]*?type Type = ([^;]+);/)![1]!
    .match(/(?<=')\w+(?=')/g)!;

  it('takes every type of the SDK, and is empty for those that are not served', async () => {
    const { id } = await stripe.customers.create({});
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
    const asked = [...types, 'card_present', 'interac_present'] as Stripe.PaymentMethodListParams.Type[];

    const lists = await Promise.all(asked.map((type) => stripe.paymentMethods.list({ customer: id, type })));
    const ofCustomer = await Promise.all(
      asked.map((type) => stripe.customers.listPaymentMethods(id, { type: type as 'card' })),
    );

    const expected = asked.map((type) => (type === 'card' ? [card.id] : []));
    expect(types.length).toBeGreaterThan(50);
    expect(lists.map(({ data }) => data.map((method) => method.id))).toEqual(expected);
    expect(ofCustomer.map(({ data }) => data.map((method) => method.id))).toEqual(expected);
  });

  it.each(['bitcoin', 'toString', 'sepa', ''])('refuses %j, which is no type', async (type) => {
    const { id } = await stripe.customers.create({});

    const refusal = { statusCode: 400, param: 'type' };
    const asked = { type: type as 'card' };
    expect(await thrown(stripe.paymentMethods.list({ customer: id, ...asked }))).toMatchObject(refusal);
    expect(await thrown(stripe.customers.listPaymentMethods(id, asked))).toMatchObject(refusal);
  });
});

describe('the payments of a customer', () => {
  it('are listed and found, and so are their charges', async () => {
    const { id } = await stripe.customers.create({});
    const made: Stripe.PaymentIntent[] = [];
    for (const amount of [500, 600, 700]) {
      const params = { amount, currency: 'usd', customer: id, payment_method: 'pm_card_visa', confirm: true };
      made.unshift(await stripe.paymentIntents.create(params));
    }
    await stripe.paymentIntents.create({ amount: 800, currency: 'usd', payment_method: 'pm_card_visa', confirm: true });
    await app.settleDown();

    const intents = await stripe.paymentIntents.list({ customer: id });
    const charges = await stripe.charges.list({ customer: id, limit: 2 });
    const older = await stripe.charges.list({ customer: id, limit: 2, starting_after: charges.data[1]!.id });
    const newer = await stripe.charges.list({ customer: id, limit: 1, ending_before: older.data[0]!.id });
    const found = await stripe.paymentIntents.search({ query: `customer:"${id}" AND amount>=600` });

    expect(intents.data.map((intent) => intent.id)).toEqual(newestFirst(made.map((intent) => intent.id)));
    expect([charges.data.map((charge) => charge.amount), charges.has_more]).toEqual([[700, 600], true]);
    expect([older.data.map((charge) => charge.amount), older.has_more]).toEqual([[500], false]);
    expect([newer.data.map((charge) => charge.amount), newer.has_more]).toEqual([[600], true]);
    expect(found.data.map((intent) => intent.amount)).toEqual([700, 600]);
  });
});
