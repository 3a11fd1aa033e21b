/** The features of a hold, and incremental authorization, through the official SDK, against the sandbox over HTTP. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const ASKED = { request_incremental_authorization: 'if_available', request_multicapture: 'if_available' } as const;
const held = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    capture_method: 'manual',
    payment_method_options: { card: ASKED },
    ...params,
  });
const part = (id: string, amount: number, params: Stripe.PaymentIntentCaptureParams = {}) =>
  stripe.paymentIntents.capture(id, { amount_to_capture: amount, final_capture: false, ...params });
const chargeOf = (intent: Stripe.PaymentIntent) => stripe.charges.retrieve(intent.latest_charge as string);
const cardOf = async (intent: Stripe.PaymentIntent) => (await chargeOf(intent)).payment_method_details!.card!;

describe('what a hold can do', () => {
  it('is requested with the payment, and shown by its charge', async () => {
    const intent = await held();

    expect(intent.payment_method_options?.card).toMatchObject(ASKED);
    expect(await cardOf(intent)).toMatchObject({
      amount_authorized: 10_000,
      incremental_authorization: { status: 'available' },
      multicapture: { status: 'available' },
      overcapture: { status: 'unavailable', maximum_amount_capturable: 10_000 },
      extended_authorization: { status: 'disabled' },
    });
  });

  it.each([
    ['nobody asked', { payment_method_options: {} }, 'unavailable', 'unavailable'],
    ['it is captured at once', { capture_method: 'automatic' as const }, 'unavailable', 'unavailable'],
    [
      'the card is captured once',
      { payment_method: 'pm_card_credit_disableEnterpriseCardFeatures' },
      'available',
      'unavailable',
    ],
    ['the brand does not raise holds', { payment_method: 'pm_card_jcb' }, 'unavailable', 'available'],
  ])('where %s: increments %s, captures %s', async (_, params, increments, captures) => {
    expect(await cardOf(await held(params))).toMatchObject({
      incremental_authorization: { status: increments },
      multicapture: { status: captures },
    });
  });

  it('can be asked for, and asked for no more, at confirmation; a challenge is no hindrance', async () => {
    const made = await stripe.paymentIntents.create({
      amount: 10_000,
      currency: 'usd',
      capture_method: 'manual',
      payment_method_options: { card: { request_multicapture: 'if_available' } },
    });
    const intent = await stripe.paymentIntents.confirm(made.id, {
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'https://shop.example/back',
      payment_method_options: {
        card: { request_multicapture: 'never', request_incremental_authorization: 'if_available' },
      },
    });
    expect(intent.payment_method_options?.card).not.toHaveProperty('request_multicapture');
    await app.finishChallenge(intent.next_action!.redirect_to_url!.url!, true);
    await app.settleDown();

    expect(await cardOf(await stripe.paymentIntents.retrieve(made.id))).toMatchObject({
      incremental_authorization: { status: 'available' },
      multicapture: { status: 'unavailable' },
    });
  });

  it.each(['request_overcapture', 'request_extended_authorization'] as const)(
    '%s is taken as never only',
    async (name) => {
      const asking = (value: 'if_available' | 'never') => held({ payment_method_options: { card: { [name]: value } } });

      expect(await thrown(asking('if_available'))).toMatchObject({
        statusCode: 400,
        type: 'StripeInvalidRequestError',
        param: `payment_method_options[card][${name}]`,
        message: 'This account is not eligible for the requested card features.',
      });
      expect(await asking('never')).toMatchObject({ status: 'requires_capture' });
    },
  );
});

describe('increment', () => {
  it('raises what is held to a new total, and all of it can be captured', async () => {
    const { id } = await held({ payment_method: 'pm_card_debit_incrementalAuthAuthorized' });

    const raised = await stripe.paymentIntents.incrementAuthorization(id, {
      amount: 15_000,
      description: 'Two nights more',
      metadata: { nights: '3' },
      statement_descriptor: 'HOTEL NORTH',
    });
    expect(raised).toMatchObject({
      amount: 15_000,
      amount_capturable: 15_000,
      status: 'requires_capture',
      description: 'Two nights more',
      metadata: { nights: '3' },
      statement_descriptor: 'HOTEL NORTH',
    });
    expect(await chargeOf(raised)).toMatchObject({
      amount: 15_000,
      payment_method_details: { card: { amount_authorized: 15_000 } },
    });
    expect(await stripe.paymentIntents.capture(id)).toMatchObject({ amount_received: 15_000, status: 'succeeded' });
    await app.settleDown();
    const about = (await stripe.events.list({ limit: 100 })).data.filter(({ data, type }) => {
      const object = data.object as { id: string; payment_intent?: string };
      return (object.id === id || object.payment_intent === id) && type !== 'payment_intent.created';
    });
    expect(about.map(({ type }) => type).reverse()).toEqual([
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
      'charge.updated',
      'payment_intent.amount_capturable_updated',
      'charge.captured',
      'charge.updated',
      'payment_intent.amount_capturable_updated',
      'payment_intent.succeeded',
    ]);
  });

  it('that the issuer declines is a StripeCardError, and changes nothing', async () => {
    const intent = await held({ payment_method: 'pm_card_credit_disableEnterpriseCardFeatures' });
    const before = await stripe.paymentIntents.retrieve(intent.id);

    const error = await thrown(
      stripe.paymentIntents.incrementAuthorization(intent.id, { amount: 15_000, metadata: { a: 'b' } }),
    );

    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'generic_decline',
      charge: intent.latest_charge,
      payment_intent: { id: intent.id, amount: 10_000 },
    });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toEqual(before);
    expect(await stripe.paymentIntents.capture(intent.id)).toMatchObject({ amount_received: 10_000 });
  });

  it('is answered again under its key, and made once', async () => {
    const { id } = await held();
    const options = { idempotencyKey: `raise-${id}` };

    const first = await stripe.paymentIntents.incrementAuthorization(id, { amount: 12_000 }, options);
    await app.settleDown();
    const again = await stripe.paymentIntents.incrementAuthorization(id, { amount: 12_000 }, options);

    expect(again).toEqual(first);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
  });

  it('whose answer is lost is unknown, and settled by the callback', async () => {
    const { id } = await held({ payment_method: 'pm_card_sandbox_incrementLost' });

    expect(await stripe.paymentIntents.incrementAuthorization(id, { amount: 12_000 })).toMatchObject({
      amount: 10_000,
    });
    expect(await thrown(stripe.paymentIntents.capture(id))).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    await app.settleDown();

    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ amount: 12_000, amount_capturable: 12_000 });
  });

  it.each<[string, () => Promise<string>, number, object]>([
    ['not more than is held', async () => (await held()).id, 10_000, { code: 'amount_too_small', param: 'amount' }],
    ['the last mill', async () => (await held({ currency: 'kwd' })).id, 10_001, { param: 'amount' }],
    ['too much', async () => (await held()).id, 100_000_000, { code: 'amount_too_large', param: 'amount' }],
    [
      'a hold without a request for increments',
      async () => (await held({ payment_method_options: {} })).id,
      12_000,
      { code: 'payment_intent_unexpected_state' },
    ],
    [
      'a payment that was captured in part',
      async () => (await part((await held()).id, 1_000)).id,
      12_000,
      { code: 'payment_intent_unexpected_state' },
    ],
    [
      'a payment that has succeeded',
      async () => (await stripe.paymentIntents.capture((await held()).id)).id,
      12_000,
      {
        code: 'payment_intent_unexpected_state',
        message: expect.stringMatching(/could not be incremented because it has a status of succeeded/),
      },
    ],
    [
      'a payment that is not confirmed',
      async () => (await held({ confirm: false })).id,
      12_000,
      { code: 'payment_intent_unexpected_state' },
    ],
  ])('refuses %s', async (_, prepared, amount, error) => {
    const id = await prepared();

    expect(await thrown(stripe.paymentIntents.incrementAuthorization(id, { amount }))).toMatchObject({
      statusCode: 400,
      type: 'StripeInvalidRequestError',
      ...error,
    });
  });

  it.each([
    ['application_fee_amount', 1],
    ['transfer_data', { amount: 1 }],
    ['hooks', { inputs: { tax: { calculation: 'taxcalc_1' } } }],
  ])('refuses %s with a reason', async (param, value) => {
    const { id } = await held();

    const increment = stripe.paymentIntents.incrementAuthorization(id, { amount: 12_000, [param]: value });
    expect(await thrown(increment)).toMatchObject({ statusCode: 400, param });
    expect(await thrown(part(id, 1_000, { [param]: value }))).toMatchObject({ statusCode: 400, param });
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ amount: 10_000, amount_received: 0 });
  });
});
