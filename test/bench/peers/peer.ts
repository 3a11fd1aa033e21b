/** A server that is measured beside Sluice: a floor, below which nothing that does the same work can be, or another product. */
import { setTimeout as sleep } from 'node:timers/promises';
import { end, start } from '../../../bin/local/child.ts';
import { Failure } from '../../../bin/local/failure.ts';
import type { Target } from '../runtime/load-job.ts';

export interface Peer {
  /** With its version. */
  readonly name: string;
  /** What one payment is, and what is not part of it. */
  readonly counts: string;
  /** Installs what is needed, frozen by lock files or checksums. Returns why it cannot be done here, or nothing. */
  readonly install: () => string | undefined;
  /** Starts it on the loopback address, with its data in an empty folder. `webhooks` is an address that takes webhooks. */
  readonly start: (folder: string, webhooks: string) => Promise<RunningPeer>;
}

export interface RunningPeer {
  readonly pid: number;
  readonly target: Target;
  /** From the start of its process to the first response. */
  readonly startMs: number;
  /** Whether each payment is followed by a webhook about an object of its own. */
  readonly sendsWebhooks: boolean;
  stop(): Promise<void>;
}

export interface Server {
  readonly pid: number;
  readonly startMs: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The user that it runs as. */
  readonly uid?: number;
  /** Whether it answers. A rejection means that it does not. */
  readonly answers: () => Promise<boolean>;
}

const LOOK_MS = 10;
const LONGEST_START_MS = 120_000;
const LINES_SHOWN = 10;

/** Starts a server and waits until it answers. Throws a Failure with its last lines where it does not. */
export async function startServer({ command, args, cwd, env = {}, uid, answers }: ServerOptions): Promise<Server> {
  const { PATH, HOME } = process.env;
  const startedMs = performance.now();
  const child = start(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    ...(uid !== undefined && { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let last = '';
  let ended: string | undefined;
  for (const output of [child.stdout!, child.stderr!])
    output.on('data', (part: Buffer) => {
      last = `${last}${part.toString()}`.slice(-4096);
    });
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended ??= `ended with ${signal ?? `code ${code}`}`;
  });
  while (!(await answers().catch(() => false))) {
    const late = performance.now() - startedMs > LONGEST_START_MS ? 'did not answer in two minutes' : undefined;
    const failed = ended ?? late;
    if (failed !== undefined) {
      await end(child);
      throw new Failure(`${command}: ${failed}\n${last.trim().split('\n').slice(-LINES_SHOWN).join('\n')}`);
    }
    await sleep(LOOK_MS);
  }
  return { pid: child.pid!, startMs: performance.now() - startedMs, stop: () => end(child) };
}

/** Prepares a server that was started: it is stopped where that fails. */
export async function orStop<T>(server: Server, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Whether any HTTP response comes from there. */
export const respondsAt = async (url: string): Promise<boolean> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
  await response.arrayBuffer();
  return true;
};
