/** Puts MiniStack into a Python environment of its own, `.local/emulator`: once per content of requirements.txt. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './child.ts';
import { Failure } from './failure.ts';
import { localPath, ROOT } from './files.ts';
import { release, take } from './lock.mjs';

const REQUIREMENTS = join(ROOT, 'bin/local/requirements.txt');
const PYTHONS = ['3.13', '3.12', '3.11', '3.10', '3.14', '3', ''].map((version) => `python${version}`);

/** The pip that installs where Python comes without one (Debian's python3 without python3-venv). */
const PIP = {
  url: 'https://files.pythonhosted.org/packages/07/25/ee8c38ae72d66b844ce8eb9711ba905dba21ca1a8a0c960057c41cd23337/pip-26.3-py3-none-any.whl',
  sha256: 'f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13',
  file: 'pip-26.3-py3-none-any.whl',
} as const;

const INSTALL_PYTHON = `The local emulator is a Python program: install Python 3.10 or newer, then try again:
  Debian, Ubuntu: sudo apt install python3 python3-venv
  Fedora:         sudo dnf install python3
  macOS:          brew install python@3.13
or set PYTHON to the path of one. To do without the embedded emulator, set AWS_ENDPOINT_URL to a running LocalStack.`;

const NO_PYPI =
  'The emulator could not be installed. Is PyPI reachable? (HTTPS_PROXY, PIP_INDEX_URL and PIP_CERT are honored.) Then try again.';

export type Say = (line: string) => void;

/** The Python that has MiniStack, installed first if it is not there yet. */
export async function installedEmulator(say: Say): Promise<string> {
  const folder = localPath('emulator');
  const python = join(folder, 'bin/python');
  const stamp = join(folder, 'installed.sha256');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  const isThere = (): boolean => existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isThere()) return python;

  const lock = localPath('emulator.lock');
  for (let told = false; !take(lock); told = true) {
    if (!told) say('emulator: another command is installing it, waiting');
    await sleep(300);
  }
  try {
    if (!isThere()) {
      await install(folder, python, say);
      writeFileSync(stamp, wanted);
    }
    return python;
  } finally {
    release(lock);
  }
}

async function install(folder: string, python: string, say: Say): Promise<void> {
  const system = findPython();
  say(`emulator: installing MiniStack with ${system} into .local/emulator (once, about 110 MB)`);
  rmSync(folder, { recursive: true, force: true });
  const log = localPath('install-emulator.log');
  rmSync(log, { force: true });
  const pip = await newEnvironment(system, folder, python, log);
  await run(
    python,
    [...pip, 'install', '--disable-pip-version-check', '--no-input', '--require-hashes', '-r', REQUIREMENTS],
    {
      log,
      hint: NO_PYPI,
      onLine: (line) => line.startsWith('Collecting') && say(`emulator: ${line.split(' (')[0]}`),
    },
  );
}

/** The Python that PYTHON names, or else the first of PATH, that really runs, is new enough and can make environments. */
export function findPython(named = process.env.PYTHON): string {
  const reasons: string[] = [];
  for (const candidate of named ? [named] : PYTHONS) {
    const reason = whyNot(candidate);
    if (reason === undefined) return candidate;
    if (named || reason !== NOT_FOUND) reasons.push(`  ${candidate} ${reason}`);
  }
  const found = reasons.length === 0 ? ['No Python was found.'] : ['No Python here will do:', ...reasons];
  throw new Failure([...found, INSTALL_PYTHON].join('\n'));
}

const NOT_FOUND = 'was not found';
const CHECK = `import sys
if sys.version_info < (3, 10): sys.exit("it is Python %d.%d" % sys.version_info[:2])
import venv`;

/** Why this Python will not do; undefined when it will. */
function whyNot(python: string): string | undefined {
  const { status, error, stderr } = spawnSync(python, ['-c', CHECK], { encoding: 'utf8', timeout: 20_000 });
  if (status === 0) return undefined;
  if (error) return (error as NodeJS.ErrnoException).code === 'ENOENT' ? NOT_FOUND : error.message;
  return `fails: ${stderr.trim().split('\n').at(-1)}`;
}

/** Makes the environment; returns the arguments with which its Python runs a pip. */
async function newEnvironment(system: string, folder: string, python: string, log: string): Promise<readonly string[]> {
  const hasPip = spawnSync(system, ['-c', 'import ensurepip'], { stdio: 'ignore' }).status === 0;
  if (hasPip) {
    const made = await run(system, ['-m', 'venv', folder], { log }).then(
      () => true,
      () => false,
    );
    if (made) return ['-m', 'pip'];
    rmSync(folder, { recursive: true, force: true });
  }
  await run(system, ['-m', 'venv', '--without-pip', folder], { log });
  const wheel = join(folder, PIP.file);
  mkdirSync(folder, { recursive: true });
  // By Python, not by Node: it honors the proxy and certificate settings of the environment.
  const fetch = 'import sys, urllib.request; urllib.request.urlretrieve(sys.argv[1], sys.argv[2])';
  await run(python, ['-c', fetch, PIP.url, wheel], { log, hint: NO_PYPI });
  if (createHash('sha256').update(readFileSync(wheel)).digest('hex') !== PIP.sha256)
    throw new Failure(`emulator: ${PIP.url} is not the file it should be (its hash differs)`);
  // A wheel is a zip file that Python can run from.
  return [join(wheel, 'pip')];
}
