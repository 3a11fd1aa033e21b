/** What settling a reserve costs does not grow with what was ever settled, nor with the payments that are held. Counts, never times. */
import { expect, it } from 'vitest';
import { timeText } from '../../../functions/kernel/ids.ts';
import { putHolds } from '../../../functions/settlement/reserve-store.ts';
import { runStep } from '../../../functions/settlement/step.ts';
import { pack } from '../../../functions/table/pack.ts';
import { absent } from '../../../functions/table/table.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const DAY_MS = 86_400_000;

/** Earlier settlements, one a day, each of which held 1.00; with `dated` as this version writes them, else as 0.1 did. */
async function settledBefore(count: number, dated: boolean): Promise<Simulation> {
  const sim = await simulate();
  const { table, clock } = sim.world;
  const { fees } = await sim.world.payments.settings(sim.scope);
  await sim.agree({ fees: { ...fees, reserveBps: 1_000, reserveDays: 90 } });
  const holds: Record<string, bigint> = {};
  for (let day = 1; day <= count; day++) {
    const throughMs = clock.nowMs() - day * DAY_MS;
    const batch = {
      scope: sim.scope,
      currency: 'usd',
      throughMs,
      net: 1_000n,
      reserve: 100n,
      ...(dated && { withheld: 100n }),
    };
    await table.commit({
      kind: 'put',
      table: 'ledger',
      item: { pk: `${sim.scope}#batch`, sk: `${timeText(throughMs)}#usd`, doc: pack(batch) },
      when: absent,
    });
    if (day < 90) holds[new Date(throughMs + 91 * DAY_MS).toISOString().slice(0, 10)] = 100n;
  }
  const reserve = dated ? Object.values(holds).reduce((sum, amount) => sum + amount, 0n) : BigInt(count) * 100n;
  const balance = { pk: `${sim.scope}#b`, sk: 'usd', available: 0n, reserve, v: 1n };
  await table.commit({ kind: 'put', table: 'ledger', item: balance, when: absent });
  if (dated) await table.commit(putHolds(sim.scope, 'usd', { version: 1, holds }));
  return sim;
}

interface Cost {
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

async function costOfSettling(sim: Simulation, payments: number): Promise<Cost> {
  for (let n = 0; n < payments; n++)
    await sim.request(
      'POST',
      '/v1/payment_intents',
      { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' },
      `pay ${n}`,
    );
  await sim.world.runQueues();
  const { scope, world } = sim;
  const state = { scope, date: '2027-01-15', throughMs: world.clock.nowMs(), force: true, status: 'waiting' } as const;
  sim.move(10_000);
  const sealed = await runStep(world.settlement, 'seal', state);
  expect(sealed.status).toBe('sealed');
  const before = { calls: world.table.calls, ...world.table.consumed };
  await runStep(world.settlement, 'settle', sealed);
  return {
    calls: world.table.calls - before.calls,
    readUnits: world.table.consumed.readUnits - before.readUnits,
    writeUnits: world.table.consumed.writeUnits - before.writeUnits,
  };
}

it('a settlement costs the same after 1,500 days as after 100, and with 30 payments as with one', async () => {
  const few = await costOfSettling(await settledBefore(100, true), 1);
  const many = await costOfSettling(await settledBefore(1_500, true), 30);

  expect(many).toEqual(few);
  expect(few.calls).toBeLessThanOrEqual(9);
});

it('giving dates to what 0.1 holds reads the batches of the term, however many there are', async () => {
  const few = await costOfSettling(await settledBefore(100, false), 1);
  const sim = await settledBefore(1_500, false);
  const many = await costOfSettling(sim, 1);

  expect({ ...many, writeUnits: few.writeUnits }).toEqual(few);
  const released = sim.world.table.items('ledger').filter(({ kind }) => kind === 'reserve_released');
  expect(released).toHaveLength(1);
});
