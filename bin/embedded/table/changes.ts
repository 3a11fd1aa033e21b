/** The stream of the payments table: both images of every change, in the order of the commits, stored in the same commit as the change. */
import type { Item, Key } from '../../../functions/table/table.ts';
import { type Database, prepared } from '../store/sqlite.ts';
import type { Encoded } from './codec.ts';
import { itemOf } from './rows.ts';

/** One change; one of the images is absent where the item was made or removed. */
export interface ChangeRecord {
  /** Grows with every change, over restarts too. */
  readonly sequence: number;
  readonly key: Key;
  readonly old?: Item;
  readonly new?: Item;
  /** When it was committed. */
  readonly ms: number;
}

export function appendChange(
  db: Database,
  { pk, sk }: Key,
  old: Encoded | undefined,
  now: Encoded | undefined,
  ms: number,
): void {
  prepared(
    db,
    'INSERT INTO changes (ms, pk, sk, old_body, old_bytes, new_body, new_bytes) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ).run(ms, pk, sk, old?.body ?? null, old?.bytes ?? null, now?.body ?? null, now?.bytes ?? null);
}

interface ChangeRow extends Key {
  readonly seq: number;
  readonly ms: number;
  readonly old_body: string | null;
  readonly old_bytes: Uint8Array | null;
  readonly new_body: string | null;
  readonly new_bytes: Uint8Array | null;
}

/** Up to `limit` changes after a sequence number, oldest first. */
export function changesAfter(db: Database, sequence: number, limit: number): readonly ChangeRecord[] {
  const rows = prepared(db, 'SELECT * FROM changes WHERE seq > ? ORDER BY seq LIMIT ?').all(sequence, limit);
  return (rows as unknown as ChangeRow[]).map(recordOf);
}

function recordOf(row: ChangeRow): ChangeRecord {
  const key = { pk: row.pk, sk: row.sk };
  const image = (body: string | null, bytes: Uint8Array | null) =>
    body === null ? undefined : itemOf(key, { body, bytes });
  const [old, now] = [image(row.old_body, row.old_bytes), image(row.new_body, row.new_bytes)];
  return { sequence: row.seq, key, ...(old && { old }), ...(now && { new: now }), ms: row.ms };
}

/** The sequence number of the newest change; 0 before the first. */
export const newestChange = (db: Database): number =>
  (prepared(db, 'SELECT coalesce(max(seq), 0) AS seq FROM changes').get() as { readonly seq: number }).seq;

/**
 * Forgets the changes up to a sequence number, in a commit. The newest one stays: SQLite numbers the next one after it, and a number that was used
 * twice would be skipped by a consumer.
 */
export function forgetChanges(db: Database, through: number): void {
  prepared(db, 'DELETE FROM changes WHERE seq <= ? AND seq < (SELECT max(seq) FROM changes)').run(through);
}
