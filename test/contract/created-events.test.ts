/** `payment_intent.created` shows the intent as it was made, also while it is derived from a later image of it (I17, ADR 0007). */
import { beforeEach, describe, expect, it } from 'vitest';
import { heldBack } from '../scenarios/held-back.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

const INTENT = { amount: '1000', currency: 'usd' };

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate();
});
const { post, events, sameOnceProjected, notes } = heldBack(() => sim);

describe('payment_intent.created', () => {
  const createdEvent = async () => {
    const [event] = (await events()).filter(({ type }) => type === 'payment_intent.created');
    return event!.data.object;
  };

  it.each<[string, Record<string, string>, (id: string) => Promise<unknown>, Record<string, unknown>]>([
    [
      'a confirmation that names the method',
      {},
      (id) => post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' }),
      { status: 'requires_payment_method', payment_method: null },
    ],
    [
      'a confirmation that says more',
      {},
      (id) =>
        post(`/v1/payment_intents/${id}/confirm`, {
          payment_method: 'pm_card_visa',
          receipt_email: 'payer@example.com',
        }),
      { status: 'requires_payment_method', payment_method: null, receipt_email: null },
    ],
    [
      'an update of the method',
      {},
      (id) => post(`/v1/payment_intents/${id}`, { payment_method: 'pm_card_visa' }),
      { status: 'requires_payment_method', payment_method: null },
    ],
    [
      'updates of the amount and the description',
      {},
      async (id) => {
        await post(`/v1/payment_intents/${id}`, { amount: '2000' });
        await post(`/v1/payment_intents/${id}`, { description: 'Tea' });
        await post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' });
      },
      { amount: 1000, description: null, status: 'requires_payment_method' },
    ],
    [
      'a change of the description after it was paid',
      {},
      async (id) => {
        await post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' });
        await post(`/v1/payment_intents/${id}`, { description: 'Tea' });
      },
      { description: null, status: 'requires_payment_method' },
    ],
    [
      'a cancel',
      {},
      (id) => post(`/v1/payment_intents/${id}/cancel`),
      { status: 'requires_payment_method', canceled_at: null },
    ],
    [
      'an increment of its hold',
      {},
      async (id) => {
        const options = { 'payment_method_options[card][request_incremental_authorization]': 'if_available' };
        await post(`/v1/payment_intents/${id}`, { ...options, capture_method: 'manual' });
        await post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' });
        await post(`/v1/payment_intents/${id}/increment_authorization`, { amount: '1500' });
      },
      { amount: 1000, capture_method: 'automatic_async' },
    ],
  ])('shows the intent as it was made after %s', async (_, params, change, wanted) => {
    const { id } = await post('/v1/payment_intents', { ...INTENT, ...params });
    await change(String(id));

    expect(await createdEvent()).toMatchObject(wanted);
    await sameOnceProjected();
  });

  it('shows the method that it was made with', async () => {
    const { id, payment_method: method } = await post('/v1/payment_intents', {
      ...INTENT,
      payment_method: 'pm_card_visa',
    });
    await post(`/v1/payment_intents/${String(id)}/confirm`);
    expect(await createdEvent()).toMatchObject({ status: 'requires_confirmation', payment_method: method });

    await post('/v1/refunds', { payment_intent: String(id) });

    expect(await createdEvent()).toMatchObject({ status: 'requires_confirmation', payment_method: method });
    await sameOnceProjected();
  });

  it('costs no note where a later image shows it', async () => {
    const { id } = await post('/v1/payment_intents', INTENT);
    await post(`/v1/payment_intents/${String(id)}/confirm`, { payment_method: 'pm_card_visa' });

    expect(notes()).toEqual([]);
  });
});
