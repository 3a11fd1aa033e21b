/** The API of the in-process world on a loopback port, for the official SDK; the sandbox beside it is the real one, over HTTP. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import type { GatewayEvent } from '../../functions/api/raw-request.ts';
import { bankClients } from '../../functions/channels/banks.ts';
import type { CardChannel } from '../../functions/channels/port/card.ts';
import type { ChannelAccount } from '../../functions/channels/port/port.ts';
import { channelClients } from '../../functions/channels/registry.ts';
import { testControls } from '../../functions/channels/test-controls.ts';
import { type Clock, systemClock, systemRandom } from '../../functions/kernel/clock.ts';
import { type HttpClient, httpClient } from '../../functions/kernel/http-client.ts';
import type { MadeMerchant } from '../../functions/operator/create.ts';
import type { Scheduled } from '../../functions/sandbox/callback.ts';
import type { TableName } from '../../functions/table/table.ts';
import { makeAvailable, settle } from '../scenarios/available-funds.ts';
import { type SandboxServer, startSandbox } from '../simulators/sandbox-server.ts';
import { apiOf, eventOf } from './api.ts';
import { memoryTable } from './memory-table.ts';
import { finishChallenge, sentOn } from './payer-page.ts';
import { record } from './recording.ts';
import type { StoredWorld } from './release-01.ts';
import { nothingOnTheWay, scopeOf, type World, type WorldOptions, world } from './world.ts';

/** What anyone outside sees of the product, and what moves it on. */
export interface PublicApp {
  readonly baseUrl: string;
  readonly merchant: MadeMerchant;
  readonly stripe: Stripe;
  readonly client: (options?: { readonly maxNetworkRetries?: number; readonly key?: string }) => Stripe;
  /** A request without the SDK, for what the SDK would never send. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly newMerchant: () => Promise<MadeMerchant>;
  /** The payer answers the challenge page. Returns the address to which the page sends them: ours, which `sentOn` follows. */
  readonly finishChallenge: (url: string, passed: boolean) => Promise<string>;
  /** Where our return address sends the payer on to. */
  readonly sentOn: (returnAddress: string) => Promise<URL>;
  /** Delivers everything that is on its way: callbacks, stream, queues. */
  readonly settleDown: () => Promise<void>;
  /** Closes the merchant's period, and waits until the bank has paid it out. */
  readonly settle: (made: MadeMerchant) => Promise<void>;
  /** Closes the merchant's period without a payout: what was captured is available. */
  readonly makeAvailable: (made: MadeMerchant) => Promise<void>;
  /** The time of the product's clock. */
  readonly nowMs: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** The product in this process. */
export interface App extends PublicApp {
  readonly world: World;
  readonly itemCount: (table: TableName, kind?: string) => number;
  /** Charge ids that the sandbox has stored. */
  readonly sandboxCharges: () => readonly string[];
  /** Callbacks of the sandbox that are on their way: the next `settleDown` delivers them, unless a test repeats, reorders or drops them first. */
  readonly sandboxCallbacks: Scheduled[];
  /** Moves the clock of the API and of the sandbox. */
  readonly later: (ms: number) => void;
}

/**
 * A new stack with one merchant, or one that goes on from what is stored. `baseUrls`: simulators that stand for the hosts of channels, by the channel's
 * name. `http`: how requests leave for channels.
 */
export async function startApp(
  stored?: StoredWorld,
  baseUrls: Readonly<Record<string, string>> = {},
  http: HttpClient = httpClient,
): Promise<App> {
  const table = memoryTable();
  for (const [name, items] of stored?.tables ?? []) for (const item of items) table.store(name, item);
  // Ten seconds after the last request: the sandbox has decided what takes seconds.
  const { clock, turn, later } = turns(stored && stored.madeMs + 10_000 - Date.now());
  const sandbox = await startSandbox({
    table,
    clock,
    random: systemRandom,
    timings: { slowMs: 10, timeoutMs: 50, verdictMs: 0, payoutMs: 100, payoutReturnMs: 200 },
  });
  // The address is part of the wiring, so the server listens before the API is made.
  const served: { api?: ReturnType<typeof apiOf> } = {};
  const server = createServer((incoming, outgoing) => {
    eventFrom(incoming)
      .then((event) => turn(() => served.api!(event)))
      .then(
        ({ statusCode: status = 200, headers, body }) => {
          const { method = 'GET', url: path = '/' } = incoming;
          record({ method, path, version: String(headers?.['stripe-version']), status }, body);
          outgoing.writeHead(status, headers as Record<string, string>).end(body);
        },
        (error: unknown) => outgoing.writeHead(500).end(String(error)),
      );
  });
  // A connection that is idle for long while a test computes is not closed: a request may be on its way.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  const outside = {
    http,
    nowMs: () => clock.nowMs(),
    random: systemRandom,
    callbackUrl: ({ channel, account }: ChannelAccount) => `${baseUrl}/v1/channels/${channel}/callbacks/${account}`,
    sandboxUrl: sandbox.url,
    baseUrls,
  };
  const options = {
    table,
    clock,
    random: systemRandom,
    returnUrl: `${baseUrl}/v1/return`,
    sandboxUrl: sandbox.url,
    channel: (credentials) => {
      const client = channelClients({ ...outside, credentials });
      // The vault alone needs one that takes cards, and asks no other.
      return (name) => client(name) as CardChannel;
    },
    bank: (credentials) => bankClients({ ...outside, credentials, table }),
    controls: (credentials) => testControls({ ...outside, credentials })('sandbox')!,
    openSandbox: async ({ further }) => {
      const { account, apiKey, callbackSecret } = await sandbox.open(undefined, further);
      return { account, credentials: { apiKey, callbackSecrets: [callbackSecret] } };
    },
  } satisfies WorldOptions;
  const files = new Map(Object.entries(stored?.files ?? {}));
  const made = world(options, { ...nothingOnTheWay(), files });
  const merchant = stored?.merchant ?? (await made.merchant());
  served.api = apiOf(made);
  const client: App['client'] = ({ maxNetworkRetries = 0, key = merchant.test.secretKey } = {}) =>
    new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries, telemetry: false });
  const settleDown = async (): Promise<void> => {
    for (let round = 0; round < 20; round++) {
      await turn(made.runQueues);
      if (!(await turn(() => deliverCallbacks(made, sandbox)))) return;
    }
  };
  return {
    baseUrl,
    merchant,
    world: made,
    client,
    stripe: client(),
    fetch: (path, init) => fetch(`${baseUrl}${path}`, init),
    newMerchant: () => made.merchant(),
    itemCount: (name, kind) => table.items(name).filter((item) => kind === undefined || item.kind === kind).length,
    sandboxCharges: () =>
      table.items('sandbox').flatMap(({ pk }) => (pk.startsWith('c#') ? [`ch_${pk.split('#')[2]!.slice(8)}`] : [])),
    sandboxCallbacks: sandbox.due,
    finishChallenge,
    sentOn,
    later,
    settleDown,
    settle: (of) => settle({ world: made, settleDown }, scopeOf(table, of)),
    makeAvailable: (of) => makeAvailable(made, scopeOf(table, of)),
    nowMs: async () => clock.nowMs(),
    stop: async () => {
      await sandbox.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** More commits of one object than one piece of work makes: each is a millisecond later than the one before. */
const APART_MS = 5;

/**
 * A clock, and the work that reads it: work that follows gets a later time than all of it. Within a millisecond two objects and their
 * events have no order, and a quick machine does several things in one. What happens at once stays at once.
 */
function turns(shiftMs = 0): {
  readonly clock: Clock;
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly later: (ms: number) => void;
} {
  let [shift, ahead, told, underWay] = [shiftMs, 0, 0, 0];
  const nowMs = (): number => {
    told = Math.max(told, Date.now() + Math.max(shift, ahead));
    return told;
  };
  return {
    clock: { ...systemClock, nowMs },
    later: (ms) => {
      shift = Math.max(shift, ahead) + ms;
    },
    async turn(work) {
      // Real time catches up: a client in a program of its own has no other clock.
      if (underWay === 0) ahead = told + APART_MS - Date.now();
      underWay++;
      try {
        return await work();
      } finally {
        underWay--;
      }
    },
  };
}

async function eventFrom(incoming: IncomingMessage): Promise<GatewayEvent> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return eventOf(incoming.method ?? 'GET', incoming.url ?? '/', headers, Buffer.concat(chunks));
}

async function deliverCallbacks(made: World, sandbox: SandboxServer): Promise<boolean> {
  const due = sandbox.due.splice(0);
  for (const scheduled of due) {
    const { url, headers, raw } = await sandbox.signed(scheduled);
    await made.callback({ method: 'POST', path: new URL(url).pathname, query: '', headers, body: raw });
  }
  return due.length > 0;
}

/** The scope of the app's own merchant. */
export const scopeOfApp = (app: App) => scopeOf(app.world.table, app.merchant);
