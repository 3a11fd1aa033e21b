/** A cancel that comes too late for its payer, and captures that have nothing to take, with the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { walletSteps } from '../scenarios/wallet-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { pay, press, decide } = walletSteps(app);
const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;

const NOT_CAPTURABLE =
  'This PaymentIntent could not be captured because it has a status of succeeded. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.';

const RELEASED =
  'The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released.';

/** The payer pays, and Sluice has no word of it yet: a cancel comes too late. */
async function refusedCancel(type: (typeof WALLETS)[number], more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const intent = await pay(type, more);
  await press(intent, 'approve');
  const error = await thrown(stripe.paymentIntents.cancel(intent.id));
  return { intent, error };
}

describe('a cancel that the channel refuses', () => {
  it.each(['alipay', 'wechat_pay'] as const)('shows the intent as its payer has paid it: %s', async (type) => {
    const { intent, error } = await refusedCancel(type);

    expect(error).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      message: 'The channel refused to cancel this PaymentIntent: The order was paid or is being paid.',
      payment_intent: { id: intent.id, object: 'payment_intent', status: 'succeeded', amount_received: 2_000 },
    });
    expect(error.payment_intent).toEqual(await stripe.paymentIntents.retrieve(intent.id));
  });

  it('answers the same once more under its idempotency key', async () => {
    const intent = await pay('alipay');
    await press(intent, 'approve');
    const cancel = () => thrown(stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey: 'too late' }));

    const [first, again] = [await cancel(), await cancel()];

    expect(first.payment_intent).toMatchObject({ id: intent.id, status: 'succeeded' });
    expect(again.raw).toMatchObject({ message: first.message, payment_intent: first.payment_intent });
  });
});

describe('a capture', () => {
  it.each(['alipay', 'wechat_pay'] as const)(
    'after a refused cancel is refused as if there had been none: %s',
    async (type) => {
      const paid = await pay(type);
      await decide(paid, 'approve');
      const { intent } = await refusedCancel(type);
      await app.settleDown();

      const [plain, after] = [
        await thrown(stripe.paymentIntents.capture(paid.id)),
        await thrown(stripe.paymentIntents.capture(intent.id)),
      ];

      expect(plain.message).toBe(NOT_CAPTURABLE);
      expect(after).toMatchObject({
        statusCode: 400,
        code: 'payment_intent_unexpected_state',
        message: NOT_CAPTURABLE,
        payment_intent: { id: intent.id, status: 'succeeded' },
      });
    },
  );

  it('after one whose response was lost is refused as after any other', async () => {
    const intent = await pay('paypal', { amount: 19_913, capture_method: 'manual' });
    await decide(intent, 'approve');
    await stripe.paymentIntents.capture(intent.id);
    app.later(60_000);
    await app.settleDown();
    await app.world.janitor(app.world.clock.nowMs());
    await app.settleDown();
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');

    expect((await thrown(stripe.paymentIntents.capture(intent.id))).message).toBe(RELEASED);
  });

  it.each(['paypal', 'pm_card_visa'])('after one in full is refused because the hold is over: %s', async (method) => {
    const held =
      method === 'paypal'
        ? await pay(method, { capture_method: 'manual' })
        : await stripe.paymentIntents.create({
            amount: 2_000,
            currency: 'usd',
            capture_method: 'manual',
            payment_method: method,
            confirm: true,
          });
    if (method === 'paypal') await decide(held, 'approve');
    await stripe.paymentIntents.capture(held.id);

    expect((await thrown(stripe.paymentIntents.capture(held.id))).message).toBe(RELEASED);
  });
});
