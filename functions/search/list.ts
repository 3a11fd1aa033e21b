/** Lists of what has one selective token (the payments of a customer): what a search notes anyway serves them, so they cost no index. */
import { bodyOf, shardsOf } from '../shared/ids.ts';
import { type ListPage, listShards } from '../shared/list.ts';
import type { Caller } from '../shared/operation.ts';
import type { ListParams } from '../shared/params.ts';
import { type Aggregate, type Kind, keyOf, recordById, recordOf } from '../shared/record.ts';
import type { Table } from '../shared/table.ts';
import { type Token, tokenPartition } from './tokens.ts';

/**
 * A page of the aggregates of one kind that have the token, newest first; the token is noted seconds after the commit that gives it.
 * @throws 400 resource_missing for an unknown cursor
 */
export async function listByToken<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  { scope, settings }: Caller,
  token: Token,
  params: ListParams,
): Promise<ListPage<T>> {
  const page = await listShards(table, {
    tableName: 'search',
    partitions: shardsOf(settings.shards).map((shard) => tokenPartition(scope, kind.name, token, shard)),
    params,
    skOf: (id) => bodyOf(id, kind.prefix),
    exists: async (id) => (await recordById(table, kind, scope, id)) !== undefined,
    object: kind.object,
    decode: ({ sk }) => sk as T['body'],
  });
  const items = await table.getMany(page.items.map((body) => ({ table: 'payments', key: keyOf(kind, scope, body) })));
  return { ...page, items: items.flatMap((item) => (item ? [recordOf<T>(item)] : [])) };
}
