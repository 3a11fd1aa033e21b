/**
 * The product of contract tests on the embedded runtime that runs already (`npm test`): its wiring from the template, its grants and triggers, its
 * vault in a process of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../bin/embedded/control/client.ts';
import type { QueueCounts } from '../../bin/embedded/queues/operator-rows.ts';
import type { Execution } from '../../bin/local/operator.ts';
import { CACHE_MS } from '../../functions/kernel/remembered.ts';
import type { MadeMerchant } from '../../functions/operator/create.ts';
import type { PublicApp } from './app.ts';
import { deployed } from './deployed.ts';
import { finishChallenge, sentOn } from './payer-page.ts';

/** The sandbox sends a callback some seconds after what it is about. */
const STEP_MS = 1_000;
const PAUSE_MS = 5;
const MOST_ROUNDS = 2_000;
/** More than a file of tests sends. */
const REQUESTS_PER_SECOND = 10_000;
/** More than there is. */
const MOST = '999999999999';

/** With a merchant of its own. */
export async function startedApp(socket: string): Promise<PublicApp> {
  const stack = deployed();
  const { baseUrl, operator } = stack;
  const newMerchant = async (): Promise<MadeMerchant> => {
    const settings = { name: 'Demo', country: 'US', currency: 'usd', timeZone: 'UTC', delayDays: 0 };
    const made = await operator<MadeMerchant>('create-merchant', settings);
    await operator('set', { merchant: made.merchant, requestsPerSecond: REQUESTS_PER_SECOND });
    return made;
  };
  const merchant = await newMerchant();
  const { secretKey } = merchant.test;
  return {
    baseUrl,
    merchant,
    stripe: stack.stripe(secretKey),
    client: ({ maxNetworkRetries = 0, key = secretKey } = {}) => stack.stripe(key, maxNetworkRetries),
    fetch: (path, init) => fetch(`${baseUrl}${path}`, init),
    newMerchant,
    finishChallenge,
    sentOn,
    settleDown: () => settleDown(socket),
    settle: (of) => settle(socket, of),
    async makeAvailable(of) {
      await atLeast(MOST);
      await settle(socket, of);
      await atLeast('1');

      async function atLeast(minimumPayout: string): Promise<void> {
        await operator('set', { merchant: of.merchant, minimumPayout });
        // Settings are read again when they are that old.
        await ask(socket, 'advance', { ms: CACHE_MS });
      }
    },
    nowMs: () => nowMs(socket),
    stop: async () => {},
  };
}

const nowMs = async (socket: string): Promise<number> => (await ask<{ readonly nowMs: number }>(socket, 'now')).nowMs;

/** A payout waits for the bank, on the stack's clock. */
async function settle(socket: string, { merchant }: MadeMerchant): Promise<void> {
  const { operator } = deployed();
  await settleDown(socket);
  const date = new Date(await nowMs(socket)).toISOString().slice(0, 10);
  const { executions } = await operator<{ executions: readonly [Execution] }>('settle', { date, merchant });
  const asked = { executions: executions.map(({ execution }) => execution) };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const [ended] = (await operator<{ executions: readonly [Execution] }>('settle-status', asked)).executions;
    if (ended.status === 'SUCCEEDED') return settleDown(socket);
    if (ended.status !== 'RUNNING') throw new Error(`the settlement ended with ${ended.status}`);
    await ask(socket, 'advance', { ms: STEP_MS });
  }
  throw new Error('the settlement does not end');
}

/** Twice in a row there is nothing on the stream, which `advance` waits for, and nothing on a queue. */
export async function settleDown(socket: string): Promise<void> {
  let [quiet, delayed] = [0, 0];
  for (let round = 0; quiet < 2; round++) {
    if (round === MOST_ROUNDS) throw new Error('the queues never drain');
    await ask(socket, 'advance', { ms: delayed > 0 ? STEP_MS : 1 });
    const queues = await ask<readonly QueueCounts[]>(socket, 'queues');
    const counts = queues.filter(({ queue }) => !/dead|failures/i.test(queue));
    delayed = counts.reduce((sum, each) => sum + each.delayed, 0);
    const open = counts.reduce((sum, each) => sum + each.ready + each.inFlight, delayed);
    quiet = open === 0 ? quiet + 1 : 0;
    if (open > 0) await sleep(PAUSE_MS);
  }
}
