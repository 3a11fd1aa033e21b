/** A load whose stored state shows which commits it holds: each writes an item of its own, counts on a shared one, and leaves two changes. */
import { prepared } from '../../bin/embedded/store/sqlite.ts';
import { openStore, type Store } from '../../bin/embedded/store/store.ts';
import { newestChange } from '../../bin/embedded/table/changes.ts';
import { storeTable } from '../../bin/embedded/table/store-table.ts';
import { absent, any, present, type Table } from '../../functions/table/table.ts';

const COUNT = { pk: 'count', sk: 'count' };

/** The nth commit, from 1. Commits are stored in the order in which they are made. */
export const commitOf = (table: Table, n: number): Promise<void> =>
  table.commit(
    {
      kind: 'put',
      table: 'payments',
      item: { pk: `p${n % 7}`, sk: String(n), doc: new Uint8Array((n * 37) % 3_000).fill(n % 256) },
      when: absent,
    },
    { kind: 'update', table: 'payments', key: COUNT, add: { n: 1 }, when: any(absent, present) },
  );

/** How many commits the store holds. Throws where one is there in part, or not the first ones. */
export function commitsIn(store: Store): number {
  return store.read((db) => {
    const [{ integrity_check: check }] = db.prepare('PRAGMA integrity_check').all() as [{ integrity_check: string }];
    if (check !== 'ok') throw new Error(`the database is damaged: ${check}`);
    const items = db.prepare("SELECT sk, length(bytes) AS length FROM payments WHERE pk <> 'count'").all();
    const found = items.map(({ sk }) => Number(sk)).sort((a, b) => a - b);
    if (found.some((n, at) => n !== at + 1)) throw new Error(`commits are missing: ${found.join(' ')}`);
    for (const { sk, length } of items)
      if ((length ?? 0) !== (Number(sk) * 37) % 3_000) throw new Error(`commit ${String(sk)} is damaged`);
    const row = prepared(db, "SELECT body FROM payments WHERE pk = 'count'").get();
    const count = row === undefined ? 0 : (JSON.parse(String(row.body)) as { readonly n: number }).n;
    if (count !== found.length || newestChange(db) !== 2 * count)
      throw new Error(`${found.length} items, a count of ${count}, ${newestChange(db)} changes`);
    return count;
  });
}

/** Opens the remains of a store, and returns how many commits it holds. */
export async function commitsLeftIn(directory: string): Promise<number> {
  const store = await openStore(directory);
  try {
    const count = commitsIn(store);
    // It also goes on from there.
    await commitOf(storeTable(store), count + 1);
    if (commitsIn(store) !== count + 1) throw new Error('the store does not go on');
    return count;
  } finally {
    await store.close();
  }
}
