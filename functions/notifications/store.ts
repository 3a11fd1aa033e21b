/** Event commits and webhook endpoints: keys, reads and writes. One item holds all events of a commit. */

import { BASE62, base62, type EventId, fromBase62, type ObjectKey, type Scope, timeText } from '../kernel/ids.ts';
import { EVENT_VERSIONS, type Family } from '../stream/kind/kind.ts';
import type { Change } from '../stream/kinds.ts';
import { kindOf } from '../stream/kinds.ts';
import { unannounced } from '../table/announces.ts';
import { pack, unpack } from '../table/pack.ts';
import { shapedAs, withShape } from '../table/shape.ts';
import { absent, equal, type Item, type Key, present, type Table, type Write } from '../table/table.ts';

export const FAMILIES: readonly Family[] = ['c', 'p', 'r', 'o'];

/** Events can be retrieved for 30 days. */
export const EVENT_RETENTION_MS = 30 * 24 * 3_600_000;

/** What is kept of a commit: the types of its events and the image they are all rendered from. */
export interface EventCommit {
  readonly types: readonly string[];
  readonly change: Change;
  /** What `….updated` events show of before. */
  readonly previous?: object;
}

export const eventPartition = (scope: Scope, family: Family, shard: string): string => `${scope}#e#${family}#${shard}`;

function familyOf({ change, types }: EventCommit): Family {
  const { family, listsCharge } = kindOf(change);
  return listsCharge?.(change.new, types) ? 'c' : family;
}

const versionIn = (change: Change): number =>
  (kindOf(change).firstEventVersion ?? 0) + (change.new.version % EVENT_VERSIONS);

/** Whether the item lists a charge that a repair found: of which version it is, is not known. */
export const isStandIn = ({ sk }: Key): boolean => sk.endsWith('00');

/** Whether the version at the end of a sort key may be a payment's: what is committed with one has versions of its own. */
export const isPaymentsVersion = (text: string): boolean => fromBase62(text) < EVENT_VERSIONS;

export function eventKey(commit: EventCommit): Key {
  const { scope, body, committedMs } = commit.change.new;
  return {
    pk: eventPartition(scope, familyOf(commit), body.charAt(7)),
    sk: `${timeText(committedMs)}${body.slice(8)}${base62(versionIn(commit.change), 2)}`,
  };
}

/** `evt_` + time (7) + shard (1) + random (14) + family (1) + version (2) + index in the commit (1). */
export const eventIdAt = ({ pk, sk }: Key, index: number): EventId =>
  `evt_${sk.slice(0, 7)}${pk.slice(-1)}${sk.slice(7, 21)}${pk.slice(-3, -2)}${sk.slice(21)}${BASE62.charAt(index)}`;

export const eventId = (commit: EventCommit, index: number): EventId => eventIdAt(eventKey(commit), index);

/** Where the event that an id names stands, or undefined for what is no such id. */
export function parseEventId(scope: Scope, id: string): { readonly key: Key; readonly index: number } | undefined {
  const match = /^evt_([0-9A-Za-z]{7})([0-9A-Za-z])([0-9A-Za-z]{14})([cpro])([0-9A-Za-z]{2})([0-9A-Za-z])$/.exec(id);
  if (!match) return undefined;
  const [, time, shard, random, family, version, index] = match as unknown as [
    string,
    string,
    string,
    string,
    Family,
    string,
    string,
  ];
  return {
    key: { pk: eventPartition(scope, family, shard), sk: `${time}${random}${version}` },
    index: fromBase62(index),
  };
}

/** Writes the commit's events; conflicts when they were written before. Items that list charges stay, the others end with their events. */
export const putEvents = (commit: EventCommit): Write => ({
  kind: 'put',
  table: 'events',
  item: {
    ...eventKey(commit),
    doc: pack({
      types: commit.types,
      kind: commit.change.kind,
      image: withShape(kindOf(commit.change).record, unannounced(commit.change.new)),
      ...(commit.previous !== undefined && { previous: commit.previous }),
    }),
    ...(familyOf(commit) !== 'c' && {
      expiresAt: Math.floor((commit.change.new.committedMs + EVENT_RETENTION_MS) / 1000),
    }),
  },
  when: absent,
});

interface StoredCommit {
  readonly types: readonly string[];
  readonly kind: Change['kind'];
  readonly image: object;
  readonly previous?: object;
}

export function commitOfItem(item: Item): EventCommit {
  const { types, kind, image, previous } = unpack<StoredCommit>(item.doc as Uint8Array);
  const change = { kind, new: shapedAs(kindOf({ kind }).record, image) } as Change;
  return { types, change, ...(previous !== undefined && { previous }) };
}

export async function loadCommit(table: Table, key: Key): Promise<EventCommit | undefined> {
  const item = await table.get('events', key);
  return item && commitOfItem(item);
}

/** Where signed events go. */
export interface Endpoint {
  readonly scope: Scope;
  readonly body: ObjectKey;
  readonly version: number;
  readonly livemode: boolean;
  readonly url: string;
  /** Event types, or `*`. */
  readonly enabledEvents: readonly string[];
  readonly disabled: boolean;
  readonly description?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly apiVersion?: string;
  readonly createdMs: number;
  /** The signing secret, encrypted for exactly this endpoint. */
  readonly secret: Uint8Array;
  /** The secret before the last roll: until then both sign. */
  readonly previousSecret?: Uint8Array;
  readonly previousUntilMs?: number;
  /** The request that rolled last (the object key of its lock): sent again, it rolls nothing. */
  readonly rolledBy?: ObjectKey;
}

export const endpointPartition = (scope: Scope): string => `${scope}#w`;
export const endpointKey = (scope: Scope, objectKey: ObjectKey): Key => ({
  pk: endpointPartition(scope),
  sk: objectKey,
});

/** The packed document holds no bytes; the encrypted secrets stand beside it. */
export function endpointOf(item: Item): Endpoint {
  return {
    ...unpack<Omit<Endpoint, 'secret' | 'previousSecret'>>(item.doc as Uint8Array),
    secret: item.secret as Uint8Array,
    ...(item.previousSecret !== undefined && { previousSecret: item.previousSecret as Uint8Array }),
  };
}

export function putEndpoint({ secret, previousSecret, ...endpoint }: Endpoint): Write {
  const item = {
    ...endpointKey(endpoint.scope, endpoint.body),
    v: endpoint.version,
    secret,
    ...(previousSecret && { previousSecret }),
    doc: pack(endpoint),
  };
  return {
    kind: 'put',
    table: 'events',
    item,
    when: endpoint.version === 1 ? absent : equal('v', endpoint.version - 1),
  };
}

export const deleteEndpoint = (scope: Scope, objectKey: ObjectKey): Write => ({
  kind: 'delete',
  table: 'events',
  key: endpointKey(scope, objectKey),
  when: present,
});

export async function loadEndpoint(
  table: Table,
  scope: Scope,
  objectKey: ObjectKey | undefined,
): Promise<Endpoint | undefined> {
  const item = objectKey && (await table.get('events', endpointKey(scope, objectKey)));
  return item && endpointOf(item);
}

/** Every endpoint of a scope, oldest first; there are at most 16. */
export async function loadEndpoints(table: Table, scope: Scope): Promise<readonly Endpoint[]> {
  const page = await table.query('events', { pk: endpointPartition(scope) });
  return page.items.map(endpointOf);
}

export const wants = (endpoint: Endpoint, types: readonly string[]): boolean =>
  !endpoint.disabled &&
  (endpoint.enabledEvents.includes('*') || types.some((type) => endpoint.enabledEvents.includes(type)));
