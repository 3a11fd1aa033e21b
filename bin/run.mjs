/**
 * `node bin/run.mjs <name> [arguments]`: sees to it that this Node is new enough and that the packages of package-lock.json are there,
 * then runs bin/<name>.ts in this process. Plain JavaScript without dependencies, because it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { release, take } from './local/lock.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const [name, ...rest] = process.argv.slice(2);

const startedMs = Date.now();
checkNode();
const program = name === undefined ? undefined : join(root, 'bin', `${name}.ts`);
if (program === undefined || !existsSync(program)) fail(`run: there is no program bin/${name ?? ''}.ts`);
installPackages();
await run(program);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `run: Node ${process.versions.node} is too old: Sluice needs Node 20.19 or newer (https://nodejs.org/en/download)`,
  );
}

function installPackages() {
  if (packagesAreThere()) return;
  const lock = join(root, '.local', 'packages.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (let told = false; !take(lock); told = true) {
    if (!told) console.error('run: another command is installing the npm packages, waiting for it');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  }
  if (!packagesAreThere()) npmCi();
  release(lock);
}

function packagesAreThere() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

function npmCi() {
  console.error('run: installing the npm packages of package-lock.json (npm ci)');
  // The npm that runs this script, if one does. Its output goes to standard error: standard output belongs to the program.
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const { status } = spawnSync(command, [...before, 'ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (status !== 0) fail('run: npm ci failed; is the npm registry reachable? Try `npm ci` by hand.');
}

async function run(path) {
  process.chdir(root);
  process.argv = [process.execPath, path, ...rest];
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  process.env.SLUICE_STARTED_MS = String(startedMs);
  // npm may be killed without a signal to us; then this process gets another parent. No shell is between: package.json says exec.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined)
    setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGTERM'), 500).unref();
  const { register } = await import('tsx/esm/api');
  register();
  await import(pathToFileURL(path).href);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
