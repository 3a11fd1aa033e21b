/** The options of wallets beside those of cards, with the official SDK: ways of capture per type, and types that are excluded. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { BACK, walletSteps } from '../scenarios/wallet-sdk.ts';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;
const payer = app.client({ key: app.merchant.test.publishableKey });

const { create, pay, press, decide } = walletSteps(app);

describe('a payment with a wallet', () => {
  it('holds the amount at PayPal, by the payment or by its option', async () => {
    for (const params of [
      { capture_method: 'manual' },
      { payment_method_options: { paypal: { capture_method: 'manual', preferred_locale: 'de-DE', reference: 'R-1' } } },
    ] as const) {
      const intent = await pay('paypal', params);

      await decide(intent, 'approve');

      expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'requires_capture' });
      expect((await stripe.paymentIntents.capture(intent.id)).status).toBe('succeeded');
    }
    const { payment_method_options: options } = await create({
      payment_method_types: ['paypal'],
      payment_method_options: { paypal: { capture_method: 'manual', preferred_locale: 'de-DE', reference: 'R-1' } },
    });
    expect(options).toEqual({
      paypal: { capture_method: 'manual', preferred_locale: 'de-DE', reference: 'R-1' },
    } satisfies Stripe.PaymentIntent.PaymentMethodOptions);
  });

  it('that is held is neither raised nor captured in parts, and the refusal names no option of cards', async () => {
    const asked = { request_incremental_authorization: 'if_available', request_multicapture: 'if_available' } as const;
    const held = await pay('paypal', {
      payment_method_types: ['card', 'paypal'],
      capture_method: 'manual',
      payment_method_options: { card: asked },
    });
    await decide(held, 'approve');
    const before = await stripe.paymentIntents.retrieve(held.id);

    const raised = await thrown(stripe.paymentIntents.incrementAuthorization(held.id, { amount: 3_000 }));
    const part = await thrown(stripe.paymentIntents.capture(held.id, { amount_to_capture: 500, final_capture: false }));

    const refused = { statusCode: 400, code: 'payment_intent_unexpected_state' };
    expect(raised).toMatchObject({
      ...refused,
      message: 'Incremental authorization is not available for payments with paypal.',
    });
    expect(part).toMatchObject({
      ...refused,
      param: 'final_capture',
      message: 'You cannot set `final_capture` to false because a payment with paypal is captured once.',
    });
    expect(await stripe.paymentIntents.retrieve(held.id)).toEqual(before);
    expect((await stripe.paymentIntents.capture(held.id, { amount_to_capture: 500 })).amount_received).toBe(500);
  });

  it('is taken at once where a card alone would be held, and held at PayPal alone where its option says so', async () => {
    const both = { payment_method_types: ['card', 'alipay', 'paypal'] };
    const card = { ...both, payment_method_options: { card: { capture_method: 'manual' } } } as const;
    const paypal = { ...both, payment_method_options: { paypal: { capture_method: 'manual' } } } as const;
    const byCard = { payment_method_data: undefined as never, payment_method: 'pm_card_visa' };

    const held = await pay('alipay', { ...card, ...byCard });
    const taken = await pay('alipay', { ...paypal, ...byCard });
    const [alipay, unheld, atPaypal] = [
      await pay('alipay', card),
      await pay('paypal', card),
      await pay('paypal', paypal),
    ];
    for (const intent of [alipay, unheld, atPaypal]) await decide(intent, 'approve');

    expect([held.status, taken.status]).toEqual(['requires_capture', 'succeeded']);
    const statuses = await Promise.all(
      [alipay, unheld, atPaypal].map(async ({ id }) => (await stripe.paymentIntents.retrieve(id)).status),
    );
    expect(statuses).toEqual(['succeeded', 'succeeded', 'requires_capture']);
    expect(held).toMatchObject({
      capture_method: 'automatic_async',
      payment_method_options: { card: { capture_method: 'manual' }, alipay: {} },
    });
    expect((await stripe.paymentIntents.capture(held.id)).status).toBe('succeeded');
  });

  it('keeps the way of capture of each type until that is changed', async () => {
    const { id } = await create({
      payment_method_types: ['card', 'alipay'],
      payment_method_options: { card: { capture_method: 'manual' } },
    });
    const held = () => stripe.paymentIntents.retrieve(id).then(({ payment_method_options: options }) => options!.card);
    expect((await stripe.paymentIntents.update(id, { amount: 2_500 })).capture_method).toBe('automatic_async');
    expect(await held()).toMatchObject({ capture_method: 'manual' });
    await stripe.paymentIntents.update(id, { payment_method_options: { card: { capture_method: '' } } });
    expect(Object.keys((await held())!)).not.toContain('capture_method');

    const options = { card: { capture_method: 'manual' } } as const;
    const paid = await stripe.paymentIntents.confirm(id, {
      payment_method: 'pm_card_visa',
      payment_method_options: options,
    });

    expect(paid.status).toBe('requires_capture');
    const cards = await create({ payment_method_options: options });
    expect(cards.capture_method).toBe('manual');
  });

  it('takes the payer of WeChat Pay from the browser of their phone to the wallet and back', async () => {
    const payment_method_options = { wechat_pay: { client: 'mobile_web', ip_address: '192.0.2.7' } };
    const intent = await pay('wechat_pay', { payment_method_options });

    expect(intent).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: BACK } },
      payment_method_options: { wechat_pay: { app_id: null, client: 'mobile_web' } },
    });
    expect(JSON.stringify(intent)).not.toContain('192.0.2.7');
    const back = await press(intent, 'approve');
    expect(back).toMatch(/\/v1\/return\//);
    await app.sentOn(back!);
    await app.settleDown();
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });

  it('has no types that the confirmation excludes', async () => {
    const { id, client_secret: secret } = await create({ automatic_payment_methods: { enabled: true } });
    const confirm = (more: Stripe.PaymentIntentConfirmParams) =>
      stripe.paymentIntents.confirm(id, { payment_method_data: { type: 'alipay' }, return_url: BACK, ...more });
    const excluding = { excluded_payment_method_types: ['alipay'] } satisfies Stripe.PaymentIntentConfirmParams;

    expect(await thrown(confirm(excluding))).toMatchObject({ statusCode: 400, param: 'payment_method' });
    const byPayer = { client_secret: secret!, payment_method_data: { type: 'alipay' }, return_url: BACK } as const;
    for (const excluded of ['', ['paypal']] as const) {
      const params = { ...byPayer, excluded_payment_method_types: excluded } as Stripe.PaymentIntentConfirmParams;
      expect(await thrown(payer.paymentIntents.confirm(id, params))).toMatchObject({ code: 'secret_key_required' });
    }
    await stripe.paymentIntents.update(id, excluding);
    expect(await thrown(confirm({}))).toMatchObject({ param: 'payment_method' });
    const intent = await confirm({ excluded_payment_method_types: ['paypal'] });

    expect(intent.payment_method_types).toEqual(['card', 'alipay', 'wechat_pay']);
    expect(intent.excluded_payment_method_types).toEqual(['paypal']);
    const again = await confirm({ excluded_payment_method_types: '' });
    expect(again.payment_method_types).toEqual(['card', 'alipay', 'wechat_pay', 'paypal']);
    expect(again.excluded_payment_method_types).toBeNull();
  });
});
