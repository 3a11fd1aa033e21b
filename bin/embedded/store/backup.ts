/** A copy of the store in one file. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncDirectory } from './open.ts';
import { backupDatabase, type Database } from './sqlite.ts';

/**
 * Copies the database page by page while commits go on; the copy shows the moment at which it is complete. The file has its name only when all of it
 * is on disk. Refuses to replace a file.
 */
export async function writeBackup(db: Database, file: string): Promise<void> {
  const path = resolve(file);
  if (existsSync(path)) throw new Error(`${file} exists: a backup does not replace a file`);
  const part = `${path}.part`;
  rmSync(part, { force: true });
  try {
    await backupDatabase(db, part, { rate: 256 });
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
