/** Runs a group of commits as one transaction of SQLite. Synchronous: nothing else runs between its first statement and its last. */
import { isFull, StoreFull } from './errors.ts';
import { changesOf, type Database, prepared } from './sqlite.ts';

export type Work = (db: Database) => unknown;
export type Outcome = { readonly result: unknown } | { readonly error: unknown };

export interface Ran {
  /** One for each commit, in order. */
  readonly outcomes: readonly Outcome[];
  /** Whether there is something to sync. */
  readonly wrote: boolean;
}

/**
 * Runs the group. A commit that throws leaves nothing behind and does not disturb the others. Throws `StoreFull` where the disk has no space, and
 * any other error of the disk as it is. Nothing of the group is stored then.
 */
export function runGroup(db: Database, works: readonly Work[]): Ran {
  try {
    // Conditions fail before the first write, as a rule. Only where a commit throws later does the group need savepoints, which cost a third more.
    return transaction(db, works, false) ?? transaction(db, works, true)!;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw isFull(error) ? new StoreFull('the disk is full: the commit was refused', { cause: error }) : error;
  }
}

/** Undefined where a commit threw after it had written, and no savepoint was there to return to. */
function transaction(db: Database, works: readonly Work[], isCareful: boolean): Ran | undefined {
  const run = (sql: string): unknown => prepared(db, sql).run();
  const first = changesOf(db);
  let before = first;
  run('BEGIN IMMEDIATE');
  const outcomes: Outcome[] = [];
  for (const work of works) {
    if (isCareful) run('SAVEPOINT one');
    try {
      outcomes.push({ result: work(db) });
    } catch (error) {
      // SQLite ends the transaction by itself when the disk fails.
      if (isFull(error) || !db.isTransaction) throw error;
      outcomes.push({ error });
      if (isCareful) run('ROLLBACK TO one');
      else if (changesOf(db) > before) {
        run('ROLLBACK');
        return undefined;
      }
    }
    if (isCareful) run('RELEASE one');
    before = changesOf(db);
  }
  run('COMMIT');
  return { outcomes, wrote: before > first };
}
