/** What a stack that has stopped left in its directory, as the tables of tests. */
import { openStore } from '../../bin/embedded/store/store.ts';
import { allItems, TABLE_NAMES } from '../../bin/embedded/table/rows.ts';
import type { Scope } from '../../functions/kernel/ids.ts';
import type { MemoryTable } from './memory-table.ts';

export type Tables = Pick<MemoryTable, 'items'>;

export async function tablesOf(directory: string): Promise<Tables> {
  const store = await openStore(directory);
  try {
    const all = new Map(TABLE_NAMES.map((name) => [name, store.read((db) => allItems(db, name))]));
    return { items: (name) => all.get(name)! };
  } finally {
    await store.close();
  }
}

/** The part that is one merchant's. */
export const ofScope = (tables: Tables, scope: Scope): Tables => ({
  items: (name) => tables.items(name).filter(({ pk }) => pk.startsWith(scope)),
});
