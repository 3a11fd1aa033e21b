/** What a busy day leaves out: items and attributes that need days to pass, a second key, or a large backlog. */
import type { CallbackFact, ChannelAccount } from '../../functions/channels/port/port.ts';
import { base62, type ChannelReference, type ObjectKey } from '../../functions/kernel/ids.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import { noteDue } from '../../functions/notifications/due.ts';
import { foundAccount, rotate } from '../../functions/operator/channels.ts';
import { recordsOf } from '../audit/records.ts';
import { daysPass, post, taken } from '../scenarios/busy-day.ts';
import { connecting } from '../scenarios/connected-accounts.ts';
import { type App, scopeOfApp } from './app.ts';
import type { Simulation } from './simulation.ts';

const typed = { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' };

/** A hold is captured, a refund and a payout are sent back, and a chargeback is won, days after they were made. */
export async function daysLater(sim: Simulation): Promise<void> {
  const held = await taken(sim, 'held for days', { capture_method: 'manual' });
  const refunded = await taken(sim, 'taken back');
  await post(sim, '/v1/refunds', { payment_intent: refunded, amount: '100' });
  const reference = [...sim.channel.refunds.keys()].at(-1) as ChannelReference;
  const charged = [...sim.channel.charges.keys()].at(-1)!;
  sim.channel.openDispute(charged as ChannelReference, 'chargeback', 500n);
  const fact = sim.channel.callbacks.find(({ about }) => about === 'dispute')!;
  await sim.deliverCallbacks();
  await daysPass(sim, 2);
  await sim.takeOne({ ...fact, outcome: { kind: 'won' } } as CallbackFact);
  await post(sim, `/v1/payment_intents/${held}/capture`);
  sim.channel.takeBackRefund(reference);
  await sim.deliverCallbacks();
  const { reference: paid } = recordsOf(sim.world).payouts.find(({ status }) => status === 'paid')!;
  await sim.takeOne({ about: 'payout', reference: paid, outcome: sim.bank.sendBack(paid, 'account_closed') });
}

/** Requests that few merchants send, and more failed deliveries in one minute than one page holds. */
export async function rareRequests(app: App): Promise<void> {
  const { stripe, client, merchant } = app;
  const [endpoint] = (await stripe.webhookEndpoints.list()).data;
  await stripe.rawRequest('POST', `/v1/webhook_endpoints/${endpoint!.id}/roll_secret`);
  const publishable = client({ key: merchant.test.publishableKey });
  const card = { ...typed, exp_month: '12', exp_year: '2034' };
  await publishable.tokens.create({ card }, { idempotencyKey: 'a key' });
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.create({ type: 'card', card: typed });
  await stripe.paymentMethods.attach(method.id, { customer: customer.id });
  await stripe.paymentMethods.update(method.id, { card: { exp_month: 11, exp_year: 2035 } });
  const pay = { amount: 5_000, currency: 'usd', confirm: true, receipt_email: 'payer@example.com' };
  await stripe.paymentIntents.create({ ...pay, payment_method: method.id, customer: customer.id });
  const declined = { ...pay, payment_method: 'pm_card_visa_chargeDeclined' };
  await stripe.paymentIntents.create(declined).catch(() => undefined);
  await stripe.checkout.sessions.create({
    mode: 'payment',
    customer: customer.id,
    success_url: 'https://shop.example/ok',
    line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 700, product_data: { name: 'Tea' } } }],
  });
  await rotated(app);
  await app.settleDown();
  await largeBacklog(app);
}

/** New credentials of the merchant's account, beside those before. */
async function rotated(app: App): Promise<void> {
  const deps = connecting(app.world);
  const [{ channel, account }] = (await loadSettings(app.world.table, scopeOfApp(app))).accounts as unknown as [
    ChannelAccount,
  ];
  const { credentials } = await app.world.merchants.openSandbox({ further: false });
  await rotate(deps, await foundAccount(deps, `${channel}/${account}`), credentials);
}

async function largeBacklog(app: App): Promise<void> {
  const { world } = app;
  const atMs = world.clock.nowMs();
  const scope = scopeOfApp(app);
  for (let n = 0; n < 501; n++) {
    const events = { pk: `${scope}#e#c#2`, sk: `VVrdaA0${base62(n * 62, 14)}02` };
    const message = { scope, endpoint: 'VVrda1w0EndpointBody00' as ObjectKey, events, attempt: 2 };
    await world.table.commit(noteDue(message, atMs));
  }
  await world.sendDue(atMs + 60_000);
}
