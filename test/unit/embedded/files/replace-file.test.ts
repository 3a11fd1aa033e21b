/** Files that a crash leaves whole: the order of the steps, and the state after one that fails. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFile, makeFolder, replaceFile } from '../../../../bin/embedded/files/replace-file.ts';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'replace-'));
  roots.push(root);
});

/** What every handle has in common, with its syncs counted: of files and of folders. */
async function watchSyncs(): Promise<{ readonly seen: string[]; fail: boolean }> {
  const watched: { readonly seen: string[]; fail: boolean } = { seen: [], fail: false };
  const handle = await open(root, 'r');
  const shared = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const unwatched: (this: FileHandle) => Promise<void> = Reflect.get(shared, 'sync');
  vi.spyOn(shared, 'sync').mockImplementation(async function (this: FileHandle) {
    if (watched.fail) throw new Error('EIO');
    watched.seen.push((await this.stat()).isDirectory() ? `folder of ${readdirSync(root).length}` : 'file');
    return unwatched.call(this);
  });
  return watched;
}

it('the content is synced before it has its name, and the name after it', async () => {
  const { seen } = await watchSyncs();
  const path = join(root, 'a');

  await replaceFile(path, Buffer.from('1'), 0o600);

  expect(seen).toEqual(['file', 'folder of 1']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('a failed sync leaves the old content, and nothing beside it', async () => {
  const path = join(root, 'a');
  writeFileSync(path, 'old');
  const watched = await watchSyncs();
  watched.fail = true;

  await expect(replaceFile(path, Buffer.from('new'), 0o600)).rejects.toThrow('EIO');

  expect(readdirSync(root)).toEqual(['a']);
  expect(readFileSync(path, 'utf8')).toBe('old');
});

it('of many that create a file one succeeds, and its content stays', async () => {
  const path = join(root, 'a');
  const contents = ['1', '2', '3', '4'];

  const created = await Promise.all(contents.map((content) => createFile(path, Buffer.from(content), 0o600)));

  expect(created.filter(Boolean).length).toBe(1);
  expect(readFileSync(path, 'utf8')).toBe(contents[created.indexOf(true)]);
  expect(readdirSync(root)).toEqual(['a']);
});

it('a folder that cannot be written is an error, not a file that exists', async () => {
  await expect(createFile(join(root, 'nothing/a'), Buffer.from('1'), 0o600)).rejects.toThrow('ENOENT');
});

it('each new folder is on disk in the one above it', async () => {
  const { seen } = await watchSyncs();

  await makeFolder(join(root, 'a/b/c'));
  expect(seen.length).toBe(3);
  await makeFolder(join(root, 'a/b/c'));
  expect(seen.length).toBe(3);
});
