/** What operators do with the rows of a queue. Each function is a part of one commit. */
import { type Database, prepared } from '../store/sqlite.ts';
import type { Queue } from '../wiring/model-types.ts';
import type { Message } from './message.ts';
import { COLUMNS, type MessageRow, messageOf } from './rows.ts';

export interface QueueCounts {
  readonly queue: string;
  /** Messages that may be delivered now. */
  readonly ready: number;
  /** Messages that wait for their time: delayed, or after a failure. */
  readonly delayed: number;
  readonly inFlight: number;
  /** Age of the oldest message; undefined where there is none. */
  readonly oldestMs: number | undefined;
}

interface CountRow {
  readonly queue: string;
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
  readonly sentMs: number;
}

/** Every queue with its messages. */
export function counts(db: Database, queues: Iterable<Queue>, nowMs: number): readonly QueueCounts[] {
  const rows = prepared(
    db,
    `SELECT queue, sum(due_ms IS NOT NULL AND due_ms <= ?) AS ready, sum(due_ms IS NOT NULL AND due_ms > ?) AS delayed,
       sum(due_ms IS NULL) AS inFlight, min(sent_ms) AS sentMs FROM messages GROUP BY queue`,
  ).all(nowMs, nowMs) as unknown as readonly CountRow[];
  const byName = new Map(rows.map((row) => [row.queue, row]));
  return Array.from(queues, ({ name }) => {
    const row = byName.get(name);
    if (!row) return { queue: name, ready: 0, delayed: 0, inFlight: 0, oldestMs: undefined };
    const { ready, delayed, inFlight, sentMs } = row;
    return { queue: name, ready, delayed, inFlight, oldestMs: nowMs - sentMs };
  });
}

/** The oldest waiting messages, as they are: they stay where they are and no delivery is counted. */
export function peek(db: Database, { name }: Queue, most: number, nowMs: number): readonly Message[] {
  const sql = `SELECT ${COLUMNS} FROM messages WHERE queue = ? AND due_ms IS NOT NULL ORDER BY due_ms, id LIMIT ?`;
  const rows = prepared(db, sql).all(name, most) as unknown as readonly MessageRow[];
  return rows.map((row) => messageOf(row, nowMs));
}

/** Moves up to so many messages, oldest first, as new messages with all their deliveries ahead. Returns how many. */
export function move(
  db: Database,
  {
    from,
    to,
    newId,
    nowMs,
    most,
  }: {
    readonly from: Queue;
    readonly to: Queue;
    readonly newId: () => number;
    readonly nowMs: number;
    readonly most: number;
  },
): number {
  const rows = prepared(
    db,
    'SELECT id FROM messages WHERE queue = ? AND due_ms IS NOT NULL ORDER BY due_ms, id LIMIT ?',
  ).all(from.name, most) as unknown as readonly { readonly id: number }[];
  for (const { id } of rows)
    prepared(
      db,
      'UPDATE messages SET id = ?, queue = ?, sent_ms = ?, receives = 0, first_ms = NULL, due_ms = ? WHERE id = ?',
    ).run(newId(), to.name, nowMs, nowMs, id);
  return rows.length;
}

/** Deletes every message of the queue. Returns how many. */
export const purge = (db: Database, { name }: Queue): number =>
  Number(prepared(db, 'DELETE FROM messages WHERE queue = ?').run(name).changes);

/** Deletes messages that have waited longer than the queue keeps them. Returns how many. */
export const expire = (db: Database, { name, retentionMs }: Queue, nowMs: number): number =>
  Number(
    prepared(db, 'DELETE FROM messages WHERE queue = ? AND due_ms IS NOT NULL AND sent_ms <= ?').run(
      name,
      nowMs - retentionMs,
    ).changes,
  );
