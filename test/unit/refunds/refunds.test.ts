/** Refunds that meet: of one payment, and with what the channel says of them. */
import { describe, expect, it } from 'vitest';
import type { CallbackFact } from '../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { paymentOf } from '../../../functions/payments/store.ts';
import { reservedRefund } from '../../../functions/refunds/refunds.ts';
import { refundOf } from '../../../functions/refunds/store.ts';
import { commitNamed } from '../../../functions/table/commit.ts';
import { audit } from '../../audit/audit.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';

async function paid(): Promise<{
  sim: Simulation;
  refund: (amount: string, key: string) => ReturnType<Simulation['request']>;
}> {
  const sim = await simulate();
  const params = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  const { body } = await sim.request('POST', '/v1/payment_intents', params, 'pay');
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  sim.move(1_000);
  const intent = String(body.id);
  return { sim, refund: (amount, key) => sim.request('POST', '/v1/refunds', { payment_intent: intent, amount }, key) };
}

describe('a refund', () => {
  it('is made once of two parallel ones of 60 on 100', async () => {
    const { sim, refund } = await paid();

    const answers = await Promise.all([refund('6000', 'one'), refund('6000', 'two')]);
    await sim.world.runQueues();

    expect(answers.map(({ status }) => String(status)).sort()).toEqual(['200', '400']);
    expect(endState(sim).refunds).toEqual(['succeeded 6000']);
    expect(await audit(sim)).toEqual([]);
  });

  it('two of 40 on 100 are both made, however they meet', async () => {
    const { sim, refund } = await paid();

    const answers = await Promise.all([refund('4000', 'one'), refund('4000', 'two')]);
    await sim.world.runQueues();

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 8000 attempts captured']);
  });

  it('that meets a close of the period is decided again: from available, or refused', async () => {
    const { sim, refund } = await paid();
    sim.world.table.onCall = async ({ writes, when }) => {
      if (when !== 'before' || !writes.some((write) => write.kind === 'put' && write.item.kind === 'refund')) return;
      sim.world.table.onCall = undefined;
      await sim.settle();
    };

    const answer = await refund('4000', 'one');
    await sim.world.runQueues();

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'balance_insufficient' } } });
    expect(endState(sim).refunds).toEqual([]);
    expect(await audit(sim)).toEqual([]);
  });

  it('finds its conflict on the balance at any position of that write in the transaction', async () => {
    const { sim } = await paid();
    await sim.settle();
    const { table } = sim.world;
    const payment = paymentOf(table.items('payments').find(({ kind }) => kind === 'payment')!);
    const commit = { nowMs: sim.world.clock.nowMs(), terms: payment.capture!.terms };
    const asked = { body: `${payment.body.slice(0, -1)}Z` as typeof payment.body, amount: 10_000n };
    const { refund, writes } = await reservedRefund({ table }, payment, asked, commit, false);
    const named = Object.entries(writes);
    const before = table.dump();

    const found = [];
    for (let from = 0; from < named.length; from++) {
      const turned = Object.fromEntries([...named.slice(from), ...named.slice(0, from)]);
      found.push((await commitNamed(table, turned))?.on);
    }

    expect(refund.fundedBy).toBe('available');
    expect(found).toEqual(['balance', 'balance', 'balance', 'balance', 'balance']);
    expect(table.dump()).toEqual(before);
  });

  it('that fails gives the amount back once, however often it is reported', async () => {
    const { sim, refund } = await paid();
    await refund('10000', 'one');
    await sim.deliverCallbacks();
    const [reference] = [...sim.channel.refunds.keys()] as [ChannelReference];
    sim.channel.takeBackRefund(reference);
    const [failed] = sim.channel.callbacks.splice(0) as [CallbackFact];

    await Promise.all([sim.takeOne(failed), sim.takeOne(failed)]);
    await sim.world.runQueues();

    const items = sim.world.table.items('payments');
    expect(items.filter(({ kind }) => kind === 'payment').map((item) => paymentOf(item).refunded)).toEqual([0n]);
    expect(items.filter(({ kind }) => kind === 'refund').map((item) => refundOf(item).failureReason)).toEqual([
      'expired_or_canceled_card',
    ]);
    expect(await audit(sim)).toEqual([]);
  });

  it('that waits for a person at its channel raises an alarm each time that the channel says so', async () => {
    const { sim, refund } = await paid();
    await refund('4000', 'one');
    const reference = [...sim.channel.refunds.keys()][0] as ChannelReference;
    const stuck: CallbackFact = {
      about: 'refund',
      reference,
      outcome: { kind: 'pending', needsPerson: 'ABNORMAL' },
    };

    await sim.takeOne(stuck);
    await sim.takeOne(stuck);
    await sim.takeOne({ ...stuck, outcome: { kind: 'pending' } });

    expect(sim.world.alarms).toEqual(Array.from({ length: 2 }, () => 'CallbacksRefused needs a person: ABNORMAL'));
  });
});
