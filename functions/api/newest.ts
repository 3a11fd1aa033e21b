/** The newest objects of a kind, strongly consistent: what an index or the stream may not list yet. */
import { shardsOf } from '../kernel/ids.ts';
import { type Aggregate, type Kind, partitionOf, recordOf } from '../table/record.ts';
import { isCopiedBack } from '../table/stream.ts';
import type { Item, Table } from '../table/table.ts';
import type { Caller } from './operation.ts';

/** How many objects of each shard. */
export interface Newest {
  /** As many, whatever their age. */
  readonly least: number;
  /** With those made since then, in the order of object keys. Absent: no more. */
  readonly since?: string;
  /** Where more were made since then: no page after so many. */
  readonly most?: number;
  /** Without those that a restore copied back and nothing has changed since: what they announce was announced before. */
  readonly unrestored?: true;
}

/** The newest objects of a kind, in no order. */
export async function newestRecords<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  { scope, settings }: Pick<Caller, 'scope' | 'settings'>,
  newest: Newest,
): Promise<readonly T[]> {
  const shards = shardsOf(settings.shards).map((shard) => newestOf(table, partitionOf(kind, scope, shard), newest));
  const items = (await Promise.all(shards)).flat();
  return items.filter((item) => !newest.unrestored || !isCopiedBack({ new: item })).map((item) => recordOf(kind, item));
}

async function newestOf(table: Table, pk: string, { least, since, most = least }: Newest): Promise<readonly Item[]> {
  const found: Item[] = [];
  let after: string | undefined;
  do {
    const query = { pk, newestFirst: true, limit: least, ...(after !== undefined && { after }) };
    const page = await table.query('payments', query);
    found.push(...page.items);
    const last = page.items.at(-1);
    after = last && since !== undefined && last.sk >= since && found.length < most ? page.after : undefined;
  } while (after !== undefined);
  return found;
}
