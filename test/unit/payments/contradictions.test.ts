/** What a channel says against what it said before: nothing is dropped in silence, a person is called (I15, docs/invariants.md W5). */
import { describe, expect, it } from 'vitest';
import type { Decline, OperationOutcome } from '../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';

const SUCCEEDED: OperationOutcome = { kind: 'succeeded' };
const FAILED: OperationOutcome = { kind: 'failed', decline: { code: 'x', message: 'No.' } satisfies Decline };

async function paid(
  more: Record<string, string> = {},
): Promise<{ sim: Simulation; id: string; reference: ChannelReference }> {
  const sim = await simulate();
  const params = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true', ...more };
  const { body } = await sim.request('POST', '/v1/payment_intents', params, 'pay');
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  sim.channel.callbacks.splice(0);
  await sim.world.runQueues();
  return { sim, id: String(body.id), reference };
}

async function refunded(): Promise<{ sim: Simulation; reference: ChannelReference }> {
  const { sim, id } = await paid();
  await sim.request('POST', '/v1/refunds', { payment_intent: id }, 'refund');
  const [reference] = [...sim.channel.refunds.keys()] as [ChannelReference];
  await sim.world.runQueues();
  return { sim, reference };
}

const applied = async (sim: Simulation, fact: Parameters<Simulation['takeOne']>[0]): Promise<string> => {
  const result = await sim.takeOne(fact);
  await sim.world.runQueues();
  return result.applied;
};

describe('a refund', () => {
  it('that failed and is reported as succeeded stays failed, and is refused (weaker)', async () => {
    const { sim, reference } = await refunded();
    expect(await applied(sim, { about: 'refund', reference, outcome: FAILED })).toBe('applied');
    expect(await applied(sim, { about: 'refund', reference, outcome: FAILED })).toBe('known');

    expect(await applied(sim, { about: 'refund', reference, outcome: SUCCEEDED })).toBe('weaker');

    expect(endState(sim).refunds).toEqual(['failed 10000']);
    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  });

  it('that succeeded and is reported again is known', async () => {
    const { sim, reference } = await refunded();
    expect(await applied(sim, { about: 'refund', reference, outcome: SUCCEEDED })).toBe('known');
  });
});

/** A capture that the janitor gave up as never arrived; its function's clock is this far from that of the function that authorized. */
async function givenUp({
  clockMs,
}: {
  readonly clockMs: number;
}): Promise<Pick<Awaited<ReturnType<typeof paid>>, 'sim' | 'reference'>> {
  const { sim, id, reference } = await paid({ capture_method: 'manual' });
  sim.onChannel = async (name) => {
    if (name === 'capture') throw new Error('broke off before it was sent');
  };
  sim.move(clockMs);
  await sim.request('POST', `/v1/payment_intents/${id}/capture`, {}, 'capture');
  sim.onChannel = undefined;
  await sim.world.runQueues();
  sim.move(180_000);
  await sim.janitor();
  await sim.world.runQueues();
  expect(endState(sim).payments).toEqual(['requires_capture captured 0 refunded 0 attempts authorized']);
  return { sim, reference };
}

describe('a capture', () => {
  it('that is sent by a function whose clock is behind that of the authorization is a capture too, when it takes effect late', async () => {
    const { sim, reference } = await givenUp({ clockMs: -500 });

    expect(await applied(sim, { about: 'operation', reference, operation: 1, outcome: SUCCEEDED })).toBe('applied');

    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  });

  it('that was given up as never arrived and took effect after all is a capture', async () => {
    const { sim, reference } = await givenUp({ clockMs: 0 });

    const late = { about: 'operation', reference, operation: 1, outcome: SUCCEEDED } as const;
    expect(await applied(sim, late)).toBe('applied');
    expect(await applied(sim, late)).toBe('known');
    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  });

  it('that was refused, and took effect after the payment was canceled, is unapplied money: booked, returned, and an alarm', async () => {
    const { sim, id, reference } = await paid({ capture_method: 'manual' });
    sim.channel.refuse('capture');
    await sim.request('POST', `/v1/payment_intents/${id}/capture`, {}, 'capture');
    await sim.request('POST', `/v1/payment_intents/${id}/cancel`, {}, 'cancel');

    const late = { about: 'operation', reference, operation: 1, outcome: SUCCEEDED } as const;
    expect(await applied(sim, late)).toBe('applied');
    expect(await applied(sim, late)).toBe('known');
    expect(endState(sim).payments).toEqual(['canceled captured 0 refunded 0 attempts voided']);
    expect(endState(sim).entries).toContain(
      'surplus_received debit assets:channel:sandbox 10000 credit liab:suspense_over:sandbox 10000',
    );
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
  });

  it('that succeeded and is reported again is known; a report of its failure is refused (weaker)', async () => {
    const { sim, id, reference } = await paid({ capture_method: 'manual' });
    await sim.request('POST', `/v1/payment_intents/${id}/capture`, {}, 'capture');

    expect(await applied(sim, { about: 'operation', reference, operation: 1, outcome: SUCCEEDED })).toBe('known');
    expect(await applied(sim, { about: 'operation', reference, operation: 1, outcome: FAILED })).toBe('weaker');
    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  });
});

describe('an attempt', () => {
  it('that succeeded and is reported as failed stays, and the report is refused (weaker)', async () => {
    const { sim, reference } = await paid();
    const outcome = { kind: 'failed', decline: { code: 'card_declined', message: 'No.' } } as const;

    expect(await applied(sim, { about: 'attempt', reference, outcome })).toBe('weaker');

    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  });

  it('over less than was asked for is booked: it pays nothing, and goes back', async () => {
    const { sim, reference } = await paid({ payment_method: 'pm_card_sandbox_pendingThenSucceeds' });
    const outcome = { kind: 'captured', authorizationCode: 'A', amount: 9_999n } as const;

    expect(await applied(sim, { about: 'attempt', reference, outcome })).toBe('applied');
    expect(await applied(sim, { about: 'attempt', reference, outcome })).toBe('known');

    expect(endState(sim).payments).toEqual(['requires_payment_method captured 0 refunded 0 attempts captured']);
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
  });

  it('over nothing changes nothing, and is refused (weaker)', async () => {
    const { sim, reference } = await paid({ payment_method: 'pm_card_sandbox_pendingThenSucceeds' });
    const outcome = { kind: 'captured', authorizationCode: 'A', amount: 0n } as const;

    expect(await applied(sim, { about: 'attempt', reference, outcome })).toBe('weaker');

    expect(endState(sim).payments).toEqual(['processing captured 0 refunded 0 attempts sent']);
  });

  it('of another account is foreign', async () => {
    const { sim, reference } = await paid();
    const fact = { about: 'attempt', reference, outcome: { kind: 'pending' } } as const;

    expect((await sim.takeOne(fact, { account: 'acc2' })).applied).toBe('foreign');
    expect((await sim.takeOne(fact, { livemode: true })).applied).toBe('foreign');
  });
});

describe('a void', () => {
  it('that took effect after another card had paid is about the card before it: nothing is canceled, a person looks', async () => {
    const { sim, id, reference } = await paid({
      capture_method: 'manual',
      payment_method: 'pm_card_authenticationRequired',
    });
    sim.onChannel = async (name) => {
      if (name === 'void') throw new Error('broke off before it was sent');
    };
    await sim.request('POST', `/v1/payment_intents/${id}/cancel`, {}, 'cancel');
    sim.onChannel = undefined;
    for (const _minute of [1, 2, 3]) {
      sim.move(61_000);
      await sim.janitor();
    }
    sim.channel.finishChallenge(reference, false);
    await sim.deliverCallbacks();
    const again = await sim.request(
      'POST',
      `/v1/payment_intents/${id}/confirm`,
      { payment_method: 'pm_card_visa' },
      'confirm',
    );
    expect(again.body).toMatchObject({ status: 'requires_capture' });

    expect(await applied(sim, { about: 'operation', reference, operation: 1, outcome: SUCCEEDED })).toBe('weaker');

    expect(endState(sim).payments).toEqual(['requires_capture captured 0 refunded 0 attempts failed,authorized']);
  });
});
