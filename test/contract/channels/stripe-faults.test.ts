/** One fault at each request to Stripe: whatever breaks, the merchant's records and Stripe's books end alike, and no money moves twice. */
import { expect, it } from 'vitest';
import { minutes } from '../../scenarios/wallet-payments.ts';
import { type BehindStripe, behindStripe } from '../../simulators/stripe/behind.ts';
import type { Fault } from '../../simulators/stripe/server.ts';

const FAULTS = [
  'lose_request',
  'lose_response',
  'error_before',
  'error_after',
  'rate_limit',
  'lock_timeout',
] as const satisfies readonly Fault['kind'][];

const passing = (count: number): readonly Fault[] => Array.from({ length: count }, () => ({ kind: 'delay' }));

/** A payment is held, captured in part, refunded in part and looked after for an hour. Returns how many requests that took. */
async function journey(behind: BehindStripe, faults: readonly Fault[]): Promise<number> {
  const { sim, stripe, post, get, receive } = behind;
  stripe.faults.push(...faults);
  const made = await post('/v1/payment_intents', {
    amount: '1000',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: 'true',
    capture_method: 'manual',
  });
  // A payment that was not taken is in the error.
  const intent = ((made.error as typeof made | undefined)?.payment_intent ?? made) as { readonly id: string };
  await minutes(sim, 6);
  await post(`/v1/payment_intents/${intent.id}/capture`, { amount_to_capture: '700' });
  await minutes(sim, 6);
  await post('/v1/refunds', { payment_intent: intent.id, amount: '200' });
  const asked = stripe.seen.length;
  await minutes(sim, 60);
  await receive({ reversed: true, times: 2 });
  await minutes(sim, 10);

  const { status, amount_received: received } = await get(`/v1/payment_intents/${intent.id}`);
  const { data } = await get(`/v1/refunds?payment_intent=${intent.id}`);
  const refunds = data as readonly { readonly status: string; readonly amount: number }[];
  const refunded = refunds.reduce((sum, one) => (one.status === 'succeeded' ? sum + one.amount : sum), 0);
  const moved = behind.moved();
  expect([received, refunded]).toEqual([moved.charge ?? 0, Math.abs(moved.refund ?? 0)]);
  expect([0, 700]).toContain(received);
  expect(stripe.books.intents.size).toBeLessThanOrEqual(1);
  // Nothing is left under way.
  expect(['succeeded', 'requires_capture', 'requires_payment_method']).toContain(status);
  expect(refunds.filter((one) => one.status === 'pending')).toEqual([]);
  expect(sim.world.alarms).toEqual([]);
  return asked;
}

it('without a fault it takes one request for each step', async () => {
  const behind = await behindStripe();

  expect(await journey(behind, [])).toBe(3);

  expect(behind.moved()).toEqual({ charge: 700, refund: -200 });
  await behind.stripe.close();
});

it.each(FAULTS)('%s at every request', async (kind) => {
  for (let n = 0; n < 6; n++) {
    const behind = await behindStripe();
    await journey(behind, [...passing(n), { kind }]);
    await behind.stripe.close();
  }
});

it.each(FAULTS)('a lost response of each request, and then %s at the questions about it', async (kind) => {
  for (let n = 0; n < 3; n++) {
    const behind = await behindStripe();
    await journey(behind, [...passing(n), { kind: 'lose_response' }, { kind }, { kind }]);
    await behind.stripe.close();
  }
});
