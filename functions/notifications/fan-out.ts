/**
 * The payments stream's second consumer: writes down the events of each commit and what a search finds the object by, stores the
 * replies that requests were given, counts attempts for risk, notes what the janitor must look at, and puts webhooks on their queue.
 * A record that fails goes alone to the retry queue.
 */

import { type StoredReply, storeReply } from '../api/idempotency.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText, Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import { notedSince } from '../merchants/search-fields.ts';
import { countAttempts } from '../risk/features/count.ts';
import type { FeaturesMessage } from '../risk/port/message.ts';
import { putToken, type Token } from '../search/index/tokens.ts';
import { changeInMessage, changesOf, messageOf } from '../stream/change.ts';
import { eventTypesOf, newTokens } from '../stream/events.ts';
import type { Alarm, CommittedReply } from '../stream/kind/kind.ts';
import { type Recheck, recheckItem, recheckMinute } from '../stream/kind/recheck.ts';
import { type Change, kindOf } from '../stream/kinds.ts';
import { tryCommit } from '../table/commit.ts';
import { packJson } from '../table/pack.ts';
import type { SendAll } from '../table/queue.ts';
import { type Images, isCopiedBack } from '../table/stream.ts';
import type { Table } from '../table/table.ts';
import { endWaiting, noteWaiting } from '../table/waiting.ts';
import { eventCommitOf } from './event-commit.ts';
import type { DeliveryMessage } from './messages.ts';
import { type Endpoint, eventKey, loadEndpoints, putEvents, wants } from './store.ts';

export interface FanOutDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly deliveries: SendAll;
  /** What could not be counted at once waits here: a webhook does not wait for a counter. */
  readonly features: SendAll;
  /** The merchant's settings, at most seconds old: which search notes are kept. */
  readonly settings: (scope: Scope) => Promise<Pick<Settings, 'searchFields'>>;
  /** Counts attempts that were judged without their features. */
  readonly unseen: (attempts: number) => void;
  readonly failed: (error: Error) => void;
  /** Raises an alarm for what a commit says; a change that is delivered twice raises it twice. */
  readonly alarm: (name: Alarm['name'], facts: Alarm['facts']) => void;
}

/** Changes looked at side by side. */
const PARALLEL = 8;

/** The messages that a change put on the queues. */
interface Recorded {
  readonly change: Change;
  readonly deliveries: readonly DeliveryMessage[];
}

/** Fans the images out, unless a restore wrote them; returns what failed, as messages for the retry queue. An image that cannot be read waits there as it is. */
export async function fanOutImages(deps: FanOutDeps, images: readonly Images[]): Promise<readonly string[]> {
  const { changes, unread } = changesOf(
    images.filter((image) => !isCopiedBack(image)),
    deps.failed,
  );
  const failed = await fanOut(deps, changes);
  // Without its note a commit waits all the same: only the lists would miss it until then.
  await Promise.allSettled(failed.map((change) => tryCommit(deps.table, noteWaiting(change.kind, change.new))));
  return [...unread, ...failed.map(messageOf)];
}

/** The same for a message of the retry queue. Throws when it failed again. */
export async function fanOutMessage(deps: FanOutDeps, body: string): Promise<void> {
  const change = changeInMessage(body);
  if (!change) return;
  const failed = await fanOut(deps, [change]);
  if (failed.length > 0) throw new Error('the change could not be fanned out');
  await tryCommit(deps.table, endWaiting(change.kind, change.new));
}

/** Returns the changes that failed. */
async function fanOut(deps: FanOutDeps, changes: readonly Change[]): Promise<readonly Change[]> {
  const endpointsOf = endpointReader(deps.table);
  const recorded: Recorded[] = [];
  const failed: Change[] = [];
  const queue = [...changes];
  const work = async (): Promise<void> => {
    for (let change = queue.shift(); change; change = queue.shift()) {
      try {
        recorded.push({ change, deliveries: await record(deps, change, endpointsOf) });
      } catch (error) {
        deps.failed(error as Error);
        failed.push(change);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  try {
    await notify(deps, recorded);
  } catch (error) {
    deps.failed(error as Error);
    failed.push(...recorded.map(({ change }) => change));
  }
  return failed;
}

/** Writes the change's events and reply. Returns the endpoints to notify. */
async function record(
  deps: FanOutDeps,
  change: Change,
  endpointsOf: (scope: Scope) => Promise<readonly Endpoint[]>,
): Promise<readonly DeliveryMessage[]> {
  const { scope } = change.new;
  const types = eventTypesOf(change);
  const reply = kindOf(change).reply?.(change.new);
  const commit = eventCommitOf(change, types);
  // Before the first write: one that fails while something else is awaited would end the process.
  const tokens = await notedTokens(deps, change);
  // A conflict: it was written before, or the key went on to another request.
  await Promise.all([
    ...(reply ? [tryCommit(deps.table, storeReply(reply.keyHash, storedOf(reply)))] : []),
    ...(types.length > 0 ? [tryCommit(deps.table, putEvents(commit))] : []),
    ...tokens.map((token) => tryCommit(deps.table, putToken(change.kind, change.new, token))),
  ]);
  for (const { name, facts } of kindOf(change).alarms?.(change.old, change.new) ?? []) deps.alarm(name, facts);
  if (types.length === 0) return [];
  const events = eventKey(commit);
  const endpoints = (await endpointsOf(scope)).filter(
    (endpoint) => wants(endpoint, types) && wasThere(endpoint, change.new.committedMs),
  );
  const goTo = types.map((type) => endpoints.filter((endpoint) => wants(endpoint, [type])).length);
  return endpoints.map((endpoint) => ({ scope, endpoint: endpoint.body, events, endpoints: goTo }));
}

/** The new tokens that the merchant's settings keep. A change without any reads no settings. */
async function notedTokens(deps: FanOutDeps, change: Change): Promise<readonly Token[]> {
  const tokens = newTokens(change);
  if (tokens.length === 0) return [];
  const { searchFields } = await deps.settings(change.new.scope);
  return tokens.filter(([path]) => notedSince(searchFields, path) !== undefined);
}

/** Clocks of two functions differ by no more. */
const CLOCKS_APART_MS = 5_000;

/** Whether the endpoint was made before the commit: what happened earlier, and comes late to the stream, is not for it. */
const wasThere = ({ createdMs }: Endpoint, committedMs: number): boolean => createdMs <= committedMs + CLOCKS_APART_MS;

export const storedOf = ({ status, body, requestId }: CommittedReply): StoredReply => ({ status, body, requestId });

/** One note for the janitor per batch, the counters of risk, then the queue of webhooks. */
async function notify(deps: FanOutDeps, recorded: readonly Recorded[]): Promise<void> {
  const changes = recorded.map(({ change }) => change);
  const open = unresolvedIn(changes);
  await Promise.all([
    ...notesOf(changes, recheckMinute(deps.clock.nowMs()), open).map(([minute, refs]) =>
      tryCommit(deps.table, recheckItem(minute, deps.random(14), refs)),
    ),
    deps.deliveries(recorded.flatMap(({ deliveries }) => deliveries.map((message) => JSON.stringify(message)))),
    countFeatures(deps, changes),
  ]);
}

/** Counts the attempts of a batch. A message that fails waits in the queue of features. */
async function countFeatures(deps: FanOutDeps, changes: readonly Change[]): Promise<void> {
  const messages = changes
    .map((change) => kindOf(change).features?.(change.old, change.new) ?? { attempts: [], reviews: [] })
    .filter(({ attempts, reviews }) => attempts.length > 0 || reviews.length > 0);
  const failed: FeaturesMessage[] = [];
  const work = async (): Promise<void> => {
    for (let message = messages.shift(); message; message = messages.shift()) {
      try {
        await countAttempts(deps.table, message);
        deps.unseen(message.attempts.filter(({ unseen }) => unseen).length);
      } catch (error) {
        deps.failed(error as Error);
        failed.push(message);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  await deps.features(failed.map(packJson));
}

/** What to look at in which minute: what is open in the next, what falls due in its own. */
export function notesOf(
  changes: readonly Change[],
  soon: number,
  open: readonly Recheck[],
): readonly (readonly [number, readonly Recheck[]])[] {
  const notes = new Map<number, Recheck[]>(open.length > 0 ? [[soon, [...open]]] : []);
  for (const change of changes) {
    const due = kindOf(change).due?.(change.old, change.new);
    if (!due) continue;
    const minute = Math.max(soon, recheckMinute(due.atMs));
    const { scope, body } = change.new;
    notes.set(minute, [...(notes.get(minute) ?? []), { kind: due.kind, scope, body }]);
  }
  return [...notes];
}

/** Payments and refunds whose last change in this batch leaves something open. */
export function unresolvedIn(changes: readonly Change[]): readonly Recheck[] {
  const latest = new Map<string, Change>();
  for (const change of changes) {
    const name = `${change.kind} ${change.new.scope}${change.new.body}`;
    if ((latest.get(name)?.new.version ?? 0) < change.new.version) latest.set(name, change);
  }
  return [...latest.values()].flatMap((change): Recheck[] => {
    const { scope, body } = change.new;
    const kind = kindOf(change).recheck?.(change.new);
    return kind === undefined ? [] : [{ kind, scope, body }];
  });
}

/** Endpoints per scope, read once per batch. */
function endpointReader(table: Table): (scope: Scope) => Promise<readonly Endpoint[]> {
  const read = new Map<Scope, Promise<readonly Endpoint[]>>();
  return (scope) => {
    const known = read.get(scope) ?? loadEndpoints(table, scope);
    read.set(scope, known);
    return known;
  };
}
