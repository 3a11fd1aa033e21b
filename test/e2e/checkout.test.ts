/** A shop that sells by Checkout Sessions: order → session → the payer pays → webhook → ship; and an order that stays unpaid. */
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type Merchant, newMerchant, type WebhookListener, webhookListener } from '../world/deployed.ts';

let merchant: Merchant;
let stripe: Stripe;
let listener: WebhookListener;
let secret: string;
beforeAll(async () => {
  merchant = await newMerchant({ name: 'Tea house' });
  stripe = merchant.stripe;
  listener = await webhookListener();
  const endpoint = await stripe.webhookEndpoints.create({
    url: listener.url,
    enabled_events: ['checkout.session.completed', 'checkout.session.expired'],
  });
  secret = endpoint.secret!;
}, 30_000);
afterAll(() => listener.close());

const sell = (order: string, changes: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
  stripe.checkout.sessions.create({
    mode: 'payment',
    client_reference_id: order,
    success_url: 'https://tea.example/thanks?session={CHECKOUT_SESSION_ID}',
    line_items: [
      {
        price_data: { currency: 'usd', unit_amount: 450, product_data: { name: 'Tea', metadata: { sku: 'tea' } } },
        quantity: 2,
      },
    ],
    ...changes,
  });
const payWith = (id: string, payment_method: string, params: Record<string, string> = {}) =>
  stripe.rawRequest('POST', `/v1/test_helpers/checkout/sessions/${id}/complete`, { payment_method, ...params });

/** What the shop does with a webhook: it ships what was paid for, by what the session says it sold. */
async function shipped(order: string): Promise<string> {
  const session = await told(order, 'checkout.session.completed');
  expect(session.payment_status).toBe('paid');
  const { data } = await stripe.checkout.sessions.listLineItems(session.id, { expand: ['data.price.product'] });
  return data.map(({ quantity, price }) => `${quantity} × ${(price!.product as Stripe.Product).metadata.sku}`).join();
}
const told = (order: string, type: string): Promise<Stripe.Checkout.Session> =>
  eventually(() => {
    const events = listener.deliveries.map(({ body, signature }) =>
      Stripe.webhooks.constructEvent(body, signature, secret),
    );
    const event = events.find(
      (candidate) =>
        candidate.type === type && (candidate.data.object as Stripe.Checkout.Session).client_reference_id === order,
    );
    return event?.data.object as Stripe.Checkout.Session | undefined;
  });

it('an order is declined, paid with another card, and shipped once the webhook says so', async () => {
  const session = await sell('order-1', { payment_intent_data: { metadata: { order: 'order-1' } } });

  await expect(payWith(session.id, 'pm_card_visa_chargeDeclined')).rejects.toMatchObject({ code: 'card_declined' });
  await payWith(session.id, 'pm_card_visa');

  expect(await shipped('order-1')).toBe('2 × tea');
  const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent.latest_charge'] });
  expect(paid).toMatchObject({
    status: 'complete',
    amount_total: 900,
    payment_intent: { metadata: { order: 'order-1' }, latest_charge: { amount_captured: 900 } },
  });
  await expect(payWith(session.id, 'pm_card_visa')).rejects.toMatchObject({ statusCode: 400 });
});

it('a payer who must confirm is sent there, and the order ships when they have', async () => {
  const session = await sell('order-2', { customer_creation: 'always', customer_email: 'ada@example.com' });
  await payWith(session.id, 'pm_card_authenticationRequired', { return_url: 'https://tea.example/back' });
  const asked = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
  const { next_action: action } = asked.payment_intent as Stripe.PaymentIntent;
  expect(asked.status).toBe('open');

  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  await fetch(action!.redirect_to_url!.url!, {
    method: 'POST',
    redirect: 'manual',
    headers: form,
    body: 'result=complete',
  });

  expect(await shipped('order-2')).toBe('2 × tea');
  const { data } = await stripe.customers.list({ email: 'ada@example.com' });
  expect(data.map(({ id }) => id)).toEqual([asked.customer]);
});

it('an order that stays unpaid receives the event of its end', async () => {
  const session = await sell('order-3');
  await payWith(session.id, 'pm_card_visa_chargeDeclined').catch(() => undefined);

  await stripe.checkout.sessions.expire(session.id);

  const over = await told('order-3', 'checkout.session.expired');
  expect(over).toMatchObject({ status: 'expired', payment_status: 'unpaid' });
  expect((await stripe.paymentIntents.retrieve(over.payment_intent as string)).status).toBe('canceled');
});

it('a card is kept for a customer who pays later without being there', async () => {
  const customer = await stripe.customers.create({});
  const session = await stripe.checkout.sessions.create({
    mode: 'setup',
    customer: customer.id,
    client_reference_id: 'plan',
    success_url: 'https://tea.example/thanks',
  });

  await payWith(session.id, 'pm_card_visa');

  const done = await told('plan', 'checkout.session.completed');
  const intent = await stripe.setupIntents.retrieve(done.setup_intent as string);
  const later = await stripe.paymentIntents.create({
    amount: 900,
    currency: 'usd',
    customer: customer.id,
    payment_method: intent.payment_method as string,
    off_session: true,
    confirm: true,
  });
  expect(later.status).toBe('succeeded');
});
