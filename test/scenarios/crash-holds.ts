/** The operations on a hold that is raised and captured in parts, for test/exhaustive/crash. */
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import type { Simulation } from '../world/simulation.ts';
import { created, type Ids, pay, type Scenario } from './crash-operations.ts';

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

/** A canceled hold whose money the channel takes all the same. */
async function takenAfterCancel(sim: Simulation): Promise<Ids> {
  const ids = await created(sim, { ...pay, capture_method: 'manual' });
  await sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'cancel');
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  sim.channel.takeAnyway(reference, 10_000n);
  return { ...ids, reference };
}

export const HOLD_SCENARIOS: readonly Scenario[] = [
  {
    name: 'the callback of money for a canceled hold',
    before: takenAfterCancel,
    operation: async (sim) => {
      for (const fact of sim.channel.callbacks) await sim.takeOne(fact);
      return undefined;
    },
    ends: ['canceled captured 0 refunded 0 attempts voided'],
  },
  {
    name: 'the janitor’s return of money for a canceled hold',
    before: async (sim) => {
      const ids = await takenAfterCancel(sim);
      await sim.deliverCallbacks();
      await sim.world.runQueues();
      sim.move(121_000);
      return ids;
    },
    operation: async (sim) => {
      await sim.world.janitor(sim.world.clock.nowMs());
      return undefined;
    },
    ends: ['canceled captured 0 refunded 0 attempts voided'],
  },
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
