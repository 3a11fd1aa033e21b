/** A canceled setup intent: nothing waits at its channel, and no later report of its challenge changes or announces anything. */
import { expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { payerReturns } from '../../scenarios/wallet-payments.ts';
import { simulate } from '../../world/simulation.ts';

const DECLINE = { code: 'card_declined', message: 'Your card was declined.' };

it.each([
  [{ kind: 'failed', decline: DECLINE }],
  [{ kind: 'pending' }],
  [{ kind: 'requires_action', action: { kind: 'redirect', url: 'https://bank.example' } }],
  [{ kind: 'authorized', authorizationCode: 'A1' }],
  [undefined],
] as const)('a report of %j after the cancel', async (outcome) => {
  const sim = await simulate();
  const params = {
    payment_method: 'pm_card_authenticationRequiredOnSetup',
    confirm: 'true',
    return_url: 'https://a.example',
  };
  const { body } = await sim.request('POST', '/v1/setup_intents', params);
  const canceled = await sim.request('POST', `/v1/setup_intents/${body.id}/cancel`);
  await sim.world.runQueues();
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  sim.channel.finishChallenge(reference, outcome === undefined);

  if (outcome) expect((await sim.takeOne({ about: 'attempt', reference, outcome })).applied).toBe('known');
  else expect((await payerReturns(sim, reference)).location?.searchParams.get('redirect_status')).toBe('failed');
  await sim.world.runQueues();

  expect([body.status, canceled.body.status]).toEqual(['requires_action', 'canceled']);
  const { body: read } = await sim.request('GET', `/v1/setup_intents/${body.id}`);
  expect(read).toMatchObject({ status: 'canceled', last_setup_error: null });
  const { body: events } = await sim.request('GET', '/v1/events?limit=100');
  expect((events.data as { type: string }[]).map(({ type }) => type)).toEqual([
    'setup_intent.canceled',
    'setup_intent.requires_action',
    'setup_intent.created',
  ]);
});
