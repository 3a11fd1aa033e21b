/** Where `npm run settle -- file` writes what the treasury answers. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writtenTo } from '../../../bin/local/treasury.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-payout-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const WRITTEN = { file: { id: 'pf_1' }, content: 'the bytes' };

it('writes the bytes for their owner alone, and returns the summary of the file', async () => {
  const out = join(folder, 'payouts.xml');

  expect(await writtenTo(out, WRITTEN)).toEqual({ file: { id: 'pf_1' }, out });
  expect(await writtenTo(out, WRITTEN)).toEqual({ file: { id: 'pf_1' }, out });

  expect([readFileSync(out, 'utf8'), statSync(out).mode & 0o777]).toEqual(['the bytes', 0o600]);
});

it('names the payout file where the bytes cannot be written: nothing else has its id', async () => {
  const there = join(folder, 'other.xml');
  writeFileSync(there, 'something else');

  await expect(writtenTo(there, WRITTEN)).rejects.toThrow(/holds something else\n.*stored as pf_1: .*--id pf_1/);
  await expect(writtenTo(join(folder, 'none', 'a.xml'), WRITTEN)).rejects.toThrow(/ENOENT\n.*--id pf_1/);
  expect(readFileSync(there, 'utf8')).toBe('something else');
});

it('writes nothing where no payout waits, and returns the files that are not confirmed', async () => {
  const answer = { file: null, unconfirmed: ['pf_1'] };

  expect(await writtenTo(join(folder, 'none', 'a.xml'), answer)).toEqual(answer);
});
