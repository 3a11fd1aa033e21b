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

it('create: whoever takes over the key of a request that died after its only commit has the reply stored', async () => {
  for (let n = 1; n < 20; n++) {
    const sim = await simulate();
    const create = () => sim.request('POST', '/v1/payment_intents', card, 'create');
    await sim.broken({ n, how: 'dies' }, create);
    sim.move(41_000);
    const second = await create();
    await sim.world.runQueues();
    sim.move(41_000);
    await sim.request('POST', `/v1/payment_intents/${String(second.body.id)}/confirm`, {}, 'confirm');
    await sim.world.runQueues();

    const third = await create();

    expect(second.body.status, `await ${n}`).toBe('requires_confirmation');
    expect(third, `await ${n}`).toEqual({ ...second, replayed: true });
  }
});
