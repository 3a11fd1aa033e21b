/** Holds that a channel reports of what it had closed: it is asked, and a hold that is there is voided, with an alarm (I15). */
import { describe, expect, it } from 'vitest';
import type { AttemptState } from '../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { planOf } from '../../../functions/sandbox/behavior.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { clientOf, minutes, ordered, paymentOf, sentTo, statusesOf } from '../../scenarios/wallet-payments.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';

const AUTHORIZED = { kind: 'authorized', authorizationCode: 'LATE1' } as const;

interface Closed {
  readonly sim: Simulation;
  readonly intent: string;
  readonly reference: ChannelReference;
}

/** A hold at PayPal, of which no payer had approved anything when it was closed. */
async function closedOrder(): Promise<Closed> {
  const sim = await simulate();
  const { intent, reference } = await ordered(sim, 'paypal', { capture_method: 'manual' });
  await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
  await sim.world.runQueues();
  expect(statusesOf(sim, intent)).toBe('canceled closed');
  return { sim, intent, reference };
}

/** A hold of a card, whose payer was still to answer the challenge when it was canceled. */
async function canceledChallenge(): Promise<Closed> {
  const sim = await simulate();
  const made = await sim.request('POST', '/v1/payment_intents', {
    amount: '10000',
    currency: 'usd',
    payment_method: 'pm_card_authenticationRequired',
    capture_method: 'manual',
    confirm: 'true',
  });
  const intent = String(made.body.id);
  await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
  await sim.world.runQueues();
  expect(statusesOf(sim, intent)).toBe('canceled closed');
  sim.channel.callbacks.splice(0);
  return { sim, intent, reference: paymentOf(sim, intent).attempts[0]!.reference };
}

const WAYS = [
  ['an order', closedOrder],
  ['a challenge', canceledChallenge],
] as const;

/** The channel holds the money in spite of the close, and calls back. */
async function held({ sim, reference }: Closed): Promise<void> {
  sim.channel.alterCharge(reference, (charge) => ({
    ...charge,
    version: charge.version + 1,
    decision: planOf('approve').decision,
    operations: [],
    ...(charge.challenge && { challenge: { ...charge.challenge, state: 'completed' } }),
  }));
  expect(sim.channel.charges.get(reference)!.outcome.kind).toBe('authorized');
  const { applied } = await sim.takeOne({ about: 'attempt', reference, outcome: AUTHORIZED });
  expect(applied).toBe('applied');
  await sim.world.runQueues();
}

/** The channel says this when it is asked. */
function answers({ sim }: Closed, attempt: AttemptState['attempt']): void {
  clientOf(sim).queryAttempt = async () => ({ attempt, operations: new Map() });
}

describe.each(WAYS)('a hold that is reported of %s that was closed', (_, close) => {
  it('is voided and alarmed once the channel confirms it', async () => {
    const closed = await close();
    const { sim, intent, reference } = closed;
    const before = sentTo(sim, 'void');
    await held(closed);

    await minutes(sim, 3);

    expect(sentTo(sim, 'void')).toBe(before + 1);
    expect(sim.channel.charges.get(reference)!.voided).toBe(true);
    expect(statusesOf(sim, intent)).toBe('canceled voided');
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
    expect(endState(sim).entries.map((entry) => entry.split(' ')[0])).toEqual(['authorized', 'voided']);
    expect(await audit(sim)).toEqual([]);
    expect(sim.world.failures).toEqual([]);
  });

  it('is the same when it is reported twice, and after it was voided', async () => {
    const closed = await close();
    const { sim, reference } = closed;
    await held(closed);
    const again = () => sim.takeOne({ about: 'attempt', reference, outcome: AUTHORIZED });
    expect((await again()).applied).toBe('known');

    await minutes(sim, 3);

    expect((await again()).applied).toBe('known');
    await minutes(sim, 3);
    expect(sim.world.alarms).toHaveLength(1);
    expect(await audit(sim)).toEqual([]);
  });

  it('is asked about until the channel says what it is', async () => {
    const closed = await close();
    const { sim, intent } = closed;
    await held(closed);
    const client = clientOf(sim);
    const { queryAttempt } = client;
    answers(closed, { kind: 'unknown', reason: 'lost' });

    await minutes(sim, 3);
    expect(paymentOf(sim, intent).attempts[0]!.reportedHold).toBe('open');
    client.queryAttempt = queryAttempt;
    await minutes(sim, 10);

    expect(statusesOf(sim, intent)).toBe('canceled voided');
  });

  it('stays in the janitor’s care until the void succeeds', async () => {
    const closed = await close();
    const { sim, intent } = closed;
    await held(closed);
    const client = clientOf(sim);
    const { void: release } = client;
    client.void = async () => ({ kind: 'unknown', reason: 'lost' });

    await minutes(sim, 3);
    expect(statusesOf(sim, intent)).toBe('canceled authorized');
    client.void = release;
    await minutes(sim, 10);

    expect(statusesOf(sim, intent)).toBe('canceled voided');
    expect(await audit(sim)).toEqual([]);
  });

  it('is nothing where the channel does not confirm it', async () => {
    const closed = await close();
    const { sim, intent } = closed;
    const { reference } = closed;
    const before = sentTo(sim, 'void');

    await sim.takeOne({ about: 'attempt', reference, outcome: AUTHORIZED });
    await sim.world.runQueues();
    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('canceled closed');
    expect(paymentOf(sim, intent).attempts[0]!.reportedHold).toBe('resolved');
    expect(sentTo(sim, 'void')).toBe(before);
    expect(sim.world.alarms).toEqual([]);
    expect(await audit(sim)).toEqual([]);
  });

  it('that was taken meanwhile is unapplied money', async () => {
    const closed = await close();
    const { sim, intent, reference } = closed;
    await held(closed);
    sim.channel.takeAnyway(reference, 10_000n);
    sim.channel.callbacks.splice(0);

    await minutes(sim, 5);

    const types = recordsOf(sim.world).journal.map(({ entry }) => entry.type);
    expect(types.toSorted()).toEqual(['surplus_received', 'surplus_returned']);
    expect(paymentOf(sim, intent).status).toBe('canceled');
    expect(await audit(sim)).toEqual([]);
  });
});

it('a challenge that passes while it is canceled is released by that cancel: its late report is resolved without an alarm', async () => {
  const sim = await simulate();
  const made = await sim.request('POST', '/v1/payment_intents', {
    amount: '10000',
    currency: 'usd',
    payment_method: 'pm_card_authenticationRequired',
    capture_method: 'manual',
    confirm: 'true',
  });
  const intent = String(made.body.id);
  const [{ reference }] = paymentOf(sim, intent).attempts as unknown as [{ reference: ChannelReference }];
  sim.channel.alterCharge(reference, (charge) => ({
    ...charge,
    version: charge.version + 1,
    challenge: { ...charge.challenge!, state: 'completed' },
  }));
  await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
  await sim.world.runQueues();
  expect(statusesOf(sim, intent)).toBe('canceled closed');

  await sim.takeOne({ about: 'attempt', reference, outcome: AUTHORIZED });
  await sim.world.runQueues();
  await minutes(sim, 3);

  expect(statusesOf(sim, intent)).toBe('canceled closed');
  expect(sentTo(sim, 'void')).toBe(1);
  expect(sim.world.alarms).toEqual([]);
  expect(await audit(sim)).toEqual([]);
});
