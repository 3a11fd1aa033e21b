/**
 * Each outlet of the main process, on a whole stack whose disk does not answer: what rests on a commit stays inside until that commit is on disk.
 * Responses, webhooks and answers to operators are in unsynced.test.ts.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ask } from '../../../bin/embedded/control/client.ts';
import type { CreatedMerchant } from '../../../bin/local/operator.ts';
import { startWatched, type WatchedStack } from '../../world/watched-stack.ts';

const PATIENCE = { timeout: 60_000, interval: 5 };
/** Turns of the event loop, in which all that may go on in this process has gone on. */
const TURNS = 3_000;

let directory: string;
let stack: WatchedStack;
let merchant: CreatedMerchant;
/** Whether syncs that begin now wait for `release`. */
let isHeld: () => boolean;
let held: Promise<void>;
let release: () => void;
/** Syncs that wait. */
let waiting: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-outlets-'));
  isHeld = () => false;
  waiting = 0;
  held = new Promise((resolve) => {
    release = () => {
      isHeld = () => false;
      resolve();
    };
  });
  const sync = async (log: { datasync(): Promise<void> }): Promise<void> => {
    if (isHeld()) {
      waiting += 1;
      await held;
    }
    await log.datasync();
  };
  stack = await startWatched(directory, { sync });
  merchant = (await stack.invoke('merchants-operator', {
    command: 'create-merchant',
    name: 'Demo',
    delayDays: 0,
  })) as CreatedMerchant;
});
afterEach(async () => {
  release();
  await stack.stop();
  rmSync(directory, { recursive: true });
});

async function post(path: string, form: Readonly<Record<string, string>>): Promise<{ readonly id: string }> {
  const response = await fetch(`${stack.baseUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${merchant.test.secretKey}` },
    body: new URLSearchParams(form),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(body);
  return JSON.parse(body) as { readonly id: string };
}
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const PAYMENT = { amount: '2000', currency: 'usd', confirm: 'true' };
const CARD = {
  type: 'card',
  'card[number]': '4242424242424242',
  'card[exp_month]': '12',
  'card[exp_year]': '2040',
  'card[cvc]': '123',
};

it('a request to a channel waits for the commit of its attempt', async () => {
  await post('/v1/payment_intents', { ...PAYMENT, payment_method: 'pm_card_visa' });
  const before = stack.channelRequests.length;
  expect(before).toBeGreaterThan(0);

  isHeld = () => true;
  const paid = post('/v1/payment_intents', { ...PAYMENT, payment_method: 'pm_card_visa' });
  await vi.waitUntil(() => waiting > 0, PATIENCE);
  await turns();
  expect(stack.channelRequests.slice(before)).toEqual([]);

  release();
  await paid;
  expect(stack.channelRequests.length).toBeGreaterThan(before);
});

it('a call of the vault waits for the commit of the attempt that it forwards', async () => {
  const { id } = await post('/v1/payment_methods', CARD);
  const forwards = (): readonly string[] =>
    stack.vaultMessages().filter((line) => /^main asks \d+ invoke vault-forward/.test(line));
  expect(forwards()).toEqual([]);

  isHeld = () => true;
  const paid = post('/v1/payment_intents', { ...PAYMENT, payment_method: id });
  await vi.waitUntil(() => waiting > 0, PATIENCE);
  await turns();
  expect(forwards()).toEqual([]);

  release();
  await paid;
  expect(forwards()).toHaveLength(1);
});

it('the vault learns that its commit was made once that is on disk', async () => {
  const commitOf = (): string | undefined =>
    stack.vaultMessages().find((line) => /^vault asks \d+ table vault-api commit/.test(line));
  const isAnswered = (commit: string): boolean =>
    stack.vaultMessages().includes(`main answers ${commit.split(' ')[2]}`);

  // From the first commit on, which is noted before it reaches this process.
  isHeld = () => commitOf() !== undefined;
  const created = post('/v1/payment_methods', CARD);
  await vi.waitUntil(() => waiting > 0, PATIENCE);
  await turns();
  expect(isAnswered(commitOf()!)).toBe(false);

  release();
  await created;
  expect(isAnswered(commitOf()!)).toBe(true);
});

const runsOfTheJanitor = (): number =>
  readFileSync(join(directory, 'sluice.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"message":"janitor"')).length;

it('a file waits for the commits that it may show', async () => {
  const filesIn = (): readonly string[] => (existsSync(stack.files) ? readdirSync(stack.files) : []);
  await post('/v1/payment_intents', { ...PAYMENT, payment_method: 'pm_card_visa' });
  await ask(stack.socket, 'advance', { ms: 60_000 });
  const { nowMs } = await ask<{ readonly nowMs: number }>(stack.socket, 'now');
  const date = new Date(nowMs).toISOString().slice(0, 10);
  await stack.invoke('merchants-operator', { command: 'settle', date, mode: 'test', merchant: merchant.merchant });
  expect(filesIn()).toEqual([]);

  isHeld = () => true;
  const before = runsOfTheJanitor();
  // The period is open for some seconds more, and the janitor's minute is over at the same time.
  const advanced = ask(stack.socket, 'advance', { ms: 60_000 });
  await vi.waitUntil(() => runsOfTheJanitor() > before, PATIENCE);
  await turns();
  expect(filesIn()).toEqual([]);

  release();
  await advanced;
  await vi.waitUntil(() => filesIn().length > 0, PATIENCE);
});

it('the result of an operator command waits, also for the program that started the stack', async () => {
  isHeld = () => true;
  let isDone = false;
  const made = stack
    .invoke('merchants-operator', { command: 'create-merchant', name: 'Another', delayDays: 0 })
    .then(() => {
      isDone = true;
    });
  await vi.waitUntil(() => waiting > 0, PATIENCE);
  await turns();
  expect(isDone).toBe(false);

  release();
  await made;
});
