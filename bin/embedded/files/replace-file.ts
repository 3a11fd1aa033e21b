/** Files that are whole or not there: written beside their place, synced, then moved to it. A crash of the machine leaves the old or the new one. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Names of files that are being written. One that a crash left behind means nothing. */
export const UNFINISHED = '.writing-';

/** Puts the content at the path, in place of what is there. Resolves when it is on disk. */
export const replaceFile = (path: string, content: Uint8Array, mode: number): Promise<void> =>
  placed(path, content, mode, rename);

/** Puts the content at the path, if nothing is there: of two writers one succeeds. Returns whether this one did. */
export async function createFile(path: string, content: Uint8Array, mode: number): Promise<boolean> {
  try {
    await placed(path, content, mode, link);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function placed(
  path: string,
  content: Uint8Array,
  mode: number,
  place: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  const unfinished = join(folder, `${UNFINISHED}${randomUUID()}`);
  try {
    await withOpen(unfinished, 'wx', mode, async (file) => {
      await file.writeFile(content);
      await file.sync();
    });
    await place(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  await syncFolder(folder);
}

/** Makes a folder and those above it, each of them on disk in the one above. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** What has a name in the folder has it after a crash too. Windows cannot open a folder, and keeps names by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await withOpen(folder, 'r', undefined, (opened) => opened.sync());
}

async function withOpen(
  path: string,
  flags: string,
  mode: number | undefined,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, mode);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
