/** Multiple capture through the official SDK, against the sandbox over HTTP. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const held = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    capture_method: 'manual',
    payment_method_options: { card: { request_multicapture: 'if_available' } },
    ...params,
  });
const part = (id: string, amount: number, params: Stripe.PaymentIntentCaptureParams = {}) =>
  stripe.paymentIntents.capture(id, { amount_to_capture: amount, final_capture: false, ...params });
const chargeOf = (intent: Stripe.PaymentIntent) => stripe.charges.retrieve(intent.latest_charge as string);

describe('capture of a part', () => {
  it('keeps the rest until the last: amounts after each, refunds meanwhile, a balance transaction each', async () => {
    const { id } = await held();

    const first = await part(id, 7_000, { metadata: { parcel: '1' }, statement_descriptor_suffix: 'PARCEL' });
    expect(first).toMatchObject({
      status: 'requires_capture',
      amount: 10_000,
      amount_capturable: 3_000,
      amount_received: 7_000,
      metadata: { parcel: '1' },
      statement_descriptor_suffix: 'PARCEL',
    });
    const before = await chargeOf(first);
    expect(before).toMatchObject({ amount: 10_000, amount_captured: 7_000, captured: false, refunded: false });
    await stripe.refunds.create({ payment_intent: id, amount: 7_000 });
    expect(await chargeOf(first)).toMatchObject({ amount_refunded: 7_000, refunded: false });

    const last = await stripe.paymentIntents.capture(id, { amount_to_capture: 2_000 });
    expect(last).toMatchObject({ status: 'succeeded', amount: 10_000, amount_capturable: 0, amount_received: 9_000 });
    const after = await chargeOf(last);
    expect(after).toMatchObject({ amount_captured: 9_000, amount_refunded: 7_000, captured: true, refunded: false });
    expect(after.balance_transaction).not.toBe(before.balance_transaction);
    await app.settleDown();
    const source = last.latest_charge as string;
    expect(
      (await stripe.balanceTransactions.list({ source })).data.map(({ id: name, amount, fee }) => [name, amount, fee]),
    ).toEqual([
      [after.balance_transaction, 2_000, 88],
      [before.balance_transaction, 7_000, 233],
    ]);
    await stripe.refunds.create({ payment_intent: id });
    expect(await chargeOf(last)).toMatchObject({ amount_refunded: 9_000, refunded: true });
  });

  it('of all that is left is the last, whatever was said', async () => {
    const { id } = await held();
    await part(id, 4_000);

    expect(await part(id, 6_000)).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 10_000 });
  });

  it('without an amount takes the rest', async () => {
    const { id } = await held();
    await part(id, 4_000);

    expect(await stripe.paymentIntents.capture(id)).toMatchObject({ status: 'succeeded', amount_received: 10_000 });
  });

  it.each([
    ['a cancel', (id: string) => stripe.paymentIntents.cancel(id)],
    ['a last capture of nothing', (id: string) => part(id, 0, { final_capture: true })],
    [
      'the end of its time',
      (id: string) =>
        stripe.rawRequest(
          'POST',
          `/v1/test_helpers/payment_intents/${id}/expire`,
        ) as unknown as Promise<Stripe.PaymentIntent>,
    ],
  ])('%s gives the rest back', async (_, end) => {
    const { id } = await held();
    await part(id, 4_000);

    expect(await end(id)).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 4_000 });
    expect(await chargeOf(await stripe.paymentIntents.retrieve(id))).toMatchObject({
      captured: true,
      amount_captured: 4_000,
    });
    expect(await thrown(stripe.paymentIntents.capture(id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      message: expect.stringMatching(/the remainder of the authorized amount has been released/),
    });
  });

  it('that keeps a rest is refused where the hold is captured once', async () => {
    const { id } = await held({ payment_method: 'pm_card_credit_disableEnterpriseCardFeatures' });

    expect(await thrown(part(id, 4_000))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      param: 'final_capture',
      message: expect.stringMatching(/multicapture is not available/),
    });
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ amount_capturable: 10_000 });
  });

  it.each([
    ['more than is left', 6_001, { code: 'amount_too_large', param: 'amount_to_capture' }],
    ['nothing, and keeping the rest', 0, { code: 'parameter_invalid_integer', param: 'amount_to_capture' }],
    ['less than nothing', -1, { code: 'parameter_invalid_integer', message: 'Invalid non-negative integer' }],
  ])('of %s is refused', async (_, amount, error) => {
    const { id } = await held();
    await part(id, 4_000);

    expect(await thrown(part(id, amount))).toMatchObject({ statusCode: 400, ...error });
  });

  it('of nothing is refused where nothing was captured: that is a cancel', async () => {
    const { id } = await held();

    expect(await thrown(part(id, 0, { final_capture: true }))).toMatchObject({
      statusCode: 400,
      code: 'parameter_invalid_integer',
      param: 'amount_to_capture',
    });
  });

  it('can be made 49 times; the fiftieth is the last', async () => {
    const { id } = await held();
    for (let nth = 0; nth < 49; nth++) await part(id, 100);

    expect(await thrown(part(id, 100))).toMatchObject({ statusCode: 400, param: 'final_capture' });
    expect(await part(id, 100, { final_capture: true })).toMatchObject({ amount_received: 5_000, status: 'succeeded' });
  });

  it('is answered again under its key, and made once', async () => {
    const { id } = await held();
    const params = { amount_to_capture: 4_000, final_capture: false };
    const options = { idempotencyKey: `part-${id}` };

    const first = await stripe.paymentIntents.capture(id, params, options);
    await part(id, 1_000);
    await app.settleDown();
    const again = await stripe.paymentIntents.capture(id, params, options);

    expect(again).toEqual(first);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ amount_received: 5_000 });
  });

  it('can be disputed while the rest is held', async () => {
    const { id, latest_charge: charge } = await held();
    await part(id, 4_000);

    const dispute = (await stripe.rawRequest(
      'POST',
      `/v1/test_helpers/charges/${charge as string}/dispute`,
    )) as unknown as {
      amount: number;
    };

    expect(dispute.amount).toBe(4_000);
    expect(await thrown(stripe.refunds.create({ payment_intent: id }))).toMatchObject({ code: 'charge_disputed' });
    expect(await part(id, 1_000)).toMatchObject({ amount_received: 5_000 });
  });
});
