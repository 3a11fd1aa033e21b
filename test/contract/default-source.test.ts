/** A customer's default source: what sets it, moves it and is paid with it. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { allThrown, thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;
const customer = async (params: Stripe.CustomerCreateParams = {}): Promise<string> =>
  (await stripe.customers.create(params)).id;
const addSource = async (of: string, source = 'tok_visa'): Promise<string> =>
  (await stripe.customers.createSource(of, { source })).id;
const retrieved = async (id: string, params: Stripe.CustomerRetrieveParams = {}) =>
  (await stripe.customers.retrieve(id, params)) as Stripe.Customer;
const defaultOf = async (id: string) => (await retrieved(id)).default_source;
const cardsOf = async (id: string) => (await stripe.customers.listSources(id)).data.map((card) => card.id);
const asMethod = (card: string): string => card.replace('card_', 'pm_');
const MONEY = { amount: 900, currency: 'usd' } as const;

describe('the default source', () => {
  it('is the first source, and no payment method that is attached', async () => {
    const id = await customer();
    await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
    expect(await defaultOf(id)).toBeNull();

    const first = await addSource(id);
    await addSource(id, 'tok_mastercard');

    expect(await defaultOf(id)).toBe(first);
    expect(await retrieved(id)).toMatchObject({ invoice_settings: { default_payment_method: null } });
    const [event] = await eventsWithObject(app, id, 'customer.updated');
    expect(event!.data.previous_attributes).toEqual({ default_source: null });
  });

  it('is shown in full where it is expanded', async () => {
    const id = await customer();
    const card = await addSource(id);

    const { default_source: expanded } = await retrieved(id, { expand: ['default_source.customer'] });
    const { data } = await stripe.customers.list({ limit: 1, expand: ['data.default_source'] });

    expect(expanded).toMatchObject({ id: card, object: 'card', last4: '4242', customer: { id, object: 'customer' } });
    expect(data[0]!.default_source).toMatchObject({ id: card, object: 'card', customer: id });
  });

  it('is changed by its id, also by that of the payment method, to a card of the customer', async () => {
    const [id, other] = [await customer(), await customer()];
    const first = await addSource(id);
    const second = await addSource(id, 'tok_mastercard');
    const theirs = await addSource(other);

    expect((await stripe.customers.update(id, { default_source: second })).default_source).toBe(second);
    expect((await stripe.customers.update(id, { default_source: asMethod(first) })).default_source).toBe(first);
    for (const source of [theirs, asMethod(theirs), 'card_0000000000000000000000', 'nope'])
      expect(await thrown(stripe.customers.update(id, { default_source: source }))).toMatchObject({
        statusCode: 400,
        code: 'resource_missing',
        param: 'default_source',
        message: `No such source: '${source}'`,
      });
    expect(await thrown(stripe.customers.update(id, { default_source: '' }))).toMatchObject({
      code: 'parameter_invalid_empty',
    });
    expect(await defaultOf(id)).toBe(first);
  });

  it('that is deleted is followed by the newest other card, and at last by none', async () => {
    const id = await customer();
    const first = await addSource(id);
    const others = newestFirst([await addSource(id, 'tok_mastercard'), await addSource(id, 'tok_amex')]);

    await stripe.customers.deleteSource(id, first);
    expect(await defaultOf(id)).toBe(others[0]);
    const [event] = await eventsWithObject(app, id, 'customer.updated');
    expect(event!.data.previous_attributes).toEqual({ default_source: first });
    await stripe.customers.deleteSource(id, others[1]!);
    expect(await defaultOf(id)).toBe(others[0]);
    await stripe.customers.deleteSource(id, others[0]!);
    expect([await defaultOf(id), await cardsOf(id)]).toEqual([null, []]);
    expect(await addSource(id)).toBe(await defaultOf(id));
  });

  it('that is detached as a payment method is followed by the newest other card', async () => {
    const id = await customer();
    const first = await addSource(id);
    const second = await addSource(id, 'tok_mastercard');
    await stripe.customers.update(id, { invoice_settings: { default_payment_method: first } });

    await stripe.paymentMethods.detach(asMethod(first));

    expect(await retrieved(id)).toMatchObject({
      default_source: second,
      invoice_settings: { default_payment_method: null },
    });
  });

  it('of a new customer is its source', async () => {
    const token = await stripe.tokens.create({
      card: { number: '4242424242424242', exp_month: '12', exp_year: '2034', cvc: '123' },
    });
    const key = { idempotencyKey: 'a customer with a source' };

    const made = await stripe.customers.create({ source: token.id }, key);
    const again = await stripe.customers.create({ source: token.id }, key);

    expect([again.id, again.default_source]).toEqual([made.id, made.default_source]);
    expect(await cardsOf(made.id)).toEqual([made.default_source]);
    expect(await thrown(stripe.customers.create({ source: token.id }))).toMatchObject({ code: 'token_already_used' });
    const refused = await allThrown([
      stripe.customers.create({ source: 'tok_visa', payment_method: 'pm_card_visa' }),
      stripe.customers.create({ source: 'btok_1' }),
      stripe.customers.create({ source: 'tok_chargeDeclined' }),
      stripe.customers.create({ source: made.default_source as string }),
    ]);
    expect(refused).toMatchObject([
      { code: 'parameters_exclusive' },
      { statusCode: 400, param: 'source' },
      { statusCode: 402, code: 'card_declined' },
      { code: 'payment_method_unexpected_state' },
    ]);
  });

  it('is replaced by a new source of an update, which deletes it', async () => {
    const id = await customer({ source: 'tok_visa' });
    const old = (await defaultOf(id)) as string;
    const kept = await addSource(id, 'tok_amex');
    await stripe.customers.update(id, { invoice_settings: { default_payment_method: old } });

    const updated = await stripe.customers.update(id, { source: 'tok_mastercard', name: 'J. Rosen' });

    expect(updated).toMatchObject({ name: 'J. Rosen', invoice_settings: { default_payment_method: null } });
    expect(updated.default_source).not.toBe(old);
    expect(new Set(await cardsOf(id))).toEqual(new Set([kept, updated.default_source]));
    expect(await thrown(stripe.customers.retrieveSource(id, old))).toMatchObject({ statusCode: 404 });
    expect((await eventsWithObject(app, old, 'customer.source.deleted'))[0]!.data.object).toMatchObject({
      customer: id,
    });
    expect(await eventsWithObject(app, updated.default_source as string, 'customer.source.created')).toHaveLength(1);
  });

  it('is an own card that an update names as its source', async () => {
    const id = await customer({ source: 'tok_visa' });
    const old = (await defaultOf(id)) as string;
    const other = await addSource(id, 'tok_amex');

    expect((await stripe.customers.update(id, { source: old })).default_source).toBe(old);
    expect((await stripe.customers.update(id, { source: other })).default_source).toBe(other);
    expect(await cardsOf(id)).toEqual([other]);
  });

  it('cannot be replaced together with what contradicts it', async () => {
    const id = await customer({ source: 'tok_visa' });
    const old = (await defaultOf(id)) as string;

    const refused = await allThrown([
      stripe.customers.update(id, { source: 'tok_amex', default_source: old }),
      stripe.customers.update(id, { source: 'tok_amex', invoice_settings: { default_payment_method: asMethod(old) } }),
      stripe.customers.update(id, { source: 'ba_1' }),
      stripe.customers.update(id, { source: 'tok_visa', validate: false }),
    ]);

    expect(refused).toMatchObject([
      { code: 'parameters_exclusive' },
      { param: 'invoice_settings[default_payment_method]' },
      { param: 'source' },
      { param: 'validate' },
    ]);
    expect(await cardsOf(id)).toEqual([old]);
  });
});

describe('a charge of a customer', () => {
  it('is paid with the default source, as it is now', async () => {
    const id = await customer({ source: 'tok_visa' });
    const card = (await defaultOf(id)) as string;
    await stripe.customers.updateSource(id, card, { exp_month: '5', exp_year: '2039' });

    expect(await stripe.charges.create({ ...MONEY, customer: id })).toMatchObject({
      paid: true,
      customer: id,
      payment_method: asMethod(card),
      source: { id: card, exp_month: 5, exp_year: 2039 },
    });
  });

  it('is paid with the default source before the default payment method, and without both refused', async () => {
    const id = await customer({
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    const charge = () => stripe.charges.create({ ...MONEY, customer: id });
    const method = (await retrieved(id)).invoice_settings.default_payment_method as string;

    expect((await charge()).payment_method).toBe(method);
    const card = await addSource(id, 'tok_mastercard');
    expect((await charge()).payment_method).toBe(asMethod(card));
    await stripe.customers.deleteSource(id, card);
    await stripe.paymentMethods.detach(method);
    expect(await thrown(charge())).toMatchObject({
      statusCode: 402,
      code: 'missing',
      param: 'card',
      message: 'Cannot charge a customer that has no active card',
    });
  });

  it('as a payment intent that is confirmed at once is paid with the default source', async () => {
    const id = await customer({ source: 'tok_visa' });
    const card = (await defaultOf(id)) as string;

    const paid = await stripe.paymentIntents.create({ ...MONEY, customer: id, confirm: true });
    const waiting = await stripe.paymentIntents.create({ ...MONEY, customer: id });
    await stripe.customers.deleteSource(id, card);

    expect(paid).toMatchObject({ status: 'succeeded', payment_method: asMethod(card) });
    expect(waiting).toMatchObject({ status: 'requires_payment_method', payment_method: null });
    expect(await thrown(stripe.paymentIntents.create({ ...MONEY, customer: id, confirm: true }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });
});

describe('at the same time', () => {
  it('two first sources are both made, and one is the default', async () => {
    const id = await customer();

    const cards = await Promise.all([addSource(id), addSource(id, 'tok_mastercard')]);

    expect(new Set(await cardsOf(id))).toEqual(new Set(cards));
    expect(cards).toContain(await defaultOf(id));
  });

  it('two deletions of a source are one', async () => {
    const id = await customer({ source: 'tok_visa' });
    const card = (await defaultOf(id)) as string;

    const ends = await Promise.allSettled([1, 2].map(() => stripe.customers.deleteSource(id, card)));

    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { statusCode: 404 } });
    expect(await eventsWithObject(app, card, 'customer.source.deleted')).toHaveLength(1);
  });

  it('two customers get one source of one token', async () => {
    const { id: token } = await stripe.tokens.create({
      card: { number: '4242424242424242', exp_month: '12', exp_year: '2034' },
    });
    const customers = [await customer(), await customer()];

    const ends = await Promise.allSettled(customers.map((id) => addSource(id, token)));

    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'token_already_used' } });
    expect((await Promise.all(customers.map(cardsOf))).flat()).toHaveLength(1);
  });
});
