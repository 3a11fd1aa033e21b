/**
 * The list of events. One item is one commit with its events, so a page is cut inside a commit where it must be. What has failed
 * somewhere is found from the failed deliveries, everything else from the commits.
 */
import { API_VERSION } from '../api/api-version.ts';
import { bothCursors, invalidParameter, noSuchReference, scanLimitReached } from '../api/errors.ts';
import { rangeOf } from '../api/list.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { shardsOf } from '../kernel/ids.ts';
import { getAll } from '../table/bulk.ts';
import { walkShards } from '../table/shards.ts';
import type { Item, Key, Table } from '../table/table.ts';
import type { NotificationsDeps } from './deps.ts';
import { commitsAhead } from './event-commit.ts';
import { eventsOfFailure, failurePartition, pendingIn } from './failures.ts';
import { type EventListParams, eventListParams } from './params.ts';
import {
  commitOfItem,
  type Endpoint,
  EVENT_RETENTION_MS,
  type EventCommit,
  eventKey,
  eventPartition,
  FAMILIES,
  isPaymentsVersion,
  isStandIn,
  loadCommit,
  loadEndpoints,
  parseEventId,
} from './store.ts';
import { renderEvent } from './wire.ts';

/** One event of a commit, with its place in the list. */
export interface Listed {
  readonly commit: EventCommit;
  readonly index: number;
}

/** Commits that one call looks at: it answers in time whatever the filters leave out. */
const SCAN_LIMIT = 5_000;
const LARGEST_CHUNK = 500;

/** The event that an id names in the caller's scope, for 30 days; also one that the fan-out has not stored yet. */
export async function findEvent(
  deps: NotificationsDeps,
  call: Omit<Call, 'lock'>,
  id: string,
): Promise<Listed | undefined> {
  const parsed = parseEventId(call.caller.scope, id);
  if (!parsed) return undefined;
  const { key, index } = parsed;
  const commit = (await loadCommit(deps.table, key)) ?? (await derivedAt(deps, call.caller, key));
  if (!commit || index >= commit.types.length) return undefined;
  return commit.change.new.committedMs > deps.clock.nowMs() - EVENT_RETENTION_MS ? { commit, index } : undefined;
}

async function derivedAt(deps: NotificationsDeps, caller: Call['caller'], key: Key): Promise<EventCommit | undefined> {
  const commit = (await commitsAhead(deps, caller, key.sk)).get(key.sk);
  return commit && eventKey(commit).pk === key.pk ? commit : undefined;
}

/** @see https://docs.stripe.com/api/events/list */
async function list(deps: NotificationsDeps, call: Call<EventListParams>): Promise<Reply> {
  const { caller, params } = call;
  if (params.type !== undefined && params.types !== undefined)
    throw invalidParameter('You may only specify one of these parameters: type, types.');
  const [after, before, endpoints] = await Promise.all([
    cursor(deps, call, 'starting_after'),
    cursor(deps, call, 'ending_before'),
    loadEndpoints(deps.table, caller.scope),
  ]);
  if (after && before) throw bothCursors();
  const { found, hasMore } = await scan(deps, call, { after, before, endpoints });
  const page = before ? found.reverse() : found;
  const pending = await pendingOf(
    deps.table,
    call,
    endpoints,
    page.map(({ commit }) => commit),
  );
  const data = page.map(({ commit, index }, place) => renderEvent(commit, index, API_VERSION, pending[place]!(index)));
  return { status: 200, body: { object: 'list', data, has_more: hasMore, url: '/v1/events' } };
}

async function cursor(
  deps: NotificationsDeps,
  call: Call<EventListParams>,
  param: 'starting_after' | 'ending_before',
): Promise<Listed | undefined> {
  const id = call.params[param];
  if (id === undefined) return undefined;
  const found = await findEvent(deps, call, id);
  if (!found) throw noSuchReference('event', id, param);
  return found;
}

interface Where {
  readonly after: Listed | undefined;
  readonly before: Listed | undefined;
  readonly endpoints: readonly Endpoint[];
}

/** The page's events in the direction of reading, and whether there are more in it. */
async function scan(
  deps: NotificationsDeps,
  call: Call<EventListParams>,
  where: Where,
): Promise<{ readonly found: Listed[]; readonly hasMore: boolean }> {
  const { params } = call;
  const { after, before, endpoints } = where;
  const found: Listed[] = [];
  let scanned = 0;
  for await (const commits of chunksOf(commitsOf(deps, call, where), params.limit + 1)) {
    const pending =
      params.delivery_success === undefined ? undefined : await pendingOf(deps.table, call, endpoints, commits);
    for (const [place, commit] of commits.entries()) {
      const events = commit.types.map((_, index): Listed => ({ commit, index }));
      const wanted = (before ? events : events.reverse())
        .filter(({ index }) => matches(commit.types[index]!, params))
        .filter(({ index }) => !pending || (pending[place]!(index) === 0) === params.delivery_success)
        .filter((event) => (!after || isOlder(event, after)) && (!before || isOlder(before, event)));
      found.push(...wanted);
    }
    if (found.length > params.limit) break;
    scanned += commits.length;
    if (scanned < SCAN_LIMIT) continue;
    // An empty page with more behind it could not be followed: clients go on from the last object of a page.
    if (found.length === 0) throw scanLimitReached(SCAN_LIMIT);
    return { found, hasMore: true };
  }
  return { found: found.slice(0, params.limit), hasMore: found.length > params.limit };
}

const pendingOf = (
  table: Table,
  { caller }: Call,
  endpoints: readonly Endpoint[],
  commits: readonly EventCommit[],
): ReturnType<typeof pendingIn> => pendingIn(table, caller.scope, endpoints, commits.map(eventKey));

/** The commits between the bounds in order; those of a cursor too, for events before and behind it may be of the same commit. */
async function* commitsOf(
  deps: NotificationsDeps,
  { caller, params }: Call<EventListParams>,
  { after, before, endpoints }: Where,
): AsyncGenerator<EventCommit> {
  const { table, clock } = deps;
  const { scope, settings } = caller;
  const sinceSeconds = Math.ceil((clock.nowMs() - EVENT_RETENTION_MS) / 1000);
  const created = { ...params.created, gte: Math.max(sinceSeconds, params.created?.gte ?? 0) };
  const range = rangeOf(
    created,
    after && `${eventKey(after.commit).sk}~`,
    before && eventKey(before.commit).sk.slice(0, -1),
  );
  const walk = { tableName: 'events', range, newestFirst: !before, pageSize: params.limit + 2 } as const;
  if (params.delivery_success === false) {
    const partitions = endpoints.map(({ body }) => failurePartition(scope, body));
    const failures = distinct(walkShards(table, { ...walk, partitions }));
    for await (const failed of chunksOf(failures, params.limit + 1))
      for (const item of await eventsOf(table, scope, failed)) yield commitOfItem(item);
    return;
  }
  const partitions = FAMILIES.flatMap((family) =>
    shardsOf(settings.shards).map((shard) => eventPartition(scope, family, shard)),
  );
  const ahead = await commitsAhead(deps, caller, range.to);
  const items = walkShards(table, { ...walk, partitions, ahead: { places: [...ahead.keys()] } });
  for await (const item of withoutStandIns(items))
    yield item.doc === undefined ? ahead.get(item.sk)! : commitOfItem(item);
}

/** Repair lists a charge whose commit it does not know. Where the commit is known as well, it is listed once, as that. */
async function* withoutStandIns(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  let [standIn, last]: (Item | undefined)[] = [];
  for await (const item of items) {
    if (standIn && !isSamePayment(standIn, item)) yield standIn;
    standIn = undefined;
    if (!isStandIn(item)) yield item;
    else if (!last || !isSamePayment(item, last)) standIn = item;
    last = item;
  }
  if (standIn) yield standIn;
}

const isSamePayment = (standIn: Item, { sk }: Item): boolean =>
  sk.slice(0, -2) === standIn.sk.slice(0, -2) && isPaymentsVersion(sk.slice(-2));

/** Each commit once: two endpoints may have failed on the same, side by side in the order. */
async function* distinct(failures: AsyncIterable<Item>): AsyncGenerator<Item> {
  let last: string | undefined;
  for await (const item of failures) {
    if (item.sk !== last) yield item;
    last = item.sk;
  }
}

/** The events items that the failed deliveries are of. */
async function eventsOf(
  table: Table,
  scope: Call['caller']['scope'],
  failed: readonly Item[],
): Promise<readonly Item[]> {
  const reads = failed.map((item) => ({ table: 'events' as const, key: eventsOfFailure(scope, item) }));
  return (await getAll(table, reads)).filter((item) => item !== undefined);
}

/** Doubles the page size: a caller that keeps reading has a filter that rejects most items. */
async function* chunksOf<T>(items: AsyncIterable<T>, first: number): AsyncGenerator<readonly T[]> {
  let size = first;
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
    size = Math.min(size * 2, LARGEST_CHUNK);
  }
  if (chunk.length > 0) yield chunk;
}

/** The list's order: newest commit first, and within a commit the last event first. */
function isOlder(event: Listed, than: Listed): boolean {
  const [own, other] = [eventKey(event.commit).sk, eventKey(than.commit).sk];
  return own === other ? event.index < than.index : own < other;
}

/** `charge.*` names every type below it. */
function matches(type: string, params: EventListParams): boolean {
  const wanted = params.types ?? (params.type === undefined ? undefined : [params.type]);
  return (
    !wanted ||
    wanted.some((pattern) => pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))))
  );
}

export const listEvents: Operation<NotificationsDeps, EventListParams> = {
  method: 'GET',
  path: '/v1/events',
  params: eventListParams,
  returns: { object: 'event', list: true },
  run: list,
};
