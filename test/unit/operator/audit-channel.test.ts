/** `ledger -- audit` against the channel's own list: a difference in either direction is found by name. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Channel } from '../../../functions/channels/port/channel.ts';
import { type ChannelReference, channelReference, newObjectKey } from '../../../functions/kernel/ids.ts';
import type { Currency } from '../../../functions/kernel/money.ts';
import type { EntryType } from '../../../functions/ledger/entry.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import type { Refund } from '../../../functions/refunds/refund.ts';
import type { Charge, Operation } from '../../../functions/sandbox/charge.ts';
import type { Dispute as ChannelDispute } from '../../../functions/sandbox/dispute.ts';
import { differencesOf } from '../../audit/auditor.ts';
import { changeRecord, entryOfType, loseRecord, recordOfEntry } from '../../audit/damage.ts';
import { recordsOf } from '../../audit/records.ts';
import { everyEntry, returnUnapplied, taken } from '../../scenarios/busy-day.ts';
import { PAID } from '../../simulators/bank.ts';
import type { Simulation } from '../../world/simulation.ts';

let day: Simulation;
beforeAll(async () => {
  day = await everyEntry();
  await returnUnapplied(day);
  await taken(day, 'much', { amount: '500000' });
  await day.world.runQueues();
  // A payout failed that day, and its bank account is disabled.
  const { bankAccount } = await day.world.payments.settings(day.scope);
  await day.agree({ bankAccount: { ...bankAccount, id: 'ba_another' } });
  day.bank.answer = PAID;
  await day.settle();
  await day.world.runQueues();
});

/** What the comparison with the channel finds, whatever else the damage makes the audit find. */
const found = async (sim: Simulation): Promise<readonly string[]> =>
  (await differencesOf(sim)).filter((what) => /^(missing_|channel_)/.test(what));

/** The reference of the charge, refund or payout that the last entry of the type is about. */
const referenceOf = (sim: Simulation, type: EntryType): string => entryOfType(sim, type).reference as string;

type Damage = (sim: Simulation) => unknown;
/** The charge at the channel is another one. */
const altered =
  (referenceIn: (sim: Simulation) => string, change: (charge: Charge) => Charge): Damage =>
  (sim) =>
    sim.channel.alterCharge(referenceIn(sim), change);
/** The charge at the channel has this operation, which Sluice did not request. */
const operated = (referenceIn: (sim: Simulation) => string, operation: Omit<Operation, 'number'>): Damage =>
  altered(referenceIn, (charge) => ({ ...charge, operations: [...charge.operations, { ...operation, number: 7 }] }));
const takenCharge = (sim: Simulation): string => referenceOf(sim, 'captured');
const openHold = (sim: Simulation): string =>
  recordsOf(sim.world).payments.find(({ status }) => status === 'requires_capture')!.attempts[0]!.reference;
const lostDispute = (sim: Simulation): string => disputedOf(sim, 'lost');
const withDispute =
  (change: (dispute: ChannelDispute) => ChannelDispute) =>
  (charge: Charge): Charge => ({ ...charge, disputes: charge.disputes!.map(change) });
const entriesOf = (sim: Simulation, type: EntryType) =>
  recordsOf(sim.world)
    .journal.map(({ entry }) => entry)
    .filter((entry) => entry.type === type);
const disputedOf = (sim: Simulation, status: string): string =>
  recordsOf(sim.world).disputes.find((dispute) => dispute.status === status)!.paymentReference;
const changed =
  <T extends object>(type: EntryType, change: (record: T) => T): Damage =>
  (sim) =>
    changeRecord<T>(sim, recordOfEntry(sim.scope, entryOfType(sim, type)), change);
const lost =
  (type: EntryType): Damage =>
  (sim) =>
    loseRecord(sim, entryOfType(sim, type));

const DAMAGES: readonly (readonly [string, Damage, RegExp])[] = [
  [
    'another amount of a charge at the channel',
    altered(takenCharge, (charge) => ({ ...charge, approvedAmount: 500_001n })),
    /^channel_amount_differs ch_\w{23} \w{31}: taken 500000 usd here, taken 500001 usd at sandbox$/,
  ],
  [
    'another amount of a charge here',
    changed<Payment>('captured', ({ capture, ...rest }) => ({ ...rest, capture: { ...capture!, amount: 499_999n } })),
    /^channel_amount_differs ch_\w{23} \w{31}: taken 499999 usd here, taken 500000 usd at sandbox$/,
  ],
  [
    'a charge in another currency',
    altered(takenCharge, (charge) => ({ ...charge, params: { ...charge.params, currency: 'eur' } })),
    /^channel_currency_differs ch_\w{23} \w{31}: taken 500000 usd here, taken 500000 eur at sandbox$/,
  ],
  [
    'a charge that the channel has taken back',
    operated(takenCharge, { kind: 'void', amount: 0n }),
    /^channel_state_differs ch_\w{23} \w{31}: taken 500000 usd here, nothing at sandbox$/,
  ],
  [
    'a charge that the channel has not',
    (sim) => sim.channel.forget(takenCharge(sim)),
    /^missing_at_channel ch_\w{23} \w{31}: taken 500000 usd here, nothing at sandbox$/,
  ],
  [
    'a charge without a record',
    lost('captured'),
    /^missing_here ch_\w{23} \w{31}: nothing here, taken 500000 usd at sandbox$/,
  ],
  [
    'a hold that the channel has captured',
    operated(openHold, { kind: 'capture', amount: 10_000n }),
    /^channel_state_differs ch_\w{23} \w{31}: held 10000 usd here, taken 10000 usd at sandbox$/,
  ],
  [
    'a hold that the channel has raised',
    operated(openHold, { kind: 'increment', amount: 12_000n }),
    /^channel_amount_differs ch_\w{23} \w{31}: held 10000 usd here, held 12000 usd at sandbox$/,
  ],
  [
    'a hold that is partly captured and whose rest differs',
    operated(openHold, { kind: 'capture', amount: 4_000n, keepsRest: true }),
    /^channel_state_differs ch_\w{23} \w{31}: held 10000 usd here, taken 4000 usd and 6000 held at sandbox$/,
  ],
  [
    'the rest of a hold that the channel has voided',
    async (sim) => {
      const held = await taken(sim, 'rest', {
        capture_method: 'manual',
        'payment_method_options[card][request_multicapture]': 'if_available',
      });
      const part = { amount_to_capture: '4000', final_capture: 'false' };
      await sim.request('POST', `/v1/payment_intents/${held}/capture`, part, 'part');
      await sim.world.runQueues();
      sim.channel.alterCharge(`${sim.scope}${held.slice(3)}1`, (charge) => ({
        ...charge,
        operations: charge.operations.map(({ keepsRest: _, ...operation }) => operation),
      }));
    },
    /^channel_amount_differs ch_\w{23} \w{31}: taken 4000 usd and 6000 held here, taken 4000 usd at sandbox$/,
  ],
  [
    'another amount of a refund',
    (sim) => {
      const entry = entriesOf(sim, 'refund_succeeded').find(({ reference }) => reference === succeededRefund(sim))!;
      return changeRecord<Refund>(sim, recordOfEntry(sim.scope, entry), (refund) => ({ ...refund, amount: 301n }));
    },
    /^channel_amount_differs re_\w{22} \w{31}: succeeded 301 usd of \w{31} here, succeeded 300 usd of \w{31} at sandbox$/,
  ],
  [
    'a refund without a record',
    (sim) => sim.channel.client.refund(strayRefund(sim)),
    /^missing_here re_\w{22} \w{31}: nothing here, succeeded 100 usd of \w{31} at sandbox$/,
  ],
  [
    'a refund that the channel has not',
    (sim) => sim.channel.forget(succeededRefund(sim)),
    /^missing_at_channel re_\w{22} \w{31}: succeeded 300 usd of \w{31} here, nothing at sandbox$/,
  ],
  [
    'a refund that failed at the channel',
    (sim) => sim.channel.takeBackRefund(succeededRefund(sim) as ChannelReference),
    /^channel_state_differs re_\w{22} \w{31}: succeeded 300 usd of \w{31} here, failed 300 usd of \w{31} at sandbox$/,
  ],
  [
    'a refund of another charge',
    (sim) =>
      sim.channel.alterRefund(succeededRefund(sim), (refund) => ({
        ...refund,
        params: { ...refund.params, charge: takenCharge(sim) },
      })),
    /^channel_state_differs re_\w{22} \w{31}: succeeded 300 usd of (\w{31}) here, succeeded 300 usd of (?!\1)\w{31} at sandbox$/,
  ],
  [
    'a return of unapplied money that the channel has not',
    (sim) => sim.channel.forget([...sim.channel.refunds.keys()].find((name) => !name.endsWith('0'))!),
    /^missing_at_channel pi_\w{22} \w{31}: succeeded 10000 usd of \w{31} here, nothing at sandbox$/,
  ],
  [
    'a chargeback that the channel has not',
    altered(lostDispute, ({ disputes: _, ...charge }) => charge),
    /^missing_at_channel du_\w{22} \w{31}\/1: lost 10000 usd here, nothing at sandbox$/,
  ],
  [
    'a chargeback without a record',
    lost('dispute_lost'),
    /^missing_here du_\w{22} \w{31}\/1: nothing here, lost 10000 usd at sandbox$/,
  ],
  [
    'a chargeback that ended otherwise at the channel',
    altered(
      lostDispute,
      withDispute((dispute) => ({ ...dispute, verdict: { ...dispute.verdict!, to: 'won' } })),
    ),
    /^channel_state_differs du_\w{22} \w{31}\/1: lost 10000 usd here, won 10000 usd at sandbox$/,
  ],
  [
    'another amount of a chargeback',
    altered(
      lostDispute,
      withDispute((dispute) => ({ ...dispute, amount: 9_000n })),
    ),
    /^channel_amount_differs du_\w{22} \w{31}\/1: lost 10000 usd here, lost 9000 usd at sandbox$/,
  ],
  [
    'a payout that the bank has not',
    (sim) => sim.channel.forget(paidPayout(sim)),
    /^missing_at_channel po_\w{22} \w{30}: paid \d+ usd here, nothing at sandbox$/,
  ],
  [
    'a payout without a record',
    lost('payout_paid'),
    /^missing_here po_\w{22} \w{30}: nothing here, paid \d+ usd at sandbox$/,
  ],
  [
    'a payout that the bank sent back',
    (sim) => sim.bank.sendBack(paidPayout(sim), 'account_closed'),
    /^channel_state_differs po_\w{22} \w{30}: paid \d+ usd here, returned \d+ usd at sandbox$/,
  ],
  [
    'another amount of a payout',
    (sim) =>
      sim.channel.alterPayout(paidPayout(sim), (payout) => ({ ...payout, params: { ...payout.params, amount: 1n } })),
    /^channel_amount_differs po_\w{22} \w{30}: paid \d+ usd here, paid 1 usd at sandbox$/,
  ],
];

const succeededRefund = (sim: Simulation): string =>
  recordsOf(sim.world).refunds.find(({ status }) => status === 'succeeded')!.reference;
const paidPayout = (sim: Simulation): string =>
  recordsOf(sim.world).payouts.find(({ status }) => status === 'paid')!.reference;

function strayRefund(sim: Simulation): Parameters<Channel['refund']>[0] {
  const payment = takenCharge(sim) as ChannelReference;
  const { account, params } = sim.channel.state.charges.get(payment)!;
  const body = newObjectKey(sim.world.clock.nowMs() - 1, sim.world.payments.random);
  return {
    reference: channelReference(sim.scope, body, 0),
    payment,
    account: { channel: 'sandbox', account },
    createdMs: sim.world.clock.nowMs(),
    amount: 100n,
    currency: params.currency as Currency,
  };
}

describe('the audit of a channel', () => {
  it('finds nothing on a day on which everything happened', async () => {
    expect(await found(day)).toEqual([]);
  });

  it.each(DAMAGES)('finds %s', async (_, damage, difference) => {
    const sim = day.fork();
    await damage(sim);
    sim.move(1_000);

    const differences = await found(sim);
    expect(differences.length).toBeGreaterThan(0);
    for (const each of differences) expect(each).toMatch(difference);
  });
});
