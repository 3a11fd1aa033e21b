/** Opens the store's file: lock, pragmas, migrations, and the open write-ahead log whose sync makes commits durable. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isBusy, isDamaged, isNoDatabase, StoreLocked, StoreUnreadable } from './errors.ts';
import { migrate, versionOf } from './schema.ts';
import { type Database, SqliteDatabase } from './sqlite.ts';

export const FILE = 'sluice.db';

export interface Opened {
  readonly db: Database;
  /** Open for as long as the database: opening and closing other files of SQLite would drop its locks. */
  readonly log: FileHandle;
}

/** Opens or makes the store of a directory. Throws `StoreLocked` while another process has it. */
export async function openFile(directory: string): Promise<Opened> {
  const path = join(resolve(directory), FILE);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its log the rights of the database. Only a new file is made here: closing one that is in use would drop SQLite's locks.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const db = new SqliteDatabase(path);
  try {
    // Before anything changes the file: it may be another program's.
    versionOf(db);
    configure(db);
    migrate(db);
    // Takes the lock for good and sees to it that the log is there.
    db.exec("BEGIN IMMEDIATE; REPLACE INTO facts VALUES ('opened', unixepoch()); COMMIT");
    const log = await open(`${path}-wal`, 'r+');
    await log.datasync();
    syncDirectory(dirname(path));
    syncDirectory(dirname(dirname(path)));
    return { db, log };
  } catch (error) {
    db.close();
    if (isBusy(error))
      throw new StoreLocked(`another process uses the data in ${directory}: stop it, or name another directory`);
    if (isDamaged(error))
      throw new StoreUnreadable(`${path} is damaged: restore a backup, or name another directory`, { cause: error });
    throw isNoDatabase(error) ? new StoreUnreadable(`${path} is not a store of Sluice`) : error;
  }
}

/** A store without a file. */
export function openMemory(): Database {
  const db = new SqliteDatabase(':memory:');
  db.exec('PRAGMA temp_store = MEMORY');
  migrate(db);
  return db;
}

function configure(db: Database): void {
  // An exclusive lock needs no shared-memory file, and no reader can hold the log back.
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  db.exec('PRAGMA journal_mode = WAL');
  // Commits are synced by the store itself, once per group and without blocking. SQLite syncs its own checkpoints.
  db.exec('PRAGMA synchronous = NORMAL');
  db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
  // A checkpoint at a moment of SQLite's choice would be part of a request.
  db.exec('PRAGMA wal_autocheckpoint = 0');
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000');
}

/** Makes names of new files in the directory durable. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
