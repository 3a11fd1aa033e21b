/**
 * The tables of the store, as a list of migrations. A file carries the number of those that have run. A release adds to the end of the list and
 * never changes what a released list holds: `test/fixtures/store` keeps a file of each version.
 */

import { QUEUE_TABLES } from '../queues/schema.ts';
import { SCHEDULE_TABLES } from '../schedules/schema.ts';
import { STATE_TABLES } from '../states/schema.ts';
import { STREAM_TABLES } from '../streams/schema.ts';
import { StoreUnreadable } from './errors.ts';
import type { Database } from './sqlite.ts';

/** "SLCE" in the file's header: another program's SQLite file is refused. */
const APPLICATION_ID = 0x534c4345;

/** The tables of the product at version 1. A table that a release adds is a migration. */
const TABLES_1 = [
  'payments',
  'idempotency',
  'events',
  'ledger',
  'channels',
  'vault',
  'cvc',
  'risk',
  'merchants',
  'search',
  'sandbox',
];

/** Sort keys compare by UTF-8 bytes, as in DynamoDB. `expires` and the keys of indexes repeat what is in the body, for their indexes. */
const ITEM = 'pk TEXT NOT NULL, sk TEXT NOT NULL, body TEXT NOT NULL, bytes BLOB, expires INTEGER';
const OPTIONS = 'STRICT, WITHOUT ROWID';

export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    ...TABLES_1.flatMap((name) => [
      `CREATE TABLE ${name} (${ITEM}${name === 'payments' ? ', lpk TEXT, lsk TEXT, mpk TEXT, msk TEXT' : ''}, PRIMARY KEY (pk, sk)) ${OPTIONS}`,
      `CREATE INDEX ${name}_expires ON ${name} (expires, pk, sk) WHERE expires IS NOT NULL`,
    ]),
    'CREATE INDEX payments_links ON payments (lpk, lsk, pk, sk) WHERE lpk IS NOT NULL AND lsk IS NOT NULL',
    'CREATE INDEX payments_moved ON payments (mpk, msk, pk, sk) WHERE mpk IS NOT NULL AND msk IS NOT NULL',
    // The stream of the payments table: both images of each change, until every consumer is past it.
    `CREATE TABLE changes (seq INTEGER PRIMARY KEY, ms INTEGER NOT NULL, pk TEXT NOT NULL, sk TEXT NOT NULL,
      old_body TEXT, old_bytes BLOB, new_body TEXT, new_bytes BLOB) STRICT`,
    // What belongs to the whole store, by name: the offset of its clock, for example.
    'CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID',
    ...QUEUE_TABLES,
    ...STREAM_TABLES,
    ...SCHEDULE_TABLES,
    ...STATE_TABLES,
  ],
];

/** Refuses files of newer releases and of other programs, and returns the version of this one: 0 where it is new. */
export function versionOf(db: Database, migrations = MIGRATIONS): number {
  const version = pragma(db, 'user_version');
  if (pragma(db, 'application_id') !== APPLICATION_ID && !(version === 0 && isEmpty(db)))
    throw new StoreUnreadable('the file is not a store of Sluice');
  if (version > migrations.length)
    throw new StoreUnreadable(
      `the store has version ${version}, and this release reads versions up to ${migrations.length}: use the newer release`,
    );
  return version;
}

/** Brings a file to this release's version, in one transaction. */
export function migrate(db: Database, migrations = MIGRATIONS): void {
  const version = versionOf(db, migrations);
  if (version === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const statements of migrations.slice(version)) for (const sql of statements) db.exec(sql);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

const pragma = (db: Database, name: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0]);

const isEmpty = (db: Database): boolean => db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
