/** The authorization memo ends with the authorization, whatever ends it and whatever was requested (I7). */
import { expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { endState, simulate } from '../../world/simulation.ts';

const pay = {
  amount: '10000',
  currency: 'usd',
  payment_method: 'pm_card_sandbox_pendingThenSucceeds',
  confirm: 'true',
};

it('a channel that only authorizes an automatic capture: the capture that follows ends the memo', async () => {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'pay');
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.decide(reference, 'authorized') });
  await sim.world.runQueues();
  expect(endState(sim).entries).toEqual(['authorized debit memo:auth_hold 10000 credit memo:auth_commit 10000']);

  await sim.request('POST', `/v1/payment_intents/${String(body.id)}/capture`, {}, 'capture');
  await sim.world.runQueues();

  expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  expect(await audit(sim)).toEqual([]);
});

it('a channel that captures what it was asked to authorize: no memo was posted, and none is ended', async () => {
  const sim = await simulate();
  await sim.request('POST', '/v1/payment_intents', { ...pay, capture_method: 'manual' }, 'pay');
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.decide(reference, 'captured') });
  await sim.world.runQueues();

  expect(endState(sim).payments).toEqual(['succeeded captured 10000 refunded 0 attempts captured']);
  expect(await audit(sim)).toEqual([]);
});
