/** Requests that are overtaken by another about the same object: one of them is asked to come again (lock_timeout). */
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, startApp } from '../support/app.ts';
import { gated } from '../support/gated.ts';

let app: App;
let stripe: Stripe;
beforeAll(async () => {
  app = await startApp();
  stripe = app.stripe;
});
afterAll(() => app.stop());

const thrown = (call: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  call.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error as Stripe.errors.StripeError,
  );
const pay = (method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: method, confirm: true, ...more });
const draft = () => stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: 'pm_card_visa' });
const hold = (method: string) => pay(method, { capture_method: 'manual' });

describe('an object that somebody else changes at the same time (lock_timeout)', () => {
  /** What the first is told whose commit is overtaken by the second, which begins later and is over first. */
  async function overtaken(first: () => Promise<unknown>, second: () => Promise<unknown>) {
    const { table } = app.world;
    const [gate, waiting] = [gated(), gated()];
    table.onCall = async ({ writes, when }) => {
      if (when === 'after' || !writes.some((write) => write.table === 'payments')) return;
      table.onCall = undefined;
      waiting.open();
      await gate.opened;
    };
    const told = thrown(first());
    await waiting.opened;
    await second();
    gate.open();
    return told;
  }

  it.each<readonly [string, () => Promise<readonly [() => Promise<unknown>, () => Promise<unknown>]>]>([
    [
      'update of a payment intent',
      async () => {
        const { id } = await draft();
        const update = (description: string) => () => stripe.paymentIntents.update(id, { description });
        return [update('a'), update('b')];
      },
    ],
    [
      'confirmation',
      async () => {
        const { id } = await draft();
        return [() => stripe.paymentIntents.confirm(id), () => stripe.paymentIntents.update(id, { description: 'b' })];
      },
    ],
    [
      'capture',
      async () => {
        const { id } = await hold('pm_card_visa');
        return [() => stripe.paymentIntents.capture(id), () => stripe.paymentIntents.update(id, { description: 'b' })];
      },
    ],
    [
      'cancel of a held payment',
      async () => {
        const { id } = await hold('pm_card_visa');
        return [() => stripe.paymentIntents.cancel(id), () => stripe.paymentIntents.capture(id)];
      },
    ],
    [
      'update of a customer',
      async () => {
        const { id } = await stripe.customers.create({});
        const update = (name: string) => () => stripe.customers.update(id, { name });
        return [update('a'), update('b')];
      },
    ],
    [
      'update of a payment method',
      async () => {
        const { id: customer } = await stripe.customers.create({});
        const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
        const update = (name: string) => () => stripe.paymentMethods.update(id, { billing_details: { name } });
        return [update('a'), update('b')];
      },
    ],
    [
      'update of a setup intent',
      async () => {
        const { id } = await stripe.setupIntents.create({});
        const update = (description: string) => () => stripe.setupIntents.update(id, { description });
        return [update('a'), update('b')];
      },
    ],
    [
      'confirmation of a setup intent',
      async () => {
        const { id } = await stripe.setupIntents.create({ payment_method: 'pm_card_visa' });
        return [() => stripe.setupIntents.confirm(id), () => stripe.setupIntents.update(id, { description: 'b' })];
      },
    ],
  ])('%s: is a 429 that may be sent again', async (_, prepare) => {
    const [first, second] = await prepare();

    const error = await overtaken(first, second);

    expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect(error).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect((error.headers as Record<string, string>)['stripe-should-retry']).toBe('true');
  });

  it.each([
    ['pm_card_sandbox_captureLost', 'capture'],
    ['pm_card_sandbox_voidLost', 'cancel'],
  ] as const)('%s: nothing else is done while nobody knows what became of a %s', async (card, operation) => {
    const { id } = await hold(card);
    const unknown = await stripe.paymentIntents[operation](id);
    expect(unknown.status).toBe('requires_capture');

    for (const call of [
      stripe.paymentIntents.capture(id),
      stripe.paymentIntents.cancel(id),
      stripe.paymentIntents.confirm(id),
    ])
      expect(await thrown(call)).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect(await thrown(stripe.paymentIntents.update(id, { capture_method: 'automatic' }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      param: 'capture_method',
    });
  });
});
