/** The rows of items: one SQL table for each table of the product. */
import {
  INDEX_KEYS,
  type Item,
  type Key,
  type Page,
  type Query,
  type TableName,
} from '../../../functions/table/table.ts';
import { type Database, prepared } from '../store/sqlite.ts';
import { decode, type Encoded, encode } from './codec.ts';
import { INDEXED, sizeOf } from './item.ts';

export type Row = Encoded & Key;

const MAXIMUM_PAGE_BYTES = 1024 * 1024;
const INDEX_COLUMNS = Object.values(INDEX_KEYS).flat();

export function findRow(db: Database, table: TableName, { pk, sk }: Key): Encoded | undefined {
  return prepared(db, `SELECT body, bytes FROM ${table} WHERE pk = ? AND sk = ?`).get(pk, sk) as Encoded | undefined;
}

export const removeRow = (db: Database, table: TableName, { pk, sk }: Key): void =>
  void prepared(db, `DELETE FROM ${table} WHERE pk = ? AND sk = ?`).run(pk, sk);

/** Writes the item, which replaces another one or is new, and returns it as it is stored. */
export function putRow(db: Database, table: TableName, item: Item, isNew: boolean): Encoded {
  const encoded = encode(item);
  const expires = typeof item.expiresAt === 'bigint' ? item.expiresAt : null;
  const indexed = table === INDEXED ? INDEX_COLUMNS.map((name) => (item[name] as string | undefined) ?? null) : [];
  prepared(db, isNew ? INSERT[table] : UPDATE[table]).run(
    encoded.body,
    encoded.bytes,
    expires,
    ...indexed,
    item.pk,
    item.sk,
  );
  return encoded;
}

const columnsOf = (table: TableName): readonly string[] => [
  'body',
  'bytes',
  'expires',
  ...(table === INDEXED ? INDEX_COLUMNS : []),
];
const statements = (make: (table: TableName, columns: readonly string[]) => string): Record<TableName, string> =>
  Object.fromEntries(TABLE_NAMES.map((table) => [table, make(table, columnsOf(table))])) as Record<TableName, string>;

/** The tables of the product: the same as in the template (a test compares them). */
export const TABLE_NAMES = [
  'payments',
  'idempotency',
  'events',
  'ledger',
  'channels',
  'vault',
  'cvc',
  'risk',
  'merchants',
  'search',
  'sandbox',
] as const satisfies readonly TableName[];

const INSERT = statements(
  (table, columns) =>
    `INSERT INTO ${table} (${columns.join(', ')}, pk, sk) VALUES (${columns.map(() => '?').join(', ')}, ?, ?)`,
);
const UPDATE = statements(
  (table, columns) => `UPDATE ${table} SET ${columns.map((name) => `${name} = ?`).join(', ')} WHERE pk = ? AND sk = ?`,
);

/** A page of a partition, with the bytes that DynamoDB reads for it. */
export function findPage(
  db: Database,
  table: TableName,
  query: Query,
): { readonly page: Page; readonly bytes: number } {
  const { sql, values } = selection(table, query);
  const items: Item[] = [];
  let bytes = 0;
  let hasMore = false;
  for (const row of prepared(db, sql).iterate(...values)) {
    hasMore = items.length === query.limit || bytes > MAXIMUM_PAGE_BYTES;
    if (hasMore) break;
    const item = query.index
      ? ({ ...row } as unknown as Item)
      : decode(row as unknown as Key, row as unknown as Encoded);
    bytes += sizeOf(item);
    items.push(item);
  }
  const last = items.at(-1);
  // Like DynamoDB, which does not look further once it has as many as it was asked for.
  const mayHaveMore = last !== undefined && (hasMore || items.length === query.limit);
  return { page: { items, ...(mayHaveMore && { after: positionOf(query, last) }) }, bytes };
}

/** On an index the position is its sort key and the item's own key (functions/table/dynamo-request.ts). */
const positionOf = ({ index }: Query, last: Item): string =>
  index === undefined ? last.sk : [last[INDEX_KEYS[index][1]] as string, last.pk, last.sk].join('\n');

function selection(table: TableName, query: Query): { readonly sql: string; readonly values: readonly string[] } {
  const { index, pk, from, to, after, newestFirst } = query;
  const [partition, sort] = index ? INDEX_KEYS[index] : (['pk', 'sk'] as const);
  const columns = index ? `pk, sk, ${partition}, ${sort}` : 'pk, sk, body, bytes';
  const place = index ? `${sort}, pk, sk` : sort;
  const conditions = [`${partition} = ?`, ...(index ? [`${sort} IS NOT NULL`] : [])];
  const values = [pk];
  if (from !== undefined) {
    conditions.push(`${sort} >= ?`);
    values.push(from);
  }
  if (to !== undefined) {
    conditions.push(`${sort} <= ?`);
    values.push(to);
  }
  if (after !== undefined) {
    const seen = index ? after.split('\n') : [after];
    conditions.push(`(${place}) ${newestFirst ? '<' : '>'} (${seen.map(() => '?').join(', ')})`);
    values.push(...seen);
  }
  const order = place
    .split(', ')
    .map((name) => (newestFirst ? `${name} DESC` : name))
    .join(', ');
  return { sql: `SELECT ${columns} FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY ${order}`, values };
}

export const itemOf = (key: Key, row: Encoded | undefined): Item | undefined => row && decode(key, row);

/** Every item of a table, in the order of its keys. */
export function allItems(db: Database, table: TableName): Item[] {
  const rows = prepared(db, `SELECT pk, sk, body, bytes FROM ${table} ORDER BY pk, sk`).all();
  return (rows as unknown as Row[]).map((row) => decode(row, row));
}
