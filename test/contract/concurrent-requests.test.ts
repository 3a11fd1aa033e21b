/** Requests that are overtaken by another about the same object: one of them is asked to come again (lock_timeout). */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { gated } from '../world/gate.ts';
import { allThrown, thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const pay = (method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: method, confirm: true, ...more });
const draft = () => stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: 'pm_card_visa' });
/** A dispute of its own. */
const disputed = async () => {
  const { id } = await pay('pm_card_createDispute');
  await app.settleDown();
  return (await stripe.disputes.list({ payment_intent: id })).data[0]!;
};
const hold = (method: string) => pay(method, { capture_method: 'manual' });

/** The error of a request each of whose commits of payments is preceded by another request's. */
async function alwaysOvertaken(request: () => Promise<unknown>, other: () => Promise<unknown>) {
  const { table } = app.world;
  let running = false;
  table.onCall = async ({ writes, when }) => {
    if (running || when === 'after' || !writes.some((write) => write.table === 'payments')) return;
    running = true;
    await other();
    running = false;
  };
  try {
    return await thrown(request());
  } finally {
    table.onCall = undefined;
  }
}

describe('an object that another request changes at the same time (lock_timeout)', () => {
  /** The error of the first request, whose commit is overtaken by the second, which begins later and is over first. */
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
    [
      'deletion of a customer',
      async () => {
        const { id } = await stripe.customers.create({});
        return [() => stripe.customers.del(id), () => stripe.customers.update(id, { name: 'b' })];
      },
    ],
    [
      'answer to a dispute',
      async () => {
        const { id } = await disputed();
        const answer = (text: string) => () =>
          stripe.disputes.update(id, { evidence: { uncategorized_text: text }, submit: false });
        return [() => stripe.disputes.close(id), answer('b')];
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
  ] as const)('%s: refuses other operations while the outcome of a %s is unknown', async (card, operation) => {
    const { id } = await hold(card);
    const unknown = await stripe.paymentIntents[operation](id);
    expect(unknown.status).toBe('requires_capture');

    for (const error of await allThrown([
      stripe.paymentIntents.capture(id),
      stripe.paymentIntents.cancel(id),
      stripe.paymentIntents.confirm(id),
    ]))
      expect(error).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect(await thrown(stripe.paymentIntents.update(id, { capture_method: 'automatic' }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      param: 'capture_method',
    });
  });

  it('a dispute: nothing else is said of it while an answer is on its way to the channel', async () => {
    const { id } = await disputed();
    const { table } = app.world;
    const [claimed, gate] = [gated(), gated()];
    table.onCall = async ({ writes, when }) => {
      if (when === 'before' || !writes.some((write) => write.table === 'payments')) return;
      table.onCall = undefined;
      claimed.open();
      await gate.opened;
    };
    const closing = stripe.disputes.close(id);
    await claimed.opened;

    for (const error of await allThrown([
      stripe.disputes.close(id),
      stripe.disputes.update(id, { evidence: { uncategorized_text: 'x' } }),
      stripe.disputes.update(id, { evidence: { uncategorized_text: 'x' }, submit: false }),
    ]))
      expect(error).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    gate.open();
    expect(await closing).toMatchObject({ id, status: 'lost' });
  });

  it('a charge and a refund, which try again by themselves, and give up in the end', async () => {
    const { id, latest_charge: charge } = await pay('pm_card_visa');
    const { id: refund } = await stripe.refunds.create({ payment_intent: id, amount: 100 });
    await app.settleDown();
    let n = 0;
    const others = () => stripe.paymentIntents.update(id, { description: String(n++) });
    const refunds = () => stripe.refunds.update(refund, { metadata: { n: String(n++) } });

    for (const error of [
      await alwaysOvertaken(() => stripe.charges.update(charge as string, { description: 'x' }), others),
      await alwaysOvertaken(() => stripe.refunds.create({ payment_intent: id, amount: 50 }), others),
      await alwaysOvertaken(() => stripe.refunds.update(refund, { metadata: { a: '1' } }), refunds),
    ])
      expect(error).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect(n).toBeGreaterThanOrEqual(18);
    expect((await stripe.charges.retrieve(charge as string)).amount_refunded).toBe(100);
  });
});
