/** Lists of what belongs to one object (the refunds of a payment, what a customer has): by the sparse index, which is seconds behind at most. */
import { bothCursors, noSuchReference, tooManyLookedAt } from './errors.ts';
import type { Scope } from './ids.ts';
import { type ListPage, rangeOf } from './list.ts';
import type { ListParams } from './params.ts';
import { type Aggregate, type Kind, linkSort, recordById, recordOf } from './record.ts';
import type { Table } from './table.ts';

/** Objects that a filtered list looks at in one call: it answers in time whatever the filter leaves out. */
const LOOKED_AT = 5_000;

/**
 * A page of the aggregates of one kind that are linked to `partition`, newest first; with `keep` only of those.
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
  const found: T[] = [];
  let bounds = rangeOf(params.created, after, before);
  let looked = 0;
  for (;;) {
    const { from, to, except } = bounds;
    const page = await table.query('payments', {
      index: 'links',
      pk: partition,
      newestFirst,
      // The cursor's own item comes first; one more tells whether there is more.
      limit: limit + 2,
      from: linkSort(kind, from ?? ''),
      to: linkSort(kind, to ?? '~'),
    });
    const behind = page.items.map(({ pk, sk }) => ({ pk, sk })).filter(({ sk }) => sk !== except);
    const keys = behind.slice(0, limit);
    const items = await table.getMany(keys.map((key) => ({ table: 'payments', key })));
    const records = items.filter((item) => item !== undefined).map((item) => recordOf<T>(item));
    found.push(...(keep ? records.filter(keep) : records));
    looked += keys.length;
    const isLast = behind.length <= limit;
    const isFull = keep ? found.length > limit : found.length >= limit;
    if (looked >= LOOKED_AT && !isLast && found.length === 0) throw tooManyLookedAt(LOOKED_AT);
    if (isLast || isFull || looked >= LOOKED_AT) {
      const shown = found.slice(0, limit);
      return { items: newestFirst ? shown : shown.reverse(), hasMore: !isLast || found.length > limit };
    }
    const last = keys.at(-1)!.sk;
    bounds = newestFirst ? { ...bounds, to: last, except: last } : { ...bounds, from: last, except: last };
  }
}
