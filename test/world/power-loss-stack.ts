/**
 * `power-loss-stack.ts <folder> <seed> <losses> [lies]`: a whole stack under load whose disk may keep, at every sync, only what was synced. Starts a stack
 * on the remains each time, and prints as JSON what each has lost.
 */
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import { seeded } from '../../bin/embedded/chaos/seeded.ts';
import { ask } from '../../bin/embedded/control/client.ts';
import { runProgram } from '../../bin/local/failure.ts';
import { auditAll, auditorOf, operatorOf, type TrialBalance } from '../../bin/local/operator.ts';
import type { RunningStack } from '../../bin/local/place.ts';
import { type StartedEmbedded, startEmbedded } from '../../bin/local/start-embedded.ts';
import { type Moment, powerLoss } from './power-loss.ts';

const CLIENTS = 6;
const HOUR_MS = 3_600_000;
const WAIT_MS = 30_000;
/** Moments are many: one in so many is tried. */
const SHARE = 0.05;

/** What clients and the receiver of webhooks knew at a moment. */
interface Known {
  readonly paid: ReadonlyMap<string, string>;
  readonly refunded: ReadonlySet<string>;
  readonly delivered: ReadonlySet<string>;
}

interface Left {
  readonly moment: Moment;
  readonly directory: string;
  readonly known: Known;
}

const [folder, seed, losses, lies] = process.argv.slice(2) as [string, string, string, string?];
const random = seeded(Number(seed));
const paid = new Map<string, string>();
const refunded = new Set<string>();
const delivered = new Set<string>();
const left: Left[] = [];
const DATA = join(folder, 'data');

const clientOf = ({ baseUrl, secretKey }: RunningStack): Stripe => {
  const { hostname, port } = new URL(baseUrl);
  return new Stripe(secretKey, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
};
const start = (directory: string, disk?: ReturnType<typeof powerLoss>['disk']): Promise<StartedEmbedded> =>
  startEmbedded({ say: () => {}, port: 0, directory, keys: undefined, disk });

async function pays(stripe: Stripe): Promise<void> {
  while (left.length < Number(losses)) {
    const order = String(paid.size + Math.floor(random() * 1e9));
    const { id, status } = await stripe.paymentIntents.create({
      amount: 2_000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
      metadata: { order },
    });
    paid.set(id, status);
    if (random() < 0.3) refunded.add((await stripe.refunds.create({ payment_intent: id, amount: 700 })).id);
  }
}

/** The load is no client's: the limit of requests a second would end it. */
async function unlimited(state: RunningStack): Promise<void> {
  const { scopes } = await auditorOf(state)<{ readonly scopes: readonly { readonly merchant: string }[] }>('scopes');
  for (const { merchant } of scopes) await operatorOf(state)('set', { merchant, requestsPerSecond: 10_000 });
}

/** What is wrong with the stack that starts on the remains. */
async function wrongWith({ moment, directory, known }: Left): Promise<readonly string[]> {
  delivered.clear();
  const stack = await start(directory);
  try {
    const stripe = clientOf(stack.state);
    const intents = await stripe.paymentIntents.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
    const refunds = await stripe.refunds.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
    const [statuses, there] = [
      new Map(intents.map(({ id, status }) => [id, status])),
      new Set(refunds.map(({ id }) => id)),
    ];
    const orders = intents.map(({ metadata }) => metadata.order);
    await ask(stack.state.socket!, 'advance', { ms: HOUR_MS });
    return [
      ...[...known.paid]
        .filter(([id, status]) => statuses.get(id) !== status)
        .map(([id]) => `${moment}: ${id} is lost`),
      ...[...known.refunded].filter((id) => !there.has(id)).map((id) => `${moment}: ${id} is lost`),
      ...(new Set(orders).size < orders.length ? [`${moment}: a payment is there twice`] : []),
      ...(await unsettled(stack.state, stripe, known)).map((what) => `${moment}: ${what}`),
    ];
  } finally {
    await stack.stop();
    rmSync(directory, { recursive: true });
  }
}

/** What is not right after a while: the books, and events that the receiver got neither before the loss nor after it. */
async function unsettled(state: RunningStack, stripe: Stripe, known: Known): Promise<readonly string[]> {
  for (let waited = 0; ; waited += 100) {
    const { balanced } = await operatorOf(state)<TrialBalance>('trial-balance');
    const differences = (await auditAll(auditorOf(state), {})).flatMap((audit) => audit.differences);
    const events = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
    const missing = events.filter(({ id }) => !delivered.has(id) && !known.delivered.has(id));
    const wrong = [
      ...(balanced ? [] : ['debits do not equal credits']),
      ...differences,
      ...missing.map(({ id, type }) => `${type} ${id} did not arrive`),
    ];
    if (wrong.length === 0 || waited >= WAIT_MS) return wrong;
    await sleep(100);
  }
}

await runProgram(async () => {
  const receiver = createServer(async (incoming, outgoing) => {
    const event = JSON.parse(Buffer.concat(await incoming.toArray()).toString()) as Stripe.Event;
    delivered.add(event.id);
    outgoing.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as { port: number };
  mkdirSync(DATA, { recursive: true });
  let isUnderWay = false;
  const { disk, opened } = powerLoss(
    DATA,
    random,
    (moment, leave) => {
      // Checkpoints are rare, so each is tried.
      if (left.length === Number(losses) || (moment !== 'during a checkpoint' && random() > SHARE)) return;
      const directory = join(folder, `left-${left.length}`);
      leave(directory);
      // These were written and synced when the stack was made.
      for (const name of ['keys', 'files', 'demo-merchant.json'])
        if (existsSync(join(DATA, name))) cpSync(join(DATA, name), join(directory, name), { recursive: true });
      left.push({
        moment,
        directory,
        known: { paid: new Map(paid), refunded: new Set(refunded), delivered: new Set(delivered) },
      });
    },
    lies === 'lies',
  );
  const stack = await start(DATA, { sync: (log) => (isUnderWay ? disk.sync(log) : log.datasync()) });
  await unlimited(stack.state);
  const stripe = clientOf(stack.state);
  await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${port}`, enabled_events: ['*'] });
  opened();
  isUnderWay = true;
  await Promise.all(Array.from({ length: CLIENTS }, () => pays(stripe)));
  await stack.stop();
  const wrong: string[] = [];
  for (const one of left) wrong.push(...(await wrongWith(one)));
  receiver.close();
  console.log(JSON.stringify({ tried: left.map(({ moment }) => moment), paid: paid.size, wrong }));
  return 0;
});
