/** The tiers of tests, and the result of running some of them with vitest. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { start } from './child.ts';
import { localPath, ROOT } from './files.ts';

/** In this process alone; seconds. */
export const FAST_TIERS = ['unit', 'property', 'contract', 'infra'] as const;
/** In this process too: every await, every pair, random lives, 100,000 objects. Whatever is enumerated or grown until it proves something. */
export const EXHAUSTIVE_TIERS = ['exhaustive'] as const;
/** Real clients in programs of their own, against the product in this process. Their packages are installed once, below `.local/clients`. */
export const CLIENT_TIERS = ['clients'] as const;
/** Against the deployed stack. */
export const DEPLOYED_TIERS = ['integration', 'e2e'] as const;

/** Against a stack of version 0.1 that was updated. */
export const UPGRADE_TIERS = ['upgrade'] as const;

/** Runs `npm start` and the README's other commands: on a stack that they make themselves. */
export const README_TIERS = ['readme'] as const;

export const TIERS = [
  ...FAST_TIERS,
  ...EXHAUSTIVE_TIERS,
  ...CLIENT_TIERS,
  ...DEPLOYED_TIERS,
  ...UPGRADE_TIERS,
  ...README_TIERS,
];
export type Tier = (typeof TIERS)[number];

export interface Outcome {
  readonly passed: number;
  /** One line each: where, which test, and the first line of why. */
  readonly failures: readonly string[];
}

/** The part of vitest's JSON report that is read here. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
      readonly meta?: { readonly skipped?: string };
    }[];
  }[];
}

/** How a run of tests differs from the usual one. */
export interface HowToRun {
  readonly env?: NodeJS.ProcessEnv;
  /** These files only. */
  readonly files?: readonly string[];
  /** `minimal` prints failed tests and the sums only. */
  readonly reporter?: 'default' | 'minimal';
}

/** Runs tiers with vitest, its report on the screen, and returns the outcome. A run that ends badly without a failed test is one failure. */
export async function runTiers(
  tiers: readonly Tier[],
  { env = process.env, files = [], reporter = 'default' }: HowToRun = {},
): Promise<Outcome> {
  const file = localPath('test', `${tiers.join('-')}.json`);
  rmSync(file, { force: true });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const projects = tiers.flatMap((tier) => ['--project', tier]);
  const reporters = [`--reporter=${reporter}`, '--reporter=json', `--outputFile.json=${file}`];
  // Whatever the tests leave in their temporary folder goes with it.
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const child = start(process.execPath, [vitest, 'run', ...projects, ...reporters, ...files], {
    cwd: ROOT,
    env: { ...env, TMPDIR: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return outcomeOf(tiers, code, readReport(file), ROOT);
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
export function outcomeOf(tiers: readonly Tier[], code: number, { testResults }: Report, root: string): Outcome {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failures = testResults.flatMap((file) => failuresOf(file, relative(root, file.name)));
  for (const tier of tiers) {
    const folder = `${join(root, 'test', tier)}/`;
    const ran = testResults.some(
      ({ name, assertionResults }) =>
        name.startsWith(folder) && assertionResults.some(({ status }) => status === 'passed' || status === 'failed'),
    );
    if (!ran) failures.push(`no ${tier} test ran`);
  }
  if (failures.length === 0 && code !== 0) failures.push(`no test failed, but vitest ended with ${code}`);
  tellSkipped(results);
  return { passed: results.filter(({ status }) => status === 'passed').length, failures };
}

function failuresOf({ status, message, assertionResults }: Report['testResults'][number], file: string): string[] {
  const failed = assertionResults.filter((result) => result.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages?.[0])}`);
}

function firstLine(text = ''): string {
  return text.split('\n', 1)[0]!;
}

/**
 * Prints the failures last, for readers of the end of a long log, and the line `N passed, N failed`; the exit code. No test is run
 * a second time: what fails now and then is a defect, of the test or of the product.
 */
export function conclude(outcomes: readonly Outcome[]): 0 | 1 {
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  for (const failure of failures) console.log(`failed: ${failure}`);
  console.log(`${outcomes.reduce((sum, { passed }) => sum + passed, 0)} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

/** What was not tested here is said, with its reason: it is neither passed nor failed. */
function tellSkipped(results: Report['testResults'][number]['assertionResults']): void {
  const reasons = results
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ meta }) => meta?.skipped ?? 'no reason is given');
  for (const reason of new Set(reasons))
    console.error(`test: ${reasons.filter((other) => other === reason).length} skipped: ${reason}`);
}
