/** Which of some items are not there: what has to be written again. */
import { getAll } from './bulk.ts';
import type { Key, Table, TableName } from './table.ts';

/** Those whose item does not exist, in their order; strongly consistent. */
export async function missingAmong<T>(
  table: Table,
  values: readonly T[],
  itemOf: (value: T) => { readonly table: TableName; readonly key: Key },
): Promise<readonly T[]> {
  const found = await getAll(table, values.map(itemOf));
  return values.filter((_, index) => found[index] === undefined);
}
