/**
 * Lists of what belongs to one object (the refunds of a payment, what a customer has): by the sparse index, which follows a write within
 * milliseconds to seconds, and by the newest objects themselves, so that a list shows what was just written (I17).
 */
import { type Aggregate, type Kind, linkSort, recordById } from '../table/record.ts';
import { type Range, withAhead } from '../table/shards.ts';
import type { Item, Query, Table } from '../table/table.ts';
import { cursorsOf, type ListPage, loaded, pageOfWalk, rangeOf } from './list.ts';
import { newestRecords } from './newest.ts';
import type { Caller } from './operation.ts';
import type { ListParams } from './params.ts';

/** Of each shard. The index is not behind by more of a kind. */
const NEWEST = { least: 10 } as const;

/**
 * A page of the aggregates of one kind that are linked to `partition`, newest first. With `keep`, only those that it accepts.
 * @throws 400 resource_missing for a cursor that names nothing of this kind, and for a filter that leaves out all it may look at
 */
export async function listLinked<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  caller: Pick<Caller, 'scope' | 'settings'>,
  partition: string,
  params: ListParams,
  keep?: (value: T) => boolean,
): Promise<ListPage<T>> {
  const { limit } = params;
  const { after, before } = await cursorsOf(params, kind.object, (id) => recordById(table, kind, caller.scope, id));
  const newestFirst = before === undefined;
  const range = rangeOf(params.created, after, before);
  const newest = await newestRecords(table, kind, caller, NEWEST);
  const ahead = newest.filter((value) => kind.link?.(value) === partition).map(({ body }) => body);
  // One more item shows whether there is a next page.
  const indexed = itemsOf(table, kind, { partition, range, newestFirst, limit: limit + 2 });
  const walk = withAhead(indexed, ahead, { range, newestFirst });
  return pageOfWalk(loaded(table, kind, caller.scope, walk, limit + 1), { limit, newestFirst, ...(keep && { keep }) });
}

const LARGEST_PAGE = 500;

interface Indexed {
  readonly partition: string;
  readonly range: Range;
  readonly newestFirst: boolean;
  readonly limit: number;
}

/** The items in the index, in pages that grow: a caller that keeps reading has a filter that rejects most items. */
async function* itemsOf(
  table: Table,
  kind: Pick<Kind<never>, 'letter'>,
  { partition, range, newestFirst, limit }: Indexed,
): AsyncGenerator<Item, void> {
  const { from, to, except } = range;
  const query: Query = {
    index: 'links',
    pk: partition,
    newestFirst,
    from: linkSort(kind, from ?? ''),
    to: linkSort(kind, to ?? '~'),
  };
  let after: string | undefined;
  let size = limit;
  do {
    const page = await table.query('payments', { ...query, limit: size, ...(after !== undefined && { after }) });
    size = Math.min(size * 2, LARGEST_PAGE);
    for (const item of page.items) if (item.sk !== except) yield item;
    after = page.after;
  } while (after !== undefined);
}
