/** Lists of what Sluice has none of: honest pages, and refusals that name the reason. */
import { describe, expect, it } from 'vitest';
import type { Filter } from '../../functions/empty-lists/empty-list.ts';
import { EMPTY_LISTS } from '../../functions/empty-lists/table.ts';
import { contractApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';
import { written } from '../world/recorded-writes.ts';

const app = await contractApp();
const { stripe } = app;
const { get, post, send } = rawOf(app);

const VALUES = { text: 'x', boolean: 'true', integer: '1', required: 'x' } as const;
const pairsOf = (name: string, filter: Filter): readonly string[] => {
  if (filter === 'list') return [`${name}[]=x`];
  if (filter === 'range') return [`${name}[gte]=1`];
  if (typeof filter === 'string') return [`${name}=${VALUES[filter]}`];
  return Object.entries(filter).flatMap(([member, inside]) => pairsOf(`${name}[${member}]`, inside));
};

const nameOf = (object: string): string => object.split('.').at(-1)!;

describe.each(EMPTY_LISTS)('/v1/$path', ({ path, object, filters }) => {
  const required = Object.entries(filters)
    .filter(([, filter]) => filter === 'required')
    .flatMap(([name, filter]) => pairsOf(name, filter));
  const at = (...pairs: readonly string[]) => `/v1/${path}?${[...required, ...pairs].join('&')}`;
  const name = nameOf(object);

  it('is an empty page, with every filter and any expansion of its members', async () => {
    const all = Object.entries(filters).flatMap(([each, filter]) => pairsOf(each, filter));
    const empty = { status: 200, object: 'list', data: [], has_more: false, url: `/v1/${path}` };

    expect(await get(at())).toEqual(empty);
    expect(await get(at(...all, 'limit=100', 'expand[]=data.customer'))).toEqual(empty);
  });

  it('refuses unknown parameters, wrong values and cursors', async () => {
    expect(await get(at('nope=1'))).toMatchObject({ status: 400, code: 'parameter_unknown', param: 'nope' });
    expect(await get(at('limit=abc'))).toMatchObject({ status: 400, param: 'limit' });
    expect(await get(at('starting_after=x_1'))).toMatchObject({
      status: 400,
      code: 'resource_missing',
      message: `No such ${name}: 'x_1'`,
      param: 'starting_after',
    });
    expect(await get(at('expand[]=customer'))).toMatchObject({ status: 400 });
    for (const each of required)
      expect(await get(`/v1/${path}`)).toMatchObject({
        status: 400,
        code: 'parameter_missing',
        param: each.split('=')[0],
      });
  });
});

it.each(EMPTY_LISTS.filter(({ notRetrieved }) => !notRetrieved))(
  '/v1/$path has no member: any id is a 404',
  async ({ path, object }) => {
    expect(await get(`/v1/${path}/x_1?expand[]=customer`)).toMatchObject({
      status: 404,
      code: 'resource_missing',
      message: `No such ${nameOf(object)}: 'x_1'`,
      param: 'id',
    });
  },
);

it.each(EMPTY_LISTS.filter(({ uncreatable }) => uncreatable !== undefined))(
  '/v1/$path refuses a creation with its reason, whatever is sent',
  async ({ path, uncreatable }) => {
    const multipart = { 'content-type': 'multipart/form-data; boundary=x', 'idempotency-key': `create ${path}` };
    const { result, writes } = await written(app.world.table, () => post(`/v1/${path}`, '--x--', multipart));

    expect(result).toEqual({
      status: 400,
      type: 'invalid_request_error',
      message: expect.stringMatching(/^[A-Z][a-z ]+s cannot be created\. Sluice .+\.$/) as string,
    });
    expect(result.message).toContain(uncreatable);
    expect(writes).toEqual([]);
  },
);

it.each(EMPTY_LISTS.filter(({ uncreatable }) => uncreatable === undefined))(
  '/v1/$path has no creation, as at Stripe',
  async ({ path }) => {
    expect((await send('POST', `/v1/${path}`, '')).status).toBe(404);
  },
);

it('the SDK pages through an empty list', async () => {
  const found = [];
  for await (const subscription of stripe.subscriptions.list({ status: 'all', expand: ['data.discounts'] }))
    found.push(subscription);

  expect(found).toEqual([]);
});

describe.each(['balance_transactions', 'tax_ids'])('/v1/customers/{id}/%s', (name) => {
  it('is empty for a customer, and a 404 for what is none', async () => {
    const { id } = await stripe.customers.create();
    const removed = await stripe.customers.create();
    await stripe.customers.del(removed.id);

    expect(await get(`/v1/customers/${id}/${name}?limit=3`)).toEqual({
      status: 200,
      object: 'list',
      data: [],
      has_more: false,
      url: `/v1/customers/${id}/${name}`,
    });
    for (const none of ['cus_1', removed.id])
      expect(await get(`/v1/customers/${none}/${name}`)).toMatchObject({ status: 404, code: 'resource_missing' });
    expect(await get(`/v1/customers/${id}/${name}?starting_after=x`)).toMatchObject({
      status: 400,
      param: 'starting_after',
    });
  });

  it('refuses a creation with its reason', async () => {
    const { id } = await stripe.customers.create();

    expect(await post(`/v1/customers/${id}/${name}`, 'amount=1')).toMatchObject({
      status: 400,
      message: expect.stringMatching(/cannot be created\. Sluice/) as string,
    });
  });
});

it('/v1/products/{id}/features is empty for a product, a 404 for what is none, and refuses a creation', async () => {
  const { id } = await stripe.products.create({ name: 'Tea' });

  expect(await stripe.products.listFeatures(id, { limit: 3 })).toMatchObject({
    object: 'list',
    data: [],
    has_more: false,
    url: `/v1/products/${id}/features`,
  });
  expect(await get('/v1/products/prod_x/features')).toMatchObject({ status: 404, code: 'resource_missing' });
  expect(await post(`/v1/products/${id}/features`, 'entitlement_feature=feat_x')).toMatchObject({
    status: 400,
    message: 'Product features cannot be created. Sluice has no billing.',
  });
});
