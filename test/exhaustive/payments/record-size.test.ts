/** A payer who says as much as there can be said, as often as may be tried: no payment may become too large to be read. */
import { expect, it } from 'vitest';
import { confirmed, fullMetadata, LOUD_PAYER, loud } from '../../scenarios/oversized-text.ts';
import { simulate } from '../../world/simulation.ts';

it.each([
  ['payment_intents', { amount: '1000', currency: 'usd' }],
  ['setup_intents', {}],
])('%s are tried until there is no more room, and stay readable', async (name, params) => {
  const sim = await simulate();
  const said = { ...params, ...fullMetadata(loud(500)) };
  const { body } = await sim.request('POST', `/v1/${name}`, said, 'make');
  const path = `/v1/${name}/${body.id}`;
  const tries: number[] = [];
  for (let n = 1; n <= 30; n++) {
    tries.push((await confirmed(sim, path, 'tok_chargeDeclined', LOUD_PAYER)).status);
    sim.move(1_000);
  }

  expect(tries.slice(0, 4)).toEqual([402, 402, 402, 402]);
  expect(new Set(tries.slice(4))).toEqual(new Set([402, 400]));
  expect((await sim.request('GET', path)).status).toBe(200);
  await sim.world.runQueues();
  expect((await sim.request('GET', '/v1/events')).status).toBe(200);
  expect(sim.world.failures).toEqual([]);
});
