/** Ids, keys and books never cross merchants or modes: to anyone else an object is not there, wherever its id is put. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MadeMerchant } from '../../functions/merchants/create.ts';
import { operations } from '../support/api.ts';
import { type App, startApp } from '../support/app.ts';

let app: App;
let owner: MadeMerchant;
/** One id of each kind of object that the owner has in test mode. */
let ids: Readonly<Record<string, string>>;
/** The same merchant's live key, and another merchant's. */
let strangers: readonly (readonly [string, string])[];
beforeAll(async () => {
  app = await startApp();
  owner = await app.world.merchant({ live: true });
  const other = await app.newMerchant();
  strangers = [
    ['the same merchant in live mode', owner.live!.secretKey],
    ['another merchant', other.test.secretKey],
  ];
  ids = await objectsOf(app.client({ key: owner.test.secretKey }));
});
afterAll(() => app.stop());

async function objectsOf(stripe: Stripe): Promise<Readonly<Record<string, string>>> {
  const paid = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: 'pm_card_riskLevelElevated',
    confirm: true,
  });
  const customer = await stripe.customers.create({ payment_method: 'pm_card_visa' });
  const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  const setup = await stripe.setupIntents.create({ customer: customer.id });
  const agreed = await stripe.setupIntents.create({
    payment_method: 'pm_card_visa',
    confirm: true,
    mandate_data: { customer_acceptance: { type: 'offline', offline: {} } },
  });
  const disputed = { amount: 900, currency: 'usd', payment_method: 'pm_card_createDispute', confirm: true };
  await stripe.paymentIntents.create(disputed);
  const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 100 });
  const endpoint = await stripe.webhookEndpoints.create({
    url: 'http://127.0.0.1:9/',
    enabled_events: ['payout.paid'],
  });
  await app.settleDown();
  const [event] = (await stripe.events.list({ limit: 1 })).data;
  const [dispute] = (await stripe.disputes.list()).data;
  const [transaction] = (await stripe.balanceTransactions.list({ limit: 1 })).data;
  return {
    payment_intents: paid.id,
    charges: paid.latest_charge as string,
    payment_methods: method!.id,
    customers: customer.id,
    setup_intents: setup.id,
    mandates: agreed.mandate as string,
    disputes: dispute!.id,
    reviews: paid.review as string,
    refunds: refund.id,
    webhook_endpoints: endpoint.id,
    events: event!.id,
    balance_transactions: transaction!.id,
  };
}

const call = async (key: string, method: string, path: string) => {
  const response = await app.fetch(path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
    ...(path.endsWith('/increment_authorization') && { body: 'amount=5000' }),
  });
  return { status: response.status, text: await response.text() };
};
const collectionOf = (path: string): string => path.replace('/test_helpers', '').split('/')[2]!;
/** Payouts take a settlement, which settlement.test.ts makes. */
const covered = operations.filter(({ path }) => !['payouts', 'ledger'].includes(collectionOf(path)));
const byId = covered.filter(({ path }) => path.includes('{id}'));
const isSearch = (path: string): boolean => path.endsWith('/search');
const listed = covered.filter(({ method, returns }) => method === 'GET' && returns && 'list' in returns);
/** Lists of what belongs to an object are asked for by its id, in the path or as a parameter. */
const BY_OWNER = ['/v1/payment_methods', '/v1/setup_attempts'];
const lists = listed.filter(({ path }) => !isSearch(path) && !path.includes('{') && !BY_OWNER.includes(path));

it.each(byId.map(({ method, path }) => [method, path] as const))(
  '%s %s: is 404 resource_missing to a stranger, and changes nothing',
  async (method, path) => {
    const id = ids[collectionOf(path)]!;
    const before = app.world.table.dump();

    for (const [who, key] of strangers) {
      const { status, text } = await call(
        key,
        method,
        path.replace('{id}', id).replace('{method}', ids.payment_methods!),
      );
      // Test helpers tell a live key what they are before they look for anything.
      const helpsNobody = path.includes('test_helpers') && key === owner.live!.secretKey;
      expect([who, status]).toEqual([who, helpsNobody ? 400 : 404]);
      expect(text).toContain(helpsNobody ? 'only be used with a test key' : 'resource_missing');
    }

    expect(app.world.table.dump()).toEqual(before);
  },
);

it.each(lists.map(({ path }) => path))(
  'GET %s: shows a stranger nothing, and takes no cursor of theirs',
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

it.each(listed.map(({ path }) => path).filter(isSearch))('GET %s: finds a stranger nothing', async (path) => {
  const found = async (key: string) =>
    (
      JSON.parse((await call(key, 'GET', `${path}?query=${encodeURIComponent('created>0')}`)).text) as {
        data: object[];
      }
    ).data.length;

  expect(await found(owner.test.secretKey)).toBeGreaterThan(0);
  for (const [who, key] of strangers) expect([who, await found(key)]).toEqual([who, 0]);
});

it.each([
  ['/v1/refunds', 'payment_intent', 'payment_intents', 400],
  ['/v1/refunds', 'charge', 'charges', 404],
  ['/v1/payment_intents', 'payment_method', 'payment_methods', 400],
  ['/v1/payment_intents', 'customer', 'customers', 400],
  ['/v1/customers', 'payment_method', 'payment_methods', 400],
  ['/v1/setup_intents', 'payment_method', 'payment_methods', 400],
  ['/v1/setup_intents', 'customer', 'customers', 400],
] as const)('POST %s: %s of a stranger is missing', async (path, param, collection, status) => {
  const before = app.world.table.dump();

  for (const [, key] of strangers) {
    const answer = await app.fetch(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: `${path === '/v1/payment_intents' ? 'amount=2000&currency=usd&' : ''}${param}=${ids[collection]}`,
    });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code: 'resource_missing' } });
  }

  expect(app.world.table.dump()).toEqual(before);
});

it.each([
  ['/v1/refunds', 'payment_intent', 'payment_intents'],
  ['/v1/refunds', 'charge', 'charges'],
  ['/v1/charges', 'payment_intent', 'payment_intents'],
  ['/v1/charges', 'customer', 'customers'],
  ['/v1/disputes', 'charge', 'charges'],
  ['/v1/disputes', 'payment_intent', 'payment_intents'],
  ['/v1/payment_intents', 'customer', 'customers'],
  ['/v1/payment_methods', 'customer', 'customers'],
  ['/v1/setup_intents', 'customer', 'customers'],
  ['/v1/setup_attempts', 'setup_intent', 'setup_intents'],
] as const)('GET %s: by a stranger’s %s is missing', async (path, param, collection) => {
  for (const [, key] of strangers)
    expect(await call(key, 'GET', `${path}?${param}=${ids[collection]}`)).toMatchObject({ status: 400 });
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
