/** Node's own SQLite, and prepared statements that are kept per database. Everything embedded gets both from here. */
import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Database = DatabaseSync;

const sqlite = load();

export const { DatabaseSync: SqliteDatabase, backup: backupDatabase } = sqlite;

/** Node 22 warns that SQLite is experimental. Only that warning is left out. */
function load(): typeof Sqlite {
  const emit = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (isAboutSqlite(warning)) return;
    Reflect.apply(emit, process, [warning, ...rest]);
  };
  try {
    const found = process.getBuiltinModule('node:sqlite');
    if (found && 'backup' in found) return found;
  } finally {
    process.emitWarning = emit;
  }
  throw new Error(
    `Node ${process.versions.node} has no complete node:sqlite. \`npm start\`, \`npm test\` and \`npm run check\` fetch a Node that has it.`,
  );
}

export function isAboutSqlite(warning: string | Error): boolean {
  return (typeof warning === 'string' ? warning : warning.message).startsWith('SQLite is an experimental feature');
}

const kept = new WeakMap<Database, Map<string, StatementSync>>();

/** The statement, prepared once per database. */
export function prepared(db: Database, sql: string): StatementSync {
  const statements = kept.get(db) ?? new Map<string, StatementSync>();
  if (!kept.has(db)) kept.set(db, statements);
  const known = statements.get(sql);
  if (known) return known;
  const made = db.prepare(sql);
  statements.set(sql, made);
  return made;
}

/** Rows changed since the database was opened. */
export const changesOf = (db: Database): number => {
  const row = prepared(db, 'SELECT total_changes() AS n').get() as { readonly n: number };
  return row.n;
};
