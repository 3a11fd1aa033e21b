/** The operations that move money, each with what must have been before it and where it may end: test/exhaustive/crash breaks them everywhere. */
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { PAID } from '../simulators/bank.ts';
import type { Answer, Simulation } from '../world/simulation.ts';
import { NOT_ACCEPTED, withFurtherAccounts } from './further-accounts.ts';

export type Ids = Readonly<Record<string, string>>;

export interface Scenario {
  readonly name: string;
  /** What happened before; returns ids that the operation needs. */
  readonly before: (sim: Simulation) => Promise<Ids>;
  /** The operation that breaks, and that is sent again. */
  readonly operation: (sim: Simulation, ids: Ids) => Promise<Answer | undefined>;
  /** Statuses that a repeated request may get: a success, or its final refusal; 200 by default. */
  readonly answers?: readonly number[];
  /** Only a repeated request can finish it. */
  readonly needsAgain?: true;
  /** The order decides: the end states may differ. */
  readonly raced?: true;
  /** End states that are right: the operation took effect, never reached the channel, or (where it was not sent again) never began. */
  readonly ends: readonly string[];
  /** The same of payouts, where there are any. */
  readonly payouts?: readonly string[];
}

export const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

export const created = async (sim: Simulation, params: Record<string, string>): Promise<Ids> => {
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
  if (sim.channel.callbacks.length !== 1) throw new Error('only the dispute is reported');
  return { ...ids, reference };
};
const disputeId = async (sim: Simulation): Promise<string> => {
  const { body } = await sim.request('GET', '/v1/disputes');
  return (body.data as readonly { readonly id: string }[])[0]!.id;
};

/** The bank refuses the first payout, so that there is something in available, and the merchant's account is changed. */
async function settled(sim: Simulation): Promise<Ids> {
  sim.bank.answer = { kind: 'failed', code: 'account_closed' };
  const ids = await created(sim, pay);
  await sim.settle();
  await sim.world.runQueues();
  const { bankAccount } = await sim.world.payments.settings(sim.scope);
  await sim.agree({ bankAccount: { ...bankAccount, id: `${bankAccount.id}2` } });
  sim.bank.answer = PAID;
  return ids;
}

export const SCENARIOS: readonly Scenario[] = [
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
    name: 'create and confirm with a card whose money is available at once',
    before: async () => ({}),
    operation: (sim) =>
      sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: 'pm_card_bypassPending' }, 'key'),
    answers: [200, 402],
    ends: [
      'succeeded captured 10000 refunded 0 attempts captured',
      'requires_payment_method captured 0 refunded 0 attempts failed',
      '',
    ],
  },
  {
    name: 'create and confirm with a card whose payer opens two disputes',
    before: async () => ({}),
    operation: (sim) =>
      sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: 'pm_card_createMultipleDisputes' }, 'key'),
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
    name: 'create and confirm that the first account does not accept',
    before: async (sim) => {
      await withFurtherAccounts(sim);
      return {};
    },
    operation: (sim) => sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: NOT_ACCEPTED }, 'key'),
    answers: [200, 402],
    ends: [
      'succeeded captured 10000 refunded 0 attempts failed,captured',
      'requires_payment_method captured 0 refunded 0 attempts failed,failed',
      'requires_payment_method captured 0 refunded 0 attempts failed',
      '',
    ],
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
    name: 'cancel of an authorized payment',
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
    before: settled,
    operation: (sim, ids) => sim.request('POST', '/v1/refunds', { payment_intent: ids.intent!, amount: '4000' }, 'key'),
    ends: [
      'succeeded captured 10000 refunded 4000 attempts captured',
      'succeeded captured 10000 refunded 0 attempts captured',
    ],
  },
  {
    name: 'a payout that the merchant asks for',
    before: settled,
    operation: (sim) => sim.request('POST', '/v1/payouts', { amount: '4000', currency: 'usd' }, 'key'),
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
    payouts: ['failed 9680,paid 4000', 'failed 9680'],
  },
  {
    name: 'cancel of a payout',
    before: async (sim) => {
      await settled(sim);
      const { body } = await sim.request('POST', '/v1/payouts', { amount: '4000', currency: 'usd' }, 'setup payout');
      return { payout: String(body.id) };
    },
    operation: (sim, ids) => sim.request('POST', `/v1/payouts/${ids.payout}/cancel`, {}, 'key'),
    answers: [200, 400],
    raced: true,
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
    payouts: ['canceled 4000,failed 9680', 'failed 9680,paid 4000'],
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
    // The janitor does not query a refund that has succeeded: without its callback it stays so.
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
