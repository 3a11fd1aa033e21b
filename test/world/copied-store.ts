/**
 * Stores without a file that are cheap to copy, many thousands of them: only those that were used last are open, and the others are the bytes of
 * their databases.
 */
import { migrate } from '../../bin/embedded/store/schema.ts';
import { type Database, SqliteDatabase } from '../../bin/embedded/store/sqlite.ts';
import { memoryStore, type Store } from '../../bin/embedded/store/store.ts';
import { TABLE_NAMES } from '../../bin/embedded/table/rows.ts';
import type { TableStore } from '../../bin/embedded/table/store-table.ts';

/** An open database takes a fifth of a megabyte. */
const MOST_OPEN = 200;
/** Nearly all tables of a test hold less than a page. */
const SMALLEST_PAGE = 'PRAGMA page_size = 512';

/** All that a store holds. Node before 24 cannot take a database as bytes: there it is rows. */
type Contents = Uint8Array | readonly Rows[];
interface Rows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export interface CopiedStore extends TableStore {
  /** Another store with the same contents. */
  copy(): CopiedStore;
}

let nothing: Contents | undefined;

export function emptyStore(): CopiedStore {
  nothing ??= contentsOf(opened([]));
  return new LazyStore(nothing);
}

/** In the order of their last use. */
const open = new Set<LazyStore>();

class LazyStore implements CopiedStore {
  private db: Database | undefined;
  private store: Store | undefined;
  /** Undefined after a commit, until it is asked for. */
  private contents: Contents | undefined;

  constructor(contents: Contents) {
    this.contents = contents;
  }

  commit: Store['commit'] = (work) => {
    const store = this.use();
    this.contents = undefined;
    return store.commit(work);
  };

  read: Store['read'] = (work) => this.use().read(work);

  copy(): CopiedStore {
    return new LazyStore(this.taken());
  }

  close(): void {
    this.taken();
    this.db?.close();
    this.db = undefined;
    this.store = undefined;
  }

  private taken(): Contents {
    this.contents ??= contentsOf(this.db!);
    return this.contents;
  }

  private use(): Store {
    open.delete(this);
    open.add(this);
    if (this.store) return this.store;
    this.db = opened(this.contents!);
    this.store = memoryStore(this.db);
    const [oldest] = open;
    if (open.size > MOST_OPEN) {
      open.delete(oldest!);
      oldest!.close();
    }
    return this.store;
  }
}

const contentsOf = (db: Database): Contents => ('serialize' in db ? db.serialize() : rowsOf(db));

export function opened(contents: Contents): Database {
  const db = new SqliteDatabase(':memory:');
  if (contents instanceof Uint8Array) db.deserialize(contents);
  else {
    db.exec(SMALLEST_PAGE);
    migrate(db);
    for (const { table, rows } of contents) insert(db, table, rows);
  }
  return db;
}

/** What a database holds, as rows. */
export const rowsOf = (db: Database): readonly Rows[] =>
  [...TABLE_NAMES, 'changes'].map((table) => ({
    table,
    rows: db.prepare(`SELECT * FROM ${table}`).all() as Rows['rows'][number][],
  }));

function insert(db: Database, table: string, rows: Rows['rows']): void {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  const marks = columns.map(() => '?').join(', ');
  const statement = db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
  for (const row of rows) statement.run(...Object.values(row));
}
