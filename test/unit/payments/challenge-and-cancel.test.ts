/** The payer finishes the challenge while the merchant cancels: the acquirer may take the money and void it, and its callbacks arrive in any order. */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';

async function challenged(): Promise<{
  sim: Simulation;
  reference: ChannelReference;
  cancel: () => Promise<{ status: number }>;
}> {
  const sim = await simulate();
  const { body } = await sim.request(
    'POST',
    '/v1/payment_intents',
    { amount: '10000', currency: 'usd', payment_method: 'pm_card_authenticationRequired', confirm: 'true' },
    'pay',
  );
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  return {
    sim,
    reference,
    cancel: () => sim.request('POST', `/v1/payment_intents/${String(body.id)}/cancel`, {}, 'cancel'),
  };
}

async function janitorFor(sim: Simulation, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    sim.move(61_000);
    await sim.janitor();
    await sim.deliverCallbacks();
    await sim.world.runQueues();
  }
}

describe('the payer pays, and the merchant cancels before the callback arrives', () => {
  it('the void takes the money back: canceled, and the late word of the payment changes nothing', async () => {
    const { sim, reference, cancel } = await challenged();
    sim.channel.finishChallenge(reference, true);
    expect((await cancel()).status).toBe(200);

    await sim.deliverCallbacks({ times: 2 });
    await sim.world.runQueues();
    await janitorFor(sim, 3);

    expect(endState(sim)).toMatchObject({
      payments: ['canceled captured 0 refunded 0 attempts closed'],
      entries: [],
      channel: ['10000 captured 0'],
    });
    expect(await audit(sim)).toEqual([]);
  });

  it('arrives while the void is under way: the void decides', async () => {
    const { sim, reference, cancel } = await challenged();
    sim.channel.finishChallenge(reference, true);
    const callbacks = sim.channel.callbacks.splice(0);
    // The claim of the void is committed; before it is sent, the callback is taken.
    sim.onChannel = async (name) => {
      if (name !== 'void') return;
      sim.onChannel = undefined;
      for (const fact of callbacks) await sim.takeOne(fact);
    };
    expect(await cancel()).toMatchObject({ status: 200, body: { status: 'canceled' } });

    await sim.deliverCallbacks({ times: 2 });
    await sim.world.runQueues();
    await janitorFor(sim, 3);

    expect(endState(sim)).toMatchObject({ payments: ['canceled captured 0 refunded 0 attempts closed'], entries: [] });
    expect(await audit(sim)).toEqual([]);
  });

  it('and the void is refused: the payment succeeds by asking, though its callback came too early', async () => {
    const { sim, reference, cancel } = await challenged();
    sim.channel.finishChallenge(reference, true);
    const callbacks = sim.channel.callbacks.splice(0);
    sim.channel.refuse('void');
    sim.onChannel = async (name) => {
      if (name !== 'void') return;
      sim.onChannel = undefined;
      for (const fact of callbacks) await sim.takeOne(fact);
    };
    expect(await cancel()).toMatchObject({ status: 400 });

    await sim.world.runQueues();
    await janitorFor(sim, 3);

    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a challenge whose callback never comes', () => {
  it('is asked about by the janitor', async () => {
    const { sim, reference } = await challenged();
    sim.channel.finishChallenge(reference, true);
    sim.channel.callbacks.splice(0);

    await janitorFor(sim, 3);

    expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  });

  it('that stays open is not reported as overdue, and is not queried after a day', async () => {
    const { sim } = await challenged();
    let looked = 0;
    for (let hour = 0; hour < 30; hour++) {
      sim.move(3_600_000);
      const result = await sim.world.janitor(sim.world.clock.nowMs());
      expect(result.overdue).toEqual([]);
      looked = result.looked;
    }
    expect(looked).toBe(0);
  });
});
