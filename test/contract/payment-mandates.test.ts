/** Mandates of payment intents: what the payer agreed to when paying, and what a later payment is made under. */
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const online = { ip_address: '203.0.113.7', user_agent: 'Mozilla/5.0' };
const agreed = { customer_acceptance: { type: 'online' as const, accepted_at: 1_700_000_000, online } };
const offline = { customer_acceptance: { type: 'offline' as const, offline: {} } };
const money = { amount: 900, currency: 'usd' };
const pay = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    ...money,
    payment_method: 'pm_card_visa',
    confirm: true,
    expand: ['latest_charge'],
    ...params,
  });
const mandateOf = (intent: Stripe.PaymentIntent): string | null =>
  (intent.latest_charge as Stripe.Charge).payment_method_details!.card!.mandate as string | null;
/** A payment that keeps its card, and the mandate that its payer gave with it. */
async function kept() {
  const { id: customer } = await stripe.customers.create({});
  const intent = await pay({ customer, setup_future_usage: 'off_session', mandate_data: agreed });
  return { customer, method: intent.payment_method as string, mandate: mandateOf(intent)! };
}

it('a payment that keeps its card makes a mandate for more of them, which ends with the card', async () => {
  const { customer, method, mandate } = await kept();

  expect(await stripe.mandates.retrieve(mandate, { expand: ['payment_method'] })).toMatchObject({
    id: expect.stringMatching(/^mandate_[0-9A-Za-z]{22}$/),
    object: 'mandate',
    customer_acceptance: { type: 'online', accepted_at: 1_700_000_000, online },
    livemode: false,
    multi_use: {},
    payment_method: { id: method, customer },
    payment_method_details: { type: 'card', card: {} },
    status: 'active',
    type: 'multi_use',
  });
  const later = await pay({ customer, payment_method: method, off_session: true, mandate });
  const { payment_method_details: details } = await stripe.charges.retrieve((later.latest_charge as Stripe.Charge).id, {
    expand: ['payment_method_details.card.mandate'],
  });
  expect(details!.card!.mandate).toMatchObject({ id: mandate, object: 'mandate', status: 'active' });
  expect([later.status, mandateOf(later)]).toEqual(['succeeded', mandate]);
  await stripe.paymentMethods.detach(method);
  expect((await stripe.mandates.retrieve(mandate)).status).toBe('inactive');
});

it('a mandate for a single payment is over with that', async () => {
  const held = await pay({ mandate_data: offline, capture_method: 'manual' });
  const mandate = mandateOf(held)!;

  expect(await stripe.mandates.retrieve(mandate)).toMatchObject({
    customer_acceptance: { type: 'offline', offline: {} },
    single_use: { amount: 900, currency: 'usd' },
    status: 'active',
    type: 'single_use',
  });
  await stripe.paymentIntents.capture(held.id);
  expect((await stripe.mandates.retrieve(mandate)).status).toBe('inactive');
});

it('a confirmation may carry mandate_data, and one that is declined makes no mandate', async () => {
  const { id } = await stripe.paymentIntents.create(money);
  await thrown(
    stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa_chargeDeclined', mandate_data: offline }),
  );
  const { charge } = (await stripe.paymentIntents.retrieve(id)).last_payment_error!;
  const none = await stripe.charges.retrieve(charge!);
  const mandate = `mandate_${id.slice(3)}`;

  expect(none.payment_method_details!.card!.mandate).toBeNull();
  expect(await thrown(stripe.mandates.retrieve(mandate))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  const paid = await stripe.paymentIntents.confirm(id, {
    payment_method: 'pm_card_visa',
    mandate_data: agreed,
    expand: ['latest_charge'],
  });
  expect([paid.status, mandateOf(paid)]).toEqual(['succeeded', mandate]);
  expect((await stripe.mandates.retrieve(mandate)).payment_method).toBe(paid.payment_method);
});

it('that of a setup intent is good for payments with its card', async () => {
  const { id: customer } = await stripe.customers.create({});
  const setup = await stripe.setupIntents.create({
    customer,
    payment_method: 'pm_card_visa',
    confirm: true,
    mandate_data: agreed,
  });
  const mandate = setup.mandate as string;

  const paid = await pay({ customer, payment_method: setup.payment_method as string, mandate });

  expect(mandateOf(paid)).toBe(mandate);
  expect(await thrown(pay({ mandate }))).toMatchObject({ statusCode: 400, code: 'payment_intent_mandate_invalid' });
});

it('a payment without one has none', async () => {
  const paid = await pay({ mandate_data: '' });

  expect(mandateOf(paid)).toBeNull();
  expect(await thrown(stripe.mandates.retrieve(`mandate_${paid.id.slice(3)}`))).toMatchObject({ statusCode: 404 });
});

it.each([
  [{ confirm: false, mandate: 'mandate_1' }, undefined, 'mandate', /^The parameter `mandate` cannot be passed when/],
  [{ confirm: false, mandate_data: offline }, undefined, 'mandate_data', /unless `confirm` is set to true\.$/],
  [{ mandate: 'mandate_1' }, 'resource_missing', 'mandate', /^No such mandate: 'mandate_1'$/],
  [
    { mandate: 'mandate_1', mandate_data: offline },
    'parameters_exclusive',
    'mandate_data',
    /^You may only specify one of these parameters: mandate, mandate_data\.$/,
  ],
  [
    { mandate_data: { customer_acceptance: { type: 'online', online: { ip_address: '203.0.113.7' } } } },
    'parameter_missing',
    'mandate_data[customer_acceptance][online][user_agent]',
    /^Missing required param/,
  ],
  [
    { mandate_data: { customer_acceptance: { type: 'online', online: { ...online, ip_address: '203.0.113.777' } } } },
    undefined,
    'mandate_data[customer_acceptance][online][ip_address]',
    /^Invalid IP address/,
  ],
  [
    { mandate_data: { customer_acceptance: { type: 'offline', online } } },
    undefined,
    'mandate_data[customer_acceptance][online]',
    /no `online` details/,
  ],
  [
    { mandate_data: { customer_acceptance: { type: 'offline', nope: '1' } } },
    'parameter_unknown',
    'mandate_data[customer_acceptance][nope]',
    /^Received unknown parameter/,
  ],
] as const)('%j is refused, and nothing is made', async (params, code, param, message) => {
  const before = app.itemCount('payments');

  const error = await thrown(pay(params as never));

  expect([error.statusCode, error.code, error.param]).toEqual([400, code, param]);
  expect(error.message).toMatch(message);
  expect(app.itemCount('payments')).toBe(before);
});

it('one that is over is refused, and so is that of another card', async () => {
  const { customer, method, mandate } = await kept();
  const other = await kept();
  const invalid = {
    statusCode: 400,
    code: 'payment_intent_mandate_invalid',
    param: 'mandate',
    message: 'The provided mandate is invalid and can not be used for the payment intent.',
  };

  expect(await thrown(pay({ customer, payment_method: method, mandate: other.mandate }))).toMatchObject(invalid);
  await stripe.paymentMethods.detach(other.method);
  const { id } = await stripe.paymentIntents.create({ ...money, customer, payment_method: method });
  expect(await thrown(stripe.paymentIntents.confirm(id, { mandate: other.mandate }))).toMatchObject(invalid);
  expect((await stripe.paymentIntents.confirm(id, { mandate })).status).toBe('succeeded');
});

it('a payer may send mandate_data, and never name a mandate', async () => {
  const payer = app.client({ key: app.merchant.test.publishableKey });
  const { customer, method, mandate } = await kept();
  const { id, client_secret } = await stripe.paymentIntents.create({ ...money, customer, payment_method: method });
  const known = { client_secret: client_secret! };

  expect(await thrown(payer.paymentIntents.confirm(id, { ...known, mandate }))).toMatchObject({
    statusCode: 403,
    code: 'secret_key_required',
  });
  expect((await payer.paymentIntents.confirm(id, { ...known, mandate_data: agreed })).status).toBe('succeeded');
  expect((await stripe.mandates.retrieve(`mandate_${id.slice(3)}`)).customer_acceptance).toMatchObject({ online });
});
