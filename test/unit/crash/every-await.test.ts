/**
 * Every await of the operations that move money is a place to die, or to be unheard. For each of them, one after the other, the
 * operation breaks there, and then three histories follow: the merchant sends the request again; callbacks come first, twice and in
 * the wrong order; nobody does anything but the janitor. All must end in the same state, with the invariants holding.
 */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/shared/ids.ts';
import {
  type EndState,
  endState,
  type Fault,
  type Simulation,
  simulate,
  violations,
} from '../../support/simulation.ts';

const LEASE_OVER_MS = 41_000;

interface Scenario {
  readonly name: string;
  /** What happened before; returns ids that the operation needs. */
  readonly before: (sim: Simulation) => Promise<Record<string, string>>;
  /** The operation that breaks, and that is sent again. */
  readonly operation: (
    sim: Simulation,
    ids: Record<string, string>,
  ) => Promise<
    { readonly status: number; readonly body: Record<string, unknown>; readonly replayed: boolean } | undefined
  >;
  /** End states that are right: the operation took effect, never reached the channel, or (where nobody tried again) never began. */
  readonly ends: readonly string[];
}

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

const created = async (sim: Simulation, params: Record<string, string>): Promise<Record<string, string>> => {
  const { body } = await sim.request('POST', '/v1/payment_intents', params, 'setup');
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  sim.move(5_000);
  return { intent: String(body.id) };
};

/** A payment that its payer disputes; the dispute's id. */
const disputed = async (sim: Simulation): Promise<Record<string, string>> => {
  const ids = await created(sim, pay);
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  sim.channel.openDispute(reference, 'chargeback', 10_000n);
  if (sim.channel.callbacks.length !== 1) throw new Error('only the dispute is told');
  return { ...ids, reference };
};
const disputeId = async (sim: Simulation): Promise<string> => {
  const { body } = await sim.request('GET', '/v1/disputes');
  return (body.data as readonly { readonly id: string }[])[0]!.id;
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'create and confirm',
    before: async () => ({}),
    operation: (sim) => sim.request('POST', '/v1/payment_intents', pay, 'key'),
    ends: [
      'succeeded captured 10000 refunded 0 attempts captured',
      'requires_payment_method captured 0 refunded 0 attempts failed',
      '',
    ],
  },
  {
    name: 'create and confirm with a declined card',
    before: async () => ({}),
    operation: (sim) =>
      sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: 'pm_card_visa_chargeDeclined' }, 'key'),
    ends: ['requires_payment_method captured 0 refunded 0 attempts failed', ''],
  },
  {
    name: 'create and confirm with manual capture',
    before: async () => ({}),
    operation: (sim) => sim.request('POST', '/v1/payment_intents', { ...pay, capture_method: 'manual' }, 'key'),
    ends: [
      'requires_capture captured 0 refunded 0 attempts authorized',
      'requires_payment_method captured 0 refunded 0 attempts failed',
      '',
    ],
  },
  {
    name: 'create without confirm',
    before: async () => ({}),
    operation: (sim) => sim.request('POST', '/v1/payment_intents', { amount: '10000', currency: 'usd' }, 'key'),
    ends: ['requires_payment_method captured 0 refunded 0 attempts ', ''],
  },
  {
    name: 'confirm',
    before: (sim) => created(sim, { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa' }),
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/confirm`, {}, 'key'),
    ends: [
      'succeeded captured 10000 refunded 0 attempts captured',
      'requires_payment_method captured 0 refunded 0 attempts failed',
      'requires_confirmation captured 0 refunded 0 attempts ',
    ],
  },
  {
    name: 'capture in part',
    before: (sim) => created(sim, { ...pay, capture_method: 'manual' }),
    operation: (sim, ids) =>
      sim.request('POST', `/v1/payment_intents/${ids.intent}/capture`, { amount_to_capture: '6000' }, 'key'),
    ends: [
      'succeeded captured 6000 refunded 0 attempts captured',
      'requires_capture captured 0 refunded 0 attempts authorized',
    ],
  },
  {
    name: 'cancel of an authorised payment',
    before: (sim) => created(sim, { ...pay, capture_method: 'manual' }),
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'key'),
    ends: [
      'canceled captured 0 refunded 0 attempts voided',
      'requires_capture captured 0 refunded 0 attempts authorized',
    ],
  },
  {
    name: 'refund in part',
    before: (sim) => created(sim, pay),
    operation: (sim, ids) => sim.request('POST', '/v1/refunds', { payment_intent: ids.intent!, amount: '4000' }, 'key'),
    ends: [
      'succeeded captured 10000 refunded 4000 attempts captured',
      'succeeded captured 10000 refunded 0 attempts captured',
    ],
  },
  {
    name: 'the callback that opens a dispute',
    before: disputed,
    operation: async (sim) => {
      for (const fact of sim.channel.callbacks) await sim.takeOne(fact);
      return undefined;
    },
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'evidence for a dispute',
    before: async (sim) => {
      const ids = await disputed(sim);
      await sim.deliverCallbacks();
      await sim.world.runQueues();
      return { ...ids, dispute: await disputeId(sim) };
    },
    operation: (sim, ids) =>
      sim.request('POST', `/v1/disputes/${ids.dispute}`, { 'evidence[uncategorized_text]': 'winning_evidence' }, 'key'),
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'closing a dispute',
    before: async (sim) => {
      const ids = await disputed(sim);
      await sim.deliverCallbacks();
      await sim.world.runQueues();
      return { ...ids, dispute: await disputeId(sim) };
    },
    operation: (sim, ids) => sim.request('POST', `/v1/disputes/${ids.dispute}/close`, {}, 'key'),
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'the callback of a pending payment',
    before: async (sim) => {
      const { body } = await sim.request(
        'POST',
        '/v1/payment_intents',
        { ...pay, payment_method: 'pm_card_sandbox_pendingThenSucceeds' },
        'setup',
      );
      await sim.world.runQueues();
      sim.move(5_000);
      const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
      sim.channel.decide(reference, 'captured');
      return { intent: String(body.id), reference };
    },
    operation: async (sim, ids) => {
      const reference = ids.reference as ChannelReference;
      await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.charges.get(reference)!.outcome });
      return undefined;
    },
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
];

type History = (sim: Simulation, again: () => Promise<{ readonly status: number } | undefined>) => Promise<void>;

const rest = async (sim: Simulation): Promise<void> => {
  await sim.deliverCallbacks({ times: 2 });
  await sim.world.runQueues();
  // Long enough for every settling time, lease and watch to be over.
  for (let minute = 0; minute < 4; minute++) {
    sim.move(61_000);
    await sim.janitor();
    await sim.deliverCallbacks();
    await sim.world.runQueues();
  }
};

const sendAgain = async (
  sim: Simulation,
  again: () => Promise<{ readonly status: number } | undefined>,
): Promise<void> => {
  for (let attempt = 0; attempt < 4; attempt++) {
    const answer = await again();
    if (answer === undefined || ![409, 429, 500].includes(answer.status)) return;
    sim.move(LEASE_OVER_MS);
  }
  throw new Error('the request never gets an answer');
};

const HISTORIES: Readonly<Record<string, History>> = {
  'sent again at once': async (sim, again) => {
    await sendAgain(sim, again);
    await rest(sim);
  },
  'callbacks first, twice and reversed, then sent again': async (sim, again) => {
    await sim.world.runQueues();
    await sim.deliverCallbacks({ times: 2, reversed: true });
    await sim.world.runQueues();
    sim.move(LEASE_OVER_MS);
    await sendAgain(sim, again);
    await rest(sim);
  },
  'the janitor, then sent again': async (sim, again) => {
    await rest(sim);
    await sendAgain(sim, again);
    await rest(sim);
  },
  'the janitor alone': async (sim) => rest(sim),
};

/** Runs the scenario with one fault and one history; undefined when the fault lies behind its last await. */
async function play(scenario: Scenario, fault: Fault, history: History): Promise<EndState | undefined> {
  const sim = await simulate();
  const ids = await scenario.before(sim);
  const passed = await sim.broken(fault, () => scenario.operation(sim, ids));
  if (passed < fault.n) return undefined;
  await history(sim, () => scenario.operation(sim, ids));
  expect(violations(sim)).toEqual([]);
  expect(sim.world.failures).toEqual([]);
  return endState(sim);
}

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (_name, scenario) => {
  it.each(['dies', 'unheard'] as const)('ends in one state whatever comes after it %s, at every await', async (how) => {
    let n = 1;
    for (; ; n++) {
      const ends = new Map<string, EndState>();
      for (const [name, history] of Object.entries(HISTORIES)) {
        const end = await play(scenario, { n, how }, history);
        if (end) ends.set(name, end);
      }
      if (ends.size === 0) break;
      const [reference] = [...ends.values()];
      for (const [name, end] of ends) {
        expect(scenario.ends, `await ${n}, ${name}`).toContain(end.payments.join(';'));
        // Who never tries again may be left with an operation that never began.
        if (name !== 'the janitor alone') expect(end, `await ${n}, ${name}`).toEqual(reference);
      }
    }
    expect(n).toBeGreaterThan(6);
  });
});
