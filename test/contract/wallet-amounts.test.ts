/** Least and greatest amounts of wallets, with the official SDK: where a request names the type, and where automatic payment methods leave it out. */
import { describe, expect, it } from 'vitest';
import { walletSteps } from '../scenarios/wallet-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { create, pay, decide } = walletSteps(app);

const automatic = (amount: number, currency = 'cny') =>
  create({ amount, currency, automatic_payment_methods: { enabled: true } });
const small = { statusCode: 400, code: 'amount_too_small', param: 'amount' };
const large = { statusCode: 400, code: 'amount_too_large', param: 'amount' };

/** The limits of the sandbox's wallets, in minor units. */
const LIMITS = [
  ['alipay', 'cny', 100, 30_000_000],
  ['wechat_pay', 'cny', 50, 5_000_000],
  ['paypal', 'usd', 50, 6_000_000],
] as const;

describe.each(LIMITS)('%s in %s', (type, currency, least, greatest) => {
  it('is taken at its least and at its greatest amount', async () => {
    for (const amount of [least, greatest]) {
      const intent = await pay(type, { amount, currency });
      expect(intent.status).toBe('requires_action');
      await decide(intent, 'approve');
      expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
        status: 'succeeded',
        amount_received: amount,
      });
    }
  });

  it('is refused below and above, when it is created and when it is confirmed at once', async () => {
    for (const make of [
      (amount: number) => create({ amount, currency, payment_method_types: [type] }),
      (amount: number) => pay(type, { amount, currency }),
    ]) {
      expect(await thrown(make(least - 1))).toMatchObject(small);
      expect(await thrown(make(greatest + 1))).toMatchObject(large);
    }
    // Stripe's least charge is refused for every type.
    const message = await thrown(create({ amount: greatest + 1, currency, payment_method_types: ['card', type] }));
    expect(message.message).toBe(
      `Amount must be no more than ${greatest} in the minor unit of ${currency} for payments with ${type}.`,
    );
  });

  it('is offered by automatic payment methods at both ends, and not beyond', async () => {
    for (const amount of [least, greatest])
      expect((await automatic(amount, currency)).payment_method_types).toContain(type);
    const beyond = (await automatic(greatest + 1, currency)).payment_method_types;
    expect(beyond).toContain('card');
    expect(beyond).not.toContain(type);
  });
});

describe('an update', () => {
  it('of the amount is refused beyond the limit of a listed type, and changes nothing', async () => {
    const intent = await create({ amount: 2_000, currency: 'cny', payment_method_types: ['card', 'wechat_pay'] });

    expect(await thrown(stripe.paymentIntents.update(intent.id, { amount: 5_000_001 }))).toMatchObject(large);

    expect(await stripe.paymentIntents.retrieve(intent.id)).toEqual(intent);
    const other = await stripe.paymentIntents.update(intent.id, { amount: 5_000_001, currency: 'usd' });
    expect(other).toMatchObject({ amount: 5_000_001, currency: 'usd', payment_method_types: ['card', 'wechat_pay'] });
  });

  it('of the amount changes what automatic payment methods offer, in both directions', async () => {
    const { id } = await automatic(2_000);
    const typesAt = async (amount: number) => (await stripe.paymentIntents.update(id, { amount })).payment_method_types;

    expect(await typesAt(99)).toEqual(['card', 'wechat_pay']);
    expect(await typesAt(100)).toEqual(['card', 'alipay', 'wechat_pay']);
    expect(await typesAt(5_000_001)).toEqual(['card', 'alipay']);
    expect(await typesAt(30_000_001)).toEqual(['card']);
  });

  it('of the amount is refused where its payment method could not pay it any more', async () => {
    const { id: method } = await stripe.paymentMethods.create({ type: 'wechat_pay' });
    const { id } = await create({
      amount: 2_000,
      currency: 'cny',
      automatic_payment_methods: { enabled: true },
      payment_method: method,
    });

    expect(await thrown(stripe.paymentIntents.update(id, { amount: 5_000_001 }))).toMatchObject({
      statusCode: 400,
      param: 'payment_method',
    });
    expect((await stripe.paymentIntents.retrieve(id)).amount).toBe(2_000);
  });
});

describe('a confirmation', () => {
  it('with a type that is not offered for the amount is refused, and with one that is succeeds', async () => {
    const { id } = await automatic(99);
    const by = (type: 'alipay' | 'wechat_pay') =>
      stripe.paymentIntents.confirm(id, {
        payment_method_data: { type },
        payment_method_options: { wechat_pay: { client: 'web' } },
        return_url: 'https://shop.example/done',
      });

    expect(await thrown(by('alipay'))).toMatchObject({ statusCode: 400, param: 'payment_method' });
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_payment_method');
    const waiting = await by('wechat_pay');
    expect(waiting.status).toBe('requires_action');
    await decide(waiting, 'approve');
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
  });

  it('that names the types is refused beyond the limit, and leaves the payment as it was', async () => {
    const intent = await create({ amount: 6_000_001 });
    const params = { payment_method_types: ['paypal'], payment_method_data: { type: 'paypal' } };

    expect(
      await thrown(
        stripe.paymentIntents.confirm(intent.id, {
          ...params,
          return_url: 'https://shop.example/done',
        }),
      ),
    ).toMatchObject(large);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toEqual(intent);
  });
});

describe('a Checkout Session', () => {
  const session = (unit_amount: number, types: string[] | undefined) =>
    stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'https://shop.example/done',
      line_items: [{ quantity: 1, price_data: { currency: 'cny', unit_amount, product_data: { name: 'Tea' } } }],
      ...(types && { payment_method_types: types }),
    });

  it('offers a wallet only for an amount that it takes', async () => {
    expect((await session(30_000_000, undefined)).payment_method_types).toContain('alipay');
    expect((await session(30_000_001, undefined)).payment_method_types).not.toContain('alipay');
    expect(await thrown(session(30_000_001, ['card', 'alipay']))).toMatchObject({ code: 'amount_too_large' });
  });
});
