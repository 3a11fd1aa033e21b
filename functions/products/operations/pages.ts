/** A page of objects that are at hand: those that a filter names. */
import { cursorsOf, type ListPage, pageOfWalk, rangeOf } from '../../api/list.ts';
import type { ListParams } from '../../api/params.ts';
import type { ObjectKey } from '../../kernel/ids.ts';
import { withAhead } from '../../table/shards.ts';
import type { Item } from '../../table/table.ts';

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
  const { limit, created } = params;
  const { after, before } = await cursorsOf(params, object, find);
  const newestFirst = before === undefined;
  const byKey = new Map<string, T>(found.map((value) => [value.body, value]));
  const inOrder = withAhead(nothing(), [...byKey.keys()], { range: rangeOf(created, after, before), newestFirst });
  return pageOfWalk(valuesOf(inOrder, byKey), { limit, newestFirst, keep });
}

async function* nothing(): AsyncGenerator<Item, void> {
  // No index is read.
}

async function* valuesOf<T>(keys: AsyncIterable<string>, byKey: ReadonlyMap<string, T>): AsyncGenerator<T> {
  for await (const key of keys) yield byKey.get(key)!;
}
