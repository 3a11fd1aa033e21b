import { expect, it } from 'vitest';
import { listShards } from '../../../functions/api/list.ts';
import type { Item, Table } from '../../../functions/table/table.ts';
import { memoryTable } from '../../world/memory-table.ts';

const PARTITIONS = ['scope#x#0', 'scope#x#1'];

/** Objects 1 to `count`, the newest last, over two shards; those whose number `marks` names are marked. */
async function objects(count: number, marks: (n: number) => boolean): Promise<{ table: Table; queries: () => number }> {
  const table = memoryTable();
  for (let n = 1; n <= count; n++) {
    const item = { pk: PARTITIONS[n % 2]!, sk: String(n).padStart(8, '0'), marked: marks(n) };
    await table.commit({ kind: 'put', table: 'events', item, when: { is: 'absent' } });
  }
  let queries = 0;
  table.onCall = ({ operation, when }) => {
    if (operation === 'query' && when === 'before') queries += 1;
  };
  return { table, queries: () => queries };
}

const marked = (table: Table, limit: number, after?: string) =>
  listShards(table, {
    tableName: 'events',
    partitions: PARTITIONS,
    params: { limit, ...(after !== undefined && { starting_after: after }) },
    skOf: (id) => id,
    exists: async () => true,
    object: 'thing',
    decode: (item: Item) => ({ id: item.sk, marked: item.marked }),
    keep: (thing) => thing.marked === true,
  });

it('a filter that matches little reads ever larger pages', async () => {
  const { table, queries } = await objects(2_000, (n) => n === 1);

  expect(await marked(table, 10)).toEqual({ items: [{ id: '00000001', marked: true }], hasMore: false });
  expect(queries()).toBeLessThan(20);
});

it('a filter that has matched something in 5,000 objects answers that, and where to go on', async () => {
  const { table } = await objects(5_002, (n) => n === 5_000 || n === 1);

  const first = await marked(table, 10);

  expect(first).toEqual({ items: [{ id: '00005000', marked: true }], hasMore: true });
  expect(await marked(table, 10, '00005000')).toEqual({ items: [{ id: '00000001', marked: true }], hasMore: false });
});

it('a filter that has matched nothing in 5,000 objects is refused, before the function runs out of time', async () => {
  const { table } = await objects(5_002, (n) => n === 1);

  await expect(marked(table, 10)).rejects.toMatchObject({ status: 400, body: { param: 'created' } });
});
