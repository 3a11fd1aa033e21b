#!/usr/bin/env -S node --max-semi-space-size=8 --max-old-space-size=1024
/**
 * `node bin/run.mjs <name> [arguments]`: sees to it that a Node that is new enough runs this and that the packages of package-lock.json are
 * there, then runs bin/<name>.ts in this process, or dist/commands/<name>.mjs of a package (bin/package.ts). Plain JavaScript without dependencies,
 * because it runs before there are any.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { release } from './local/lock.mjs';
import { choice, fetchedNode, machine, npmCi, runWith, takeInTurn } from './local/node.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** A package has no sources, and keeps its things where its command runs. */
const isPackage = !existsSync(join(root, 'lib'));
const home = isPackage ? process.cwd() : root;
const [name, ...rest] = process.argv.slice(2);

/** Set by `runNewer` for the process that it starts, and for no program below that one. */
const isRunNewer = process.env.SLUICE_RUN_BY === String(process.ppid);
delete process.env.SLUICE_RUN_BY;
const startedMs = (isRunNewer && Number(process.env.SLUICE_STARTED_MS)) || Date.now();
const program = name && (isPackage ? join(root, 'dist/commands', `${name}.mjs`) : join(root, 'bin', `${name}.ts`));
if (!program || !existsSync(program)) fail(`run: there is no command ${name ?? ''}`);
const chosen = choice(machine());
if (chosen.do === 'refuse') fail(chosen.reason);
if (chosen.do === 'fetch') {
  endWithParent(process.env.npm_lifecycle_event !== undefined);
  runNewer(chosen.name);
} else {
  endWithParent(isRunNewer || process.env.npm_lifecycle_event !== undefined);
  installPackages();
  await run(program);
}

/** Runs the same program with a fetched Node. */
function runNewer(packageName) {
  let path;
  try {
    path = fetchedNode(root, packageName, home);
  } catch (error) {
    fail(error.message);
  }
  const env = { SLUICE_RUN_BY: String(process.pid), SLUICE_STARTED_MS: String(startedMs) };
  runWith(path, [...process.execArgv, fileURLToPath(import.meta.url), name, ...rest], env);
}

/** What started this may be killed without a signal to us; then this process gets another parent. No shell is between: package.json says exec. */
function endWithParent(isStarted) {
  const parent = process.ppid;
  if (isStarted) setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGTERM'), 500).unref();
}

function installPackages() {
  if (isPackage || packagesAreThere()) return;
  const lock = join(root, '.local', 'packages.lock');
  mkdirSync(dirname(lock), { recursive: true });
  takeInTurn(lock, 'run: another command is installing the npm packages, waiting for it');
  if (!packagesAreThere()) {
    console.error('run: installing the npm packages of package-lock.json (npm ci)');
    if (!npmCi(root)) fail('run: npm ci failed; is the npm registry reachable? Try `npm ci` by hand.');
  }
  release(lock);
}

function packagesAreThere() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

async function run(path) {
  process.chdir(home);
  process.argv = [process.execPath, path, ...rest];
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  process.env.SLUICE_STARTED_MS = String(startedMs);
  if (!isPackage) (await import('tsx/esm/api')).register();
  await import(pathToFileURL(path).href);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
