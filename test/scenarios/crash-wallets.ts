/** Payments by wallet, for test/exhaustive/crash: the order, the payer's approval, its completion, its close, and money that comes too late. */
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import type { Answer, Simulation } from '../world/simulation.ts';
import type { Ids, Scenario } from './crash-operations.ts';
import { BY_WALLET, callsBack, ordered, payerAt, payerReturns, walletMethod } from './wallet-payments.ts';

type Wallet = Parameters<typeof ordered>[1];
type Decision = Parameters<typeof payerAt>[2];

const referenceIn = (ids: Ids): ChannelReference => ids.reference as ChannelReference;

/** An order; where `decision` is given, its payer has made it, and no callback came. */
const order =
  (type: Wallet, decision?: Decision, params: Record<string, string> = {}) =>
  async (sim: Simulation): Promise<Ids> => {
    const { intent, reference } = await ordered(sim, type, params);
    if (decision) payerAt(sim, reference, decision);
    sim.channel.callbacks.splice(0);
    return { intent, reference };
  };

/** A payment by wallet that has succeeded, or is held. */
const paid =
  (type: Wallet, params: Record<string, string> = {}) =>
  async (sim: Simulation): Promise<Ids> => {
    const ids = await order(type, 'approve', params)(sim);
    await payerReturns(sim, referenceIn(ids));
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    sim.move(5_000);
    return ids;
  };

const confirmWithCard = (sim: Simulation, ids: Ids): Promise<Answer> =>
  sim.request('POST', `/v1/payment_intents/${ids.intent}/confirm`, { payment_method: 'pm_card_visa' }, 'key');
const cancel = (sim: Simulation, ids: Ids): Promise<Answer> =>
  sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'key');
const refund = (sim: Simulation, ids: Ids): Promise<Answer> =>
  sim.request('POST', '/v1/refunds', { payment_intent: ids.intent!, amount: '4000' }, 'key');

async function janitor(sim: Simulation): Promise<undefined> {
  await sim.world.janitor(sim.world.clock.nowMs());
  return undefined;
}

/** Amounts that the sandbox's wallets know as scenarios (functions/sandbox/README.md). */
const ANSWER_LOST = '19901';
const PAID_AFTER_CLOSE = '19910';
const CLOSE_LOST = '19911';
const UNFUNDED = '19917';
const TAKES_A_DAY = '19909';

/** An order that was canceled, and is paid all the same. */
async function paidAfterCancel(sim: Simulation): Promise<Ids> {
  const ids = await order('alipay', undefined, { amount: PAID_AFTER_CLOSE })(sim);
  await sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'cancel');
  sim.channel.callbacks.splice(0);
  await sim.world.runQueues();
  sim.move(5_000);
  return ids;
}

/** An order whose cancel closed it, and the answer was lost. */
const canceling =
  (type: Wallet) =>
  async (sim: Simulation): Promise<Ids> => {
    const ids = await order(type, undefined, { amount: CLOSE_LOST })(sim);
    await sim.request('POST', `/v1/payment_intents/${ids.intent}/cancel`, {}, 'cancel');
    sim.channel.callbacks.splice(0);
    await sim.world.runQueues();
    return ids;
  };

export const WALLET_SCENARIOS: readonly Scenario[] = [
  {
    name: 'a payment by Alipay',
    before: async (sim) => ({ method: await walletMethod(sim, 'alipay') }),
    operation: (sim, ids) =>
      sim.request('POST', '/v1/payment_intents', { ...BY_WALLET, payment_method: ids.method! }, 'key'),
    answers: [200, 402],
    ends: [
      'requires_action captured 0 refunded 0 attempts requires_action',
      'requires_payment_method captured 0 refunded 0 attempts failed',
      '',
    ],
  },
  {
    name: 'the return of a payer who approved at PayPal',
    before: order('paypal', 'approve'),
    operation: async (sim, ids) => {
      const { status, location } = await payerReturns(sim, referenceIn(ids));
      return { status, body: { location: location?.href }, replayed: false };
    },
    answers: [200, 303],
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'the callback of an approval at PayPal, held for a later capture',
    before: order('paypal', 'approve', { capture_method: 'manual' }),
    operation: async (sim, ids) => {
      await callsBack(sim, referenceIn(ids));
      return undefined;
    },
    ends: ['requires_capture captured 0 refunded 0 attempts authorized'],
  },
  {
    name: 'the janitor’s completion of an approval at PayPal',
    before: async (sim) => {
      const ids = await order('paypal', 'approve')(sim);
      sim.move(121_000);
      return ids;
    },
    operation: janitor,
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'the callback of an order that was paid at Alipay',
    before: order('alipay', 'approve'),
    operation: async (sim, ids) => {
      await callsBack(sim, referenceIn(ids));
      return undefined;
    },
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'the return of a payer who has paid at Alipay, where it takes a day',
    before: order('alipay', 'approve', { amount: TAKES_A_DAY }),
    operation: async (sim, ids) => {
      const { status, location } = await payerReturns(sim, referenceIn(ids));
      return { status, body: { location: location?.href }, replayed: false };
    },
    answers: [200, 303],
    ends: ['processing captured 0 refunded 0 attempts sent'],
  },
  {
    name: 'a second confirmation, by card, of an order that is paid and takes a day',
    before: order('wechat_pay', 'approve', { amount: TAKES_A_DAY }),
    operation: confirmWithCard,
    answers: [200, 400],
    raced: true,
    ends: ['processing captured 0 refunded 0 attempts sent'],
  },
  {
    name: 'the janitor’s close of an order whose answer was lost',
    before: async (sim) => {
      const ids = await order('alipay', undefined, { amount: ANSWER_LOST })(sim);
      sim.move(121_000);
      return ids;
    },
    operation: janitor,
    ends: ['requires_payment_method captured 0 refunded 0 attempts failed'],
  },
  {
    name: 'cancel of an order',
    before: order('wechat_pay'),
    operation: cancel,
    answers: [200, 400],
    ends: [
      'canceled captured 0 refunded 0 attempts closed',
      'requires_action captured 0 refunded 0 attempts requires_action',
    ],
  },
  {
    name: 'the return of a payer beside a cancel without an answer',
    before: canceling('alipay'),
    operation: async (sim, ids) => {
      const { status, location } = await payerReturns(sim, referenceIn(ids));
      return { status, body: { location: location?.href }, replayed: false };
    },
    answers: [200, 303],
    ends: ['canceled captured 0 refunded 0 attempts closed'],
  },
  {
    name: 'the callback of the closed order beside a cancel without an answer',
    before: canceling('wechat_pay'),
    operation: async (sim, ids) => {
      await callsBack(sim, referenceIn(ids));
      return undefined;
    },
    ends: ['canceled captured 0 refunded 0 attempts closed'],
  },
  {
    name: 'the janitor’s look at a cancel without an answer',
    before: async (sim) => {
      const ids = await canceling('paypal')(sim);
      sim.move(121_000);
      return ids;
    },
    operation: janitor,
    ends: ['canceled captured 0 refunded 0 attempts closed'],
  },
  {
    name: 'cancel of an order that its payer has approved',
    before: order('paypal', 'approve'),
    operation: cancel,
    answers: [200, 400],
    raced: true,
    ends: ['canceled captured 0 refunded 0 attempts closed', 'succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'cancel of an order that its payer has paid',
    before: order('alipay', 'approve'),
    operation: cancel,
    answers: [200, 400],
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'a second confirmation, by card, while an order is open',
    before: order('wechat_pay'),
    operation: confirmWithCard,
    answers: [200, 402],
    raced: true,
    ends: [
      'succeeded captured 10000 refunded 0 attempts closed,captured',
      'succeeded captured 10000 refunded 0 attempts failed,captured',
      'requires_payment_method captured 0 refunded 0 attempts closed,failed',
      'requires_payment_method captured 0 refunded 0 attempts failed,failed',
      'requires_payment_method captured 0 refunded 0 attempts failed',
      'requires_action captured 0 refunded 0 attempts requires_action',
    ],
  },
  {
    name: 'a second confirmation, by card, after the payer has paid the order',
    before: order('alipay', 'approve'),
    operation: confirmWithCard,
    answers: [200, 400],
    ends: ['succeeded captured 10000 refunded 0 attempts captured'],
  },
  {
    name: 'the callback of money for a canceled order',
    before: paidAfterCancel,
    operation: async (sim, ids) => {
      await callsBack(sim, referenceIn(ids));
      return undefined;
    },
    needsAgain: true,
    ends: ['canceled captured 0 refunded 0 attempts closed'],
  },
  {
    name: 'the janitor’s return of money for a canceled order',
    before: async (sim) => {
      const ids = await paidAfterCancel(sim);
      await callsBack(sim, referenceIn(ids));
      await sim.world.runQueues();
      sim.move(121_000);
      return ids;
    },
    operation: janitor,
    ends: ['canceled captured 0 refunded 0 attempts closed'],
  },
  {
    name: 'capture of a hold at PayPal',
    before: paid('paypal', { capture_method: 'manual' }),
    operation: (sim, ids) =>
      sim.request('POST', `/v1/payment_intents/${ids.intent}/capture`, { amount_to_capture: '6000' }, 'key'),
    answers: [200, 400],
    ends: [
      'succeeded captured 6000 refunded 0 attempts captured',
      'requires_capture captured 0 refunded 0 attempts authorized',
    ],
  },
  {
    name: 'cancel of a hold at PayPal',
    before: paid('paypal', { capture_method: 'manual' }),
    operation: cancel,
    answers: [200, 400],
    ends: [
      'canceled captured 0 refunded 0 attempts voided',
      'requires_capture captured 0 refunded 0 attempts authorized',
    ],
  },
  {
    name: 'a refund in part to WeChat Pay, which takes its time',
    before: paid('wechat_pay'),
    operation: refund,
    ends: [
      'succeeded captured 10000 refunded 4000 attempts captured',
      'succeeded captured 10000 refunded 0 attempts captured',
    ],
  },
  {
    name: 'a refund that the balance at the channel does not cover at first',
    before: paid('alipay', { amount: UNFUNDED }),
    operation: refund,
    ends: [
      'succeeded captured 19917 refunded 4000 attempts captured',
      'succeeded captured 19917 refunded 0 attempts captured',
    ],
  },
  {
    name: 'the janitor’s second try of that refund',
    before: async (sim) => {
      const ids = await paid('alipay', { amount: UNFUNDED })(sim);
      await sim.request('POST', '/v1/refunds', { payment_intent: ids.intent!, amount: '4000' }, 'refund');
      sim.channel.callbacks.splice(0);
      await sim.world.runQueues();
      sim.move(121_000);
      return ids;
    },
    operation: janitor,
    ends: ['succeeded captured 19917 refunded 4000 attempts captured'],
  },
];
