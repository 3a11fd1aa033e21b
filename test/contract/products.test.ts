/** Products with the official SDK. */
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const eventsOf = (type: string, id: string) => eventsWithObject(app, id, type);

describe('products', () => {
  it('are created with all that describes them, and retrieved', async () => {
    const made = await stripe.products.create({
      name: 'Tea',
      description: 'Green',
      active: false,
      images: ['https://shop.example/tea.png'],
      marketing_features: [{ name: 'Fresh' }],
      metadata: { shelf: '4' },
      package_dimensions: { height: 10, length: 4.25, weight: 8, width: 4 },
      shippable: true,
      statement_descriptor: 'TEA',
      tax_code: 'txcd_99999999',
      unit_label: 'box',
      url: 'https://shop.example/tea',
    });

    expect(made).toMatchObject({
      id: expect.stringMatching(/^prod_[0-9A-Za-z]{22}$/),
      object: 'product',
      name: 'Tea',
      description: 'Green',
      active: false,
      default_price: null,
      images: ['https://shop.example/tea.png'],
      livemode: false,
      marketing_features: [{ name: 'Fresh' }],
      metadata: { shelf: '4' },
      package_dimensions: { height: 10, length: 4.25, weight: 8, width: 4 },
      shippable: true,
      statement_descriptor: 'TEA',
      tax_code: 'txcd_99999999',
      type: 'service',
      unit_label: 'box',
      updated: made.created,
      url: 'https://shop.example/tea',
    });
    const { lastResponse: _, ...object } = made;
    expect(await stripe.products.retrieve(made.id)).toEqual(object);
    expect(await eventsOf('product.created', made.id)).toHaveLength(1);
  });

  it('are updated member by member: an empty value removes one, and the event shows the previous values', async () => {
    const { id } = await stripe.products.create({
      name: 'Tea',
      description: 'Green',
      images: ['https://shop.example/tea.png'],
      metadata: { keep: '1', drop: '2' },
      package_dimensions: { height: 1, length: 1, weight: 1, width: 1 },
      url: 'https://shop.example/tea',
    });

    const updated = await stripe.products.update(id, {
      active: false,
      description: '',
      images: '',
      metadata: { drop: '', more: '3' },
      name: 'Black tea',
      package_dimensions: '',
      url: '',
    });

    expect(updated).toMatchObject({
      active: false,
      description: null,
      images: [],
      metadata: { keep: '1', more: '3' },
      name: 'Black tea',
      package_dimensions: null,
      url: null,
    });
    const [event] = await eventsOf('product.updated', id);
    expect(event!.data.previous_attributes).toMatchObject({
      active: true,
      description: 'Green',
      images: ['https://shop.example/tea.png'],
      metadata: { drop: '2', more: null },
      name: 'Tea',
      url: 'https://shop.example/tea',
    });
  });

  it('announce no update that changes nothing', async () => {
    const { id } = await stripe.products.create({ name: 'Tea' });

    await stripe.products.update(id, { name: 'Tea' });

    expect(await eventsOf('product.updated', id)).toEqual([]);
  });

  it('have an id of the choice of the merchant, once in a mode, until they are deleted', async () => {
    const made = await stripe.products.create({ id: 'tea-1.green_box', name: 'Tea' });
    const again = () => stripe.products.create({ id: 'tea-1.green_box', name: 'Other' });

    expect(made.id).toBe('tea-1.green_box');
    expect(await stripe.products.update(made.id, { description: 'x' })).toMatchObject({ id: made.id });
    expect(await thrown(again())).toMatchObject({
      statusCode: 400,
      code: 'resource_already_exists',
      param: 'id',
      message: 'Product already exists.',
    });
    expect(await stripe.products.del(made.id)).toEqual({ id: made.id, object: 'product', deleted: true });
    expect(await again()).toMatchObject({ id: made.id, name: 'Other', description: null });
  });

  it('with an id that two requests choose at once are one', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => stripe.products.create({ id: 'wanted', name: 'Tea' })),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await stripe.products.list({ ids: ['wanted'] })).data).toHaveLength(1);
  });

  it('may have in this mode the id that another one has in another, also of our own form', async () => {
    const other = app.client({ key: (await app.newMerchant()).test.secretKey });
    const { id } = await other.products.create({ name: 'Tea' });

    expect(await stripe.products.create({ id, name: 'Copy' })).toMatchObject({ id, name: 'Copy' });
    expect(await thrown(stripe.products.create({ id, name: 'x' }))).toMatchObject({ code: 'resource_already_exists' });
    expect(await thrown(other.products.create({ id, name: 'x' }))).toMatchObject({ code: 'resource_already_exists' });
    expect(await other.products.retrieve(id)).toMatchObject({ name: 'Tea' });
  });

  it.each(['search', 'a/b', '..', 'a b', 'x'.repeat(256)])(
    'refuse the id %s, which no address can name',
    async (id) => {
      expect(await thrown(stripe.products.create({ id, name: 'Tea' }))).toMatchObject({ statusCode: 400, param: 'id' });
    },
  );

  it('are listed newest first by pages, also from an id of the choice of the merchant', async () => {
    const shop = app.client({ key: (await app.newMerchant()).test.secretKey });
    const made: string[] = [];
    for (const id of ['one', undefined, 'three', undefined])
      made.unshift((await shop.products.create({ name: 'Tea', ...(id && { id }) })).id);

    const paged: string[] = [];
    for await (const { id } of shop.products.list({ limit: 1 })) paged.push(id);

    expect(paged).toEqual(made);
    expect((await shop.products.list({ ending_before: 'one' })).data.map(({ id }) => id)).toEqual(made.slice(0, 3));
    expect(await thrown(shop.products.list({ starting_after: 'none' }))).toMatchObject({ code: 'resource_missing' });
  });

  it('are listed by what they are', async () => {
    const shop = app.client({ key: (await app.newMerchant()).test.secretKey });
    const [tea, book] = [
      await shop.products.create({ id: 'tea', name: 'Tea', type: 'good', shippable: true }),
      await shop.products.create({ name: 'Book', active: false, url: 'https://shop.example/book' }),
    ];
    await shop.products.del((await shop.products.create({ name: 'Gone' })).id);
    const listed = async (params: Parameters<typeof shop.products.list>[0]) =>
      (await shop.products.list(params)).data.map(({ id }) => id);

    expect(await listed({})).toEqual([book.id, tea.id]);
    expect(await listed({ active: true })).toEqual([tea.id]);
    expect(await listed({ shippable: true })).toEqual([tea.id]);
    expect(await listed({ type: 'good' })).toEqual([tea.id]);
    expect(await listed({ url: 'https://shop.example/book' })).toEqual([book.id]);
    expect(await listed({ ids: ['tea', book.id, 'prod_unknown'] })).toEqual([book.id, tea.id]);
    expect(await listed({ ids: ['tea', book.id], active: false })).toEqual([book.id]);
    expect(await listed({ created: { gt: book.created } })).toEqual([]);
  });

  it.each(['starting_after', 'ending_before'])('are named in a list without %s, as at Stripe', async (cursor) => {
    expect(await thrown(stripe.products.list({ ids: ['prod_1'], [cursor]: 'prod_1' }))).toMatchObject({
      statusCode: 400,
      message: `You may only specify one of these parameters: ids, ${cursor}.`,
      param: 'ids',
    });
  });

  it('are deleted: neither retrieved, listed, updated nor priced', async () => {
    const { id } = await stripe.products.create({ name: 'Gone' });

    expect(await stripe.products.del(id)).toEqual({ id, object: 'product', deleted: true });

    for (const call of [
      () => stripe.products.retrieve(id),
      () => stripe.products.update(id, { name: 'x' }),
      () => stripe.products.del(id),
    ])
      expect(await thrown(call())).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'id' });
    expect(await thrown(stripe.prices.create({ product: id, currency: 'usd', unit_amount: 1 }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'product',
    });
    expect((await stripe.products.list({ ids: [id] })).data).toEqual([]);
    const [event] = await eventsOf('product.deleted', id);
    expect(event!.data.object).toMatchObject({ id, name: 'Gone', object: 'product' });
  });

  it.each([
    [{ name: 'x'.repeat(251) }, 'name'],
    [{ name: 'x', images: Array.from({ length: 9 }, () => 'https://shop.example/') }, 'images'],
    [{ name: 'x', images: ['javascript:alert(1)'] }, 'images[0]'],
    [{ name: 'x', marketing_features: Array.from({ length: 16 }, () => ({ name: 'y' })) }, 'marketing_features'],
    [
      { name: 'x', package_dimensions: { height: 1.234, length: 1, weight: 1, width: 1 } },
      'package_dimensions[height]',
    ],
    [{ name: 'x', statement_descriptor: 'x'.repeat(23) }, 'statement_descriptor'],
    [{ name: 'x', tax_details: { performance_location: 'taxloc_1' } }, 'tax_details'],
    [{ name: 'x', unit_label: 'x'.repeat(13) }, 'unit_label'],
  ])('refuse what is too large, or is not served: %j', async (params, param) => {
    expect(await thrown(stripe.products.create(params))).toMatchObject({ statusCode: 400, param });
  });
});

describe('the default price', () => {
  it('is made with the product, in one request', async () => {
    const made = await stripe.products.create({
      name: 'Tea',
      default_price_data: { currency: 'usd', unit_amount: 900, metadata: { a: '1' } },
      expand: ['default_price'],
    });

    expect(made.default_price).toMatchObject({
      object: 'price',
      unit_amount: 900,
      product: made.id,
      active: true,
      metadata: { a: '1' },
    });
    const { id } = made.default_price as { id: string };
    expect(await eventsOf('product.created', made.id)).toHaveLength(1);
    expect(await eventsOf('price.created', id)).toHaveLength(1);
  });

  it('is another active one of the product, and cannot be archived', async () => {
    const product = await stripe.products.create({
      name: 'Tea',
      default_price_data: { currency: 'usd', unit_amount: 900 },
    });
    const price = (params: object = {}) =>
      stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 500, ...params });
    const [next, inactive] = [await price(), await price({ active: false })];
    const foreign = await stripe.prices.create({ product_data: { name: 'x' }, currency: 'usd', unit_amount: 1 });
    const become = (id: string) => stripe.products.update(product.id, { default_price: id });

    expect((await become(next.id)).default_price).toBe(next.id);
    for (const id of [inactive.id, foreign.id, 'price_none'])
      expect(await thrown(become(id))).toMatchObject({ statusCode: 400, param: 'default_price' });
    expect(await thrown(stripe.prices.update(next.id, { active: false }))).toMatchObject({
      statusCode: 400,
      message: 'This price cannot be archived because it is the default price of its product.',
    });
    expect((await become('')).default_price).toBeNull();
    expect((await stripe.prices.update(next.id, { active: false })).active).toBe(false);
  });

  it('is active, also when it is chosen and archived at once', async () => {
    for (let round = 0; round < 5; round++) {
      const product = await stripe.products.create({ name: 'Tea' });
      const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 500 });
      await Promise.allSettled([
        stripe.products.update(product.id, { default_price: price.id }),
        stripe.prices.update(price.id, { active: false }),
      ]);

      const { default_price: chosen } = await stripe.products.retrieve(product.id);
      const { active } = await stripe.prices.retrieve(price.id);
      expect(chosen === null || active).toBe(true);
    }
  });

  it('keeps the product from being deleted, as every price does', async () => {
    const product = await stripe.products.create({ name: 'Tea' });
    await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 500, active: false });

    expect(await thrown(stripe.products.del(product.id))).toMatchObject({
      statusCode: 400,
      message: 'This product cannot be deleted because it has one or more user-created prices.',
    });
  });

  it('is not made for a product that is deleted at once', async () => {
    for (let round = 0; round < 5; round++) {
      const { id } = await stripe.products.create({ name: 'Tea' });
      const [price, deleted] = await Promise.allSettled([
        stripe.prices.create({ product: id, currency: 'usd', unit_amount: 500 }),
        stripe.products.del(id),
      ]);

      expect([price.status, deleted.status].filter((status) => status === 'fulfilled')).toHaveLength(1);
    }
  });
});
