/** What a callback does about a payment that its payer has only approved: it completes it, where there is time to ask the channel. */
import { expect, it } from 'vitest';
import { takeCallback } from '../../../functions/recovery/callback.ts';
import { packJson } from '../../../functions/table/pack.ts';
import { minutes, ordered, payerAt, sentTo, statusesOf } from '../../scenarios/wallet-payments.ts';
import { simulate } from '../../world/simulation.ts';

it.each([
  ['completes it', true, 'applied', 1, 'succeeded captured'],
  ['leaves it to the janitor where no time is left to ask', false, 'known', 0, 'requires_action requires_action'],
] as const)('a callback of an approval at PayPal %s', async (_, mayAsk, applied, resumed, status) => {
  const sim = await simulate();
  const { intent, reference } = await ordered(sim, 'paypal');
  payerAt(sim, reference, 'approve');
  const fact = { about: 'attempt', reference, outcome: sim.channel.charges.get(reference)!.outcome } as const;
  const account = [...sim.channel.state.accounts.keys()][0]!;
  const message = { channel: 'sandbox', account, livemode: false, dedupe: 'd', rawBase64: '', receivedMs: 0, fact };

  const taken = await takeCallback(sim.world.payments, packJson(message), () => mayAsk);

  expect(taken.applied).toBe(applied);
  expect(sentTo(sim, 'resume')).toBe(resumed);
  expect(statusesOf(sim, intent)).toBe(status);
  await sim.world.runQueues();
  await minutes(sim, 3);
  expect(statusesOf(sim, intent)).toBe('succeeded captured');
});
