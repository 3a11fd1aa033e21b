/** Reading more than one round trip holds. */
import type { Item, Key, Query, Table, TableName } from './table.ts';

/** Items of one BatchGetItem (docs.aws.amazon.com: Service quotas). */
const LARGEST_BATCH = 100;

/** The items at the keys, in their order, undefined where there is none; strongly consistent. */
export async function getAll(
  table: Table,
  reads: readonly { readonly table: TableName; readonly key: Key }[],
): Promise<readonly (Item | undefined)[]> {
  const items: (Item | undefined)[] = [];
  for (let from = 0; from < reads.length; from += LARGEST_BATCH)
    items.push(...(await table.getMany(reads.slice(from, from + LARGEST_BATCH))));
  return items;
}

/** The pages of a query, one after the other. */
export async function* pagesOf(
  table: Table,
  name: TableName,
  query: Omit<Query, 'after'>,
): AsyncGenerator<readonly Item[], void> {
  let after: string | undefined;
  do {
    const page = await table.query(name, { ...query, ...(after !== undefined && { after }) });
    yield page.items;
    after = page.after;
  } while (after !== undefined);
}
