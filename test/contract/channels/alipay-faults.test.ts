/** One fault at each request to Alipay: whatever breaks, the merchant's records and Alipay's books end alike, and no money moves twice. */
import { expect, it } from 'vitest';
import { minutes } from '../../scenarios/wallet-payments.ts';
import { type BehindAlipay, behindAlipay } from '../../simulators/alipay/behind.ts';
import type { Loss } from '../../simulators/alipay/server.ts';

const LOSSES = ['request', 'response', 'unsure', 'changed'] as const satisfies readonly Loss[];
const PAY = {
  currency: 'cny',
  amount: '8800',
  'payment_method_types[]': 'alipay',
  'payment_method_data[type]': 'alipay',
  confirm: 'true',
  return_url: 'https://shop.example/done',
};

interface Refund {
  readonly status: string;
  readonly amount: number;
}

/** The merchant's records and Alipay's books agree, and nothing is under way. */
async function expectAgreement({ sim, get, moved, frozen }: BehindAlipay, id: string): Promise<number> {
  await minutes(sim, 150);
  const { status, amount_received: received, amount_capturable: capturable } = await get(`/v1/payment_intents/${id}`);
  const { data } = await get(`/v1/refunds?payment_intent=${id}`);
  const refunds = data as readonly Refund[];
  const refunded = refunds.reduce((sum, one) => (one.status === 'succeeded' ? sum + one.amount : sum), 0);

  expect(BigInt(Number(received) - refunded)).toBe(moved(id));
  expect(refunds.filter((one) => one.status === 'pending')).toEqual([]);
  // A capture or a release that never arrived leaves the hold as it was.
  expect(['succeeded', 'canceled', 'requires_payment_method', 'requires_capture']).toContain(status);
  expect(frozen(id)).toBe(BigInt(Number(capturable)));
  return Number(received);
}

/** A payment by a page, and two refunds of a part. Callbacks are lost. */
async function paidAndRefunded(behind: BehindAlipay): Promise<number> {
  const intent = await behind.post('/v1/payment_intents', PAY);
  await behind.approve(intent);
  await minutes(behind.sim, 70);
  for (const amount of ['800', '900']) await behind.post('/v1/refunds', { payment_intent: String(intent.id), amount });
  return expectAgreement(behind, String(intent.id));
}

/** A hold by a code, of which a part is captured and refunded. */
async function heldAndCaptured(behind: BehindAlipay): Promise<number> {
  const intent = await behind.post('/v1/payment_intents', { ...PAY, capture_method: 'manual' });
  await behind.approve(intent);
  await minutes(behind.sim, 70);
  await behind.post(`/v1/payment_intents/${String(intent.id)}/capture`, { amount_to_capture: '5000' });
  await minutes(behind.sim, 10);
  await behind.post('/v1/refunds', { payment_intent: String(intent.id), amount: '1000' });
  await behind.post(`/v1/payment_intents/${String(intent.id)}/cancel`);
  return expectAgreement(behind, String(intent.id));
}

/** A hold that is released, and an order that is canceled before its payer opens it; the payer tries all the same. */
async function canceled(behind: BehindAlipay): Promise<number> {
  const held = await behind.post('/v1/payment_intents', { ...PAY, capture_method: 'manual' });
  await behind.approve(held);
  await minutes(behind.sim, 70);
  await behind.post(`/v1/payment_intents/${String(held.id)}/cancel`);
  const intent = await behind.post('/v1/payment_intents', PAY);
  await behind.post(`/v1/payment_intents/${String(intent.id)}/cancel`);
  await behind.approve(intent);
  expect(await expectAgreement(behind, String(held.id))).toBe(0);
  return expectAgreement(behind, String(intent.id));
}

const JOURNEYS = [
  ['a payment and two refunds', paidAndRefunded, 8_800],
  ['a hold, a capture and a refund', heldAndCaptured, 5_000],
  ['canceled payments', canceled, 0],
] as const;

async function run(journey: (behind: BehindAlipay) => Promise<number>, faults: readonly (Loss | 'nothing')[]) {
  const behind = await behindAlipay(['page', 'qr', 'preauth']);
  try {
    behind.simulator.faults.losing.push(...faults.map((what) => ({ what })));
    return { received: await journey(behind), alarms: behind.sim.world.alarms };
  } finally {
    await behind.simulator.close();
  }
}
const passing = (count: number): readonly 'nothing'[] => Array.from({ length: count }, () => 'nothing');

it.each(JOURNEYS)('%s: without a fault', async (_, journey, received) => {
  expect(await run(journey, [])).toEqual({ received, alarms: [] });
});

it.each(JOURNEYS.flatMap(([name, journey]) => LOSSES.map((loss) => [name, loss, journey] as const)))(
  '%s: %s lost at every request',
  { timeout: 60_000 },
  async (_, loss, journey) => {
    for (let n = 0; n < 9; n++) await run(journey, [...passing(n), loss]);
  },
);

it.each(JOURNEYS)(
  '%s: the response of each request lost, and the next questions about it, too',
  { timeout: 60_000 },
  async (_, journey) => {
    for (let n = 0; n < 9; n++) await run(journey, [...passing(n), 'response', 'response', 'unsure']);
  },
);
