/** A stack whose disk does not answer: nothing leaves its process, whatever its functions have done. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ask } from '../../../bin/embedded/control/client.ts';
import { type StartedEmbedded, startEmbedded } from '../../../bin/local/start-embedded.ts';

const PATIENCE = { timeout: 60_000, interval: 5 };
/** Turns of the event loop, in which all that may go on in this process has gone on. */
const TURNS = 2_000;

let directory: string;
let receiver: Server;
let stack: StartedEmbedded | undefined;
/** What has left the stack, in order. */
let left: string[];
let hold: Promise<void> | undefined;
let release = (): void => {};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-unsynced-'));
  left = [];
  receiver = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray()).toString();
    left.push((JSON.parse(body) as { readonly type: string }).type);
    outgoing.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const sync = async (log: { datasync(): Promise<void> }): Promise<void> => {
    await hold;
    await log.datasync();
  };
  stack = await startEmbedded({ say: () => {}, port: 0, directory, keys: undefined, disk: { sync } });
});
afterEach(async () => {
  release();
  await stack?.stop();
  receiver.close();
  rmSync(directory, { recursive: true });
});

const post = async (path: string, form: Readonly<Record<string, string>>): Promise<{ readonly id: string }> => {
  const { baseUrl, secretKey } = stack!.state;
  const response = await fetch(`${baseUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secretKey}` },
    body: new URLSearchParams(form),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(body);
  return JSON.parse(body) as { readonly id: string };
};
/** How many lines of the functions' log match. */
const logged = (pattern: RegExp): number =>
  readFileSync(join(directory, 'sluice.log'), 'utf8')
    .split('\n')
    .filter((line) => pattern.test(line)).length;
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
};
/** From here on no sync ends until `release`. */
function holdDisk(): void {
  hold = new Promise((resolve) => {
    release = () => {
      hold = undefined;
      resolve();
    };
  });
}

it('a response, a webhook and an answer to an operator wait for the disk, and the payment does not', async () => {
  const { port } = receiver.address() as AddressInfo;
  await post('/v1/webhook_endpoints', {
    url: `http://127.0.0.1:${port}`,
    'enabled_events[]': 'payment_intent.succeeded',
  });
  const card = { amount: '2000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  await post('/v1/payment_intents', card);
  await vi.waitUntil(() => left.length === 1 && logged(/"delivery".*"delivered"/) === 1, PATIENCE);
  left.length = 0;
  const before = logged(/payment_intents/);

  holdDisk();
  const response = post('/v1/payment_intents', card).then(() => left.push('response'));
  await vi.waitUntil(() => logged(/payment_intents/) > before, PATIENCE);
  const answer = ask(stack!.state.socket!, 'queues').then(() => left.push('operator'));
  await turns();
  expect(left).toEqual([]);

  release();
  await Promise.all([response, answer]);
  await vi.waitUntil(() => left.length === 3, PATIENCE);
  expect(left.toSorted()).toEqual(['operator', 'payment_intent.succeeded', 'response']);
});
