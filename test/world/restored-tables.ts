/** Tables as they were at a moment, put back as `npm run restore -- --exact` does it: what was made since is gone, payments carry the mark. */
import { isDeepStrictEqual } from 'node:util';
import { RESTORED } from '../../functions/table/stream.ts';
import { type Item, type Key, present, type TableName } from '../../functions/table/table.ts';
import type { MemoryTable } from './memory-table.ts';

export type Moment = ReadonlyMap<TableName, readonly Item[]>;

export const momentOf = (table: MemoryTable, names: readonly TableName[]): Moment =>
  new Map(names.map((name) => [name, table.items(name)]));

const nameOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

export async function restoreTo(table: MemoryTable, moment: Moment): Promise<void> {
  for (const [name, items] of moment) {
    const wanted = new Map(items.map((item) => [nameOf(item), item]));
    for (const item of table.items(name)) {
      const then = wanted.get(nameOf(item));
      if (isDeepStrictEqual(then, item)) wanted.delete(nameOf(item));
      else await table.commit({ kind: 'delete', table: name, key: item, when: present });
    }
    for (const { w: _, ...item } of wanted.values()) {
      const marked = { ...item, ...(name === 'payments' && { [RESTORED]: 'moment' }) } as Item;
      await table.commit({ kind: 'put', table: name, item: marked, when: { is: 'absent' } });
    }
  }
}
