/** Checkout Sessions with the official SDK: created, changed and listed. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { checkoutOf, item, PAYMENT, SETUP } from '../scenarios/checkout-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { open, complete } = checkoutOf(app);

type Create = Stripe.Checkout.SessionCreateParams;

describe('a session', () => {
  it('is created from its parameters, open, unpaid, and without a page', async () => {
    const session = await open({
      line_items: [item(1500, 2), item(250, 1, { product_data: { name: 'Cup' } })],
      cancel_url: 'https://shop.example/cart',
      success_url: 'https://shop.example/done?id={CHECKOUT_SESSION_ID}',
      client_reference_id: 'order 7',
      customer_email: 'jo@example.com',
      locale: 'fr',
      metadata: { order: '7' },
      submit_type: 'book',
    });

    expect(session).toMatchObject({
      id: expect.stringMatching(/^cs_test_[0-9A-Za-z]{22}$/),
      object: 'checkout.session',
      amount_subtotal: 3250,
      amount_total: 3250,
      cancel_url: 'https://shop.example/cart',
      client_reference_id: 'order 7',
      currency: 'usd',
      customer: null,
      customer_creation: 'if_required',
      customer_details: { email: 'jo@example.com', name: null },
      customer_email: 'jo@example.com',
      livemode: false,
      locale: 'fr',
      metadata: { order: '7' },
      mode: 'payment',
      payment_intent: null,
      payment_status: 'unpaid',
      setup_intent: null,
      status: 'open',
      submit_type: 'book',
      success_url: 'https://shop.example/done?id={CHECKOUT_SESSION_ID}',
      total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
      ui_mode: 'hosted_page',
      url: null,
    });
    expect(session.expires_at - session.created).toBe(86_400);
    expect(session).not.toHaveProperty('line_items');
    expect(await stripe.checkout.sessions.retrieve(session.id)).toEqual(session);
  });

  it('lists what it sells in order, with the price and product that were described', async () => {
    const product_data = {
      name: 'Tea',
      description: 'Loose leaves',
      images: ['https://shop.example/tea.jpg'],
      metadata: { sku: 'T1' },
    };
    const session = await open({
      line_items: [{ ...item(1500, 2, { product_data }), metadata: { row: '1' } }, item(250, 1)],
    });

    const page = await stripe.checkout.sessions.listLineItems(session.id, { limit: 1 });
    const rest = await stripe.checkout.sessions.listLineItems(session.id, { starting_after: page.data[0]!.id });
    const { line_items: expanded } = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['line_items.data.price.product'],
    });

    expect(page).toMatchObject({
      object: 'list',
      has_more: true,
      url: `/v1/checkout/sessions/${session.id}/line_items`,
      data: [
        {
          object: 'item',
          amount_subtotal: 3000,
          amount_total: 3000,
          currency: 'usd',
          description: 'Tea',
          metadata: { row: '1' },
          price: { object: 'price', active: false, type: 'one_time', unit_amount: 1500, recurring: null },
          quantity: 2,
        },
      ],
    });
    expect(rest).toMatchObject({ has_more: false, data: [{ amount_total: 250, quantity: 1 }] });
    expect(expanded!.data.map(({ price }) => price!.product)).toMatchObject([
      { object: 'product', ...product_data },
      { object: 'product', name: 'Tea', images: [] },
    ]);
    expect(
      await thrown(stripe.checkout.sessions.listLineItems(session.id, { starting_after: 'li_nothing' })),
    ).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'starting_after' });
  });

  it('adds up zero-decimal amounts, and 100 line items', async () => {
    const yen = await open({ line_items: [item(120, 3, { currency: 'jpy' })] });
    const many = await open({ line_items: Array.from({ length: 100 }, () => item(1, 1)) });

    expect([yen.amount_total, yen.currency, many.amount_total]).toEqual([360, 'jpy', 100]);
    expect((await stripe.checkout.sessions.listLineItems(many.id, { limit: 100 })).data).toHaveLength(100);
  });

  it.each<[string, Partial<Create> & Record<string, unknown>, object]>([
    ['a total below the least', { line_items: [item(10, 2)] }, { code: 'amount_too_small', param: 'line_items' }],
    ['a total above the most', { line_items: [item(99_999_999, 2)] }, { code: 'amount_too_large' }],
    [
      'two currencies',
      { line_items: [item(), item(900, 1, { currency: 'eur' })] },
      { param: 'line_items[1][price_data][currency]' },
    ],
    ['a currency that its items do not have', { currency: 'eur' }, { param: 'line_items[0][price_data][currency]' }],
    [
      'mills that do not end in 0',
      { line_items: [item(1001, 1, { currency: 'kwd' })] },
      { code: 'parameter_invalid_integer' },
    ],
    ['no line items', { line_items: [] }, { code: 'parameter_missing', param: 'line_items' }],
    ['101 line items', { line_items: Array.from({ length: 101 }, () => item()) }, { param: 'line_items' }],
    ['a quantity of none', { line_items: [item(900, 0)] }, { param: 'line_items[0][quantity]' }],
    [
      'a price that is named and described',
      { line_items: [{ ...item(), price: 'price_1' }] },
      { code: 'parameters_exclusive', param: 'line_items[0][price]' },
    ],
    [
      'a recurring price',
      { line_items: [item(900, 1, { recurring: { interval: 'month' } })] },
      { param: 'line_items[0][price_data][recurring]' },
    ],
    [
      'a product without a name',
      { line_items: [item(900, 1, { product_data: { description: 'x' } })] },
      { code: 'parameter_missing', param: 'line_items[0][price_data][product_data][name]' },
    ],
    ['a subscription', { mode: 'subscription' }, { param: 'mode', message: expect.stringContaining('Billing') }],
    ['an embedded page', { ui_mode: 'embedded_page' }, { param: 'ui_mode' }],
    ['a return_url', { return_url: 'https://shop.example/' }, { param: 'return_url' }],
    ['a page that is none', { success_url: 'shop.example' }, { code: 'url_invalid', param: 'success_url' }],
    [
      'a page that runs where it is led from',
      { cancel_url: 'JavaScript://shop.example/%0Aalert(1)' },
      { code: 'url_invalid', param: 'cancel_url' },
    ],
    ['coupons', { discounts: [{ coupon: 'c' }] }, { param: 'discounts' }],
    ['tax', { automatic_tax: { enabled: true } }, { param: 'automatic_tax[enabled]' }],
    [
      'an application fee',
      { payment_intent_data: { application_fee_amount: 1 } },
      { param: 'payment_intent_data[application_fee_amount]' },
    ],
    ['what a setup is made with', { setup_intent_data: { description: 'x' } }, { param: 'setup_intent_data' }],
    ['a parameter that there is not', { colour: 'red' }, { code: 'parameter_unknown', param: 'colour' }],
    [
      'a customer of another merchant',
      { customer: 'cus_0000000000000000000000' },
      { code: 'resource_missing', param: 'customer' },
    ],
    [
      'a customer and an e-mail address',
      { customer: 'cus_0000000000000000000000', customer_email: 'a@b.example' },
      { code: 'parameters_exclusive', param: 'customer_email' },
    ],
  ])('is not created for %s', async (_what, changes, refusal) => {
    const error = await thrown(open(changes));

    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error).toMatchObject({ statusCode: 400, ...refusal });
  });

  it('is not created without an address to return to', async () => {
    const { success_url: _, ...rest } = PAYMENT;

    expect(await thrown(stripe.checkout.sessions.create(rest))).toMatchObject({
      code: 'parameter_missing',
      param: 'success_url',
    });
  });

  it('is open for 30 minutes to 24 hours', async () => {
    const inSeconds = (seconds: number) => open({ expires_at: Math.floor(app.world.clock.nowMs() / 1000) + seconds });

    const short = await inSeconds(1_801);

    expect(short.expires_at - short.created).toBeGreaterThanOrEqual(1_800);
    expect(await thrown(inSeconds(1_790))).toMatchObject({
      param: 'expires_at',
      message: expect.stringContaining('30 minutes'),
    });
    expect(await thrown(inSeconds(86_410))).toMatchObject({
      param: 'expires_at',
      message: expect.stringContaining('24 hours'),
    });
  });
});

describe('updating', () => {
  it('changes the metadata at any time, and what the payment is made with until it is made', async () => {
    const { id } = await open({
      metadata: { a: '1', b: '2' },
      payment_intent_data: { description: 'old', metadata: { x: '1' } },
    });

    const updated = await stripe.checkout.sessions.update(id, {
      metadata: { a: '', c: '3' },
      payment_intent_data: { description: 'new', metadata: { y: '2' } },
    });
    const paid = await complete(id, { expand: ['payment_intent'] });
    const after = await stripe.checkout.sessions.update(id, { metadata: '' });

    expect(updated.metadata).toEqual({ b: '2', c: '3' });
    expect(paid.payment_intent).toMatchObject({ description: 'new', metadata: { x: '1', y: '2' } });
    expect(after).toMatchObject({ metadata: {}, status: 'complete' });
  });

  it('is refused for what cannot be changed any more, and what pages change', async () => {
    const { id } = await open();
    await thrown(complete(id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const setup = await stripe.checkout.sessions.create(SETUP);
    const data = { payment_intent_data: { description: 'x' } };

    expect(await thrown(stripe.checkout.sessions.update(id, data))).toMatchObject({ param: 'payment_intent_data' });
    expect(await thrown(stripe.checkout.sessions.update(setup.id, data))).toMatchObject({
      param: 'payment_intent_data',
    });
    expect(await thrown(stripe.checkout.sessions.update(id, { line_items: [{ quantity: 3 }] }))).toMatchObject({
      param: 'line_items',
    });
    expect(await thrown(stripe.checkout.sessions.update('cs_test_1', {}))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such checkout.session: 'cs_test_1'",
    });
  });
});

describe('lists', () => {
  it('are by status, payment intent, customer and e-mail address, and page', async () => {
    const own = await app.newMerchant();
    const client = app.client({ key: own.test.secretKey });
    const { sessions } = client.checkout;
    const customer = await client.customers.create({ email: 'jo@example.com' });
    const made = [
      await sessions.create(PAYMENT),
      await sessions.create({ ...PAYMENT, customer: customer.id }),
      await sessions.create({ ...PAYMENT, customer_email: 'other@example.com' }),
    ];
    await sessions.expire(made[2]!.id);
    const paid = (await client.rawRequest('POST', `/v1/test_helpers/checkout/sessions/${made[1]!.id}/complete`, {
      payment_method: 'pm_card_visa',
    })) as Stripe.Checkout.Session;
    const ids = async (params: Stripe.Checkout.SessionListParams) =>
      (await sessions.list(params)).data.map(({ id }) => made.findIndex((session) => session.id === id));

    expect(await ids({})).toEqual(
      newestFirst(made.map(({ id }) => id)).map((id) => made.findIndex((session) => session.id === id)),
    );
    expect(await ids({ status: 'open' })).toEqual([0]);
    expect(await ids({ status: 'complete' })).toEqual([1]);
    expect(await ids({ status: 'expired' })).toEqual([2]);
    expect(await ids({ payment_intent: paid.payment_intent as string })).toEqual([1]);
    expect(await ids({ payment_intent: paid.payment_intent as string, status: 'open' })).toEqual([]);
    expect(await ids({ customer: customer.id })).toEqual([1]);
    expect(await ids({ customer_details: { email: 'other@example.com' } })).toEqual([2]);
    expect(await ids({ created: { gt: Math.floor(Date.now() / 1000) + 10 } })).toEqual([]);
    const all: string[] = [];
    for await (const session of sessions.list({ limit: 1 })) all.push(session.id);
    expect(all).toHaveLength(3);
    const [first] = (await sessions.list({ status: 'complete', expand: ['data.line_items', 'data.payment_intent'] }))
      .data;
    expect(first).toMatchObject({
      line_items: { data: [{ amount_total: 3000 }] },
      payment_intent: { status: 'succeeded' },
    });
    expect(await thrown(sessions.list({ customer: 'cus_0000000000000000000000' }))).toMatchObject({
      code: 'resource_missing',
      param: 'customer',
    });
    expect(await thrown(sessions.list({ subscription: 'sub_1' }))).toMatchObject({ param: 'subscription' });
  });
});
