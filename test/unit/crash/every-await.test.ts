/**
 * Every await of the operations that move money is a place to die, or to be unheard. For each of them, one after the other, the
 * operation breaks there, and then three histories follow: the merchant sends the request again; callbacks come first, twice and in
 * the wrong order; nobody does anything but the janitor. All must end in the same state, with the invariants holding.
 */
import { expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/shared/ids.ts';
import { audit } from '../../support/audit.ts';
import {
  type Answer,
  type EndState,
  endState,
  type Fault,
  persisted,
  type Simulation,
  simulate,
} from '../../support/simulation.ts';

const LEASE_OVER_MS = 41_000;

type Ids = Readonly<Record<string, string>>;

interface Scenario {
  readonly name: string;
  /** What happened before; returns ids that the operation needs. */
  readonly before: (sim: Simulation) => Promise<Ids>;
  /** The operation that breaks, and that is sent again. */
  readonly operation: (sim: Simulation, ids: Ids) => Promise<Answer | undefined>;
  /** What whoever sends it again may be told: that it was done, or what became of it; 200 unless told. */
  readonly answers?: readonly number[];
  /** Nobody but who sends it again can know. */
  readonly needsAgain?: true;
  /** End states that are right: the operation took effect, never reached the channel, or (where nobody tried again) never began. */
  readonly ends: readonly string[];
}

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

const created = async (sim: Simulation, params: Record<string, string>): Promise<Ids> => {
  const { body } = await sim.request('POST', '/v1/payment_intents', params, 'setup');
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  sim.move(5_000);
  const declined = body.error as { readonly payment_intent: { readonly id: string } } | undefined;
  return { intent: String(body.id ?? declined?.payment_intent.id) };
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
    answers: [200, 402],
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
    answers: [200, 402],
    ends: ['requires_payment_method captured 0 refunded 0 attempts failed', ''],
  },
  {
    name: 'create and confirm with manual capture',
    before: async () => ({}),
    operation: (sim) => sim.request('POST', '/v1/payment_intents', { ...pay, capture_method: 'manual' }, 'key'),
    answers: [200, 402],
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
    answers: [200, 402],
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
    answers: [200, 400],
    ends: [
      'succeeded captured 6000 refunded 0 attempts captured',
      'requires_capture captured 0 refunded 0 attempts authorized',
    ],
  },
  {
    name: 'cancel of an authorised payment',
    before: (sim) => created(sim, { ...pay, capture_method: 'manual' }),
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'key'),
    answers: [200, 400],
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
    name: 'confirm after a decline, with another card',
    before: (sim) => created(sim, { ...pay, payment_method: 'pm_card_visa_chargeDeclined' }),
    operation: (sim, ids) =>
      sim.request('POST', `/v1/payment_intents/${ids.intent}/confirm`, { payment_method: 'pm_card_visa' }, 'key'),
    answers: [200, 402],
    ends: [
      'succeeded captured 10000 refunded 0 attempts failed,captured',
      'requires_payment_method captured 0 refunded 0 attempts failed,failed',
      'requires_payment_method captured 0 refunded 0 attempts failed',
    ],
  },
  {
    name: 'capture that the channel refuses',
    before: async (sim) => {
      sim.channel.refuse('capture');
      return created(sim, { ...pay, capture_method: 'manual' });
    },
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/capture`, {}, 'key'),
    answers: [200, 400],
    ends: ['requires_capture captured 0 refunded 0 attempts authorized'],
  },
  {
    name: 'cancel of a payment whose payer is asked',
    before: (sim) => created(sim, { ...pay, payment_method: 'pm_card_authenticationRequired' }),
    operation: (sim, ids) => sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'key'),
    answers: [200, 400],
    ends: [
      'canceled captured 0 refunded 0 attempts closed',
      'requires_action captured 0 refunded 0 attempts requires_action',
    ],
  },
  {
    name: 'refund of a settled payment',
    before: async (sim) => {
      // The bank sends the payout back, so that there is something to refund from.
      sim.bank.answer = { kind: 'failed', code: 'account_closed' };
      const ids = await created(sim, pay);
      await sim.settle();
      await sim.world.runQueues();
      return ids;
    },
    operation: (sim, ids) => sim.request('POST', '/v1/refunds', { payment_intent: ids.intent!, amount: '4000' }, 'key'),
    ends: [
      'succeeded captured 10000 refunded 4000 attempts captured',
      'succeeded captured 10000 refunded 0 attempts captured',
    ],
  },
  {
    name: 'the callback of a refund that is sent back',
    before: async (sim) => {
      const ids = await created(sim, pay);
      await sim.request('POST', '/v1/refunds', { payment_intent: ids.intent! }, 'refund');
      await sim.deliverCallbacks();
      await sim.world.runQueues();
      const [reference] = [...sim.channel.refunds.keys()] as [ChannelReference];
      sim.channel.takeBackRefund(reference);
      sim.channel.callbacks.splice(0);
      return { reference };
    },
    operation: async (sim, ids) => {
      const reference = ids.reference as ChannelReference;
      await sim.takeOne({ about: 'refund', reference, outcome: sim.channel.refunds.get(reference)!.outcome });
      return undefined;
    },
    // Nobody asks about a refund that has succeeded: without its callback it stays so.
    needsAgain: true,
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'the janitor’s look at a payment whose callback never came',
    before: async (sim) => {
      await sim.request(
        'POST',
        '/v1/payment_intents',
        { ...pay, payment_method: 'pm_card_sandbox_pendingThenSucceeds' },
        'setup',
      );
      await sim.world.runQueues();
      sim.move(180_000);
      sim.channel.decide([...sim.channel.charges.keys()][0] as ChannelReference, 'captured');
      return {};
    },
    operation: async (sim) => {
      await sim.world.janitor(sim.world.clock.nowMs());
      return undefined;
    },
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
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

type Told = Pick<Answer, 'status' | 'body'> | undefined;
/** What happens after the operation broke off; returns what whoever sent it again was told. */
type History = (sim: Simulation, again: () => Promise<Told>) => Promise<Told>;

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

const sendAgain = async (sim: Simulation, again: () => Promise<Told>): Promise<Told> => {
  for (let attempt = 0; attempt < 4; attempt++) {
    const answer = await again();
    if (answer === undefined || ![409, 429, 500].includes(answer.status)) return answer;
    sim.move(LEASE_OVER_MS);
  }
  throw new Error('the request never gets an answer');
};

const HISTORIES: Readonly<Record<string, History>> = {
  'sent again at once': async (sim, again) => {
    const told = await sendAgain(sim, again);
    await rest(sim);
    return told;
  },
  'callbacks first, twice and reversed, then sent again': async (sim, again) => {
    await sim.world.runQueues();
    await sim.deliverCallbacks({ times: 2, reversed: true });
    await sim.world.runQueues();
    sim.move(LEASE_OVER_MS);
    const told = await sendAgain(sim, again);
    await rest(sim);
    return told;
  },
  'the janitor, then sent again': async (sim, again) => {
    await rest(sim);
    const told = await sendAgain(sim, again);
    await rest(sim);
    return told;
  },
  'the janitor alone': async (sim) => {
    await rest(sim);
    return undefined;
  },
};

/** Every history from here on ends in one state, and all of design §2 holds there. */
async function assertOneEnd(scenario: Scenario, broken: Simulation, ids: Ids, where: string): Promise<void> {
  let reference: EndState | undefined;
  for (const [name, history] of Object.entries(HISTORIES)) {
    if (scenario.needsAgain && name === 'the janitor alone') continue;
    const sim = broken.fork();
    const told = await history(sim, () => scenario.operation(sim, ids));

    if (told) {
      expect(scenario.answers ?? [200], `${where}, ${name}`).toContain(told.status);
      const { status, body } = told;
      expect(await scenario.operation(sim, ids), `${where}, ${name}`).toMatchObject({ status, body });
    }
    expect(await audit(sim), `${where}, ${name}`).toEqual([]);
    expect(sim.world.failures, `${where}, ${name}`).toEqual([]);
    const end = endState(sim);
    expect(scenario.ends, `${where}, ${name}`).toContain(end.payments.join(';'));
    // Who never tries again may be left with an operation that never began.
    if (name !== 'the janitor alone') expect(end, `${where}, ${name}`).toEqual(reference ?? end);
    reference ??= end;
  }
}

it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  '%s: ends in one state whatever comes after it dies, or is unheard, at every await',
  async (_name, scenario) => {
    const before = await simulate();
    const ids = await scenario.before(before);
    const points = new Map<Fault['how'], number>();
    // What was left behind is all that a history starts from: places that leave the same behind are one.
    const seen = new Set<string>();
    for (const how of ['dies', 'unheard'] as const) {
      for (let n = 1; ; n++) {
        const sim = before.fork();
        const passed = await sim.broken({ n, how }, () => scenario.operation(sim, ids));
        if (passed < n) break;
        points.set(how, n);
        const left = persisted(sim);
        if (!seen.has(left)) await assertOneEnd(scenario, sim, ids, `${how} at await ${n}`);
        seen.add(left);
      }
    }
    expect(points.get('dies')).toBeGreaterThan(6);
    expect(points.get('unheard')).toBeGreaterThanOrEqual(points.get('dies')!);
  },
);
