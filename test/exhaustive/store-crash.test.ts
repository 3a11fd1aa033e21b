/** The embedded store when the power fails, and when its process is killed: nothing acknowledged is lost, no commit is there in part. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { seeded } from '../../bin/embedded/chaos/seeded.ts';
import { StoreLocked } from '../../bin/embedded/store/errors.ts';
import { openStore } from '../../bin/embedded/store/store.ts';
import { ROOT } from '../../bin/local/files.ts';
import { commitsLeftIn } from '../world/counted-load.ts';
import { losePower } from '../world/power-loss-run.ts';
import { skipped } from '../world/skip.ts';

const { SLUICE_SEED: given, SLUICE_RUNS: runs } = process.env;
const seed = given === 'random' ? Date.now() : Number(given ?? 20_261_201);
const SEEDS = Math.ceil(Number(runs ?? 200) / 25);
const KILLS = 8;

it('power failures at many moments of loads of one to eight clients', async () => {
  const tried = { 'during a sync': 0, 'after a sync': 0, 'during a checkpoint': 0 };
  for (let n = 0; n < SEEDS; n++) {
    const losses = await losePower(seed + n, 25);
    expect(losses.lost).toEqual([]);
    for (const [moment, times] of Object.entries(losses.tried)) tried[moment as keyof typeof tried] += times;
  }

  expect(Math.min(...Object.values(tried))).toBeGreaterThan(SEEDS);
});

/** Loads the store in a process of its own, kills it after so many acknowledgements, and returns the last one. */
async function killed(directory: string, after: number, meanwhile: () => Promise<void>): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'test/world/store-child.ts'), directory], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<string | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  let [highest, lines] = [0, 0];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      highest = Math.max(highest, Number(line));
      lines += 1;
      if (lines === 1) await meanwhile();
      if (lines > after) child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return highest;
}

it('a process that is killed under load leaves all that it acknowledged, and its directory is free at once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-killed-'));
  const random = seeded(seed);
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await killed(directory, 20 + random() * 400, async () => {
        await expect(openStore(directory)).rejects.toThrow(StoreLocked);
      });

      expect(await commitsLeftIn(directory)).toBeGreaterThanOrEqual(acknowledged);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Runs a command with a disk of four megabytes of its own; the result has no output where the machine does not allow that. */
const onSmallDisk = (directory: string, ...command: readonly string[]) =>
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=4m none "$0" && "$@"', directory, ...command], {
    cwd: ROOT,
    encoding: 'utf8',
  });

it('a full disk refuses commits and loses none, and the store goes on when there is space again', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-full-'));
  try {
    if (onSmallDisk(directory, 'true').status !== 0) skipped(context, 'this machine mounts no disk for a test');

    const run = onSmallDisk(
      directory,
      process.execPath,
      '--import',
      'tsx',
      join(ROOT, 'test/world/full-disk-child.ts'),
      directory,
    );

    expect(run.stderr).toBe('');
    const { whileFull, after } = JSON.parse(run.stdout) as Record<'whileFull' | 'after', Record<string, number>>;
    expect(whileFull).toEqual({ acknowledged: whileFull.stored, stored: expect.any(Number), refusals: ['StoreFull'] });
    expect(whileFull.stored).toBeGreaterThan(100);
    expect(after).toEqual({ acknowledged: whileFull.stored! + 50, stored: whileFull.stored! + 50 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
