/** Line items that name stored prices and products, and what line items describe, with the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const product = await stripe.products.create({ name: 'Tea', description: 'Green' });
const price = (params: Partial<Stripe.PriceCreateParams> = {}) =>
  stripe.prices.create({ currency: 'usd', unit_amount: 900, product: product.id, ...params });
type Item = Stripe.Checkout.SessionCreateParams.LineItem;
const session = (line_items: Item[], params: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
  stripe.checkout.sessions.create({ mode: 'payment', success_url: 'https://shop.example/', line_items, ...params });
const described = (params: object = {}): Item => ({
  quantity: 1,
  price_data: { currency: 'usd', unit_amount: 700, product_data: { name: 'Cup', metadata: { a: '1' } }, ...params },
});
const linesOf = async ({ id }: { id: string }, expand: string[] = []) =>
  (await stripe.checkout.sessions.listLineItems(id, { expand })).data;

describe('a line item of a stored price', () => {
  it('has the amount, and shows the price', async () => {
    const stored = await price({ nickname: 'Box' });

    const made = await session([{ price: stored.id, quantity: 3, metadata: { shelf: '4' } }, described()]);

    expect(made.amount_total).toBe(3_400);
    const [first, second] = await linesOf(made, ['data.price.product']);
    expect(first).toMatchObject({
      amount_total: 2_700,
      currency: 'usd',
      description: 'Tea',
      metadata: { shelf: '4' },
      quantity: 3,
      price: {
        id: stored.id,
        active: true,
        nickname: 'Box',
        unit_amount: 900,
        product: { id: product.id, name: 'Tea' },
      },
    });
    expect(second).toMatchObject({ amount_total: 700, price: { active: false, product: { name: 'Cup' } } });
    const expanded = await stripe.checkout.sessions.retrieve(made.id, { expand: ['line_items.data.price.product'] });
    expect(expanded.line_items!.data[0]).toMatchObject({ price: { id: stored.id, product: { id: product.id } } });
  });

  it('is paid in the currency of the session, for the amount that the price had when the session was made', async () => {
    const stored = await price({ currency_options: { eur: { unit_amount: 800 } } });
    const made = await session([{ price: stored.id, quantity: 2 }], { currency: 'eur' });
    await stripe.prices.update(stored.id, { active: false, currency_options: { eur: { unit_amount: 1_800 } } });

    await stripe.rawRequest('POST', `/v1/test_helpers/checkout/sessions/${made.id}/complete`);

    const paid = await stripe.checkout.sessions.retrieve(made.id, { expand: ['payment_intent'] });
    expect(paid).toMatchObject({
      amount_total: 1_600,
      currency: 'eur',
      payment_status: 'paid',
      payment_intent: { amount: 1_600, currency: 'eur' },
    });
    const [line] = await linesOf(made);
    expect(line).toMatchObject({ amount_total: 1_600, currency: 'eur', price: { active: false, currency: 'usd' } });
  });

  it('names one price, of the merchant, active, of an active product and with an amount in the currency', async () => {
    const stored = await price();
    const archived = await price({ active: false });
    const idle = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 900,
      product_data: { name: 'Idle', active: false },
    });
    const other = await app
      .client({ key: (await app.newMerchant()).test.secretKey })
      .prices.create({ currency: 'usd', unit_amount: 900, product_data: { name: 'x' } });
    const [inline] = await linesOf(await session([described()]));
    const refused = (items: object[], params: object = {}) => thrown(session(items, params));
    const param = 'line_items[0][price]';

    expect(await refused([{ price: archived.id, quantity: 1 }])).toMatchObject({
      param,
      message: 'The price specified is inactive. This field only accepts active prices.',
    });
    expect(await refused([{ price: inline!.price!.id, quantity: 1 }])).toMatchObject({
      param,
      message: 'The price specified is inactive. This field only accepts active prices.',
    });
    expect(await refused([{ price: idle.id, quantity: 1 }])).toMatchObject({
      param,
      message: `Price \`${idle.id}\` is not available to be purchased because its product is not active.`,
    });
    for (const id of [other.id, 'price_none', `price_${'0'.repeat(24)}`])
      expect(await refused([{ price: id, quantity: 1 }])).toMatchObject({
        statusCode: 400,
        code: 'resource_missing',
        param,
      });
    expect(await refused([{ price: stored.id, quantity: 1 }], { currency: 'eur' })).toMatchObject({
      param,
      message: "The price specified only supports `usd`. This doesn't match the expected currency: `eur`.",
    });
    expect(await refused([{ price: stored.id, quantity: 1 }, described({ currency: 'eur' })])).toMatchObject({
      param: 'line_items[1][price_data][currency]',
    });
    expect(await refused([{ ...described(), price: stored.id }])).toMatchObject({
      code: 'parameters_exclusive',
      param,
    });
    expect(await refused([{ quantity: 1 }])).toMatchObject({ code: 'parameter_missing' });
    expect(await refused([{ price: stored.id, quantity: 1_000_000 }])).toMatchObject({ code: 'amount_too_large' });
    expect(await refused([{ price: (await price({ unit_amount: 0 })).id, quantity: 1 }])).toMatchObject({
      code: 'amount_too_small',
    });
  });
});

describe('a line item that describes a price of a stored product', () => {
  it('has the name of the product, which can no longer be deleted', async () => {
    const { id } = await stripe.products.create({ id: 'cup', name: 'Stored cup' });

    const made = await session([described({ product: id, product_data: undefined })]);

    const [line] = await linesOf(made, ['data.price.product']);
    expect(line).toMatchObject({ description: 'Stored cup', price: { product: { id, active: true } } });
    const { product: named } = await stripe.prices.retrieve(line!.price!.id);
    expect(named).toBe(id);
    expect(await thrown(stripe.products.retrieve(line!.price!.id.replace('price_', 'prod_')))).toMatchObject({
      statusCode: 404,
    });
    expect(await thrown(stripe.products.del(id))).toMatchObject({ statusCode: 400 });
  });

  it('names an active product of the merchant, and describes no other', async () => {
    const idle = await stripe.products.create({ name: 'Idle', active: false });
    const refused = (params: object) => thrown(session([described(params)]));
    const param = 'line_items[0][price_data][product]';

    expect(await refused({ product: idle.id, product_data: undefined })).toMatchObject({ statusCode: 400, param });
    expect(await refused({ product: 'prod_none', product_data: undefined })).toMatchObject({
      code: 'resource_missing',
      param,
    });
    expect(await refused({ product: product.id })).toMatchObject({ code: 'parameters_exclusive', param });
    expect(await refused({ product_data: undefined })).toMatchObject({ code: 'parameter_missing' });
  });
});

describe('the price and product that a line item describes', () => {
  it('are retrieved as the line item shows them', async () => {
    const [line] = await linesOf(await session([described()]), ['data.price.product']);
    const shown = line!.price!;
    const { id } = shown.product as Stripe.Product;

    const found = await stripe.prices.retrieve(shown.id, { expand: ['product'] });
    expect(found).toEqual(expect.objectContaining({ ...shown }));
    expect(found).toMatchObject({ active: false, unit_amount: 700, product: { id, name: 'Cup' } });
    expect(await stripe.products.retrieve(id)).toMatchObject({ active: false, name: 'Cup', metadata: { a: '1' } });
  });

  it('are the merchant’s own, and cannot be changed, deleted or replaced', async () => {
    const [line] = await linesOf(await session([described()]));
    const { id, product: described_product } = line!.price!;
    const productId = described_product as string;
    const other = app.client({ key: (await app.newMerchant()).test.secretKey });

    expect(await thrown(other.prices.retrieve(id))).toMatchObject({ statusCode: 404, param: 'price' });
    expect(await thrown(other.products.retrieve(productId))).toMatchObject({ statusCode: 404 });
    for (const call of [
      () => stripe.prices.update(id, { nickname: 'x' }),
      () => stripe.products.update(productId, { name: 'x' }),
      () => stripe.products.del(productId),
    ])
      expect(await thrown(call())).toMatchObject({ statusCode: 400, message: expect.stringMatching(/cannot be/) });
    expect(await thrown(stripe.products.create({ id: productId, name: 'x' }))).toMatchObject({
      code: 'resource_already_exists',
    });
  });
});
