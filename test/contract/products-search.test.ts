/** Search over products and prices with the official SDK. */
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const tea = await stripe.products.create({
  name: 'Green Tea',
  description: 'From the hills',
  metadata: { shelf: '4' },
  shippable: true,
  url: 'https://shop.example/tea',
});
const cup = await stripe.products.create({ name: 'Cup', active: false });
const gone = await stripe.products.create({ name: 'Gone', metadata: { shelf: '4' } });
await stripe.products.del(gone.id);
const box = await stripe.prices.create({
  currency: 'usd',
  unit_amount: 900,
  product: tea.id,
  lookup_key: 'box',
  metadata: { size: 'large' },
});
const bag = await stripe.prices.create({ currency: 'eur', unit_amount: 100, product: cup.id, active: false });
await app.settleDown();

describe('products', () => {
  it.each([
    ['active:"true"', [tea.id]],
    ['active:"false"', [cup.id]],
    ['description~"hills"', [tea.id]],
    ['metadata["shelf"]:"4"', [tea.id]],
    ['name:"green tea"', [tea.id]],
    ['name~"Tea"', [tea.id]],
    ['shippable:"true"', [tea.id]],
    ['url:"https://shop.example/tea"', [tea.id]],
    ['-name:"Cup" AND active:"true"', [tea.id]],
  ])('are found by %s', async (query, ids) => {
    expect((await stripe.products.search({ query })).data.map(({ id }) => id)).toEqual(ids);
  });

  it('are found by their new name after a change, and not by the old one', async () => {
    const { id } = await stripe.products.create({ name: 'Spoon' });
    await app.settleDown();
    await stripe.products.update(id, { name: 'Fork' });
    await app.settleDown();

    expect((await stripe.products.search({ query: 'name:"Spoon"' })).data).toEqual([]);
    expect((await stripe.products.search({ query: 'name:"Fork"' })).data.map((one) => one.id)).toEqual([id]);
  });

  it('are not searched by a field that Stripe does not search by', async () => {
    expect(await thrown(stripe.products.search({ query: 'created>0' }))).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('unsupported search field for resource `products`'),
    });
  });
});

describe('prices', () => {
  it.each([
    ['active:"true"', [box.id]],
    ['currency:"eur"', [bag.id]],
    ['lookup_key:"box"', [box.id]],
    ['metadata["size"]:"large"', [box.id]],
    [`product:"${cup.id}"`, [bag.id]],
    ['type:"one_time"', [bag.id, box.id]],
    ['type:"recurring"', []],
  ])('are found by %s', async (query, ids) => {
    expect((await stripe.prices.search({ query })).data.map(({ id }) => id)).toEqual(ids);
  });
});
