/** Lists of what has one selective token (the payments of a customer): what a search notes anyway serves them, so they cost no index. */

import { cursorsOf, type ListPage, loaded, pageOfWalk, rangeOf } from '../../api/list.ts';
import type { Caller } from '../../api/operation.ts';
import type { ListParams } from '../../api/params.ts';
import { type ObjectKey, shardsOf } from '../../kernel/ids.ts';
import { type Aggregate, type Kind, recordById } from '../../table/record.ts';
import { type Range, sortKeysOf, walkShards } from '../../table/shards.ts';
import type { Table } from '../../table/table.ts';
import { type Token, tokenPartition } from './tokens.ts';

type Record = Pick<Aggregate, 'scope' | 'body' | 'version'>;

/**
 * A page of the aggregates of one kind that have the token, newest first. The token is noted seconds after the commit that gives it: `ahead` finds
 * what may not be noted yet, where the newest place of the list is `to`. `keep`: a note is never taken back, so whether it still holds is seen
 * in the aggregate.
 * @throws 400 resource_missing for an unknown cursor
 */
export async function listByToken<T extends Record>(
  table: Table,
  kind: Kind<T>,
  caller: Caller,
  token: Token,
  params: ListParams,
  keep: (value: T) => boolean,
  ahead: (to: string | undefined) => Promise<readonly T[]>,
): Promise<ListPage<T>> {
  const { after, before } = await cursorsOf(params, kind.object, (id) => recordById(table, kind, caller.scope, id));
  const newestFirst = before === undefined;
  const { limit } = params;
  const range = rangeOf(params.created, after, before);
  const unnoted = (await ahead(range.to)).filter(keep).map(({ body }) => body);
  const walk = walkToken(table, kind, caller, token, { range, newestFirst, limit, ahead: unnoted });
  return pageOfWalk(walk, { limit, newestFirst, keep });
}

/** The aggregates of one kind that have the token, in order, loaded by pages that grow. */
export async function* walkToken<T extends Record>(
  table: Table,
  kind: Kind<T>,
  { scope, settings }: Caller,
  token: Token,
  {
    range,
    newestFirst,
    limit,
    ahead,
  }: {
    readonly range: Range;
    readonly newestFirst: boolean;
    readonly limit: number;
    /** Object keys that may not be noted yet. */
    readonly ahead: readonly ObjectKey[];
  },
): AsyncGenerator<T> {
  const partitions = shardsOf(settings.shards).map((shard) => tokenPartition(scope, kind.name, token, shard));
  const walk = walkShards(table, {
    tableName: 'search',
    partitions,
    range,
    newestFirst,
    pageSize: limit + 2,
    ahead: { places: ahead },
  });
  yield* loaded(table, kind, scope, sortKeysOf(walk), limit + 1);
}
