/** The helper behind all crash tests: it breaks an operation at each point, both ways, and fails when it breaks nothing. */
import { expect, it } from 'vitest';
import { absent } from '../../../functions/table/table.ts';
import { everyAwait } from '../../scenarios/every-await.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const put = (sim: Simulation, pk: string) =>
  sim.world.table.commit({ kind: 'put', table: 'idempotency', item: { pk, sk: 's' }, when: absent });
/** Two commits: four points. */
const twoCommits = async (sim: Simulation): Promise<void> => {
  await put(sim, 'one').catch(() => undefined);
  await put(sim, 'two');
};
const stored = (sim: Simulation): string =>
  ['one', 'two'].filter((pk) => sim.world.table.items('idempotency').some((item) => item.pk === pk)).join();

it('gives each state once, also the state of the operation that does not break', async () => {
  const states: [string, string][] = [];
  const from = await simulate();

  await everyAwait({ from, operation: twoCommits, atLeast: 4 }, async (sim, where) => {
    states.push([where, stored(sim)]);
  });

  expect(states).toEqual([
    ['dies at await 1', ''],
    ['dies at await 2', 'one'],
    ['dies at await 4', 'one,two'],
    ['fails at await 1', 'two'],
  ]);
  expect(stored(from)).toBe('');
});

it('breaks only in the ways that a test names', async () => {
  const places: string[] = [];

  await everyAwait({ from: await simulate(), operation: twoCommits, hows: ['fails'], atLeast: 4 }, async (_, where) => {
    places.push(where);
  });

  expect(places).toEqual(['fails at await 1', 'fails at await 2', 'fails at await 3']);
});

it('fails when the operation has fewer points than the test expects', async () => {
  const run = everyAwait({ from: await simulate(), operation: twoCommits, atLeast: 5 }, async () => {});

  await expect(run).rejects.toThrow('points where the operation dies');
});

it('names the point at which the test fails', async () => {
  const run = everyAwait({ from: await simulate(), operation: twoCommits, atLeast: 4 }, async (sim) => {
    if (stored(sim) === 'two') throw new Error('wrong');
  });

  await expect(run).rejects.toThrow('fails at await 1: wrong');
});
