/** Which of some items are not there: what has to be written again. */
import type { Key, Table, TableName } from './table.ts';

/** Items asked for in one round trip. */
const ASKED_AT_ONCE = 100;

/** Those whose item does not exist, in their order; strongly consistent. */
export async function absentAmong<T>(
  table: Table,
  values: readonly T[],
  itemOf: (value: T) => { readonly table: TableName; readonly key: Key },
): Promise<readonly T[]> {
  const absent: T[] = [];
  for (let from = 0; from < values.length; from += ASKED_AT_ONCE) {
    const asked = values.slice(from, from + ASKED_AT_ONCE);
    const found = await table.getMany(asked.map(itemOf));
    absent.push(...asked.filter((_, index) => found[index] === undefined));
  }
  return absent;
}
