/**
 * What one live payment makes AWS do, counted in the in-process product: units, records, messages, KMS requests, log lines, bytes. The
 * payment is the one that the budgets name: a vaulted card of a customer, 200 bytes of metadata, a receipt e-mail, a callback, and three
 * events that one endpoint takes.
 */
import { sizeOf } from '../../bin/embedded/table/item.ts';
import type { CallbackFact } from '../../functions/channels/port/port.ts';
import { CACHE_MS } from '../../functions/kernel/remembered.ts';
import type { TableName } from '../../functions/table/table.ts';
import { startReceiver } from '../simulators/webhook-receiver.ts';
import { type Simulation, simulate } from '../world/simulation.ts';
import { fakeCipher } from '../world/world.ts';
import { PAY, savedMethod } from './request-counts.ts';

/** Consumers take one record or message at a time and find no cache warm, or they take full batches and find every cache warm. */
export type Load = 'single' | 'full';

export interface Counts {
  readonly writeUnits: number;
  readonly writeUnitsOf: Readonly<Partial<Record<TableName, number>>>;
  readonly readUnits: number;
  /** Records of the payments table's stream. */
  readonly records: number;
  /** Messages of the queue of deliveries. */
  readonly deliveries: number;
  /** Messages of the queue of features: what could not be counted at once. */
  readonly features: number;
  /** Webhooks that the endpoint took. */
  readonly webhooks: number;
  readonly webhookBytes: number;
  readonly responseBytes: number;
  readonly kmsRequests: number;
  readonly macs: number;
  /** The line of each request to the API, without what CloudWatch adds. */
  readonly requestLines: readonly number[];
  /** Bytes stored for a month, by table: item and index overhead included, what expires sooner in proportion. */
  readonly storedBytes: Readonly<Partial<Record<TableName, number>>>;
}

const MONTH_SECONDS = 30 * 24 * 3600;
/** DynamoDB bills 100 bytes beside each item. */
const ITEM_OVERHEAD = 100;
/** A signed callback of an acquirer. */
const CALLBACK_BYTES = 600;
/** As Lambda and the stack name a function, and Lambda a trace. */
const LAMBDA = {
  FUNCTION_ID: 'payments-api',
  _X_AMZN_TRACE_ID: 'Root=1-6735f1a2-0a1b2c3d4e5f60718293a4b5;Parent=53995c3f42cd8ad8;Sampled=0',
  POWERTOOLS_LOG_LEVEL: 'INFO',
  POWERTOOLS_DEV: 'true',
};

/** The payment with a card that the customer used before, and what a newly typed card adds. */
export async function countPayment(load: Load): Promise<{ readonly payment: Counts; readonly newCard: Counts }> {
  return likeLambda(async (lines) => {
    const receiver = await startReceiver();
    const sim = await simulate();
    const counting = counterOf(sim, receiver.received, lines);
    try {
      const hook = { url: receiver.url, 'enabled_events[]': '*' };
      await sim.request('POST', '/v1/webhook_endpoints', hook, 'hook');
      const saved = await savedMethod(sim);
      await payAll(sim, load, { ...PAY, ...saved }, 'warm');
      const params = { ...PAY, ...saved, receipt_email: 'payer@example.com' };
      const payment = await counting(() => payAll(sim, load, params, KEY));
      return { payment, newCard: await newCard(sim, load, counting) };
    } finally {
      await receiver.close();
    }
  });
}

const KEY = 'stripe-node-retry-4c3f1c8e-1b7a-4a57-9a52-5ad5e2f0b6f7';

/** Everything of one payment: request, stream, callback, webhook, and the janitor's look at what the stream showed open. */
async function payAll(sim: Simulation, load: Load, params: Record<string, string>, key: string): Promise<number> {
  const forget = (): void => {
    if (load === 'single') sim.move(CACHE_MS + 1);
  };
  const work = (): Promise<void> => sim.world.runQueues(load === 'single' ? 1 : undefined);
  forget();
  const { body } = await sim.request('POST', '/v1/payment_intents', params, key);
  if (body.status !== 'succeeded') throw new Error(`not paid: ${JSON.stringify(body)}`);
  await work();
  forget();
  const facts: CallbackFact[] = sim.channel.callbacks.splice(0);
  for (const fact of facts)
    await sim.takeOne(fact, { rawBase64: Buffer.alloc(CALLBACK_BYTES, 'x').toString('base64') });
  await work();
  return Buffer.byteLength(JSON.stringify(body));
}

/** Typing a card in, and what its security code costs the payment that uses it. */
async function newCard(sim: Simulation, load: Load, counting: Counting): Promise<Counts> {
  const card = { number: '5555555555554444', exp_month: '12', exp_year: '2034', cvc: '123' };
  const params = Object.fromEntries(Object.entries(card).map(([name, value]) => [`card[${name}]`, value]));
  const type = (key: string) => sim.request('POST', '/v1/payment_methods', { type: 'card', ...params }, key);
  await type('earlier');
  let method = '';
  const typed = await counting(async () => {
    if (load === 'single') sim.move(CACHE_MS + 1);
    const { body } = await type('new');
    method = String(body.id);
    await sim.world.runQueues(load === 'single' ? 1 : undefined);
    return Buffer.byteLength(JSON.stringify(body));
  });
  const used = await counting(() => payAll(sim, load, { ...PAY, payment_method: method }, 'used'));
  const removal = used.writeUnitsOf.cvc ?? 0;
  return {
    ...typed,
    // Of a card that was typed in just now the payment reads the security code.
    readUnits: typed.readUnits + 1,
    writeUnits: typed.writeUnits + removal,
    writeUnitsOf: { ...typed.writeUnitsOf, cvc: (typed.writeUnitsOf.cvc ?? 0) + removal },
  };
}

type Counting = (work: () => Promise<number>) => Promise<Counts>;

/** Counts what a piece of work adds; the work returns the bytes that it answered. */
function counterOf(
  sim: Simulation,
  received: readonly { readonly payload: string }[],
  lines: readonly string[],
): Counting {
  const { table, state, deps } = sim.world;
  const sent = { deliveries: 0, features: 0 };
  for (const queue of ['deliveries', 'features'] as const) {
    const bodies = state.queues[queue];
    const push = bodies.push.bind(bodies);
    bodies.push = (...more) => {
      sent[queue] += more.length;
      return push(...more);
    };
  }
  let [kms, macs] = [0, 0];
  const [open, mac] = [fakeCipher.decrypt, deps.mac];
  Object.assign(fakeCipher, {
    open: (...args: Parameters<typeof open>) => {
      kms += 1;
      return open(...args);
    },
  });
  Object.assign(deps, {
    mac: (...args: Parameters<typeof mac>) => {
      macs += 1;
      return mac(...args);
    },
  });
  const now = () => ({
    writeUnits: table.consumed.writeUnits,
    writeUnitsOf: { ...table.consumed.writeUnitsOf },
    readUnits: table.consumed.readUnits,
    records: table.stream().length,
    ...sent,
    webhooks: received.length,
    kmsRequests: kms,
    macs,
    lines: lines.length,
    storedBytes: storedBytes(sim),
  });
  return async (work) => {
    const before = now();
    const responseBytes = await work();
    const after = now();
    const requestLines = lines.slice(before.lines).map((line) => Buffer.byteLength(line));
    const { lines: _, ...counts } = after;
    return {
      ...counts,
      writeUnits: after.writeUnits - before.writeUnits,
      writeUnitsOf: differences(after.writeUnitsOf, before.writeUnitsOf),
      readUnits: after.readUnits - before.readUnits,
      records: after.records - before.records,
      deliveries: after.deliveries - before.deliveries,
      features: after.features - before.features,
      webhooks: after.webhooks - before.webhooks,
      webhookBytes: received.slice(before.webhooks).reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0),
      kmsRequests: after.kmsRequests - before.kmsRequests,
      macs: after.macs - before.macs,
      responseBytes,
      requestLines,
      storedBytes: differences(after.storedBytes, before.storedBytes),
    };
  };
}

type Amounts = Readonly<Partial<Record<TableName, number>>>;

function differences(after: Amounts, before: Amounts): Amounts {
  const names = Object.keys(after) as TableName[];
  return Object.fromEntries(
    names.map((name) => [name, after[name]! - (before[name] ?? 0)] as const).filter(([, amount]) => amount !== 0),
  );
}

/** Byte-months of everything that the tables hold; what expires within a month counts for its share of it. */
function storedBytes(sim: Simulation): Amounts {
  const nowSeconds = sim.world.clock.nowMs() / 1000;
  const tables: readonly TableName[] = [
    'payments',
    'idempotency',
    'events',
    'ledger',
    'channels',
    'vault',
    'cvc',
    'risk',
    'search',
  ];
  return Object.fromEntries(
    tables.map((name) => {
      const bytes = sim.world.table.items(name).map((item) => {
        const share = item.expiresAt === undefined ? 1 : (Number(item.expiresAt) - nowSeconds) / MONTH_SECONDS;
        return (sizeOf(item) + ITEM_OVERHEAD) * Math.max(0, Math.min(1, share));
      });
      return [name, bytes.reduce((sum, one) => sum + one, 0)];
    }),
  );
}

/** Runs the work with a Lambda function's environment, and keeps the lines that it logs. */
export async function likeLambda<T>(work: (lines: readonly string[]) => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(LAMBDA).map((name) => [name, process.env[name]]));
  const info = console.info;
  const lines: string[] = [];
  Object.assign(process.env, LAMBDA);
  // Powertools indents its lines here; on Lambda it does not.
  console.info = (line: string) => void lines.push(JSON.stringify(JSON.parse(line)));
  try {
    return await work(lines);
  } finally {
    console.info = info;
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}
