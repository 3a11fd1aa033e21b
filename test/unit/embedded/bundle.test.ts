import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { embeddedBundle } from '../../../bin/embedded/bundle.ts';
import { ROOT } from '../../../bin/local/files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('two first starts at a time use one bundle, and later ones find it', async () => {
  const [first, second] = await Promise.all([embeddedBundle(ROOT, folder), embeddedBundle(ROOT, folder)]);

  expect(second.main).toBe(first.main);
  expect(existsSync(first.main) && existsSync(first.vault)).toBe(true);
  expect(await embeddedBundle(ROOT, folder)).toEqual({ ...first, from: 'cache' });
  expect(readdirSync(folder)).toHaveLength(1);
});

it('a bundle of earlier sources goes with the next one', async () => {
  writeFileSync(join(folder, 'earlier'), '');
  const { from } = await embeddedBundle(ROOT, folder);

  expect([from, readdirSync(folder).includes('earlier')]).toEqual(['build', false]);
});
