/** A customer's cards as clients read, made and changed them from before there were payment methods. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { eventTypes } from '../world/object-events.ts';
import { allThrown, thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;
const customer = async (params: Stripe.CustomerCreateParams = {}): Promise<string> =>
  (await stripe.customers.create(params)).id;
const addSource = async (of: string, source: unknown = 'tok_visa', options?: Stripe.RequestOptions) =>
  (await stripe.customers.createSource(of, { source: source as string }, options)) as Stripe.Card;
const asMethod = (card: string): string => card.replace('card_', 'pm_');
const TYPED = { object: 'card', number: '4242 4242 4242 4242', exp_month: 12, exp_year: 2034, cvc: '123' };

describe('sources', () => {
  it('are views of the payment methods, newest first', async () => {
    const id = await customer();
    const first = await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
    const second = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: id });
    const cards = [second, first].map((method) => method.id.replace('pm_', 'card_'));

    const all = await stripe.customers.listSources(id, { object: 'card' });
    const page = await stripe.customers.listSources(id, { limit: 1, starting_after: cards[0]! });
    const { sources } = (await stripe.customers.retrieve(id, { expand: ['sources'] })) as Stripe.Customer;

    expect(all.data).toMatchObject([
      { id: cards[0], object: 'card', brand: 'MasterCard', last4: '4444', customer: id },
      { id: cards[1], object: 'card', brand: 'Visa', last4: '4242', customer: id },
    ]);
    expect(page.data).toMatchObject([{ id: cards[1] }]);
    expect(sources).toEqual({ ...all, lastResponse: undefined });
    expect(await stripe.customers.retrieveSource(id, cards[1]!)).toMatchObject({ id: cards[1], object: 'card' });
    expect((await stripe.customers.listSources(id, { object: 'bank_account' })).data).toEqual([]);
  });

  it('of another customer, and after they were detached, are not there', async () => {
    const [one, other] = [await customer(), await customer()];
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: one });
    const card = id.replace('pm_', 'card_');

    expect(await thrown(stripe.customers.retrieveSource(other, card))).toMatchObject({ statusCode: 404 });
    expect((await stripe.customers.listSources(other)).data).toEqual([]);
    await stripe.paymentMethods.detach(id);
    expect(await thrown(stripe.customers.retrieveSource(one, card))).toMatchObject({ statusCode: 404 });
    expect((await stripe.customers.listSources(one)).data).toEqual([]);
  });

  it('are made of tokens, test cards, payment methods and typed test numbers, and are payment methods too', async () => {
    const id = await customer();
    const token = await stripe.tokens.create({
      card: { number: '5555555555554444', exp_month: '11', exp_year: '2035', cvc: '123', name: 'J. Rosen' },
    });
    const loose = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_jcb' } });

    const made = [
      await addSource(id),
      await addSource(id, token.id),
      await addSource(id, 'pm_card_amex'),
      await addSource(id, loose.id),
      await addSource(id, { ...TYPED, name: 'A. Payer', address_line1: '1 Main St', address_zip: '12345' }),
    ];
    await app.settleDown();
    const methods = (await stripe.customers.listPaymentMethods(id, { limit: 100 })).data;

    expect(made).toMatchObject([
      { object: 'card', brand: 'Visa', customer: id },
      { brand: 'MasterCard', exp_month: 11, exp_year: 2035, name: 'J. Rosen', fingerprint: token.card!.fingerprint },
      { brand: 'American Express' },
      { id: loose.id.replace('pm_', 'card_'), brand: 'JCB' },
      { brand: 'Visa', exp_year: 2034, name: 'A. Payer', address_line1: '1 Main St', address_zip: '12345' },
    ]);
    expect(new Set(made.map((card) => asMethod(card.id)))).toEqual(new Set(methods.map((method) => method.id)));
    expect(methods.map((method) => method.customer)).toEqual([id, id, id, id, id]);
    expect((await stripe.customers.listSources(id, { limit: 100 })).data.map((card) => asMethod(card.id))).toEqual(
      methods.map((method) => method.id),
    );
    expect((await stripe.tokens.retrieve(token.id)).used).toBe(true);
    expect(await methodEvents(made[0]!.id)).toEqual(['payment_method.attached', 'customer.source.created']);
  });

  it('with metadata are made and changed, and an update is announced', async () => {
    const id = await customer();
    const { id: card } = await stripe.customers.createSource(id, { source: 'tok_visa', metadata: { a: '1', b: '2' } });

    await stripe.customers.updateSource(id, card, { name: 'J. Rosen', address_city: 'Berlin', address_zip: '10115' });
    const updated = await stripe.customers.updateSource(id, card, {
      exp_month: '3',
      exp_year: '40',
      address_city: '',
      metadata: { a: '', c: '3' },
    });
    const event = await newest('customer.source.updated');

    expect(updated).toMatchObject({
      id: card,
      exp_month: 3,
      exp_year: 2040,
      name: 'J. Rosen',
      address_city: null,
      address_zip: '10115',
      metadata: { b: '2', c: '3' },
    });
    expect((await methodEvents(card)).slice(2)).toEqual(['customer.source.updated', 'customer.source.updated']);
    expect(await stripe.paymentMethods.retrieve(asMethod(card))).toMatchObject({
      card: { exp_month: 3, exp_year: 2040 },
      billing_details: { name: 'J. Rosen', address: { city: null, postal_code: '10115' } },
      metadata: { b: '2', c: '3' },
    });
    expect(event.data.object).toMatchObject({ id: card, object: 'card', exp_year: 2040, customer: id });
    expect(event.data.previous_attributes).toMatchObject({
      exp_year: expect.any(Number) as number,
      address_city: 'Berlin',
    });
  });

  it('that a payment method update changes are announced as payment methods', async () => {
    const id = await customer();
    const { id: card } = await addSource(id);
    await stripe.customers.updateSource(id, card, { name: 'J. Rosen' });

    await stripe.paymentMethods.update(card, { billing_details: { name: 'A. Payer' } });

    expect((await methodEvents(card)).slice(2)).toEqual(['customer.source.updated', 'payment_method.updated']);
    expect((await newest('payment_method.updated')).data).toMatchObject({
      object: { object: 'payment_method', id: asMethod(card) },
      previous_attributes: { billing_details: { name: 'J. Rosen' } },
    });
  });

  it('are deleted for good, once, and announced with their customer', async () => {
    const id = await customer();
    const { id: card } = await addSource(id);

    expect(await stripe.customers.deleteSource(id, card)).toMatchObject({ id: card, object: 'card', deleted: true });

    const again = await allThrown([
      stripe.customers.deleteSource(id, card),
      stripe.customers.updateSource(id, card, { name: 'x' }),
      stripe.customers.retrieveSource(id, card),
    ]);
    for (const error of again) expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    expect((await stripe.customers.listPaymentMethods(id)).data).toEqual([]);
    expect(await thrown(stripe.paymentMethods.attach(card, { customer: id }))).toMatchObject({ statusCode: 400 });
    expect((await newest('customer.source.deleted')).data.object).toMatchObject({
      id: card,
      object: 'card',
      customer: id,
    });
    expect(await methodEvents(card)).toEqual([
      'payment_method.attached',
      'customer.source.created',
      'payment_method.detached',
      'customer.source.deleted',
    ]);
  });

  it('are named `cards` in the oldest form', async () => {
    const id = await customer();
    const path = `/v1/customers/${id}/cards`;
    const made = await stripe.rawRequest('POST', path, { card: { ...TYPED } });
    const card = (made as unknown as Stripe.Card).id;

    const list = (await stripe.rawRequest('GET', path)) as unknown as Stripe.ApiList<Stripe.Card>;

    expect(list).toMatchObject({ object: 'list', url: path, data: [{ id: card, last4: '4242' }] });
    expect(await stripe.rawRequest('GET', `${path}/${card}`)).toMatchObject({ id: card });
    expect(await stripe.rawRequest('POST', `${path}/${card}`, { name: 'x' })).toMatchObject({ name: 'x' });
    expect(await stripe.rawRequest('DELETE', `${path}/${card}`)).toMatchObject({ deleted: true });
  });

  it('are made of a form as old clients send it', async () => {
    const id = await customer();
    const response = await app.fetch(`/v1/customers/${id}/sources`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${app.merchant.test.secretKey}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'source[object]=card&source[number]=4242424242424242&source[exp_month]=12&source[exp_year]=34&metadata[a]=1',
    });

    expect(await response.json()).toMatchObject({ object: 'card', customer: id, exp_year: 2034, metadata: { a: '1' } });
  });

  it('are made once per idempotency key', async () => {
    const id = await customer();
    const key = { idempotencyKey: 'a source once' };

    const [one, two] = [await addSource(id, 'tok_visa', key), await addSource(id, 'tok_visa', key)];

    expect(two.id).toBe(one.id);
    expect((await stripe.customers.listSources(id)).data).toHaveLength(1);
  });
});

describe('the id of a source', () => {
  it('is one of a payment method', async () => {
    const id = await customer();
    const { id: card } = await addSource(id);
    const method = asMethod(card);
    const money = { amount: 900, currency: 'usd', customer: id } as const;

    const created = await stripe.paymentIntents.create({ ...money, payment_method: card, confirm: true });
    const waiting = await stripe.paymentIntents.create(money);
    const confirmed = await stripe.paymentIntents.confirm(waiting.id, { payment_method: card });
    const updated = await stripe.paymentIntents.update((await stripe.paymentIntents.create(money)).id, {
      payment_method: card,
    });
    const setup = await stripe.setupIntents.create({ customer: id, payment_method: card, confirm: true });
    const described = await stripe.customers.update(id, { invoice_settings: { default_payment_method: card } });

    expect([created, confirmed]).toMatchObject([
      { status: 'succeeded', payment_method: method },
      { status: 'succeeded', payment_method: method },
    ]);
    expect(updated.payment_method).toBe(method);
    expect(setup).toMatchObject({ status: 'succeeded', payment_method: method });
    expect((await stripe.setupIntents.list({ payment_method: card })).data).toMatchObject([{ id: setup.id }]);
    expect(described.invoice_settings.default_payment_method).toBe(method);
    expect(await stripe.charges.create({ ...money, source: card })).toMatchObject({ paid: true, source: { id: card } });
    expect(await stripe.charges.create({ ...money, source: method })).toMatchObject({ source: { id: card } });
    expect((await stripe.paymentMethods.retrieve(card)).id).toBe(method);
    expect((await stripe.customers.retrievePaymentMethod(id, card)).id).toBe(method);
    expect((await stripe.paymentMethods.detach(card)).customer).toBeNull();
  });

  it('is taken as `source` of a payment intent', async () => {
    const id = await customer();
    const { id: card } = await addSource(id);
    const post = (path: string, params: object) =>
      stripe.rawRequest('POST', path, params) as unknown as Promise<Stripe.PaymentIntent>;
    const money = { amount: 900, currency: 'usd' };

    const created = await post('/v1/payment_intents', { ...money, customer: id, source: card, confirm: true });
    const { id: waiting } = await post('/v1/payment_intents', { ...money, customer: id });
    const confirmed = await post(`/v1/payment_intents/${waiting}/confirm`, { source: card });
    const ofToken = await post('/v1/payment_intents', { ...money, source: 'tok_visa', confirm: true });

    expect([created.status, confirmed.status, ofToken.status]).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect([created.payment_method, confirmed.payment_method]).toEqual([asMethod(card), asMethod(card)]);
    const refused = await allThrown([
      post('/v1/payment_intents', { ...money, source: 'ba_1' }),
      post('/v1/payment_intents', { ...money, source: 'tok_visa', payment_method: 'pm_card_visa' }),
      post('/v1/payment_intents', { ...money, source: 'tok_visa', payment_method_data: { type: 'alipay' } }),
    ]);
    expect(refused).toMatchObject([
      { statusCode: 400, param: 'source' },
      { code: 'parameters_exclusive', param: 'source' },
      { code: 'parameters_exclusive', param: 'source' },
    ]);
  });
});

describe('what is refused as a source', () => {
  it.each([
    [{}, 400, 'parameter_missing', 'source', /^Missing required param/],
    [{ source: 'tok_visa', card: 'tok_visa' }, 400, 'parameters_exclusive', undefined, /only specify one/],
    [{ source: 'btok_us_verified' }, 400, undefined, 'source', /^Bank accounts are not served/],
    [{ source: 'ba_1' }, 400, undefined, 'source', /^Bank accounts are not served/],
    [{ source: { object: 'bank_account', country: 'US' } }, 400, undefined, 'source[object]', /Bank accounts/],
    [{ source: 'tok_visa', bank_account: 'x' }, 400, undefined, 'bank_account', /^Bank accounts are not served/],
    [{ source: 'src_1' }, 400, 'resource_missing', 'source', /^No such source: 'src_1'$/],
    [{ source: 'tok_nope' }, 400, 'resource_missing', 'source', /^No such token/],
    [{ source: 'pm_0000000000000000000000' }, 400, 'resource_missing', 'source', /^No such source/],
    [{ source: { ...TYPED, number: '4111111111111111' } }, 400, undefined, 'source[number]', /generally unsafe/],
    [{ source: { ...TYPED, exp_year: 2020 } }, 402, 'invalid_expiry_year', 'exp_year', /expiration year/],
    [{ source: { ...TYPED, cvc: '1' } }, 402, 'invalid_cvc', 'cvc', /security code/],
    [{ source: 'tok_chargeDeclined' }, 402, 'card_declined', undefined, /declined/],
    [{ source: 'tok_visa', validate: false }, 400, undefined, 'validate', /cannot be turned off/],
    [{ source: 'tok_visa', nope: 1 }, 400, 'parameter_unknown', 'nope', /unknown parameter/],
  ] as const)('%j', async (params, statusCode, code, param, message) => {
    const id = await customer();

    const error = await thrown(stripe.customers.createSource(id, params as never));

    expect([error.statusCode, error.code]).toEqual([statusCode, code]);
    if (param !== undefined) expect(error.param).toBe(param);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('4111');
    expect((await stripe.customers.listSources(id)).data).toEqual([]);
  });

  it('is a card of another customer, a spent one, and a wallet', async () => {
    const [one, other] = [await customer(), await customer()];
    const { id: theirs } = await addSource(other);
    const { id: gone } = await addSource(one);
    await stripe.customers.deleteSource(one, gone);
    const { id: wallet } = await stripe.paymentMethods.create({ type: 'alipay' });

    expect(await thrown(addSource(one, theirs))).toMatchObject({ code: 'payment_method_unexpected_state' });
    expect(await thrown(addSource(one, gone))).toMatchObject({ statusCode: 400 });
    expect(await thrown(addSource(one, wallet))).toMatchObject({ code: 'payment_method_unsupported_type' });
    for (const error of await allThrown([
      stripe.customers.deleteSource(one, theirs),
      stripe.customers.updateSource(one, theirs, { name: 'x' }),
      stripe.customers.retrieveSource(one, theirs),
      addSource('cus_0000000000000000000000'),
    ]))
      expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    expect((await addSource(other, theirs)).id).toBe(theirs);
  });

  it('is an expiry in the past', async () => {
    const id = await customer();
    const { id: card } = await addSource(id);

    for (const [params, code] of [
      [{ exp_month: '13' }, 'invalid_expiry_month'],
      [{ exp_year: '2019' }, 'invalid_expiry_year'],
    ] as const)
      expect(await thrown(stripe.customers.updateSource(id, card, params))).toMatchObject({ statusCode: 402, code });
    expect(await thrown(stripe.customers.updateSource(id, card, { account_holder_name: 'x' }))).toMatchObject({
      param: 'account_holder_name',
    });
  });

  it('is a publishable key', async () => {
    const id = await customer();
    const { id: card } = await addSource(id);
    const payer = app.client({ key: app.merchant.test.publishableKey });

    const calls = [
      payer.customers.createSource(id, { source: 'tok_visa' }),
      payer.customers.updateSource(id, card, { name: 'x' }),
      payer.customers.deleteSource(id, card),
      payer.customers.listSources(id),
    ];
    for (const error of await allThrown(calls))
      expect(error).toMatchObject({ statusCode: 403, code: 'secret_key_required' });
  });
});

/** Types of the events about the card itself, oldest first. */
const methodEvents = async (card: string): Promise<readonly string[]> =>
  (await eventTypes(app, card)).filter((type) => type !== 'customer.updated');

async function newest(type: string): Promise<Stripe.Event> {
  await app.settleDown();
  return (await stripe.events.list({ type, limit: 1 })).data[0]!;
}
