/** A copy of the store in one file. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncDirectory } from './open.ts';
import { backupDatabase, type Database } from './sqlite.ts';

/** Copies a database into a file (node:sqlite). */
export type Copy = (db: Database, file: string, options: { readonly rate: number }) => Promise<unknown>;

/**
 * Copies the database page by page while commits go on; the copy shows the moment at which it is complete. The file has its name only when all of it
 * is on disk. Refuses to replace a file.
 */
export async function writeBackup(db: Database, file: string, copy: Copy = backupDatabase): Promise<void> {
  const path = resolve(file);
  if (existsSync(path)) throw new Error(`${file} exists: a backup does not replace a file`);
  const part = `${path}.part`;
  rmSync(part, { force: true });
  try {
    await copied(db, part, copy);
    const handle = await open(part, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
  syncDirectory(dirname(path));
}

const MOST_TRIES = 20;

/**
 * Node copies in a thread beside the one that commits. A step that meets a commit may end the copy, with an error that has the code of success
 * ("not an error"). Such a copy is begun again.
 */
async function copied(db: Database, part: string, copy: Copy): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await copy(db, part, { rate: 256 });
      return;
    } catch (error) {
      if ((error as { readonly errcode?: number }).errcode !== 0 || tried === MOST_TRIES) throw error;
      rmSync(part, { force: true });
    }
  }
}
