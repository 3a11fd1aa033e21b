/**
 * Two requests about one hold: the second runs as a whole at every await of the first, and a busy request is sent again. In either
 * order, no more is captured than was authorized, none of it twice, and the channel holds the same amounts as the payment.
 */
import { expect, it } from 'vitest';
import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import { isUnresolved } from '../../../functions/payments/payment.ts';
import { resolvePayment } from '../../../functions/recovery/resolve.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { type Answer, endState, type Simulation, simulate } from '../../world/simulation.ts';

type Request = (sim: Simulation, id: string) => Promise<Answer>;

const on =
  (name: string, params: Record<string, string> = {}): Request =>
  (sim, id) =>
    sim.request('POST', `/v1/payment_intents/${id}/${name}`, params, `${name} ${JSON.stringify(params)}`);
const REQUESTS = {
  'capture 4000': on('capture', { amount_to_capture: '4000', final_capture: 'false' }),
  'capture 3000': on('capture', { amount_to_capture: '3000', final_capture: 'false' }),
  'capture 5000 and no more': on('capture', { amount_to_capture: '5000' }),
  'raise to 12000': on('increment_authorization', { amount: '12000' }),
  'raise to 15000': on('increment_authorization', { amount: '15000' }),
  cancel: on('cancel'),
  'refund 1500': (sim, id) => sim.request('POST', '/v1/refunds', { payment_intent: id, amount: '1500' }, 'refund'),
  'it runs out': async (sim, id) => {
    const look = await resolvePayment(sim.world.payments, sim.scope, id.slice(3) as ObjectKey, sim.world.clock.nowMs());
    // What a look leaves open is looked at again.
    return { status: look.kind === 'done' ? 200 : 429, body: {}, replayed: false };
  },
} as const satisfies Record<string, Request>;

/** A hold of 100; `captured`: 20 of it is captured. */
async function held(captured: boolean): Promise<{ readonly before: Simulation; readonly id: string }> {
  const before = await simulate();
  const params = {
    amount: '10000',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: 'true',
    capture_method: 'manual',
    'payment_method_options[card][request_incremental_authorization]': 'if_available',
    'payment_method_options[card][request_multicapture]': 'if_available',
  };
  const { body } = await before.request('POST', '/v1/payment_intents', params, 'hold');
  const id = String(body.id);
  if (captured) await on('capture', { amount_to_capture: '2000', final_capture: 'false' })(before, id);
  await before.deliverCallbacks();
  await before.world.runQueues();
  before.move(5_000);
  return { before, id };
}

/** Sends it until it is not busy; the last answer. */
async function insist(sim: Simulation, request: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const answer = await request();
    if (![409, 429].includes(answer.status)) return answer;
    // The stream lags less than a lease lasts.
    await sim.world.runQueues();
    sim.move(41_000);
  }
  throw new Error('the request never gets an answer');
}

const open = (captured: number, refunded = 0) =>
  `requires_capture captured ${captured} refunded ${refunded} attempts authorized`;
const done = (captured: number, refunded = 0) =>
  `succeeded captured ${captured} refunded ${refunded} attempts captured`;
const CANCELED = 'canceled captured 0 refunded 0 attempts voided';

/** Whether 20 was captured before, the two that meet, and where they may end; either may come first. */
const MEETINGS: readonly (readonly [boolean, keyof typeof REQUESTS, keyof typeof REQUESTS, readonly string[]])[] = [
  [false, 'capture 4000', 'capture 3000', [open(7_000)]],
  [true, 'capture 4000', 'capture 3000', [open(9_000)]],
  [true, 'capture 4000', 'capture 5000 and no more', [done(7_000), open(6_000)]],
  [false, 'capture 4000', 'raise to 15000', [open(4_000)]],
  [false, 'raise to 15000', 'raise to 12000', [open(0)]],
  [false, 'raise to 15000', 'cancel', [CANCELED]],
  [false, 'capture 4000', 'cancel', [done(4_000), CANCELED]],
  [true, 'capture 4000', 'cancel', [done(6_000), done(2_000)]],
  [true, 'capture 5000 and no more', 'cancel', [done(7_000), done(2_000)]],
  [false, 'capture 4000', 'it runs out', [done(4_000), CANCELED]],
  [true, 'capture 4000', 'it runs out', [done(6_000), done(2_000)]],
  [false, 'raise to 15000', 'it runs out', [CANCELED]],
  [true, 'refund 1500', 'it runs out', [done(2_000, 1_500)]],
  [true, 'refund 1500', 'capture 4000', [open(6_000, 1_500)]],
  [true, 'refund 1500', 'capture 5000 and no more', [done(7_000, 1_500)]],
  [true, 'refund 1500', 'cancel', [done(2_000, 1_500)]],
];

it.each(
  MEETINGS.flatMap(([captured, one, two, ends]) => [
    [captured, one, two, ends] as const,
    [captured, two, one, ends] as const,
  ]),
)('captured in part before: %s; %s while others %s', async (captured, one, two, ends) => {
  const { before, id } = await held(captured);
  if ([one, two].includes('it runs out')) before.move(8 * 24 * 3_600_000);
  let points = Infinity;
  for (let n = 1; n <= points; n++) {
    const sim = before.fork();
    let passed = 0;
    let met: Answer | undefined;
    let interrupted = false;
    sim.onPoint = async () => {
      passed += 1;
      if (passed !== n || interrupted) return;
      interrupted = true;
      met = await REQUESTS[two](sim, id);
    };
    const first = await insist(sim, () => REQUESTS[one](sim, id));
    if (!interrupted) points = passed;
    sim.onPoint = undefined;
    await sim.world.runQueues();
    const second = await insist(sim, () => REQUESTS[two](sim, id));
    await sim.deliverCallbacks({ times: 2, reversed: true });
    await sim.world.runQueues();
    sim.move(61_000);
    await sim.janitor();
    await sim.world.runQueues();

    expect(await audit(sim), `at await ${n}`).toEqual([]);
    expect(ends, `at await ${n}`).toContain(endState(sim).payments.join());
    expect(recordsOf(sim.world).payments.filter(isUnresolved), `at await ${n}`).toEqual([]);
    expect([first.status, second.status, met?.status], `at await ${n}`).not.toContain(500);
    // A reported success is part of the end state.
    if (met && ![409, 429].includes(met.status)) expect(second, `at await ${n}`).toMatchObject({ body: met.body });
  }
  expect(points).toBeGreaterThan(4);
});
