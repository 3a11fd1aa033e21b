/** Runs the same random commands on the embedded table and on a real engine: every answer and every count of units must be the same. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { absent, missing, present, type Write } from '../../functions/table/table.ts';
import { engineTable } from './engine-table.ts';
import { memoryTable } from './memory-table.ts';
import { carryOut, commands } from './table-commands.ts';

/** `units`: also compare write units, where the engine counts them as DynamoDB does. */
export async function compareWith(
  endpoint: string,
  options: { readonly runs: number; readonly seed: number; readonly units: boolean },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const engine = await engineTable(endpoint);
      const ours = memoryTable();
      try {
        for (const command of list) {
          const [answer, theirs] = [await carryOut(ours, command), await carryOut(engine.table, command)];
          expect(answer).toEqual(theirs);
          if (options.units && theirs === 'done')
            expect([command, ours.consumed.writeUnits]).toEqual([command, engine.table.consumed.writeUnits]);
          // A failed condition costs units that its answer does not tell.
          ours.consumed.writeUnits = engine.table.consumed.writeUnits;
        }
      } finally {
        await engine.drop();
      }
    }),
    { numRuns: options.runs, seed: options.seed },
  );
}

const key = { pk: 'p', sk: 's' };
const put = (item: object, when = absent): Write => ({
  kind: 'put',
  table: 'payments',
  item: { ...key, ...item },
  when,
});
const update = (parts: object, when = present): Write => ({ kind: 'update', table: 'payments', key, when, ...parts });
const large = 'x'.repeat(400 * 1024);
/** In this order, on one table: the first and the last are stored. DynamoDB Local takes one item twice in a transaction, which DynamoDB refuses. */
const COMMITS: readonly (readonly [string, ...Write[]])[] = [
  ['an item', put({ text: 'x', n: 1, lpk: 'l', lsk: 'm' })],
  ['an index key that is a number', put({ sk: 'a', lpk: 1 })],
  ['an index key that is empty', put({ sk: 'a', msk: '' })],
  ['an index key that is a number, under a condition that fails', put({ lsk: 1 })],
  ['an update to an index key that is a number', update({ set: { lsk: 1 } })],
  ['an item over 400 KB', put({ sk: 'a', large })],
  ['an item over 400 KB, under a condition that fails', put({ large })],
  ['an update that makes an item larger than 400 KB', update({ set: { large } })],
  ['an update that sets and removes one attribute', update({ set: { text: 'y' }, remove: ['text'] })],
  ['an update of a key attribute', update({ set: { sk: 'y' } })],
  ['an add to a text', update({ add: { text: 1 } })],
  ['an add to a text, under a condition that fails', update({ add: { text: 1 } }, missing('text'))],
  ['an add of members to a number', update({ add: { n: new Set(['a']) } })],
  ['an empty key', put({ sk: '' })],
  ['a sort key of 1,025 bytes', put({ sk: 'x'.repeat(1_025) })],
  ['a partition key of 2,050 bytes', put({ pk: 'ü'.repeat(1_025) })],
  ['101 items', ...Array.from({ length: 101 }, (_, n) => put({ sk: `${n}` }))],
  ['more than 4 MB', ...Array.from({ length: 11 }, (_, n) => put({ sk: `${n}`, large: 'x'.repeat(390_000) }))],
  ['100 items', ...Array.from({ length: 100 }, (_, n) => put({ sk: `${n}` }))],
];

/** Commits that break DynamoDB's rules: the engine refuses each, and so does the embedded table. */
export async function compareRefusals(endpoint: string): Promise<void> {
  const [engine, ours] = [await engineTable(endpoint), memoryTable()];
  try {
    const answers = [];
    for (const [what, ...writes] of COMMITS) {
      const command = { kind: 'commit', writes: writes as [Write, ...Write[]] } as const;
      const theirs = await carryOut(engine.table, command);
      answers.push(theirs);
      expect([what, await carryOut(ours, command)]).toEqual([what, theirs]);
    }
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(2);
  } finally {
    await engine.drop();
  }
}
