/** Sluice on the embedded runtime, started as its users start it, in a process tree of its own. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, start } from '../../../bin/local/child.ts';
import { Failure } from '../../../bin/local/failure.ts';
import { ROOT } from '../../../bin/local/files.ts';
import { type RunningStack, runningStack } from '../../../bin/local/place.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { freePort } from '../../world/free-port.ts';

/** How a stack is started. */
export interface Launcher {
  /** Arguments of Node. */
  readonly args: (directory: string) => readonly string[];
  /** Where the stack is, once a line of its output says that it is ready. */
  readonly stateOf: (line: string) => RunningStack | undefined;
}

/** Arguments of Node in the script `start` of package.json, `exec node …`: limits of memory among them. */
const START = manifest.scripts.start.split(' ').slice(2);

/** What `npm start` runs. npm's own start and memory are not in it. */
export const NPM_START: Launcher = {
  args: (directory) => [...START, '--data', directory],
  stateOf: (line) => (line.startsWith('Sluice is ready') ? runningStack() : undefined),
};

/** The same stack without the note of what runs in this checkout: it may run beside another. */
export const UNNOTED: Launcher = {
  args: (directory) => ['--import', 'tsx', join(ROOT, 'test/world/stack-program.ts'), directory],
  stateOf: (line) => (line.startsWith('{') ? (JSON.parse(line) as RunningStack) : undefined),
};

export interface Stack {
  readonly state: RunningStack;
  readonly pid: number;
  readonly startedMs: number;
  /** From the start of the process to the line that says that it is ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Starts the stack of a directory. Throws a Failure with what it printed where it does not become ready. */
export async function startStack(directory: string, { args, stateOf }: Launcher): Promise<Stack> {
  const { PATH, HOME } = process.env;
  const port = await freePort();
  const startedMs = performance.now();
  const child = start(process.execPath, args(directory), {
    cwd: ROOT,
    // As under npm: the stack ends with this process, however that ends.
    env: { PATH, HOME, PORT: String(port), npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = linesOf(child);
  const state = await new Promise<RunningStack>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      said.push(line);
      const found = stateOf(line);
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Failure(`The stack did not start:\n${said.join('\n')}`)));
  });
  return { state, pid: child.pid!, startedMs, readyMs: performance.now() - startedMs, stop: () => end(child) };
}

/** What it reports as errors. */
function linesOf(child: ChildProcess): string[] {
  const lines: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => lines.push(line));
  return lines;
}

/** The commit that is measured, and whether files differ from it. */
export function commit(): string {
  const git = (...args: readonly string[]): string => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout;
  return `${git('rev-parse', '--short', 'HEAD').trim()}${git('status', '--porcelain').trim() === '' ? '' : ' with changes'}`;
}
