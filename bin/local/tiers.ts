/** The tiers of tests, and what running some of them with vitest came to. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './child.ts';
import { localPath, ROOT } from './files.ts';

/** In this process alone; seconds. */
export const FAST_TIERS = ['unit', 'property', 'contract', 'infra'] as const;
/** In this process too: every await, every pair, random lives, 100,000 objects. Whatever is enumerated or grown until it proves something. */
export const EXHAUSTIVE_TIERS = ['exhaustive'] as const;
/** Against the deployed stack. */
export const DEPLOYED_TIERS = ['integration', 'e2e'] as const;

/** Runs `npm start` and the README's other commands: on a stack that they make themselves. */
export const README_TIERS = ['readme'] as const;

export const TIERS = [...FAST_TIERS, ...EXHAUSTIVE_TIERS, ...DEPLOYED_TIERS, ...README_TIERS];
export type Tier = (typeof TIERS)[number];

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** The part of vitest's JSON report that is read here. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly meta?: { readonly skipped?: string } }[];
  }[];
}

/** Runs tiers with vitest, its report on the screen; what it counted. A run that ends badly without a failed test is one failure. */
export async function runTiers(tiers: readonly Tier[], env: NodeJS.ProcessEnv = process.env): Promise<Counts> {
  const file = localPath('test', `${tiers.join('-')}.json`);
  rmSync(file, { force: true });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const projects = tiers.flatMap((tier) => ['--project', tier]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  // Whatever the tests leave in their temporary folder goes with it.
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const child = start(process.execPath, [vitest, 'run', ...projects, ...reporters], {
    cwd: ROOT,
    env: { ...env, TMPDIR: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return countsOf(tiers, code, readReport(file), ROOT);
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    // Vitest did not get as far as a report: its exit code says so.
    return { testResults: [] };
  }
}

/** Adds a report up. A file that could not be loaded, a tier of which nothing ran and a bad exit code each count as a failure. */
export function countsOf(tiers: readonly Tier[], code: number, { testResults }: Report, root: string): Counts {
  let passed = 0;
  let failed = 0;
  for (const { status, assertionResults } of testResults) {
    const failures = assertionResults.filter((result) => result.status === 'failed').length;
    passed += assertionResults.filter((result) => result.status === 'passed').length;
    failed += failures === 0 && status === 'failed' ? 1 : failures;
  }
  for (const tier of tiers) {
    const folder = `${join(root, 'test', tier)}/`;
    const ran = testResults.some(
      ({ name, assertionResults }) =>
        name.startsWith(folder) && assertionResults.some(({ status }) => status === 'passed' || status === 'failed'),
    );
    if (ran) continue;
    console.error(`test: no ${tier} test ran`);
    failed += 1;
  }
  tellSkipped(testResults.flatMap(({ assertionResults }) => assertionResults));
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/** What was not tested here is said, with its reason: it is neither passed nor failed. */
function tellSkipped(results: Report['testResults'][number]['assertionResults']): void {
  const reasons = results
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ meta }) => meta?.skipped ?? 'no reason is given');
  for (const reason of new Set(reasons))
    console.error(`test: ${reasons.filter((other) => other === reason).length} skipped: ${reason}`);
}
