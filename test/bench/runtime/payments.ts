/** Payments on a stack of Sluice: the request, its webhook endpoint, and when all work for them is done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask as askControl } from '../../../bin/embedded/control/client.ts';
import type { QueueCounts } from '../../../bin/embedded/queues/operator-rows.ts';
import { Failure } from '../../../bin/local/failure.ts';
import { type CreatedMerchant, operatorOf } from '../../../bin/local/operator.ts';
import type { RunningStack } from '../../../bin/local/place.ts';
import type { Ask } from './load.ts';
import type { HttpTarget } from './load-job.ts';

const headersOf = (secretKey: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${secretKey}`,
  'content-type': 'application/x-www-form-urlencoded',
});

export const paymentOf = ({ baseUrl }: RunningStack, secretKey: string): HttpTarget => ({
  kind: 'http',
  urls: [`${baseUrl}/v1/payment_intents`],
  headers: { ...headersOf(secretKey), 'idempotency-key': 'bench-{n}' },
  body: 'amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true&metadata[order_id]=order-{n}',
  expect: '"status": ?"succeeded"',
});

/** More than any stack here takes. A merchant is limited to 100 requests a second by default. */
const REQUESTS_PER_SECOND = 10_000;

/** A merchant without a practical limit of requests, and one webhook endpoint, which gets the event of each payment. Returns its secret key. */
export async function addMerchant(state: RunningStack, url: string): Promise<string> {
  const operator = operatorOf(state);
  const { merchant, test } = await operator<CreatedMerchant>('create-merchant', { name: 'Bench', delayDays: 0 });
  await operator('set', { merchant, requestsPerSecond: REQUESTS_PER_SECOND });
  const body = new URLSearchParams({ url, 'enabled_events[]': 'payment_intent.succeeded' });
  const path = `${state.baseUrl}/v1/webhook_endpoints`;
  const made = await fetch(path, { method: 'POST', headers: headersOf(test.secretKey), body });
  if (!made.ok) throw new Failure(`The webhook endpoint was refused: ${await made.text()}`);
  return test.secretKey;
}

interface Amounts {
  readonly pending: readonly { readonly amount: number }[];
  readonly available: readonly { readonly amount: number }[];
}

/** What the ledger has posted for the merchant, in minor units. */
export async function postedFor({ baseUrl }: RunningStack, secretKey: string): Promise<number> {
  const response = await fetch(`${baseUrl}/v1/balance`, { headers: headersOf(secretKey) });
  const { pending, available } = (await response.json()) as Amounts;
  return [...pending, ...available].reduce((sum, { amount }) => sum + amount, 0);
}

const LOOK_MS = 10;
const LONGEST_DRAIN_MS = 120_000;

/**
 * Resolves when each payment's webhook is delivered, the stream's consumers have read everything and no queue has a message that is due. Throws
 * a Failure that names the remaining work after two minutes. A message in a dead-letter queue is due.
 */
export async function allDone(ask: Ask, { socket }: RunningStack, payments: number): Promise<void> {
  const deadlineMs = performance.now() + LONGEST_DRAIN_MS;
  for (;;) {
    const { objects } = await ask('delivered', undefined);
    // A look at the queues is work of the stack's: the last webhook comes first.
    const left = objects < payments ? `${payments - objects} webhooks` : await leftAt(socket!);
    if (left === undefined) return;
    if (performance.now() > deadlineMs) throw new Failure(`Work is left ${LONGEST_DRAIN_MS / 1000} s later: ${left}.`);
    await sleep(LOOK_MS);
  }
}

async function leftAt(socket: string): Promise<string | undefined> {
  const { behind } = await askControl<{ readonly behind: number }>(socket, 'stream');
  return behind > 0
    ? `${behind} changes of the stream`
    : dueIn(await askControl<readonly QueueCounts[]>(socket, 'queues'));
}

/** Where a queue has messages that are due or under way; a message that waits for its time is no backlog. */
export function dueIn(queues: readonly Pick<QueueCounts, 'queue' | 'ready' | 'inFlight'>[]): string | undefined {
  const due = queues.find(({ ready, inFlight }) => ready + inFlight > 0);
  return due && `${due.ready + due.inFlight} messages of ${due.queue}`;
}
