/** The AWS that a run works against: MiniStack of our own on a free loopback port, or the endpoint that AWS_ENDPOINT_URL names. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emulatorEndpoint } from '../../lib/emulator-endpoint.ts';
import { end, start } from './child.ts';
import { Failure } from './failure.ts';
import { localPath, ROOT } from './files.ts';
import { installedEmulator, type Say } from './install-emulator.ts';

const START_TIMEOUT_MS = 30_000;

export interface Emulator {
  readonly endpoint: string;
  /** Which of the two kinds of API it can serve. */
  readonly api: 'http' | 'rest';
  readonly enforcesIam: boolean;
  /** Resolves, with what happened, if it ends without having been asked; never for an endpoint that is not ours. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

export interface EmulatorOptions {
  readonly say: Say;
  /** Name of the log file below `.local`. */
  readonly log: string;
  /** Whether an emulator of our own enforces IAM policies. */
  readonly enforceIam?: boolean;
  /** Which kind of API an emulator of our own gets. */
  readonly api?: 'http' | 'rest';
  /** NODE_OPTIONS of every function that an emulator of our own runs. */
  readonly nodeOptions?: string;
}

/** Uses AWS_ENDPOINT_URL, or starts an empty MiniStack. It answers when this resolves. */
export async function anEmulator(options: EmulatorOptions): Promise<Emulator> {
  return process.env.AWS_ENDPOINT_URL ? existing(givenEndpoint(), options.say) : ownMiniStack(options);
}

/** The address in AWS_ENDPOINT_URL. Throws a Failure when it is AWS's, or on another machine that SLUICE_EMULATOR_HOST does not name. */
function givenEndpoint(): string {
  try {
    return emulatorEndpoint(process.env);
  } catch (error) {
    throw new Failure((error as Error).message);
  }
}

async function existing(endpoint: string, say: Say): Promise<Emulator> {
  const miniStack = await isHealthy(`${endpoint}/_ministack/health`);
  if (!miniStack && !(await isHealthy(`${endpoint}/_localstack/health`)))
    throw new Failure(
      `Nothing that looks like LocalStack answers at AWS_ENDPOINT_URL=${endpoint}: start it, or unset the variable to use the embedded emulator.`,
    );
  const api = apiOf(process.env.SLUICE_API, miniStack ? 'http' : 'rest');
  say(`emulator: using ${endpoint} (AWS_ENDPOINT_URL)`);
  return { endpoint, api, enforcesIam: false, died: new Promise(() => {}), stop: () => Promise.resolve() };
}

async function ownMiniStack({ say, log, enforceIam, api, nodeOptions }: EmulatorOptions): Promise<Emulator> {
  const python = await installedEmulator(say);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const state = mkdtempSync(join(tmpdir(), 'sluice-emulator-'));
  const logFile = localPath(log);
  const output = openSync(logFile, 'w');
  const child = start(python, [join(ROOT, 'bin/local/run-emulator.py')], {
    cwd: state,
    env: { ...environmentOf(port, state, enforceIam ?? false), ...(nodeOptions && { NODE_OPTIONS: nodeOptions }) },
    stdio: ['pipe', output, output],
  });
  let stopping = false;
  const died = new Promise<string>((resolve) => {
    const tell = (how: string): void => {
      if (!stopping) resolve(`the emulator ended (${how}); its log is ${relative(ROOT, logFile)}`);
    };
    child.once('error', (error) => tell(error.message));
    child.once('exit', (code, signal) => tell(`${signal ?? `code ${code}`}`));
  });
  await healthy(endpoint, died, logFile);
  say(`emulator: MiniStack listens on ${endpoint}, log in ${relative(ROOT, logFile)}`);
  return {
    endpoint,
    api: api ?? apiOf(process.env.SLUICE_API, 'http'),
    enforcesIam: enforceIam ?? false,
    died,
    async stop() {
      stopping = true;
      await endAndClean(child, state);
    },
  };
}

async function endAndClean(child: ChildProcess, state: string): Promise<void> {
  await end(child);
  rmSync(state, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * The emulator's whole environment, and so that of the functions it runs: nothing of the caller's shell gets into them. Functions run with
 * the node that is first on PATH: the one that runs this.
 */
function environmentOf(port: number, state: string, enforceIam: boolean): NodeJS.ProcessEnv {
  const { PATH = '', HOME = state, LANG = 'C.UTF-8' } = process.env;
  return {
    PATH: [dirname(process.execPath), PATH].join(delimiter),
    HOME,
    LANG,
    TMPDIR: state,
    PYTHONUNBUFFERED: '1',
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    STATE_DIR: join(state, 'state'),
    S3_DATA_DIR: join(state, 's3'),
    LAMBDA_EXECUTOR: 'local',
    // Services of its own ports that nothing here uses.
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
    ...(enforceIam ? { AUTH: 'true' } : {}),
  };
}

async function healthy(endpoint: string, died: Promise<string>, logFile: string): Promise<void> {
  const gone = died.then((how) => {
    const last = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20);
    throw new Failure([...last.map((line) => `  | ${line}`), how].join('\n'));
  });
  gone.catch(() => {});
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await Promise.race([isHealthy(`${endpoint}/_ministack/health`), gone]))) {
    if (Date.now() > deadline)
      throw new Failure(`emulator: no answer within 30 s; its log is ${relative(ROOT, logFile)}`);
    await sleep(50);
  }
}

const isHealthy = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(3000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );

function apiOf(asked: string | undefined, fallback: 'http' | 'rest'): 'http' | 'rest' {
  if (asked === undefined || asked === '') return fallback;
  if (asked !== 'http' && asked !== 'rest') throw new Failure(`SLUICE_API=${asked}: must be http or rest`);
  return asked;
}

/** A port that is free at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no address');
  return address.port;
}
