/** Writing and confirming a payout file breaks at each of its awaits. Done again, each payout was in one file and left the bank once (I10). */
import { expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { everyAwait } from '../../scenarios/every-await.ts';
import {
  confirmFile,
  ordered,
  payoutsOf,
  readFile,
  transfersIn,
  withFileBank,
  writeFile,
} from '../../scenarios/file-payouts.ts';
import type { Simulation } from '../../world/simulation.ts';

const references = (sim: Simulation): readonly string[] =>
  recordsOf(sim.world)
    .payouts.map(({ reference }) => reference)
    .sort();

/** The ids of the files that were written. */
const written = (sim: Simulation): readonly string[] =>
  sim.world.table
    .items('ledger')
    .filter(({ pk, status }) => pk === 'payout-files#test' && status === 'written')
    .map(({ sk }) => sk);

it('a file that breaks off while it is written is ended by the next call, and no payout is in two', async () => {
  const from = await withFileBank();
  await ordered(from, 500, 600);

  await everyAwait({ from, operation: (sim) => writeFile(sim), atLeast: 12 }, async (sim) => {
    await ordered(sim, 700);
    await writeFile(sim);
    await writeFile(sim);

    const contents = await Promise.all(written(sim).map((id) => readFile(sim, id)));
    expect(contents.flatMap(({ content }) => transfersIn(content)).sort()).toEqual(references(sim));
    for (const id of written(sim)) await confirmFile(sim, id);
    expect(new Set(Object.values(payoutsOf(sim)))).toEqual(new Set(['paid']));
    expect(await audit(sim)).toEqual([]);
  });
});

/** Runs `other` once, at the point `at` of writing a file; the number of points. */
async function writtenBeside(sim: Simulation, at: number, other: () => Promise<unknown>): Promise<number> {
  let passed = 0;
  sim.onPoint = async () => {
    passed += 1;
    if (passed !== at) return;
    const { onPoint } = sim;
    sim.onPoint = undefined;
    await other();
    sim.onPoint = onPoint;
  };
  await writeFile(sim);
  sim.onPoint = undefined;
  return passed;
}

it('while a file is written another order comes and is claimed: none is in a file and not in its bytes', async () => {
  const from = await withFileBank();
  await ordered(from, 500);
  let points = 1;
  for (let at = 1; at <= points; at++) {
    // The other call dies at each of its awaits, or ends.
    for (let n = 1, broke = true; broke; n += 1) {
      const sim = from.fork();
      const passed = await writtenBeside(sim, at, async () => {
        await ordered(sim, 700);
        broke = (await sim.broken({ n, how: 'dies' }, () => writeFile(sim))) >= n;
        await ordered(sim, 800);
      });
      if (passed < at) break;
      points = Math.max(points, passed);
      await writeFile(sim);

      const contents = await Promise.all(written(sim).map((id) => readFile(sim, id)));
      const where = `at ${at}, the other dies at ${n}`;
      expect([where, contents.flatMap(({ content }) => transfersIn(content)).sort()]).toEqual([where, references(sim)]);
      expect(await audit(sim)).toEqual([]);
    }
  }
  expect(points).toBeGreaterThan(12);
});

it('a confirmation that breaks off is ended by the next one', async () => {
  const from = await withFileBank();
  const [a, b] = await ordered(from, 500, 600);
  const { file } = await writeFile(from);
  const failed = `${a}:account_closed`;

  await everyAwait({ from, operation: (sim) => confirmFile(sim, file!.id, failed), atLeast: 12 }, async (sim) => {
    await confirmFile(sim, file!.id, failed);

    expect(payoutsOf(sim)).toEqual({ [a!]: 'failed account_closed', [b!]: 'paid' });
    expect(await audit(sim)).toEqual([]);
  });
});

it('a confirmation that breaks off and is not repeated is carried on for the orders that it reached', async () => {
  const from = await withFileBank();
  await ordered(from, 500, 600);
  const { file } = await writeFile(from);

  await everyAwait(
    { from, operation: (sim) => confirmFile(sim, file!.id), atLeast: 12, hows: ['dies'] },
    async (sim) => {
      for (let hour = 0; hour < 3; hour++) {
        sim.move(3_600_000);
        await sim.janitor();
        await sim.world.runQueues();
      }

      expect(await audit(sim)).toEqual([]);
    },
  );
});

it('an order that breaks off is made once', async () => {
  const from = await withFileBank();
  const { body } = await from.request('POST', '/v1/payouts', { amount: '500', currency: 'usd' }, 'p');
  await from.world.runQueues();
  from.move(121_000);

  await everyAwait({ from, operation: (sim) => sim.janitor(), atLeast: 8 }, async (sim) => {
    for (let minute = 0; minute < 4; minute++) {
      sim.move(61_000);
      await sim.janitor();
      await sim.world.runQueues();
    }

    expect(payoutsOf(sim)).toEqual({ [String(body.id)]: 'in_transit' });
    expect(transfersIn((await writeFile(sim)).content)).toEqual(references(sim));
    expect(await audit(sim)).toEqual([]);
  });
});
