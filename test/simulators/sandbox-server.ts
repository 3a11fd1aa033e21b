/**
 * The sandbox in process, over a real loopback socket, with its callbacks in the test's hands: a test delivers them, twice, in
 * another order, or never.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../functions/kernel/clock.ts';
import type { RandomText } from '../../functions/kernel/ids.ts';
import { type OpenedAccount, openAccount } from '../../functions/sandbox/account.ts';
import type { SandboxDeps } from '../../functions/sandbox/api.ts';
import { TIMINGS, type Timings } from '../../functions/sandbox/behavior.ts';
import { type Scheduled, SIGNATURE_HEADER, signatureOf } from '../../functions/sandbox/callback.ts';
import { serve } from '../../functions/sandbox/routes.ts';
import { loadAccount, writeAccount } from '../../functions/sandbox/store.ts';
import type { Table } from '../../functions/table/table.ts';

export interface SandboxServer {
  /** Up to and with `/sandbox`: what SANDBOX_URL is on a stack. */
  readonly url: string;
  /** Callbacks that were scheduled and not taken out by the test, oldest first. */
  readonly due: Scheduled[];
  /** Opens an account, as the operator does. */
  readonly open: (callbackUrl?: string, further?: boolean) => Promise<OpenedAccount>;
  /** The callback as it would be posted at this moment. */
  readonly signed: (scheduled: Scheduled) => Promise<SignedCallback>;
  readonly close: () => Promise<void>;
}

export interface SignedCallback {
  readonly account: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: Buffer;
}

export interface SandboxServerOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly timings?: Partial<Timings>;
}

/** Starts the sandbox on a free loopback port. */
export async function startSandbox(options: SandboxServerOptions): Promise<SandboxServer> {
  const due: Scheduled[] = [];
  let url = '';
  const deps: SandboxDeps = {
    table: options.table,
    clock: options.clock,
    random: options.random,
    timings: { ...TIMINGS, ...options.timings },
    get publicUrl() {
      return url;
    },
    schedule: async (callbacks) => {
      due.push(...callbacks);
    },
  };
  const server = createServer((incoming, outgoing) => {
    answer(deps, incoming).then(
      ({ status, headers, body }) => outgoing.writeHead(status, headers).end(body),
      (error: unknown) => outgoing.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sandbox`;
  return {
    url,
    due,
    async open(callbackUrl = 'http://callbacks.test/v1/channels/sandbox/callbacks/{account}', further = false) {
      const { record, opened } = openAccount(callbackUrl, options.clock.nowMs(), options.random, further);
      await options.table.commit(writeAccount(record));
      return opened;
    },
    signed: (scheduled) => sign(options, scheduled),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(deps: SandboxDeps, incoming: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return serve(deps, {
    method: incoming.method ?? 'GET',
    path: new URL(incoming.url ?? '/', 'http://sandbox').pathname,
    authorization: incoming.headers.authorization,
    body: Buffer.concat(chunks),
  });
}

async function sign(options: SandboxServerOptions, { callback }: Scheduled): Promise<SignedCallback> {
  const account = await loadAccount(options.table, callback.account);
  if (account?.callbackUrl === undefined) throw new Error(`account ${callback.account} takes no callbacks`);
  return {
    account: callback.account,
    url: account.callbackUrl,
    headers: {
      'content-type': 'application/json',
      [SIGNATURE_HEADER]: signatureOf(callback.body, account.callbackSecret, options.clock.nowMs()),
    },
    raw: Buffer.from(callback.body),
  };
}

/** A clock that stands still unless it is moved; sleeping moves it. */
export interface HandClock extends Clock {
  move(ms: number): void;
}

export function handClock(startMs = Date.UTC(2027, 0, 15, 12)): HandClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
    move: (ms) => {
      nowMs += ms;
    },
  };
}
