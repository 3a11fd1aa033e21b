/** Late entries: each is in exactly one batch, however many there are, and is counted once in every reading of the books (I9, I5). */

import { describe, expect, it } from 'vitest';
import { readBooks } from '../../../functions/balance/books.ts';
import { newObjectKey, type ObjectKey } from '../../../functions/kernel/ids.ts';
import { loadPeriod } from '../../../functions/ledger/store.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { PAYMENT, paymentOf } from '../../../functions/payments/store.ts';
import { loadBatches } from '../../../functions/settlement/batch.ts';
import type { Manifest } from '../../../functions/settlement/manifest.ts';
import { postChange } from '../../../functions/stream/consume.ts';
import type { Change } from '../../../functions/stream/kinds.ts';
import { unpackJson } from '../../../functions/table/pack.ts';
import { putRecord } from '../../../functions/table/record.ts';
import { everyAwait } from '../../scenarios/every-await.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
/** 10,000 less 2.9 % and 30. */
const NET = 9_680n;

/** `count` captures as the stream would tell them, without the API in front of them: their commits land when they are posted. */
async function captures(sim: Simulation, count: number): Promise<readonly Change[]> {
  await sim.request('POST', '/v1/payment_intents', pay, `model ${sim.world.clock.nowMs()}`);
  const model = sim.world.table
    .items('payments')
    .filter(({ kind }) => kind === 'payment')
    .map(paymentOf)
    .at(-1)!;
  sim.move(1_000);
  let made = 0;
  const random = (length: number): string => `${sim.world.clock.nowMs() % 100_000}x${made++}`.padStart(length, '0');
  return Array.from({ length: count }, (): Change => {
    const body: ObjectKey = newObjectKey(model.createdMs, random);
    return { kind: 'payment', new: { ...model, body, version: 1 } };
  });
}

const post = async (sim: Simulation, changes: readonly Change[]): Promise<void> => {
  const { table, clock } = sim.world;
  for (const change of changes) {
    await table.commit(putRecord(PAYMENT, change.new as Payment));
    await postChange({ table, clock }, change);
  }
};

const pending = async (sim: Simulation): Promise<bigint> => {
  const { totals } = await readBooks(sim.world.table, sim.scope, 4, sim.world.clock.nowMs());
  return -(totals['usd liab:merchant:pending'] ?? 0n);
};

const batchOf = async (sim: Simulation) => {
  const period = await loadPeriod(sim.world.table, sim.scope);
  const [batch] = await loadBatches(sim.world.table, sim.scope, period!.sealedThroughMs);
  return batch;
};

const inManifests = (sim: Simulation): readonly string[] =>
  [...sim.world.files]
    .filter(([key]) => key.startsWith('manifests/'))
    .flatMap(([, content]) => unpackJson<Manifest>(content).entries);

describe('an outage of the stream', () => {
  it('of a quarter of an hour: what it held up is settled with its own day, every payment once', async () => {
    const sim = await simulate();
    const held = await captures(sim, 1_200);
    await sim.world.runQueues();
    sim.move(15 * 60_000);
    await post(sim, held);
    expect(await pending(sim)).toBe(1_201n * NET);

    await sim.settle();
    await sim.world.runQueues();

    expect(await batchOf(sim)).toMatchObject({ net: 1_201n * NET, paidOut: 1_201n * NET });
    expect(await pending(sim)).toBe(0n);
    expect(new Set(inManifests(sim)).size).toBe(inManifests(sim).length);
    expect(sim.world.table.items('ledger').filter(({ pk }) => pk.endsWith('#late'))).toEqual([]);
  });

  it('over the cut-off: the next day takes all of it, however much', async () => {
    const sim = await simulate();
    const held = await captures(sim, 150);
    await sim.world.runQueues();
    await sim.settle();
    sim.move(60_000);
    await post(sim, held);
    expect(await pending(sim)).toBe(150n * NET);

    sim.move(60_000);
    await sim.settle();
    await sim.world.runQueues();

    expect(await batchOf(sim)).toMatchObject({ net: 150n * NET });
    expect(await pending(sim)).toBe(0n);
  });
});

describe('a seal that breaks off', () => {
  it('at any await, and is made again later, has taken every late entry once', async () => {
    const day = await simulate();
    const held = await captures(day, 3);
    await day.world.runQueues();
    await day.settle();
    day.move(60_000);
    await post(day, held.slice(0, 2));
    day.move(10_000);
    await everyAwait({ from: day, operation: (sim) => sim.settle(), hows: ['dies'], atLeast: 30 }, async (sim) => {
      // One more comes before the next attempt, so that it is another manifest.
      await post(sim, held.slice(2));
      expect(await pending(sim)).toBeOneOf([3n * NET, NET]);
      sim.move(60_000);
      await sim.settle();
      sim.move(60_000);
      await sim.settle();

      expect(await pending(sim)).toBe(0n);
      expect(sim.world.table.items('ledger').filter(({ pk }) => pk.endsWith('#late'))).toEqual([]);
      const paidOut = [...sim.bank.orders.values()].reduce((sum, { order }) => sum + order.amount, 0n);
      expect(paidOut).toBe(4n * NET);
    });
  });
});
