/** A page of objects that are at hand: those that a filter names. */
import { cursorsOf, cut, type ListPage, rangeOf } from '../../api/list.ts';
import type { ListParams } from '../../api/params.ts';
import type { ObjectKey } from '../../kernel/ids.ts';
import { isInRange } from '../../table/shards.ts';

interface Named<T> {
  readonly params: ListParams;
  /** Name of the object, for the refusal of an unknown cursor. */
  readonly object: string;
  readonly find: (id: string) => Promise<{ readonly body: ObjectKey } | undefined>;
  readonly keep: (value: T) => boolean;
}

/**
 * Those of the objects that `keep` accepts, newest first and each once.
 * @throws 400 resource_missing for a cursor that `find` does not find
 */
export async function pageOfFound<T extends { readonly body: ObjectKey }>(
  found: readonly T[],
  { params, object, find, keep }: Named<T>,
): Promise<ListPage<T>> {
  const { after, before } = await cursorsOf(params, object, find);
  const range = rangeOf(params.created, after, before);
  const once = [...new Map(found.map((value) => [value.body, value])).values()];
  const wanted = once.filter((value) => isInRange(value.body, range) && keep(value));
  return cut(
    wanted.sort((a, b) => (a.body < b.body ? 1 : -1)),
    params,
  );
}
