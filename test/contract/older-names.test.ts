/** What Stripe named otherwise before: `card` for `source`, and paths of lists that have moved. Code that was written then still works. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';

const app = await contractApp();
const { stripe } = app;
const { get, post, send } = rawOf(app);

const TYPED = 'card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034';
const AMOUNT = 'amount=2000&currency=usd';

describe('card is the older name of source', () => {
  it.each(['card=tok_visa', TYPED])('of a charge: %s', async (card) => {
    expect(await post('/v1/charges', `${AMOUNT}&${card}`)).toMatchObject({
      object: 'charge',
      status: 'succeeded',
      source: { last4: '4242' },
    });
  });

  it('of a charge of a customer, which is paid with the customer’s own card', async () => {
    const { id, default_source: card } = await stripe.customers.create({ source: 'tok_visa' });

    expect(await post('/v1/charges', `${AMOUNT}&customer=${id}&card=${card as string}`)).toMatchObject({
      customer: id,
      source: { id: card },
    });
    expect(await post('/v1/charges', `${AMOUNT}&customer=${id}&card=card_none`)).toMatchObject({
      status: 404,
      code: 'missing',
      param: 'card',
    });
  });

  it.each(['card=tok_visa', TYPED])('of a new customer and of a change: %s', async (card) => {
    const made = (await post('/v1/customers', card)) as unknown as Stripe.Customer;
    const changed = await post(`/v1/customers/${made.id}`, card.replace('tok_visa', 'tok_mastercard'));

    expect(made.default_source).toMatch(/^card_/);
    expect(changed).toMatchObject({ id: made.id, default_source: expect.stringMatching(/^card_/) as string });
    expect(changed.default_source).not.toBe(made.default_source);
    expect((await stripe.customers.listSources(made.id)).data).toHaveLength(1);
  });

  it('and a token is spent once under either name', async () => {
    const { id } = await stripe.tokens.create({
      card: { number: '4242424242424242', exp_month: '12', exp_year: '2034' },
    });

    expect(await post('/v1/customers', `card=${id}`)).toMatchObject({ object: 'customer' });
    for (const [path, rest] of [
      ['/v1/customers', ''],
      ['/v1/charges', `&${AMOUNT}`],
    ] as const)
      expect(await post(path, `source=${id}${rest}`)).toMatchObject({ status: 400, code: 'token_already_used' });
  });

  it('one of both names is given, and errors name it', async () => {
    const { id } = await stripe.customers.create();
    const paths = [
      ['/v1/charges', AMOUNT],
      ['/v1/customers', 'name=A'],
      [`/v1/customers/${id}`, 'name=A'],
      [`/v1/customers/${id}/sources`, 'metadata[a]=b'],
    ] as const;
    for (const [path, needed] of paths)
      for (const [given, error] of [
        ['card=tok_visa&source=tok_visa', { code: 'parameters_exclusive' }],
        ['card=tok_none', { code: 'resource_missing', param: 'card' }],
        ['card=btok_1', { param: 'card', message: 'Bank accounts are not served: a source is a card.' }],
        ['card[number]=4242424242424242', { code: 'parameter_missing', param: 'card[exp_month]' }],
        [TYPED.replace('4242424242424242', '4111111111111111'), { param: 'card[number]' }],
        [`${TYPED}&card[cvc][a]=1`, { param: 'card[cvc]' }],
        [`${TYPED}&card[pan]=1`, { code: 'parameter_unknown', param: 'card[pan]' }],
        ['card[object]=bank_account', { param: 'card[object]' }],
      ] as const)
        expect(await post(path, `${needed}&${given}`), `${path} ${given}`).toMatchObject({ status: 400, ...error });
    expect(await post('/v1/customers', 'card=tok_visa&payment_method=pm_card_visa')).toMatchObject({
      code: 'parameters_exclusive',
      message: 'You may only specify one of these parameters: card, payment_method.',
    });
    expect(await post(`/v1/customers/${id}`, 'card=tok_visa&default_source=card_1')).toMatchObject({
      code: 'parameters_exclusive',
    });
    expect((await stripe.customers.listSources(id)).data).toEqual([]);
  });

  it('members that a typed card cannot have are refused with the reason by each operation that takes a card', async () => {
    const { id } = await stripe.customers.create();
    for (const path of ['/v1/charges', '/v1/customers', `/v1/customers/${id}`, `/v1/customers/${id}/sources`])
      for (const name of ['encrypted', 'metadata', 'network_token', 'swipe_data']) {
        const refusal = await post(path, `${TYPED}&card[${name}]${name === 'metadata' ? '[a]' : ''}=b`);

        expect(refusal, path).toMatchObject({ status: 400, type: 'invalid_request_error', param: `card[${name}]` });
        expect(refusal.code).toBeUndefined();
      }
  });
});

describe('older paths', () => {
  it('balance/history lists balance transactions, page by page', async () => {
    for (const amount of [900, 1_000]) await stripe.charges.create({ amount, currency: 'usd', source: 'tok_visa' });
    const { data } = await stripe.balanceTransactions.list({ limit: 2 });
    const first = await get('/v1/balance/history?limit=1');
    const second = await get(`/v1/balance/history?limit=1&starting_after=${data[0]!.id}`);

    expect(first).toMatchObject({
      object: 'list',
      url: '/v1/balance/history',
      has_more: true,
      data: [{ id: data[0]!.id }],
    });
    expect(second).toMatchObject({ data: [{ id: data[1]!.id, amount: 900 }] });
    expect(await get(`/v1/balance/history/${data[1]!.id}`)).toMatchObject({ id: data[1]!.id, amount: 900 });
    expect(await get('/v1/balance/history/txn_none')).toMatchObject({ status: 404, code: 'resource_missing' });
    expect(await get('/v1/balance/history?available_on=1')).toMatchObject({ status: 400, param: 'available_on' });
  });

  it('a refund is changed below its charge, and below no other', async () => {
    const charged = () => stripe.charges.create({ amount: 900, currency: 'usd', source: 'tok_visa' });
    const [one, other] = [await charged(), await charged()];
    const { id } = await stripe.refunds.create({ charge: one.id, metadata: { a: '1', b: '2' } });
    const path = (charge: string) => `/v1/charges/${charge}/refunds/${id}`;

    expect(await post(path(one.id), 'metadata[a]=3&metadata[b]=')).toMatchObject({ id, metadata: { a: '3' } });
    expect(await post(path(other.id), 'metadata[a]=4')).toMatchObject({ status: 404, code: 'resource_missing' });
    expect(await post(path(one.id), 'amount=1')).toMatchObject({ code: 'parameter_unknown', param: 'amount' });
    expect((await stripe.refunds.retrieve(id)).metadata).toEqual({ a: '3' });
  });

  it('a discount of a customer is none', async () => {
    const { id } = await stripe.customers.create();
    const none = { status: 404, code: 'resource_missing', message: `No active discount for customer: ${id}` };

    expect(await get(`/v1/customers/${id}/discount`)).toMatchObject(none);
    expect((await send('DELETE', `/v1/customers/${id}/discount`)).status).toBe(404);
  });
});
