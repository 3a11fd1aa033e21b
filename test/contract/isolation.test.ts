/** Ids, keys and books never cross merchants or modes: under another key an object does not exist, in any place that takes its id. */
import { beforeAll, expect, it } from 'vitest';
import openApi from '../../functions/api/openapi.json' with { type: 'json' };
import { collectionOf, type Objects, objectsOf, withIds } from '../scenarios/one-of-each-object.ts';
import { isOfGateway, operations as served } from '../world/api.ts';
import { bodySchemaOf, type Described } from '../world/api-description.ts';
import { contractApp } from '../world/contract-app.ts';
import { written } from '../world/recorded-writes.ts';

/** One object of each kind that the owner has in test mode. */
let ids: Objects;
/** The same merchant's live key, and another merchant's. */
let strangers: readonly (readonly [string, string])[];
const app = await contractApp();
const owner = await app.world.merchant({ live: true });
beforeAll(async () => {
  const other = await app.newMerchant();
  strangers = [
    ['the same merchant in live mode', owner.live!.secretKey],
    ['another merchant', other.test.secretKey],
  ];
  ids = await objectsOf(app, owner);
});

const call = async (key: string, method: string, path: string, body?: string) => {
  const response = await app.fetch(path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, text: await response.text() };
};
/** The same where it must change nothing. */
const callInVain = async (...asked: Parameters<typeof call>) => {
  const { result, writes } = await written(app.world.table, () => call(...asked));
  expect(writes).toEqual([]);
  return result;
};
/** Of objects with ids of their own. The account and lists that are always empty have tests of their own (contract/account, contract/empty-lists). */
const operations = served.filter(({ path, refuses }) => !isOfGateway(path) && refuses === undefined);
const byId = operations.filter(({ path }) => path.includes('{id}'));
const isSearch = (path: string): boolean => path.endsWith('/search');
const listed = operations.filter(({ method, returns }) => method === 'GET' && returns && 'list' in returns);
/** Lists of what belongs to an object are asked for by its id, in the path or as a parameter. */
const BY_OWNER = ['/v1/payment_methods', '/v1/setup_attempts'];
/** Not of objects with ids. */
const ACCOUNTS = '/v1/ledger/accounts';
/** Every merchant has accounts of its own here. */
const CHANNELS = '/v1/channels';
const lists = listed.filter(
  ({ path }) => !isSearch(path) && !path.includes('{') && ![...BY_OWNER, ACCOUNTS, CHANNELS].includes(path),
);

it.each(byId.filter(({ method }) => method === 'GET').map(({ path }) => path))(
  'GET %s: finds the object with its owner’s key, so that a refusal to another key proves something',
  async (path) => {
    expect((await call(owner.test.secretKey, 'GET', withIds(path, ids))).status).toBe(200);
  },
);

it('every collection has a route by id to GET, so that each of its objects is shown to be there', () => {
  const readable = new Set(byId.filter(({ method }) => method === 'GET').map(({ path }) => collectionOf(path)));

  expect(byId.map(({ path }) => collectionOf(path)).filter((collection) => !readable.has(collection))).toEqual([]);
  expect(byId.length).toBeGreaterThan(40);
});

/** Without these a request is refused before any object is read. */
const NEEDED = [
  ['/increment_authorization', 'amount=5000'],
  ['/{id}/sources', 'source=tok_visa'],
  ['/{id}/cards', 'card=tok_visa'],
] as const;

it.each(byId.map(({ method, path }) => [method, path] as const))(
  '%s %s: is 404 resource_missing under another key, and changes nothing',
  async (method, path) => {
    for (const [who, key] of strangers) {
      const body = method === 'POST' ? NEEDED.find(([end]) => path.endsWith(end))?.[1] : undefined;
      const { status, text } = await callInVain(key, method, withIds(path, ids), body);
      // Test helpers tell a live key what they are before they look for anything.
      const helpsNobody = path.includes('test_helpers') && key === owner.live!.secretKey;
      expect([who, status]).toEqual([who, helpsNobody ? 400 : 404]);
      expect(text).toContain(helpsNobody ? 'only be used with a test key' : 'resource_missing');
    }
  },
);

it.each(lists.map(({ path }) => path))(
  'GET %s: shows nothing under another key, and refuses its cursors there',
  async (path) => {
    const id = ids[collectionOf(path)]!;
    const own = await call(owner.test.secretKey, 'GET', path);

    expect(own.text).toContain(`"id":"${id.slice(0, 3)}`);
    for (const [who, key] of strangers) {
      expect([who, (JSON.parse((await call(key, 'GET', path)).text) as { data: unknown[] }).data]).toEqual([who, []]);
      for (const cursor of ['starting_after', 'ending_before'])
        expect(await call(key, 'GET', `${path}?${cursor}=${id}`)).toMatchObject({ status: 400 });
    }
  },
);

it('GET /v1/channels: shows each key its own accounts, and refuses cursors of others', async () => {
  const id = ids.channels!;
  expect((await call(owner.test.secretKey, 'GET', CHANNELS)).text).toContain(id);
  for (const [who, key] of strangers) {
    expect([who, (await call(key, 'GET', CHANNELS)).text.includes(id)]).toEqual([who, false]);
    for (const cursor of ['starting_after', 'ending_before'])
      expect(await callInVain(key, 'GET', `${CHANNELS}?${cursor}=${id}`)).toMatchObject({ status: 400 });
  }
});

it('books and balances are each one’s own', async () => {
  const books = async (key: string) => (await call(key, 'GET', ACCOUNTS)).text;
  const balance = async (key: string) =>
    JSON.parse((await call(key, 'GET', '/v1/balance')).text) as { pending: { amount: number }[] };

  expect(await books(owner.test.secretKey)).toContain('"object":"ledger_account"');
  expect((await balance(owner.test.secretKey)).pending[0]?.amount).toBeGreaterThan(0);
  for (const [who, key] of strangers) {
    expect([who, await books(key)]).toEqual([who, expect.stringContaining('"data":[]')]);
    expect([who, (await balance(key)).pending.map(({ amount }) => amount)]).toEqual([who, [0]]);
  }
});

/** Stripe searches products and prices by other fields than the time. */
const queryOf = (path: string): string => (/product|price/.test(path) ? 'active:"true"' : 'created>0');

it.each(listed.map(({ path }) => path).filter(isSearch))('GET %s: finds nothing under another key', async (path) => {
  const found = async (key: string) =>
    (
      JSON.parse((await call(key, 'GET', `${path}?query=${encodeURIComponent(queryOf(path))}`)).text) as {
        data: object[];
      }
    ).data.length;

  expect(await found(owner.test.secretKey)).toBeGreaterThan(0);
  for (const [who, key] of strangers) expect([who, await found(key)]).toEqual([who, 0]);
});

/** Parameters that name an object, with the collection of the object and the status under another key. */
const REFERENCES = [
  ['POST', '/v1/refunds', 'payment_intent', 'payment_intents', 400],
  ['POST', '/v1/refunds', 'charge', 'charges', 404],
  ['POST', '/v1/charges', 'source', 'tokens', 400],
  ['POST', '/v1/charges', 'card', 'tokens', 400],
  ['POST', '/v1/charges', 'customer', 'customers', 400],
  ['POST', '/v1/payment_intents', 'payment_method', 'payment_methods', 400],
  ['POST', '/v1/payment_intents', 'source', 'payment_methods', 400],
  ['POST', '/v1/payment_intents/{id}/confirm', 'source', 'payment_methods', 400],
  ['POST', '/v1/payment_intents', 'customer', 'customers', 400],
  ['POST', '/v1/payment_intents/{id}', 'payment_method', 'payment_methods', 400],
  ['POST', '/v1/payment_intents/{id}', 'customer', 'customers', 400],
  ['POST', '/v1/payment_intents/{id}/confirm', 'payment_method', 'payment_methods', 400],
  ['POST', '/v1/payment_intents', 'mandate', 'mandates', 400],
  ['POST', '/v1/payment_intents/{id}/confirm', 'mandate', 'mandates', 400],
  ['POST', '/v1/customers', 'payment_method', 'payment_methods', 400],
  ['POST', '/v1/customers', 'source', 'payment_methods', 400],
  ['POST', '/v1/customers', 'card', 'tokens', 400],
  ['POST', '/v1/customers/{id}', 'source', 'tokens', 400],
  ['POST', '/v1/customers/{id}', 'card', 'payment_methods', 400],
  ['POST', '/v1/customers/{id}', 'default_source', 'payment_methods', 400],
  ['POST', '/v1/customers/{id}/sources', 'source', 'tokens', 400],
  ['POST', '/v1/customers/{id}/sources', 'card', 'payment_methods', 400],
  ['POST', '/v1/customers/{id}/cards', 'source', 'tokens', 400],
  ['POST', '/v1/customers/{id}/cards', 'card', 'payment_methods', 400],
  ['POST', '/v1/payment_methods/{id}/attach', 'customer', 'customers', 400],
  ['POST', '/v1/setup_intents', 'payment_method', 'payment_methods', 400],
  ['POST', '/v1/setup_intents', 'customer', 'customers', 400],
  ['POST', '/v1/setup_intents/{id}', 'payment_method', 'payment_methods', 400],
  ['POST', '/v1/setup_intents/{id}', 'customer', 'customers', 400],
  ['POST', '/v1/setup_intents/{id}/confirm', 'payment_method', 'payment_methods', 400],
  ['POST', '/v1/checkout/sessions', 'customer', 'customers', 400],
  ['POST', '/v1/prices', 'product', 'products', 400],
  ['POST', '/v1/products/{id}', 'default_price', 'prices', 400],
  ['POST', '/v1/events/{id}/retry', 'webhook_endpoint', 'webhook_endpoints', 400],
  ['POST', '/v1/test_helpers/checkout/sessions/{id}/complete', 'payment_method', 'payment_methods', 400],
  ['GET', '/v1/refunds', 'payment_intent', 'payment_intents', 400],
  ['GET', '/v1/refunds', 'charge', 'charges', 400],
  ['GET', '/v1/charges', 'payment_intent', 'payment_intents', 400],
  ['GET', '/v1/charges', 'customer', 'customers', 400],
  ['GET', '/v1/disputes', 'charge', 'charges', 400],
  ['GET', '/v1/disputes', 'payment_intent', 'payment_intents', 400],
  ['GET', '/v1/payment_intents', 'customer', 'customers', 400],
  ['GET', '/v1/payment_methods', 'customer', 'customers', 400],
  ['GET', '/v1/setup_intents', 'customer', 'customers', 400],
  ['GET', '/v1/setup_attempts', 'setup_intent', 'setup_intents', 400],
  ['GET', '/v1/checkout/sessions', 'customer', 'customers', 400],
  ['GET', '/v1/checkout/sessions', 'payment_intent', 'payment_intents', 400],
  ['GET', '/v1/prices', 'product', 'products', 400],
  ['GET', '/v1/balance_transactions', 'payout', 'settled_payouts', 400],
  ['GET', '/v1/balance/history', 'payout', 'settled_payouts', 400],
] as const;
/** Those that filter what is the caller's own, and so find nothing. */
const FILTERS = [
  ['GET', '/v1/balance_transactions', 'source', 'charges'],
  ['GET', '/v1/balance/history', 'source', 'charges'],
  ['GET', '/v1/setup_intents', 'payment_method', 'payment_methods'],
] as const;
/** Those that are refused whatever they name. */
const UNSUPPORTED = [
  'POST /v1/charges/{id}/refund payment_intent',
  'POST /v1/charges/{id}/refunds payment_intent',
  'POST /v1/payouts destination',
  'GET /v1/payouts destination',
];

it('every parameter that names an object is in one of the lists', () => {
  const names =
    /^(payment_intent|charge|customer|payment_method|mandate|setup_intent|webhook_endpoint|source|default_source|payout|destination|refund|dispute|product|default_price)$/;
  type WithParameters = Described & { readonly parameters?: readonly { readonly in: string; readonly name: string }[] };
  const described = Object.entries(openApi.paths as unknown as Record<string, Record<string, WithParameters>>);
  const found = described
    .filter(([path]) => !isOfGateway(path))
    .flatMap(([path, byMethod]) =>
      Object.entries(byMethod).flatMap(([method, { parameters = [], requestBody }]) => {
        const inQuery = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
        const body = requestBody && bodySchemaOf({ requestBody });
        return [...inQuery, ...Object.keys(body?.properties ?? {})]
          .filter((name) => names.test(name) || (name === 'card' && /^\/v1\/(?:customers|charges)/.test(path)))
          .map((name) => `${method.toUpperCase()} ${path} ${name}`);
      }),
    );

  const judged = [...REFERENCES, ...FILTERS].map(([method, path, param]) => `${method} ${path} ${param}`);
  expect([...judged, ...UNSUPPORTED].sort()).toEqual(found.sort());
});

const SETUP_SESSION = 'mode=setup&success_url=https://shop.example/&';
/** What a request must have besides. */
const REQUIRED: Readonly<Record<string, string>> = {
  '/v1/payment_intents': 'amount=2000&currency=usd&',
  '/v1/charges': 'amount=2000&currency=usd&',
  '/v1/checkout/sessions': SETUP_SESSION,
  '/v1/prices': 'currency=usd&unit_amount=900&',
};

it.each(REFERENCES)('%s %s: %s of another merchant is missing', async (method, path, param, collection, status) => {
  const id = ids[collection]!;
  expect(id).toMatch(/^[a-z]+_\w{20,}$/);

  // A live key is refused by test helpers before any object is read.
  const asking = strangers.filter(([, key]) => !(path.includes('test_helpers') && key === owner.live!.secretKey));
  for (const [, key] of asking) {
    // Their own object, where the path names one.
    const own = path.includes('{id}') ? await ownOf(key, path) : path;
    const needed =
      method === 'POST'
        ? (REQUIRED[path] ?? '') + (param === 'mandate' && path in REQUIRED ? 'confirm=true&' : '')
        : '';
    const { status: answered, text } =
      method === 'GET'
        ? await callInVain(key, method, `${own}?${param}=${id}`)
        : await callInVain(key, method, own, `${needed}${param}=${id}`);
    expect(answered).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'resource_missing' } });
  }
});

const TEST_CARD = 'type=card&card[token]=tok_visa';
/** No published test number: a live key takes it. */
const LIVE_CARD = 'type=card&card[number]=4111111111111111&card[exp_month]=12&card[exp_year]=2034';

/** The path with an object of the caller's in it. */
async function ownOf(key: string, path: string): Promise<string> {
  const make = async (collection: string, params: string) =>
    (JSON.parse((await call(key, 'POST', `/v1/${collection}`, params)).text) as { id: string }).id;
  const stripe = app.client({ key });
  switch (collectionOf(path)) {
    case 'payment_intents':
      return path.replace('{id}', await make('payment_intents', 'amount=2000&currency=usd'));
    case 'checkout':
      return path.replace('{id}', await make('checkout/sessions', SETUP_SESSION));
    case 'customers':
      return path.replace('{id}', await make('customers', ''));
    case 'setup_intents':
      return path.replace('{id}', await make('setup_intents', ''));
    case 'payment_methods':
      return path.replace('{id}', await make('payment_methods', key.startsWith('sk_live_') ? LIVE_CARD : TEST_CARD));
    case 'products':
      return path.replace('{id}', await make('products', 'name=Tea'));
    case 'events': {
      await make('customers', '');
      await app.settleDown();
      return path.replace('{id}', (await stripe.events.list()).data[0]!.id);
    }
    default:
      throw new Error(`whose ${path}?`);
  }
}

it.each(FILTERS)('%s %s: by another merchant’s %s shows nothing', async (method, path, param, collection) => {
  const found = async (key: string) =>
    (JSON.parse((await call(key, method, `${path}?${param}=${ids[collection]}`)).text) as { data: object[] }).data;

  if (param === 'source') expect(await found(owner.test.secretKey)).not.toEqual([]);
  for (const [who, key] of strangers) expect([who, await found(key)]).toEqual([who, []]);
});

it('an idempotency key of one merchant says nothing to another, nor across modes', async () => {
  const create = (key: string) =>
    app
      .client({ key })
      .paymentIntents.create({ amount: 2000, currency: 'usd' }, { idempotencyKey: 'the same for all' });

  const made = await Promise.all([owner.test.secretKey, ...strangers.map(([, key]) => key)].map(create));

  expect(new Set(made.map(({ id }) => id)).size).toBe(3);
  expect(made.map(({ livemode }) => livemode)).toEqual([false, true, false]);
});
