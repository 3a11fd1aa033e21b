/** The whole stack when the power fails under load: what was acknowledged is there once, the books are right, and each event arrives. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../../bin/local/files.ts';

const { SLUICE_SEED: given, SLUICE_RUNS: runs } = process.env;
const seed = given === 'random' ? Date.now() : Number(given ?? 20_261_201);
const LOSSES = Number(runs ?? 8);

interface Result {
  readonly tried: readonly string[];
  readonly paid: number;
  readonly wrong: readonly string[];
}

function losePower(losses: number, ...more: readonly string[]): Result {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-power-'));
  try {
    const program = ['--import', 'tsx', join(ROOT, 'test/world/power-loss-stack.ts')];
    const args = [...program, folder, String(seed), String(losses), ...more];
    return JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e9 })) as Result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('nothing acknowledged is lost, nothing doubled, and the books come right', () => {
  const { tried, paid, wrong } = losePower(LOSSES);
  expect(wrong).toEqual([]);
  expect(tried).toHaveLength(LOSSES);
  expect(paid).toBeGreaterThan(LOSSES);
});

it('a disk that acknowledges what it did not write is found out', () => {
  expect(losePower(2, 'lies').wrong.join('\n')).toContain('is lost');
});
