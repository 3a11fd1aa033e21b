/**
 * Deliveries that have not succeeded: one item per endpoint and commit, made by the first failure and gone with the last success, so
 * that a delivery that succeeds at once costs nothing. It has the open events, and the time of the next attempt.
 */

import { BASE62, base62, fromBase62, type ObjectKey, type Scope } from '../kernel/ids.ts';
import { getAll } from '../table/bulk.ts';
import { absent, all, equal, type Item, type Key, type Table, type Write } from '../table/table.ts';
import { type Endpoint, EVENT_RETENTION_MS } from './store.ts';

export interface Failure {
  /** Indexes, in their commit, of the events that were not delivered; ascending, never empty. */
  readonly left: readonly number[];
  /** Attempts of the schedule so far; what a merchant asks for beside it is not counted. */
  readonly attempts: number;
  /** What the endpoint answered last, or why there was no answer. */
  readonly status: string;
  readonly atMs: number;
  /** When it is tried again; absent when it was given up. */
  readonly nextMs?: number;
}

/** Failed deliveries of an endpoint, in order of their commits. */
export const failurePartition = (scope: Scope, endpoint: ObjectKey): string => `${scope}#d#${endpoint}`;
export const failureKey = (scope: Scope, endpoint: ObjectKey, events: Key): Key => ({
  pk: failurePartition(scope, endpoint),
  sk: `${events.sk}#${events.pk.slice(-3)}`,
});

/** The events item that a failed delivery is of. */
export const eventsOfFailure = (scope: Scope, { sk }: Pick<Item, 'sk'>): Key => ({
  pk: `${scope}#e#${sk.slice(-3)}`,
  sk: sk.slice(0, -4),
});

const textOf = (left: readonly number[]): string => left.map((index) => base62(index, 1)).join('');

export function failureOf(item: Item): Failure {
  return {
    left: (item.left as string).split('').map(fromBase62),
    attempts: Number(item.attempts),
    status: item.status as string,
    atMs: Number(item.atMs),
    ...(item.nextMs !== undefined && { nextMs: Number(item.nextMs) }),
  };
}

/** Changes an item only if it is as it was read: an attempt and a merchant's own redelivery may run at once. */
const unchanged = (before: Failure | undefined) =>
  before ? all(equal('attempts', before.attempts), equal('left', textOf(before.left))) : absent;

export const putFailure = (key: Key, { left, ...facts }: Failure, before: Failure | undefined): Write => ({
  kind: 'put',
  table: 'events',
  item: {
    ...key,
    ...facts,
    left: textOf(left),
    expiresAt: Math.floor((facts.atMs + EVENT_RETENTION_MS) / 1000),
  },
  when: unchanged(before),
});

export const deleteFailure = (key: Key, before: Failure): Write => ({
  kind: 'delete',
  table: 'events',
  key,
  when: unchanged(before),
});

/** At how many of the endpoints each event of each commit has failed so far. */
export async function pendingIn(
  table: Table,
  scope: Scope,
  endpoints: readonly Pick<Endpoint, 'body'>[],
  commits: readonly Key[],
): Promise<readonly ((index: number) => number)[]> {
  const keys = commits.flatMap((events) => endpoints.map(({ body }) => failureKey(scope, body, events)));
  const items = await getAll(
    table,
    keys.map((key) => ({ table: 'events', key })),
  );
  return commits.map((_, place) => {
    const own = items.slice(place * endpoints.length, (place + 1) * endpoints.length);
    return (index) => own.filter((item) => item && (item.left as string).includes(BASE62.charAt(index))).length;
  });
}
