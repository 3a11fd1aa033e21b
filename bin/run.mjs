/**
 * `node bin/run.mjs <name> [arguments]`: sees to it that this Node is new enough and that the packages of package-lock.json are there,
 * then runs bin/<name>.ts and ends as it ends. Plain JavaScript without dependencies, because it runs before there are any.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const [name, ...rest] = process.argv.slice(2);

checkNode();
const program = name === undefined ? undefined : join(root, 'bin', `${name}.ts`);
if (program === undefined || !existsSync(program)) fail(`run: there is no program bin/${name ?? ''}.ts`);
installPackages();
run(program);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `run: Node ${process.versions.node} is too old: Sluice needs Node 20.19 or newer (https://nodejs.org/en/download)`,
  );
}

function installPackages() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
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

function run(path) {
  const env = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...process.env };
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...rest], { cwd: root, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm, or the shell it starts, may be ended without telling us; then this process gets another parent.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined)
    setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
  child.on('error', (error) => fail(`run: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
