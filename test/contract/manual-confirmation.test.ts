/** `confirmation_method: manual`: nothing is charged but by a confirmation with the secret key, also after a challenge. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { eventTypes } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const RETURN_URL = 'https://shop.example/done';
const create = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: 'pm_card_threeDSecure2Required',
    confirmation_method: 'manual',
    ...(params.confirm === false ? {} : { confirm: true, return_url: RETURN_URL }),
    ...params,
  });
const answered = async (intent: Stripe.PaymentIntent, passes: boolean): Promise<Stripe.PaymentIntent> => {
  await app.finishChallenge(intent.next_action!.redirect_to_url!.url!, passes);
  await app.settleDown();
  return stripe.paymentIntents.retrieve(intent.id);
};

describe('a challenge that is passed', () => {
  it('charges nothing: the intent waits for a confirmation, and pays with it', async () => {
    const asked = await create();
    expect(asked).toMatchObject({ status: 'requires_action', confirmation_method: 'manual', latest_charge: null });

    const waiting = await answered(asked, true);

    expect(waiting).toMatchObject({
      status: 'requires_confirmation',
      amount_received: 0,
      latest_charge: null,
      last_payment_error: null,
      next_action: null,
      payment_method: asked.payment_method,
    });
    expect((await stripe.charges.list({ payment_intent: asked.id })).data).toEqual([]);

    const paid = await stripe.paymentIntents.confirm(asked.id);

    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 2000, payment_method: asked.payment_method });
    expect((await stripe.charges.list({ payment_intent: asked.id })).data).toMatchObject([
      { id: paid.latest_charge, amount: 2000, paid: true },
    ]);
    expect(await eventTypes(app, asked.id)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'charge.succeeded',
      'payment_intent.succeeded',
    ]);
  });

  it('may be followed by a decline; the next try asks the payer again', async () => {
    const asked = await create({ payment_method: 'pm_card_threeDSecureRequiredChargeDeclined' });
    expect((await answered(asked, true)).status).toBe('requires_confirmation');

    expect(await thrown(stripe.paymentIntents.confirm(asked.id))).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
    });
    expect(
      await stripe.paymentIntents.confirm(asked.id, {
        payment_method: 'pm_card_threeDSecure2Required',
        return_url: RETURN_URL,
      }),
    ).toMatchObject({ status: 'requires_action' });
  });

  it('holds the money with the second confirmation where it is captured later', async () => {
    const asked = await create({ capture_method: 'manual' });
    await answered(asked, true);

    expect(await stripe.paymentIntents.confirm(asked.id)).toMatchObject({
      status: 'requires_capture',
      amount_capturable: 2000,
    });
    expect(await stripe.paymentIntents.capture(asked.id)).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    ['amount', { amount: 2500 }],
    ['currency', { currency: 'eur' }],
    ['payment method', { payment_method: 'pm_card_authenticationRequired' }],
  ] as const)('is of no use for another %s: the payer is asked again', async (_name, change) => {
    const asked = await create();
    await answered(asked, true);
    await stripe.paymentIntents.update(asked.id, change);

    const again = await stripe.paymentIntents.confirm(asked.id, { return_url: RETURN_URL });

    expect(again.status).toBe('requires_action');
    expect(again.next_action?.redirect_to_url?.url).not.toBe(asked.next_action?.redirect_to_url?.url);
  });

  it.each(['pm_card_threeDSecure2Required', 'pm_card_authenticationRequired'])(
    'counts for a confirmation that would rather have a decline than a challenge, or is made while the payer is away: %s',
    async (payment_method) => {
      for (const how of [{ error_on_requires_action: true }, { off_session: true }]) {
        const asked = await create({ payment_method });
        await answered(asked, true);

        expect(await stripe.paymentIntents.confirm(asked.id, how)).toMatchObject({ status: 'succeeded' });
      }
    },
  );

  it('keeps the result of the security code: a wrong one is declined, a right one has passed', async () => {
    const waiting = async (number: string) => {
      const { id } = await stripe.paymentMethods.create({
        type: 'card',
        card: { number, exp_month: 12, exp_year: 2035, cvc: '123' },
      });
      const options = { card: { request_three_d_secure: 'any' } } as const;
      const asked = await create({ payment_method: id, payment_method_options: options });
      return (await answered(asked, true)).id;
    };
    const confirmed = async (number: string) =>
      stripe.paymentIntents.confirm(await waiting(number), { expand: ['latest_charge'] });

    expect(await thrown(confirmed('4000000000000127'))).toMatchObject({ statusCode: 402, code: 'incorrect_cvc' });
    expect(await confirmed('4242424242424242')).toMatchObject({
      latest_charge: { payment_method_details: { card: { checks: { cvc_check: 'pass' } } } },
    });
  });

  it('keeps what the payer agreed to with it: the second confirmation makes the mandate', async () => {
    const { id: customer } = await stripe.customers.create({});
    const asked = await create({
      customer,
      setup_future_usage: 'off_session',
      mandate_data: { customer_acceptance: { type: 'offline', offline: {} } },
    });
    await answered(asked, true);

    const { latest_charge: charge } = await stripe.paymentIntents.confirm(asked.id, { expand: ['latest_charge'] });

    const { mandate } = (charge as Stripe.Charge).payment_method_details!.card!;
    expect(await stripe.mandates.retrieve(mandate as string)).toMatchObject({
      status: 'active',
      payment_method: asked.payment_method,
      customer_acceptance: { type: 'offline' },
    });
    expect((await stripe.customers.listPaymentMethods(customer)).data).toMatchObject([{ id: asked.payment_method }]);
  });

  it('is nothing that a cancel has to undo', async () => {
    const asked = await create();
    await answered(asked, true);

    expect(await stripe.paymentIntents.cancel(asked.id)).toMatchObject({ status: 'canceled', amount_received: 0 });
    expect(await thrown(stripe.paymentIntents.confirm(asked.id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });
});

it('a challenge that is failed is a decline, as with any other payment', async () => {
  const failed = await answered(await create(), false);

  expect(failed).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  });
});

it('a card that needs no challenge is charged by the first confirmation', async () => {
  expect(await create({ payment_method: 'pm_card_visa' })).toMatchObject({ status: 'succeeded' });
});

it('the payer cannot confirm it', async () => {
  const intent = await create({ confirm: false, payment_method: 'pm_card_visa' });
  const payer = app.client({ key: app.merchant.test.publishableKey });

  expect(
    await thrown(payer.paymentIntents.confirm(intent.id, { client_secret: intent.client_secret! } as object)),
  ).toMatchObject({
    statusCode: 400,
    type: 'StripeInvalidRequestError',
    message: `This PaymentIntent ${intent.id} cannot be confirmed using your publishable key because its \`confirmation_method\` is set to \`manual\`. Please use your secret key instead, or create a PaymentIntent with \`confirmation_method\` set to \`automatic\`.`,
  });
  expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'requires_confirmation' });
});
