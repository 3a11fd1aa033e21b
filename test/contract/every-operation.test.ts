/** Every operation that is served answers the official SDK's own method for it; ours, which the SDK does not know, its raw request. */
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { EMPTY_LISTS } from '../../functions/empty-lists/table.ts';
import { type Objects, objectsOf } from '../scenarios/one-of-each-object.ts';
import { operations } from '../world/api.ts';
import { eitherApp } from '../world/contract-app.ts';

const app = await eitherApp();
const { stripe } = app;
const ids = await objectsOf(app, app.merchant);

type Call = (stripe: Stripe, ids: Objects) => Promise<unknown>;

const draft = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', payment_method: 'pm_card_visa', ...params });
const held = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  draft({ confirm: true, capture_method: 'manual', ...params });
const RAISABLE = { payment_method_options: { card: { request_incremental_authorization: 'if_available' } } } as const;
const paid = () => draft({ confirm: true });
const setup = () => stripe.setupIntents.create({ payment_method: 'pm_card_visa' });
const checkout = () =>
  stripe.checkout.sessions.create({
    mode: 'payment',
    success_url: 'https://shop.example/',
    line_items: [{ price_data: { currency: 'usd', unit_amount: 900, product_data: { name: 'Tea' } }, quantity: 1 }],
  });
/** One that is still to be captured. */
const charge = () => stripe.charges.create({ amount: 900, currency: 'usd', source: 'tok_visa', capture: false });
const newSource = async (customer: string) =>
  (await stripe.customers.createSource(customer, { source: 'tok_visa' })).id;
const query = { query: 'created>0' };

/** By the SDK. */
const CALLS: Readonly<Record<string, Call>> = {
  'POST /v1/payment_intents': () => draft(),
  'GET /v1/payment_intents': (sdk) => sdk.paymentIntents.list(),
  'GET /v1/payment_intents/search': (sdk) => sdk.paymentIntents.search(query),
  'GET /v1/payment_intents/{id}': (sdk, { payment_intents: id }) => sdk.paymentIntents.retrieve(id!),
  'POST /v1/payment_intents/{id}': (sdk, { payment_intents: id }) =>
    sdk.paymentIntents.update(id!, { description: 'x' }),
  'POST /v1/payment_intents/{id}/confirm': async (sdk) => sdk.paymentIntents.confirm((await draft()).id),
  'POST /v1/payment_intents/{id}/capture': async (sdk) => sdk.paymentIntents.capture((await held()).id),
  'POST /v1/payment_intents/{id}/increment_authorization': async (sdk) =>
    sdk.paymentIntents.incrementAuthorization((await held(RAISABLE)).id, { amount: 3_000 }),
  'POST /v1/payment_intents/{id}/cancel': async (sdk) => sdk.paymentIntents.cancel((await held()).id),
  'POST /v1/refunds': async (sdk) => sdk.refunds.create({ payment_intent: (await paid()).id }),
  'GET /v1/refunds': (sdk) => sdk.refunds.list(),
  'GET /v1/refunds/{id}': (sdk, { refunds: id }) => sdk.refunds.retrieve(id!),
  'POST /v1/refunds/{id}': (sdk, { refunds: id }) => sdk.refunds.update(id!, { metadata: { a: '1' } }),
  'POST /v1/charges': () => charge(),
  'GET /v1/charges': (sdk) => sdk.charges.list(),
  'GET /v1/charges/search': (sdk) => sdk.charges.search(query),
  'GET /v1/charges/{id}': (sdk, { charges: id }) => sdk.charges.retrieve(id!),
  'POST /v1/charges/{id}': (sdk, { charges: id }) => sdk.charges.update(id!, { description: 'x' }),
  'POST /v1/charges/{id}/capture': async (sdk) => sdk.charges.capture((await charge()).id),
  'POST /v1/customers': (sdk) => sdk.customers.create({}),
  'GET /v1/customers': (sdk) => sdk.customers.list(),
  'GET /v1/customers/search': (sdk) => sdk.customers.search(query),
  'GET /v1/customers/{id}': (sdk, { customers: id }) => sdk.customers.retrieve(id!),
  'POST /v1/customers/{id}': (sdk, { customers: id }) => sdk.customers.update(id!, { name: 'x' }),
  'DELETE /v1/customers/{id}': async (sdk) => sdk.customers.del((await sdk.customers.create({})).id),
  'GET /v1/customers/{id}/payment_methods': (sdk, { customers: id }) => sdk.customers.listPaymentMethods(id!),
  'GET /v1/customers/{id}/payment_methods/{method}': (sdk, { customers: id, payment_methods: method }) =>
    sdk.customers.retrievePaymentMethod(id!, method!),
  'GET /v1/customers/{id}/sources': (sdk, { customers: id }) => sdk.customers.listSources(id!),
  'GET /v1/customers/{id}/sources/{source}': (sdk, { customers: id, payment_methods: method }) =>
    sdk.customers.retrieveSource(id!, method!.replace('pm_', 'card_')),
  'POST /v1/customers/{id}/sources': (sdk, { customers: id }) =>
    sdk.customers.createSource(id!, { source: 'tok_visa' }),
  'POST /v1/customers/{id}/sources/{source}': (sdk, { customers: id, payment_methods: method }) =>
    sdk.customers.updateSource(id!, method!.replace('pm_', 'card_'), { name: 'x' }),
  'DELETE /v1/customers/{id}/sources/{source}': async (sdk, { customers: id }) =>
    sdk.customers.deleteSource(id!, await newSource(id!)),
  'GET /v1/disputes': (sdk) => sdk.disputes.list(),
  'GET /v1/disputes/{id}': (sdk, { disputes: id }) => sdk.disputes.retrieve(id!),
  'POST /v1/disputes/{id}': (sdk, { disputes: id }) => sdk.disputes.update(id!, { metadata: { a: '1' } }),
  'POST /v1/disputes/{id}/close': (sdk, { disputes: id }) => sdk.disputes.close(id!),
  'POST /v1/setup_intents': () => setup(),
  'GET /v1/setup_intents': (sdk) => sdk.setupIntents.list(),
  'GET /v1/setup_intents/{id}': (sdk, { setup_intents: id }) => sdk.setupIntents.retrieve(id!),
  'POST /v1/setup_intents/{id}': (sdk, { setup_intents: id }) => sdk.setupIntents.update(id!, { description: 'x' }),
  'POST /v1/setup_intents/{id}/confirm': async (sdk) => sdk.setupIntents.confirm((await setup()).id),
  'POST /v1/setup_intents/{id}/cancel': async (sdk) => sdk.setupIntents.cancel((await setup()).id),
  'GET /v1/setup_attempts': (sdk, { agreed_setup_intents: id }) => sdk.setupAttempts.list({ setup_intent: id! }),
  'GET /v1/mandates/{id}': (sdk, { mandates: id }) => sdk.mandates.retrieve(id!),
  'POST /v1/payment_methods': (sdk) => sdk.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } }),
  'GET /v1/payment_methods': (sdk, { customers: customer }) => sdk.paymentMethods.list({ customer: customer! }),
  'GET /v1/payment_methods/{id}': (sdk, { payment_methods: id }) => sdk.paymentMethods.retrieve(id!),
  'POST /v1/payment_methods/{id}': (sdk, { payment_methods: id }) =>
    sdk.paymentMethods.update(id!, { metadata: { a: '1' } }),
  'POST /v1/payment_methods/{id}/attach': (sdk, { customers }) =>
    sdk.paymentMethods.attach('pm_card_visa', { customer: customers! }),
  'POST /v1/payment_methods/{id}/detach': (sdk, { payment_methods: id }) => sdk.paymentMethods.detach(id!),
  'POST /v1/tokens': (sdk) =>
    sdk.tokens.create({ card: { number: '4242424242424242', exp_month: '12', exp_year: '2034' } }),
  'GET /v1/tokens/{id}': (sdk, { tokens: id }) => sdk.tokens.retrieve(id!),
  'GET /v1/reviews': (sdk) => sdk.reviews.list(),
  'GET /v1/reviews/{id}': (sdk, { reviews: id }) => sdk.reviews.retrieve(id!),
  'POST /v1/reviews/{id}/approve': (sdk, { reviews: id }) => sdk.reviews.approve(id!),
  'GET /v1/balance': (sdk) => sdk.balance.retrieve(),
  'GET /v1/balance_transactions': (sdk) => sdk.balanceTransactions.list(),
  'GET /v1/balance_transactions/{id}': (sdk, { balance_transactions: id }) => sdk.balanceTransactions.retrieve(id!),
  'GET /v1/payouts': (sdk) => sdk.payouts.list(),
  'GET /v1/payouts/{id}': (sdk, { payouts: id }) => sdk.payouts.retrieve(id!),
  'POST /v1/payouts': (sdk) => sdk.payouts.create({ amount: 1_000, currency: 'usd' }),
  'POST /v1/payouts/{id}': (sdk, { payouts: id }) => sdk.payouts.update(id!, { metadata: { a: '1' } }),
  'POST /v1/payouts/{id}/cancel': (sdk, { payouts: id }) => sdk.payouts.cancel(id!),
  'POST /v1/webhook_endpoints': (sdk) =>
    sdk.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['payout.paid'] }),
  'GET /v1/webhook_endpoints': (sdk) => sdk.webhookEndpoints.list(),
  'GET /v1/webhook_endpoints/{id}': (sdk, { webhook_endpoints: id }) => sdk.webhookEndpoints.retrieve(id!),
  'POST /v1/webhook_endpoints/{id}': (sdk, { webhook_endpoints: id }) =>
    sdk.webhookEndpoints.update(id!, { description: 'x' }),
  'DELETE /v1/webhook_endpoints/{id}': async (sdk) =>
    sdk.webhookEndpoints.del(
      (await sdk.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['*'] })).id,
    ),
  'POST /v1/checkout/sessions': () => checkout(),
  'GET /v1/checkout/sessions': (sdk) => sdk.checkout.sessions.list(),
  'GET /v1/checkout/sessions/{id}': (sdk, { checkout: id }) => sdk.checkout.sessions.retrieve(id!),
  'POST /v1/checkout/sessions/{id}': (sdk, { checkout: id }) =>
    sdk.checkout.sessions.update(id!, { metadata: { a: '1' } }),
  'POST /v1/checkout/sessions/{id}/expire': async (sdk) => sdk.checkout.sessions.expire((await checkout()).id),
  'GET /v1/checkout/sessions/{id}/line_items': (sdk, { checkout: id }) => sdk.checkout.sessions.listLineItems(id!),
  'GET /v1/account': (sdk) => sdk.accounts.retrieveCurrent(),
  'GET /v1/accounts/{id}': (sdk, { accounts: id }) => sdk.accounts.retrieve(id!),
  'GET /v1/accounts/{id}/external_accounts': (sdk, { accounts: id }) => sdk.accounts.listExternalAccounts(id!),
  'GET /v1/accounts/{id}/external_accounts/{bank}': (sdk, { accounts: id, external_accounts: bank }) =>
    sdk.accounts.retrieveExternalAccount(id!, bank!),
  'GET /v1/accounts/{id}/persons': (sdk, { accounts: id }) => sdk.accounts.listPersons(id!),
  'GET /v1/accounts/{id}/capabilities': (sdk, { accounts: id }) => sdk.accounts.listCapabilities(id!),
  'GET /v1/accounts/{id}/capabilities/{capability}': (sdk, { accounts: id }) =>
    sdk.accounts.retrieveCapability(id!, 'card_payments'),
  'GET /v1/balance_settings': (sdk) => sdk.balanceSettings.retrieve(),
  'GET /v1/invoices/search': (sdk) => sdk.invoices.search({ query: 'status:"open"' }),
  'GET /v1/subscriptions/search': (sdk) => sdk.subscriptions.search({ query: 'status:"active"' }),
  'GET /v1/customers/{id}/cash_balance': (sdk, { customers: id }) => sdk.customers.retrieveCashBalance(id!),
  'GET /v1/customers/{id}/cash_balance_transactions': (sdk, { customers: id }) =>
    sdk.customers.listCashBalanceTransactions(id!),
  'GET /v1/country_specs': (sdk) => sdk.countrySpecs.list(),
  'GET /v1/country_specs/{id}': (sdk, { country_specs: id }) => sdk.countrySpecs.retrieve(id!),
  'GET /v1/customers/{id}/balance_transactions': (sdk, { customers: id }) => sdk.customers.listBalanceTransactions(id!),
  'GET /v1/customers/{id}/tax_ids': (sdk, { customers: id }) => sdk.customers.listTaxIds(id!),
  'POST /v1/products': (sdk) => sdk.products.create({ name: 'Tea' }),
  'GET /v1/products': (sdk) => sdk.products.list(),
  'GET /v1/products/search': (sdk) => sdk.products.search({ query: 'active:"true"' }),
  'GET /v1/products/{id}': (sdk, { products: id }) => sdk.products.retrieve(id!),
  'GET /v1/products/{id}/features': (sdk, { products: id }) => sdk.products.listFeatures(id!),
  'POST /v1/products/{id}': (sdk, { products: id }) => sdk.products.update(id!, { description: 'x' }),
  'DELETE /v1/products/{id}': async (sdk) => sdk.products.del((await sdk.products.create({ name: 'Tea' })).id),
  'POST /v1/prices': (sdk, { products: product }) =>
    sdk.prices.create({ product: product!, currency: 'usd', unit_amount: 900 }),
  'GET /v1/prices': (sdk) => sdk.prices.list(),
  'GET /v1/prices/search': (sdk) => sdk.prices.search({ query: 'active:"true"' }),
  'GET /v1/prices/{id}': (sdk, { prices: id }) => sdk.prices.retrieve(id!),
  'POST /v1/prices/{id}': (sdk, { prices: id }) => sdk.prices.update(id!, { nickname: 'x' }),
  'GET /v1/events': (sdk) => sdk.events.list(),
  'GET /v1/events/{id}': (sdk, { events: id }) => sdk.events.retrieve(id!),
};

const raw =
  (method: 'GET' | 'POST' | 'DELETE', path: (ids: Objects) => string): Call =>
  (sdk, known) =>
    sdk.rawRequest(method, path(known));

const cardPath = async ({ customers: id }: Objects): Promise<string> =>
  `/v1/customers/${id}/cards/${await newSource(id!)}`;

/** Of those, the ones that no object satisfies: a refund of a card never requires an action. */
const ALWAYS_REFUSED: Readonly<Record<string, Call>> = {
  'POST /v1/refunds/{id}/cancel': (sdk, { refunds: id }) => sdk.refunds.cancel(id!),
  'POST /v1/test_helpers/refunds/{id}/expire': (sdk, { refunds: id }) => sdk.testHelpers.refunds.expire(id!),
  'POST /v1/customers/{id}/balance_transactions': (sdk, { customers: id }) =>
    sdk.customers.createBalanceTransaction(id!, { amount: 100, currency: 'usd' }),
  'POST /v1/customers/{id}/bank_accounts': raw('POST', ({ customers: id }) => `/v1/customers/${id}/bank_accounts`),
  'POST /v1/customers/{id}/subscriptions': raw('POST', ({ customers: id }) => `/v1/customers/${id}/subscriptions`),
  'POST /v1/products/{id}/features': (sdk, { products: id }) =>
    sdk.products.createFeature(id!, { entitlement_feature: 'feat_x' }),
  'POST /v1/payouts/{id}/reverse': (sdk, { payouts: id }) => sdk.payouts.reverse(id!),
  'POST /v1/customers/{id}/tax_ids': (sdk, { customers: id }) =>
    sdk.customers.createTaxId(id!, { type: 'eu_vat', value: 'DE123456789' }),
};

/** Ours. */
const RAW: Readonly<Record<string, Call>> = {
  'GET /v1/channels': raw('GET', () => '/v1/channels'),
  'GET /v1/channels/{id}': raw('GET', ({ channels: id }) => `/v1/channels/${id}`),
  'GET /v1/ledger/accounts': raw('GET', () => '/v1/ledger/accounts'),
  'GET /v1/balance/history': raw('GET', () => '/v1/balance/history'),
  'GET /v1/balance/history/{id}': raw('GET', ({ balance_transactions: id }) => `/v1/balance/history/${id}`),
  'GET /v1/accounts/{id}/bank_accounts/{bank}': raw(
    'GET',
    ({ accounts: id, external_accounts: bank }) => `/v1/accounts/${id}/bank_accounts/${bank}`,
  ),
  'GET /v1/accounts/{id}/people': raw('GET', ({ accounts: id }) => `/v1/accounts/${id}/people`),
  'GET /v1/charges/{id}/refunds': raw('GET', ({ charges: id }) => `/v1/charges/${id}/refunds`),
  'GET /v1/charges/{id}/refunds/{refund}': async (sdk) => {
    const { id, charge: of } = await sdk.refunds.create({ payment_intent: (await paid()).id });
    return sdk.rawRequest('GET', `/v1/charges/${of as string}/refunds/${id}`) as Promise<unknown>;
  },
  'POST /v1/charges/{id}/refunds/{refund}': async (sdk) => {
    const { id, charge: of } = await sdk.refunds.create({ payment_intent: (await paid()).id });
    return sdk.rawRequest('POST', `/v1/charges/${of as string}/refunds/${id}`, {
      metadata: { a: 'b' },
    }) as Promise<unknown>;
  },
  'POST /v1/charges/{id}/refunds': async (sdk) =>
    sdk.rawRequest('POST', `/v1/charges/${(await paid()).latest_charge as string}/refunds`) as Promise<unknown>,
  'POST /v1/charges/{id}/refund': async (sdk) =>
    sdk.rawRequest('POST', `/v1/charges/${(await paid()).latest_charge as string}/refund`) as Promise<unknown>,
  'GET /v1/customers/{id}/cards': raw('GET', ({ customers: id }) => `/v1/customers/${id}/cards`),
  'GET /v1/customers/{id}/cards/{source}': async (sdk, known) =>
    sdk.rawRequest('GET', await cardPath(known)) as Promise<unknown>,
  'POST /v1/customers/{id}/cards': (sdk, { customers: id }) =>
    sdk.rawRequest('POST', `/v1/customers/${id}/cards`, { card: 'tok_visa' }) as Promise<unknown>,
  'POST /v1/customers/{id}/cards/{source}': async (sdk, known) =>
    sdk.rawRequest('POST', await cardPath(known), { name: 'x' }) as Promise<unknown>,
  'DELETE /v1/customers/{id}/cards/{source}': async (sdk, known) =>
    sdk.rawRequest('DELETE', await cardPath(known)) as Promise<unknown>,
  'GET /v1/customers/{id}/bank_accounts': raw('GET', ({ customers: id }) => `/v1/customers/${id}/bank_accounts`),
  'GET /v1/customers/{id}/subscriptions': raw('GET', ({ customers: id }) => `/v1/customers/${id}/subscriptions`),
  'GET /v1/payouts/{id}/report': raw('GET', ({ settled_payouts: id }) => `/v1/payouts/${id}/report`),
  'POST /v1/webhook_endpoints/{id}/roll_secret': raw(
    'POST',
    ({ webhook_endpoints: id }) => `/v1/webhook_endpoints/${id}/roll_secret`,
  ),
  'GET /v1/webhook_endpoints/{id}/deliveries': raw(
    'GET',
    ({ webhook_endpoints: id }) => `/v1/webhook_endpoints/${id}/deliveries`,
  ),
  'POST /v1/events/{id}/retry': raw('POST', ({ events: id }) => `/v1/events/${id}/retry`),
  'POST /v1/test_helpers/refunds/{id}/fail': raw('POST', ({ refunds: id }) => `/v1/test_helpers/refunds/${id}/fail`),
  'POST /v1/test_helpers/charges/{id}/dispute': raw(
    'POST',
    ({ settled_charges: id }) => `/v1/test_helpers/charges/${id}/dispute`,
  ),
  'POST /v1/test_helpers/payment_intents/{id}/expire': async (sdk, known) => {
    const { id } = await held();
    return raw('POST', () => `/v1/test_helpers/payment_intents/${id}/expire`)(sdk, known);
  },
  'POST /v1/test_helpers/checkout/sessions/{id}/complete': async (sdk, known) => {
    const { id } = await checkout();
    return raw('POST', () => `/v1/test_helpers/checkout/sessions/${id}/complete`)(sdk, known);
  },
  'POST /v1/test_helpers/charges/{id}/expire': async (sdk, known) => {
    const { id } = await charge();
    return raw('POST', () => `/v1/test_helpers/charges/${id}/expire`)(sdk, known);
  },
};

/** Lists that are always empty: the page, any id, and a creation. */
const EMPTY: Readonly<Record<string, Call>> = Object.fromEntries(
  EMPTY_LISTS.flatMap(({ path, filters, uncreatable, notRetrieved }) => {
    const at = `/v1/${path}`;
    const required = Object.keys(filters).filter((name) => filters[name] === 'required');
    return [
      [`GET ${at}`, raw('GET', () => `${at}?${required.map((name) => `${name}=x`).join('&')}`)],
      ...(notRetrieved ? [] : [[`GET ${at}/{id}`, raw('GET', () => `${at}/none_1`)] as const]),
      ...(uncreatable === undefined ? [] : [[`POST ${at}`, raw('POST', () => at)] as const]),
    ];
  }),
);
const statusOf = (operation: string): number => {
  if (operation in ALWAYS_REFUSED) return 400;
  if (!(operation in EMPTY)) return 200;
  return operation.startsWith('POST') ? 400 : operation.endsWith('{id}') ? 404 : 200;
};

const isOf = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path) &&
  !(template.endsWith('}') && path.endsWith('/search'));

type Listener = (event: Stripe.ResponseEvent) => void;
/** The SDK's types leave its listeners open. */
interface Listened {
  readonly on: (event: 'response', listener: Listener) => void;
  readonly off: (event: 'response', listener: Listener) => void;
}

/** The last request that a call made, and how it was answered. */
async function answered(call: Call): Promise<{ readonly route: string; readonly status: number }> {
  const seen: Stripe.ResponseEvent[] = [];
  const note: Listener = (event) => void seen.push(event);
  const listened = stripe as unknown as Listened;
  listened.on('response', note);
  try {
    await call(stripe, ids).catch((error: Stripe.errors.StripeError) => error);
  } finally {
    listened.off('response', note);
  }
  const { method, path, status } = seen.at(-1)!;
  return { route: `${method} ${path.split('?', 1)[0]}`, status };
}

const served = operations.map(({ method, path }) => `${method} ${path}`);
const all = { ...CALLS, ...ALWAYS_REFUSED, ...RAW, ...EMPTY };

it('every operation that is served has its call here, and no other', () => {
  expect(Object.keys(all).sort()).toEqual(served.toSorted());
});

it.each(Object.keys(all))('%s answers', async (operation) => {
  const [method, template] = operation.split(' ') as [string, string];

  const { route, status } = await answered(all[operation]!);

  expect(status).toBe(statusOf(operation));
  const [asked, path] = route.split(' ') as [string, string];
  expect(asked).toBe(method);
  expect(isOf(template, path)).toBe(true);
});
