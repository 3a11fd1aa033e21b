/**
 * Lists of what belongs to one object (the refunds of a payment, what a customer has): by the sparse index, which follows a write within
 * milliseconds to seconds, and by the newest objects themselves, so that a list shows what was just written (I17).
 */
import { type Aggregate, type Kind, linkSort, recordById } from '../table/record.ts';
import { itemsIn, withAhead } from '../table/shards.ts';
import type { Table } from '../table/table.ts';
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
  const [{ after, before }, newest] = await Promise.all([
    cursorsOf(params, kind.object, (id) => recordById(table, kind, caller.scope, id)),
    newestRecords(table, kind, caller, NEWEST),
  ]);
  const newestFirst = before === undefined;
  const range = rangeOf(params.created, after, before);
  const ahead = newest.filter((value) => kind.link?.(value) === partition).map(({ body }) => body);
  const indexed = {
    index: 'links',
    pk: partition,
    newestFirst,
    from: linkSort(kind, range.from ?? ''),
    to: linkSort(kind, range.to ?? '~'),
    // One more item shows whether there is a next page, and the cursor's own item may come first.
    limit: limit + 2,
  } as const;
  const walk = withAhead(itemsIn(table, 'payments', indexed, range.except), ahead, { range, newestFirst });
  return pageOfWalk(loaded(table, kind, caller.scope, walk, limit + 1), { limit, newestFirst, ...(keep && { keep }) });
}
