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

/** The groups of one database: all of its writes after it was opened. */
export class Groups {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /**
   * Runs a group. A commit that throws leaves nothing behind and does not disturb the others. Throws `StoreFull` where the disk has no space, and
   * any other error of the disk as it is. Nothing of the group is stored then.
   */
  run(works: readonly Work[]): Ran {
    try {
      // A commit checks its conditions before its first write, as a rule. Only a group with one that throws later needs savepoints, which cost a third more.
      return this.transaction(works, false) ?? this.transaction(works, true)!;
    } catch (error) {
      if (this.db.isTransaction) this.statement('ROLLBACK');
      throw isFull(error) ? new StoreFull('the disk is full: the commit was refused', { cause: error }) : error;
    }
  }

  /** Undefined where a commit threw after it had written, and no savepoint was there to return to. */
  private transaction(works: readonly Work[], isCareful: boolean): Ran | undefined {
    const outcomes: Outcome[] = [];
    // Rows that a rollback takes back are counted too: such a group is synced without need.
    const before = changesOf(this.db);
    this.statement('BEGIN');
    for (const work of works) {
      if (isCareful) this.statement('SAVEPOINT one');
      const outcome = this.outcomeOf(work);
      if ('error' in outcome) {
        if (isCareful) this.statement('ROLLBACK TO one');
        else if (changesOf(this.db) > before) {
          // Its own rows, or only those of the commits before it.
          this.statement('ROLLBACK');
          return undefined;
        }
      }
      if (isCareful) this.statement('RELEASE one');
      outcomes.push(outcome);
    }
    const wrote = changesOf(this.db) > before;
    this.statement('COMMIT');
    return { outcomes, wrote };
  }

  private outcomeOf(work: Work): Outcome {
    try {
      return { result: work(this.db) };
    } catch (error) {
      // SQLite ends the transaction by itself when the disk fails.
      if (isFull(error) || !this.db.isTransaction) throw error;
      return { error };
    }
  }

  private statement(sql: string): void {
    prepared(this.db, sql).run();
  }
}
