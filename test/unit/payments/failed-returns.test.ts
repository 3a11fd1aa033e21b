/** Returns of unapplied money that the issuer sends back: the money is booked again, once, and raises an alarm (I13, I15). */
import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../../../functions/channels/port/port.ts';
import { overReturned } from '../../../functions/disputes/over-return.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { returnedOf } from '../../../functions/payments/attempt.ts';
import { meaningOf, takenBy } from '../../../functions/payments/outcome-table.ts';
import { applyReturn, contradictsReturn, returnsDue } from '../../../functions/payments/unapplied.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { everyAwait } from '../../scenarios/every-await.ts';
import { canceled, HOLD, MEMO, minutes, RECEIVED, RETURNED, refundsSent } from '../../scenarios/unapplied-holds.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';
import { COMMIT, hold } from './holding.ts';

const SUCCEEDED: OperationOutcome = { kind: 'succeeded' };
const FAILED: OperationOutcome = { kind: 'failed', decline: { code: 'x', message: 'No.' } };

interface Returned {
  readonly sim: Simulation;
  readonly reference: ChannelReference;
  readonly name: ChannelReference;
}

async function returned(): Promise<Returned> {
  const { sim, reference } = await canceled();
  sim.channel.takeAnyway(reference, 10_000n);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  await minutes(sim, 2);
  expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED].sort());
  const [name] = [...sim.channel.refunds.keys()] as [ChannelReference];
  sim.world.alarms.splice(0);
  return { sim, reference, name };
}
const told = async (sim: Simulation, reference: ChannelReference, outcome: OperationOutcome, changes = {}) =>
  (await sim.takeOne({ about: 'refund', reference, outcome }, changes)).applied;

describe('a return that comes back', () => {
  it('is booked again in suspense, once, raises the alarm again, and is not sent again', async () => {
    const { sim, reference, name } = await returned();
    sim.channel.takeBackRefund(name);
    await sim.deliverCallbacks({ times: 3 });
    await sim.world.runQueues();
    sim.move(181_000);
    const { unreturned } = await sim.world.janitor(sim.world.clock.nowMs());
    await minutes(sim, 3);

    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED, RECEIVED].sort());
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
    expect(unreturned.length).toBeGreaterThan(0);
    expect(refundsSent(sim)).toHaveLength(1);
    expect(await audit(sim)).toEqual([]);
    const charge = (await sim.request('GET', '/v1/charges')).body.data as object[];
    expect(charge).toMatchObject([{ amount_captured: 10_000, amount_refunded: 0, refunded: false }]);
  });

  it('is the same when a report of its success follows, which is then refused (weaker)', async () => {
    const { sim, name } = await returned();

    expect(await told(sim, name, SUCCEEDED)).toBe('known');
    expect(await told(sim, name, FAILED)).toBe('applied');
    expect(await told(sim, name, FAILED)).toBe('known');
    expect(await told(sim, name, SUCCEEDED)).toBe('weaker');
    await sim.world.runQueues();
    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED, RECEIVED].sort());
  });

  it('is no other account’s, and no other return', async () => {
    const { sim, name } = await returned();
    const other = `${name.slice(0, 30)}W` as ChannelReference;

    expect(await told(sim, name, FAILED, { account: 'acc2' })).toBe('foreign');
    expect(await told(sim, name, FAILED, { livemode: true })).toBe('foreign');
    expect(await told(sim, other, FAILED)).toBe('foreign');
  });

  it('stays in suspense when its failure is reported before its success', async () => {
    const { sim, reference } = await canceled();
    sim.channel.takeAnyway(reference, 10_000n);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    const name = `${reference.slice(0, 30)}V` as ChannelReference;

    expect(await told(sim, name, FAILED)).toBe('applied');
    expect(await told(sim, name, SUCCEEDED)).toBe('weaker');
    await minutes(sim, 3);
    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED].sort());
    expect(refundsSent(sim)).toEqual([]);
  });

  it('is booked again when the delivery breaks at any await', async () => {
    const { sim: start, name } = await returned();
    start.channel.takeBackRefund(name);
    const fact = { about: 'refund', reference: name, outcome: FAILED } as const;
    await everyAwait({ from: start, operation: (sim) => sim.takeOne(fact), atLeast: 3 }, async (sim) => {
      await sim.deliverCallbacks({ times: 2 });
      await sim.world.runQueues();
      await minutes(sim, 2);
      expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED, RECEIVED].sort());
    });
  });

  it('of a surplus charge is unapplied money of its attempt', async () => {
    const sim = await simulate();
    sim.channel.answerOver('authorize', 9_600n);
    sim.channel.refuse('void');
    await sim.request('POST', '/v1/payment_intents', { ...HOLD, capture_method: 'automatic' }, 'pay');
    await sim.world.runQueues();
    await minutes(sim, 3);
    const [name] = [...sim.channel.refunds.keys()] as [ChannelReference];
    sim.channel.takeBackRefund(name);
    await sim.deliverCallbacks({ times: 2 });
    await sim.world.runQueues();

    const [attempt] = recordsOf(sim.world).payments[0]!.attempts;
    expect(attempt).toMatchObject({ status: 'voided', unapplied: [{ number: 31, amount: 9_600n, cameBack: 61 }] });
    expect(endState(sim).entries.filter((entry) => entry.startsWith('surplus_received'))).toHaveLength(2);
  });
});

describe('what was taken and returned', () => {
  const paid = hold(
    { status: 'canceled' },
    {
      status: 'voided',
      voided: { committedMs: 1, was: 'authorized' },
      unapplied: [{ number: 31, amount: 2_000n, receivedMs: 1, returnedMs: 2 }],
    },
  );
  const back = applyReturn(paid, 31, FAILED, COMMIT)!;
  const [attempt] = back.attempts as [(typeof back.attempts)[0]];

  it('is what the channel took, however often it came back', () => {
    expect(takenBy(back, attempt)).toBe(2_000n);
    expect(returnedOf(attempt)).toBe(0n);
    expect(overReturned(back, attempt)).toBe(0n);
    const captured = (amount: bigint) => ({ kind: 'captured', authorizationCode: 'A', amount }) as const;
    expect(meaningOf(back, attempt, captured(2_000n))).toBe('known');
    expect(meaningOf(back, attempt, captured(4_000n))).toBe('unapplied');
  });

  it('is due, and not sent again', () => {
    expect(returnsDue(back)).toMatchObject([{ number: 32, amount: 2_000n, failed: true }]);
    expect(applyReturn(back, 32, SUCCEEDED, COMMIT)).toBeUndefined();
    expect(applyReturn(back, 31, FAILED, COMMIT)).toBeUndefined();
    expect(applyReturn(back, 31, { kind: 'pending' }, COMMIT)).toBeUndefined();
  });

  it('contradicts where a return failed that took nothing, or one succeeds that failed', () => {
    const voided = hold(
      { status: 'canceled' },
      { status: 'voided', surplus: true, voided: { committedMs: 1, was: 'authorized' } },
    );

    expect(applyReturn(voided, 61, FAILED, COMMIT)).toBeUndefined();
    expect(contradictsReturn(voided, 61, FAILED)).toBe(true);
    expect(contradictsReturn(back, 31, SUCCEEDED)).toBe(true);
    expect(contradictsReturn(back, 31, FAILED)).toBe(false);
    expect(contradictsReturn(paid, 31, SUCCEEDED)).toBe(false);
  });
});
