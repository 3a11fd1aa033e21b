/** The package of `npm run package`, installed in a project of its own: it starts without a checkout, the CDK and other packages. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../../bin/local/files.ts';
import type { RunningStack } from '../../../bin/local/place.ts';
import { freePort } from '../../world/free-port.ts';

let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'sluice-package-'));
  const out = join(project, 'out');
  execFileSync(process.execPath, ['bin/run.mjs', 'package', '--out', out], { cwd: ROOT, stdio: 'pipe' });
  const [archive] = readdirSync(out).filter((name) => name.endsWith('.tgz'));
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--prefix', project, join(out, archive!)], {
    stdio: 'pipe',
  });
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** `npx sluice …` in the project. */
const sluice = (...args: readonly string[]): readonly [string, string[]] => [
  process.execPath,
  [join(project, 'node_modules/sluice/bin/run.mjs'), ...args],
];

it('has no dependency and no source', () => {
  expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['sluice']);
  const files = readdirSync(join(project, 'node_modules/sluice'), { recursive: true }) as string[];
  expect(files.filter((name) => name.endsWith('.ts'))).toEqual([]);
});

it('starts with the limits of memory of `npm start`, as a command and as a script', () => {
  const scriptOf = (folder: string): string =>
    (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: { start: string } }).scripts.start;
  const own = join(project, 'node_modules/sluice');
  const limits = /--max-semi-space-size=\d+ --max-old-space-size=\d+/.exec(scriptOf(ROOT))![0];
  expect(scriptOf(own)).toBe(`exec node ${limits} bin/run.mjs start`);
  expect(readFileSync(join(own, 'bin/run.mjs'), 'utf8')).toMatch(`#!/usr/bin/env -S node ${limits}\n`);
});

it('starts, takes a payment, settles it and keeps it in the folder where the command runs', async () => {
  const env = { ...process.env, PORT: String(await freePort()) };
  const [program, args] = sluice('start');
  const stack = spawn(program, args, { cwd: project, env, stdio: 'pipe' });
  try {
    const state = join(project, '.local/sluice.json');
    await expect.poll(() => existsSync(state), { timeout: 60_000, interval: 50 }).toBe(true);
    const { baseUrl, secretKey } = JSON.parse(readFileSync(state, 'utf8')) as RunningStack;
    const paid = await fetch(`${baseUrl}/v1/payment_intents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secretKey}` },
      body: new URLSearchParams({ amount: '2000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' }),
    });
    expect(await paid.json()).toMatchObject({ status: 'succeeded' });

    const [again, books] = sluice('ledger', 'trial-balance');
    const balance = execFileSync(again, books, { cwd: project, encoding: 'utf8' });
    expect(balance).toContain('balanced');
    expect(existsSync(join(project, '.local/data/sluice.db'))).toBe(true);
  } finally {
    stack.kill();
    await once(stack, 'exit');
  }
});

it.each(['ministack', 'localstack'])('--on %s needs a checkout, and says so', (place) => {
  const [program, args] = sluice('start', '--on', place);
  const env = { ...process.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
  expect(() => execFileSync(program, args, { cwd: project, env, stdio: 'pipe' })).toThrow('not in this package');
});
