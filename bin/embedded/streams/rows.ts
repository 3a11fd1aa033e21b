/** Positions as rows, and what becomes of changes that are done. Each function is a part of one commit, or a read. */
import { type Database, prepared } from '../store/sqlite.ts';
import { type ChangeRecord, changesAfter } from '../table/changes.ts';

/** The last change that the consumer is done with; 0 for a consumer that begins with the oldest. */
export function positionOf(db: Database, consumer: string): number {
  const row = prepared(db, 'SELECT seq FROM positions WHERE consumer = ?').get(consumer);
  return (row as { readonly seq: number } | undefined)?.seq ?? 0;
}

export function setPosition(db: Database, consumer: string, seq: number): void {
  prepared(db, 'REPLACE INTO positions VALUES (?, ?)').run(consumer, seq);
}

/**
 * Deletes changes that all consumers are done with, except those that one gave up. The newest change stays: SQLite numbers the next one after
 * it (table/changes.ts).
 */
export function trim(db: Database, seq: number): void {
  prepared(
    db,
    'DELETE FROM changes WHERE seq <= ? AND seq < (SELECT max(seq) FROM changes) AND seq NOT IN (SELECT seq FROM given_up)',
  ).run(seq);
}

export function giveUp(db: Database, consumer: string, seqs: readonly number[], nowMs: number): void {
  for (const seq of seqs) prepared(db, 'REPLACE INTO given_up VALUES (?, ?, ?)').run(consumer, seq, nowMs);
}

/** The oldest changes that the consumer gave up and that are still there. */
export function givenUpBy(db: Database, consumer: string, most: number): readonly ChangeRecord[] {
  const rows = prepared(
    db,
    'SELECT seq FROM given_up JOIN changes USING (seq) WHERE consumer = ? ORDER BY seq LIMIT ?',
  );
  const found = rows.all(consumer, most) as unknown as readonly { readonly seq: number }[];
  return found.flatMap(({ seq }) => changesAfter(db, seq - 1, 1));
}

/** The consumer has done them after all. */
export function takeBack(db: Database, consumer: string, seqs: readonly number[]): void {
  for (const seq of seqs) prepared(db, 'DELETE FROM given_up WHERE consumer = ? AND seq = ?').run(consumer, seq);
}

/** Forgets what was given up before a time. */
export function forget(db: Database, beforeMs: number): void {
  prepared(db, 'DELETE FROM given_up WHERE ms <= ?').run(beforeMs);
}

/** The newest change that is older than a time; 0 where there is none. */
export function lastBefore(db: Database, beforeMs: number): number {
  const row = prepared(db, 'SELECT coalesce(max(seq), 0) AS seq FROM changes WHERE ms <= ?').get(beforeMs);
  return (row as { readonly seq: number }).seq;
}
