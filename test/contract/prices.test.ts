/** Prices with the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const eventsOf = (type: string, id: string) => eventsWithObject(app, id, type);
const { id: product } = await stripe.products.create({ name: 'Tea' });
const price = (params: Partial<Stripe.PriceCreateParams> = {}) =>
  stripe.prices.create({ currency: 'usd', unit_amount: 900, product, ...params });

describe('prices', () => {
  it('are created with all that they say, and retrieved', async () => {
    const made = await price({
      active: false,
      nickname: 'Standard',
      lookup_key: 'standard',
      metadata: { plan: 'a' },
      tax_behavior: 'inclusive',
    });

    expect(made).toMatchObject({
      id: expect.stringMatching(/^price_[0-9A-Za-z]{22}$/),
      object: 'price',
      active: false,
      billing_scheme: 'per_unit',
      currency: 'usd',
      lookup_key: 'standard',
      metadata: { plan: 'a' },
      nickname: 'Standard',
      product,
      recurring: null,
      tax_behavior: 'inclusive',
      type: 'one_time',
      unit_amount: 900,
    });
    expect(String(made.unit_amount_decimal)).toBe('900');
    expect(made.currency_options).toBeUndefined();
    expect(await stripe.prices.retrieve(made.id, { expand: ['product'] })).toMatchObject({
      id: made.id,
      product: { id: product, object: 'product', name: 'Tea' },
    });
    expect(await eventsOf('price.created', made.id)).toHaveLength(1);
  });

  it('are created with their product', async () => {
    const made = await price({
      product: undefined,
      product_data: { id: 'with-price', name: 'Coffee', unit_label: 'cup', metadata: { a: '1' } },
    } as never);

    expect(made.product).toBe('with-price');
    expect(await stripe.products.retrieve('with-price')).toMatchObject({
      name: 'Coffee',
      unit_label: 'cup',
      metadata: { a: '1' },
      default_price: null,
    });
    expect(await eventsOf('product.created', 'with-price')).toHaveLength(1);
    expect(
      await thrown(
        stripe.prices.create({ currency: 'usd', unit_amount: 1, product_data: { id: 'with-price', name: 'x' } }),
      ),
    ).toMatchObject({ code: 'resource_already_exists', param: 'product_data[id]' });
  });

  it('take a decimal that is whole, and no fraction of a minor unit', async () => {
    const of = (decimal: string) =>
      stripe.prices.create({ currency: 'usd', product, unit_amount_decimal: decimal } as never);

    expect(await of('1250.00')).toMatchObject({ unit_amount: 1_250 });
    expect(await thrown(of('0.5'))).toMatchObject({
      statusCode: 400,
      param: 'unit_amount_decimal',
      message: expect.stringContaining('whole minor units'),
    });
    expect(await thrown(of('-5'))).toMatchObject({ statusCode: 400, param: 'unit_amount_decimal' });
  });

  it.each([
    [{ unit_amount: undefined }, 'unit_amount', 'parameter_missing'],
    [{ unit_amount_decimal: '900' }, 'unit_amount', 'parameters_exclusive'],
    [{ unit_amount: -1 }, 'unit_amount', 'parameter_invalid_integer'],
    [{ unit_amount: 100_000_000 }, 'unit_amount', 'amount_too_large'],
    [{ currency: 'kwd', unit_amount: 1_001 }, 'unit_amount', 'parameter_invalid_integer'],
    [{ currency: 'zzz' }, 'currency', undefined],
    [{ product: undefined }, 'product', 'parameter_missing'],
    [{ product_data: { name: 'x' } }, 'product', 'parameters_exclusive'],
    [{ product: 'prod_none' }, 'product', 'resource_missing'],
    [{ recurring: { interval: 'month' } }, 'recurring', undefined],
    [{ custom_unit_amount: { enabled: true } }, 'custom_unit_amount', undefined],
    [{ billing_scheme: 'tiered' }, 'billing_scheme', undefined],
    [{ tiers: [{ up_to: 'inf', unit_amount: 1 }] }, 'tiers', undefined],
    [{ tiers_mode: 'volume' }, 'tiers_mode', undefined],
    [{ transform_quantity: { divide_by: 10, round: 'up' } }, 'transform_quantity', undefined],
    [{ lookup_key: 'x'.repeat(201) }, 'lookup_key', undefined],
    [{ currency_options: { zzz: { unit_amount: 1 } } }, 'currency_options[zzz]', undefined],
    [{ currency_options: { usd: { unit_amount: 1 } } }, 'currency_options[usd]', undefined],
    [
      { currency_options: { eur: { tax_behavior: 'inclusive' } } },
      'currency_options[eur][unit_amount]',
      'parameter_missing',
    ],
    [
      { currency_options: { jpy: { unit_amount: 100_000_000 } } },
      'currency_options[jpy][unit_amount]',
      'amount_too_large',
    ],
  ])('refuse %j', async (params, param, code) => {
    const given = Object.fromEntries(
      Object.entries({ currency: 'usd', unit_amount: 900, product, ...params }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    expect(await thrown(stripe.prices.create(given as never))).toMatchObject({ statusCode: 400, param, code });
  });

  it('have amounts in other currencies, which are shown when expanded, and changed one by one', async () => {
    const { id } = await price({
      currency_options: { eur: { unit_amount: 800, tax_behavior: 'exclusive' }, jpy: { unit_amount: 120 } },
    });
    const options = async () => {
      const { currency_options: shown } = await stripe.prices.retrieve(id, { expand: ['currency_options'] });
      return Object.fromEntries(Object.entries(shown!).map(([name, option]) => [name, option.unit_amount]));
    };

    expect(await options()).toEqual({ usd: 900, eur: 800, jpy: 120 });
    await stripe.prices.update(id, { currency_options: { jpy: { unit_amount: 130 }, gbp: { unit_amount: 700 } } });
    expect(await options()).toEqual({ usd: 900, eur: 800, jpy: 130, gbp: 700 });
    expect(
      await thrown(stripe.prices.update(id, { currency_options: { eur: { tax_behavior: 'inclusive' } } })),
    ).toMatchObject({ statusCode: 400, param: 'currency_options[eur][tax_behavior]' });
    expect(await thrown(stripe.prices.update(id, { currency_options: { usd: { unit_amount: 1 } } }))).toMatchObject({
      statusCode: 400,
      param: 'currency_options[usd]',
    });
    expect(
      await thrown(stripe.prices.update(id, { currency_options: { chf: { tax_behavior: 'inclusive' } } })),
    ).toMatchObject({ code: 'parameter_missing', param: 'currency_options[chf][unit_amount]' });
    await stripe.prices.update(id, { currency_options: '' });
    expect(await options()).toEqual({ usd: 900 });
    expect(await eventsOf('price.updated', id)).toHaveLength(2);
  });

  it('are updated member by member; the amount is no parameter of an update', async () => {
    const { id } = await price({ nickname: 'A', metadata: { keep: '1', drop: '2' } });

    const updated = await stripe.prices.update(id, {
      active: false,
      nickname: '',
      metadata: { drop: '' },
      tax_behavior: 'exclusive',
    });

    expect(updated).toMatchObject({
      active: false,
      nickname: null,
      metadata: { keep: '1' },
      tax_behavior: 'exclusive',
    });
    expect(await thrown(stripe.prices.update(id, { tax_behavior: 'inclusive' }))).toMatchObject({
      statusCode: 400,
      param: 'tax_behavior',
    });
    expect(await thrown(stripe.prices.update(id, { unit_amount: 1 } as never))).toMatchObject({
      code: 'parameter_unknown',
    });
    expect(await thrown(stripe.prices.update('price_none', {}))).toMatchObject({ statusCode: 404, param: 'price' });
    const [event] = await eventsOf('price.updated', id);
    expect(event!.data.previous_attributes).toMatchObject({ active: true, nickname: 'A' });
  });

  it('are listed by product, currency, activity and type', async () => {
    const shop = app.client({ key: (await app.newMerchant()).test.secretKey });
    const of = (name: string, params: Partial<Stripe.PriceCreateParams>) =>
      shop.prices.create({ currency: 'usd', unit_amount: 1, product_data: { id: name, name }, ...params });
    const [tea, book] = [await of('tea', {}), await of('book', { currency: 'eur', active: false })];
    const more = await shop.prices.create({ currency: 'eur', unit_amount: 2, product: 'tea' });
    const listed = async (params: Stripe.PriceListParams) => (await shop.prices.list(params)).data.map(({ id }) => id);

    expect(await listed({})).toEqual([more.id, book.id, tea.id]);
    expect(await listed({ product: 'tea' })).toEqual([more.id, tea.id]);
    expect(await listed({ product: 'tea', currency: 'eur' })).toEqual([more.id]);
    expect(await listed({ active: false })).toEqual([book.id]);
    expect(await listed({ type: 'one_time', starting_after: more.id })).toEqual([book.id, tea.id]);
    expect(await listed({ type: 'recurring' })).toEqual([]);
    expect(await listed({ recurring: { interval: 'month' } })).toEqual([]);
    expect(await thrown(shop.prices.list({ product: 'none' }))).toMatchObject({ code: 'resource_missing' });
    const [shown] = (await shop.prices.list({ product: 'book', expand: ['data.product', 'data.currency_options'] }))
      .data;
    expect(shown).toMatchObject({ product: { name: 'book' }, currency_options: { eur: { unit_amount: 1 } } });
  });
});

describe('a lookup key', () => {
  it('finds its price at once, in one mode', async () => {
    const [a, b] = [await price({ lookup_key: 'find a' }), await price({ lookup_key: 'find b', active: false })];
    const other = app.client({ key: (await app.newMerchant()).test.secretKey });
    const listed = async (params: Stripe.PriceListParams) =>
      (await stripe.prices.list(params)).data.map(({ id }) => id);

    expect(await listed({ lookup_keys: ['find a', 'find b', 'none'] })).toEqual([b.id, a.id]);
    expect(await listed({ lookup_keys: ['find a', 'find b'], active: true })).toEqual([a.id]);
    expect(await listed({ lookup_keys: ['find a', 'find b'], limit: 1, starting_after: b.id })).toEqual([a.id]);
    expect(await listed({ lookup_keys: ['find a'], product })).toEqual([a.id]);
    expect((await other.prices.list({ lookup_keys: ['find a'] })).data).toEqual([]);
    expect(await thrown(stripe.prices.list({ lookup_keys: Array.from({ length: 11 }, String) }))).toMatchObject({
      statusCode: 400,
      param: 'lookup_keys',
    });
  });

  it('belongs to one price, until that gives it up', async () => {
    const first = await price({ lookup_key: 'one owner' });
    const taken = {
      statusCode: 400,
      param: 'lookup_key',
      message: `A price (\`${first.id}\`) already uses that lookup key.`,
    };
    const second = await price();

    expect(await thrown(price({ lookup_key: 'one owner' }))).toMatchObject(taken);
    expect(await thrown(stripe.prices.update(second.id, { lookup_key: 'one owner' }))).toMatchObject(taken);
    await stripe.prices.update(first.id, { lookup_key: '' });
    expect((await stripe.prices.update(second.id, { lookup_key: 'one owner' })).lookup_key).toBe('one owner');
    expect((await stripe.prices.update(second.id, { lookup_key: 'renamed' })).lookup_key).toBe('renamed');
    expect((await price({ lookup_key: 'one owner' })).lookup_key).toBe('one owner');
  });

  it('is transferred: the price that had it has none, and both say so', async () => {
    const first = await price({ lookup_key: 'moved' });
    const second = await price({ lookup_key: 'moved', transfer_lookup_key: true });
    const third = await price();

    await stripe.prices.update(third.id, { lookup_key: 'moved', transfer_lookup_key: true });

    const keys = await Promise.all([first, second, third].map(({ id }) => stripe.prices.retrieve(id)));
    expect(keys.map(({ lookup_key: key }) => key)).toEqual([null, null, 'moved']);
    expect((await stripe.prices.list({ lookup_keys: ['moved'] })).data.map(({ id }) => id)).toEqual([third.id]);
    expect(await eventsOf('price.updated', first.id)).toHaveLength(1);
    expect(await eventsOf('price.updated', second.id)).toHaveLength(1);
  });

  it('has one price after any race for it', async () => {
    const rivals = await Promise.all(Array.from({ length: 4 }, () => price()));
    const retrying = app.client({ maxNetworkRetries: 5 });

    await Promise.all([
      ...rivals.map(({ id }) => retrying.prices.update(id, { lookup_key: 'raced', transfer_lookup_key: true })),
      ...rivals.map(() =>
        retrying.prices.create({
          currency: 'usd',
          unit_amount: 1,
          product,
          lookup_key: 'raced',
          transfer_lookup_key: true,
        }),
      ),
    ]);

    const holders: string[] = [];
    for await (const { id, lookup_key: key } of stripe.prices.list({ product })) if (key === 'raced') holders.push(id);
    expect(holders).toHaveLength(1);
    expect((await stripe.prices.list({ lookup_keys: ['raced'] })).data.map(({ id }) => id)).toEqual(holders);
  });

  it('goes to one of those who want it without a transfer', async () => {
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => price({ lookup_key: 'first come' })));

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('the first prices of a product', () => {
  it('are made side by side', async () => {
    const { id } = await stripe.products.create({ name: 'New' });

    const made = await Promise.all(
      [1, 2, 3, 4, 5].map((amount) => stripe.prices.create({ currency: 'usd', unit_amount: amount, product: id })),
    );

    const listed = (await stripe.prices.list({ product: id })).data.map((one) => one.id);
    expect(listed.toSorted()).toEqual(made.map((one) => one.id).toSorted());
    expect(await eventsOf('product.updated', id)).toEqual([]);
  });
});
