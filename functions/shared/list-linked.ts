/** Lists of what belongs to one object (the refunds of a payment, what a customer has): by the sparse index, which is seconds behind at most. */
import { bothCursors, noSuchReference } from './errors.ts';
import type { Scope } from './ids.ts';
import { type ListPage, rangeOf } from './list.ts';
import type { ListParams } from './params.ts';
import { type Aggregate, type Kind, linkSort, recordById, recordOf } from './record.ts';
import type { Key, Table } from './table.ts';

/**
 * A page of the aggregates of one kind that are linked to `partition`, newest first; with `keep` those of them that it keeps, for what
 * belongs to one object is few enough to look through.
 * @throws 400 resource_missing for a cursor that names nothing of this kind
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
  const bodyOf = async (param: 'starting_after' | 'ending_before'): Promise<string | undefined> => {
    const id = params[param];
    if (id === undefined) return undefined;
    const named = await recordById(table, kind, scope, id);
    if (!named) throw noSuchReference(kind.object, id, param);
    return named.body;
  };
  const [after, before] = await Promise.all([bodyOf('starting_after'), bodyOf('ending_before')]);
  if (after !== undefined && before !== undefined) throw bothCursors();
  const newestFirst = before === undefined;
  const { from, to, except } = rangeOf(params.created, after, before);
  const found: T[] = [];
  let more: string | undefined;
  do {
    const page = await table.query('payments', {
      index: 'links',
      pk: partition,
      newestFirst,
      // The cursor's own item comes first; one more tells whether there is more.
      limit: limit + 2,
      from: linkSort(kind, from ?? ''),
      to: linkSort(kind, to ?? '~'),
      ...(more !== undefined && { after: more }),
    });
    const keys = page.items.map(({ pk, sk }) => ({ pk, sk })).filter(({ sk }) => sk !== except);
    const read = await readAll<T>(table, keys.slice(0, limit));
    if (!keep) return { items: newestFirst ? read : read.reverse(), hasMore: keys.length > limit };
    found.push(...[...read, ...(await readAll<T>(table, keys.slice(limit)))].filter(keep));
    more = page.after;
  } while (found.length <= limit && more !== undefined);
  const items = found.slice(0, limit);
  return { items: newestFirst ? items : items.reverse(), hasMore: found.length > limit };
}

async function readAll<T>(table: Table, keys: readonly Key[]): Promise<T[]> {
  const items = await table.getMany(keys.map((key) => ({ table: 'payments', key })));
  return items.flatMap((item) => (item ? [recordOf<T>(item)] : []));
}
