/**
 * Every list that the stream makes shows a write as soon as it is answered, while the stream is held back; and the same, once, when the stream
 * has taken it (I17).
 */
import { fc, test } from '@fast-check/vitest';
import { beforeEach, describe, expect, it } from 'vitest';
import { unpostedOf } from '../../functions/balance/unposted.ts';
import { shardsOf, timeText } from '../../functions/kernel/ids.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import { absent, present } from '../../functions/table/table.ts';
import { apiOf, eventOf } from '../world/api.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

type Listed = { readonly id: string; readonly type: string; readonly source?: string; readonly net?: number };

const PAY = { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
const HOUR = 3_600_000;

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate();
});

const post = async (path: string, params: Record<string, string> = {}, of = sim) => {
  const { status, body } = await of.request('POST', path, params);
  expect([status, body.error]).toEqual([200, undefined]);
  // The client's next request is later.
  of.move(5);
  return body;
};
const get = async (path: string, of = sim) => {
  const { status, body } = await of.request('GET', path);
  expect([status, body.error]).toEqual([200, undefined]);
  return body;
};
const list = async (path: string, of = sim) => (await get(path, of)).data as readonly Listed[];
const idsOf = async (path: string) => (await list(path)).map(({ id }) => id);
const typesOf = async (path: string) => (await list(path)).map(({ type }) => type);
const amountIn = (funds: unknown) => (funds as { amount: number }[]).reduce((sum, { amount }) => sum + amount, 0);
const funds = async (of = sim) => {
  const { pending, available } = await get('/v1/balance', of);
  return amountIn(pending) + amountIn(available);
};

/** Lists before the stream has reached a write, and after: the same page, object by object. */
async function sameOnceProjected(...paths: readonly string[]): Promise<void> {
  const before = await Promise.all(paths.map((path) => get(path)));
  await sim.world.runQueues();
  const after = await Promise.all(paths.map((path) => get(path)));
  // Whether a webhook is on its way is the fan-out's to know.
  expect(JSON.parse(JSON.stringify(before))).toEqual(JSON.parse(JSON.stringify(after)));
}

describe('what lists derive', () => {
  it('is an event only while the stream may not have stored it', async () => {
    const { id } = await post('/v1/payment_intents', { amount: '1000', currency: 'usd' });
    await post(`/v1/payment_intents/${String(id)}`, { 'metadata[order]': '1' });
    await sim.world.runQueues();
    const [stored] = sim.world.table.items('events').filter(({ sk }) => sk.includes(String(id).slice(-14)));
    await sim.world.table.commit({
      kind: 'delete',
      table: 'events',
      key: { pk: stored!.pk, sk: stored!.sk },
      when: present,
    });
    expect(await typesOf('/v1/events')).toEqual(['payment_intent.created']);

    sim.move(200_000);

    expect(await typesOf('/v1/events')).toEqual([]);
  });

  it('leaves a note that this version cannot read to the stream', async () => {
    const { id } = await post('/v1/payment_intents', PAY);
    const sk = `${timeText(sim.world.clock.nowMs())}x`;
    for (const kind of ['payment', 'customer'])
      for (const shard of shardsOf(1))
        await sim.world.table.commit({
          kind: 'put',
          table: 'idempotency',
          item: { pk: `${sim.scope}#w#${shard}`, sk: `${sk}${kind}`, kind, doc: new Uint8Array([1, 2, 3]) },
          when: absent,
        });

    expect(await idsOf('/v1/charges')).toHaveLength(1);
    expect(await idsOf(`/v1/payment_intents?limit=1`)).toEqual([id]);
    for (const path of ['/v1/balance_transactions', '/v1/events']) expect(await list(path)).not.toEqual([]);
    expect(await funds()).toBeGreaterThan(0);
  });
});

describe('a payment that was just made', () => {
  it('is in the balance, in every list of balance transactions and in every list of events', async () => {
    const paid = await post('/v1/payment_intents', PAY);
    const charge = String(paid.latest_charge);

    const [transaction] = await list('/v1/balance_transactions');
    expect(transaction).toMatchObject({ type: 'charge', source: charge });
    expect(await funds()).toBe(transaction!.net);
    for (const filter of [`source=${charge}`, 'type=charge', 'currency=usd', 'created[gte]=1'])
      expect(await idsOf(`/v1/balance_transactions?${filter}`)).toEqual([transaction!.id]);
    expect(await get(`/v1/balance_transactions/${transaction!.id}`)).toEqual(transaction);
    const types = ['charge.succeeded', 'payment_intent.created', 'payment_intent.succeeded'];
    expect((await typesOf('/v1/events')).toSorted()).toEqual(types);
    expect(await typesOf('/v1/events?type=payment_intent.succeeded')).toEqual(['payment_intent.succeeded']);
    expect(await typesOf('/v1/events?types[]=charge.*')).toEqual(['charge.succeeded']);
    expect(await typesOf('/v1/events?created[gte]=1&type=charge.succeeded')).toHaveLength(1);
    const [event] = await list('/v1/events?limit=1');
    expect(await get(`/v1/events/${event!.id}`)).toEqual(event);
    await sameOnceProjected('/v1/balance', '/v1/ledger/accounts', '/v1/balance_transactions', '/v1/events');
  });

  it('shows what a request of its own announced before', async () => {
    const { id } = await post('/v1/payment_intents', { amount: '1000', currency: 'usd' });
    await post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' });

    expect(await typesOf('/v1/events')).toEqual([
      'payment_intent.succeeded',
      'charge.succeeded',
      'payment_intent.created',
    ]);
    const ids = await idsOf('/v1/events');
    await sim.world.runQueues();
    expect(await idsOf('/v1/events')).toEqual(ids);
  });

  it('shows a decline that a second attempt followed at once', async () => {
    const { id } = await post('/v1/payment_intents', { amount: '1000', currency: 'usd' });
    await sim.request('POST', `/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa_chargeDeclined' });
    sim.move(5);
    await post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' });

    expect(await typesOf('/v1/events?type=charge.failed')).toHaveLength(1);
    const ids = await idsOf('/v1/events');
    expect(ids).toHaveLength(5);
    await sim.world.runQueues();
    expect(await idsOf('/v1/events')).toEqual(ids);
  });

  it('is not in the lists of another merchant or of the other mode', async () => {
    await post('/v1/payment_intents', PAY);
    const other = await sim.world.merchant();
    const api = apiOf(sim.world);
    const read = async (key: string, path: string) => {
      const result = await api(eventOf('GET', path, { authorization: `Bearer ${key}` }));
      return JSON.parse(result.body!) as { data?: unknown[]; pending?: unknown };
    };

    for (const path of ['/v1/events', '/v1/balance_transactions', '/v1/charges'])
      expect((await read(other.test.secretKey, path)).data).toEqual([]);
    expect(amountIn((await read(other.test.secretKey, '/v1/balance')).pending)).toBe(0);
  });
});

describe('a payment whose intent is an hour old', () => {
  const aged = async (params: Record<string, string> = {}) => {
    const { id } = await post('/v1/payment_intents', { amount: '1000', currency: 'usd', ...params });
    await sim.world.runQueues();
    // More payments than a list looks at in any case.
    for (let n = 0; n < 120; n++) await post('/v1/payment_intents', { amount: '700', currency: 'usd' });
    await sim.world.runQueues();
    sim.move(HOUR);
    return String(id);
  };

  it('is in every list when it is confirmed', async () => {
    const customer = String((await post('/v1/customers')).id);
    const id = await aged({ customer });
    const paid = await post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' });
    const charge = String(paid.latest_charge);

    expect(await idsOf('/v1/charges?limit=1')).toEqual([charge]);
    expect(await idsOf(`/v1/charges?customer=${customer}`)).toEqual([charge]);
    expect(await idsOf(`/v1/payment_intents?customer=${customer}`)).toEqual([id]);
    expect(await typesOf('/v1/events?limit=2')).toEqual(['payment_intent.succeeded', 'charge.succeeded']);
    expect(await list('/v1/balance_transactions')).toMatchObject([{ source: charge }]);
    expect(await funds()).toBeGreaterThan(0);
    await sameOnceProjected('/v1/balance', '/v1/balance_transactions', '/v1/charges', '/v1/events?limit=2');
  });

  it('is in every list when it is captured and refunded', async () => {
    const id = await aged({ capture_method: 'manual', payment_method: 'pm_card_visa', confirm: 'true' });
    await post(`/v1/payment_intents/${id}/capture`);

    expect(await typesOf('/v1/events?limit=2')).toEqual(['payment_intent.succeeded', 'charge.captured']);
    expect(await list('/v1/balance_transactions?type=charge')).toHaveLength(1);
    await sim.world.runQueues();
    sim.move(HOUR);
    const refund = await post('/v1/refunds', { payment_intent: id });
    expect(await idsOf(`/v1/refunds?payment_intent=${id}`)).toEqual([refund.id]);
    expect(await idsOf('/v1/refunds')).toEqual([refund.id]);
    expect(await typesOf('/v1/events?type=charge.refunded')).toHaveLength(1);
    expect(await typesOf('/v1/events?type=refund.created')).toHaveLength(1);
    await sameOnceProjected('/v1/balance', '/v1/balance_transactions', '/v1/events?limit=4');
  });
});

it('events of other objects are listed, with what an update changed', async () => {
  const { id } = await post('/v1/customers', { name: 'First' });
  await post(`/v1/customers/${id}`, { name: 'Second' });
  await post('/v1/products', { name: 'Chair' });

  const types = ['product.created', 'customer.updated', 'customer.created'];
  expect(await typesOf('/v1/events')).toEqual(types);
  const [update] = (await list('/v1/events?type=customer.updated')) as unknown as [{ data: object }];
  expect(update.data).toMatchObject({ object: { name: 'Second' }, previous_attributes: { name: 'First' } });
  await sameOnceProjected('/v1/events');
});

it('a commit that lost to another writer is in no list', async () => {
  const { id } = await post('/v1/customers', { name: 'First' });
  const { table } = sim.world;
  const commit = table.commit.bind(table);
  table.commit = async (...writes) => {
    if (writes[0].kind === 'put' && writes[0].table === 'payments') throw new Error('the write failed');
    return commit(...writes);
  };
  await sim.request('POST', `/v1/customers/${id}`, { name: 'Second' });
  table.commit = commit;

  expect(await typesOf('/v1/events')).toEqual(['customer.created']);
});

it('a note that fails does not fail the write', async () => {
  const { table } = sim.world;
  const commit = table.commit.bind(table);
  table.commit = async (...writes) => {
    if (writes[0].kind === 'put' && /#w#/.test(writes[0].item.pk)) throw new Error('throttled');
    return commit(...writes);
  };
  const { id } = await post('/v1/customers', { name: 'First' });
  table.commit = commit;

  expect(table.items('idempotency').filter(({ pk }) => pk.includes('#w#'))).toEqual([]);
  expect(await get(`/v1/customers/${id}`)).toMatchObject({ name: 'First' });
});

it('the balance counts an entry up to the checkpoint or close only while it is not posted', async () => {
  await post('/v1/payment_intents', PAY);
  const { deps, table, clock } = sim.world;
  const caller = { scope: sim.scope, settings: await loadSettings(table, sim.scope) };
  // As where the books were closed a moment after the payment.
  const unposted = () => unpostedOf({ ...deps, table }, caller)(clock.nowMs());

  expect((await unposted()).map(({ entry }) => entry.type)).toEqual(['captured']);
  await sim.world.runQueues();
  expect(await unposted()).toEqual([]);
});

const STEPS = ['pay', 'create', 'confirm', 'refund', 'customer', 'stream', 'books', 'hour'] as const;

test.prop([fc.array(fc.constantFrom(...STEPS), { minLength: 3, maxLength: 14 }), fc.integer({ min: 1, max: 4 })], {
  numRuns: 40,
})(
  'pages across the moment of projection repeat and skip nothing, whatever was taken in between',
  async (steps, limit) => {
    const one = await simulate();
    const open: string[] = [];
    const paid: string[] = [];
    const run: Record<(typeof STEPS)[number], () => Promise<unknown>> = {
      pay: async () => paid.push(String((await post('/v1/payment_intents', PAY, one)).id)),
      create: async () =>
        open.push(String((await post('/v1/payment_intents', { amount: '1000', currency: 'usd' }, one)).id)),
      confirm: async () => {
        const id = open.pop();
        if (id === undefined) return;
        await post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' }, one);
        paid.push(id);
      },
      refund: async () => {
        const id = paid.pop();
        if (id !== undefined) await post('/v1/refunds', { payment_intent: id }, one);
      },
      customer: () => post('/v1/customers', { name: 'Payer' }, one),
      stream: () => one.world.runQueues(1),
      books: () => one.world.runQueues(),
      hour: async () => {
        await one.world.runQueues();
        one.move(HOUR);
      },
    };
    for (const step of steps) {
      await run[step]();
      one.move(10);
    }
    const seen = new Map<string, string[]>();
    const paths = ['/v1/events', '/v1/balance_transactions', '/v1/charges'];
    for (const path of paths) {
      const found: string[] = [];
      for (let page = await list(`${path}?limit=${limit}`, one); page.length > 0; ) {
        found.push(...page.map(({ id }) => id));
        // Every other page is read after the stream has moved on.
        if (found.length % 2 === 0) await one.world.runQueues();
        page = await list(`${path}?limit=${limit}&starting_after=${found.at(-1)}`, one);
      }
      seen.set(path, found);
    }
    const balance = await funds(one);
    await one.world.runQueues();
    for (const path of paths) {
      const all = (await list(`${path}?limit=100`, one)).map(({ id }) => id);
      expect([path, seen.get(path)]).toEqual([path, all]);
    }
    expect(balance).toBe(await funds(one));
    expect(balance).toBe(
      (await list('/v1/balance_transactions?limit=100', one)).reduce((sum, { net = 0 }) => sum + net, 0),
    );
  },
);
