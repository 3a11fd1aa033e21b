/** Requests whose answers have the members that only some objects of their kind have. */
import type Stripe from 'stripe';
import { CACHE_MS } from '../../functions/kernel/remembered.ts';
import { loadSettings, writeSettings } from '../../functions/merchants/store.ts';
import { type App, scopeOfApp } from '../world/app.ts';
import { settle } from './available-funds.ts';
import { objectsOf } from './one-of-each-object.ts';
import { BACK, walletSteps } from './wallet-sdk.ts';

const PERSON = { name: 'Jenny Rosen', phone: '+15551234', address: { line1: '1 Main Street', country: 'US' } };
const PACKAGE = { ...PERSON, carrier: 'Post', tracking_number: 'T1' };
const CARD = { number: '4242424242424242', exp_month: '12', exp_year: '2034' };
const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;
/** Answered or refused: an error has members too. */
const either = (answer: Promise<unknown>): Promise<unknown> => answer.catch(() => undefined);

export async function makeOptionalMembers(app: App): Promise<void> {
  const ids = await objectsOf(app, app.merchant);
  await customers(app);
  await cards(app);
  await wallets(app);
  await setups(app);
  await sales(app);
  await refunds(app);
  await accountAndBooks(app, ids.accounts!);
}

async function customers({ stripe }: App): Promise<void> {
  const { id } = await stripe.customers.create({
    individual_name: 'Jenny Rosen',
    business_name: 'Rosen Tea',
    payment_method: 'pm_card_visa',
    shipping: PERSON,
  });
  await stripe.customers.retrieve(id, { expand: ['cash_balance', 'sources', 'subscriptions', 'tax', 'tax_ids'] });
  await stripe.paymentMethods.list({ customer: id });
  await stripe.customers.del(id);
}

async function cards({ stripe }: App): Promise<void> {
  const card = { amount: 2_000, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' };
  const { latest_charge: charge } = await stripe.paymentIntents.create({
    ...card,
    capture_method: 'manual',
    shipping: PACKAGE,
    payment_method_options: {
      card: { request_incremental_authorization: 'if_available', request_multicapture: 'if_available' },
    },
  });
  await stripe.charges.update(charge as string, { fraud_details: { user_report: 'safe' } });
  await stripe.charges.retrieve(charge as string, { expand: ['refunds'] });
  await either(stripe.paymentIntents.create({ ...card, payment_method: 'pm_card_visa_chargeDeclined' }));
  await stripe.paymentIntents.create({ ...card, payment_method: 'pm_card_threeDSecure2Required', return_url: BACK });
  await stripe.tokens.create({ card: CARD });
  await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' }, allow_redisplay: 'always' });
}

async function wallets(app: App): Promise<void> {
  const { create, pay, decide } = walletSteps(app);
  const { stripe } = app;
  const none = { setup_future_usage: 'none' } as const;
  await create({
    payment_method_types: ['card', ...WALLETS],
    payment_method_options: {
      card: { capture_method: 'manual' },
      alipay: none,
      wechat_pay: none,
      paypal: { ...none, capture_method: 'manual' },
    },
  });
  await create({ automatic_payment_methods: { enabled: true, allow_redirects: 'never' } });
  for (const type of WALLETS) {
    await stripe.paymentMethods.create({ type });
    const intent = await pay(type);
    await decide(intent, 'approve');
    await stripe.charges.list({ payment_intent: intent.id });
    await stripe.refunds.create({ payment_intent: intent.id, amount: 100 });
    const paid = await stripe.paymentIntents.retrieve(intent.id);
    if (type === 'paypal')
      await stripe.rawRequest('POST', `/v1/test_helpers/charges/${paid.latest_charge as string}/dispute`, {
        type: 'chargeback',
      });
    const declined = await pay(type);
    await decide(declined, 'decline');
    await stripe.paymentIntents.retrieve(declined.id);
  }
  await app.settleDown();
  await stripe.disputes.list();
}

async function setups({ stripe }: App): Promise<void> {
  await stripe.setupIntents.create({ automatic_payment_methods: { enabled: true, allow_redirects: 'never' } });
  const confirm = { confirm: true, return_url: BACK };
  await stripe.setupIntents.create({ ...confirm, payment_method: 'pm_card_threeDSecure2Required' });
  const { id } = await stripe.setupIntents.create({ payment_method: 'pm_card_visa_chargeDeclined' });
  await either(stripe.setupIntents.confirm(id));
  await stripe.setupIntents.retrieve(id);
  await stripe.setupAttempts.list({ setup_intent: id });
  const acceptance = { type: 'offline', offline: {} } as const;
  const paid = await stripe.paymentIntents.create({
    amount: 900,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
    mandate_data: { customer_acceptance: acceptance },
  });
  const charge = await stripe.charges.retrieve(paid.latest_charge as string);
  await stripe.mandates.retrieve(charge.payment_method_details!.card!.mandate as string);
  const setUp = await stripe.setupIntents.create({
    confirm: true,
    payment_method: 'pm_card_visa',
    mandate_data: { customer_acceptance: acceptance },
  });
  await stripe.mandates.retrieve(setUp.mandate as string);
}

async function sales({ stripe }: App): Promise<void> {
  const product = await stripe.products.create({ name: 'Tea', marketing_features: [{ name: 'Green' }] });
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 900,
    currency_options: { eur: { unit_amount: 800 } },
  });
  await stripe.prices.retrieve(price.id, { expand: ['currency_options'] });
  await stripe.products.del((await stripe.products.create({ name: 'Cup' })).id);
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    success_url: BACK,
    line_items: [{ price: price.id, quantity: 1 }],
    excluded_payment_method_types: ['alipay'],
    payment_method_options: {
      card: { capture_method: 'manual', setup_future_usage: 'on_session' },
      paypal: { capture_method: 'manual', setup_future_usage: 'none' },
      wechat_pay: { client: 'web', setup_future_usage: 'none' },
    },
  });
  await stripe.checkout.sessions.retrieve(session.id, {
    expand: ['line_items.data.taxes', 'line_items.data.discounts', 'total_details.breakdown'],
  });
}

async function refunds(app: App): Promise<void> {
  const { stripe } = app;
  const refund = async (method: string) => {
    const card = { amount: 2_000, currency: 'usd', confirm: true, payment_method: method };
    return stripe.refunds.create({ payment_intent: (await stripe.paymentIntents.create(card)).id });
  };
  const [failing, pending] = [await refund('pm_card_refundFail'), await refund('pm_card_pendingRefund')];
  app.later(10_000);
  await app.settleDown();
  for (const { id } of [failing, pending]) await stripe.refunds.retrieve(id);
}

/** A reserve is held of what is settled. */
async function accountAndBooks(app: App, account: string): Promise<void> {
  const { stripe, world } = app;
  const scope = scopeOfApp(app);
  const settings = await loadSettings(world.table, scope);
  const fees = { ...settings.fees, reserveBps: 1_000, reserveDays: 30 };
  await world.table.commit(writeSettings(scope, { ...settings, version: settings.version + 1, fees }));
  app.later(CACHE_MS + 1);
  const card = { amount: 20_000, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' };
  await stripe.paymentIntents.create(card);
  await settle(app, scope);
  await stripe.balance.retrieve();
  await stripe.accounts.retrieveCurrent();
  await stripe.accounts.listExternalAccounts(account);
  await stripe.accounts.retrieve(account, { expand: ['external_accounts'] });
  const endpoint = await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['*'] });
  await stripe.webhookEndpoints.del(endpoint.id);
  await readAll(stripe);
}

async function readAll(stripe: Stripe): Promise<void> {
  await stripe.paymentIntents.list({ limit: 100 });
  await stripe.charges.list({ limit: 100 });
  await stripe.setupIntents.list({ limit: 100 });
  await stripe.checkout.sessions.list({ limit: 100 });
  await stripe.payouts.list();
  await stripe.balanceTransactions.list();
  await stripe.reviews.list();
  await stripe.countrySpecs.list();
  await stripe.events.list();
}
