/** What a process and all that it started have used: CPU and memory, from Linux's /proc. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { familyOf } from '../../world/processes.ts';

/** Linux reports CPU in ticks of 10 ms on every platform that Node runs on (USER_HZ). */
const TICK_MS = 10;
const KIB = 1024;

export interface Memory {
  /** Memory that pages shared by several processes add once, divided between them. In bytes. */
  readonly pss: number;
  /** Memory of this process alone, in bytes. */
  readonly own: number;
}

/** User and system time of a process with all its threads and the children that have ended, in ms. `text` is /proc/PID/stat. */
export function cpuIn(text: string): number {
  // `pid (program) state ppid …`; the program's name may hold anything. utime, stime, cutime and cstime are fields 14 to 17.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).map(Number);
  if (ticks.length !== 4 || ticks.some(Number.isNaN)) throw new Error(`not the stat of a process: ${text}`);
  return ticks.reduce((sum, each) => sum + each, 0) * TICK_MS;
}

/** `text` is /proc/PID/smaps_rollup. */
export function memoryIn(text: string): Memory {
  const bytes = (name: string): number => {
    const found = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1];
    if (found === undefined) throw new Error(`smaps_rollup has no ${name}`);
    return Number(found) * KIB;
  };
  return { pss: bytes('Pss'), own: bytes('Private_Clean') + bytes('Private_Dirty') };
}

/** Undefined for a process that has ended meanwhile. */
function ofProcess<T>(pid: number, file: string, parse: (text: string) => T): T | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
  return parse(text);
}

/** What the process and all that it started have used since they started, in ms. */
export const cpuOf = (pid: number): number =>
  familyOf(pid).reduce((sum, each) => sum + (ofProcess(each, 'stat', cpuIn) ?? 0), 0);

export interface TreeMemory {
  readonly all: Memory;
  /** The first process alone. */
  readonly main: Memory;
  readonly processes: number;
}

/** What the process and all that it started hold now. Throws where the process has ended. */
export function memoryOf(pid: number): TreeMemory {
  const each = familyOf(pid).flatMap((member) => ofProcess(member, 'smaps_rollup', memoryIn) ?? []);
  if (each[0] === undefined) throw new Error(`process ${pid} has ended`);
  return {
    main: each[0],
    all: each.reduce((sum, { pss, own }) => ({ pss: sum.pss + pss, own: sum.own + own })),
    processes: each.length,
  };
}

const LOOK_MS = 500;
/** Timers and clocks of an idle stack need less. */
const IDLE_SHARE = 0.04;

/** Resolves once the processes do nearly nothing, or after so long. */
export async function idle(pid: number, longestMs: number): Promise<void> {
  let before = cpuOf(pid);
  for (let waited = 0; waited < longestMs; waited += LOOK_MS) {
    await sleep(LOOK_MS);
    const now = cpuOf(pid);
    if (now - before <= LOOK_MS * IDLE_SHARE) return;
    before = now;
  }
}
