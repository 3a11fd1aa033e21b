/** What a shop, its payers and its bank do until the product has sent an event of each type. */
import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import { eventually } from '../world/deployed.ts';
import type { Product } from '../world/product.ts';

/** The types that `everyEvent` ends with. The two that it lacks take a wallet a day. */
export const SENT_TYPES = [
  'account.external_account.updated',
  'charge.captured',
  'charge.dispute.closed',
  'charge.dispute.created',
  'charge.dispute.funds_reinstated',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.updated',
  'charge.expired',
  'charge.failed',
  'charge.pending',
  'charge.refund.updated',
  'charge.refunded',
  'charge.succeeded',
  'charge.updated',
  'checkout.session.completed',
  'checkout.session.expired',
  'customer.created',
  'customer.deleted',
  'customer.updated',
  'payment_intent.amount_capturable_updated',
  'payment_intent.canceled',
  'payment_intent.created',
  'payment_intent.payment_failed',
  'payment_intent.processing',
  'payment_intent.requires_action',
  'payment_intent.succeeded',
  'payment_method.attached',
  'payment_method.detached',
  'payment_method.updated',
  'payout.canceled',
  'payout.created',
  'payout.failed',
  'payout.paid',
  'payout.updated',
  'price.created',
  'price.updated',
  'product.created',
  'product.deleted',
  'product.updated',
  'refund.created',
  'refund.failed',
  'refund.updated',
  'review.opened',
  'setup_intent.canceled',
  'setup_intent.created',
  'setup_intent.requires_action',
  'setup_intent.setup_failed',
  'setup_intent.succeeded',
] as const;

/** Leaves objects of every kind, each in several states, and returns when their events are listed. */
export async function everyEvent(product: Product): Promise<void> {
  const { stripe } = product;
  await returnedPayout(product);
  await payments(stripe);
  await refunds(stripe);
  await dispute(stripe);
  await customers(stripe);
  await catalog(stripe);
  await setups(stripe);
  await sessions(stripe);
  await askedPayouts(product);
  await eventually(async () => {
    const seen = new Set((await allOf(stripe.events)).map(({ type }) => type as string));
    const missing = SENT_TYPES.filter((type) => !seen.has(type));
    if (missing.length > 0) throw new Error(`no event yet: ${missing.join(' ')}`);
    return true;
  });
  await atRest(stripe);
}

/** Everything of a list, whatever its length. */
export const allOf = <T>(resource: {
  list: (params: { limit: number }) => Stripe.ApiListPromise<T>;
}): Promise<readonly T[]> => resource.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });

/** Waits until no further event comes for a while. */
async function atRest(stripe: Stripe): Promise<void> {
  for (let [before, calm] = [-1, 0]; calm < 5; ) {
    await sleep(300);
    const count = (await allOf(stripe.events)).length;
    calm = count === before ? calm + 1 : 0;
    before = count;
  }
}

const BACK = 'http://127.0.0.1:9/back';
const card = { amount: 10_000, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' } as const;

/** A test helper that the SDK has no method for. */
const help = (stripe: Stripe, path: string, params: Record<string, unknown> = {}): Promise<unknown> =>
  stripe.rawRequest('POST', `/v1/test_helpers/${path}`, params);

const press = (page: string, result: string): Promise<Response> =>
  fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ result }) });

/** The bank sends a payout back, and its account is disabled. */
async function returnedPayout({ stripe, setBank, settle }: Product): Promise<void> {
  await setBank('9511');
  await stripe.paymentIntents.create({ ...card, amount: 50_000 });
  await settle();
  await eventually(async () => {
    const [payout] = (await stripe.payouts.list()).data;
    return payout?.status === 'failed' ? payout : undefined;
  });
}

/** With another account the shop asks for payouts of what came back. A client has read the disabled account long before. */
async function askedPayouts({ stripe, setBank }: Product): Promise<void> {
  await setBank('6789');
  const canceled = await eventually(() => stripe.payouts.create({ amount: 1_000, currency: 'usd' }));
  await stripe.payouts.cancel(canceled.id);
  await stripe.payouts.create({ amount: 2_000, currency: 'usd', metadata: { week: '7' } });
}

async function payments(stripe: Stripe): Promise<void> {
  const create = (changes: Partial<Stripe.PaymentIntentCreateParams>) =>
    stripe.paymentIntents.create({ ...card, ...changes });
  const { latest_charge: charge } = await create({ payment_method: 'pm_card_riskLevelElevated' });
  await stripe.charges.update(charge as string, { description: 'Tea' });
  await create({ payment_method: 'pm_card_visa_chargeDeclined' }).catch(() => undefined);
  const held = { capture_method: 'manual' } as const;
  await stripe.paymentIntents.capture((await create(held)).id);
  await stripe.paymentIntents.cancel((await create(held)).id);
  await help(stripe, `payment_intents/${(await create(held)).id}/expire`);
  const challenged = await create({ payment_method: 'pm_card_threeDSecure2Required', return_url: BACK });
  await press(challenged.next_action!.redirect_to_url!.url!, 'complete');
  // The wallet has the payer's approval, and decides a day later.
  const wallet = { payment_method_types: ['alipay'], payment_method_data: { type: 'alipay' } } as const;
  const { payment_method: _, ...order } = { ...card, amount: 19_909, return_url: BACK, ...wallet };
  const pending = await stripe.paymentIntents.create(order);
  const left = await press(pending.next_action!.alipay_handle_redirect!.url!, 'approve');
  await fetch(left.headers.get('location')!, { redirect: 'manual' });
}

async function refunds(stripe: Stripe): Promise<void> {
  const { id: payment_intent } = await stripe.paymentIntents.create(card);
  await stripe.refunds.create({ payment_intent, amount: 500 });
  const refund = await stripe.refunds.create({ payment_intent, amount: 700 });
  await stripe.refunds.update(refund.id, { metadata: { reason: 'cold' } });
  await help(stripe, `refunds/${refund.id}/fail`);
}

async function dispute(stripe: Stripe): Promise<void> {
  const intent = await stripe.paymentIntents.create({ ...card, payment_method: 'pm_card_createDispute' });
  const opened = await eventually(async () => (await stripe.disputes.list({ payment_intent: intent.id })).data[0]);
  await stripe.disputes.update(opened.id, { evidence: { uncategorized_text: 'winning_evidence' } });
}

async function customers(stripe: Stripe): Promise<void> {
  const kept = await stripe.customers.create({ email: 'ada@example.com', payment_method: 'pm_card_visa' });
  const [method] = (await stripe.customers.listPaymentMethods(kept.id)).data;
  await stripe.paymentMethods.update(method!.id, { metadata: { default: 'yes' } });
  const second = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: kept.id });
  await stripe.paymentMethods.detach(second.id);
  const left = await stripe.customers.create({ name: 'Bob' });
  await stripe.customers.update(left.id, { name: 'Bob Tea' });
  await stripe.customers.del(left.id);
}

async function catalog(stripe: Stripe): Promise<void> {
  const price = await stripe.prices.create({ product_data: { name: 'Tea' }, currency: 'usd', unit_amount: 900 });
  await stripe.prices.update(price.id, { nickname: 'Small' });
  const gone = await stripe.products.create({ name: 'Milk' });
  await stripe.products.update(gone.id, { description: 'Sour' });
  await stripe.products.del(gone.id);
}

async function setups(stripe: Stripe): Promise<void> {
  const create = (payment_method: string) =>
    stripe.setupIntents.create({ payment_method, confirm: true, return_url: BACK });
  await create('pm_card_visa');
  await create('pm_card_threeDSecure2Required');
  await create('pm_card_visa_chargeDeclined').catch(() => undefined);
  await stripe.setupIntents.cancel((await stripe.setupIntents.create()).id);
}

async function sessions(stripe: Stripe): Promise<void> {
  const product_data = { name: 'Tea' };
  const open = () =>
    stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'https://shop.example/',
      line_items: [{ price_data: { currency: 'usd', unit_amount: 450, product_data }, quantity: 2 }],
    });
  await help(stripe, `checkout/sessions/${(await open()).id}/complete`);
  await stripe.checkout.sessions.expire((await open()).id);
  await open();
}
