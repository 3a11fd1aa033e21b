/** Types of payment method of Checkout Sessions, with the official SDK: which ones a session takes, and how it shows them. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { checkoutOf, item, SETUP } from '../scenarios/checkout-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { open, complete } = checkoutOf(app);

/** This SDK has `allowed_payment_method_types` alone; earlier ones have `payment_method_types`, which the API takes too. */
type Create = Partial<Stripe.Checkout.SessionCreateParams> & { readonly payment_method_types?: string[] };
const make = (changes: Create) => open(changes);

const WEB = { wechat_pay: { client: 'web' } } as const;

describe('the types of a session', () => {
  it.each<[string, Create, string[]]>([
    ['all that can pay it where none is named', {}, ['card', 'alipay', 'wechat_pay', 'paypal']],
    [
      'without those that do not take its currency',
      { line_items: [item(500, 1, { currency: 'jpy' })] },
      ['card', 'alipay', 'wechat_pay'],
    ],
    ['cards where no wallet takes its currency', { line_items: [item(90_000, 1, { currency: 'inr' })] }, ['card']],
    [
      'without those that capture at once, for a later capture',
      { payment_intent_data: { capture_method: 'manual' } },
      ['card', 'paypal'],
    ],
    ['cards alone where the method is kept', { payment_intent_data: { setup_future_usage: 'off_session' } }, ['card']],
    [
      'without those that are excluded',
      { excluded_payment_method_types: ['alipay', 'klarna'] as never },
      ['card', 'wechat_pay', 'paypal'],
    ],
    [
      'of the allowed ones those that can pay it',
      {
        allowed_payment_method_types: ['card', 'alipay', 'paypal'],
        line_items: [item(500, 1, { currency: 'jpy' })],
      },
      ['card', 'alipay'],
    ],
    [
      'the listed ones, each once',
      { payment_method_types: ['wechat_pay', 'card', 'card'], payment_method_options: WEB },
      ['wechat_pay', 'card'],
    ],
    ['one wallet alone', { payment_method_types: ['alipay'] }, ['alipay']],
    ['cards where cards are listed', { payment_method_types: ['card'] }, ['card']],
  ])('are %s', async (_what, changes, types) => {
    const session = await make(changes);

    expect(session.payment_method_types).toEqual(types);
    expect(session.allowed_payment_method_types).toEqual(types);
    expect(Object.keys(session.payment_method_options!).sort()).toEqual([...types].sort());
    expect(await stripe.checkout.sessions.retrieve(session.id)).toEqual(session);
  });

  it('have their options, with the client of a web page for WeChat Pay', async () => {
    const { payment_method_options: options } = await make({
      payment_method_options: { paypal: { preferred_locale: 'de-DE', reference: 'R-1', capture_method: 'manual' } },
    });

    expect(options).toEqual({
      alipay: {},
      card: { request_three_d_secure: 'automatic' },
      paypal: { capture_method: 'manual', preferred_locale: 'de-DE', reference: 'R-1' },
      wechat_pay: { app_id: null, client: 'web' },
    } satisfies Stripe.Checkout.Session.PaymentMethodOptions);
  });

  it('show which were excluded', async () => {
    const excluded = ['alipay'] as never;

    expect((await make({ excluded_payment_method_types: excluded })).excluded_payment_method_types).toEqual(['alipay']);
    expect(await make({})).not.toHaveProperty('excluded_payment_method_types');
  });

  it('are cards alone in setup mode', async () => {
    const session = await stripe.checkout.sessions.create(SETUP);

    expect(session.payment_method_types).toEqual(['card']);
    expect(Object.keys(session.payment_method_options!)).toEqual(['card']);
  });

  it('follow what the payment is made with, until it is made', async () => {
    const kept = { payment_intent_data: { setup_future_usage: 'off_session' } } as const;
    const automatic = await make({});
    const listed = await make({ payment_method_types: ['card', 'alipay'] });

    const cards = await stripe.checkout.sessions.update(automatic.id, kept);
    const all = await stripe.checkout.sessions.update(automatic.id, {
      payment_intent_data: { setup_future_usage: '' },
    });

    expect(cards.payment_method_types).toEqual(['card']);
    expect(all.payment_method_types).toEqual(['card', 'alipay', 'wechat_pay', 'paypal']);
    expect(await thrown(stripe.checkout.sessions.update(listed.id, kept))).toMatchObject({
      statusCode: 400,
      param: 'payment_intent_data[setup_future_usage]',
    });
    expect((await stripe.checkout.sessions.retrieve(listed.id)).payment_method_types).toEqual(['card', 'alipay']);
  });

  it('are those of its payment intent, which the payer’s card pays as before', async () => {
    const { id } = await make({ allowed_payment_method_types: ['card', 'paypal'] });

    const paid = await complete(id, { expand: ['payment_intent'] });

    expect(paid.payment_intent).toMatchObject({ status: 'succeeded', payment_method_types: ['card', 'paypal'] });
  });
});

describe('a session is not created', () => {
  it.each<[string, Create, object]>([
    ['for an unknown type', { payment_method_types: ['ideal'] }, { param: 'payment_method_types[0]' }],
    [
      'for two lists',
      { payment_method_types: ['alipay'], allowed_payment_method_types: ['alipay'] },
      { code: 'parameters_exclusive' },
    ],
    [
      'for a listed type that does not take its currency',
      { payment_method_types: ['card', 'paypal'], line_items: [item(500, 1, { currency: 'jpy' })] },
      { param: 'line_items[0][price_data][currency]' },
    ],
    [
      'for a later capture of a type that captures at once',
      { payment_method_types: ['alipay'], payment_intent_data: { capture_method: 'manual' } },
      { param: 'payment_intent_data[capture_method]' },
    ],
    [
      'for a listed wallet that is to be kept',
      { payment_method_types: ['card', 'paypal'], payment_intent_data: { setup_future_usage: 'on_session' } },
      { param: 'payment_intent_data[setup_future_usage]' },
    ],
    [
      'for WeChat Pay without its client',
      { payment_method_types: ['wechat_pay'] },
      { code: 'parameter_missing', param: 'payment_method_options[wechat_pay][client]' },
    ],
    [
      'for a client that is no web page',
      { payment_method_types: ['wechat_pay'], payment_method_options: { wechat_pay: { client: 'ios' } } },
      { param: 'payment_method_options[wechat_pay][client]' },
    ],
    [
      'where nothing is left',
      { payment_method_types: ['alipay'], excluded_payment_method_types: ['alipay'] as never },
      { param: 'excluded_payment_method_types' },
    ],
    [
      'for a wallet’s option that keeps it',
      { payment_method_options: { alipay: { setup_future_usage: 'off_session' } } },
      { param: 'payment_method_options[alipay][setup_future_usage]' },
    ],
  ])('%s', async (_what, changes, refusal) => {
    const before = app.itemCount('payments', 'checkout_session');

    expect(await thrown(make(changes))).toMatchObject({ statusCode: 400, ...refusal });

    expect(app.itemCount('payments', 'checkout_session')).toBe(before);
  });

  it.each<[string, Create, object]>([
    [
      'for a listed wallet',
      { payment_method_types: ['card', 'alipay'] },
      { param: 'payment_method_types', message: 'The payment method `alipay` cannot be used in `setup` mode.' },
    ],
    [
      'for an allowed wallet alone',
      { allowed_payment_method_types: ['paypal'] },
      { param: 'allowed_payment_method_types' },
    ],
    ['without cards', { excluded_payment_method_types: ['card'] as never }, { param: 'excluded_payment_method_types' }],
    [
      'for a capture by PayPal',
      { payment_method_options: { paypal: { capture_method: 'manual' } } },
      { param: 'payment_method_options[paypal][capture_method]' },
    ],
  ])('in setup mode %s', async (_what, changes, refusal) => {
    const params = { ...SETUP, ...changes } as Stripe.Checkout.SessionCreateParams;

    expect(await thrown(stripe.checkout.sessions.create(params))).toMatchObject({ statusCode: 400, ...refusal });
  });

  it('with a card in a session for wallets: its payment is refused before anything begins', async () => {
    const { id } = await make({ payment_method_types: ['alipay'] });

    expect(await thrown(complete(id))).toMatchObject({ statusCode: 400, param: 'payment_method' });
    expect((await stripe.checkout.sessions.retrieve(id)).payment_intent).toBeNull();
  });
});
