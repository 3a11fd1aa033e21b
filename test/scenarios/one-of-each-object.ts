/** One object of every kind that a merchant can have, by the collection of its path. */
import { EMPTY_LISTS } from '../../functions/empty-lists/table.ts';
import type { MadeMerchant } from '../../functions/operator/create.ts';
import type { PublicApp } from '../world/app.ts';

export type Objects = Readonly<Record<string, string>>;

/** `/v1/test_helpers/refunds/{id}/fail` is about refunds; `balance/history` is the older name of balance transactions. */
export const collectionOf = (path: string): string =>
  path.replace('/test_helpers', '').replace('balance/history', 'balance_transactions').split('/')[2]!;

/** The path with the ids of these objects in it. */
export const withIds = (path: string, ids: Objects): string =>
  path
    .replace('{id}', () => known(ids, path === '/v1/payouts/{id}/report' ? 'settled_payouts' : collectionOf(path)))
    .replace('{method}', () => known(ids, 'payment_methods'))
    .replace('{capability}', 'card_payments')
    .replace('{bank}', () => known(ids, 'external_accounts'))
    .replace('{refund}', () => known(ids, 'refunds'))
    .replace('{source}', () => known(ids, 'payment_methods').replace(/^pm_/, 'card_'));

/** Collections of lists that are always empty: an id there names nothing, and that is what is tested. */
const EMPTY = new Set(EMPTY_LISTS.map(({ path }) => collectionOf(`/v1/${path}`)).filter((name) => name !== 'accounts'));

/** Throws where no object exists: an answer about a missing object would prove nothing. */
function known(ids: Objects, collection: string): string {
  const id = EMPTY.has(collection) ? 'none_x' : ids[collection];
  if (id === undefined)
    throw new Error(`there is no object of ${collection}: test/scenarios/one-of-each-object.ts has to make one`);
  return id;
}

/** Makes them in test mode: what they are about is left where it may still be changed. */
export async function objectsOf(app: PublicApp, made: MadeMerchant): Promise<Objects> {
  const stripe = app.client({ key: made.test.secretKey });
  const card = { amount: 2_000, currency: 'usd', confirm: true };
  const settled = await stripe.paymentIntents.create({ ...card, amount: 50_000, payment_method: 'pm_card_visa' });
  await app.settle(made);
  const [automatic] = (await stripe.payouts.list()).data;
  await stripe.paymentIntents.create({ ...card, amount: 50_000, payment_method: 'pm_card_visa' });
  await app.makeAvailable(made);
  // The period that was sealed ends in some milliseconds.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const payout = await stripe.payouts.create({ amount: 1_000, currency: 'usd' });
  const paid = await stripe.paymentIntents.create({ ...card, payment_method: 'pm_card_riskLevelElevated' });
  const customer = await stripe.customers.create({ payment_method: 'pm_card_visa' });
  const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  const setup = await stripe.setupIntents.create({ customer: customer.id });
  const agreed = await stripe.setupIntents.create({
    payment_method: 'pm_card_visa',
    confirm: true,
    mandate_data: { customer_acceptance: { type: 'offline', offline: {} } },
  });
  const price = await stripe.prices.create({ product_data: { name: 'Tea' }, currency: 'usd', unit_amount: 900 });
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    success_url: 'https://shop.example/',
    line_items: [{ price_data: { currency: 'usd', unit_amount: 900, product_data: { name: 'Tea' } }, quantity: 1 }],
  });
  await stripe.paymentIntents.create({ ...card, payment_method: 'pm_card_createDispute' });
  const token = await stripe.tokens.create({ card: { number: '4242424242424242', exp_month: '12', exp_year: '2034' } });
  const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 100 });
  const endpoint = await stripe.webhookEndpoints.create({
    url: 'http://127.0.0.1:9/',
    enabled_events: ['charge.captured'],
  });
  const held = await stripe.paymentIntents.create({
    ...card,
    capture_method: 'manual',
    payment_method: 'pm_card_visa',
  });
  await stripe.paymentIntents.capture(held.id);
  await app.settleDown();
  const [event] = (await stripe.events.list({ type: 'charge.captured' })).data;
  const [dispute] = (await stripe.disputes.list()).data;
  const [bank] = (await stripe.accounts.listExternalAccounts(made.merchant)).data;
  const accounts = (await stripe.rawRequest('GET', '/v1/channels')) as unknown as { data: { id: string }[] };
  const [transaction] = (await stripe.balanceTransactions.list({ limit: 1 })).data;
  return {
    accounts: made.merchant,
    channels: accounts.data[0]!.id,
    external_accounts: bank!.id,
    country_specs: 'US',
    payment_intents: paid.id,
    charges: paid.latest_charge as string,
    payment_methods: method!.id,
    tokens: token.id,
    customers: customer.id,
    checkout: session.id,
    products: price.product as string,
    prices: price.id,
    setup_intents: setup.id,
    agreed_setup_intents: agreed.id,
    mandates: agreed.mandate as string,
    disputes: dispute!.id,
    reviews: paid.review as string,
    refunds: refund.id,
    payouts: payout.id,
    settled_payouts: automatic!.id,
    settled_charges: settled.latest_charge as string,
    webhook_endpoints: endpoint.id,
    events: event!.id,
    balance_transactions: transaction!.id,
  };
}
