/** Removes items whose time has come, as DynamoDB's time to live does: some time after it, and in small commits that let requests through. */
import type { TableName } from '../../../functions/table/table.ts';
import { prepared } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { INDEXED } from './item.ts';

const ITEMS_PER_COMMIT = 100;

/**
 * Removes the items of the tables whose `expiresAt` (seconds) has come, and returns how many there were. The template names the tables. The payments table
 * cannot be one: its removals would have to be in its stream.
 */
export async function removeExpired(store: Store, tables: readonly TableName[], nowSeconds: number): Promise<number> {
  if (tables.includes(INDEXED)) throw new Error(`items of the table ${INDEXED} do not expire`);
  let removed = 0;
  for (const table of tables) {
    const sql = `DELETE FROM ${table} WHERE (pk, sk) IN (SELECT pk, sk FROM ${table} WHERE expires <= ? ORDER BY expires LIMIT ?)`;
    for (let last = ITEMS_PER_COMMIT; last === ITEMS_PER_COMMIT; removed += last)
      last = await store.commit((db) => Number(prepared(db, sql).run(nowSeconds, ITEMS_PER_COMMIT).changes), {
        patient: true,
      });
  }
  return removed;
}
