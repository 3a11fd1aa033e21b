/**
 * The price of a million payments and of an idle month: list prices times what is counted in the product (test/scenarios/payment-counts.ts) and
 * read from the synthesized template (stack-facts.ts). What can be neither counted nor read is an assumption below. Arithmetic, not a bill.
 */
import type { Counts, Load } from '../scenarios/payment-counts.ts';
import { dollars } from './prices.ts';
import type { StackFacts } from './stack-facts.ts';

/** What is assumed: nothing here was measured on AWS. */
export const ASSUMED = {
  /** The channel replies in 500 ms; the function that waits for it works 10 ms beside. */
  channelMs: 500,
  confirmMs: 510,
  /** A webhook: name, TCP and TLS of a new connection, and the endpoint's own time. */
  webhookMs: 600,
  /** CPU of a whole core for a message: three handshakes, rendering, signing. One message's with 256 MB is within the 600 ms. */
  webhookCpuMs: 15,
  /** Work of an invocation beside its first record or message, and per further one. */
  invocationMs: 15,
  furtherMs: 5,
  newCardMs: 40,
  /** Records of a stream and messages of a queue per invocation. */
  streamBatch: { single: 1, full: 100 },
  queueBatch: { single: 1, full: 10 },
  /** Bytes that leave AWS: headers of a response or webhook, a TLS handshake with its TCP packets, a request to a channel. */
  headerBytes: 400,
  handshakeBytes: 900,
  channelRequestBytes: 1_200,
  /** Bytes that CloudWatch adds to each line. */
  lineOverhead: 26,
  /** Source address and user agent in the line of a request. */
  clientBytes: 75,
  /** A line of the vault's forward, of a received callback, of a delivery: test/infra/cost.test.ts logs such lines. */
  forwardLineBytes: 194,
  callbackLineBytes: 346,
  deliveryLineBytes: 215,
  /** A merchant settles on 21 banking days a month, and its bank confirms a day later. */
  settlementsPerMonth: 21,
  settlementStepMs: 300,
} as const;

/** Dollars by line. */
export type Lines = Readonly<Record<string, number>>;

export const total = (lines: Lines): number => Object.values(lines).reduce((sum, line) => sum + line, 0);

/** Dollars of a million invocations. */
const lambda = (invocations: number, ms: number, memoryMb: number): number =>
  invocations * (dollars('lambdaRequests') + 1_000 * ms * (memoryMb / 1_024) * dollars('lambdaGbSecond'));
const batchMs = (batch: number): number => ASSUMED.invocationMs + (batch - 1) * ASSUMED.furtherMs;
/** How much longer the CPU of so many messages takes than that of one with 256 MB: 1,769 MB are a whole core. */
const moreCpuMs = (messages: number, memoryMb: number): number =>
  ASSUMED.webhookCpuMs * ((messages * 1_769) / memoryMb - 1_769 / 256);
/** Dollars for a million times so many bytes. */
const perGb = (bytes: number, price: number): number => (bytes / 1_000) * price;
const logged = (bytes: readonly number[]): number =>
  perGb(
    bytes.reduce((sum, line) => sum + line + ASSUMED.lineOverhead, 0),
    dollars('logs') + dollars('logStorage'),
  );
/** The lines of requests that come from a client, as they do not in the count. */
const requestLogged = (lines: readonly number[]): number => logged(lines.map((line) => line + ASSUMED.clientBytes));
/** The access log's lines. */
const accessLogged = ({ accessLogBytes, accessLogSeldom }: StackFacts): number =>
  perGb(
    accessLogBytes.reduce((sum, line) => sum + line + ASSUMED.lineOverhead, 0),
    dollars(accessLogSeldom ? 'logsSeldom' : 'logs') + dollars('logStorage'),
  );
/** A message that is sent by itself, received and deleted in batches. */
const message = (price: number, batch: number): number => (1 + 2 / batch) * price;

const units = (writeUnits: number, readUnits: number): Lines => ({
  'write units': writeUnits * dollars('write'),
  'read units': readUnits * dollars('read'),
});

/** Dollars for what a million payments store in a month. */
export function storage({ storedBytes }: Counts, { recovered }: StackFacts): Lines {
  const entries = Object.entries(storedBytes);
  const bytes = (named: (table: string) => boolean): number =>
    entries.reduce((sum, [table, size]) => sum + (named(table) ? size : 0), 0);
  return {
    storage: perGb(
      bytes(() => true),
      dollars('tableStorage'),
    ),
    'point-in-time recovery': perGb(
      bytes((table) => recovered.has(table)),
      dollars('recovery'),
    ),
  };
}

export type Api = 'http' | 'rest';

/** Dollars for a million requests to the API. */
export const requests = (api: Api): number => dollars(api === 'http' ? 'httpApi' : 'restApi');

/** One line for each thing that a million payments with a saved card make AWS do, without vault and callback. */
export function payment(counts: Counts, load: Load, stack: StackFacts, api: Api): Lines {
  const { memoryMb } = stack;
  const [stream, queue] = [ASSUMED.streamBatch[load], ASSUMED.queueBatch[load]];
  const of = (name: string): number => memoryMb[name]!;
  return {
    API: requests(api),
    'payments function': lambda(1, ASSUMED.confirmMs, of('payments-api')),
    ...units(
      counts.writeUnits - callbackWrites(counts),
      counts.readUnits - CALLBACK_READS - VAULT_READS + (load === 'single' ? JANITOR_READS : 0),
    ),
    'stream functions': lambda((2 * counts.records) / stream, batchMs(stream), of('ledger-on-payment')),
    'webhook function': lambda(
      counts.deliveries / queue,
      ASSUMED.webhookMs + batchMs(queue) + moreCpuMs(queue, of('notifications-on-delivery')),
      of('notifications-on-delivery'),
    ),
    'risk function': lambda(counts.features / queue, batchMs(queue), of('risk-on-attempts')),
    SQS: (counts.deliveries + counts.features) * message(dollars('sqs'), queue),
    KMS: counts.kmsRequests * dollars('kms'),
    logs:
      requestLogged(counts.requestLines) +
      logged(Array(counts.deliveries).fill(ASSUMED.deliveryLineBytes)) +
      accessLogged(stack),
    'data out': perGb(
      counts.responseBytes +
        counts.webhookBytes +
        (1 + counts.webhooks) * ASSUMED.headerBytes +
        counts.webhooks * ASSUMED.handshakeBytes +
        ASSUMED.channelRequestBytes,
      dollars('dataOut'),
    ),
  };
}

/** A record of the stream by itself shows the payment open, and the janitor looks at it a minute later. */
const JANITOR_READS = 1;
/** The payment. A callback without news needs no settings. */
const CALLBACK_READS = 1;
/** The card. Of one that was typed in long ago no security code is looked for. */
const VAULT_READS = 1;
const callbackWrites = ({ writeUnitsOf }: Counts): number => writeUnitsOf.channels ?? 0;

/** A callback without news: received, queued, stored raw, compared with the payment. */
export function callback(counts: Counts, load: Load, stack: StackFacts, api: Api): Lines {
  const { memoryMb } = stack;
  const queue = ASSUMED.queueBatch[load];
  // The account is remembered for seconds: full batches find it warm.
  const account = load === 'single' ? 1 : 0;
  return {
    API: requests(api),
    'callback functions':
      lambda(1, ASSUMED.invocationMs, memoryMb['channels-callback']!) +
      lambda(1 / queue, batchMs(queue), memoryMb['payments-on-callback']!),
    'SQS FIFO': message(dollars('sqsFifo'), queue),
    ...units(callbackWrites(counts), CALLBACK_READS + account),
    logs: logged([ASSUMED.callbackLineBytes]) + accessLogged(stack),
    'data out': perGb(ASSUMED.headerBytes, dollars('dataOut')),
  };
}

/** The vault's function waits for the channel beside the one that called it. */
export const vaultHop = ({ memoryMb }: StackFacts): Lines => ({
  'vault function': lambda(1, ASSUMED.channelMs, memoryMb['vault-forward']!),
  ...units(0, VAULT_READS),
  logs: logged([ASSUMED.forwardLineBytes]),
});

/** A card that is typed in: one request, and its security code, which the payment reads and removes. */
export const newCard = (counts: Counts, stack: StackFacts, api: Api): Lines => ({
  API: requests(api),
  'vault function': lambda(1, ASSUMED.newCardMs, stack.memoryMb['vault-api']!),
  KMS: counts.macs * dollars('kms'),
  ...units(counts.writeUnits, counts.readUnits),
  logs: requestLogged(counts.requestLines) + accessLogged(stack),
  'data out': perGb(counts.responseBytes + ASSUMED.headerBytes + ASSUMED.handshakeBytes, dollars('dataOut')),
  ...storage(counts, stack),
});

/** What one merchant's settlements cost in a month; state machine and its function. */
export function settlements({ transitions, memoryMb }: StackFacts): Lines {
  const { settlementsPerMonth, settlementStepMs } = ASSUMED;
  const steps = transitions / 2;
  return {
    transitions: (settlementsPerMonth * transitions * dollars('transitions')) / 1e6,
    'step function': (settlementsPerMonth * lambda(steps, settlementStepMs, memoryMb['settlement-step']!)) / 1e6,
  };
}

/** Lines of several things, added up by name. */
export function sum(...parts: readonly Lines[]): Lines {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(
    names.map((name) => [name, total(Object.fromEntries(parts.map((part, at) => [at, part[name] ?? 0])))]),
  );
}

/** A million payments as a live merchant pays for them: vaulted card, callback, notes, webhook, data out, storage of the first month. */
export const allIn = (counts: Counts, load: Load, stack: StackFacts, api: Api): Lines =>
  sum(payment(counts, load, stack, api), vaultHop(stack), callback(counts, load, stack, api), storage(counts, stack));

/** Lines that belong to the whole price alone: the budgets of its parts leave them out. */
const WHOLE = ['data out', 'storage', 'point-in-time recovery'];
export const withoutWhole = (lines: Lines): Lines =>
  Object.fromEntries(Object.entries(lines).filter(([name]) => !WHOLE.includes(name)));

/** The payment without search notes and without a receipt e-mail, whose counter is one write unit and one read unit. */
export const plain = (counts: Counts): Counts => ({
  ...counts,
  writeUnits: counts.writeUnits - (counts.writeUnitsOf.search ?? 0) - 1,
  readUnits: counts.readUnits - 1,
});

/** Dollars that the daily backups of the second stack add per million payments: in their first month, and in each month when all copies exist. */
export function backups(
  { storedBytes }: Counts,
  { backedUp, backupCopies }: StackFacts,
): { readonly first: number; readonly later: number } {
  const bytes = Object.entries(storedBytes).reduce((sum, [table, size]) => sum + (backedUp.has(table) ? size : 0), 0);
  const copy = perGb(bytes, dollars('backup'));
  return { first: (copy * Math.min(30, backupCopies)) / 2, later: copy * backupCopies };
}

/** A month without a payment. A polled queue costs Lambda's long polls: five pollers, 20 s each. */
export function idleMonth(stack: StackFacts, rotations: 0 | 1 | 2): Lines {
  const seconds = 30 * 24 * 3600;
  const perMinute = (invocations: number): number => (invocations * seconds) / 60 / 1e6;
  const ticks = perMinute(stack.rulesPerMinute);
  return {
    'KMS keys': (stack.keys + rotations * stack.rotatingKeys) * dollars('key'),
    alarms: stack.alarms * dollars('alarm'),
    'queue polls': (stack.polledQueues * 5 * (seconds / 20) * dollars('sqs')) / 1e6,
    // A scheduled function reads and moves its cursor.
    'scheduled functions':
      ticks * (lambda(1, 50, 256) + 2 * dollars('read') + dollars('write')) + ticks * logged([300]),
    // DynamoDB asks KMS for a table's key every five minutes while the table is used.
    'KMS requests': perMinute(TABLES_AT_REST / 5) * dollars('kms'),
  };
}

/** What the second stack (backups, dashboard, one alarm over all, web ACL) adds to a month, without the copies and the requests. */
export function secondStackMonth({ extras }: StackFacts, rotations: 0 | 1 | 2): Lines {
  return {
    'backup key': (extras.keys + rotations * extras.rotatingKeys) * dollars('key'),
    'composite alarm': extras.compositeAlarms * dollars('compositeAlarm'),
    dashboard: extras.dashboards * dollars('dashboard'),
    'web ACL': extras.webAcls * dollars('webAcl') + extras.webAclRules * dollars('webAclRule'),
  };
}

/** Tables that the scheduled functions read: idempotency, events, merchants, ledger, cvc. */
const TABLES_AT_REST = 5;
