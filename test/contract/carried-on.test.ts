/** A request dies between its commit and the note of it. The same request sent again under its key makes the note (I17, ADR 0007). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Table } from '../../functions/table/table.ts';
import { heldBack, typesOf } from '../scenarios/held-back.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

const INTENT = { amount: '1000', currency: 'usd' };
const MINUTE = 60_000;

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate();
});
const { post, events, sameOnceProjected, notes } = heldBack(() => sim);

describe('a request that dies between its commit and the note', () => {
  /** The next write of this kind is made, and then the function dies. */
  const dyingAfter = (kind: string): void => {
    const { table } = sim.world;
    const commit: Table['commit'] = table.commit.bind(table);
    table.commit = async (...writes) => {
      await commit(...writes);
      if (!writes.some((write) => write.kind === 'put' && write.table === 'payments' && write.item.kind === kind))
        return;
      table.commit = commit;
      throw new Error('the function died');
    };
  };
  const diesOnce = async (kind: string, path: string, params: Record<string, string>) => {
    dyingAfter(kind);
    expect((await sim.request('POST', path, params, 'key')).status).toBe(500);
    sim.move(5);
    return post(path, params, 'key');
  };

  it.each([
    ['customer', '/v1/customers', { name: 'Payer' }, 'customer.created'],
    ['product', '/v1/products', { name: 'Chair' }, 'product.created'],
    ['setup', '/v1/setup_intents', {}, 'setup_intent.created'],
  ])('of a %s: the same request sent again makes the note', async (kind, path, params, type) => {
    await diesOnce(kind, path, params);

    expect(notes()).toHaveLength(1);
    expect(typesOf(await events())).toEqual([type]);
    await sameOnceProjected();
  });

  it('of a refund: every event is listed once the same request was sent again', async () => {
    const { id } = await post('/v1/payment_intents', { ...INTENT, payment_method: 'pm_card_visa', confirm: 'true' });
    await sim.world.runQueues();
    sim.move(60 * MINUTE);
    await diesOnce('refund', '/v1/refunds', { payment_intent: String(id) });

    expect(typesOf(await events()).filter((type) => type.startsWith('refund.created'))).toHaveLength(1);
  });

  it('of an update: its event is listed, too', async () => {
    const { id } = await post('/v1/customers', { name: 'First' });
    await sim.world.runQueues();
    sim.move(60 * MINUTE);
    await diesOnce('customer', `/v1/customers/${String(id)}`, { name: 'Second' });

    const before = typesOf(await events());
    await sim.world.runQueues();
    expect(before).toEqual(typesOf(await events()));
  });
});

describe('a request that dies between the note of its commit and its reply', () => {
  /** The reply is not kept, and the function dies. The lease of its key ends. */
  const diesBeforeReply = async (path: string, params: Record<string, string>) => {
    const { table } = sim.world;
    const commit: Table['commit'] = table.commit.bind(table);
    table.commit = async (...writes) => {
      if (writes.some((write) => write.kind === 'update' && write.set && 'reply' in write.set))
        throw new Error('the function died');
      await commit(...writes);
    };
    expect((await sim.request('POST', path, params, 'key')).status).toBe(500);
    table.commit = commit;
    sim.move(41_000);
  };

  it('of an update: the event shows what it changed as before when the same request is sent again', async () => {
    const { id } = await post('/v1/customers', { name: 'First' });
    await sim.world.runQueues();
    sim.move(60 * MINUTE);
    const path = `/v1/customers/${String(id)}`;
    await diesBeforeReply(path, { name: 'Second' });
    const before = await events();
    expect(before[0]).toMatchObject({ data: { previous_attributes: { name: 'First' } } });

    await post(path, { name: 'Second' }, 'key');

    expect(await events()).toEqual(before);
    await sameOnceProjected();
  });
});
