/** Which processes run on this machine, and who started whom. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** Every process that has not ended. From /proc where there is one: small images have no ps. */
function processes(): readonly Process[] {
  const lines = existsSync('/proc/self/stat')
    ? readdirSync('/proc').flatMap(statusOf)
    : execFileSync('ps', ['-axo', 'pid=,stat=,ppid='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, state, parent] = /^\s*(\d+)\s+(\S)\S*\s+(\d+)/.exec(line) ?? [];
    return state === undefined || state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent) }];
  });
}

/** `pid state ppid`, or nothing for what is not a process, or is none any more. */
function statusOf(name: string): readonly string[] {
  if (!/^\d+$/.test(name)) return [];
  try {
    // `pid (program) state ppid …`; the program's name may hold anything.
    return [readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^(\d+) \(.*\) (\S) (\d+).*$/s, '$1 $2 $3')];
  } catch {
    return [];
  }
}

/** A process and all that it started, directly or not. */
export function familyOf(pid: number): readonly number[] {
  const all = processes();
  const family = [pid];
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member).map((child) => child.pid));
  return family;
}

/** Those that have not ended. */
export function alive(pids: readonly number[]): readonly number[] {
  const running = new Set(processes().map(({ pid }) => pid));
  return pids.filter((pid) => running.has(pid));
}
