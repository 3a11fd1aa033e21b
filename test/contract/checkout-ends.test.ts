/** Checkout Sessions with the official SDK that keep a card, and the end of sessions that stay incomplete. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { checkoutOf, item, SETUP } from '../scenarios/checkout-sdk.ts';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;
const { open, complete, eventsOf, intentOf } = checkoutOf(app);

type Create = Stripe.Checkout.SessionCreateParams;

describe('a session that keeps a card', () => {
  const setup = (changes: Partial<Create> = {}) => stripe.checkout.sessions.create({ ...SETUP, ...changes });

  it('has its setup intent from the beginning, and is complete when that succeeds', async () => {
    const customer = await stripe.customers.create({});
    const session = await setup({
      customer: customer.id,
      setup_intent_data: { description: 'Plan', metadata: { plan: 'a' } },
    });

    const done = await complete(session.id, { expand: ['setup_intent.payment_method'] });

    expect(session).toMatchObject({
      mode: 'setup',
      amount_total: null,
      currency: null,
      payment_intent: null,
      payment_status: 'no_payment_required',
      setup_intent: expect.stringMatching(/^seti_/),
      status: 'open',
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
      setup_intent: {
        status: 'succeeded',
        description: 'Plan',
        metadata: { plan: 'a' },
        payment_method: { customer: customer.id },
      },
    });
    expect(await eventsOf(session.id, session.setup_intent as string)).toEqual([
      'setup_intent.created',
      'setup_intent.succeeded',
      'checkout.session.completed',
    ]);
  });

  it('stays open after a decline, and makes the customer that is asked for', async () => {
    const { id } = await setup({ customer_creation: 'always' });

    const declined = await thrown(complete(id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    const open = await stripe.checkout.sessions.retrieve(id);
    const done = await complete(id, { customer_details: { email: 'kept@example.com' } });

    expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(open.status).toBe('open');
    expect(done).toMatchObject({ status: 'complete', customer: open.customer });
    expect((await stripe.customers.listPaymentMethods(done.customer as string)).data).toHaveLength(1);
  });

  it.each<[string, Partial<Create>, string]>([
    ['line items', { line_items: [item()] }, 'line_items'],
    ['what a payment is made with', { payment_intent_data: { description: 'x' } }, 'payment_intent_data'],
    [
      'a capture',
      { payment_method_options: { card: { capture_method: 'manual' } } },
      'payment_method_options[card][capture_method]',
    ],
  ])('is not created with %s', async (_what, changes, param) => {
    expect(await thrown(setup(changes))).toMatchObject({ statusCode: 400, param });
  });

  it('lists no line items', async () => {
    const { id } = await setup();

    expect((await stripe.checkout.sessions.listLineItems(id)).data).toEqual([]);
  });
});

describe('expiring', () => {
  it('ends an open session, once; nothing can be paid with it', async () => {
    const { id } = await open();

    const expired = await stripe.checkout.sessions.expire(id);

    expect(expired).toMatchObject({ status: 'expired', payment_status: 'unpaid', payment_intent: null });
    expect(await thrown(stripe.checkout.sessions.expire(id))).toMatchObject({
      statusCode: 400,
      message:
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `expired`.',
    });
    expect(await thrown(complete(id))).toMatchObject({ statusCode: 400 });
    expect(await eventsOf(id)).toEqual(['checkout.session.expired']);
  });

  it('cancels the payment intent that was declined, or waits for its payer', async () => {
    const [declined, asked] = [await open(), await open()];
    await thrown(complete(declined.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
    await complete(asked.id, { payment_method: 'pm_card_authenticationRequired' });

    const over = [await stripe.checkout.sessions.expire(declined.id), await stripe.checkout.sessions.expire(asked.id)];

    for (const session of over) {
      expect(session.status).toBe('expired');
      expect(await intentOf(session)).toMatchObject({ status: 'canceled', cancellation_reason: 'expired' });
      expect((await eventsOf(session.id, session.payment_intent)).slice(-2)).toEqual([
        'payment_intent.canceled',
        'checkout.session.expired',
      ]);
    }
  });

  it('cancels the setup intent', async () => {
    const { id, setup_intent: intent } = await stripe.checkout.sessions.create(SETUP);

    await stripe.checkout.sessions.expire(id);

    expect((await stripe.setupIntents.retrieve(intent as string)).status).toBe('canceled');
  });

  it('is refused for a session that was paid', async () => {
    const { id } = await open();
    await complete(id);

    expect(await thrown(stripe.checkout.sessions.expire(id))).toMatchObject({
      message:
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `complete`.',
    });
  });
});
