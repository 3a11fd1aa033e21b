/** Refusals of wrong parameters and of missing objects: Stripe’s codes, words and `param`, and nothing else. */
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';

const app = await eitherApp();
const { stripe } = app;

const { send, post, get } = rawOf(app);
const INTENT = 'amount=2000&currency=usd';

describe('a parameter of the wrong kind', () => {
  it.each([
    ['amount=abc&currency=usd', 'Invalid integer: abc', 'amount', 'parameter_invalid_integer'],
    ['amount=25.00&currency=usd', 'Invalid integer: 25.00', 'amount', 'parameter_invalid_integer'],
    ['amount=10.5&currency=usd', 'Invalid integer: 10.5', 'amount', 'parameter_invalid_integer'],
    ['amount[a]=1&currency=usd', 'Invalid integer: {…}', 'amount', 'parameter_invalid_integer'],
    [`${INTENT}&confirm=maybe`, 'Invalid boolean: maybe', 'confirm', undefined],
    [`${INTENT}&off_session=maybe`, 'Invalid boolean: maybe', 'off_session', undefined],
    [`${INTENT}&description[a]=b`, 'Invalid string: {…}', 'description', undefined],
    [`${INTENT}&description[]=b`, 'Invalid string: […]', 'description', undefined],
    [`${INTENT}&shipping=abc`, 'Invalid object', 'shipping', undefined],
    [`${INTENT}&metadata=abc`, 'Invalid object', 'metadata', undefined],
    [`${INTENT}&metadata[a][b]=1`, 'Invalid string: {…}', 'metadata[a]', undefined],
    [`${INTENT}&payment_method_types=card`, 'Invalid array', 'payment_method_types', undefined],
    [
      `${INTENT}&capture_method=later`,
      'Invalid capture_method: must be one of automatic, automatic_async, or manual',
      'capture_method',
      undefined,
    ],
    [
      `${INTENT}&payment_method_types[]=sepa_debit`,
      'The payment method type "sepa_debit" is invalid. This account takes payment methods of the following types: card, alipay, wechat_pay, paypal.',
      'payment_method_types[0]',
      undefined,
    ],
    [`${INTENT}&receipt_email=nobody`, 'Invalid email address', 'receipt_email', 'email_invalid'],
  ])('%s: %s', async (body, message, param, code) => {
    const refusal = await post('/v1/payment_intents', body);

    expect(refusal).toMatchObject({ status: 400, type: 'invalid_request_error', message, param });
    expect(refusal.code).toBe(code);
  });

  it.each([
    ['created=abc', 'created'],
    ['created[gte]=abc', 'created[gte]'],
    ['limit=abc', 'limit'],
  ])('in a query, %s, is named', async (query, param) => {
    expect(await get(`/v1/customers?${query}`)).toMatchObject({
      status: 400,
      code: 'parameter_invalid_integer',
      message: 'Invalid integer: abc',
      param,
    });
  });
});

describe('an empty value', () => {
  it.each(['amount', 'currency', 'confirm', 'capture_method', 'customer', 'payment_method', 'payment_method_types'])(
    'of %s takes nothing away, and is refused (parameter_invalid_empty)',
    async (name) => {
      const body = `${INTENT}&${name}=`.replace(`${name}=2000&`, '').replace(`${name}=usd&`, '');

      expect(await post('/v1/payment_intents', body)).toMatchObject({
        status: 400,
        code: 'parameter_invalid_empty',
        param: name,
        message: `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      });
    },
  );

  it.each(['limit', 'starting_after', 'ending_before', 'created'])('of %s in a query is refused too', async (name) => {
    expect(await get(`/v1/customers?${name}=`)).toMatchObject({ status: 400, code: 'parameter_invalid_empty' });
  });

  it('unsets what may be unset: to null, or to nothing', async () => {
    const { id } = await stripe.customers.create({
      email: 'ada@example.com',
      name: 'Ada',
      phone: '1',
      description: 'x',
      address: { line1: '1 St', city: 'X' },
      shipping: { name: 'Ada', address: { line1: '1 St' } },
    });

    const line = await stripe.customers.update(id, { address: { city: '' } });
    const all = await stripe.customers.update(id, {
      email: '',
      name: '',
      phone: '',
      description: '',
      address: '',
      shipping: '',
    } as never);

    expect(line.address).toMatchObject({ line1: '1 St', city: null });
    expect(all).toMatchObject({
      email: null,
      name: null,
      phone: null,
      description: null,
      address: null,
      shipping: null,
    });
  });
});

describe('nested values', () => {
  const shipping = { name: 'Ada', phone: '1', address: { line1: '1 St', city: 'X' } };
  const moved = { name: 'Ada', phone: '1', address: { line1: '1 St', line2: '2nd', city: 'Y' }, tracking_number: 'T' };
  const change = { address: { line2: '2nd', city: 'Y' }, tracking_number: 'T' } as never;

  it('of a payment intent, a customer and a charge merge leaf by leaf', async () => {
    const intent = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd', shipping });
    const customer = await stripe.customers.create({ shipping });
    const paid = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      shipping,
      payment_method: 'pm_card_visa',
      confirm: true,
    });

    expect((await stripe.paymentIntents.update(intent.id, { shipping: change })).shipping).toMatchObject(moved);
    expect((await stripe.customers.update(customer.id, { shipping: change })).shipping).toMatchObject({
      name: 'Ada',
      phone: '1',
      address: { line1: '1 St', line2: '2nd', city: 'Y' },
    });
    expect((await stripe.charges.update(paid.latest_charge as string, { shipping: change })).shipping).toMatchObject(
      moved,
    );
  });

  it('of what was not there before must be whole', async () => {
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });

    expect(await post('/v1/payment_intents', `${INTENT}&shipping[name]=Ada`)).toMatchObject({
      code: 'parameter_missing',
      param: 'shipping[address]',
    });
    expect(await post(`/v1/payment_intents/${id}`, 'shipping[tracking_number]=T')).toMatchObject({
      code: 'parameter_missing',
      param: 'shipping[name]',
    });
    expect(await post(`/v1/payment_intents/${id}`, 'shipping[name]=Ada')).toMatchObject({
      code: 'parameter_missing',
      param: 'shipping[address]',
    });
  });
});

describe('a parameter that is unknown or missing', () => {
  it.each([
    ['/v1/payment_intents', `${INTENT}&foo=1`, 'foo'],
    ['/v1/payment_intents', `${INTENT}&shipping[foo]=1`, 'shipping[foo]'],
    ['/v1/payment_intents', `${INTENT}&shipping[name]=x&shipping[address][foo]=1`, 'shipping[address][foo]'],
    ['/v1/payment_intents', 'amount=abc&foo=1', 'foo'],
    ['/v1/customers', 'invoice_settings[nope]=1', 'invoice_settings[nope]'],
    ['/v1/payment_intents', `${INTENT}&constructor=1`, 'constructor'],
  ])('POST %s %s: is named in brackets (parameter_unknown)', async (path, body, param) => {
    expect(await post(path, body)).toMatchObject({
      status: 400,
      code: 'parameter_unknown',
      message: `Received unknown parameter: ${param}`,
      param,
      doc_url: 'https://stripe.com/docs/error-codes/parameter-unknown',
    });
  });

  it.each([
    ['/v1/payment_intents', 'amount=2000', 'currency'],
    ['/v1/payment_intents', 'currency=usd', 'amount'],
    ['/v1/payment_methods', '', 'type'],
    ['/v1/refunds', '', 'payment_intent'],
    ['/v1/webhook_endpoints', 'url=https://merchant.example', 'enabled_events'],
    ['/v1/payouts', 'currency=usd', 'amount'],
  ])('POST %s %s: %s is missing (parameter_missing)', async (path, body, param) => {
    expect(await post(path, body)).toMatchObject({
      status: 400,
      code: 'parameter_missing',
      message: `Missing required param: ${param}.`,
      param,
    });
  });
});

describe('an object that is not there', () => {
  it.each([
    ['payment_intents', 'pi_0', 'payment_intent', 'intent'],
    ['setup_intents', 'seti_0', 'setup_intent', 'intent'],
    ['charges', 'ch_0', 'charge', 'id'],
    ['customers', 'cus_0', 'customer', 'id'],
    ['payment_methods', 'pm_0', 'PaymentMethod', 'payment_method'],
    ['refunds', 're_0', 'refund', 'id'],
    ['disputes', 'du_0', 'dispute', 'dispute'],
    ['payouts', 'po_0', 'payout', 'id'],
    ['events', 'evt_0', 'event', 'id'],
    ['webhook_endpoints', 'we_0', 'webhook endpoint', 'id'],
    ['balance_transactions', 'txn_0', 'balance_transaction', 'id'],
    ['reviews', 'prv_0', 'review', 'id'],
    ['mandates', 'mandate_0', 'mandate', 'mandate'],
  ])('GET /v1/%s/%s is a 404', async (collection, id, object, param) => {
    expect(await get(`/v1/${collection}/${id}`)).toEqual({
      status: 404,
      type: 'invalid_request_error',
      code: 'resource_missing',
      doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
      message: `No such ${object}: '${id}'`,
      param,
    });
  });

  it.each([
    ['/v1/refunds', 'payment_intent=pi_0', 400, 'payment_intent'],
    ['/v1/refunds', 'charge=ch_0', 404, 'id'],
    ['/v1/payment_intents', `${INTENT}&customer=cus_0`, 400, 'customer'],
    ['/v1/payment_intents', `${INTENT}&payment_method=pm_0`, 400, 'payment_method'],
    ['/v1/setup_intents', 'customer=cus_0', 400, 'customer'],
    ['/v1/customers', 'payment_method=pm_0', 400, 'payment_method'],
  ])('POST %s %s: is a %i about %s', async (path, body, status, param) => {
    expect(await post(path, body)).toMatchObject({ status, code: 'resource_missing', param });
  });

  it.each([
    ['GET', '/v1/ephemeral_keys'],
    ['GET', '/v1/link_account_sessions'],
    ['GET', '/v1/payment_intents/pi_0/unheard_of'],
    ['PUT', '/v1/customers/cus_0'],
    ['PATCH', '/v1/customers/cus_0'],
    ['DELETE', '/v1/payment_intents/pi_0'],
    ['GET', '/v1'],
    ['GET', '/'],
  ])('%s %s is no URL: 404 without a code, in Stripe’s shape', async (method, path) => {
    const response = await send(method, path);

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: {
        type: 'invalid_request_error',
        message: expect.stringContaining(`Unrecognized request URL (${method}: ${path})`) as string,
      },
    });
  });
});
