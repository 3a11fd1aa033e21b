/**
 * A copy of this checkout that is what a fresh clone is, with a space in its path. What takes minutes to install is linked, not copied:
 * the npm packages, the emulator, and the Node that bin/run.mjs fetches.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localPath, ROOT } from '../../bin/local/files.ts';
import { installedEmulator } from '../../bin/local/install-emulator.ts';
import type { RunningStack } from '../../bin/local/place.ts';

const MADE_HERE = new Set(['.git', '.local', 'cdk.out', 'coverage', 'dist', 'node_modules']);
/** Far more than a start takes: other work may share the machine. */
const READY_TIMEOUT_MS = 300_000;

export interface Pasted {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface FreshClone {
  readonly folder: string;
  /** Runs a text with a shell, in the clone, and waits for its end. */
  paste(text: string, env?: NodeJS.ProcessEnv): Promise<Pasted>;
  /** Starts a program in the clone. */
  begin(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Begun;
  /** What `.local/sluice.json` holds, if it is there. */
  state(): RunningStack | undefined;
  /** Waits until it is there, and returns it. Throws with the program's output when that ends before. */
  ready(start: Begun): Promise<RunningStack>;
  remove(): void;
}

export interface Begun {
  readonly child: ChildProcess;
  /** Everything that it has printed so far. */
  printed(): string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

/** Makes a clone. Outside of this checkout: tools look for their settings in all that is below. */
export function freshClone(): FreshClone {
  const folder = mkdtempSync(join(tmpdir(), 'sluice clone-'));
  // With their times: packages older than package-lock.json would be installed again.
  for (const entry of readdirSync(ROOT))
    if (!MADE_HERE.has(entry))
      cpSync(join(ROOT, entry), join(folder, entry), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, '.local'));
  for (const name of readdirSync(dirname(localPath('any'))).filter((entry) => entry.startsWith('node-')))
    symlinkSync(localPath(name), join(folder, '.local', name));
  const stateFile = join(folder, '.local/sluice.json');
  const state = (): RunningStack | undefined =>
    existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, 'utf8')) as RunningStack) : undefined;
  return {
    folder,
    state,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
    paste: (text, env) =>
      new Promise((resolve) => {
        const options = { cwd: folder, env: environment(env), maxBuffer: 64 * 1024 * 1024 };
        execFile('sh', ['-c', text], options, (error, out, err) => {
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err });
        });
      }),
    begin: (command, args, env) => begin(folder, command, args, env),
    async ready(start) {
      let over = false;
      void start.ended.then(() => {
        over = true;
      });
      for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline && !over; await sleep(100)) {
        const running = state();
        if (running !== undefined) return running;
      }
      throw new Error(`not ready:\n${start.printed()}`);
    },
  };
}

/** Links the emulator into the clone; where this checkout has none yet, it is installed here first. */
export async function linkEmulator({ folder }: FreshClone): Promise<void> {
  await installedEmulator((line) => console.log(line));
  const link = join(folder, '.local/emulator');
  mkdirSync(dirname(link), { recursive: true });
  if (!existsSync(link)) symlinkSync(localPath('emulator'), link);
}

function begin(cwd: string, command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Begun {
  const child = spawn(command, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  return { child, printed: () => printed, ended };
}

/** A reader's environment: neither npm's nor vitest's own, and without rights in AWS. */
function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV$|TEST$|AWS_PROFILE$)/.test(name));
  const nobody = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true' };
  return { ...Object.fromEntries(own), ...nobody, ...extra };
}
