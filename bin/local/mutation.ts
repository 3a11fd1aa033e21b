/** Mutation testing with Stryker: its packages, one run for one file, and what the report says. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Target } from '../../test/mutation/targets.ts';
import { run } from './child.ts';
import { localPath, ROOT } from './files.ts';

const FOLDER = join(ROOT, 'test', 'mutation');
const PACKAGES = ['package.json', 'package-lock.json', '.npmrc'];

/** The part of a mutation report (mutation-testing-report-schema 2) that is read here. */
export interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: { readonly line: number } };
}
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

/** A mutant that no test detects, named by its code and not by its line, which moves. */
export interface Survivor {
  readonly file: string;
  /** The line that is mutated, without its indentation. */
  readonly code: string;
  readonly mutant: string;
}

export interface Score {
  readonly mutants: number;
  readonly detected: number;
  /** Detected mutants in per cent, rounded down to one decimal. */
  readonly score: number;
}

/** Installs Stryker beside the project's packages, from the lock file in test/mutation. Packages that are there already stay. */
export async function installMutation(): Promise<string> {
  const folder = localPath('mutation', 'packages');
  const lock = join(folder, 'package-lock.json');
  const wanted = readFileSync(join(FOLDER, 'package-lock.json'), 'utf8');
  if (existsSync(join(folder, 'ready')) && readFileSync(lock, 'utf8') === wanted) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of PACKAGES) cpSync(join(FOLDER, name), join(folder, name));
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  await run(command, [...before, 'ci', '--no-audit', '--no-fund'], { cwd: folder });
  writeFileSync(join(folder, 'ready'), '');
  return folder;
}

/** Runs the tests of one target against each of its mutants. Throws a Failure when Stryker does not get to a report. */
export async function mutate(packages: string, { file, tests }: Target, workers: number): Promise<MutationReport> {
  const report = localPath('mutation', 'report.json');
  const config = localPath('mutation', 'stryker.json');
  // Not inside the repository: formatter and linter would find the copy's configuration.
  const sandbox = mkdtempSync(join(tmpdir(), 'sluice-mutation-'));
  rmSync(report, { force: true });
  writeFileSync(
    config,
    JSON.stringify({
      mutate: [file],
      testRunner: 'vitest',
      plugins: [pathToFileURL(join(packages, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')).href],
      vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
      coverageAnalysis: 'perTest',
      reporters: ['json'],
      jsonReporter: { fileName: report },
      concurrency: workers,
      tempDirName: sandbox,
      ignorePatterns: ['cdk.out', 'dist', '.local'],
      // Stryker reads a tsconfig.json with an API that TypeScript 7 does not have; nothing here needs it read.
      tsconfigFile: 'none',
      allowConsoleColors: false,
    }),
  );
  try {
    await run(process.execPath, [join(packages, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', config], {
      cwd: ROOT,
      env: { ...process.env, SLUICE_MUTATION_TESTS: tests.join(',') },
      log: localPath('mutation', 'stryker.log'),
    });
  } finally {
    rmSync(sandbox, { recursive: true, force: true });
  }
  return JSON.parse(readFileSync(report, 'utf8')) as MutationReport;
}

const DETECTED = ['Killed', 'Timeout'];
/** What is not a mutant that a test could detect: code that does not compile or that a comment excludes. */
const INVALID = ['CompileError', 'RuntimeError', 'Ignored'];

/** The score of one file. */
export function scoreOf(report: MutationReport, file: string): Score {
  const mutants = (report.files[file]?.mutants ?? []).filter(({ status }) => !INVALID.includes(status));
  const detected = mutants.filter(({ status }) => DETECTED.includes(status)).length;
  const score = mutants.length === 0 ? 0 : Math.floor((detected * 1000) / mutants.length) / 10;
  return { mutants: mutants.length, detected, score };
}

/** The mutants of one file that no test detects, in order of line; equal ones once. */
export function survivorsOf(report: MutationReport, file: string): readonly Survivor[] {
  const lines = (report.files[file]?.source ?? '').split('\n');
  const survivors = (report.files[file]?.mutants ?? [])
    .filter(({ status }) => !DETECTED.includes(status) && !INVALID.includes(status))
    .toSorted((a, b) => a.location.start.line - b.location.start.line)
    .map(({ location, mutatorName, replacement = '' }) => ({
      file,
      code: lines[location.start.line - 1]!.trim(),
      mutant: `${mutatorName}: ${replacement}`,
    }));
  return [...new Map(survivors.map((survivor) => [keyOf(survivor), survivor])).values()];
}

export const keyOf = ({ file, code, mutant }: Survivor): string => `${file}\n${code}\n${mutant}`;
