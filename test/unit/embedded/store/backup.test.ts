/** A copy that meets a commit is begun again; any other error ends the backup. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Copy, writeBackup } from '../../../../bin/embedded/store/backup.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The copies end with these errors, one after the other, and then succeed. */
function backup(errors: readonly number[]): Promise<void> {
  const left = [...errors];
  const copy: Copy = async (_, file) => {
    writeFileSync(file, `copy before ${left.length} errors`);
    const errcode = left.shift();
    if (errcode !== undefined) throw Object.assign(new Error(`code ${errcode}`), { errcode });
  };
  return writeBackup({} as never, join(folder, 'copy.db'), copy);
}

it('a copy that ended with the code of success is begun again', async () => {
  await backup([0, 0]);

  expect(readFileSync(join(folder, 'copy.db'), 'utf8')).toBe('copy before 0 errors');
});

it.each([[[13]], [Array.from({ length: 20 }, () => 0)]])('the errors %j end it, and leave no file', async (errors) => {
  await expect(backup(errors)).rejects.toThrow(/^code (13|0)$/);

  expect(readdirSync(folder)).toEqual([]);
});
