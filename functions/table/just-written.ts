/**
 * Notes of what was just written: lists that the stream makes read them until the stream has reached the commit (I17, ADR 0007).
 * A payment that was made a moment ago needs none, because lists read the newest payments themselves.
 */
import { base62, type ObjectKey, type Scope, shardsOf, timeOf, timeText } from '../kernel/ids.ts';
import { pack, unpack } from './pack.ts';
import type { Images } from './stream.ts';
import { type AnnouncedCommit, absent, any, type Item, present, type Table, type Write } from './table.ts';

/** A scanned aggregate is found by its own key while it is younger. The clocks of two functions differ by seconds. */
export const YOUNG_MS = 60_000;
/** How far the stream may be behind for a list to show everything. A note is read for so long, and lists find what is as old and was young. */
export const BEHIND_MS = 60_000;
/** Clocks of two functions differ by no more. */
const CLOCKS_APART_MS = 5_000;
/** From when on a list reads what was made or noted. */
export const noteWindowMs = BEHIND_MS + CLOCKS_APART_MS;
export const scanWindowMs = YOUNG_MS + noteWindowMs;
/** Notes that a list reads of a shard, the newest ones. */
const MOST_NOTES = 100;
/** Two characters of the version tell the commits of a millisecond apart. */
const VERSIONS = 62 ** 2;
/** Time to live of a note. */
const RETENTION_SECONDS = 600;

type Put = Extract<Write, { kind: 'put' }>;

const notePartition = (scope: string, shard: string): string => `${scope}#w#${shard}`;

/** Whether what was made then is younger than that. */
export const isYoung = ({ createdMs }: { readonly createdMs: number }, nowMs: number): boolean =>
  nowMs - createdMs < YOUNG_MS;

/** What writes leave to be noted. */
export interface Notes {
  /** Of what the writes replace: it was committed, whether they succeed or not. */
  readonly replaced: readonly Write[];
  /** Of the writes, once they have succeeded: they may lose to another writer. */
  readonly written: readonly Write[];
}

export function notesOf(writes: readonly Write[], nowMs: number): Notes {
  const puts = writes.flatMap((write) => (write.kind === 'put' && write.announced ? [write] : []));
  return {
    replaced: puts.flatMap((put) => replacedBy(put, nowMs)),
    written: puts.flatMap((put) => writtenBy(put, nowMs)),
  };
}

/** The commit, with the image before where its events show what changed. */
function writtenBy({ item, announced }: Put, nowMs: number): readonly Write[] {
  if (!announced || !isNoted(announced, item, nowMs)) return [];
  const { types, before } = announced;
  const changes = types.some((type) => type.endsWith('.updated') || type.endsWith('.deleted'));
  return [noteOf(item, nowMs, changes && before ? pack(before.doc) : undefined)];
}

/** The commit before, which the stream may not have reached, and the first one: their images are not in the table any more. */
function replacedBy({ item, announced }: Put, nowMs: number): readonly Write[] {
  const { before, made } = announced ?? {};
  const first = made && { ...noteOf({ ...item, v: 1, doc: pack(made.doc) }, made.createdMs), when: absent };
  if (!announced || !before || !isReplaced(announced, before, item, nowMs)) return first ? [first] : [];
  const replaced = noteOf({ ...item, v: before.version, doc: pack(before.doc) }, before.committedMs);
  return first && before.version > 1 ? [replaced, first] : [replaced];
}

/** Whether the commit cannot be found without a note, or not as it was: what its `….updated` event shows of before is nowhere else. */
const isNoted = (
  { types, scanned, listed }: Pick<AnnouncedCommit, 'types' | 'scanned' | 'listed'>,
  { sk }: Item,
  atMs: number,
): boolean =>
  (types.length > 0 || listed) &&
  (!scanned || atMs - timeOf(sk as ObjectKey) > YOUNG_MS || types.some((type) => type.endsWith('.updated')));

/** What was young needed no note until now. That a payment was created, and no more, is read from each later image that shows it. */
const isReplaced = (
  { scanned }: AnnouncedCommit,
  before: NonNullable<AnnouncedCommit['before']>,
  item: Item,
  nowMs: number,
): boolean =>
  before.types.length > (before.version === 1 && scanned ? 1 : 0) &&
  nowMs - before.committedMs < BEHIND_MS &&
  !isNoted({ types: before.types, scanned, listed: false }, item, before.committedMs);

const noteOf = ({ pk, sk, kind, v, doc }: Item, atMs: number, old?: Uint8Array): Put => {
  const [scope = '', letter] = pk.split('#');
  return {
    kind: 'put',
    table: 'idempotency',
    item: {
      pk: notePartition(scope, sk.charAt(7)),
      sk: `${timeText(atMs)}${letter}${sk}${base62(Number(v) % VERSIONS, 2)}`,
      kind,
      doc,
      ...(old && { old }),
      expiresAt: Math.ceil(atMs / 1000) + RETENTION_SECONDS,
    },
    when: any(absent, present),
  };
};

/**
 * The note of an aggregate's item as it stands, where its commit is recent: what wrote it may not have lived to note it. Where it did, its note stays,
 * which may hold the image before.
 */
export function notesOfStored(item: Item | undefined, nowMs: number): readonly Write[] {
  if (item?.kind === undefined || item.doc === undefined) return [];
  const { committedMs } = unpack<{ readonly committedMs: number }>(item.doc as Uint8Array);
  return nowMs - committedMs < BEHIND_MS ? [{ ...noteOf(item, committedMs), when: absent }] : [];
}

/** The images of the commits that were noted lately, the newest of each shard, strongly consistent. In no order. */
export async function notedImages(
  table: Table,
  scope: Scope,
  shards: number,
  nowMs: number,
): Promise<readonly (Images & { readonly new: Item })[]> {
  const from = timeText(nowMs - noteWindowMs);
  const pages = await Promise.all(
    shardsOf(shards).map((shard) =>
      table.query('idempotency', { pk: notePartition(scope, shard), from, newestFirst: true, limit: MOST_NOTES }),
    ),
  );
  return pages.flatMap(({ items }) =>
    items.map(({ kind, doc, old }) => ({
      ...(old !== undefined && { old: { pk: '', sk: '', kind, doc: old } }),
      new: { pk: '', sk: '', kind, doc },
    })),
  );
}
