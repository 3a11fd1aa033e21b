/** Types of payment method, with the official SDK: which ones a payment has, and which wallets are refused before anything is claimed. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { unpack } from '../../functions/table/pack.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const BACK = 'https://shop.example/done';
/** This SDK has `allowed_payment_method_types` alone; earlier ones have `payment_method_types`, which the API takes too. */
type Create = Stripe.PaymentIntentCreateParams & { readonly payment_method_types?: string[] };

const create = (more: Partial<Create> = {}) =>
  stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', ...more });

/** Records of the payments table, and charges at the sandbox. */
const traces = () => [
  app.itemCount('payments', 'payment'),
  app.itemCount('payments', 'method'),
  app.sandboxCharges().length,
];

describe('the types of a payment', () => {
  it('are cards alone where nothing is said, and nothing is stored of them', async () => {
    const intent = await create();

    expect(intent.payment_method_types).toEqual(['card']);
    expect(Object.keys(intent.payment_method_options!)).toEqual(['card']);
    const stored = app.world.table.items('payments').find(({ sk }) => `pi_${sk}` === intent.id)!;
    expect(Object.keys(unpack<object>(stored.doc as Uint8Array))).not.toContain('methodTypes');
  });

  it.each([
    ['in usd', {}, ['card', 'alipay', 'wechat_pay', 'paypal']],
    ['in jpy, which PayPal does not take here', { currency: 'jpy' }, ['card', 'alipay', 'wechat_pay']],
    ['held for a later capture', { capture_method: 'manual' }, ['card', 'paypal']],
    [
      'held by card alone',
      { payment_method_options: { card: { capture_method: 'manual' } } },
      ['card', 'alipay', 'wechat_pay', 'paypal'],
    ],
    [
      'held by PayPal alone',
      { payment_method_options: { paypal: { capture_method: 'manual' } } },
      ['card', 'alipay', 'wechat_pay', 'paypal'],
    ],
    [
      'without redirects',
      { automatic_payment_methods: { enabled: true, allow_redirects: 'never' } },
      ['card', 'wechat_pay'],
    ],
    [
      'without those that the merchant does not offer',
      { excluded_payment_method_types: ['alipay', 'klarna'] },
      ['card', 'wechat_pay', 'paypal'],
    ],
    ['whose method is kept', { setup_future_usage: 'off_session' }, ['card']],
    ['confirmed by the server', { confirmation_method: 'manual' }, ['card']],
  ] satisfies [string, Partial<Create>, string[]][])('are automatic: %s', async (_, more, types) => {
    const intent = await create({ automatic_payment_methods: { enabled: true }, ...more });

    expect(intent.payment_method_types).toEqual(types);
    expect(intent.allowed_payment_method_types).toEqual(types);
    expect(Object.keys(intent.payment_method_options!).sort()).toEqual([...types].sort());
  });

  it('that are allowed are taken as far as they are possible', async () => {
    const params = {
      allowed_payment_method_types: ['card', 'alipay', 'paypal'],
      currency: 'jpy',
    } satisfies Partial<Create>;

    expect((await create(params)).payment_method_types).toEqual(['card', 'alipay']);
    expect(await thrown(create({ ...params, allowed_payment_method_types: ['paypal'] }))).toMatchObject({
      statusCode: 400,
      param: 'currency',
    });
  });

  it('may be changed until the payment is confirmed, and are judged again with what they depend on', async () => {
    const { id } = await create({ payment_method_types: ['card', 'paypal'] });

    const changed = await stripe.paymentIntents.update(id, {
      payment_method_types: ['alipay', 'alipay', 'wechat_pay'],
    } as object);
    expect(changed.payment_method_types).toEqual(['alipay', 'wechat_pay']);
    expect(await thrown(stripe.paymentIntents.update(id, { capture_method: 'manual' }))).toMatchObject({
      param: 'capture_method',
    });
    expect((await stripe.paymentIntents.update(id, { description: 'x' })).payment_method_types).toEqual([
      'alipay',
      'wechat_pay',
    ]);
    const automatic = await create({ automatic_payment_methods: { enabled: true } });
    const held = await stripe.paymentIntents.update(automatic.id, { capture_method: 'manual' });
    expect(held.payment_method_types).toEqual(['card', 'paypal']);
    expect(held.automatic_payment_methods).toEqual({ enabled: true, allow_redirects: 'always' });
    const excluding = { excluded_payment_method_types: ['wechat_pay'] } satisfies Stripe.PaymentIntentUpdateParams;
    const without = await stripe.paymentIntents.update(automatic.id, { ...excluding, capture_method: 'automatic' });
    expect(without.payment_method_types).toEqual(['card', 'alipay', 'paypal']);
    expect(without.excluded_payment_method_types).toEqual(['wechat_pay']);
    const all = await stripe.paymentIntents.update(automatic.id, { excluded_payment_method_types: '' });
    expect(all.payment_method_types).toEqual(['card', 'alipay', 'wechat_pay', 'paypal']);
    expect(all.excluded_payment_method_types).toBeNull();
    const cards = await stripe.paymentIntents.update(id, { payment_method_types: ['card'] } as object);
    expect(cards.payment_method_types).toEqual(['card']);
  });
});

describe('a wallet is refused before anything is claimed', () => {
  const cases: readonly (readonly [string, Record<string, unknown>, object])[] = [
    ['an unknown type', { payment_method_types: ['ideal'] }, { param: 'payment_method_types[0]' }],
    [
      'a list beside automatic payment methods',
      { payment_method_types: ['alipay'], automatic_payment_methods: { enabled: true } },
      { code: 'parameters_exclusive', param: 'payment_method_types' },
    ],
    [
      'two lists',
      { payment_method_types: ['alipay'], allowed_payment_method_types: ['alipay'] },
      { code: 'parameters_exclusive' },
    ],
    [
      'nothing left to pay with',
      { payment_method_types: ['alipay'], excluded_payment_method_types: ['alipay'] },
      { param: 'excluded_payment_method_types' },
    ],
    [
      'no card left to pay with',
      { excluded_payment_method_types: ['card'] },
      { param: 'excluded_payment_method_types' },
    ],
    [
      'a currency that it does not take',
      { payment_method_types: ['card', 'paypal'], currency: 'jpy' },
      {
        param: 'currency',
        message:
          'The currency provided (jpy) is invalid. Payments with paypal support the following currencies: eur, gbp, usd, chf, czk, dkk, nok, pln, sek, aud, cad, hkd, nzd, sgd.',
      },
    ],
    ['a later capture', { payment_method_types: ['alipay'], capture_method: 'manual' }, { param: 'capture_method' }],
    [
      'a way of capture, by an option that Stripe does not have',
      { payment_method_types: ['alipay'], payment_method_options: { alipay: { capture_method: 'manual' } } },
      { code: 'parameter_unknown', param: 'payment_method_options[alipay][capture_method]' },
    ],
    [
      'the same for WeChat Pay',
      { payment_method_options: { wechat_pay: { capture_method: 'manual' } } },
      { code: 'parameter_unknown', param: 'payment_method_options[wechat_pay][capture_method]' },
    ],
    [
      'a later use',
      { payment_method_types: ['wechat_pay'], setup_future_usage: 'off_session' },
      { param: 'setup_future_usage' },
    ],
    [
      'a later use, by its option',
      { payment_method_options: { paypal: { setup_future_usage: 'off_session' } } },
      { param: 'payment_method_options[paypal][setup_future_usage]' },
    ],
    [
      'a confirmation by the server',
      { payment_method_types: ['alipay'], confirmation_method: 'manual' },
      { param: 'confirmation_method' },
    ],
    [
      'a client that no channel of the account takes',
      {
        payment_method_types: ['wechat_pay'],
        payment_method_options: { wechat_pay: { client: 'ios', app_id: 'wx1' } },
      },
      {
        param: 'payment_method_options[wechat_pay][client]',
        message:
          'No channel of this account takes payments with wechat_pay on the client `ios`. It takes: web, mobile_web.',
      },
    ],
    [
      'the same of Alipay',
      { payment_method_types: ['alipay'], payment_method_options: { alipay: { client: 'android' } } },
      { param: 'payment_method_options[alipay][client]' },
    ],
    [
      'a client that does not exist',
      { payment_method_options: { wechat_pay: { client: 'desktop' } } },
      { param: 'payment_method_options[wechat_pay][client]' },
    ],
    [
      'an address that is none',
      { payment_method_options: { wechat_pay: { client: 'mobile_web', ip_address: '10.0.0.256' } } },
      { param: 'payment_method_options[wechat_pay][ip_address]' },
    ],
    [
      'a name of the payer that WeChat issues to no one',
      { payment_method_options: { wechat_pay: { client: 'mini_program', openid: 'o 1' } } },
      { param: 'payment_method_options[wechat_pay][openid]' },
    ],
    [
      'the browser of a phone without its address',
      {
        payment_method_types: ['wechat_pay'],
        payment_method_data: { type: 'wechat_pay' },
        payment_method_options: { wechat_pay: { client: 'mobile_web' } },
        confirm: true,
        return_url: BACK,
      },
      { code: 'parameter_missing', param: 'payment_method_options[wechat_pay][ip_address]' },
    ],
    [
      'the browser of a phone that cannot come back',
      {
        payment_method_types: ['wechat_pay'],
        payment_method_data: { type: 'wechat_pay' },
        payment_method_options: { wechat_pay: { client: 'mobile_web', ip_address: '2001:db8::1' } },
        confirm: true,
      },
      { param: 'return_url' },
    ],
    [
      'a type that the payment does not have',
      { payment_method_data: { type: 'alipay' }, confirm: true, return_url: BACK },
      {
        param: 'payment_method',
        message:
          'The PaymentMethod provided (alipay) is not allowed for this PaymentIntent. Please attach a PaymentMethod of one of the following types: card. Alternatively, update the allowed payment_method_types for this PaymentIntent to include "alipay".',
      },
    ],
    [
      'a type that the payment does not have, unconfirmed',
      { payment_method_data: { type: 'paypal' } },
      { param: 'payment_method' },
    ],
    [
      'a card where there are wallets alone',
      { payment_method_types: ['paypal'], payment_method: 'pm_card_visa' },
      { param: 'payment_method' },
    ],
    [
      'a payer who cannot come back',
      { payment_method_types: ['alipay'], payment_method_data: { type: 'alipay' }, confirm: true },
      {
        param: 'return_url',
        message: 'You must provide a `return_url` when confirming a PaymentIntent with the payment method type alipay.',
      },
    ],
    [
      'a payer who is not there',
      {
        payment_method_types: ['paypal'],
        payment_method_data: { type: 'paypal' },
        confirm: true,
        return_url: BACK,
        off_session: true,
      },
      { param: 'off_session' },
    ],
    [
      'a mandate',
      {
        payment_method_types: ['paypal'],
        payment_method_data: { type: 'paypal' },
        confirm: true,
        return_url: BACK,
        mandate_data: { customer_acceptance: { type: 'offline', offline: {} } },
      },
      { param: 'mandate_data' },
    ],
    [
      'WeChat Pay without a client',
      { payment_method_types: ['wechat_pay'], payment_method_data: { type: 'wechat_pay' }, confirm: true },
      { code: 'parameter_missing', param: 'payment_method_options[wechat_pay][client]' },
    ],
    [
      'the members of another type',
      { payment_method_types: ['alipay'], payment_method_data: { type: 'alipay', card: { token: 'tok_visa' } } },
      { code: 'parameter_unknown', param: 'payment_method_data[card]' },
    ],
  ];

  it.each(cases)('%s', async (_, params, refusal) => {
    const before = traces();

    const error = await thrown(create(params));

    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError', ...refusal });
    expect(traces()).toEqual(before);
  });

  it('a confirmation that the payment does not allow', async () => {
    const { id } = await create({ payment_method_types: ['alipay', 'paypal'] });
    const method = await stripe.paymentMethods.create({ type: 'alipay' });
    const before = traces();

    const refused = await thrown(stripe.paymentIntents.confirm(id, { payment_method: method.id }));
    const held = await thrown(
      stripe.paymentIntents.confirm(id, { payment_method: method.id, return_url: BACK, capture_method: 'manual' }),
    );

    const changed = await thrown(stripe.paymentIntents.update(id, { payment_method: 'pm_card_visa' }));

    expect([refused, held, changed]).toMatchObject([
      { param: 'return_url' },
      { param: 'capture_method' },
      { param: 'payment_method' },
    ]);
    expect(traces()).toEqual(before);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'requires_payment_method' });
  });

  it('a charge without an intent, and a setup intent', async () => {
    const { id } = await stripe.paymentMethods.create({ type: 'paypal' });
    const before = traces();

    const charge = await thrown(stripe.charges.create({ amount: 500, currency: 'usd', source: id }));
    const setup = await thrown(stripe.setupIntents.create({ payment_method_data: { type: 'paypal' } }));

    expect(charge).toMatchObject({ statusCode: 400, param: 'source' });
    expect(setup).toMatchObject({ statusCode: 400, param: 'payment_method' });
    expect(traces()).toEqual(before);
  });
});
