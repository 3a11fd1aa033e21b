/** Installs real clients below `.local/clients`, frozen by lock files and hashes; each function returns why it cannot be done here, or nothing. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localPath, ROOT } from '../../bin/local/files.ts';
import { findPython } from '../../bin/local/install-emulator.ts';

export const CLIENTS = join(ROOT, 'test/clients');

/** Where the clients of a language are installed. */
export const clientsPath = (...names: readonly string[]): string => localPath('clients', ...names);

export interface Installed {
  readonly folder: string;
  /** The program that runs what was installed. */
  readonly program: string;
}

/** Runs a tool of an installation; its last line if it failed. */
export function tool(
  command: string,
  args: readonly string[],
  cwd = ROOT,
  env: NodeJS.ProcessEnv = {},
): string | undefined {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8' as const, timeout: 600_000 };
  const { status, error, stdout, stderr } = spawnSync(command, args, options);
  if (status === 0) return undefined;
  if (error !== undefined) return `${command}: ${error.message}`;
  return `${command} ${args[0]}: ${`${stdout}${stderr}`.trim().split('\n').at(-1)}`;
}

const digestOf = (...files: readonly string[]): string =>
  files.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256')).digest('hex');

/** Installs once for each state of these files: a folder says for which it was filled. */
export function once(folder: string, files: readonly string[], install: () => string | undefined): string | undefined {
  const mark = join(folder, '.installed');
  const digest = digestOf(...files);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return undefined;
  mkdirSync(folder, { recursive: true });
  const failed = install();
  if (failed === undefined) writeFileSync(mark, digest);
  return failed;
}

/** The packages of test/clients/node, or of another folder, with `npm ci`; scripts of packages do not run. */
export function installNode(name = 'node', source = join(CLIENTS, name)): Installed | string {
  const folder = clientsPath(name);
  const files = ['package.json', 'package-lock.json'].map((file) => join(source, file));
  const failed = once(folder, files, () => {
    for (const file of files) cpSync(file, join(folder, file.split('/').at(-1)!));
    return tool('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], folder);
  });
  return failed ?? { folder, program: process.execPath };
}

/** What a file of requirements with hashes names, into a folder of its own; by a Python of these versions, or by any. */
export function installPython(
  name: string,
  requirements: string,
  versions: readonly string[] = [],
): Installed | string {
  const folder = clientsPath('python', name);
  let reason = `no Python ${versions.join(' or ')} with pip`.replace('  ', ' ');
  for (const program of pythons(versions)) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-compile'];
    const frozen = ['--require-hashes', '--no-deps', '--only-binary=:all:'];
    const failed = once(folder, [requirements], () =>
      tool(program, [...pip, ...frozen, '--upgrade', '--target', folder, '-r', requirements]),
    );
    if (failed === undefined) return { folder, program };
    reason = failed;
  }
  return reason;
}

/** What may be a Python with pip: the machine's, if it has one, and the one that the emulator was installed with. */
function pythons(versions: readonly string[]): readonly string[] {
  const emulators = localPath('emulator', 'bin/python');
  if (versions.length > 0)
    return [...versions.map((version) => `python${version}`), 'python3', emulators].filter((program) =>
      versions.includes(versionOf(program)),
    );
  try {
    return [findPython(), emulators];
  } catch {
    return [emulators];
  }
}

const versionOf = (program: string): string =>
  spawnSync(program, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  }).stdout?.trim() ?? '';

/** The program of test/clients/go, whose modules go.sum freezes. */
export function installGo(): Installed | string {
  const folder = join(CLIENTS, 'go');
  const program = clientsPath('go', 'journey');
  const failed =
    tool('go', ['version']) ??
    tool('go', ['mod', 'download'], folder) ??
    once(
      clientsPath('go'),
      ['go.mod', 'go.sum', 'main.go'].map((name) => join(folder, name)),
      () => tool('go', ['build', '-o', program, '.'], folder),
    );
  return failed ?? { folder, program };
}

/** The archives of test/clients/java/pom.xml, compared with their checksums. */
export function installJava(): Installed | string {
  const folder = clientsPath('java');
  const [pom, sums] = [join(CLIENTS, 'java/pom.xml'), join(CLIENTS, 'java/checksums.txt')];
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const failed =
    tool('javac', ['-version']) ??
    once(folder, [pom, sums], () => tool('mvn', ['-q', '-B', '-f', pom, copy, `-DoutputDirectory=${folder}`]));
  if (failed !== undefined) return failed;
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.jar'))
    .map((name) => `${digestOf(join(folder, name))}  ${name}`);
  if (found.sort().join('\n') !== readFileSync(sums, 'utf8').trim())
    throw new Error(`${folder} does not hold the archives of ${sums}`);
  return { folder, program: 'java' };
}

/** Stripe's OpenAPI document, of the version of the Go module stripe-mock that test/clients/openapi/go.sum freezes. */
export function installOpenapi(): Installed | string {
  const folder = join(CLIENTS, 'openapi');
  const failed = tool('go', ['version']) ?? tool('go', ['mod', 'download'], folder);
  if (failed !== undefined) return failed;
  const list = ['list', '-m', '-f', '{{.Dir}}', 'github.com/stripe/stripe-mock'];
  const { stdout } = spawnSync('go', list, { cwd: folder, encoding: 'utf8' });
  return { folder: join(stdout.trim(), 'embedded/openapi'), program: 'go' };
}
