/**
 * The tables of the store, as a list of migrations. A file carries the number of those that have run. A release adds to the end of the list and
 * never changes what a released list holds: `test/fixtures/store` keeps a file of each version.
 */

import { StoreUnreadable } from './errors.ts';
import type { Database } from './sqlite.ts';

/** "SLCE" in the file's header: another program's SQLite file is refused. */
const APPLICATION_ID = 0x534c4345;

const MIGRATIONS: readonly (readonly string[])[] = [
  [
    // What belongs to the whole store, by name: the offset of its clock, for example.
    'CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID',
  ],
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings a file to this release's version, in one transaction. Refuses files of newer releases and of other programs. */
export function migrate(db: Database): void {
  const version = pragma(db, 'user_version');
  const application = pragma(db, 'application_id');
  if (version > SCHEMA_VERSION)
    throw new StoreUnreadable(
      `the store has version ${version}, and this release reads up to version ${SCHEMA_VERSION}: use the newer release`,
    );
  if (application !== APPLICATION_ID && !(version === 0 && isEmpty(db)))
    throw new StoreUnreadable('the file is no store of Sluice');
  if (version === SCHEMA_VERSION) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const statements of MIGRATIONS.slice(version)) for (const sql of statements) db.exec(sql);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

const pragma = (db: Database, name: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0]);

const isEmpty = (db: Database): boolean => db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
