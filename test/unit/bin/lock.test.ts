import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { release, take } from '../../../bin/local/lock.mjs';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('lock', () => {
  it('lock: is taken once, until it is released', () => {
    expect([take(file), take(file)]).toEqual([true, false]);
    release(file);
    expect(take(file)).toBe(true);
  });

  it('lock: one whose holder has ended is free at the next try', () => {
    writeFileSync(file, String(spawnSync(process.execPath, ['--version']).pid));

    expect([take(file), take(file)]).toEqual([false, true]);
  });

  it('lock: one that is just being written is held', () => {
    writeFileSync(file, '');

    expect([take(file), take(file)]).toEqual([false, false]);
  });
});
