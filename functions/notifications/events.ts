/** Events: retrieve and list. One item is one commit with its events, so a page is cut inside a commit where it must be. */

import { API_VERSION } from '../shared/decode.ts';
import { invalidParameter, noSuch, noSuchReference } from '../shared/errors.ts';
import { shardsOf } from '../shared/ids.ts';
import { listShards } from '../shared/list.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { noParams } from '../shared/params.ts';
import type { NotificationsDeps } from './deps.ts';
import { type EventListParams, eventListParams } from './params.ts';
import {
  commitOfItem,
  EVENT_RETENTION_MS,
  type EventCommit,
  eventKey,
  eventPartition,
  FAMILIES,
  failuresOf,
  loadCommit,
  loadEndpoints,
  parseEventId,
} from './store.ts';
import { renderEvent } from './wire.ts';

/** One event of a commit, with its place in the list. */
interface Listed {
  readonly commit: EventCommit;
  readonly index: number;
}

async function find(deps: NotificationsDeps, call: Omit<Call, 'claim'>, id: string): Promise<Listed | undefined> {
  const named = parseEventId(call.caller.scope, id);
  const commit = named && (await loadCommit(deps.table, named.key));
  if (!named || !commit || named.index >= commit.types.length) return undefined;
  return commit.change.new.committedMs > deps.clock.nowMs() - EVENT_RETENTION_MS
    ? { commit, index: named.index }
    : undefined;
}

/** @see https://docs.stripe.com/api/events/retrieve */
async function retrieve(deps: NotificationsDeps, call: Call): Promise<Reply> {
  const id = call.path.id ?? '';
  const found = await find(deps, call, id);
  if (!found) throw noSuch('event', id);
  const endpoints = await loadEndpoints(deps.table, call.caller.scope);
  const pending =
    endpoints.length > 0 ? await failuresOf(deps.table, call.caller.scope, endpoints, eventKey(found.commit)) : 0;
  return { status: 200, body: renderEvent(found.commit, found.index, API_VERSION, pending) };
}

/** @see https://docs.stripe.com/api/events/list */
async function list(deps: NotificationsDeps, call: Call<EventListParams>): Promise<Reply> {
  const { caller, params } = call;
  if (params.type !== undefined && params.types !== undefined)
    throw invalidParameter('You may only specify one of these parameters: type, types.');
  const [after, before] = await Promise.all([
    cursor(deps, call, 'starting_after'),
    cursor(deps, call, 'ending_before'),
  ]);
  const sinceSeconds = Math.ceil((deps.clock.nowMs() - EVENT_RETENTION_MS) / 1000);
  const page = await listShards(deps.table, {
    tableName: 'events',
    partitions: FAMILIES.flatMap((family) =>
      shardsOf(caller.settings.shards).map((shard) => eventPartition(caller.scope, family, shard)),
    ),
    params: {
      // One more: of the cursor's own commit there may be nothing left to show.
      limit: params.limit + 1,
      created: { ...params.created, gte: Math.max(sinceSeconds, params.created?.gte ?? 0) },
      // The cursor's own commit is read too: events before and behind it may be of the same commit.
      ...(after && { starting_after: `${eventKey(after.commit).sk}~` }),
      ...(before && { ending_before: eventKey(before.commit).sk.slice(0, -1) }),
    },
    skOf: (position) => position,
    exists: async () => true,
    object: 'event',
    decode: commitOfItem,
    keep: (commit) => commit.types.some((type) => matches(type, params)),
  });
  const listed = page.items.flatMap((commit) => commit.types.map((_, index): Listed => ({ commit, index })).reverse());
  const wanted = listed
    .filter(({ commit, index }) => matches(commit.types[index]!, params))
    .filter((event) => (!after || isOlder(event, after)) && (!before || isOlder(before, event)));
  const shown = before ? wanted.slice(-params.limit) : wanted.slice(0, params.limit);
  const data = shown.map(({ commit, index }) => renderEvent(commit, index, API_VERSION, 0));
  return {
    status: 200,
    body: { object: 'list', data, has_more: page.hasMore || wanted.length > params.limit, url: '/v1/events' },
  };
}

async function cursor(
  deps: NotificationsDeps,
  call: Call<EventListParams>,
  param: 'starting_after' | 'ending_before',
): Promise<Listed | undefined> {
  const id = call.params[param];
  if (id === undefined) return undefined;
  const found = await find(deps, call, id);
  if (!found) throw noSuchReference('event', id, param);
  return found;
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

const returns = { object: 'event' };

export const listEvents: Operation<NotificationsDeps, EventListParams> = {
  method: 'GET',
  path: '/v1/events',
  params: eventListParams,
  returns: { ...returns, list: true },
  run: list,
};

export const retrieveEvent: Operation<NotificationsDeps, object> = {
  method: 'GET',
  path: '/v1/events/{id}',
  params: noParams,
  returns,
  run: retrieve,
};
