/** A second opinion on our tables: AWS's own engine, where there is a Java to run it. */
import { expect, it, type TestContext } from 'vitest';
import { absent, missing, present, type Write } from '../../functions/table/table.ts';
import { compareWith, OURS } from '../world/compare-tables.ts';
import { dynamoDbLocal, javaVersion, startDynamoDbLocal } from '../world/dynamodb-local.ts';
import { engineTable } from '../world/engine-table.ts';
import { skipped } from '../world/skip.ts';
import { embeddedTable } from '../world/store-table.ts';
import { carryOut } from '../world/table-commands.ts';

async function withEngine(context: TestContext, run: (endpoint: string) => Promise<void>): Promise<void> {
  if ((await javaVersion()) === undefined) return skipped(context, 'there is no Java 17 or later here');
  const home = await dynamoDbLocal();
  if (home === undefined) return skipped(context, 'DynamoDB Local is not here yet, and npm cannot reach a registry');
  const engine = await startDynamoDbLocal(home);
  try {
    await run(engine.endpoint);
  } finally {
    await engine.stop();
  }
}

it.for(OURS)(
  'the %s table answers random commands as DynamoDB Local does',
  { timeout: 180_000 },
  async ([, make], context) => {
    await withEngine(context, (endpoint) =>
      // Its capacity figures are rough: units are compared with the emulator instead.
      compareWith(endpoint, make, { runs: 40, seed: 20261125, units: false }),
    );
  },
);

const key = { pk: 'p', sk: 's' };
const put = (item: object, when = absent): Write => ({
  kind: 'put',
  table: 'payments',
  item: { ...key, ...item },
  when,
});
const update = (parts: object, when = present): Write => ({ kind: 'update', table: 'payments', key, when, ...parts });
const large = 'x'.repeat(400 * 1024);
/** In this order, on one table: the first one is stored. DynamoDB Local takes one item twice in a transaction, which DynamoDB refuses. */
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

it('the embedded table refuses what DynamoDB Local refuses', { timeout: 180_000 }, async (context) => {
  await withEngine(context, async (endpoint) => {
    const [engine, ours] = [await engineTable(endpoint), embeddedTable()];
    const answers = [];
    for (const [what, ...writes] of COMMITS) {
      const command = { kind: 'commit', writes: writes as [Write, ...Write[]] } as const;
      const theirs = await carryOut(engine.table, command);
      answers.push(theirs);
      expect([what, await carryOut(ours, command)]).toEqual([what, theirs]);
    }
    await engine.drop();
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(2);
  });
});
