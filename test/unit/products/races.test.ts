/** Requests on products and prices between whose reads and commit another request commits, and requests that are sent again after a crash. */
import { describe, expect, it } from 'vitest';
import { type Simulation, simulate } from '../../world/simulation.ts';

type Params = Readonly<Record<string, string>>;
const post = async (sim: Simulation, path: string, params: Params = {}, key?: string) => {
  const { status, body } = await sim.request('POST', path, { ...params }, key);
  return { status, body: body as Record<string, unknown> & { id: string; error?: Record<string, unknown> } };
};
const get = async (sim: Simulation, path: string) => (await sim.request('GET', path)).body;
const PRICE = { currency: 'usd', unit_amount: '900' };

/** Carries out `meanwhile` right before the next commit that puts a record of this kind. */
function beforeCommitOf(sim: Simulation, kind: string, meanwhile: () => Promise<unknown>): void {
  sim.world.table.onCall = async ({ operation, when, writes }) => {
    const isMeant = writes.some((write) => write.kind === 'put' && write.item.kind === kind);
    if (operation !== 'commit' || when !== 'before' || !isMeant) return;
    sim.world.table.onCall = undefined;
    await meanwhile();
  };
}

async function shop() {
  const sim = await simulate();
  const product = (await post(sim, '/v1/products', { name: 'Tea' })).body.id;
  const price = (await post(sim, '/v1/prices', { ...PRICE, product })).body.id;
  return { sim, product, price };
}

describe('a default price', () => {
  it('is not set when the price is archived meanwhile', async () => {
    const { sim, product, price } = await shop();
    beforeCommitOf(sim, 'product', () => post(sim, `/v1/prices/${price}`, { active: 'false' }));

    const { status, body } = await post(sim, `/v1/products/${product}`, { default_price: price });

    expect([status, body.error?.code]).toEqual([429, 'lock_timeout']);
    expect((await get(sim, `/v1/products/${product}`)).default_price).toBeNull();
  });

  it('is not archived when it becomes one meanwhile', async () => {
    const { sim, product, price } = await shop();
    beforeCommitOf(sim, 'price', () => post(sim, `/v1/products/${product}`, { default_price: price }));

    const { status, body } = await post(sim, `/v1/prices/${price}`, { active: 'false' });

    expect([status, body.error?.param]).toEqual([400, 'active']);
    expect((await get(sim, `/v1/prices/${price}`)).active).toBe(true);
  });
});

describe('an id of the choice of the merchant', () => {
  it('is refused to the request that commits second', async () => {
    const sim = await simulate();
    const create = (name: string) => post(sim, '/v1/products', { id: 'tea', name });
    beforeCommitOf(sim, 'product', () => create('First'));

    const { status, body } = await create('Second');

    expect([status, body.error?.code]).toEqual([400, 'resource_already_exists']);
    expect((await get(sim, '/v1/products/tea')).name).toBe('First');
    expect((await get(sim, '/v1/products')).data).toHaveLength(1);
  });

  it('is refused to the product of a new price that commits second', async () => {
    const sim = await simulate();
    beforeCommitOf(sim, 'price', () => post(sim, '/v1/products', { id: 'tea', name: 'First' }));

    const { status, body } = await post(sim, '/v1/prices', {
      ...PRICE,
      'product_data[id]': 'tea',
      'product_data[name]': 'Second',
    });

    expect([status, body.error?.param]).toEqual([400, 'product_data[id]']);
    expect((await get(sim, '/v1/prices')).data).toEqual([]);
  });
});

describe('a lookup key', () => {
  it('that another price takes meanwhile is refused', async () => {
    const { sim, product } = await shop();
    const create = () => post(sim, '/v1/prices', { ...PRICE, product, lookup_key: 'box' });
    beforeCommitOf(sim, 'price', create);

    const { status, body } = await create();

    expect([status, body.error?.param]).toEqual([400, 'lookup_key']);
    expect((await get(sim, '/v1/prices?lookup_keys[]=box')).data).toHaveLength(1);
    expect((await get(sim, '/v1/prices')).data).toHaveLength(2);
  });

  it('that another price takes meanwhile is taken from that one by a transfer', async () => {
    const { sim, product, price } = await shop();
    const rival = (await post(sim, '/v1/prices', { ...PRICE, product })).body.id;
    const take = (id: string) =>
      post(sim, `/v1/prices/${id}`, { lookup_key: 'box', transfer_lookup_key: 'true', nickname: 'Box' });
    beforeCommitOf(sim, 'price', () => take(rival));

    expect((await take(price)).body.lookup_key).toBe('box');

    expect(await get(sim, `/v1/prices/${rival}`)).toMatchObject({ lookup_key: null, nickname: 'Box' });
    expect((await get(sim, '/v1/prices?lookup_keys[]=box')).data).toMatchObject([{ id: price }]);
  });

  it('is not taken from a price that gives it up meanwhile and that another one then has', async () => {
    const { sim, product, price } = await shop();
    const rival = (await post(sim, '/v1/prices', { ...PRICE, product })).body.id;
    await post(sim, `/v1/prices/${price}`, { lookup_key: 'box' });
    beforeCommitOf(sim, 'price', async () => {
      await post(sim, `/v1/prices/${price}`, { lookup_key: '' });
      await post(sim, `/v1/prices/${rival}`, { lookup_key: 'box' });
    });

    const { body } = await post(sim, '/v1/prices', {
      ...PRICE,
      product,
      lookup_key: 'box',
      transfer_lookup_key: 'true',
    });

    expect((await get(sim, `/v1/prices/${rival}`)).lookup_key).toBeNull();
    expect((await get(sim, '/v1/prices?lookup_keys[]=box')).data).toMatchObject([{ id: body.id }]);
  });
});

describe('a list by lookup key', () => {
  it('shows the price that has the key, also while it is transferred', async () => {
    const { sim, product, price } = await shop();
    await post(sim, `/v1/prices/${price}`, { lookup_key: 'box' });
    // The item of the key has been read, and its price not yet.
    sim.world.table.onCall = async ({ operation, when }) => {
      if (operation !== 'get' || when !== 'after') return;
      sim.world.table.onCall = undefined;
      await post(sim, '/v1/prices', { ...PRICE, product, lookup_key: 'box', transfer_lookup_key: 'true' });
    };

    const shown = (await get(sim, '/v1/prices?lookup_keys[]=box')).data;

    expect(shown).toMatchObject([{ lookup_key: 'box' }]);
    expect(sim.world.table.onCall).toBeUndefined();
  });
});

describe('the first price of a product', () => {
  it('is not made when the product is deleted meanwhile', async () => {
    const sim = await simulate();
    const product = (await post(sim, '/v1/products', { name: 'Tea' })).body.id;
    beforeCommitOf(sim, 'price', () => sim.request('DELETE', `/v1/products/${product}`));

    const { status, body } = await post(sim, '/v1/prices', { ...PRICE, product });

    expect([status, body.error?.code]).toEqual([400, 'resource_missing']);
    expect((await get(sim, '/v1/prices')).data).toEqual([]);
  });

  it('keeps the product when both are asked for at once', async () => {
    const sim = await simulate();
    const product = (await post(sim, '/v1/products', { name: 'Tea' })).body.id;
    beforeCommitOf(sim, 'product', () => post(sim, '/v1/prices', { ...PRICE, product }));

    const { status } = await sim.request('DELETE', `/v1/products/${product}`);

    expect(status).toBe(429);
    expect((await get(sim, `/v1/products/${product}`)).name).toBe('Tea');
  });

  it('is made beside a change of the product', async () => {
    const sim = await simulate();
    const product = (await post(sim, '/v1/products', { name: 'Tea' })).body.id;
    beforeCommitOf(sim, 'price', () => post(sim, `/v1/products/${product}`, { name: 'Green tea' }));

    expect((await post(sim, '/v1/prices', { ...PRICE, product })).status).toBe(200);

    expect((await get(sim, `/v1/products/${product}`)).name).toBe('Green tea');
  });
});

it('two changes of a price at once are both made', async () => {
  const { sim, price } = await shop();
  beforeCommitOf(sim, 'price', () => post(sim, `/v1/prices/${price}`, { 'metadata[a]': '1' }));

  await post(sim, `/v1/prices/${price}`, { nickname: 'Box' });

  expect(await get(sim, `/v1/prices/${price}`)).toMatchObject({ nickname: 'Box', metadata: { a: '1' } });
});

it.each([
  [
    '/v1/products',
    { id: 'again', name: 'Tea', 'default_price_data[currency]': 'usd', 'default_price_data[unit_amount]': '1' },
  ],
  ['/v1/prices', { ...PRICE, 'product_data[id]': 'again', 'product_data[name]': 'Tea', lookup_key: 'box' }],
])('POST %s that crashes after its commit is the same object when it is sent again', async (path, params) => {
  const sim = await simulate();
  sim.world.table.onCall = ({ operation, when, writes }) => {
    if (operation !== 'commit' || when !== 'after' || writes.every(({ table }) => table !== 'payments')) return;
    sim.world.table.onCall = undefined;
    throw new Error('crashed');
  };
  const first = await post(sim, path, params, 'a key');
  sim.move(60_000);

  const second = await post(sim, path, params, 'a key');

  expect([first.status, second.status]).toEqual([500, 200]);
  expect((await get(sim, path)).data).toMatchObject([{ id: second.body.id }]);
  expect((await get(sim, '/v1/products')).data).toHaveLength(1);
});
