/** The same of charges without an intent: what must have been before each operation, and where it may end. */
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import type { Simulation } from '../world/simulation.ts';
import type { Ids, Scenario } from './crash-operations.ts';

const charge = { amount: '10000', currency: 'usd', source: 'tok_visa' };
const charged = async (sim: Simulation, params: Record<string, string>): Promise<Ids> => {
  const { body } = await sim.request('POST', '/v1/charges', params, 'setup');
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  sim.move(5_000);
  return { charge: String(body.id) };
};

export const CHARGE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'a charge without an intent',
    before: async () => ({}),
    operation: (sim) => sim.request('POST', '/v1/charges', charge, 'key'),
    answers: [200, 402],
    ends: [
      'succeeded captured 10000 refunded 0 attempts captured',
      'requires_payment_method captured 0 refunded 0 attempts failed',
      '',
    ],
  },
  {
    name: 'a charge whose card is declined',
    before: async () => ({}),
    operation: (sim) => sim.request('POST', '/v1/charges', { ...charge, source: 'tok_chargeDeclined' }, 'key'),
    answers: [200, 402],
    ends: ['requires_payment_method captured 0 refunded 0 attempts failed', ''],
  },
  {
    name: 'the capture of a charge in part',
    before: (sim) => charged(sim, { ...charge, capture: 'false' }),
    operation: (sim, ids) => sim.request('POST', `/v1/charges/${ids.charge}/capture`, { amount: '6000' }, 'key'),
    answers: [200, 400],
    ends: [
      'succeeded captured 6000 refunded 0 attempts captured',
      'requires_capture captured 0 refunded 0 attempts authorized',
    ],
  },
  {
    name: 'the callback of a charge that was answered as pending',
    before: async (sim) => {
      const ids = await charged(sim, { ...charge, source: 'tok_sandbox_pendingThenSucceeds' });
      const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
      sim.channel.decide(reference, 'captured');
      return { ...ids, reference };
    },
    operation: async (sim, ids) => {
      const reference = ids.reference as ChannelReference;
      await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.charges.get(reference)!.outcome });
      return undefined;
    },
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
];
