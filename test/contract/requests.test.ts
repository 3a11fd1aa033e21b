/** How requests are keyed, encoded and answered. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { FORM, rawOf } from '../world/raw-requests.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const { send, post, get } = rawOf(app);
const INTENT = 'amount=2000&currency=usd';
describe('a key', () => {
  it.each([
    ['none', '', /did not provide an API key/],
    ['an empty one', 'Bearer ', /did not provide an API key/],
    ['a wrong one', 'Bearer sk_test_000000000000000000000000', /Invalid API Key provided: sk_test_\*+0000/],
    ['a restricted one, which does not exist', 'Bearer rk_test_000000000000000000000000', /Invalid API Key/],
  ])('%s is a 401 without a code', async (_, authorization, message) => {
    const refusal = await get('/v1/balance', { authorization });

    expect(refusal).toEqual({
      status: 401,
      type: 'invalid_request_error',
      message: expect.stringMatching(message) as string,
    });
  });

  it('is an authentication error to the SDK', async () => {
    const error = await thrown(app.client({ key: 'sk_test_000000000000000000000000' }).balance.retrieve());

    expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
  });

  it('is also taken as the user of Basic authentication, with an empty password', async () => {
    const basic = `Basic ${Buffer.from(`${app.merchant.test.secretKey}:`).toString('base64')}`;

    expect(await get('/v1/balance', { authorization: basic })).toMatchObject({ status: 200, object: 'balance' });
  });

  it('that is publishable is a 403 where a secret key is needed, and a permission error to the SDK', async () => {
    const error = await thrown(app.client({ key: app.merchant.test.publishableKey }).customers.list());

    expect(error).toBeInstanceOf(Stripe.errors.StripePermissionError);
    expect(error).toMatchObject({ statusCode: 403, code: 'secret_key_required' });
  });

  it('that is publishable may stand among the parameters, where Stripe.js of old puts it; a secret one may not', async () => {
    const { test: keys } = app.merchant;
    const keyed = (key: string) =>
      app.fetch('/v1/payment_methods', {
        method: 'POST',
        headers: { 'content-type': FORM },
        body: `type=card&card[token]=tok_visa&key=${key}`,
      });

    expect((await keyed(keys.publishableKey)).status).toBe(200);
    expect((await keyed(keys.secretKey)).status).toBe(401);
    expect((await app.fetch(`/v1/customers?key=${keys.publishableKey}`)).status).toBe(401);
  });
});

describe('an encoding', () => {
  it.each([
    ['indexes', 'preferred_locales[0]=de&preferred_locales[1]=fr'],
    ['empty brackets', 'preferred_locales[]=de&preferred_locales[]=fr'],
    ['escaped brackets', 'preferred_locales%5B%5D=de&preferred_locales%5B%5D=fr'],
    ['any order', 'preferred_locales[1]=fr&preferred_locales[0]=de'],
  ])('of a list by %s is read', async (_, body) => {
    expect(await post('/v1/customers', body)).toMatchObject({ status: 200, preferred_locales: ['de', 'fr'] });
  });

  it.each(['True', 'TRUE', 'true', 'tRuE'])(
    'reads %s as true, as old clients of Python and .NET write it',
    async (yes) => {
      const made = `${INTENT}&confirm=${yes}&off_session=${yes}&payment_method=pm_card_visa`;
      const automatic = `automatic_payment_methods[enabled]=${yes}&automatic_payment_methods[allow_redirects]=never`;

      expect(await post('/v1/payment_intents', `${made}&${automatic}`)).toMatchObject({
        status: 'succeeded',
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      });
      expect(await get(`/v1/events?delivery_success=${yes}`)).toMatchObject({ status: 200 });
    },
  );

  it.each(['False', 'FALSE', 'false'])('reads %s as false', async (no) => {
    const intent = await post('/v1/payment_intents', `${INTENT}&confirm=${no}`);

    expect(intent).toMatchObject({ status: 'requires_payment_method', latest_charge: null });
    expect(await post('/v1/payment_intents', `${INTENT}&confirm=No`)).toMatchObject({
      status: 400,
      message: 'Invalid boolean: No',
      param: 'confirm',
    });
  });

  it('of line items by empty brackets makes one item until a member repeats', async () => {
    const item = (name: string, amount: number) =>
      [
        'line_items[][price_data][currency]=usd',
        `line_items[][price_data][unit_amount]=${amount}`,
        `line_items[][price_data][product_data][name]=${name}`,
        'line_items[][quantity]=1',
      ].join('&');
    const session = await post(
      '/v1/checkout/sessions',
      `mode=payment&success_url=https://shop.example/&expand[]=line_items&${item('A', 500)}&${item('B', 700)}`,
    );

    expect(session).toMatchObject({ status: 'open', amount_total: 1_200 });
    expect((session as unknown as { line_items: { data: object[] } }).line_items.data).toMatchObject([
      { description: 'A', amount_total: 500 },
      { description: 'B', amount_total: 700 },
    ]);
  });

  it('names a member __proto__ nowhere: a 400 says so', async () => {
    const refused = { status: 400, message: 'Invalid request: a parameter cannot be named __proto__.' };

    expect(await post('/v1/customers', 'metadata[__proto__]=1')).toMatchObject(refused);
    expect(await get('/v1/customers?created[__proto__]=1')).toMatchObject(refused);
    expect(await post('/v1/customers', 'metadata[constructor]=a&metadata[toString]=b')).toMatchObject({
      metadata: { constructor: 'a', toString: 'b' },
    });
  });

  it('reads + and %20 as spaces, and UTF-8', async () => {
    expect(await post('/v1/customers', 'name=Ada+L%20Byron&description=%E6%94%AF')).toMatchObject({
      name: 'Ada L Byron',
      description: '支',
    });
  });

  it('of JSON is read, where null takes away as an empty value does', async () => {
    const json = { 'content-type': 'application/json' };
    const made = await post('/v1/customers', '{"email":"a@example.com","metadata":{"a":"1","b":"2"}}', json);

    expect(await post(`/v1/customers/${String(made.id)}`, '{"email":null,"metadata":{"a":null}}', json)).toMatchObject({
      email: null,
      metadata: { b: '2' },
    });
  });

  it('of a POST may be empty, or all in its query', async () => {
    expect(await post('/v1/customers', '')).toMatchObject({ status: 200, object: 'customer' });
    expect(await post('/v1/customers?description=in+the+query', 'name=in+the+body')).toMatchObject({
      description: 'in the query',
      name: 'in the body',
    });
  });

  it('of a DELETE is in its query or its body', async () => {
    const { id } = await stripe.customers.create({});

    for (const [query, body] of [
      ['?foo=1', undefined],
      ['', 'foo=1'],
    ] as const) {
      const response = await send('DELETE', `/v1/customers/${id}${query}`, body);
      expect(await response.json()).toMatchObject({ error: { code: 'parameter_unknown', param: 'foo' } });
    }
    expect((await send('DELETE', `/v1/customers/${id}`, '')).status).toBe(200);
  });

  it('with double slashes within the path is the same path', async () => {
    const { id } = await stripe.customers.create({});

    expect(await get(`//v1//customers//${id}`)).toMatchObject({ status: 200, id });
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x'])('of %s is refused', async (type) => {
    expect(await post('/v1/customers', 'name=x', { 'content-type': type })).toMatchObject({
      status: 400,
      message: expect.stringContaining('Invalid content type') as string,
    });
  });
});

describe('every answer', () => {
  it.each([
    ['200', 'GET', '/v1/balance', undefined],
    ['400', 'POST', '/v1/payment_intents', 'foo=1'],
    ['402', 'POST', '/v1/payment_intents', `${INTENT}&payment_method=pm_card_chargeDeclined&confirm=true`],
    ['404', 'GET', '/v1/charges/ch_0', undefined],
    ['404 of a URL', 'GET', '/v1/unheard_of', undefined],
  ])('(%s) has an id of the request, the version, and JSON', async (_, method, path, body) => {
    const { headers } = await send(method, path, body);

    expect(headers.get('request-id')).toMatch(/^req_[0-9A-Za-z]{14}$/);
    expect(headers.get('stripe-version')).toBe('2026-10-28.endive');
    expect(headers.get('content-type')).toBe('application/json');
  });

  it('names the version that was asked for, also when it refuses', async () => {
    const versioned = { 'stripe-version': '2024-04-10' };

    for (const path of ['/v1/balance', '/v1/charges/ch_0', '/v1/balance?foo=1'])
      expect((await send('GET', path, undefined, versioned)).headers.get('stripe-version')).toBe('2024-04-10');
    const unauthorized = await send('GET', '/v1/balance', undefined, { ...versioned, authorization: '' });
    expect(unauthorized.headers.get('stripe-version')).toBe('2024-04-10');
  });

  it('for a connected account is refused: there are none', async () => {
    expect(await get('/v1/balance', { 'stripe-account': 'acct_1' })).toMatchObject({
      status: 403,
      code: 'account_invalid',
      message: expect.stringContaining("'acct_1'") as string,
    });
  });

  it('to a creation is a 200, with ids and seconds as Stripe has them', async () => {
    const response = await send('POST', '/v1/payment_intents', `${INTENT}&payment_method=pm_card_visa&confirm=true`);
    const intent = (await response.json()) as Stripe.PaymentIntent;
    const refund = await stripe.refunds.create({ payment_intent: intent.id });

    expect(response.status).toBe(200);
    expect(intent.id).toMatch(/^pi_[0-9A-Za-z]{22}$/);
    expect(Math.abs(intent.created - (await app.nowMs()) / 1000)).toBeLessThan(60);
    expect(intent.livemode).toBe(false);
    expect(refund).not.toHaveProperty('livemode');
  });
});
