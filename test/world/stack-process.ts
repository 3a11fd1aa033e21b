/** An embedded stack in a process of its own, which a test may kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../bin/local/files.ts';
import type { RunningStack } from '../../bin/local/place.ts';

export interface StackProcess {
  readonly state: RunningStack;
  /** The ids of the vault's process. */
  readonly children: () => readonly number[];
  readonly kill: () => Promise<void>;
  /** By a signal to the whole group. */
  readonly stop: () => Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

export class NotStarted extends Error {
  readonly ended: Ended;

  constructor(ended: Ended) {
    super(ended.stderr);
    this.ended = ended;
  }
}

/** Starts the stack of a directory, with faults as `--chaos` says. Rejects with `NotStarted` where it ends instead. */
export async function startProcess(directory: string, chaos?: string): Promise<StackProcess> {
  const program = ['--import', 'tsx', join(ROOT, 'test/world/stack-program.ts'), directory];
  const child = spawn(process.execPath, [...program, ...(chaos === undefined ? [] : [chaos])], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = endOf(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const state = JSON.parse(line) as RunningStack;
    return {
      state,
      children: () => childrenOf(child.pid!),
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
      stop() {
        // As a supervisor does: to the vault's process too.
        process.kill(-child.pid!, 'SIGTERM');
        return ended;
      },
    };
  }
  throw new NotStarted(await ended);
}

function endOf(child: ChildProcess): Promise<Ended> {
  let stderr = '';
  child.stderr!.on('data', (part: Buffer) => {
    stderr += part.toString();
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, stderr })));
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

export function isAlive(pid: number): boolean {
  try {
    // A process that ended and that its parent has not asked about is not alive.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
