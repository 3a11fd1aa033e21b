/** The operations on a hold that is raised and captured in parts, for test/exhaustive/crash. */
import { created, type Ids, pay, type Scenario } from './crash-scenarios.ts';
import type { Simulation } from './simulation.ts';

const flexible = {
  ...pay,
  capture_method: 'manual',
  'payment_method_options[card][request_incremental_authorization]': 'if_available',
  'payment_method_options[card][request_multicapture]': 'if_available',
};

/** 40 of 100, and the rest is still held. */
async function capturedInPart(sim: Simulation): Promise<Ids> {
  const ids = await created(sim, flexible);
  const part = { amount_to_capture: '4000', final_capture: 'false' };
  await sim.request('POST', `/v1/payment_intents/${ids.intent}/capture`, part, 'first part');
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  sim.move(5_000);
  return ids;
}

export const HOLD_SCENARIOS: readonly Scenario[] = [
  {
    name: 'an increment',
    before: (sim) => created(sim, flexible),
    operation: (sim, ids) =>
      sim.request('POST', `/v1/payment_intents/${ids.intent}/increment_authorization`, { amount: '15000' }, 'key'),
    answers: [200, 402],
    ends: ['requires_capture captured 0 refunded 0 attempts authorized'],
  },
  {
    name: 'an increment that the issuer declines',
    before: (sim) => created(sim, flexible),
    operation: (sim, ids) =>
      sim.request('POST', `/v1/payment_intents/${ids.intent}/increment_authorization`, { amount: '30001' }, 'key'),
    answers: [200, 402],
    ends: ['requires_capture captured 0 refunded 0 attempts authorized'],
  },
  {
    name: 'a second capture, which leaves a rest',
    before: capturedInPart,
    operation: (sim, ids) =>
      sim.request(
        'POST',
        `/v1/payment_intents/${ids.intent}/capture`,
        { amount_to_capture: '3000', final_capture: 'false' },
        'key',
      ),
    answers: [200, 400],
    ends: [
      'requires_capture captured 7000 refunded 0 attempts authorized',
      'requires_capture captured 4000 refunded 0 attempts authorized',
    ],
  },
  {
    name: 'a second capture, the last one',
    before: capturedInPart,
    operation: (sim, ids) =>
      sim.request('POST', `/v1/payment_intents/${ids.intent}/capture`, { amount_to_capture: '3000' }, 'key'),
    answers: [200, 400],
    ends: [
      'succeeded captured 7000 refunded 0 attempts captured',
      'requires_capture captured 4000 refunded 0 attempts authorized',
    ],
  },
  {
    name: 'cancel of a payment that was captured in part',
    before: capturedInPart,
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'key'),
    answers: [200, 400],
    ends: [
      'succeeded captured 4000 refunded 0 attempts captured',
      'requires_capture captured 4000 refunded 0 attempts authorized',
    ],
  },
];
