/** Checkout Sessions with the official SDK: what is asked for, by whom it is paid, and how it ends. */
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, startApp } from '../support/app.ts';
import { newestFirst } from '../support/order.ts';

let app: App;
let stripe: Stripe;
beforeAll(async () => {
  app = await startApp();
  stripe = app.stripe;
});
afterAll(() => app.stop());

type Create = Stripe.Checkout.SessionCreateParams;
const thrown = (call: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  call.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error as Stripe.errors.StripeError,
  );
const item = (unit_amount = 1500, quantity = 2, changes: object = {}) => ({
  price_data: { currency: 'usd', unit_amount, product_data: { name: 'Tea' }, ...changes },
  quantity,
});
const PAYMENT: Create = { mode: 'payment', success_url: 'https://shop.example/done', line_items: [item()] };
const SETUP: Create = { mode: 'setup', success_url: 'https://shop.example/done' };
const open = (changes: Partial<Create> = {}) => stripe.checkout.sessions.create({ ...PAYMENT, ...changes });
const complete = (
  id: string,
  params: Record<string, unknown> = {},
  options?: Stripe.RequestOptions,
): Promise<Stripe.Checkout.Session> =>
  stripe.rawRequest(
    'POST',
    `/v1/test_helpers/checkout/sessions/${id}/complete`,
    { payment_method: 'pm_card_visa', ...params },
    options,
  );
const eventsOf = async (...ids: readonly (string | Stripe.PaymentIntent | null)[]): Promise<readonly string[]> => {
  await app.settleDown();
  const { data } = await stripe.events.list({ limit: 100 });
  return data
    .filter(({ data: { object } }) => ids.includes((object as { id?: string }).id ?? ''))
    .map(({ type }) => type)
    .reverse();
};
const intentOf = ({ payment_intent: id }: Stripe.Checkout.Session, expand: string[] = []) =>
  stripe.paymentIntents.retrieve(id as string, { expand });

describe('a session', () => {
  it('is created with what is asked for, open, unpaid, and without a page', async () => {
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
      'a stored price',
      { line_items: [{ ...item(), price: 'price_1' }] },
      { param: 'line_items[0][price]', message: expect.stringContaining('no stored prices') },
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
      'a stranger for a customer',
      { customer: 'cus_0000000000000000000000' },
      { code: 'resource_missing', param: 'customer' },
    ],
    [
      'a customer and an e-mail address',
      { customer: 'cus_0000000000000000000000', customer_email: 'a@b.example' },
      { code: 'parameters_exclusive', param: 'customer_email' },
    ],
    ['wallets', { payment_method_types: ['alipay'] }, { param: 'payment_method_types[0]' }],
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
    const inSeconds = (seconds: number) => open({ expires_at: Math.floor(Date.now() / 1000) + seconds });

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

describe('completing a payment', () => {
  it('pays it: the intent has the session’s data, and its end is announced after the payment', async () => {
    const session = await open({
      payment_intent_data: {
        description: 'Order 7',
        metadata: { order: '7' },
        receipt_email: 'jo@example.com',
        shipping: { name: 'Jo', address: { line1: 'Way 1', country: 'US' } },
        statement_descriptor_suffix: 'TEA',
      },
    });

    const paid = await complete(session.id, {
      customer_details: { email: 'jo@example.com', name: 'Jo', address: { country: 'US' } },
      expand: ['payment_intent.payment_method', 'payment_intent.latest_charge'],
    });

    expect(paid).toMatchObject({
      id: session.id,
      status: 'complete',
      payment_status: 'paid',
      customer: null,
      customer_details: { email: 'jo@example.com', name: 'Jo', address: { country: 'US', city: null } },
      payment_intent: {
        status: 'succeeded',
        amount: 3000,
        amount_received: 3000,
        currency: 'usd',
        description: 'Order 7',
        metadata: { order: '7' },
        receipt_email: 'jo@example.com',
        shipping: { name: 'Jo', address: { line1: 'Way 1' } },
        statement_descriptor_suffix: 'TEA',
        payment_method: { card: { last4: '4242' } },
        latest_charge: { paid: true, amount: 3000 },
      },
    });
    const { id: intent } = paid.payment_intent as Stripe.PaymentIntent;
    expect(await eventsOf(session.id, intent)).toEqual([
      'payment_intent.created',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ]);
    const { data } = await stripe.events.list({ type: 'checkout.session.completed', limit: 1 });
    expect(data[0]!.data.object).toMatchObject({ id: session.id, status: 'complete', payment_status: 'paid' });
  });

  it('is declined and stays open; with another card it is paid, by the same intent', async () => {
    const session = await open();

    const declined = await thrown(complete(session.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const after = await stripe.checkout.sessions.retrieve(session.id);
    const paid = await complete(session.id);

    expect(declined).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(after).toMatchObject({ status: 'open', payment_status: 'unpaid' });
    expect(paid).toMatchObject({ status: 'complete', payment_intent: after.payment_intent });
    expect((await stripe.charges.list({ payment_intent: after.payment_intent as string })).data).toMatchObject([
      { status: 'succeeded' },
      { status: 'failed' },
    ]);
  });

  it('is complete once authorised, and paid once captured', async () => {
    const session = await open({ payment_intent_data: { capture_method: 'manual' } });

    const held = await complete(session.id);
    await stripe.paymentIntents.capture(held.payment_intent as string, { amount_to_capture: 1000 });

    expect(held).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
    });
    expect((await eventsOf(session.id)).filter((type) => type.startsWith('checkout'))).toEqual([
      'checkout.session.completed',
    ]);
  });

  it('is complete when its authorisation is let go of, and never paid', async () => {
    const { id } = await open({ payment_method_options: { card: { capture_method: 'manual' } } });
    const held = await complete(id);

    await stripe.paymentIntents.cancel(held.payment_intent as string);

    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
  });

  it.each([
    [true, { status: 'complete', payment_status: 'paid' }, 'succeeded'],
    [false, { status: 'open', payment_status: 'unpaid' }, 'requires_payment_method'],
  ] as const)('waits for its challenge (passed: %s)', async (passed, left, intentStatus) => {
    const session = await open();

    const asked = await complete(session.id, {
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'https://shop.example/',
    });
    const again = await thrown(complete(session.id));
    const waiting = await intentOf(asked);
    await app.finishChallenge(waiting.next_action!.redirect_to_url!.url!, passed);
    await app.settleDown();

    expect(asked.status).toBe('open');
    expect(again).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(waiting.status).toBe('requires_action');
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject(left);
    expect((await intentOf(asked)).status).toBe(intentStatus);
  });

  it('keeps the card for the customer that it was asked for', async () => {
    const customer = await stripe.customers.create({ email: 'jo@example.com', name: 'Jo' });
    const session = await open({
      customer: customer.id,
      payment_intent_data: { setup_future_usage: 'off_session' },
    });

    const paid = await complete(session.id, { expand: ['customer', 'payment_intent'] });

    expect(session).toMatchObject({ customer: customer.id, customer_creation: null, customer_details: { name: 'Jo' } });
    expect(paid).toMatchObject({ customer: { id: customer.id }, payment_intent: { customer: customer.id } });
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
  });

  it('makes the customer that is asked for, once, with what the payer said', async () => {
    const session = await open({
      customer_creation: 'always',
      customer_email: 'new@example.com',
      payment_intent_data: { setup_future_usage: 'on_session' },
    });

    await thrown(complete(session.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const paid = await complete(session.id, { expand: ['payment_intent'] });

    const { data } = await stripe.customers.list({ email: 'new@example.com' });
    expect(data).toHaveLength(1);
    expect(paid).toMatchObject({ customer: data[0]!.id, payment_intent: { customer: data[0]!.id } });
    expect((await stripe.customers.listPaymentMethods(data[0]!.id)).data).toHaveLength(1);
  });

  it('answers the same request the same, and is one payment', async () => {
    const { id } = await open();

    const first = await complete(id, {}, { idempotencyKey: 'pay it once' });
    const again = await complete(id, {}, { idempotencyKey: 'pay it once' });

    expect(again).toEqual(first);
    expect(
      (again as unknown as { lastResponse: { headers: Record<string, string> } }).lastResponse.headers,
    ).toMatchObject({ 'idempotent-replayed': 'true' });
    expect((await stripe.charges.list({ payment_intent: first.payment_intent as string })).data).toHaveLength(1);
  });

  it('is one payment however often it is sent at once', async () => {
    const { id } = await open();

    const sent = await Promise.allSettled(Array.from({ length: 6 }, () => complete(id)));

    const paid = sent.filter(({ status }) => status === 'fulfilled');
    const refused = sent.flatMap((one) =>
      one.status === 'rejected' ? [(one.reason as Stripe.errors.StripeError).statusCode] : [],
    );
    const session = await stripe.checkout.sessions.retrieve(id);
    expect(paid).toHaveLength(1);
    expect(refused.every((status) => status === 429 || status === 400)).toBe(true);
    expect(session.status).toBe('complete');
    expect((await stripe.charges.list({ payment_intent: session.payment_intent as string })).data).toHaveLength(1);
  });

  it('is refused for a session that is over, a card that is not there, and a live key', async () => {
    const { id } = await open();
    await complete(id);
    const merchant = await app.world.merchant({ live: true });
    const live = app.client({ key: merchant.live!.secretKey });
    const path = `/v1/test_helpers/checkout/sessions/${id}/complete`;

    expect(await thrown(complete(id))).toMatchObject({
      statusCode: 400,
      message:
        'Only Checkout Sessions with a status in ["open"] can be paid. This Checkout Session has a status of `complete`.',
    });
    expect(await thrown(complete((await open()).id, { payment_method: 'pm_0000000000000000000000' }))).toMatchObject({
      code: 'resource_missing',
      param: 'payment_method',
    });
    expect(await thrown(live.rawRequest('POST', path, { payment_method: 'pm_card_visa' }))).toMatchObject({
      statusCode: 400,
    });
    expect(await thrown(complete('cs_test_0000000000000000000000'))).toMatchObject({ statusCode: 404 });
  });
});

describe('a session that keeps a card', () => {
  const setup = (changes: Partial<Create> = {}) => stripe.checkout.sessions.create({ ...SETUP, ...changes });

  it('has its setup intent from the beginning, and is complete when that succeeds', async () => {
    const customer = await stripe.customers.create({});
    const session = await setup({
      customer: customer.id,
      setup_intent_data: { description: 'Plan', metadata: { plan: 'a' } },
    });

    const done = await complete(session.id, { expand: ['setup_intent.payment_method'] });

    expect(session).toMatchObject({
      mode: 'setup',
      amount_total: null,
      currency: null,
      payment_intent: null,
      payment_status: 'no_payment_required',
      setup_intent: expect.stringMatching(/^seti_/),
      status: 'open',
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
      setup_intent: {
        status: 'succeeded',
        description: 'Plan',
        metadata: { plan: 'a' },
        payment_method: { customer: customer.id },
      },
    });
    expect(await eventsOf(session.id, session.setup_intent as string)).toEqual([
      'setup_intent.created',
      'setup_intent.succeeded',
      'checkout.session.completed',
    ]);
  });

  it('stays open after a decline, and makes the customer that is asked for', async () => {
    const { id } = await setup({ customer_creation: 'always' });

    const declined = await thrown(complete(id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const open = await stripe.checkout.sessions.retrieve(id);
    const done = await complete(id, { customer_details: { email: 'kept@example.com' } });

    expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(open.status).toBe('open');
    expect(done).toMatchObject({ status: 'complete', customer: open.customer });
    expect((await stripe.customers.listPaymentMethods(done.customer as string)).data).toHaveLength(1);
  });

  it.each<[string, Partial<Create>, string]>([
    ['line items', { line_items: [item()] }, 'line_items'],
    ['what a payment is made with', { payment_intent_data: { description: 'x' } }, 'payment_intent_data'],
    [
      'a capture',
      { payment_method_options: { card: { capture_method: 'manual' } } },
      'payment_method_options[card][capture_method]',
    ],
  ])('is not created with %s', async (_what, changes, param) => {
    expect(await thrown(setup(changes))).toMatchObject({ statusCode: 400, param });
  });

  it('lists no line items', async () => {
    const { id } = await setup();

    expect((await stripe.checkout.sessions.listLineItems(id)).data).toEqual([]);
  });
});

describe('expiring', () => {
  it('ends an open session, once; nothing can be paid with it', async () => {
    const { id } = await open();

    const expired = await stripe.checkout.sessions.expire(id);

    expect(expired).toMatchObject({ status: 'expired', payment_status: 'unpaid', payment_intent: null });
    expect(await thrown(stripe.checkout.sessions.expire(id))).toMatchObject({
      statusCode: 400,
      message:
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `expired`.',
    });
    expect(await thrown(complete(id))).toMatchObject({ statusCode: 400 });
    expect(await eventsOf(id)).toEqual(['checkout.session.expired']);
  });

  it('cancels the payment intent that was declined, or waits for its payer', async () => {
    const [declined, asked] = [await open(), await open()];
    await thrown(complete(declined.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    await complete(asked.id, { payment_method: 'pm_card_authenticationRequired' });

    const over = [await stripe.checkout.sessions.expire(declined.id), await stripe.checkout.sessions.expire(asked.id)];

    for (const session of over) {
      expect(session.status).toBe('expired');
      expect(await intentOf(session)).toMatchObject({ status: 'canceled', cancellation_reason: 'expired' });
      expect((await eventsOf(session.id, session.payment_intent)).slice(-2)).toEqual([
        'payment_intent.canceled',
        'checkout.session.expired',
      ]);
    }
  });

  it('cancels the setup intent', async () => {
    const { id, setup_intent: intent } = await stripe.checkout.sessions.create(SETUP);

    await stripe.checkout.sessions.expire(id);

    expect((await stripe.setupIntents.retrieve(intent as string)).status).toBe('canceled');
  });

  it('is refused for a session that was paid', async () => {
    const { id } = await open();
    await complete(id);

    expect(await thrown(stripe.checkout.sessions.expire(id))).toMatchObject({
      message:
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `complete`.',
    });
  });
});

describe('what belongs to a session', () => {
  it('is not confirmed, canceled or changed by itself, but described', async () => {
    const { id } = await open();
    await thrown(complete(id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(id);
    const setup = (await stripe.checkout.sessions.create(SETUP)).setup_intent as string;
    const paymentRefused = { statusCode: 400, code: 'payment_intent_unexpected_state' };
    const setupRefused = { statusCode: 400, code: 'setup_intent_unexpected_state' };

    const { paymentIntents, setupIntents } = stripe;
    expect(await thrown(paymentIntents.confirm(intent as string, { payment_method: 'pm_card_visa' }))).toMatchObject(
      paymentRefused,
    );
    expect(await thrown(paymentIntents.cancel(intent as string))).toMatchObject({
      ...paymentRefused,
      message:
        'You cannot cancel the PaymentIntent for a Checkout Session. To cancel it, expire the Checkout Session instead.',
    });
    expect(await thrown(paymentIntents.update(intent as string, { amount: 1 }))).toMatchObject(paymentRefused);
    expect(await thrown(setupIntents.confirm(setup, { payment_method: 'pm_card_visa' }))).toMatchObject(setupRefused);
    expect(await thrown(setupIntents.cancel(setup))).toMatchObject(setupRefused);
    expect(await thrown(setupIntents.update(setup, { payment_method: 'pm_card_visa' }))).toMatchObject(setupRefused);
    expect(await paymentIntents.update(intent as string, { metadata: { a: '1' } })).toMatchObject({
      metadata: { a: '1' },
    });
    expect(await setupIntents.update(setup, { description: 'x' })).toMatchObject({ description: 'x' });
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
