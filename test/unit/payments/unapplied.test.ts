/** Money that a channel reports for a payment that does not wait for it: booked, returned once, and an alarm until it is back (I15). */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { present } from '../../../functions/sandbox/charge.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import {
  canceled,
  type Held,
  HOLD,
  held,
  MEMO,
  minutes,
  RECEIVED,
  RETURNED,
  refundsSent,
} from '../../scenarios/unapplied-holds.ts';
import { endState, type Simulation } from '../../world/simulation.ts';

const chargeOf = async (sim: Simulation): Promise<Record<string, unknown>> => {
  const { body } = await sim.request('GET', '/v1/charges');
  const [charge, ...others] = body.data as [Record<string, unknown>];
  expect(others).toEqual([]);
  return charge;
};
const eventTypes = async (sim: Simulation): Promise<readonly string[]> => {
  const { body } = await sim.request('GET', '/v1/events?limit=100');
  return (body.data as { type: string }[]).map(({ type }) => type).reverse();
};
describe('money for a canceled hold', () => {
  it('is booked by the callback, returned by the janitor under a reference of its own, and shown as refunded', async () => {
    const { sim, reference } = await canceled();
    const before = (await eventTypes(sim)).length;
    sim.channel.takeAnyway(reference, 10_000n);
    await sim.deliverCallbacks({ times: 3 });
    await sim.world.runQueues();

    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED].sort());
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
    expect(await chargeOf(sim)).toMatchObject({
      paid: true,
      captured: true,
      amount_captured: 10_000,
      amount_refunded: 0,
      refunded: false,
      balance_transaction: null,
    });

    await minutes(sim, 3);

    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED].sort());
    expect([...sim.channel.refunds]).toMatchObject([
      [`${reference.slice(0, 30)}V`, { request: { payment: reference, amount: 10_000n, currency: 'usd' } }],
    ]);
    expect(refundsSent(sim)).toHaveLength(1);
    expect(sim.world.alarms).toHaveLength(1);
    expect(await chargeOf(sim)).toMatchObject({ amount_captured: 10_000, amount_refunded: 10_000, refunded: true });
    expect((await eventTypes(sim)).slice(before)).toEqual(['charge.updated', 'charge.refunded']);
    expect(endState(sim)).toMatchObject({ payments: ['canceled captured 0 refunded 0 attempts voided'], refunds: [] });
    expect(await audit(sim)).toEqual([]);
  });

  it('is booked too after the hold ran out', async () => {
    const { sim, reference } = await held();
    sim.move(7 * 24 * 3_600_000 + 120_000);
    for (let run = 0; run < 60; run++) await sim.world.janitor(sim.world.clock.nowMs());
    await sim.world.runQueues();
    sim.channel.takeAnyway(reference, 10_000n);
    await sim.deliverCallbacks();
    await minutes(sim, 4);

    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED].sort());
    expect(await audit(sim)).toEqual([]);
  });

  it('is the same money when the capture is reported after the charge, and before it', async () => {
    for (const first of ['attempt', 'operation'] as const) {
      const { sim, reference } = await canceled();
      sim.channel.takeAnyway(reference, 10_000n);
      const [charge] = sim.channel.callbacks.splice(0);
      const capture = {
        about: 'operation',
        reference,
        operation: 7,
        outcome: { kind: 'succeeded' },
        facts: { kind: 'capture', amount: 10_000n },
      } as const;
      const facts = first === 'attempt' ? [charge!, capture] : [capture, charge!];
      for (const fact of [...facts, ...facts]) await sim.takeOne(fact);
      await sim.world.runQueues();
      await minutes(sim, 2);

      expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED].sort());
      expect(recordsOf(sim.world).payments[0]?.attempts[0]?.unapplied).toHaveLength(1);
      expect(sim.world.failures).toEqual([]);
      expect(await audit(sim)).toEqual([]);
    }
  });

  it('that the channel will not return stays in suspense, and each look raises the alarm again', async () => {
    const { sim, reference } = await canceled();
    sim.channel.takeAnyway(reference, 10_000n);
    sim.channel.refuse('refund');
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    sim.move(121_000);

    const looks = [await sim.world.janitor(sim.world.clock.nowMs())];
    await sim.world.runQueues();
    sim.move(361_000);
    looks.push(await sim.world.janitor(sim.world.clock.nowMs()));

    const [payment] = recordsOf(sim.world).payments;
    const due = { kind: 'p', scope: sim.scope, body: payment!.body };
    expect(looks.map(({ unreturned }) => unreturned[0])).toEqual([due, due]);
    expect(refundsSent(sim)).toHaveLength(1);
    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED].sort());
    expect((await chargeOf(sim)).refunded).toBe(false);
  });

  it('whose return has no answer is queried, and not sent again', async () => {
    const { sim, reference } = await canceled();
    sim.channel.takeAnyway(reference, 10_000n);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    sim.move(121_000);
    const copy = sim.fork();
    const labels: string[] = [];
    copy.onPoint = async (label) => void labels.push(label);
    await copy.janitor();

    await sim.broken({ n: labels.indexOf('after refund') + 1, how: 'fails' }, () => sim.janitor());
    sim.channel.callbacks.splice(0);
    await sim.world.runQueues();
    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED].sort());
    await minutes(sim, 4);

    expect([...sim.channel.sent].filter(([request]) => request.startsWith('refund')).map(([, count]) => count)).toEqual(
      [1],
    );
    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED].sort());
  });
});

describe('money for a challenge that was canceled', () => {
  it.each(['manual', 'automatic'] as const)('makes a charge, which every list shows once (%s)', async (method) => {
    const { sim, id, reference } = await held({
      ...HOLD,
      capture_method: method,
      payment_method: 'pm_card_authenticationRequired',
    });
    await sim.request('POST', `/v1/payment_intents/${id}/cancel`, {}, 'cancel');
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    expect((await sim.request('GET', '/v1/charges')).body.data).toEqual([]);
    sim.channel.takeAnyway(reference, 10_000n);
    // Of a charge in one step the channel must say first that its void did not return this.
    sim.channel.alterCharge(reference, (charge) => present({ ...charge, operations: [] }, 10_000n));
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    await minutes(sim, 3);

    expect(endState(sim).entries).toEqual([RECEIVED, RETURNED].sort());
    const charge = await chargeOf(sim);
    expect(charge).toMatchObject({ status: 'succeeded', amount_captured: 10_000, refunded: true, payment_intent: id });
    const listed = (await sim.request('GET', `/v1/charges?payment_intent=${id}`)).body.data as { id: string }[];
    expect(listed.map((one) => one.id)).toEqual([charge.id]);
    expect((await sim.request('GET', `/v1/payment_intents/${id}`)).body).toMatchObject({
      status: 'canceled',
      latest_charge: null,
      amount_received: 0,
    });
    expect((await eventTypes(sim)).slice(-3)).toEqual(['payment_intent.canceled', 'charge.updated', 'charge.refunded']);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('money for a hold that a capture took', () => {
  /** A capture that the janitor gave up, and that arrives at the channel all the same. */
  async function lostCapture(): Promise<Held> {
    const one = await held();
    one.sim.onChannel = async (name) => {
      if (name === 'capture') throw new Error('broke off before it was sent');
    };
    await one.sim.request('POST', `/v1/payment_intents/${one.id}/capture`, {}, 'lost');
    one.sim.onChannel = undefined;
    await one.sim.world.runQueues();
    await minutes(one.sim, 3);
    expect(endState(one.sim).payments).toEqual(['requires_capture captured 0 refunded 0 attempts authorized']);
    return one;
  }
  const late = (reference: ChannelReference, amount: bigint) =>
    ({
      about: 'operation',
      reference,
      operation: 1,
      outcome: { kind: 'succeeded' },
      facts: { kind: 'capture', amount },
    }) as const;

  it('is the payment’s while it waits to be captured, though another capture was refused since', async () => {
    const { sim, id, reference } = await lostCapture();
    sim.channel.refuse('capture');
    await sim.request('POST', `/v1/payment_intents/${id}/capture`, {}, 'second');

    expect((await sim.takeOne(late(reference, 10_000n))).applied).toBe('applied');
    expect((await sim.takeOne(late(reference, 10_000n))).applied).toBe('known');
    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  });

  it('waits while another operation is under way', async () => {
    const { sim, id, reference } = await lostCapture();
    sim.onChannel = async (name) => {
      if (name !== 'void') return;
      sim.onChannel = undefined;
      await expect(sim.takeOne(late(reference, 10_000n))).rejects.toThrow('waits for operation 2');
    };
    await sim.request('POST', `/v1/payment_intents/${id}/cancel`, {}, 'cancel');

    expect((await sim.takeOne(late(reference, 10_000n))).applied).toBe('applied');
    expect(endState(sim).payments).toEqual(['canceled captured 0 refunded 0 attempts voided']);
    await sim.world.runQueues();
    expect(endState(sim).entries).toContain(RECEIVED);
  });

  it('is found by the janitor when it asks about the void that followed', async () => {
    const { sim, id, reference } = await lostCapture();
    const copy = sim.fork();
    const labels: string[] = [];
    copy.onPoint = async (label) => void labels.push(label);
    await copy.request('POST', `/v1/payment_intents/${id}/cancel`, {}, 'cancel');
    await sim.broken({ n: labels.indexOf('after void') + 1, how: 'dies' }, () =>
      sim.request('POST', `/v1/payment_intents/${id}/cancel`, {}, 'cancel'),
    );
    sim.channel.alterCharge(reference, (charge) => ({
      ...charge,
      operations: [{ number: 1, kind: 'capture', amount: 10_000n }, ...charge.operations],
    }));
    sim.channel.callbacks.splice(0);
    await minutes(sim, 4);

    expect(endState(sim).payments).toEqual(['canceled captured 0 refunded 0 attempts voided']);
    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED].sort());
    expect(await audit(sim)).toEqual([]);
  });

  it('that is not a capture, or has no amount, is refused (weaker)', async () => {
    const { sim, reference } = await canceled();
    const told = async (facts?: { kind: 'capture' | 'void' | 'increment'; amount?: bigint }) =>
      (
        await sim.takeOne({
          about: 'operation',
          reference,
          operation: 7,
          outcome: { kind: 'succeeded' },
          ...(facts && { facts }),
        })
      ).applied;

    expect(await told()).toBe('weaker');
    expect(await told({ kind: 'increment', amount: 20_000n })).toBe('weaker');
    expect(await told({ kind: 'void' })).toBe('weaker');
    expect(await told({ kind: 'capture', amount: 0n })).toBe('weaker');
    expect(endState(sim).entries).toEqual(MEMO);
  });
});
