/** A whole stack on this machine: emulator, deployment and the API's address, from nothing to ended. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { endAll } from './child.ts';
import { deploy, type Outputs } from './deploy.ts';
import { anEmulator, type Emulator } from './emulator.ts';
import { Failure } from './failure.ts';
import type { Say } from './install-emulator.ts';
import { type Operator, operatorOf } from './operator.ts';
import { DEFAULT_STACK } from './place.ts';
import { startProxy } from './proxy.ts';

const READY_TIMEOUT_MS = 30_000;

export interface Session {
  readonly baseUrl: string;
  readonly endpoint: string;
  readonly stack: string;
  readonly operator: Operator;
  /** Whether the endpoint denies what no policy grants. */
  readonly enforcesIam: boolean;
  /** Resolves, with what happened, if a part of it ends without having been asked. */
  readonly died: Promise<string>;
}

export interface SessionOptions {
  readonly say: Say;
  /** Port of the API; 0: any free one. */
  readonly port: number;
  /** Folder below `.local` for what the deployment writes. */
  readonly folder: string;
  /** Name of the emulator's log below `.local`. */
  readonly log: string;
  /** Whether an emulator of our own enforces IAM policies. */
  readonly enforceIam?: boolean;
  /** The kind of API of an emulator of our own. Default: the one that SLUICE_API names, or an HTTP API. */
  readonly api?: 'http' | 'rest';
  /** NODE_OPTIONS of every function that an emulator of our own runs. */
  readonly nodeOptions?: string;
  /** Addresses that stand for the hosts of channels (functions/channels/addresses.ts). */
  readonly channelsAt?: string | undefined;
  /** Puts an earlier release there first, which the deployment then updates. */
  readonly before?: (place: Pick<Session, 'baseUrl' | 'endpoint' | 'stack'>) => Promise<void>;
}

/** Things to stop, in the opposite order of their starts; what is added after the stop is stopped at once. */
class Started {
  private readonly stops: (() => Promise<void>)[] = [];
  private stopped: Promise<void> | undefined;

  async add(stop: () => Promise<void>): Promise<void> {
    this.stops.unshift(stop);
    if (this.stopped !== undefined) await stop();
  }

  stop(): Promise<void> {
    this.stopped ??= (async () => {
      for (const stop of this.stops) await stop();
      await endAll();
    })();
    return this.stopped;
  }
}

/**
 * Runs `work` with a stack that answers, and stops all of it afterwards: whether the work is done, fails, a part of the stack dies (a
 * Failure), or SIGINT, SIGTERM or SIGHUP arrives (then the result is `interrupted`).
 */
export async function withStack<T>(
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T | 'interrupted'> {
  const started = new Started();
  let died: Promise<string> | undefined;
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('interrupted'));
  });
  const working = (async () => {
    const session = await startSession(options, started);
    died = session.died;
    const dead = died.then((how) => {
      throw new Failure(`${how}. Everything is stopped.`);
    });
    return Promise.race([work(session), dead]);
  })();
  try {
    return await Promise.race([working, interrupted]);
  } finally {
    working.catch(() => {});
    await started.stop();
  }
}

async function startSession(
  { say, port, folder, log, enforceIam, api: kind, nodeOptions, channelsAt, before }: SessionOptions,
  started: Started,
): Promise<Session> {
  // Only this proxy and the functions that it deploys know it.
  const rawPathToken = randomBytes(24).toString('base64url');
  const proxy = await startProxy(port, rawPathToken);
  await started.add(() => proxy.stop());
  const emulator: Emulator = await anEmulator({
    say,
    log,
    enforceIam: enforceIam ?? false,
    ...(kind && { api: kind }),
    ...(nodeOptions && { nodeOptions }),
  });
  await started.add(() => emulator.stop());
  const stack = process.env.SLUICE_STACK || DEFAULT_STACK;
  const { endpoint, api, enforcesIam } = emulator;
  const deployment = { endpoint, api, stack, publicUrl: proxy.baseUrl, enforcesIam, rawPathToken, channelsAt };
  const deployed = async (): Promise<Outputs> => {
    await before?.({ baseUrl: proxy.baseUrl, endpoint, stack });
    return deploy(deployment, folder, say);
  };
  const outputs = await Promise.race([deployed(), emulator.died.then((how) => Promise.reject(new Failure(how)))]);
  proxy.serve(outputs.apiAddress);
  return {
    baseUrl: proxy.baseUrl,
    endpoint,
    stack,
    enforcesIam,
    operator: operatorOf({ stack, endpoint }),
    died: emulator.died,
  };
}

/** Waits until the API answers a merchant's key: then its tables, keys and functions are all there. */
export async function ready(baseUrl: string, secretKey: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const problem = await balanceProblem(baseUrl, secretKey);
    if (problem === undefined) return;
    if (Date.now() > deadline) throw new Failure(`The API does not serve GET /v1/balance after 30 s: ${problem}`);
    await sleep(200);
  }
}

async function balanceProblem(baseUrl: string, secretKey: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${baseUrl}/v1/balance`, {
      headers: { authorization: `Bearer ${secretKey}` },
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    return response.ok ? undefined : `${response.status} ${text.slice(0, 300)}`;
  } catch (error) {
    return String(error);
  }
}
