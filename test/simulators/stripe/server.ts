/**
 * A simulator of Stripe: a real HTTP server on loopback that speaks the part of its API which a channel uses, keeps its own books, and signs its
 * events. A test, a demonstration or a local stack starts it, and decides what goes wrong.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Books, emptyBooks } from './books.ts';
import { decide, disputeOf, openDispute } from './disputes.ts';
import { StripeRefusal } from './errors.ts';
import { type Form, parseForm } from './form.ts';
import { answerChallenge } from './payments.ts';
import { finishRefund, refundOf } from './refunds.ts';
import { answered } from './routes.ts';
import { answerSetupChallenge } from './setups.ts';
import { API_VERSION } from './version.ts';
import { type Delivery, newSecret, posted, type SignedEvent, signedEvent } from './webhooks.ts';
import type { World } from './world.ts';

/**
 * What goes wrong with the next request that has this method (default: any). lose_request: it never arrives. lose_response: it is carried out, and not answered.
 * error_after: it is carried out, and answered 500, which Stripe keeps under the key. error_before: it is answered 500 and not carried out. The others
 * are answered without being carried out. `delayMs`: it is answered so much later.
 */
export interface Fault {
  readonly kind:
    | 'lose_request'
    | 'lose_response'
    | 'error_after'
    | 'error_before'
    | 'rate_limit'
    | 'lock_timeout'
    | 'delay';
  readonly method?: 'GET' | 'POST';
  readonly delayMs?: number;
}

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface StripeSimulator {
  /** Without a path. */
  readonly url: string;
  readonly secretKey: string;
  /** Secrets of the endpoint: all that are valid now. */
  readonly secrets: string[];
  readonly account: string;
  readonly books: Books;
  readonly seen: SeenRequest[];
  /** Faults of the next requests, in order. */
  readonly faults: Fault[];
  /** No request is answered while it is down. */
  down: boolean;
  /** What refunds must leave of the balance, minor units; undefined: the balance may be negative. */
  leastBalance: number | undefined;
  /** Which types of events the endpoint is sent; undefined: all. */
  enabledEvents: readonly string[] | undefined;
  /** All events so far that the endpoint is sent, as they would be posted now. */
  readonly signed: () => readonly SignedEvent[];
  /** Posts the events that the endpoint has not acknowledged yet. Returns how many are left. */
  readonly deliver: (url: string, how?: Delivery) => Promise<number>;
  /** A second secret becomes valid: until the first is removed, events have both signatures. */
  readonly rollSecret: () => string;
  readonly dispute: (charge: string, reason: string, inquiry?: boolean) => string;
  readonly decideDispute: (dispute: string, outcome: 'won' | 'lost') => void;
  readonly finishRefund: (refund: string, outcome: 'succeeded' | 'failed') => void;
  /** The payer passes the challenge of a payment or a setup, or fails it. */
  readonly answerChallenge: (id: string, passes: boolean) => void;
  readonly close: () => Promise<void>;
}

export interface SimulatorOptions {
  readonly nowMs: () => number;
  readonly port?: number;
}

interface Kept {
  readonly request: string;
  readonly status: number;
  readonly body: string;
  readonly untilSeconds: number;
}

const DAY_SECONDS = 86_400;
const KEY_OWNER = 'acct_Simulated0000001';

/** Starts the simulator on a free loopback port. */
export async function startStripe({ nowMs, port = 0 }: SimulatorOptions): Promise<StripeSimulator> {
  let url = '';
  let made = 0;
  const nowSeconds = (): number => Math.floor(nowMs() / 1000);
  const world: World = {
    books: emptyBooks(),
    nowSeconds,
    id: (prefix) => `${prefix}_${randomBytes(9).toString('hex')}${String(made++).padStart(6, '0')}`,
    base: () => url,
    account: KEY_OWNER,
    leastBalance: undefined,
  };
  const secretKey = `sk_test_${randomBytes(16).toString('hex')}`;
  const secrets = [newSecret()];
  const kept = new Map<string, Kept>();
  const inFlight = new Set<string>();
  const acknowledged = new Set<string>();
  const simulator: StripeSimulator = {
    get url() {
      return url;
    },
    secretKey,
    secrets,
    account: KEY_OWNER,
    books: world.books,
    seen: [],
    faults: [],
    down: false,
    enabledEvents: undefined,
    get leastBalance() {
      return world.leastBalance;
    },
    set leastBalance(least) {
      world.leastBalance = least;
    },
    signed: () =>
      world.books.events
        .filter(({ type }) => simulator.enabledEvents?.includes(type) ?? true)
        .map((event) => signedEvent(event, secrets, nowSeconds())),
    async deliver(to, how = {}) {
      const due = simulator.signed().filter(({ id }) => !acknowledged.has(id));
      const left = await posted(due, to, how);
      for (const event of due) if (!left.includes(event)) acknowledged.add(event.id);
      return left.length;
    },
    rollSecret() {
      secrets.push(newSecret());
      return secrets.at(-1)!;
    },
    dispute: (charge, reason, inquiry) => openDispute(world, world.books.charges.get(charge)!, reason, inquiry).id,
    decideDispute: (dispute, outcome) => decide(world, disputeOf(world, dispute), outcome),
    finishRefund: (refund, outcome) => finishRefund(world, refundOf(world, refund), outcome),
    answerChallenge: challenge,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function challenge(id: string, passes: boolean): void {
    const intent = world.books.intents.get(id);
    const setup = world.books.setups.get(id);
    if (intent) answerChallenge(world, intent, passes);
    if (setup) answerSetupChallenge(world, setup, passes);
  }

  /** The fault of this request, which is its own from now on. */
  function faultOf(method: string): Fault | undefined {
    const at = simulator.faults.findIndex((fault) => fault.method === undefined || fault.method === method);
    return at < 0 ? undefined : simulator.faults.splice(at, 1)[0];
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const { method = 'GET', url: target = '/', headers } = incoming;
    const { pathname, search } = new URL(target, url);
    if (pathname.startsWith('/authenticate/')) return page(outgoing, method, pathname.slice(14), body);
    simulator.seen.push({ method, url: target, headers, body });
    const fault = faultOf(method);
    if (simulator.down || fault?.kind === 'lose_request') return void incoming.socket.destroy();
    if (headers.authorization !== `Bearer ${secretKey}`)
      return send(outgoing, 401, errorOf('invalid_request_error', 'Invalid API Key provided.'));
    if (fault?.kind === 'rate_limit' || fault?.kind === 'lock_timeout')
      return send(outgoing, 429, errorOf('invalid_request_error', 'Try again later.', fault.kind));
    if (fault?.kind === 'error_before') return send(outgoing, 500, errorOf('api_error', 'Something went wrong.'));
    const form = parseForm(method === 'GET' ? search.slice(1) : body);
    await keyed(outgoing, { method, pathname, form, body, key: header(headers['idempotency-key']), fault });
    if (fault?.kind === 'lose_response') incoming.socket.destroy();
  }

  interface Read {
    readonly method: string;
    readonly pathname: string;
    readonly form: Form;
    readonly body: string;
    readonly key: string | undefined;
    readonly fault: Fault | undefined;
  }

  /** Answers a request, and keeps the answer under its key for a day. */
  async function keyed(outgoing: ServerResponse, { method, pathname, form, body, key, fault }: Read): Promise<void> {
    const reply = (status: number, text: string, more = {}): void => {
      if (fault?.kind !== 'lose_response') send(outgoing, status, text, more);
    };
    const request = createHash('sha256').update(`${method} ${pathname} ${body}`).digest('hex');
    const earlier = method === 'POST' && key !== undefined ? kept.get(key) : undefined;
    if (earlier && earlier.untilSeconds > nowSeconds()) {
      if (earlier.request !== request) return reply(400, errorOf('idempotency_error', ANOTHER_REQUEST));
      return reply(earlier.status, earlier.body, { 'idempotent-replayed': 'true' });
    }
    if (key !== undefined && inFlight.has(key))
      return reply(409, errorOf('idempotency_error', 'Another request has this key.', 'idempotency_key_in_use'));
    if (key !== undefined) inFlight.add(key);
    const done = carriedOut(world, method, pathname, form);
    const answer =
      fault?.kind === 'error_after' ? { ...done, status: 500, body: errorOf('api_error', 'It went wrong.') } : done;
    if (fault?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (key !== undefined) {
      inFlight.delete(key);
      if (method === 'POST' && done.isKept)
        kept.set(key, { request, status: answer.status, body: answer.body, untilSeconds: nowSeconds() + DAY_SECONDS });
    }
    reply(answer.status, answer.body);
  }

  /** The page on which a payer passes a challenge: one button each. */
  function page(outgoing: ServerResponse, method: string, id: string, body: string): void {
    if (method === 'POST') challenge(id, new URLSearchParams(body).get('result') === 'complete');
    const buttons = ['complete', 'fail'].map((result) => `<button name="result" value="${result}">${result}</button>`);
    outgoing
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(`<!doctype html><title>3D Secure</title><form method="post">${buttons.join('')}</form>`);
  }

  function send(
    outgoing: ServerResponse,
    status: number,
    body: string,
    more: Readonly<Record<string, string>> = {},
  ): void {
    outgoing
      .writeHead(status, {
        'content-type': 'application/json',
        'request-id': world.id('req'),
        'stripe-version': API_VERSION,
        ...more,
      })
      .end(body);
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => outgoing.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return simulator;
}

const ANOTHER_REQUEST =
  'Keys for idempotent requests can only be used with the same parameters they were first used with.';

const header = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

const errorOf = (type: string, message: string, code?: string): string =>
  JSON.stringify({ error: { type, message, ...(code !== undefined && { code }) } });

/** What a request does, and what is answered. */
function carriedOut(world: World, method: string, path: string, form: Form) {
  try {
    return { status: 200, body: JSON.stringify(answered(world, method, path, form)), isKept: true };
  } catch (error) {
    if (!(error instanceof StripeRefusal)) throw error;
    return { status: error.status, body: JSON.stringify({ error: error.members }), isKept: error.kept };
  }
}
