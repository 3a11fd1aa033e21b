/** A page of objects whose keys are at hand: those that a filter names. */
import { cursorsOf, type ListPage, loaded, pageOfWalk, rangeOf } from '../../api/list.ts';
import type { ListParams } from '../../api/params.ts';
import type { ObjectKey, Scope } from '../../kernel/ids.ts';
import type { Aggregate, Kind } from '../../table/record.ts';
import { withAhead } from '../../table/shards.ts';
import type { Item, Table } from '../../table/table.ts';

/**
 * Those of the objects that `keep` accepts, newest first.
 * @throws 400 resource_missing for a cursor that `find` does not find
 */
export async function pageOfKeys<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  scope: Scope,
  objectKeys: readonly ObjectKey[],
  {
    params,
    find,
    keep,
  }: {
    readonly params: ListParams;
    readonly find: (id: string) => Promise<{ readonly body: ObjectKey } | undefined>;
    readonly keep: (value: T) => boolean;
  },
): Promise<ListPage<T>> {
  const { limit, created } = params;
  const { after, before } = await cursorsOf(params, kind.object, find);
  const newestFirst = before === undefined;
  const walk = withAhead(nothing(), objectKeys, { range: rangeOf(created, after, before), newestFirst });
  return pageOfWalk(loaded(table, kind, scope, walk, limit + 1), { limit, newestFirst, keep });
}

async function* nothing(): AsyncGenerator<Item, void> {
  // No index is read.
}
