/**
 * The whole product in one process over the in-memory table: every operation and consumer that the stack deploys, wired as the
 * Lambda entries wire them, with the queues and the stream in the test's hands. Only what AWS itself does is missing.
 */

import { type CallbackAnswer, serveCallback } from '../../functions/channels/callbacks.ts';
import type { CardChannel } from '../../functions/channels/card.ts';
import type { Credentials, Seal } from '../../functions/channels/credentials.ts';
import { verifierOf } from '../../functions/channels/registry.ts';
import type { Bank } from '../../functions/channels/sandbox/bank.ts';
import { credentialStore, loadAccount, openChannelAccount } from '../../functions/channels/store.ts';
import { expandLoaders } from '../../functions/gateway/loaders.ts';
import { postAll, postMessage } from '../../functions/ledger/consume.ts';
import { createMerchant, type MadeMerchant, type MerchantsDeps } from '../../functions/merchants/create.ts';
import { settingsReader } from '../../functions/merchants/store.ts';
import { deliver } from '../../functions/notifications/delivery.ts';
import { sendDue } from '../../functions/notifications/due.ts';
import { type FanOutDeps, fanOutImages, fanOutMessage } from '../../functions/notifications/fan-out.ts';
import type { DeliveryMessage, FeaturesMessage } from '../../functions/notifications/messages.ts';
import { send } from '../../functions/notifications/sender.ts';
import { takeCallback } from '../../functions/payments/callback.ts';
import type { PaymentsDeps } from '../../functions/payments/deps.ts';
import { runJanitor } from '../../functions/payments/janitor.ts';
import { countAttempts } from '../../functions/risk/count.ts';
import { riskEngine } from '../../functions/risk/engine.ts';
import type { Files, SettlementDeps } from '../../functions/settlement/deps.ts';
import type { Clock } from '../../functions/shared/clock.ts';
import type { RandomText, Scope } from '../../functions/shared/ids.ts';
import { parseCurrency } from '../../functions/shared/money.ts';
import { packJson, unpackJson } from '../../functions/shared/pack.ts';
import type { RawRequest } from '../../functions/shared/raw-request.ts';
import type { Table } from '../../functions/shared/table.ts';
import { forward } from '../../functions/vault/forward.ts';
import { dataKeys } from '../../functions/vault/keys.ts';
import { fakeKeyService } from './fake-key-service.ts';
import type { MemoryTable } from './memory-table.ts';

/** Stands for KMS: opens only under the context it was sealed with. */
export const fakeSeal: Seal = {
  seal: async (plain, context) =>
    Buffer.from(JSON.stringify({ context, plain: Buffer.from(plain).toString('base64') })),
  open: async (sealed, context) => {
    const { context: own, plain } = JSON.parse(Buffer.from(sealed).toString()) as { context: object; plain: string };
    if (JSON.stringify(own) !== JSON.stringify(context)) throw new Error('InvalidCiphertextException');
    return Buffer.from(plain, 'base64');
  },
};

/** A table whose changes can be read as its stream. */
export type WorldTable = Table & Pick<MemoryTable, 'stream'>;

export interface WorldOptions<T extends WorldTable = MemoryTable> {
  readonly table: T;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly channel: (
    credentials: (account: { channel: string; account: string }) => Promise<Credentials>,
  ) => (name: string) => CardChannel;
  readonly openSandbox: MerchantsDeps['openSandbox'];
  readonly bank: (credentials: (account: { channel: string; account: string }) => Promise<Credentials>) => Bank;
}

export interface World<T extends WorldTable = MemoryTable> {
  readonly table: T;
  readonly clock: Clock;
  readonly payments: PaymentsDeps;
  readonly settlement: SettlementDeps;
  readonly deps: ReturnType<typeof wire>['all'];
  readonly files: ReadonlyMap<string, string>;
  readonly merchant: (options?: { readonly delayDays?: number; readonly live?: boolean }) => Promise<MadeMerchant>;
  /** Takes a callback as the HTTP route does; its message waits until `runQueues`. */
  readonly callback: (request: RawRequest) => Promise<CallbackAnswer>;
  /** Delivers what the stream and the queues hold, until nothing is left. */
  readonly runQueues: () => Promise<void>;
  readonly janitor: (asOfMs: number) => ReturnType<typeof runJanitor>;
  /** Puts failed deliveries that are due back on their queue. */
  readonly sendDue: (asOfMs: number) => ReturnType<typeof sendDue>;
  /** Lines that were logged as failures. */
  readonly failures: string[];
}

export function memoryFiles(): Files & { readonly contents: Map<string, string> } {
  const contents = new Map<string, string>();
  return {
    contents,
    put: async (key, content) => void contents.set(key, content),
    get: async (key) => contents.get(key),
  };
}

function wire<T extends WorldTable>(options: WorldOptions<T>) {
  const { table, clock, random } = options;
  const { open, credentials } = credentialStore({ table, seal: fakeSeal, clock });
  const channel = options.channel(credentials);
  const keyService = fakeKeyService();
  const keys = dataKeys({ table, keyService, clock });
  const settings = settingsReader(table, clock);
  const files = memoryFiles();
  const queues = {
    callbacks: [] as string[],
    deliveries: [] as string[],
    features: [] as string[],
    booksRetry: [] as string[],
    fanoutRetry: [] as string[],
  };
  const failures: string[] = [];
  const into = (queue: string[]) => async (bodies: readonly string[]) => void queue.push(...bodies);
  const loaders = expandLoaders(table);
  const payments: PaymentsDeps = {
    table,
    clock,
    random,
    channel: channel,
    settings,
    risk: riskEngine(table, clock),
    vault: {
      forward: (request) =>
        forward({ table, keys, clock, channel, warn: (message) => failures.push(message) }, request),
    },
  };
  const fanOut: FanOutDeps = {
    table,
    clock,
    random,
    deliveries: into(queues.deliveries),
    features: into(queues.features),
    failed: (error) => failures.push(String(error)),
  };
  const merchants: MerchantsDeps = {
    table,
    clock,
    random,
    openSandbox: options.openSandbox,
    sealAccount: (account) => openChannelAccount(fakeSeal, account),
  };
  const settlement: SettlementDeps = { table, clock, random, files, bank: options.bank(credentials), settings };
  const callbacks = {
    clock,
    verifier: verifierOf,
    account: loadAccount.bind(undefined, table),
    credentials: open,
    enqueue: async (message: object) => void queues.callbacks.push(packJson(message)),
  };
  const { deliveries } = fanOut;
  const all = {
    keys,
    mac: keyService.mac,
    loaders,
    seal: fakeSeal,
    allowPrivate: true,
    files,
    deliveries,
    ...payments,
  };
  return { all, payments, fanOut, merchants, settlement, callbacks, queues, failures, files };
}

export function world<T extends WorldTable>(options: WorldOptions<T>): World<T> {
  const { table, clock } = options;
  const wired = wire(options);
  const { queues, failures, fanOut, payments } = wired;
  const read = { ledger: 0, fanOut: 0 };
  const fail = (error: Error): void => void failures.push(String(error));

  const pumpStream = async (): Promise<boolean> => {
    const books = table.stream(read.ledger);
    read.ledger += books.length;
    queues.booksRetry.push(...(await postAll({ table, clock }, books, fail)));
    const changes = table.stream(read.fanOut);
    read.fanOut += changes.length;
    queues.fanoutRetry.push(...(await fanOutImages(fanOut, changes)));
    return books.length + changes.length > 0;
  };
  const drain = async (queue: string[], take: (body: string) => Promise<unknown>): Promise<boolean> => {
    const bodies = queue.splice(0);
    for (const body of bodies) await take(body).catch(fail);
    return bodies.length > 0;
  };

  return {
    table,
    clock,
    payments,
    settlement: wired.settlement,
    deps: wired.all,
    files: wired.files.contents,
    failures,
    merchant: ({ delayDays = 0, live = false } = {}) =>
      createMerchant(wired.merchants, {
        name: 'Demo',
        country: 'US',
        defaultCurrency: parseCurrency('usd')!,
        timeZone: 'UTC',
        payoutDelayDays: delayDays,
        live,
      }),
    callback: async (request) => (await serveCallback(wired.callbacks, request)).answer,
    async runQueues() {
      for (let round = 0; round < 100; round++) {
        const busy = [
          await pumpStream(),
          await drain(queues.callbacks, (body) => takeCallback(payments, body)),
          await drain(queues.features, (body) => countAttempts(table, unpackJson<FeaturesMessage>(body))),
          await drain(queues.booksRetry, (body) => postMessage({ table, clock }, body)),
          await drain(queues.fanoutRetry, (body) => fanOutMessage(fanOut, body)),
          await drain(queues.deliveries, (body) =>
            deliver({ table, clock, seal: fakeSeal, send, allowPrivate: true }, JSON.parse(body) as DeliveryMessage),
          ),
        ];
        if (!busy.includes(true)) return;
      }
      throw new Error('the queues never come to rest');
    },
    janitor: (asOfMs) => runJanitor({ ...payments, bank: wired.settlement.bank }, asOfMs),
    sendDue: (asOfMs) => sendDue({ table, clock, deliveries: fanOut.deliveries }, asOfMs),
  };
}

/** The scope behind a made merchant's test key. */
export const scopeOf = (table: MemoryTable, made: MadeMerchant): Scope =>
  table
    .items('merchants')
    .find((item) => item.pk === 'scopes' && item.merchant === made.merchant && item.livemode === false)!.sk as Scope;
