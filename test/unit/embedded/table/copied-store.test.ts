import { expect, it } from 'vitest';
import { memoryStore } from '../../../../bin/embedded/store/store.ts';
import { storeTable } from '../../../../bin/embedded/table/store-table.ts';
import { absent } from '../../../../functions/table/table.ts';
import { opened, rowsOf } from '../../../world/copied-store.ts';
import { memoryTable } from '../../../world/memory-table.ts';

const put = (n: number) =>
  ({ kind: 'put', table: 'payments', item: { pk: 'p', sk: `${n}`, doc: new Uint8Array([n]) }, when: absent }) as const;

it('of many tables at a time each keeps its own content, and goes on', async () => {
  const tables = Array.from({ length: 450 }, () => memoryTable());
  for (const [n, table] of tables.entries()) await table.commit(put(n % 256));
  for (const [n, table] of tables.entries()) await table.commit(put(300 + (n % 256)));

  const found = tables.map((table) => table.items('payments').map(({ sk }) => Number(sk)));

  expect(found).toEqual(tables.map((_, n) => [n % 256, 300 + (n % 256)].sort((a, b) => (`${a}` < `${b}` ? -1 : 1))));
});

it('without the bytes of a database, its rows make the same one', async () => {
  const store = memoryStore();
  const table = storeTable(store);
  await table.commit(put(1));
  await table.commit({ ...put(1), item: { pk: 'p', sk: '1', lpk: 'l', lsk: 's' }, when: { is: 'present' } });
  await table.commit({ ...put(2), table: 'ledger' });
  const rows = store.read(rowsOf);

  const db = opened(rows);

  expect(rowsOf(db)).toEqual(rows);
  expect(rows.flatMap((each) => (each.rows.length > 0 ? [`${each.table} ${each.rows.length}`] : []))).toEqual([
    'payments 1',
    'ledger 1',
    'changes 2',
  ]);
});
