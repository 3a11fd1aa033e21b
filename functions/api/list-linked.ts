/** Lists of what belongs to one object (the refunds of a payment, what a customer has): by the sparse index, which is seconds behind at most. */
import type { Scope } from '../kernel/ids.ts';
import { type Aggregate, type Kind, linkSort, recordById, recordOf } from '../table/record.ts';
import type { Query, Table } from '../table/table.ts';
import { cursorsOf, type ListPage, loaded, pageOfWalk, rangeOf } from './list.ts';
import type { ListParams } from './params.ts';

/**
 * A page of the aggregates of one kind that are linked to `partition`, newest first. With `keep`, only those that it accepts.
 * @throws 400 resource_missing for a cursor that names nothing of this kind, and for a filter that leaves out all it may look at
 */
export async function listLinked<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  scope: Scope,
  partition: string,
  params: ListParams,
  keep?: (value: T) => boolean,
): Promise<ListPage<T>> {
  const { limit } = params;
  const { after, before } = await cursorsOf(params, kind.object, (id) => recordById(table, kind, scope, id));
  const newestFirst = before === undefined;
  const { from, to, except } = rangeOf(params.created, after, before);
  const query: Query = {
    index: 'links',
    pk: partition,
    newestFirst,
    // The cursor's own item comes first. One more item shows whether there is a next page.
    limit: limit + 2,
    from: linkSort(kind, from ?? ''),
    to: linkSort(kind, to ?? '~'),
  };
  if (keep) {
    const walk = loaded(table, kind, scope, bodiesOf(table, query, except), limit + 1);
    return pageOfWalk(walk, { limit, newestFirst, keep });
  }
  const page = await table.query('payments', query);
  const keys = page.items.map(({ pk, sk }) => ({ pk, sk }));
  const behind = keys.filter(({ sk }) => sk !== except);
  const listed = behind.slice(0, limit);
  const items = await table.getMany(listed.map((key) => ({ table: 'payments', key })));
  const found = items.filter((item) => item !== undefined).map((item) => recordOf(kind, item));
  return { items: newestFirst ? found : found.reverse(), hasMore: behind.length > limit };
}

const LARGEST_PAGE = 500;

/** The object keys in the index, in pages that grow: a caller that keeps reading has a filter that rejects most items. */
async function* bodiesOf(table: Table, query: Query, except: string | undefined): AsyncGenerator<string> {
  let after: string | undefined;
  let limit = query.limit!;
  do {
    const page = await table.query('payments', { ...query, limit, ...(after !== undefined && { after }) });
    limit = Math.min(limit * 2, LARGEST_PAGE);
    for (const { sk } of page.items) if (sk !== except) yield sk;
    after = page.after;
  } while (after !== undefined);
}
