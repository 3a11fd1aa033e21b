/** Programs that the tooling starts: each in a process group of its own, so that it ends with all that it started itself. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Failure } from './failure.ts';

const LINES_SHOWN = 40;
const END_TIMEOUT_MS = 5000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const running = new Set<ChildProcess>();
let interrupted = false;

/**
 * Starts a program in its own group. It is among those that `endAll` ends, and so does a signal to us: a terminal does not reach other
 * groups by itself. After a signal nothing is started any more.
 */
export function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  if (interrupted) throw new Failure('Interrupted.');
  const child = spawn(command, args, { ...options, detached: true });
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, interrupt);
  running.add(child);
  child.on('exit', () => forget(child));
  child.on('error', () => forget(child));
  return child;
}

function forget(child: ChildProcess): void {
  running.delete(child);
  if (running.size === 0) for (const signal of SIGNALS) process.off(signal, interrupt);
}

function interrupt(): void {
  interrupted = true;
  void endAll();
}

/** Ends a program and its whole group: asked first, killed after five seconds. Resolves when it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  signalGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(signalGroup, END_TIMEOUT_MS, child.pid, 'SIGKILL');
  await gone;
  clearTimeout(timer);
  // What the group's leader left behind (workers that were just starting).
  signalGroup(child.pid, 'SIGKILL');
}

/** Ends every program that is still running. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map(end));
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has no process left.
  }
}

export interface ToRun {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** File that gets all of the output. */
  readonly log?: string;
  /** Receives every line of the output. */
  readonly onLine?: (line: string) => void;
  /** What a person should do when the program fails. */
  readonly hint?: string;
}

/** Runs a program to its end. Throws a Failure with the last lines of its output when it does not succeed. */
export async function run(command: string, args: readonly string[], what: ToRun = {}): Promise<void> {
  const child = start(command, args, {
    cwd: what.cwd,
    env: what.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = what.log === undefined ? undefined : createWriteStream(what.log, { flags: 'a' });
  const last: string[] = [];
  const hear = (line: string): void => {
    log?.write(`${line}\n`);
    last.push(line);
    if (last.length > LINES_SHOWN) last.shift();
    what.onLine?.(line);
  };
  createInterface({ input: child.stdout! }).on('line', hear);
  createInterface({ input: child.stderr! }).on('line', hear);
  const ended = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`));
  });
  log?.end();
  if (ended === undefined) return;
  const lines = [...last.map((line) => `  | ${line}`), `${command} ${args.slice(0, 3).join(' ')}: ${ended}`, what.hint];
  throw new Failure(lines.filter((line) => line !== undefined).join('\n'));
}
