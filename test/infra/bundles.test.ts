/** What is deployed: each function's bundle is small, and holds nothing that it should not. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import functions from '../../lib/functions.json' with { type: 'json' };

/** Design budget: 600 KB minified. */
const MAXIMUM_BYTES = 600 * 1024;

let dist: string;
beforeAll(() => {
  dist = mkdtempSync(join(tmpdir(), 'sluice-bundles-'));
  execFileSync(process.execPath, ['bin/bundle.mjs', dist], { stdio: 'pipe' });
});
afterAll(() => rmSync(dist, { recursive: true }));

it.each(Object.keys(functions))('%s: is at most 600 KB', (name) => {
  expect(statSync(join(dist, name, 'index.mjs')).size).toBeLessThanOrEqual(MAXIMUM_BYTES);
});

it.each([
  ['payments-api', 'AddLayerVersionPermissionRequest'],
  ['ledger-api', 'CreateBucketConfiguration'],
])('%s: holds no schema of an operation that it does not call', (name, schema) => {
  expect(readFileSync(join(dist, name, 'index.mjs'), 'utf8')).not.toContain(schema);
});

it.each(Object.keys(functions))('%s: holds neither tests nor infrastructure, and no whole zod', (name) => {
  const meta = JSON.parse(readFileSync(join(dist, 'meta', `${name}.json`), 'utf8')) as {
    inputs: Record<string, unknown>;
  };
  const strangers = Object.keys(meta.inputs).filter((input) =>
    /^(test|lib|bin)\/|node_modules\/(aws-cdk|stripe|zod\/v4\/classic)/.test(input),
  );
  expect(strangers).toEqual([]);
});
