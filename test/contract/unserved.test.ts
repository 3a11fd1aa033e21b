/** What Stripe has and Sluice does not carry out is refused with a reason, or not found. No URL of the SDK is unrecognized. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { unservedAtCheckout } from '../../functions/empty-lists/unserved-at-checkout.ts';
import { unservedAtGateway } from '../../functions/empty-lists/unserved-at-gateway.ts';
import { unservedAtPayments } from '../../functions/empty-lists/unserved-at-payments.ts';
import { unservedAtSettlement } from '../../functions/empty-lists/unserved-at-settlement.ts';
import { create as checkoutApi } from '../../functions/entries/checkout-api.ts';
import { create as gateway } from '../../functions/entries/gateway.ts';
import { create as paymentsApi } from '../../functions/entries/payments-api.ts';
import type { Platform } from '../../functions/entries/platform.ts';
import { create as settlementApi } from '../../functions/entries/settlement-api.ts';
import { eventOf, operations } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';
import { written } from '../world/recorded-writes.ts';
import { RESOURCES } from '../world/sdk-types.ts';

const app = await contractApp();
const { get, send } = rawOf(app);

/** Each request that the SDK can make of `/v1`, with `{}` for each id. */
const ofSdk = readdirSync(RESOURCES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .flatMap((name) => [
    ...readFileSync(join(RESOURCES, name), 'utf8').matchAll(/_makeRequest\('([A-Z]+)', ['`](\/v1\/[^'`]+)['`]/g),
  ])
  .map(([, method, path]) => `${method} ${path!.replaceAll(/\$\{[^}]+\}/g, '{}')}`);

/** Operations of earlier SDKs, and of Stripe's API without the SDK. */
const EARLIER = new Set(
  `GET /v1/invoices/upcoming
GET /v1/invoices/upcoming/lines
GET /v1/subscription_items/{}/usage_record_summaries
POST /v1/subscription_items/{}/usage_records
POST /v1/application_fees/{}/refund
POST /v1/accounts/{}/bank_accounts
POST /v1/accounts/{}/bank_accounts/{}
DELETE /v1/accounts/{}/bank_accounts/{}
POST /v1/accounts/{}/people
GET /v1/accounts/{}/people/{}
POST /v1/accounts/{}/people/{}
DELETE /v1/accounts/{}/people/{}
GET /v1/charges/{}/dispute
POST /v1/charges/{}/dispute
POST /v1/charges/{}/dispute/close
GET /v1/customers/{}/bank_accounts/{}
POST /v1/customers/{}/bank_accounts/{}
DELETE /v1/customers/{}/bank_accounts/{}
POST /v1/customers/{}/bank_accounts/{}/verify
GET /v1/customers/{}/discount
GET /v1/customers/{}/subscriptions/{}/discount
DELETE /v1/customers/{}/subscriptions/{}/discount
GET /v1/customers/{}/subscriptions/{}
POST /v1/customers/{}/subscriptions/{}
DELETE /v1/customers/{}/subscriptions/{}
POST /v1/external_accounts/{}
GET /v1/issuing/settlements/{}
POST /v1/issuing/settlements/{}
POST /v1/link_account_sessions
GET /v1/link_account_sessions/{}
GET /v1/linked_accounts
GET /v1/linked_accounts/{}
POST /v1/linked_accounts/{}/disconnect
GET /v1/linked_accounts/{}/owners
POST /v1/linked_accounts/{}/refresh
POST /v1/sigma/saved_queries/{}
GET /v1/sources/{}/mandate_notifications/{}
GET /v1/sources/{}/source_transactions/{}
POST /v1/terminal/refunds
POST /v1/test_helpers/issuing/settlements
POST /v1/test_helpers/issuing/settlements/{}/complete
GET /v1/issuer_fraud_records
GET /v1/issuer_fraud_records/{}
GET /v1/issuing/cards/{}/details
POST /v1/3d_secure
GET /v1/3d_secure/{}
GET /v1/bitcoin/receivers
POST /v1/bitcoin/receivers
GET /v1/bitcoin/receivers/{}
POST /v1/bitcoin/receivers/{}
GET /v1/bitcoin/receivers/{}/transactions
GET /v1/customers/{}/subscription
POST /v1/customers/{}/subscription
DELETE /v1/customers/{}/subscription
GET /v1/payouts/{}/transactions
GET /v1/recipients
POST /v1/recipients
GET /v1/recipients/{}
POST /v1/recipients/{}
DELETE /v1/recipients/{}
GET /v1/recipients/{}/cards
POST /v1/recipients/{}/cards
GET /v1/recipients/{}/cards/{}
POST /v1/recipients/{}/cards/{}
DELETE /v1/recipients/{}/cards/{}
GET /v1/subscription_schedules/{}/revisions
GET /v1/subscription_schedules/{}/revisions/{}
POST /v1/transfers/{}/cancel
GET /v1/transfers/{}/transactions
GET /v1/orders
POST /v1/orders
GET /v1/orders/{}
POST /v1/orders/{}
POST /v1/orders/{}/cancel
GET /v1/orders/{}/line_items
POST /v1/orders/{}/pay
POST /v1/orders/{}/reopen
POST /v1/orders/{}/submit
POST /v1/orders/{}/returns
GET /v1/order_returns
GET /v1/order_returns/{}
GET /v1/skus
POST /v1/skus
GET /v1/skus/{}
POST /v1/skus/{}
DELETE /v1/skus/{}`.split('\n'),
);

const unserved = [...unservedAtGateway, ...unservedAtPayments, ...unservedAtCheckout, ...unservedAtSettlement];
const templateOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`;

async function answerTo(request: string, key?: string) {
  const [method, path] = request.split(' ') as [string, string];
  const headers = key === undefined ? {} : { authorization: key };
  const response = await send(method, path.replaceAll('{}', 'none_1'), method === 'POST' ? '' : undefined, headers);
  const { error } = (await response.json()) as { error?: { type: string; message: string; code?: string } };
  return { status: response.status, ...error };
}

it('every request of the SDK is served, refused with a reason or not found', async () => {
  const unrecognized: string[] = [];
  for (const request of new Set(ofSdk)) {
    const { status, message = '' } = await answerTo(request);
    if (message.includes('Unrecognized') || status >= 500) unrecognized.push(`${request}: ${message}`);
  }

  expect(ofSdk.length).toBeGreaterThan(500);
  expect(unrecognized).toEqual([]);
});

it('the tables have only operations of Stripe, each once, and none that is served', () => {
  const known = new Set([...ofSdk, ...EARLIER]);
  const templates = unserved.map(templateOf);
  const served = new Set(operations.map(templateOf));

  expect(templates.filter((template) => !known.has(template))).toEqual([]);
  expect(templates.filter((template) => served.has(template))).toEqual([]);
  expect(templates.length).toBe(new Set(templates).size);
  expect([...EARLIER].filter((template) => !templates.includes(template))).toEqual([]);
});

describe.each(unserved.map(templateOf))('%s', (request) => {
  it('is refused with its reason or not found, and writes nothing', async () => {
    const { result, writes } = await written(app.world.table, () => answerTo(request));

    if (result.status === 404)
      expect(result).toMatchObject({
        code: 'resource_missing',
        message: expect.stringMatching(
          /^No (?:such [a-z_ ]+: 'none_1'|active discount for customer: none_1)$/,
        ) as string,
      });
    else
      expect(result).toEqual({
        status: 400,
        type: 'invalid_request_error',
        message: expect.stringMatching(/^[A-Z].+\.$/) as string,
      });
    expect(writes).toEqual([]);
  });
});

it.each([
  ['gateway', gateway, '/v1/ephemeral_keys', 'Sluice issues no ephemeral keys.'],
  ['payments-api', paymentsApi, '/v1/payment_intents/pi_1/verify_microdeposits', 'Sluice serves no bank accounts'],
  ['settlement-api', settlementApi, '/v1/payouts/po_1/transactions', 'GET /v1/balance_transactions?payout='],
  ['checkout-api', checkoutApi, '/v1/products/prod_1/features/feat_1', "No such product_feature: 'feat_1'"],
] as const)('the function %s itself has its table', async (name, create, path, message) => {
  const { deps, table } = app.world;
  const on = {
    env: { SANDBOX_URL: 'http://127.0.0.1:9' },
    clock: deps.clock,
    random: deps.random,
    table,
    client: () => ({}),
    http: () => Promise.reject(new Error('nothing is sent')),
    log: deps.log,
    imagesOf: () => ({}),
  } as unknown as Platform;
  const headers = { authorization: `Bearer ${app.merchant.test.secretKey}` };
  const method = name === 'checkout-api' ? 'DELETE' : name === 'settlement-api' ? 'GET' : 'POST';

  const { body } = await create(on)(eventOf(method, path, headers), {} as Context);

  expect((JSON.parse(body ?? '') as { error: { message: string } }).error.message).toContain(message);
});

it('requests of the v2 API are refused with a reason', async () => {
  expect(await answerTo('GET /v2/core/events')).toEqual({
    status: 404,
    type: 'invalid_request_error',
    message: 'Sluice serves the paths below /v1 only, and no v2 API (GET: /v2/core/events).',
  });
});

it('it takes a secret key to be refused', async () => {
  const request = 'POST /v1/ephemeral_keys';

  expect(await answerTo(request, 'Bearer sk_test_none')).toMatchObject({ status: 401 });
  expect(await answerTo(request, `Bearer ${app.merchant.test.publishableKey}`)).toMatchObject({ status: 403 });
  expect(await answerTo('POST /v1/customers/{}/cash_balance')).toMatchObject({
    status: 400,
    message: 'Sluice has no cash balances: no payment method fills one.',
  });
});

it('names the id behind the path that has none', async () => {
  expect(await get('/v1/customers/cus_1/tax_ids/txi_2')).toMatchObject({
    status: 404,
    message: "No such tax_id: 'txi_2'",
  });
  expect(await get('/v1/invoices/in_1/lines')).toMatchObject({ status: 404, message: "No such invoice: 'in_1'" });
});

it.each([
  'GET /v1/invoices/in_1/nonsense',
  'PATCH /v1/invoices/in_1',
  'DELETE /v1/ephemeral_keys',
  'GET /v1/nothing',
  'GET /v1/invoices//lines',
])('%s: is nothing of Stripe’s, and unrecognized', async (request) => {
  expect(await answerTo(request)).toMatchObject({
    status: 404,
    message: expect.stringContaining('Unrecognized request URL') as string,
  });
});

describe.each(['invoices', 'subscriptions'])('/v1/%s/search', (name) => {
  const query = encodeURIComponent(`status:"open" AND metadata["a"]:"b"`);

  it('finds nothing', async () => {
    const empty = { status: 200, object: 'search_result', data: [], has_more: false, next_page: null };

    expect(await get(`/v1/${name}/search?query=${query}&limit=3&expand[]=data.customer`)).toEqual({
      ...empty,
      url: `/v1/${name}/search`,
    });
  });

  it('requires a query that can be parsed, and takes no page', async () => {
    expect(await get(`/v1/${name}/search`)).toMatchObject({ status: 400, code: 'parameter_missing', param: 'query' });
    expect(await get(`/v1/${name}/search?query=status`)).toMatchObject({ status: 400, param: 'query' });
    expect(await get(`/v1/${name}/search?query=${encodeURIComponent('colour:"x"')}`)).toMatchObject({ status: 400 });
    expect(await get(`/v1/${name}/search?query=${query}&page=x`)).toMatchObject({ status: 400, param: 'page' });
  });
});
