/**
 * The whole product in one process over the embedded table in memory: every operation and consumer that the stack deploys, wired as the
 * Lambda entries wire them and each with its function's grants, with the queues and the stream in the test's hands. Only what AWS itself does is missing.
 */

import { accountLoaders } from '../../functions/account/loaders.ts';
import type { Caller } from '../../functions/api/operation.ts';
import type { RawRequest } from '../../functions/api/raw-request.ts';
import { accountReader, credentialStore, openChannelAccount } from '../../functions/channels/accounts/store.ts';
import { serveCallback } from '../../functions/channels/callbacks/callbacks.ts';
import { credentialsOf } from '../../functions/channels/credentials.ts';
import type { BankOf } from '../../functions/channels/port/bank.ts';
import type { CallbackAnswer } from '../../functions/channels/port/callback.ts';
import type { CardChannel } from '../../functions/channels/port/card.ts';
import type { ReadCredentials, SecretCipher } from '../../functions/channels/port/credentials.ts';
import type { ChannelAccount } from '../../functions/channels/port/port.ts';
import type { TestControls } from '../../functions/channels/sandbox/controls.ts';
import { statementFetcherOf, statementParserOf } from '../../functions/channels/statements.ts';
import { callbacksOf } from '../../functions/channels/verifiers.ts';
import { checkoutLoaders, inSessions } from '../../functions/checkout/loaders.ts';
import { sessionWrites } from '../../functions/checkout/store.ts';
import { applyReportedDisputes } from '../../functions/disputes/outcome.ts';
import { expandLoaders } from '../../functions/entries/expansion.ts';
import { withoutSending } from '../../functions/entries/payments-deps.ts';
import type { Clock } from '../../functions/kernel/clock.ts';
import { httpClient } from '../../functions/kernel/http-client.ts';
import type { RandomText, Scope } from '../../functions/kernel/ids.ts';
import { logger } from '../../functions/kernel/log.ts';
import { parseCurrency } from '../../functions/kernel/money.ts';
import { openDetails } from '../../functions/merchants/bank-details.ts';
import { settingsReader } from '../../functions/merchants/store.ts';
import { bounded } from '../../functions/notifications/bounded.ts';
import { cachedSecrets } from '../../functions/notifications/cached-secrets.ts';
import { deliver, MOST_BYTES } from '../../functions/notifications/delivery.ts';
import { sendDue } from '../../functions/notifications/due.ts';
import { type FanOutDeps, fanOutImages, fanOutMessage } from '../../functions/notifications/fan-out.ts';
import type { DeliveryMessage } from '../../functions/notifications/messages.ts';
import { sendWebhook } from '../../functions/notifications/sender.ts';
import { createMerchant, type MadeMerchant, type MerchantsDeps } from '../../functions/operator/create.ts';
import { carryOutTreasury, type TreasuryDeps } from '../../functions/operator/treasury.ts';
import { accountsHealth } from '../../functions/payments/account-health.ts';
import type { PaymentsDeps } from '../../functions/payments/deps.ts';
import { productLoaders } from '../../functions/products/loaders.ts';
import { takeCallback } from '../../functions/recovery/callback.ts';
import { runJanitor } from '../../functions/recovery/janitor.ts';
import { type PageAnswer, type ReturnRequest, serveReturn } from '../../functions/returns/serve.ts';
import { countAttempts } from '../../functions/risk/features/count.ts';
import type { FeaturesMessage } from '../../functions/risk/port/message.ts';
import { riskEngine } from '../../functions/risk/rules/engine.ts';
import type { SettlementDeps } from '../../functions/settlement/deps.ts';
import { mandateById } from '../../functions/setup-intents/mandates.ts';
import { postAll, postMessage } from '../../functions/stream/consume.ts';
import { noting } from '../../functions/table/commit.ts';
import { packJson, unpackJson } from '../../functions/table/pack.ts';
import type { Table } from '../../functions/table/table.ts';
import { forward } from '../../functions/vault/forward.ts';
import { dataKeys } from '../../functions/vault/keys.ts';
import type { FunctionName } from '../../lib/function-names.ts';
import { fakeKeyService } from '../simulators/key-service.ts';
import { as, grantedTo, tableInUse } from './function-grants.ts';
import { memoryFiles } from './memory-files.ts';
import type { MemoryTable } from './memory-table.ts';

/** Stands for KMS: opens only under the context it was sealed with. */
export const fakeCipher: SecretCipher = {
  encrypt: async (plain, context) =>
    Buffer.from(JSON.stringify({ context, plain: Buffer.from(plain).toString('base64') })),
  decrypt: async (sealed, context) => {
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
  readonly channel: (credentials: ReadCredentials) => (name: string) => CardChannel;
  readonly openSandbox: MerchantsDeps['openSandbox'];
  readonly bank: (credentials: ReadCredentials) => BankOf;
  readonly controls: (credentials: ReadCredentials) => TestControls;
  /** Where payers come back to. */
  readonly returnUrl?: string;
  /** Where statements of the sandbox are fetched. */
  readonly sandboxUrl?: string;
  /** Called around every call to the bucket. */
  readonly onFile?: (label: string) => Promise<void>;
}

/** What is on its way between functions, and the files: a copy of it is another world with the same past. */
export interface WorldState {
  readonly queues: Record<'callbacks' | 'deliveries' | 'features' | 'booksRetry' | 'fanoutRetry', string[]>;
  /** Messages that failed and come back with the next run. */
  readonly waiting: { readonly queue: keyof WorldState['queues']; readonly body: string }[];
  /** Records of the stream that each consumer has taken. */
  readonly read: { ledger: number; fanOut: number };
  readonly files: Map<string, string>;
  readonly failures: string[];
  /** What would have raised an alarm, as its metric and what it is about. */
  readonly alarms: string[];
}

export const nothingOnTheWay = (): WorldState => ({
  queues: { callbacks: [], deliveries: [], features: [], booksRetry: [], fanoutRetry: [] },
  waiting: [],
  read: { ledger: 0, fanOut: 0 },
  files: new Map(),
  failures: [],
  alarms: [],
});

export interface World<T extends WorldTable = MemoryTable> {
  readonly table: T;
  readonly clock: Clock;
  readonly payments: PaymentsDeps;
  /** Of callbacks, returns and the janitor: they learn of attempts and make none. */
  readonly learning: PaymentsDeps;
  readonly settlement: SettlementDeps;
  /** Carries out a command of the treasury, as its function does. */
  readonly treasury: (event: object) => Promise<Readonly<Record<string, unknown>>>;
  readonly treasuryDeps: TreasuryDeps;
  /** What the operator makes merchants and their accounts with. */
  readonly merchants: MerchantsDeps;
  readonly state: WorldState;
  readonly deps: ReturnType<typeof wire>['all'];
  readonly files: ReadonlyMap<string, string>;
  readonly merchant: (options?: { readonly delayDays?: number; readonly live?: boolean }) => Promise<MadeMerchant>;
  /** Takes a callback as the HTTP route does; its message waits until `runQueues`. */
  readonly callback: (request: RawRequest) => Promise<CallbackAnswer>;
  /** Takes a payer who comes back from a channel, as the HTTP route does. */
  readonly payerReturned: (
    request: Pick<RawRequest, 'method' | 'path'> & Partial<ReturnRequest>,
  ) => Promise<PageAnswer>;
  /** Delivers what the stream and the queues hold, until nothing is left; `batch`: records of the stream per invocation, all by default. */
  readonly runQueues: (batch?: number) => Promise<void>;
  readonly janitor: (asOfMs: number) => ReturnType<typeof runJanitor>;
  /** Puts failed deliveries that are due back on their queue. */
  readonly sendDue: (asOfMs: number) => ReturnType<typeof sendDue>;
  /** Lines that were logged as failures. */
  readonly failures: string[];
  /** What would have raised an alarm, as its metric and what it is about. */
  readonly alarms: string[];
}

function wire<T extends WorldTable>(
  options: WorldOptions<T>,
  { queues, files: contents, failures, alarms }: WorldState,
) {
  const { clock, random } = options;
  // As the functions that commit aggregates are wired: their commits are noted for the lists.
  const table = noting(tableInUse(options.table), clock, () => {});
  const { open, credentials } = credentialStore({ table, cipher: fakeCipher, clock });
  const channel = options.channel(credentials);
  const keyService = fakeKeyService();
  const settings = settingsReader(table, clock);
  const keys = dataKeys({ table, keyService, clock });
  const files = memoryFiles(contents, options.onFile ?? (async () => {}));
  const into = (queue: string[]) => async (bodies: readonly string[]) => void queue.push(...bodies);
  const described = inSessions(table);
  const loaders = {
    ...accountLoaders(table),
    ...expandLoaders(table),
    ...checkoutLoaders(table),
    ...productLoaders(table, described),
  };
  const payments: PaymentsDeps = {
    table,
    clock,
    random,
    channel: channel,
    settings,
    companions: sessionWrites,
    mayPost: true,
    applyDisputes: (payment, attempt, reports) =>
      applyReportedDisputes({ table, clock, failed: () => {} }, payment, attempt, reports),
    mandate: (scope, id) => mandateById(table, scope, id),
    risk: riskEngine(table, clock),
    contradicted: (facts) => void alarms.push(`CallbacksRefused ${facts.outcome}`),
    returnUrl: options.returnUrl ?? 'https://pay.example.com/v1/return',
    vault: {
      forward: (request) =>
        as('vault-forward', () =>
          forward({ table, keys, clock, channel, warn: (message) => failures.push(message) }, request),
        ),
    },
  };
  const fanOut: FanOutDeps = {
    table,
    clock,
    random,
    deliveries: into(queues.deliveries),
    features: into(queues.features),
    // Another function's own cache.
    settings: settingsReader(table, clock),
    unseen: () => {},
    failed: (error) => failures.push(String(error)),
    alarm: (name, { reference }) => void alarms.push(`${name} ${reference}`),
  };
  const merchants: MerchantsDeps = {
    table,
    clock,
    random,
    openSandbox: options.openSandbox,
    encryptAccount: async (account) => openChannelAccount(fakeCipher, credentialsOf(account.channel), account),
  };
  const settlement: SettlementDeps = {
    table: grantedTo('settlement-step', options.table),
    clock,
    random,
    files,
    bank: options.bank(credentials),
    settings,
  };
  const callbacks = {
    clock,
    callbacks: callbacksOf,
    account: accountReader(table, clock),
    credentials: open,
    enqueue: async (message: object) => void queues.callbacks.push(packJson(message)),
  };
  const { deliveries } = fanOut;
  const controls = options.controls(credentials);
  const all = {
    log: logger('http'),
    testControls: () => controls,
    keys,
    mac: keyService.mac,
    loaders,
    cipher: fakeCipher,
    allowPrivate: true,
    inSessions: described,
    files,
    deliveries,
    health: ({ scope, settings: { shards } }: Caller, accounts: readonly ChannelAccount[]) =>
      accountsHealth(table, { scope, shards, nowMs: clock.nowMs() }, accounts),
    ...payments,
  } satisfies PaymentsDeps & Record<string, unknown>;
  const treasury: TreasuryDeps = {
    table: grantedTo('merchants-treasury', options.table),
    clock,
    random,
    files,
    bytes: files,
    details: (scope, bank) => openDetails(fakeCipher, scope, bank),
    parser: statementParserOf,
    fetcher: statementFetcherOf({
      http: httpClient,
      nowMs: () => clock.nowMs(),
      random,
      callbackUrl: () => 'https://api.example/callbacks',
      sandboxUrl: options.sandboxUrl ?? '',
      credentials,
    }),
    suspended: (lines) => void alarms.push(`StatementLinesUnmatched ${lines}`),
  };
  return { all, payments, fanOut, merchants, settlement, callbacks, treasury };
}

export function world<T extends WorldTable>(options: WorldOptions<T>, state: WorldState = nothingOnTheWay()): World<T> {
  const { clock } = options;
  const table = tableInUse(options.table);
  const wired = wire(options, state);
  const { fanOut, payments } = wired;
  const learning = { ...payments, ...withoutSending };
  const { queues, waiting, read, failures } = state;
  const fail = (error: Error): void => void failures.push(String(error));
  const secrets = cachedSecrets(fakeCipher, clock);

  const pumpStream = async (batch: number): Promise<boolean> => {
    // A batch whose consumer died is delivered again.
    const books = options.table.stream(read.ledger).slice(0, batch);
    queues.booksRetry.push(...(await as('ledger-on-payment', () => postAll({ table, clock }, books, fail))));
    read.ledger = Math.max(read.ledger, books.at(-1)?.sequence ?? 0);
    const changes = options.table.stream(read.fanOut).slice(0, batch);
    queues.fanoutRetry.push(...(await as('notifications-on-change', () => fanOutImages(fanOut, changes))));
    read.fanOut = Math.max(read.fanOut, changes.at(-1)?.sequence ?? 0);
    return books.length + changes.length > 0;
  };
  /** `name`: the function that takes it. Messages that fail come back with the next run; of webhooks, which may fail for days, the first delivery is all there is. */
  const drain = async (
    queue: keyof WorldState['queues'],
    name: FunctionName,
    take: (body: string) => Promise<unknown>,
  ): Promise<boolean> => {
    const bodies = queues[queue].splice(0);
    for (const body of bodies)
      await as(name, () => take(body)).catch((error: Error) => {
        fail(error);
        if (queue !== 'deliveries') waiting.push({ queue, body });
      });
    return bodies.length > 0;
  };

  return {
    table: options.table,
    merchants: wired.merchants,
    clock,
    payments,
    learning,
    settlement: wired.settlement,
    treasuryDeps: wired.treasury,
    treasury: async (event) => ({
      ...(await as('merchants-treasury', () => carryOutTreasury(wired.treasury, event))),
    }),
    deps: wired.all,
    files: state.files,
    state,
    failures,
    alarms: state.alarms,
    merchant: ({ delayDays = 0, live = false } = {}) =>
      createMerchant(wired.merchants, {
        name: 'Demo',
        country: 'US',
        defaultCurrency: parseCurrency('usd')!,
        timeZone: 'UTC',
        payoutDelayDays: delayDays,
        live,
      }),
    callback: async (request) => (await as('channels-callback', () => serveCallback(wired.callbacks, request))).answer,
    payerReturned: async (request) => {
      const whole = { query: '', headers: {}, body: Buffer.alloc(0), ...request };
      return (await as('payments-return', () => serveReturn({ ...learning, failed: () => {} }, whole))).answer;
    },
    async runQueues(batch = Number.POSITIVE_INFINITY) {
      for (const { queue, body } of waiting.splice(0)) queues[queue].push(body);
      for (let round = 0; round < 100; round++) {
        const busy = [
          await pumpStream(batch),
          await drain('callbacks', 'payments-on-callback', (body) => takeCallback(learning, body)),
          await drain('features', 'risk-on-attempts', (body) =>
            countAttempts(table, unpackJson<FeaturesMessage>(body)),
          ),
          await drain('booksRetry', 'ledger-on-retry', (body) => postMessage({ table, clock }, body)),
          await drain('fanoutRetry', 'notifications-on-retry', (body) => fanOutMessage(fanOut, body)),
          await drain('deliveries', 'notifications-on-delivery', (body) =>
            deliver(
              { table, clock, cipher: secrets, send: sendWebhook, allowPrivate: true, bounded: bounded(MOST_BYTES) },
              JSON.parse(body) as DeliveryMessage,
            ),
          ),
        ];
        if (!busy.includes(true)) return;
      }
      throw new Error('the queues never drain');
    },
    janitor: (asOfMs) => as('payments-janitor', () => runJanitor({ ...learning, bank: wired.settlement.bank }, asOfMs)),
    sendDue: (asOfMs) =>
      as('notifications-due', () => sendDue({ table, clock, deliveries: fanOut.deliveries }, asOfMs)),
  };
}

/** The scope behind a made merchant's test key. */
export const scopeOf = (table: Pick<MemoryTable, 'items'>, made: { readonly merchant: string }): Scope =>
  table
    .items('merchants')
    .find((item) => item.pk === 'scopes' && item.merchant === made.merchant && item.livemode === false)!.sk as Scope;
