/** Lists over shards: the partitions of one type of object are read side by side and merged, newest first. */

import { type ObjectKey, objectKeyOf, type Scope, shardsOf } from '../kernel/ids.ts';
import { type Aggregate, type Kind, loadRecords, partitionOf, recordById, recordOf } from '../table/record.ts';
import { type Ahead, boundOf, type Range, walkShards } from '../table/shards.ts';
import type { Item, Table, TableName } from '../table/table.ts';
import { bothCursors, noSuchReference, scanLimitReached } from './errors.ts';
import type { Caller } from './operation.ts';
import { type Created, isWithin, type ListParams } from './params.ts';

export interface ShardedList<T> {
  readonly tableName: TableName;
  readonly partitions: readonly string[];
  readonly params: ListParams;
  /** Sort key of the object that an id names, or undefined for what is no such id. Sort keys begin with the time of creation. */
  readonly skOf: (id: string) => string | undefined;
  readonly exists: (id: string) => Promise<boolean>;
  /** Name of the object, for the refusal of an unknown cursor. */
  readonly object: string;
  readonly decode: (item: Item) => T;
  /** What the partitions may not have yet. */
  readonly ahead?: Ahead;
  /** Reads what the decoded items stand for, some at a time, and leaves out those that stand for nothing. */
  readonly refine?: (decoded: readonly T[]) => Promise<readonly T[]>;
  /** Further filters; what they leave out costs a read all the same, so a call looks at so many objects and no more. */
  readonly keep?: (decoded: T) => boolean;
  /** How many that is. Default: 5,000. */
  readonly scanLimit?: number;
}

/** Objects that a filtered list looks at in one call: it answers in time whatever the filter leaves out. */
const SCAN_LIMIT = 5_000;

/** One page, newest first. `hasMore`: there is more in the direction of reading. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

/** A page of one kind of aggregate. */
export const listRecords = <T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  { scope, settings }: Caller,
  params: ListParams,
  keep?: (value: T) => boolean,
): Promise<ListPage<T>> =>
  listShards(table, {
    tableName: 'payments',
    partitions: shardsOf(settings.shards).map((shard) => partitionOf(kind, scope, shard)),
    params,
    skOf: (id) => objectKeyOf(id, kind.prefix),
    exists: async (id) => (await recordById(table, kind, scope, id)) !== undefined,
    object: kind.object,
    decode: (item) => recordOf(kind, item),
    ...(keep && { keep }),
  });

/** The page on Stripe's wire: exactly these four members. */
export const listBody = <T>({ items, hasMore }: ListPage<T>, url: string, render: (item: T) => object): object => ({
  object: 'list',
  data: items.map(render),
  has_more: hasMore,
  url,
});

/**
 * The page that the parameters name.
 * @throws 400 resource_missing for an unknown cursor, for both cursors at once, and for a filter that leaves out all it may look at
 */
export async function listShards<T>(table: Table, list: ShardedList<T>): Promise<ListPage<T>> {
  const { starting_after: after, ending_before: before, limit } = list.params;
  await Promise.all([known(list, after, 'starting_after'), known(list, before, 'ending_before')]);
  if (after !== undefined && before !== undefined) throw bothCursors();
  const range = rangeOf(list.params.created, after && list.skOf(after), before && list.skOf(before));
  const newestFirst = before === undefined;
  const walk = walkShards(table, { ...list, range, newestFirst, pageSize: limit + 2 });
  const items = decoded(walk, list.decode);
  return pageOfWalk(list.refine ? inBatches(items, limit + 1, list.refine) : items, { ...list, limit, newestFirst });
}

/** What `read` makes of the items: `first` of them at a time, then twice as many each time, for a page that is not full by then. */
async function* inBatches<T, R>(
  items: AsyncIterable<T>,
  first: number,
  read: (batch: readonly T[]) => Promise<readonly R[]>,
): AsyncGenerator<R> {
  let size = Math.min(first, LARGEST_BATCH);
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield* await read(batch);
    batch = [];
    size = Math.min(size * 2, LARGEST_BATCH);
  }
  if (batch.length > 0) yield* await read(batch);
}

async function* decoded<T>(items: AsyncIterable<Item>, decode: (item: Item) => T): AsyncGenerator<T> {
  for await (const item of items) yield decode(item);
}

/**
 * The page at the beginning of a walk, whose order is the direction of reading; as a page it is newest first.
 * @throws 400 when the filter leaves out all that one call may look at
 */
export async function pageOfWalk<T>(
  walk: AsyncIterable<T>,
  page: {
    readonly limit: number;
    readonly newestFirst: boolean;
    readonly keep?: (item: T) => boolean;
    readonly scanLimit?: number;
  },
): Promise<ListPage<T>> {
  const { limit, newestFirst, keep, scanLimit = SCAN_LIMIT } = page;
  const found: T[] = [];
  let scanned = 0;
  for await (const item of walk) {
    scanned += 1;
    if (scanned > scanLimit) break;
    if (keep && !keep(item)) continue;
    found.push(item);
    if (found.length > limit) break;
  }
  // An empty page with more behind it could not be followed: clients go on from the last object of a page.
  if (scanned > scanLimit && found.length === 0) throw scanLimitReached(scanLimit);
  const items = found.slice(0, limit);
  const hasMore = found.length > limit || scanned > scanLimit;
  return { items: newestFirst ? items : items.reverse(), hasMore };
}

/** Read at a time by their keys. */
const LARGEST_BATCH = 100;

/** The aggregates that the object keys name, in their order, read in batches. */
export const loaded = <T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  scope: Scope,
  objectKeys: AsyncIterable<string>,
  first: number,
): AsyncGenerator<T> =>
  inBatches(objectKeys, first, (some) => loadRecords(table, kind, scope, some as readonly ObjectKey[]));

/**
 * The page of a list that is short enough to be at hand, newest first.
 * @throws 400 resource_missing for a cursor that is not in it, and for both cursors at once
 */
export function pageOf<T>(
  newestFirst: readonly T[],
  list: {
    readonly params: ListParams;
    readonly object: string;
    readonly idOf: (item: T) => string;
    readonly createdSecondsOf: (item: T) => number;
  },
): ListPage<T> {
  const { starting_after: after, ending_before: before, created = {} } = list.params;
  const placeOf = (id: string | undefined, param: string): number | undefined => {
    const place = id === undefined ? undefined : newestFirst.findIndex((item) => list.idOf(item) === id);
    if (place === -1) throw noSuchReference(list.object, id!, param);
    return place;
  };
  const [behind, until] = [placeOf(after, 'starting_after'), placeOf(before, 'ending_before')];
  if (behind !== undefined && until !== undefined) throw bothCursors();
  const wanted = newestFirst
    .slice(behind === undefined ? 0 : behind + 1, until)
    .filter((item) => isWithin(created, list.createdSecondsOf(item)));
  return cut(wanted, list.params);
}

/** A page of what is wanted, newest first: its beginning, or with `ending_before` its end. */
export const cut = <T>(wanted: readonly T[], { ending_before: before, limit }: ListParams): ListPage<T> => ({
  items: before === undefined ? wanted.slice(0, limit) : wanted.slice(-limit),
  hasMore: wanted.length > limit,
});

/** The page of a list that never has a member, on the wire. @throws 400 resource_missing for a cursor: it names nothing */
export const emptyPage = (url: string, object: string, params: ListParams): object =>
  listBody(pageOf<never>([], { params, object, idOf: String, createdSecondsOf: Number }), url, (each) => each);

/**
 * The object keys that the cursors name, by whatever `find` finds under their ids.
 * @throws 400 resource_missing for an unknown cursor, and for both cursors at once
 */
export async function cursorsOf(
  params: ListParams,
  object: string,
  find: (id: string) => Promise<{ readonly body: ObjectKey } | undefined>,
): Promise<{ readonly after: ObjectKey | undefined; readonly before: ObjectKey | undefined }> {
  const objectKeyAt = async (param: 'starting_after' | 'ending_before'): Promise<ObjectKey | undefined> => {
    const id = params[param];
    if (id === undefined) return undefined;
    const found = await find(id);
    if (!found) throw noSuchReference(object, id, param);
    return found.body;
  };
  const [after, before] = await Promise.all([objectKeyAt('starting_after'), objectKeyAt('ending_before')]);
  if (after !== undefined && before !== undefined) throw bothCursors();
  return { after, before };
}

async function known<T>(list: ShardedList<T>, id: string | undefined, param: string): Promise<void> {
  if (id === undefined) return;
  if (list.skOf(id) === undefined || !(await list.exists(id))) throw noSuchReference(list.object, id, param);
}

/** Sort keys begin with the time, so a bound in seconds is a bound on the key; a key is longer than its time, so `to` excludes that time. */
export function rangeOf(created: Created | undefined, after: string | undefined, before: string | undefined): Range {
  const from = [before, boundOf(created?.gte, 0), boundOf(created?.gt, 1)]
    .filter((text) => text !== undefined)
    .sort()
    .at(-1);
  const to = [after, boundOf(created?.lt, 0), boundOf(created?.lte, 1)].filter((text) => text !== undefined).sort()[0];
  const except = before ?? after;
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(except !== undefined && { except }),
  };
}
