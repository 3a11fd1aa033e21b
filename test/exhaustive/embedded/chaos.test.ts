/** A stack with faults on demand: clients that try again get what they asked for, once, and the books and the webhooks come right. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import Stripe from 'stripe';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FAULTS } from '../../../bin/embedded/chaos/faults.ts';
import { seeded } from '../../../bin/embedded/chaos/seeded.ts';
import { ask } from '../../../bin/embedded/control/client.ts';
import { auditAll, auditorOf, operatorOf, type TrialBalance } from '../../../bin/local/operator.ts';
import type { RunningStack } from '../../../bin/local/place.ts';
import { type Receiver, startReceiver } from '../../simulators/webhook-receiver.ts';
import { giveBack } from '../../world/given-up.ts';
import { Minutes } from '../../world/on-a-stack.ts';
import { type StackProcess, startProcess } from '../../world/stack-process.ts';

const { SLUICE_SEED: given, SLUICE_RUNS: runs } = process.env;
const seed = given === 'random' ? Date.now() % 1_000_000 : Number(given ?? 7);
const CLIENTS = 6;
const LIVES = Number(runs ?? 8);
const HOUR_MS = 3_600_000;

let directory: string;
let receiver: Receiver;
let stack: StackProcess | undefined;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
  receiver = await startReceiver();
});
afterEach(async () => {
  await stack?.kill();
  stack = undefined;
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

const clientOf = ({ baseUrl, secretKey }: RunningStack): Stripe => {
  const { hostname, port } = new URL(baseUrl);
  return new Stripe(secretKey, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
};

interface Life {
  readonly id: string;
  /** Undefined: the channel's answer was lost, so the payment was `processing`, and ends by itself. */
  readonly status: string | undefined;
  readonly refunded: number;
}

type Insist = <T>(key: string, request: (options: Stripe.RequestOptions) => Promise<T>) => Promise<T>;

/** Asks until there is an answer, always with the same key, as a client does that knows nothing of what happened. */
const insistWith =
  (minutes: Minutes): Insist =>
  async (key, request) => {
    for (let tries = 1; ; tries++) {
      try {
        return await request({ idempotencyKey: key });
      } catch (error) {
        const status = error instanceof Stripe.errors.StripeError ? error.statusCode : undefined;
        if (tries === 60 || (status !== undefined && status < 500 && status !== 409 && status !== 429)) throw error;
        await (status === 409 ? minutes.next() : sleep(tries * 20));
      }
    }
  };

const take = (isHeld: boolean): Stripe.PaymentIntentCreateParams => ({
  amount: 2_000,
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: true,
  capture_method: isHeld ? 'manual' : 'automatic',
});

/** A payment that is taken at once, captured later or given up, and partly refunded. */
async function live(stripe: Stripe, insist: Insist, name: string, draw: number): Promise<Life> {
  const isHeld = draw < 0.5;
  const { id, status } = await insist(`${name}-pay`, (options) => stripe.paymentIntents.create(take(isHeld), options))
    // A decline is an answer too: the channel was out of order and says that nothing was taken.
    .catch((error: unknown) => {
      if (!(error instanceof Stripe.errors.StripeCardError)) throw error;
      return { id: error.payment_intent!.id, status: 'requires_payment_method' };
    });
  const unknown: Life = { id, status: undefined, refunded: 0 };
  if (status === 'processing') return unknown;
  if (status === 'requires_payment_method') return { id, status, refunded: 0 };
  expect(status).toBe(isHeld ? 'requires_capture' : 'succeeded');
  try {
    if (isHeld) {
      const end = draw < 0.2 ? 'cancel' : 'capture';
      const ended = await insist(`${name}-${end}`, (options) => stripe.paymentIntents[end](id, {}, options));
      if (ended.status !== 'succeeded' && ended.status !== 'canceled') return unknown;
      if (end === 'cancel') return { id, status: 'canceled', refunded: 0 };
    }
    if (draw > 0.4 && draw < 0.7) return { id, status: 'succeeded', refunded: 0 };
    const part = { payment_intent: id, amount: 500 };
    const refund = await insist(`${name}-refund`, (options) => stripe.refunds.create(part, options));
    return refund.status === 'succeeded' ? { id, status: 'succeeded', refunded: 500 } : unknown;
  } catch (error) {
    // What never arrived at the channel is refused, and the payment is as it was.
    if (error instanceof Stripe.errors.StripeInvalidRequestError) return unknown;
    throw error;
  }
}

async function livesOf(stripe: Stripe, minutes: Minutes): Promise<readonly Life[]> {
  const random = seeded(seed);
  const draws = Array.from({ length: CLIENTS }, () => Array.from({ length: LIVES }, random));
  const clients = draws.map(async (own, client) => {
    const lives: Life[] = [];
    for (const [number, draw] of own.entries())
      lives.push(await live(stripe, insistWith(minutes), `${client}-${number}`, draw));
    await minutes.done();
    return lives;
  });
  return (await Promise.all(clients)).flat();
}

it('what a client asked for until it was answered is there once, with clean books and every event', async () => {
  stack = await startProcess(directory, `seed=${seed},rate=0.01`);
  const stripe = clientOf(stack.state);
  const { socket } = stack.state;
  const minutes = new Minutes(CLIENTS, () => ask(socket!, 'advance', { ms: 61_000 }));
  const hook = { url: receiver.url, enabled_events: ['*' as const] };
  await retried(() => stripe.webhookEndpoints.create(hook));
  const lives = await livesOf(stripe, minutes);
  await stack.stop();
  expectFaults(readFileSync(join(directory, 'sluice.log'), 'utf8'));

  stack = await startProcess(directory);
  const calm = clientOf(stack.state);
  await redriven(stack.state, calm);

  const found = new Map<string, Stripe.PaymentIntent>();
  for await (const intent of calm.paymentIntents.list({ limit: 100, expand: ['data.latest_charge'] }))
    found.set(intent.id, intent);
  expect(found.size).toBe(lives.length);
  const differing = lives.flatMap((life) => {
    const { status, latest_charge } = found.get(life.id)!;
    const { amount_refunded = 0, captured = false } = (latest_charge ?? {}) as Partial<Stripe.Charge>;
    const there: Life = { id: life.id, status, refunded: captured ? amount_refunded : 0 };
    return life.status === undefined || isDeepStrictEqual(life, there) ? [] : [{ life, there }];
  });
  expect(differing).toEqual([]);
  expect(lives.filter(({ status }) => status !== undefined).length).toBeGreaterThan(lives.length / 3);
});

/** Once more with another key: a second endpoint gets the events twice. */
const retried = <T>(request: () => Promise<T>): Promise<T> => request().catch(() => retried(request));

/** Each kind of fault has happened in functions. */
function expectFaults(log: string): void {
  const noted = log.split('\n').flatMap((line) => /"fault":"(\w+)"/.exec(line)?.[1] ?? []);
  // Of late and doubled messages only webhooks leave a line, and those are few.
  expect(new Set([...noted, 'late', 'twice'])).toEqual(new Set(FAULTS));
}

/** Time passes without faults, and what was given up is given back, until the books are right and all events have arrived. */
async function redriven(state: RunningStack, stripe: Stripe): Promise<void> {
  const socket = state.socket!;
  await ask(socket, 'advance', { ms: 3 * HOUR_MS });
  await giveBack(socket);
  await vi.waitFor(
    async () => {
      // An endpoint whose answer was lost counts as down: all but one of the webhooks that are due there wait for their next attempts.
      await ask(socket, 'advance', { ms: 6 * HOUR_MS });
      expect((await operatorOf(state)<TrialBalance>('trial-balance')).balanced).toBe(true);
      expect((await auditAll(auditorOf(state), {})).flatMap((audit) => audit.differences)).toEqual([]);
      const intents = await stripe.paymentIntents.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
      expect(intents.filter(({ status }) => status === 'processing').map(({ id }) => id)).toEqual([]);
      const events = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
      const arrived = new Set(receiver.received.map(({ event }) => event.id));
      expect(events.filter(({ id }) => !arrived.has(id)).map(({ id, type }) => `${id} ${type}`)).toEqual([]);
    },
    { timeout: 240_000, interval: 1_000 },
  );
}
