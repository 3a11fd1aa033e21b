/** Walking one type of object over its shards: the partitions are read side by side, a page at a time, and merged by sort key. */
import { timeText } from '../kernel/ids.ts';
import type { Item, Query, Table, TableName } from './table.ts';

/** Inclusive bounds on the sort key, which begins with the time of creation. */
export interface Range {
  readonly from?: string;
  readonly to?: string;
  /** The cursor itself is not part of the page. */
  readonly except?: string;
}

export interface Walk {
  readonly tableName: TableName;
  readonly partitions: readonly string[];
  readonly range: Range;
  readonly newestFirst: boolean;
  /** Items to read of a partition at first. The page size doubles: a caller that keeps reading has a filter that rejects most items. */
  readonly pageSize: number;
  /** What a partition may not have yet, in any order. An item at a place that is also in a partition comes once. */
  readonly ahead?: Ahead;
}

/** Places that are known before their partition shows them. */
export interface Ahead {
  readonly places: readonly string[];
  /** Length of the part of a sort key that is the place, where what stands behind it differs between the two. */
  readonly placeLength?: number;
}

const ANY_LENGTH = Number.POSITIVE_INFINITY;

const LARGEST_PAGE = 500;

/** Seven base62 characters hold no later time. */
const LAST_SECOND = Math.floor(62 ** 7 / 1000) - 2;
/** Where a second (and `plus` more) begins in the order of sort keys. */
export const boundOf = (seconds: number | undefined, plus: number): string | undefined =>
  seconds === undefined ? undefined : timeText(Math.max(0, Math.min(seconds + plus, LAST_SECOND)) * 1000);

/** The items of all partitions in order, with those that are ahead; the first pages are read in parallel. */
export function walkShards(table: Table, walk: Walk): AsyncGenerator<Item> {
  const { ahead } = walk;
  const streams = walk.partitions.map((pk) => itemsOf(table, walk, pk));
  if (!ahead) return merged(streams, walk);
  return oncePerPlace(merged([...streams, itemsAhead(ahead.places, walk)], walk), ahead.placeLength ?? ANY_LENGTH);
}

async function* oncePerPlace(items: AsyncIterable<Item>, placeLength: number): AsyncGenerator<Item> {
  let last: string | undefined;
  for await (const item of items) {
    const place = item.sk.slice(0, placeLength);
    if (place !== last) yield item;
    last = place;
  }
}

/** An item that stands in two partitions comes twice. */
async function* merged(
  streams: readonly AsyncGenerator<Item, void>[],
  walk: Pick<Walk, 'range' | 'newestFirst'>,
): AsyncGenerator<Item> {
  const { range, newestFirst } = walk;
  if (range.from !== undefined && range.to !== undefined && range.from > range.to) return;
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  for (;;) {
    let best = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done) continue;
      const leader = heads[best];
      if (!leader || leader.done || comesBefore(head.value, leader.value, newestFirst)) best = index;
    }
    const head = heads[best];
    if (!head || head.done) return;
    yield head.value;
    heads[best] = await streams[best]!.next();
  }
}

/** The object keys of an index in order, each once, with those that it may not have yet. */
export const withAhead = (
  indexed: AsyncGenerator<Item, void>,
  ahead: readonly string[],
  walk: Pick<Walk, 'range' | 'newestFirst'>,
): AsyncGenerator<string> => sortKeysOf(oncePerPlace(merged([indexed, itemsAhead(ahead, walk)], walk), ANY_LENGTH));

/** Of items that are nothing but their places: the object keys that stand there. */
export async function* sortKeysOf(items: AsyncIterable<Item>): AsyncGenerator<string> {
  for await (const { sk } of items) yield sk;
}

const comesBefore = (a: Item, b: Item, newestFirst: boolean): boolean => (newestFirst ? a.sk > b.sk : a.sk < b.sk);

/** Whether a sort key is within the bounds, and not the cursor itself. */
export const isInRange = (sk: string, { from = '', to = '~', except }: Range): boolean =>
  from <= sk && sk <= to && sk !== except;

async function* itemsAhead(
  places: readonly string[],
  { range, newestFirst }: Pick<Walk, 'range' | 'newestFirst'>,
): AsyncGenerator<Item, void> {
  const items = places.filter((place) => isInRange(place, range)).map((sk) => ({ pk: '', sk }));
  yield* items.sort((a, b) => (comesBefore(a, b, newestFirst) ? -1 : 1));
}

const itemsOf = (table: Table, { tableName, range, newestFirst, pageSize }: Walk, pk: string) =>
  itemsIn(
    table,
    tableName,
    {
      pk,
      newestFirst,
      limit: pageSize,
      ...(range.from !== undefined && { from: range.from }),
      ...(range.to !== undefined && { to: range.to }),
    },
    range.except,
  );

/**
 * The items of a partition, or of an index, in pages that grow from `limit` on: a caller that keeps reading has a filter that rejects most items.
 * `except`: the sort key in the table of an item that is left out.
 */
export async function* itemsIn(
  table: Table,
  tableName: TableName,
  query: Query & { readonly limit: number },
  except: string | undefined,
): AsyncGenerator<Item, void> {
  let after: string | undefined;
  let limit = query.limit;
  do {
    const page = await table.query(tableName, { ...query, limit, ...(after !== undefined && { after }) });
    for (const item of page.items) if (item.sk !== except) yield item;
    after = page.after;
    limit = Math.min(limit * 2, LARGEST_PAGE);
  } while (after !== undefined);
}
