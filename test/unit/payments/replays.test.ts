/** A key is answered once: what came later changes nothing of what it is told again (I13). */
import { expect, it } from 'vitest';
import { simulate } from '../../support/simulation.ts';

const card = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa' };

it('create: is answered as before after the payment was confirmed', async () => {
  const sim = await simulate();
  const first = await sim.request('POST', '/v1/payment_intents', card, 'create');
  await sim.world.runQueues();
  sim.move(1_000);
  await sim.request('POST', `/v1/payment_intents/${String(first.body.id)}/confirm`, {}, 'confirm');
  await sim.world.runQueues();

  const again = await sim.request('POST', '/v1/payment_intents', card, 'create');

  expect(again.replayed).toBe(true);
  expect(again.body).toEqual(first.body);
});
