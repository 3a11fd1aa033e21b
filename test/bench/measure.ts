/** Measuring what the budgets of the design name: counts from the in-process product, CPU from processes of their own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { paymentOf, putPayment } from '../../functions/payments/store.ts';
import { newBody } from '../../functions/shared/ids.ts';
import { type Simulation, simulate } from '../support/simulation.ts';

const METADATA = { 'metadata[order]': 'A-1001', 'metadata[note]': 'x'.repeat(170) };
const KEY = 'stripe-node-retry-4c3f1c8e-1b7a-4a57-9a52-5ad5e2f0b6f7';
const pay = { amount: '10000', currency: 'usd', confirm: 'true', ...METADATA };

async function savedMethod(sim: Simulation): Promise<string> {
  const { body } = await sim.request(
    'POST',
    '/v1/payment_intents',
    { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa' },
    'setup',
  );
  await sim.world.runQueues();
  return String(body.payment_method);
}

export interface Units {
  readonly payment: number;
  readonly allIn: number;
  readonly reads: number;
  /** What a search will find the payment by; counted apart. */
  readonly tokens: number;
}

/** Write units of create and confirm with a saved method; alone, and with callback, risk counters and one webhook. */
export async function units(): Promise<Units> {
  const measure = async (all: boolean): Promise<{ writes: number; reads: number; tokens: number }> => {
    const sim = await simulate();
    const method = await savedMethod(sim);
    if (all)
      await sim.request(
        'POST',
        '/v1/webhook_endpoints',
        { url: 'http://127.0.0.1:9/hook', 'enabled_events[]': '*' },
        'hook',
      );
    const { consumed } = sim.world.table;
    const [writes, reads] = [consumed.writeUnits, consumed.readUnits];
    const { risk = 0, search = 0 } = consumed.writeUnitsOf;
    await sim.request(
      'POST',
      '/v1/payment_intents',
      { ...pay, payment_method: method, ...(all && { receipt_email: 'payer@example.com' }) },
      KEY,
    );
    await sim.world.runQueues();
    if (all) await sim.deliverCallbacks();
    await sim.world.runQueues();
    const counters = all ? 0 : (consumed.writeUnitsOf.risk ?? 0) - risk;
    const tokens = (consumed.writeUnitsOf.search ?? 0) - search;
    return { writes: consumed.writeUnits - writes - counters - tokens, reads: consumed.readUnits - reads, tokens };
  };
  const [alone, all] = [await measure(false), await measure(true)];
  return { payment: alone.writes, allIn: all.writes, reads: alone.reads, tokens: alone.tokens };
}

/** Calls to AWS on the confirm path beside the channel, caches warm: how many, and how many one after the other. */
export async function confirmCalls(): Promise<{ readonly calls: number; readonly inSeries: number }> {
  const sim = await simulate();
  const method = await savedMethod(sim);
  await sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: method }, 'warm');
  const { table } = sim.world;
  const before = table.calls;
  let open = 0;
  let rounds = 0;
  table.onCall = ({ when }) => {
    if (when === 'before') {
      if (open === 0) rounds += 1;
      open += 1;
    } else open -= 1;
  };
  await sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: method }, 'measured');
  table.onCall = undefined;
  return { calls: table.calls - before, inSeries: rounds };
}

/** Milliseconds of CPU per warm request, the in-memory table's own work included: an upper bound of ours. Median of batches. */
export async function cpuPerRequest(batches = 9, perBatch = 60): Promise<number> {
  const sim = await simulate();
  const method = await savedMethod(sim);
  const once = (name: string) => sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: method }, name);
  for (let warm = 0; warm < 100; warm++) await once(`warm-${warm}`);
  const medians: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const start = process.cpuUsage();
    for (let request = 0; request < perBatch; request++) await once(`batch-${batch}-${request}`);
    const { user, system } = process.cpuUsage(start);
    medians.push((user + system) / 1000 / perBatch);
  }
  return medians.sort((a, b) => a - b)[Math.floor(batches / 2)]!;
}

/** Read and write units of one retrieve, one list page and one payment, with so many payments stored. */
export async function unitsWith(stored: number): Promise<Readonly<Record<'retrieve' | 'list' | 'payment', number>>> {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: 'pm_card_visa' }, 'one');
  await sim.world.runQueues();
  const { table, clock } = sim.world;
  const payment = paymentOf(table.items('payments').find((item) => item.kind === 'payment')!);
  let seed = 0;
  const random = (count: number): string => {
    seed += 7;
    return String(seed).padStart(count, '0').slice(-count);
  };
  for (let made = 0; made < stored; made++) {
    await table.commit(putPayment({ ...payment, version: 1, body: newBody(clock.nowMs() - 1 - made, random) }));
  }
  const costOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = table.consumed.readUnits + table.consumed.writeUnits;
    await work();
    return table.consumed.readUnits + table.consumed.writeUnits - before;
  };
  return {
    retrieve: await costOf(() => sim.request('GET', `/v1/payment_intents/${String(body.id)}`)),
    list: await costOf(() => sim.request('GET', '/v1/payment_intents?limit=10')),
    payment: await costOf(() =>
      sim.request('POST', '/v1/payment_intents', { ...pay, payment_method: 'pm_card_visa' }, 'two'),
    ),
  };
}

/** Sizes of the API functions' bundles, in bytes, and how much CPU importing each takes beside a bundle of only its AWS clients. */
export async function bundles(
  names: readonly string[],
): Promise<readonly { readonly name: string; readonly bytes: number; readonly importRatio: number }[]> {
  const dist = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    execFileSync(process.execPath, ['bin/bundle.mjs', dist], { stdio: 'pipe' });
    return await Promise.all(
      names.map(async (name) => {
        const file = join(dist, name, 'index.mjs');
        const bare = await onlyClients(dist, name);
        return { name, bytes: statSync(file).size, importRatio: importRatio(file, bare) };
      }),
    );
  } finally {
    rmSync(dist, { recursive: true });
  }
}

/** A bundle that makes the same AWS clients and does nothing else. */
async function onlyClients(dist: string, name: string): Promise<string> {
  const meta = JSON.parse(readFileSync(join(dist, 'meta', `${name}.json`), 'utf8')) as {
    inputs: Record<string, unknown>;
  };
  const clients = [
    ...new Set(
      Object.keys(meta.inputs).flatMap((input) => /node_modules\/(@aws-sdk\/client-[a-z]+)\//.exec(input)?.[1] ?? []),
    ),
  ];
  const entry = join(dist, `${name}-clients.ts`);
  const classOf = (client: string): string =>
    ({
      'client-dynamodb': 'DynamoDBClient',
      'client-kms': 'KMSClient',
      'client-lambda': 'LambdaClient',
      'client-s3': 'S3Client',
      'client-sfn': 'SFNClient',
      'client-sqs': 'SQSClient',
    })[client.split('/')[1]!]!;
  writeFileSync(
    entry,
    clients
      .map(
        (client, index) =>
          `import * as c${index} from '${client}'; export const made${index} = new c${index}.${classOf(client)}({ region: 'us-east-1' }); export const commands${index} = Object.keys(c${index}).length;`,
      )
      .join('\n'),
  );
  const outfile = join(dist, `${name}-clients.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    nodePaths: [join(process.cwd(), 'node_modules')],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return outfile;
}

const ENVIRONMENT = {
  ...process.env,
  AWS_REGION: 'us-east-1',
  SANDBOX_URL: 'http://127.0.0.1:9/sandbox',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
};

/** Median ratio of the CPU that two imports take, each in a process of its own, one after the other, so that noise meets both. */
function importRatio(file: string, bare: string): number {
  const cpu = (path: string): number => {
    const code = `const s=process.cpuUsage();await import(${JSON.stringify(path)});const u=process.cpuUsage(s);process.stdout.write(String(u.user+u.system));process.exit(0)`;
    return Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', code], {
        env: ENVIRONMENT,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  };
  const ratios = Array.from({ length: 7 }, () => cpu(file) / cpu(bare)).sort((a, b) => a - b);
  return ratios[3]!;
}
