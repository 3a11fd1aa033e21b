/** Payments with a wallet (Alipay, WeChat Pay, PayPal), with the official SDK: how they are made, approved and shown. */
import jsqr from 'jsqr';
import { PNG } from 'pngjs';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { PAYMENT } from '../../functions/payments/store.ts';
import { unpack } from '../../functions/table/pack.ts';
import { putRecord } from '../../functions/table/record.ts';
import { recordsOf } from '../audit/records.ts';
import { BACK, walletSteps } from '../scenarios/wallet-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const payer = app.client({ key: app.merchant.test.publishableKey });

const { create, pay, decide } = walletSteps(app);
const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;

const chargeOf = async (id: string): Promise<Stripe.Charge> => {
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
  return charge as Stripe.Charge;
};

describe('a payment method of a wallet', () => {
  it.each(WALLETS)('is made, also by the payer’s page, and kept for no customer: %s', async (type) => {
    const made = await payer.paymentMethods.create({
      type,
      billing_details: { name: 'Ada', email: 'ada@example.com' },
    });

    const { metadata, ...method } = await stripe.paymentMethods.retrieve(made.id);
    expect(metadata).toEqual({});
    expect(method).toMatchObject({
      type,
      customer: null,
      billing_details: { name: 'Ada' },
      allow_redisplay: 'unspecified',
    });
    expect(method[type]).toEqual(type === 'paypal' ? { country: null, payer_email: null, payer_id: null } : {});
    expect('card' in method).toBe(false);
    const customer = await stripe.customers.create({});
    expect(await thrown(stripe.paymentMethods.attach(made.id, { customer: customer.id }))).toMatchObject({
      statusCode: 400,
      code: 'payment_method_unsupported_type',
      message: `PaymentMethods of type '${type}' cannot be saved to customers.`,
    });
    await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    expect((await stripe.paymentMethods.list({ customer: customer.id, type })).data).toEqual([]);
    expect((await stripe.paymentMethods.list({ customer: customer.id, type: 'card' })).data).toHaveLength(1);
    expect((await stripe.customers.listPaymentMethods(customer.id, { type })).data).toEqual([]);
  });

  it('of PayPal shows its payer once they have paid with it, to the secret key', async () => {
    const made = await stripe.paymentMethods.create({ type: 'paypal' });
    const nobody = { country: null, payer_email: null, payer_id: null };
    const intent = await create({
      payment_method_types: ['paypal'],
      payment_method: made.id,
      confirm: true,
      return_url: BACK,
    });
    expect((await stripe.paymentMethods.retrieve(made.id)).paypal).toEqual(nobody);

    await decide(intent, 'approve');

    const { payer_email, payer_id, country } = (await chargeOf(intent.id)).payment_method_details!.paypal!;
    const shown = { country, payer_email, payer_id };
    for (const value of Object.values(shown)) expect(value).toMatch(/./);
    const expanded = await stripe.paymentIntents.retrieve(intent.id, { expand: ['payment_method'] });
    expect((await stripe.paymentMethods.retrieve(made.id)).paypal).toEqual(shown);
    expect((expanded.payment_method as Stripe.PaymentMethod).paypal).toEqual(shown);
    expect(
      await payer.paymentIntents.retrieve(intent.id, {
        client_secret: intent.client_secret!,
        expand: ['payment_method'],
      }),
    ).not.toHaveProperty('payment_method.paypal.payer_email');
  });

  it('of PayPal shows no payer where they declined', async () => {
    const made = await stripe.paymentMethods.create({ type: 'paypal' });
    const intent = await create({
      payment_method_types: ['paypal'],
      payment_method: made.id,
      confirm: true,
      return_url: BACK,
    });

    await decide(intent, 'decline');

    expect((await stripe.paymentMethods.retrieve(made.id)).paypal).toEqual({
      country: null,
      payer_email: null,
      payer_id: null,
    });
  });

  it('has no members of another type', async () => {
    const params = { type: 'alipay', card: { token: 'tok_visa' } } as Stripe.PaymentMethodCreateParams;

    expect(await thrown(stripe.paymentMethods.create(params))).toMatchObject({
      code: 'parameter_unknown',
      param: 'card',
    });
  });

  it('is stored in a shape that version 0.1 does not take for a card', async () => {
    const { id } = await stripe.paymentMethods.create({ type: 'alipay' });
    const paid = await pay('alipay');
    const shapeOf = (name: string) =>
      unpack<{ shape?: number }>(
        app.world.table.items('payments').find(({ sk }) => sk === name.split('_')[1])!.doc as Uint8Array,
      ).shape;

    expect([shapeOf(id), shapeOf(paid.id)]).toEqual([2, 2]);
    expect(shapeOf((await create({ payment_method: 'pm_card_visa' })).id)).toBeUndefined();
    // That version would take at once what the card is to hold.
    const options = { card: { capture_method: 'manual' } } as const;
    const types = { payment_method_types: ['card', 'alipay'] };
    expect(shapeOf((await create({ ...types, payment_method_options: options })).id)).toBe(2);
    expect(shapeOf((await create({ payment_method_options: options })).id)).toBeUndefined();
  });
});

describe('a payment with a wallet', () => {
  it.each(WALLETS)('waits for its payer, succeeds, and is refunded: %s', async (type) => {
    const intent = await pay(type, { metadata: { order: '7' } });
    expect(intent).toMatchObject({ status: 'requires_action', latest_charge: null, payment_method_types: [type] });

    await decide(intent, 'approve');

    const paid = await stripe.paymentIntents.retrieve(intent.id);
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 2_000, next_action: null });
    const charge = await chargeOf(intent.id);
    const expanded = await stripe.charges.retrieve(charge.id, { expand: ['payment_method_details.card.mandate'] });
    expect(expanded).toEqual(charge);
    expect(charge).toMatchObject({
      amount_captured: 2_000,
      captured: true,
      payment_method: paid.payment_method,
      payment_method_details: { type },
      source: null,
    });
    const details = charge.payment_method_details![type]!;
    expect(details.transaction_id).toMatch(/^\w+$/);
    expect('card' in charge.payment_method_details!).toBe(false);
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500 });
    expect(refund.destination_details).toEqual(
      {
        alipay: { alipay: {}, type },
        wechat_pay: { type, wechat_pay: {} },
        paypal: {
          paypal: { network_decline_code: null, reference: expect.stringMatching(/./), reference_status: 'available' },
          type,
        },
      }[type],
    );
    await app.settleDown();
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
    expect((await stripe.charges.retrieve(charge.id)).amount_refunded).toBe(500);
    expect((await stripe.charges.list({ payment_intent: intent.id })).data).toMatchObject([
      { payment_method_details: { type } },
    ]);
    for (const name of ['payment_intent.requires_action', 'payment_intent.succeeded'])
      expect(await eventsWithObject(app, intent.id, name)).toHaveLength(1);
    expect(await eventsWithObject(app, charge.id, 'charge.succeeded')).toMatchObject([
      { data: { object: { payment_method_details: { type } } } },
    ]);
  });

  it('shows the payer where to go, by the type', async () => {
    const alipay = (await pay('alipay')).next_action!;
    const paypal = (await pay('paypal')).next_action!;

    expect(alipay).toEqual({
      type: 'alipay_handle_redirect',
      alipay_handle_redirect: {
        native_data: null,
        native_url: null,
        return_url: BACK,
        url: expect.stringMatching(/^http:/) as string,
      },
    } satisfies Stripe.PaymentIntent.NextAction);
    expect(paypal).toEqual({
      type: 'redirect_to_url',
      redirect_to_url: { return_url: BACK, url: expect.stringMatching(/^http:/) as string },
    } satisfies Stripe.PaymentIntent.NextAction);
  });

  it('shows a QR code that a phone reads, also to the payer’s page', async () => {
    const intent = await pay('wechat_pay', { return_url: undefined as unknown as string });

    const seen = await payer.paymentIntents.retrieve(intent.id, { client_secret: intent.client_secret! });
    expect(seen.next_action).toEqual(intent.next_action);
    const code = seen.next_action!.wechat_pay_display_qr_code!;
    expect(Object.keys(code).sort()).toEqual([
      'data',
      'hosted_instructions_url',
      'image_data_url',
      'image_url_png',
      'image_url_svg',
    ]);
    const { data, width, height } = PNG.sync.read(Buffer.from(code.image_data_url.split(',')[1]!, 'base64'));
    const read = (jsqr as unknown as typeof jsqr.default)(new Uint8ClampedArray(data), width, height);
    expect(read!.data).toBe(code.data);
  });

  it.each([
    ['decline', 'payment_method_customer_decline'],
    ['expire', 'payment_intent_payment_attempt_expired'],
  ] as const)('waits for another method when its payer lets it %s', async (result, code) => {
    const intent = await pay('alipay');

    await decide(intent, result);

    const failed = await stripe.paymentIntents.retrieve(intent.id);
    expect(failed).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: {
        type: 'invalid_request_error',
        code,
        payment_method: { type: 'alipay', alipay: {} },
        payment_method_type: 'alipay',
      },
    });
    const seen = await payer.paymentIntents.retrieve(intent.id, { client_secret: intent.client_secret! });
    expect(seen.last_payment_error!.payment_method).toMatchObject({ type: 'alipay' });
    const again = await stripe.paymentIntents.confirm(intent.id, {
      payment_method_data: { type: 'alipay' },
      return_url: BACK,
    });
    expect(again.status).toBe('requires_action');
  });

  it('is confirmed by the payer’s page with a method of its own', async () => {
    const { id, client_secret: secret } = await create({ automatic_payment_methods: { enabled: true } });
    const confirm = (more: Stripe.PaymentIntentConfirmParams) =>
      payer.paymentIntents.confirm(id, {
        client_secret: secret!,
        payment_method_data: { type: 'wechat_pay' },
        ...more,
      } as Stripe.PaymentIntentConfirmParams);

    const options = { paypal: { capture_method: 'manual' } } as const;
    expect(await thrown(confirm({ payment_method_options: options }))).toMatchObject({ code: 'secret_key_required' });
    const widened = { payment_method_types: ['card', 'klarna'] } as Stripe.PaymentIntentConfirmParams;
    expect(await thrown(confirm(widened))).toMatchObject({ statusCode: 400 });
    const intent = await confirm({ payment_method_options: { wechat_pay: { client: 'web' } } });

    expect(intent.next_action?.type).toBe('wechat_pay_display_qr_code');
    expect(intent.payment_method_options).toBeUndefined();
    expect((await stripe.paymentIntents.retrieve(id)).payment_method_options).toMatchObject({
      wechat_pay: { app_id: null, client: 'web' },
    });
  });

  it('keeps a payer’s page from widening its types', async () => {
    const { id, client_secret: secret } = await create({ payment_method_types: ['alipay'] });
    const widened = {
      client_secret: secret!,
      payment_method: 'pm_card_visa',
      payment_method_types: ['card'],
    } as Stripe.PaymentIntentConfirmParams;

    expect(await thrown(payer.paymentIntents.confirm(id, widened))).toMatchObject({ code: 'secret_key_required' });
  });

  it('is a decline where the merchant wants no action of the payer', async () => {
    const error = await thrown(pay('alipay', { error_on_requires_action: true }));

    expect(error).toMatchObject({ statusCode: 402, type: 'StripeCardError', code: 'payment_intent_action_required' });
    expect(error.decline_code).toBeFalsy();
    expect(error.message).toMatch(/^The provided payment method requires customer actions to complete/);
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', latest_charge: null });
  });

  it('goes on waiting for its payer when another confirmation is refused', async () => {
    const intent = await pay('alipay');

    const refused = await thrown(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }));

    expect(refused).toMatchObject({ statusCode: 400, param: 'payment_method' });
    await decide(intent, 'approve');
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });

  it('is not refunded after the days in which the wallet takes refunds', async () => {
    const intent = await pay('alipay');
    await decide(intent, 'approve');
    const { table } = app.world;
    const payment = recordsOf(app.world).payments.find(({ body }) => intent.id.endsWith(body))!;
    const capture = { ...payment.capture!, capturedMs: payment.capture!.capturedMs - 91 * 86_400_000 };
    await table.commit(putRecord(PAYMENT, { ...payment, version: payment.version + 1, capture }));

    const refused = await thrown(stripe.refunds.create({ payment_intent: intent.id }));

    expect(refused).toMatchObject({
      statusCode: 400,
      type: 'StripeInvalidRequestError',
      code: 'charge_not_refundable',
    });
    expect(refused.message).toMatch(/payments with alipay can be refunded for 90 days after their capture\.$/);
    expect((await stripe.refunds.list({ payment_intent: intent.id })).data).toEqual([]);
  });

  it('is disputed at PayPal, with the number of the case there', async () => {
    const intent = await pay('paypal');
    await decide(intent, 'approve');
    const { id } = await chargeOf(intent.id);
    await stripe.rawRequest('POST', `/v1/test_helpers/charges/${id}/dispute`, { reason: 'product_unacceptable' });
    await app.settleDown();

    const [dispute] = (await stripe.disputes.list({ charge: id })).data;

    expect(dispute).toMatchObject({ reason: 'product_unacceptable', network_reason_code: null });
    const details = {
      type: 'paypal',
      paypal: {
        case_id: expect.stringMatching(/^[0-9A-Za-z]+$/) as string,
        reason_code: 'MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED',
      },
    } satisfies Stripe.Dispute.PaymentMethodDetails;
    expect(dispute!.payment_method_details).toEqual(details);
    const events = await eventsWithObject(app, dispute!.id);
    expect(events.map(({ type }) => type)).toContain('charge.dispute.created');
    for (const { data } of events)
      expect(data.object).toMatchObject({ network_reason_code: null, payment_method_details: details });
  });

  it('takes a method once', async () => {
    const { id } = await stripe.paymentMethods.create({ type: 'alipay' });
    const intent = await pay('alipay', { payment_method_data: undefined as never, payment_method: id });
    await decide(intent, 'approve');

    const again = await thrown(pay('alipay', { payment_method_data: undefined as never, payment_method: id }));

    expect(again).toMatchObject({ statusCode: 400 });
    expect(again.message).toMatch(/may not be used again/);
  });
});
