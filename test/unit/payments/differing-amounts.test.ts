/**
 * Payments whose channel holds or takes another amount than requested, from the request to the books: whatever breaks, arrives twice or in
 * another order, everything is booked once, an amount that was not requested goes back once, and an alarm is raised (I13, I15).
 */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { everyAwait, LEASE_OVER_MS } from '../../scenarios/every-await.ts';
import { HOLD, minutes, refundsSent } from '../../scenarios/unapplied-holds.ts';
import { type Answer, endState, type Simulation, simulate } from '../../world/simulation.ts';

const DIRECT = { ...HOLD, capture_method: 'automatic' };
const over = (amount: number) =>
  `surplus_received debit assets:channel:sandbox ${amount} credit liab:suspense_over:sandbox ${amount}`;
const back = (amount: number) =>
  `surplus_returned credit assets:channel:sandbox ${amount} debit liab:suspense_over:sandbox ${amount}`;
const pay = (sim: Simulation, params: Record<string, string>) =>
  sim.request('POST', '/v1/payment_intents', params, 'pay');
const idOf = (sim: Simulation): string => `pi_${recordsOf(sim.world).payments[0]!.body}`;
const capture = (sim: Simulation, params: Record<string, string> = {}): Promise<Answer> =>
  sim.request('POST', `/v1/payment_intents/${idOf(sim)}/capture`, params, 'capture');
const booked = (sim: Simulation) => {
  const { payments, entries } = endState(sim);
  return { payments, surplus: entries.filter((entry) => entry.startsWith('surplus')) };
};

interface Life {
  readonly params: Record<string, string>;
  readonly prepare?: (sim: Simulation) => Promise<unknown>;
  readonly answer: (sim: Simulation) => void;
  readonly act: (sim: Simulation) => Promise<unknown>;
  /** Whether what `act` asks for has arrived at the channel. */
  readonly arrived: (sim: Simulation) => boolean;
  readonly finish?: (sim: Simulation) => Promise<unknown>;
  readonly payments: readonly string[];
  readonly surplus: readonly string[];
  readonly alarm: RegExp;
}

const wasCharged = ({ channel }: Simulation): boolean => channel.charges.size > 0;
const wasCaptured = ({ channel }: Simulation): boolean =>
  [...channel.charges.values()].some(({ captured }) => captured > 0n);

const LIVES: Readonly<Record<string, Life>> = {
  'a charge that takes more': {
    params: DIRECT,
    answer: ({ channel }) => channel.answerOver('authorize', 10_400n),
    act: (sim) => pay(sim, DIRECT),
    arrived: wasCharged,
    payments: ['succeeded captured 10000 refunded 0 attempts captured'],
    surplus: [over(400), back(400)],
    alarm: /^UnappliedMoney/,
  },
  'a charge that takes less': {
    params: DIRECT,
    answer: ({ channel }) => channel.answerOver('authorize', 9_600n),
    act: (sim) => pay(sim, DIRECT),
    arrived: wasCharged,
    payments: ['requires_payment_method captured 0 refunded 0 attempts voided'],
    surplus: [over(9_600), back(9_600)],
    alarm: /^UnappliedMoney/,
  },
  'a hold of more': {
    params: HOLD,
    answer: ({ channel }) => channel.answerOver('authorize', 10_400n),
    act: (sim) => pay(sim, HOLD),
    arrived: wasCharged,
    finish: (sim) => capture(sim),
    payments: ['succeeded captured 10000 refunded 0 attempts captured'],
    surplus: [],
    alarm: /^CallbacksRefused authorized/,
  },
  'a hold of less': {
    params: HOLD,
    answer: ({ channel }) => channel.answerOver('authorize', 9_600n),
    act: (sim) => pay(sim, HOLD),
    arrived: wasCharged,
    payments: ['requires_payment_method captured 0 refunded 0 attempts voided'],
    surplus: [],
    alarm: /^CallbacksRefused authorized/,
  },
  'a capture that takes more': {
    params: HOLD,
    prepare: (sim) => pay(sim, HOLD),
    answer: ({ channel }) => channel.answerOver('capture', 10_400n),
    act: (sim) => capture(sim),
    arrived: wasCaptured,
    payments: ['succeeded captured 10000 refunded 0 attempts captured'],
    surplus: [over(400), back(400)],
    alarm: /^UnappliedMoney|^CallbacksRefused capture/,
  },
  'a capture that takes less': {
    params: HOLD,
    prepare: (sim) => pay(sim, HOLD),
    answer: ({ channel }) => channel.answerOver('capture', 9_600n),
    act: (sim) => capture(sim),
    arrived: wasCaptured,
    payments: ['succeeded captured 9600 refunded 0 attempts captured'],
    surplus: [],
    alarm: /^CallbacksRefused capture|^callback differs/,
  },
};

async function begun({ prepare, answer }: Life): Promise<Simulation> {
  const sim = await simulate();
  await prepare?.(sim);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  answer(sim);
  return sim;
}

async function ended(sim: Simulation, { finish }: Life): Promise<void> {
  await finish?.(sim);
  await minutes(sim, 5);
}

describe.each(Object.entries(LIVES))('%s', (_name, life) => {
  const expected = { payments: life.payments, surplus: [...life.surplus].sort() };

  it('is booked, returned and raises an alarm, and the books agree with the channel', async () => {
    const sim = await begun(life);
    await life.act(sim);
    // The janitor queries the channel, and no callback arrives.
    sim.channel.callbacks.splice(0);
    await sim.world.runQueues();
    await ended(sim, life);

    expect(booked(sim)).toEqual(expected);
    expect(sim.world.alarms.some((alarm) => life.alarm.test(alarm))).toBe(true);
    expect(refundsSent(sim).length).toBeLessThanOrEqual(1);
    expect(await audit(sim)).toEqual([]);
  });

  it('ends in the same books with every callback twice and the last first, and when it breaks at any await', async () => {
    let compared = 0;
    await everyAwait({ from: await begun(life), operation: life.act, atLeast: 6 }, async (sim) => {
      await sim.deliverCallbacks({ times: 2, reversed: true });
      await sim.world.runQueues();
      sim.move(LEASE_OVER_MS);
      // The request is carried on.
      await life.act(sim);
      await ended(sim, life);

      expect(await audit(sim)).toEqual([]);
      if (!life.arrived(sim)) return;
      compared += 1;
      expect(booked(sim)).toEqual(expected);
    });
    expect(compared).toBeGreaterThan(6);
  });
});

describe('a payment that was paid in part', () => {
  it('answers with the decline, is announced as failed, and is paid by another card', async () => {
    const sim = await simulate();
    sim.channel.answerOver('authorize', 9_600n);
    const { status, body } = await pay(sim, DIRECT);
    sim.channel.state.amounts.clear();
    const again = await sim.request(
      'POST',
      `/v1/payment_intents/${idOf(sim)}/confirm`,
      { payment_method: 'pm_card_mastercard' },
      'again',
    );
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    await minutes(sim, 3);

    expect([status, body.error]).toMatchObject([
      402,
      { code: 'processing_error', payment_intent: { status: 'requires_payment_method', amount_received: 0 } },
    ]);
    expect(again.body).toMatchObject({ status: 'succeeded', amount_received: 10_000, last_payment_error: null });
    const types = ((await sim.request('GET', '/v1/events?limit=100')).body.data as { type: string }[]).map(
      ({ type }) => type,
    );
    expect(types.filter((type) => type === 'payment_intent.payment_failed')).toHaveLength(1);
    expect(booked(sim)).toEqual({
      payments: ['succeeded captured 10000 refunded 0 attempts voided,captured'],
      surplus: [over(9_600), back(9_600)].sort(),
    });
    expect(await audit(sim)).toEqual([]);
  });
});

describe('money that is reported beyond a captured charge', () => {
  async function reported(atChannel: bigint): Promise<{ sim: Simulation; reference: ChannelReference }> {
    const sim = await simulate();
    await pay(sim, DIRECT);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
    sim.channel.takeAnyway(reference, atChannel);
    sim.channel.callbacks.splice(0);
    const outcome = { kind: 'captured', authorizationCode: 'A', amount: 10_400n } as const;
    expect((await sim.takeOne({ about: 'attempt', reference, outcome })).applied).toBe('applied');
    expect((await sim.takeOne({ about: 'attempt', reference, outcome })).applied).toBe('known');
    await sim.world.runQueues();
    return { sim, reference };
  }

  it('goes back once the channel confirms it', async () => {
    const { sim } = await reported(10_400n);
    await minutes(sim, 3);

    expect(booked(sim).surplus).toEqual([over(400), back(400)].sort());
    expect(refundsSent(sim)).toHaveLength(1);
    expect(await audit(sim)).toEqual([]);
  });

  it('stays in suspense while the channel does not: its refund would take the merchant’s money', async () => {
    const { sim } = await reported(10_000n);
    sim.move(181_000);
    const { unreturned } = await sim.world.janitor(sim.world.clock.nowMs());
    await minutes(sim, 3);

    expect(unreturned).toHaveLength(1);
    expect(booked(sim)).toEqual({
      payments: ['succeeded captured 10000 refunded 0 attempts captured'],
      surplus: [over(400)],
    });
    expect(refundsSent(sim)).toEqual([]);
  });
});

describe('a report of a live hold', () => {
  it('of another amount waits for the operation that is under way, and is booked after it', async () => {
    const sim = await simulate();
    await pay(sim, HOLD);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
    const fact = {
      about: 'attempt',
      reference,
      outcome: { kind: 'authorized', authorizationCode: 'A', amount: 9_000n },
    } as const;
    sim.onChannel = async (name) => {
      if (name !== 'capture') return;
      sim.onChannel = undefined;
      await expect(sim.takeOne(fact)).rejects.toThrow('waits for an operation');
    };
    sim.channel.refuse('capture');
    await capture(sim);

    expect((await sim.takeOne(fact)).applied).toBe('differs');
    expect((await sim.takeOne(fact)).applied).toBe('known');
    await sim.world.runQueues();
    expect(endState(sim).entries).toEqual([
      'authorized debit memo:auth_hold 10000 credit memo:auth_commit 10000',
      'incremented debit memo:auth_commit 1000 credit memo:auth_hold 1000',
    ]);
  });
});
