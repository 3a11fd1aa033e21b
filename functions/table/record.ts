/**
 * Aggregates kept in the payments table: one item each, in a partition of its scope, kind and shard, written only as the version after
 * the one it was made from. A kind of aggregate is data here, so that one more is one more noun and not one more store.
 */

import { type ObjectKey, objectKeyOf, type Scope, shardOf, timeOf, timeText } from '../kernel/ids.ts';
import { type Announces, announcedBy, announcing } from './announces.ts';
import { isYoung } from './just-written.ts';
import { pack, unpack } from './pack.ts';
import { type Shaped, shapedAs, withShape } from './shape.ts';
import { type AnnouncedCommit, absent, equal, type Item, type Key, type Table, type Write } from './table.ts';

/** Request id and idempotency key of the command behind a commit; absent when a callback or a job made it. */
export interface RequestMark {
  readonly id: string;
  readonly idempotencyKey?: string;
}

/** What every aggregate has. `committedMs` is frozen with each commit and strictly increases: keys of projections come from it. */
export interface Aggregate {
  readonly scope: Scope;
  readonly body: ObjectKey;
  readonly version: number;
  readonly livemode: boolean;
  readonly createdMs: number;
  readonly committedMs: number;
  readonly request?: RequestMark;
  /** What the commit of this version announces; absent in records of 0.1. */
  readonly announces?: Announces;
}

/** The part of a request that its commits store. */
interface Request {
  readonly requestId: string;
  readonly lock: { readonly key?: string };
}

/** What every commit on behalf of this request records. */
export const requestOf = ({ requestId, lock }: Request): RequestMark => ({
  id: requestId,
  ...(lock.key !== undefined && { idempotencyKey: lock.key }),
});

/** A request that makes an object: its caller's scope, and the object key that its idempotency key holds. */
interface Creation {
  readonly caller: Pick<Aggregate, 'scope' | 'livemode'>;
  readonly lock: { readonly objectKey: ObjectKey };
}

/** What the object that this request makes begins with: version 1, under the object key that its key holds. */
export const firstVersion = ({ caller, lock }: Creation, nowMs: number): Omit<Aggregate, 'request' | 'announces'> => ({
  scope: caller.scope,
  body: lock.objectKey,
  version: 1,
  livemode: caller.livemode,
  createdMs: nowMs,
  committedMs: nowMs,
});

export interface Kind<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>> extends Shaped<T> {
  /** Stands in its partition keys: `scope#letter#shard`. */
  readonly letter: string;
  /** Of its ids: `pi` in `pi_…`. */
  readonly prefix: string;
  /** Its name in refusals: "No such payment_intent: …". */
  readonly object: string;
  /** Where the sparse index lists it: the object it belongs to. It must not change once it is there. */
  readonly link?: (value: T) => string | undefined;
  /** When it last moved money, for the kinds that do; undefined before it first does. */
  readonly movedMs?: (value: T) => number | undefined;
  /** Where another object lists it. */
  readonly listedOf?: (value: T) => string | undefined;
  /**
   * Written too often for a note of each commit: lists find the newest by their keys (just-written.ts). From a later image they derive the
   * first one. `made`: the first image as `before` shows it, where `now` does not.
   */
  readonly scanned?: { readonly made: (before: T, now: T) => T | undefined };
  /** Shown beside the packed document, for people who look into the table. */
  readonly status?: (value: T) => string;
}

export const partitionOf = (kind: Pick<Kind<never>, 'letter'>, scope: Scope, shard: string): string =>
  `${scope}#${kind.letter}#${shard}`;
export const keyOf = (kind: Pick<Kind<never>, 'letter'>, scope: Scope, objectKey: ObjectKey): Key => ({
  pk: partitionOf(kind, scope, shardOf(objectKey)),
  sk: objectKey,
});

/** Partition of the sparse index under which everything that belongs to the object with this letter and object key is found. */
export const linkTo = (kind: Pick<Kind<never>, 'letter'>, scope: Scope, objectKey: ObjectKey): string =>
  `${scope}#${kind.letter}#${objectKey}`;
/** Sort key in that partition: kinds do not mix, and order is order of creation. */
export const linkSort = (kind: Pick<Kind<never>, 'letter'>, body: string): string => `${kind.letter}#${body}`;

/**
 * A move of money so long after its aggregate was made is listed by its own time in the sparse index `moved`; an earlier one is found by
 * the time in the aggregate's key (ADR 0022).
 */
export const LATE_MOVE_MS = 24 * 3_600_000;

export const isLateMove = (objectKey: ObjectKey, movedMs: number): boolean =>
  movedMs - timeOf(objectKey) >= LATE_MOVE_MS;

/** Partition of the index `moved`. */
export const movedPartition = (scope: Scope, shard: string): string => `${scope}#m#${shard}`;

function movedKey<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(kind: Kind<T>, value: T): object {
  const { scope, body } = value;
  const movedMs = kind.movedMs?.(value);
  if (movedMs === undefined || !isLateMove(body, movedMs)) return {};
  return { mpk: movedPartition(scope, shardOf(body)), msk: `${timeText(movedMs)}${kind.letter}${body}` };
}

/**
 * The aggregate that an item of the payments table holds; the stream's images are such items.
 * @throws NewerShape
 */
export const recordOf = <T>(kind: Shaped<T>, item: Item): T => shapedAs(kind, unpack<object>(item.doc as Uint8Array));

/** Writes the aggregate: version 1 must not exist yet, a later one must follow the one it was made from. */
export const putRecord = <T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  kind: Kind<T>,
  value: NoInfer<T>,
): Write => ({
  kind: 'put',
  table: 'payments',
  item: itemOf(kind, value),
  when: value.version === 1 ? absent : equal('v', value.version - 1),
});

/**
 * Writes the aggregate, which follows `before` as that is stored, with the types of events that the commit announces.
 * @throws Error where it does not follow `before`
 */
export function putAnnounced<T extends Aggregate>(
  kind: Kind<T>,
  types: (before: T | undefined, now: T) => readonly string[],
  before: T | undefined,
  value: NoInfer<T>,
): Write {
  const now = announcing(types, before, value);
  const { scanned, listedOf } = kind;
  const list = listedOf?.(now);
  const made = before && isYoung(now, now.committedMs) ? scanned?.made(before, now) : undefined;
  const announced: AnnouncedCommit = {
    types: announcedBy(now)!,
    scanned: scanned !== undefined,
    listed: before !== undefined && list !== undefined && listedOf?.(before) !== list,
    ...(before && {
      before: {
        types: announcedBy(before) ?? [],
        version: before.version,
        committedMs: before.committedMs,
        doc: withShape(kind, before),
      },
    }),
    ...(made && { made: { createdMs: made.createdMs, doc: withShape(kind, made) } }),
  };
  return { ...(putRecord(kind, now) as Extract<Write, { kind: 'put' }>), announced };
}

function itemOf<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(kind: Kind<T>, value: T): Item {
  const link = kind.link?.(value);
  return {
    ...keyOf(kind, value.scope, value.body),
    kind: kind.name,
    ...(kind.status && { status: kind.status(value) }),
    v: value.version,
    doc: pack(withShape(kind, value)),
    ...(link !== undefined && { lpk: link, lsk: linkSort(kind, value.body) }),
    ...movedKey(kind, value),
  };
}

export async function loadRecord<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  scope: Scope,
  objectKey: ObjectKey | undefined,
): Promise<T | undefined> {
  const item = objectKey && (await table.get('payments', keyOf(kind, scope, objectKey)));
  return item && recordOf(kind, item);
}

/** The aggregates of one kind that the object keys name, without those that are not there: up to 100, in their order. */
export async function loadRecords<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  scope: Scope,
  objectKeys: readonly ObjectKey[],
): Promise<readonly T[]> {
  if (objectKeys.length === 0) return [];
  const items = await table.getMany(objectKeys.map((key) => ({ table: 'payments', key: keyOf(kind, scope, key) })));
  return items.flatMap((item) => (item ? [recordOf(kind, item)] : []));
}

/** The aggregate that an id names in this scope; an id of another kind or scope names none. */
export const recordById = <T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  scope: Scope,
  id: string,
): Promise<T | undefined> => loadRecord(table, kind, scope, objectKeyOf(id, kind.prefix));

/** The aggregate with `changes`, as its next version: committed now, strictly later than before, by `request`. */
export function nextRecord<T extends Aggregate>(
  value: T,
  nowMs: number,
  changes: Partial<T>,
  request?: RequestMark,
): T {
  const { request: _request, announces: _announces, ...kept } = value;
  return {
    ...kept,
    ...changes,
    version: value.version + 1,
    committedMs: Math.max(nowMs, value.committedMs + 1),
    ...(request && { request }),
  } as T;
}
