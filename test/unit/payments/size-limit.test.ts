/** How much can be said of one payment: more is refused before the payment is too large to be read, or to learn that it was paid. */
import { expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { confirmed, fullMetadata, loud } from '../../scenarios/oversized-text.ts';
import { simulate } from '../../world/simulation.ts';

it('charges are updated until their payment is full, and it can still be read, listed, paid and announced', async () => {
  const sim = await simulate();
  const made = await sim.request('POST', '/v1/payment_intents', { amount: '1000', currency: 'usd' }, 'make');
  const path = `/v1/payment_intents/${made.body.id}`;
  const updates: number[] = [];
  for (let n = 1; n <= 7; n++) {
    const { body } = await confirmed(sim, path, 'tok_chargeDeclined');
    const { charge } = body.error as { charge: string };
    updates.push((await sim.request('POST', `/v1/charges/${charge}`, fullMetadata(loud(500)), `update ${n}`)).status);
    sim.move(1_000);
  }

  expect(updates).toEqual([200, 200, 200, 400, 400, 400, 400]);
  const paid = await confirmed(sim, path, 'tok_visa');
  expect(paid.body).toMatchObject({ status: 'succeeded', amount_received: 1_000 });
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  for (const list of [path, '/v1/charges', '/v1/events']) expect((await sim.request('GET', list)).status).toBe(200);
  expect(sim.world.failures).toEqual([]);
  expect(await audit(sim)).toEqual([]);
});
