/** One of each object that a merchant or a channel makes, through the official SDK. */
import { runStep, type SettlementInput } from '../../functions/settlement/step.ts';
import { type App, scopeOfApp } from './app.ts';

/** Makes one of each, and settles the day. */
export async function useEverything(app: App): Promise<void> {
  const { stripe } = app;
  await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['*'] });
  const customer = await stripe.customers.create({ email: 'payer@example.com' });
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' };
  const method = await stripe.paymentMethods.create({ type: 'card', card });
  await stripe.paymentMethods.create({ type: 'card', card });
  await stripe.tokens.create({ card: { ...card, exp_month: '12', exp_year: '2034' } });
  const common = { amount: 5_000, currency: 'usd', confirm: true };
  const intent = await stripe.paymentIntents.create(
    { ...common, payment_method: method.id, customer: customer.id, metadata: { order: '6735' } },
    { idempotencyKey: 'a key' },
  );
  await stripe.setupIntents.create({ customer: customer.id, payment_method: 'pm_card_visa', confirm: true });
  await stripe.paymentIntents.create({ ...common, payment_method: 'pm_card_createDispute' });
  await stripe.paymentIntents.create({ ...common, payment_method: 'pm_card_riskLevelElevated' });
  await stripe.paymentIntents.create({ ...common, payment_method: 'pm_card_authenticationRequired' });
  await stripe.refunds.create({ payment_intent: intent.id, amount: 100 });
  await stripe.prices.create({
    product_data: { id: 'tea', name: 'Tea' },
    currency: 'usd',
    unit_amount: 700,
    lookup_key: 'standard',
  });
  await stripe.checkout.sessions.create({
    mode: 'payment',
    success_url: 'https://shop.example/ok',
    line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 700, product_data: { name: 'Tea' } } }],
  });
  await app.settleDown();
  await settle(app);
  await app.settleDown();
}

async function settle(app: App): Promise<void> {
  const input: SettlementInput = {
    scope: scopeOfApp(app),
    date: '2026-01-01',
    throughMs: app.world.clock.nowMs(),
    force: true,
  };
  const deps = { ...app.world.settlement, clock: { ...app.world.clock, nowMs: () => app.world.clock.nowMs() + 6_000 } };
  let state = await runStep(deps, 'seal', { ...input, status: 'waiting' });
  for (const step of ['settle', 'report', 'pay'] as const) state = await runStep(deps, step, state);
}
