/** Messages as rows. Each function is a part of one commit. */
import { type Database, prepared } from '../store/sqlite.ts';
import type { Queue } from '../wiring/model-types.ts';
import type { Message, Outgoing } from './message.ts';

/** How long a FIFO queue remembers a deduplication id. */
const DEDUPE_MS = 5 * 60_000;
/** Forgotten deduplication ids that a new one removes: more than one, so that they never pile up. */
const FORGOTTEN = 2;

export interface Inserted {
  /** The id of the message, or of the earlier one that has the same deduplication id. */
  readonly id: number;
  /** A consumer works on it from now on. */
  readonly isReceived: boolean;
  /** Undefined where nothing was stored. */
  readonly dueMs: number | undefined;
}

/**
 * Stores a message. `receive`: a consumer is free, so the message is received by the commit that stores it, unless its group has an earlier
 * message.
 */
export function insert(
  db: Database,
  queue: Queue,
  { id, body, group, dedupe, dueMs }: Outgoing & { readonly id: number; readonly dueMs: number },
  nowMs: number,
  receive: boolean,
): Inserted {
  if (queue.fifo) {
    const earlier = acceptedBefore(db, queue, { id, group: group!, dedupe: dedupe! }, nowMs);
    if (earlier !== undefined) return { id: earlier, isReceived: false, dueMs: undefined };
  }
  const isReceived = receive && dueMs <= nowMs && (group === undefined || !hasMessages(db, queue, group));
  const [receives, firstMs, storedDueMs] = isReceived ? [1, nowMs, null] : [0, null, dueMs];
  prepared(db, 'INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    id,
    queue.name,
    body,
    group ?? null,
    dedupe ?? null,
    nowMs,
    receives,
    firstMs,
    storedDueMs,
  );
  return { id, isReceived, dueMs };
}

/** The id of the message that was accepted with this deduplication id in the last five minutes, or undefined: then this one is. */
function acceptedBefore(
  db: Database,
  { name, fifo }: Queue,
  { id, group, dedupe }: { readonly id: number; readonly group: string; readonly dedupe: string },
  nowMs: number,
): number | undefined {
  const scope = fifo?.dedupeScope === 'messageGroup' ? group : '';
  const known = prepared(
    db,
    'SELECT id, until_ms AS untilMs FROM dedupes WHERE queue = ? AND message_group = ? AND dedupe = ?',
  ).get(name, scope, dedupe) as { readonly id: number; readonly untilMs: number } | undefined;
  if (known && known.untilMs > nowMs) return known.id;
  prepared(db, 'REPLACE INTO dedupes VALUES (?, ?, ?, ?, ?)').run(id, name, scope, dedupe, nowMs + DEDUPE_MS);
  // The oldest ids are the first rows.
  prepared(
    db,
    'DELETE FROM dedupes WHERE id IN (SELECT id FROM (SELECT id, until_ms FROM dedupes ORDER BY id LIMIT ?) WHERE until_ms <= ?)',
  ).run(FORGOTTEN, nowMs);
  return undefined;
}

const hasMessages = (db: Database, { name }: Queue, group: string): boolean =>
  prepared(db, 'SELECT 1 FROM messages WHERE queue = ? AND message_group = ? LIMIT 1').get(name, group) !== undefined;

export interface MessageRow extends Pick<Message, 'id' | 'body' | 'sentMs' | 'receives'> {
  readonly message_group: string | null;
  readonly dedupe: string | null;
  readonly first_ms: number | null;
}

export const COLUMNS = 'id, body, message_group, dedupe, sent_ms AS sentMs, receives, first_ms';
const STANDARD = `SELECT ${COLUMNS} FROM messages WHERE queue = ? AND due_ms <= ? ORDER BY due_ms, id LIMIT ?`;
/** The first message of each group: the next one waits until this one has left the queue. */
const FIFO = `SELECT ${COLUMNS} FROM messages AS m WHERE queue = ? AND due_ms <= ? AND NOT EXISTS (
  SELECT 1 FROM messages AS e WHERE e.queue = m.queue AND e.message_group = m.message_group AND e.id < m.id
) ORDER BY due_ms, id LIMIT ?`;

export interface Taken {
  readonly batches: readonly (readonly Message[])[];
  /** When the next message is due that none of these is; null where none has a time. Messages behind another of their group have none. */
  readonly nextDueMs: number | null;
  /** Messages that went to the dead-letter queue. */
  readonly dead: number;
}

/** Receives up to so many batches of messages that are due. Those that had all their deliveries go to the dead-letter queue. */
export function take(db: Database, queue: Queue, nowMs: number, most: number, batchSize: number): Taken {
  const batches: Message[][] = [];
  let dead = 0;
  for (;;) {
    const select = prepared(db, queue.fifo ? FIFO : STANDARD);
    const rows = select.all(queue.name, nowMs, batchSize) as unknown as readonly MessageRow[];
    const batch = rows.filter((row) => !isDead(queue, row)).map((row) => receive(db, row, nowMs));
    for (const row of rows.filter((each) => isDead(queue, each))) bury(db, queue, row, nowMs);
    dead += rows.length - batch.length;
    if (batch.length > 0) batches.push(batch);
    if (rows.length < batchSize && batch.length === rows.length)
      return { batches, dead, nextDueMs: dueAfter(db, queue, nowMs) };
    if (batches.length === most) return { batches, dead, nextDueMs: nowMs };
  }
}

const isDead = ({ redrive }: Queue, { receives }: MessageRow): boolean =>
  redrive !== undefined && receives >= redrive.afterReceives;

function receive(db: Database, row: MessageRow, nowMs: number): Message {
  prepared(
    db,
    'UPDATE messages SET due_ms = NULL, receives = receives + 1, first_ms = coalesce(first_ms, ?) WHERE id = ?',
  ).run(nowMs, row.id);
  return messageOf({ ...row, receives: row.receives + 1 }, nowMs);
}

export const messageOf = ({ message_group, first_ms, dedupe, ...row }: MessageRow, nowMs: number): Message => ({
  ...row,
  group: message_group ?? undefined,
  dedupe: dedupe ?? undefined,
  firstMs: first_ms ?? nowMs,
  receivedMs: nowMs,
});

function bury(db: Database, { redrive }: Queue, { id }: MessageRow, nowMs: number): void {
  prepared(db, 'UPDATE messages SET queue = ?, due_ms = ? WHERE id = ?').run(redrive!.to, nowMs, id);
}

function dueAfter(db: Database, { name }: Queue, nowMs: number): number | null {
  const sql = 'SELECT min(due_ms) AS dueMs FROM messages WHERE queue = ? AND due_ms > ?';
  return (prepared(db, sql).get(name, nowMs) as { readonly dueMs: number | null }).dueMs;
}

/** Deletes messages that were worked on. */
export function remove(db: Database, ids: readonly number[]): void {
  for (const id of ids) prepared(db, 'DELETE FROM messages WHERE id = ?').run(id);
}

/** Ends the work on messages: each may be delivered again from its time. */
export function release(db: Database, ids: readonly number[], dueMs: number): void {
  for (const id of ids) prepared(db, 'UPDATE messages SET due_ms = ? WHERE id = ? AND due_ms IS NULL').run(dueMs, id);
}

/** Whether the queue has a message that no consumer works on. */
export const hasWaiting = (db: Database, { name }: Queue): boolean =>
  prepared(db, 'SELECT 1 FROM messages WHERE queue = ? AND due_ms IS NOT NULL LIMIT 1').get(name) !== undefined;

/** Releases all messages that a process that ended had worked on. The store has one process, so no other works on them. */
export function recover(db: Database, nowMs: number): void {
  prepared(db, 'UPDATE messages SET due_ms = ? WHERE due_ms IS NULL').run(nowMs);
}

/** The largest id that was given. */
export function lastIdOf(db: Database): number {
  const sql =
    'SELECT max((SELECT coalesce(max(id), 0) FROM messages), (SELECT coalesce(max(id), 0) FROM dedupes)) AS id';
  return (prepared(db, sql).get() as { readonly id: number }).id;
}
