/** Payments that are confirmed twice (`confirmation_method: manual`): a passed challenge asks the merchant, and what they confirm is a second attempt. */
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { returnAddressOf } from '../../functions/payments/return-address.ts';
import type { Simulation } from '../world/simulation.ts';
import { created, type Ids, pay, type Scenario } from './crash-operations.ts';

const CHALLENGED = { ...pay, confirmation_method: 'manual', payment_method: 'pm_card_authenticationRequired' };

/** The payer has passed the challenge; its callbacks are not delivered yet. */
async function passed(sim: Simulation, params: Record<string, string> = {}): Promise<Ids> {
  const ids = await created(sim, { ...CHALLENGED, ...params });
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  sim.channel.finishChallenge(reference, true);
  return { ...ids, reference };
}

async function authenticated(sim: Simulation): Promise<Ids> {
  const ids = await passed(sim);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  return ids;
}

export const CONFIRMATION_SCENARIOS: readonly Scenario[] = [
  {
    name: 'the callback of a challenge that was passed',
    before: async (sim) => {
      const ids = await passed(sim);
      sim.channel.callbacks.splice(0);
      return ids;
    },
    operation: async (sim, ids) => {
      const reference = ids.reference as ChannelReference;
      await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.charges.get(reference)!.outcome });
      return undefined;
    },
    ends: ['requires_confirmation captured 0 refunded 0 attempts authenticated'],
  },
  {
    name: 'the return of a payer who passed the challenge',
    before: async (sim) => {
      const ids = await passed(sim, { confirmation_method: 'automatic', return_url: 'https://shop.example/' });
      sim.channel.callbacks.splice(0);
      return ids;
    },
    operation: async (sim, ids) => {
      const settings = await sim.world.payments.settings(sim.scope);
      const path = returnAddressOf('/v1/return', settings, ids.reference as ChannelReference);
      const { status, headers } = await sim.world.payerReturned({ method: 'GET', path });
      return { status, body: { location: headers.location }, replayed: false };
    },
    answers: [200, 303],
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'second confirmation',
    before: authenticated,
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/confirm`, {}, 'key'),
    answers: [200, 402],
    ends: [
      'succeeded captured 10000 refunded 0 attempts authenticated,captured',
      'requires_payment_method captured 0 refunded 0 attempts authenticated,failed',
      'requires_confirmation captured 0 refunded 0 attempts authenticated',
    ],
  },
  {
    name: 'cancel before the second confirmation',
    before: authenticated,
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'key'),
    ends: [
      'canceled captured 0 refunded 0 attempts authenticated',
      'requires_confirmation captured 0 refunded 0 attempts authenticated',
    ],
  },
  {
    name: 'cancel while the payer passes the challenge',
    before: passed,
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'key'),
    answers: [200, 400],
    raced: true,
    ends: [
      'canceled captured 0 refunded 0 attempts closed',
      'canceled captured 0 refunded 0 attempts authenticated',
      'requires_confirmation captured 0 refunded 0 attempts authenticated',
    ],
  },
];
