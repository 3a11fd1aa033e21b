/**
 * One message: one commit's events to one endpoint, in order. What fails is noted for later, ever later, for three days, and then given
 * up; nothing of it stays on the queue, so no endpoint waits for another.
 */

import { API_VERSION } from '../api/api-version.ts';
import type { SecretCipher } from '../channels/port/credentials.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import { jsonText } from '../kernel/json.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { unpackedBytes } from '../table/pack.ts';
import type { Item, Key, Table } from '../table/table.ts';
import type { Bounded } from './bounded.ts';
import { circuitKey, closeCircuit, mayTry, openCircuit } from './circuit.ts';
import { noteDue } from './due.ts';
import { signingSecrets } from './endpoint-secret.ts';
import { deleteFailure, type Failure, failureKey, failureOf, pendingIn, putFailure } from './failures.ts';
import type { DeliveryMessage } from './messages.ts';
import type { sendWebhook } from './sender.ts';
import {
  commitOfItem,
  type Endpoint,
  type EventCommit,
  endpointKey,
  endpointOf,
  loadEndpoints,
  wants,
} from './store.ts';
import { renderEvent } from './wire.ts';

export interface DeliveryDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly cipher: Pick<SecretCipher, 'decrypt'>;
  readonly send: typeof sendWebhook;
  readonly allowPrivate: boolean;
  /** Bounds the commits that are in memory at a time. */
  readonly bounded: Bounded;
}

/** Bytes of the commits in memory at a time: ten with full metadata, or one of the largest. 128 MB have room for three of these. */
export const MOST_BYTES = 300_000;

/** Seconds from each failed attempt to the next, the last one again and again (https://docs.stripe.com/webhooks#automatic-retries): ten attempts within three days. */
export const BACKOFF_SECONDS: readonly number[] = [300, 1_800, 7_200, 18_000, 36_000, 43_200];
const LONGEST_SECONDS = 43_200;
/** No attempt is noted for later than this after the commit. */
const GIVE_UP_MS = 3 * 24 * 3_600_000;

/** dropped: no endpoint remains to notify, or another message made this attempt. failed: `nextMs` is the next attempt, absent when given up. */
export type Delivered =
  | { readonly kind: 'delivered' | 'dropped'; readonly status: string }
  | { readonly kind: 'failed'; readonly status: string; readonly nextMs?: number };

/** Makes the attempt that the message names. Events are delivered at least once: a duplicate message may deliver twice. */
export async function deliver(deps: DeliveryDeps, message: DeliveryMessage): Promise<Delivered> {
  const { scope, events } = message;
  const objectKey = message.endpoint as ObjectKey;
  const keys = [
    endpointKey(scope, objectKey),
    circuitKey(scope, objectKey),
    failureKey(scope, objectKey, events),
    events,
  ];
  const seen = await readUsual(deps.table, keys);
  const commitItem = seen[3];
  if (!commitItem) return GONE;
  return deps.bounded(unpackedBytes(commitItem.doc as Uint8Array), async (waited) =>
    attemptWith(deps, message, keys, waited ? await readUsual(deps.table, keys) : seen),
  );
}

const GONE: Delivered = { kind: 'dropped', status: 'gone' };

async function attemptWith(
  deps: DeliveryDeps,
  message: DeliveryMessage,
  [, atCircuit, atFailure]: readonly Key[],
  [endpointItem, circuit, failureItem, commitItem]: readonly (Item | undefined)[],
): Promise<Delivered> {
  if (!endpointItem || !commitItem) return GONE;
  const [endpoint, commit] = [endpointOf(endpointItem), commitOfItem(commitItem)];
  const before = failureItem && failureOf(failureItem);
  if (isOvertaken(message, before)) return { kind: 'dropped', status: 'attempted before' };
  const attempt: Attempt = { message, endpoint, commit, atFailure: atFailure! };
  if (endpoint.disabled) return stopped(deps, attempt, before);
  const due = indexesDue(message, endpoint, commit, before);
  if (due.length === 0) {
    await recorded(deps, attempt, before, { delivered: [], left: [], status: 'not wanted' });
    return { kind: 'dropped', status: 'not wanted' };
  }
  const asked = message.only !== undefined;
  if (!asked && !(await mayTry(deps.table, atCircuit!, circuit, deps.clock.nowMs())))
    return recorded(deps, attempt, before, { delivered: [], left: due, status: 'parked' });
  const outcome = await sendEvents(deps, attempt, due);
  if (!outcome.answered) await openCircuit(deps.table, atCircuit!, deps.clock.nowMs());
  else if (circuit) await closeCircuit(deps.table, atCircuit!);
  return recorded(deps, attempt, before, outcome);
}

/**
 * Endpoint, circuit, failure and commit. An eventually consistent read is enough where it shows the usual: endpoint and commit, no open circuit, no failure. Everything else decides whether an event is sent, so it is read again.
 */
async function readUsual(table: Table, keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
  const reads = keys.map((key) => ({ table: 'events' as const, key }));
  const seen = await table.getMany(reads, 'eventual');
  const [endpoint, circuit, failure, commit] = seen;
  return endpoint && commit && !circuit && !failure ? seen : table.getMany(reads);
}

interface Attempt {
  readonly message: DeliveryMessage;
  readonly endpoint: Endpoint;
  readonly commit: EventCommit;
  readonly atFailure: Key;
}

const attemptOf = ({ attempt = 1 }: DeliveryMessage): number => attempt;

/** Another message has made this attempt of the schedule, or an event was delivered on request before its turn. */
function isOvertaken(message: DeliveryMessage, before: Failure | undefined): boolean {
  if (message.only !== undefined) return false;
  return before ? before.attempts !== attemptOf(message) - 1 : attemptOf(message) > 1;
}

function indexesDue(
  message: DeliveryMessage,
  endpoint: Endpoint,
  { types }: EventCommit,
  before: Failure | undefined,
): readonly number[] {
  if (message.only !== undefined) return [message.only];
  const candidates = attemptOf(message) > 1 ? before!.left : types.map((_, index) => index);
  return candidates.filter((index) => wants(endpoint, [types[index]!]));
}

/** A disabled endpoint gets no deliveries. Its open deliveries are given up, like those of a deleted one (which no list shows). */
async function stopped(deps: DeliveryDeps, attempt: Attempt, before: Failure | undefined): Promise<Delivered> {
  if (before?.nextMs !== undefined) {
    const { nextMs: _, ...kept } = before;
    await tryCommit(deps.table, putFailure(attempt.atFailure, { ...kept, status: 'disabled' }, before));
  }
  return { kind: 'dropped', status: 'disabled' };
}

interface Outcome {
  readonly delivered: readonly number[];
  readonly left: readonly number[];
  /** Of the last failure, or of the last success where nothing failed. */
  readonly status: string;
}

/**
 * Sends the events side by side, each over a connection of its own: a message takes as long as its slowest event. An event that fails
 * holds back none of the others.
 */
async function sendEvents(
  deps: DeliveryDeps,
  { message, endpoint, commit }: Attempt,
  due: readonly number[],
): Promise<Outcome & { readonly answered: boolean }> {
  const nowMs = deps.clock.nowMs();
  const [secrets, pending] = await Promise.all([
    signingSecrets(deps.cipher, endpoint, nowMs),
    pendingAt(deps, message, endpoint),
  ]);
  const version = endpoint.apiVersion ?? API_VERSION;
  const sent = await Promise.all(
    due.map(async (index) => {
      const payload = jsonText(renderEvent(commit, index, version, pending(index)));
      const { url } = endpoint;
      return { index, ...(await deps.send({ url, payload, secrets, nowMs, allowPrivate: deps.allowPrivate })) };
    }),
  );
  const failed = sent.filter(({ delivered }) => !delivered);
  const unanswered = sent.find(({ status }) => !hasAnswered(status));
  return {
    delivered: sent.filter(({ delivered }) => delivered).map(({ index }) => index),
    left: failed.map(({ index }) => index),
    status: (unanswered ?? failed.at(-1) ?? sent.at(-1)!).status,
    answered: !unanswered,
  };
}

const hasAnswered = (status: string): boolean => /^\d{3}$/.test(status);

/** How many endpoints an event was not delivered to, this one included: known of a first attempt, counted for a later one. */
async function pendingAt(
  deps: DeliveryDeps,
  { scope, events, endpoints: counts }: DeliveryMessage,
  { body: own }: Endpoint,
): Promise<(index: number) => number> {
  if (counts) return (index) => counts[index] ?? 1;
  const others = (await loadEndpoints(deps.table, scope)).filter(({ body }) => body !== own);
  const [failing] = await pendingIn(deps.table, scope, others, [events]);
  return (index) => failing!(index) + 1;
}

/** Stores the rest of the delivery: none, or when it is tried again. */
async function recorded(
  deps: DeliveryDeps,
  attempt: Attempt,
  before: Failure | undefined,
  outcome: Outcome,
): Promise<Delivered> {
  const { message, atFailure } = attempt;
  const isAsked = message.only !== undefined;
  const change = isAsked ? afterRequest : afterAttempt;
  const delivered: Delivered = { kind: 'delivered', status: outcome.status };
  let current = before;
  // The other writer is another attempt at the same delivery.
  return retryRaces<Delivered>(
    async () => {
      const now = change(deps.clock.nowMs(), attempt, current, outcome);
      if (now === current) return outcome.left.length === 0 ? delivered : { kind: 'failed', status: outcome.status };
      const known = current;
      // The note first: one that leads to no failure is dropped, a failure without a note would never be tried again.
      if (now?.nextMs !== undefined && !isAsked) {
        const { endpoints: _, ...again } = message;
        const note = noteDue({ ...again, attempt: now.attempts + 1 }, now.nextMs);
        await tryCommit(deps.table, note);
      }
      const write = now ? putFailure(atFailure, now, known) : deleteFailure(atFailure, known!);
      if (await tryCommit(deps.table, write)) {
        if (outcome.left.length === 0) return delivered;
        return { kind: 'failed', status: outcome.status, ...(now?.nextMs !== undefined && { nextMs: now.nextMs }) };
      }
      current = await reloaded(deps.table, atFailure);
      return isOvertaken(message, current) ? { kind: 'dropped', status: 'attempted before' } : LOST;
    },
    () => {
      throw new Error('a failed delivery changes too often to write down what became of it');
    },
  );
}

/** What an attempt of the schedule leaves. An event that was delivered on request meanwhile is not left. */
function afterAttempt(
  nowMs: number,
  { message, commit }: Attempt,
  before: Failure | undefined,
  outcome: Outcome,
): Failure | undefined {
  const number = attemptOf(message);
  const left = number > 1 && before ? outcome.left.filter((index) => before.left.includes(index)) : outcome.left;
  if (left.length === 0) return undefined;
  const nextMs = nowMs + (BACKOFF_SECONDS[number - 1] ?? LONGEST_SECONDS) * 1000;
  const givenUp = nextMs > commit.change.new.committedMs + GIVE_UP_MS;
  return { left, attempts: number, status: outcome.status, atMs: nowMs, ...(!givenUp && { nextMs }) };
}

/** What a redelivery on request leaves: the schedule stays as it is. */
function afterRequest(
  nowMs: number,
  _attempt: Attempt,
  before: Failure | undefined,
  { delivered, left, status }: Outcome,
): Failure | undefined {
  if (!before) return left.length === 0 ? undefined : { left, attempts: 0, status, atMs: nowMs };
  const rest = before.left.filter((index) => !delivered.includes(index));
  if (rest.length === 0) return undefined;
  const all = [...new Set([...rest, ...left])].sort((a, b) => a - b);
  return { ...before, left: all, ...(left.length > 0 && { status, atMs: nowMs }) };
}

async function reloaded(table: Table, key: Key): Promise<Failure | undefined> {
  const item = await table.get('events', key);
  return item && failureOf(item);
}
