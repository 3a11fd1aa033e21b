import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { logFile } from '../../../bin/embedded/run/log-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-log-'));
  path = join(folder, 'sluice.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const numbers = (file: string): readonly number[] => readFileSync(file, 'utf8').trim().split('\n').map(Number);

it('appends to what an earlier process wrote', async () => {
  for (const line of ['1', '2']) {
    const log = logFile(path);
    log.write(line);
    await log.end();
  }
  expect(numbers(path)).toEqual([1, 2]);
});

it('keeps a file of the given size and the one before it, and no line is lost between them', async () => {
  const log = logFile(path, 1_000);
  for (let line = 1; line <= 1_000; line++) log.write(String(line));
  await log.end();

  expect(readdirSync(folder).sort()).toEqual(['sluice.log', 'sluice.log.1']);
  const kept = [...numbers(`${path}.1`), ...numbers(path)];
  expect(kept.at(-1)).toBe(1_000);
  expect(kept).toEqual(Array.from(kept, (_, index) => kept[0]! + index));
  expect(kept.length).toBeGreaterThan(250);
  expect(kept.length).toBeLessThan(700);
});

it('a file that is too long already is moved aside first', async () => {
  const first = logFile(path);
  for (let line = 1; line <= 100; line++) first.write(String(line));
  await first.end();
  const second = logFile(path, 100);
  second.write('101');
  await second.end();
  expect(numbers(path)).toEqual([101]);
  expect(numbers(`${path}.1`)).toHaveLength(100);
});
