/** `payment_method_data` in each request that takes a payment method, with the official SDK: create, update and confirm take the same. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { BACK, walletSteps } from '../scenarios/wallet-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { create, decide } = walletSteps(app);
const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;

type Data = Stripe.PaymentIntentCreateParams.PaymentMethodData;
const ALL = { payment_method_types: ['card', ...WALLETS] };
const billing_details = { name: 'Ada', email: 'ada@example.com' };
const typeOf = async ({ payment_method: id }: Stripe.PaymentIntent) =>
  (await stripe.paymentMethods.retrieve(id as string)).type;

describe('an update', () => {
  it.each(WALLETS)('takes the method that a creation takes, and the payment is paid with it: %s', async (type) => {
    const { id } = await create(ALL);

    const updated = await stripe.paymentIntents.update(id, {
      payment_method_data: { type, billing_details, allow_redisplay: 'limited' },
      payment_method_options: { wechat_pay: { client: 'web' } },
    });

    expect(updated.status).toBe('requires_confirmation');
    const method = await stripe.paymentMethods.retrieve(updated.payment_method as string);
    expect(method).toMatchObject({ type, customer: null, allow_redisplay: 'limited', billing_details });
    const waiting = await stripe.paymentIntents.confirm(id, { return_url: BACK });
    await decide(waiting, 'approve');
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      status: 'succeeded',
      payment_method: method.id,
    });
  });

  it('replaces the method that there was, also by a card of a token', async () => {
    const { id } = await create({ ...ALL, payment_method: 'pm_card_visa' });

    const wallet = await stripe.paymentIntents.update(id, { payment_method_data: { type: 'alipay' } });
    const card = await stripe.paymentIntents.update(id, {
      payment_method_data: { type: 'card', card: { token: 'tok_mastercard' } } as Data,
    });

    expect([await typeOf(wallet), await typeOf(card)]).toEqual(['alipay', 'card']);
    expect((await stripe.paymentIntents.confirm(id)).status).toBe('succeeded');
  });

  it('makes one method under one key, however often it is sent', async () => {
    const { id } = await create(ALL);
    const send = () =>
      stripe.paymentIntents.update(
        id,
        { payment_method_data: { type: 'paypal' } },
        { idempotencyKey: 'method-data-1' },
      );
    const before = app.itemCount('payments', 'method');

    const [first, again] = [await send(), await send()];

    expect(again.payment_method).toBe(first.payment_method);
    expect(app.itemCount('payments', 'method') - before).toBe(1);
  });

  const refusals: readonly (readonly [string, Stripe.PaymentIntentUpdateParams, object])[] = [
    [
      'two methods',
      { payment_method: 'pm_card_visa', payment_method_data: { type: 'alipay' } },
      { code: 'parameters_exclusive' },
    ],
    [
      'a method that is removed and described',
      { payment_method: '', payment_method_data: { type: 'alipay' } },
      { code: 'parameters_exclusive' },
    ],
    [
      'members of another type',
      { payment_method_data: { type: 'alipay', card: { token: 'tok_visa' } } as Data },
      { code: 'parameter_unknown', param: 'payment_method_data[card]' },
    ],
    [
      'a card number',
      { payment_method_data: { type: 'card', card: { number: '4242424242424242' } } as Data },
      { param: 'payment_method_data[card][number]' },
    ],
    ['a type that is not served', { payment_method_data: { type: 'klarna' } }, { param: 'payment_method_data[type]' }],
  ];
  it.each(refusals)('refuses %s, and changes nothing', async (_, params, error) => {
    const intent = await create(ALL);
    const before = app.itemCount('payments', 'method');

    expect(await thrown(stripe.paymentIntents.update(intent.id, params))).toMatchObject({ statusCode: 400, ...error });

    expect(await stripe.paymentIntents.retrieve(intent.id)).toEqual(intent);
    expect(app.itemCount('payments', 'method')).toBe(before);
  });

  it('refuses a type that the payment is not for, and any method once it is paid', async () => {
    const cards = await create();
    const data = { payment_method_data: { type: 'alipay' } } satisfies Stripe.PaymentIntentUpdateParams;
    expect(await thrown(stripe.paymentIntents.update(cards.id, data))).toMatchObject({
      statusCode: 400,
      param: 'payment_method',
    });
    const paid = await create({ payment_method: 'pm_card_visa', confirm: true });
    expect(await thrown(stripe.paymentIntents.update(paid.id, data))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      param: 'payment_method_data',
    });
    const both = await stripe.paymentIntents.update(cards.id, { ...data, ...ALL });
    expect(await typeOf(both)).toBe('alipay');
  });
});

describe('create and confirm', () => {
  it('take the same data as an update', async () => {
    const data = { payment_method_data: { type: 'paypal', billing_details } } as const;

    const made = await create({ ...ALL, ...data });
    const { id } = await create(ALL);
    const confirmed = await stripe.paymentIntents.confirm(id, { ...data, return_url: BACK });

    expect([made.status, confirmed.status]).toEqual(['requires_confirmation', 'requires_action']);
    expect(await typeOf(made)).toBe('paypal');
  });
});

describe('a setup intent', () => {
  const card = {
    type: 'card',
    card: { token: 'tok_visa' },
  } as unknown as Stripe.SetupIntentUpdateParams.PaymentMethodData;

  it('takes the data of a card in each of its requests', async () => {
    const made = await stripe.setupIntents.create({ payment_method_data: card });
    const { id } = await stripe.setupIntents.create({});
    const updated = await stripe.setupIntents.update(id, { payment_method_data: card });
    const confirmed = await stripe.setupIntents.confirm(id, { payment_method_data: card });

    expect([made.status, updated.status, confirmed.status]).toEqual([
      'requires_confirmation',
      'requires_confirmation',
      'succeeded',
    ]);
  });

  it.each(WALLETS)('refuses a wallet in each of its requests, and names the types that it takes: %s', async (type) => {
    const { id } = await stripe.setupIntents.create({});
    const data = { payment_method_data: { type } };
    const before = app.itemCount('payments', 'method');

    for (const request of [
      stripe.setupIntents.create(data),
      stripe.setupIntents.create({ ...data, confirm: true }),
      stripe.setupIntents.update(id, data),
      stripe.setupIntents.confirm(id, data),
    ])
      expect(await thrown(request)).toMatchObject({
        statusCode: 400,
        param: 'payment_method',
        message: expect.stringContaining(`The PaymentMethod provided (${type}) is not allowed for this SetupIntent.`),
      });
    expect(app.itemCount('payments', 'method')).toBe(before);
    expect((await stripe.setupIntents.retrieve(id)).status).toBe('requires_payment_method');
  });
});
