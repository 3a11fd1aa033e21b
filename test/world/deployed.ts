/**
 * The stack that the integration and e2e tiers run against. `npm test` deploys one and says in the environment where it is; run by hand
 * (`npx vitest run --project e2e`), the tests use the stack that `npm start` runs here.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import {
  auditAll,
  auditorOf,
  type CreatedMerchant,
  type Execution,
  type Operator,
  operatorOf,
  settleAndWait,
} from '../../bin/local/operator.ts';
import { type AwsPlace, runningStack } from '../../bin/local/place.ts';

export interface Deployed {
  /** The API's root, as merchants reach it. */
  readonly baseUrl: string;
  /** The emulator's address, for AWS clients. Throws where the embedded runtime runs the stack. */
  readonly endpoint: string;
  readonly stack: string;
  readonly operator: Operator;
  readonly auditor: Operator;
  stripe(key: string, maxNetworkRetries?: number): Stripe;
  newMerchant(options?: MerchantOptions): Promise<Merchant>;
}

export interface MerchantOptions {
  readonly name?: string;
  readonly timeZone?: string;
  /** Banking days from the end of a day to its payout; 0 by default. */
  readonly delayDays?: number;
  readonly country?: string;
  readonly currency?: string;
}

export interface Merchant {
  readonly merchant: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  /** A client with the merchant's secret key. */
  readonly stripe: Stripe;
}

/** Where the stack is. Throws, saying what to do, when there is none. */
export function deployed(): Deployed {
  const { baseUrl, ...place } = whereItIs();
  const operator = operatorOf(place);
  const stripe = (key: string, maxNetworkRetries = 0): Stripe => clientOf(baseUrl, key, maxNetworkRetries);
  return {
    baseUrl,
    get endpoint(): string {
      if (place.endpoint === undefined) throw new Error('This test asks an AWS emulator: run it with `npm test`.');
      return place.endpoint;
    },
    stack: place.stack,
    operator,
    auditor: auditorOf(place),
    stripe,
    async newMerchant({ name = 'Test merchant', delayDays = 0, ...options } = {}) {
      const made = await operator<CreatedMerchant>('create-merchant', { name, delayDays, ...options });
      return { merchant: made.merchant, ...made.test, stripe: stripe(made.test.secretKey) };
    },
  };
}

function whereItIs(): AwsPlace & { readonly baseUrl: string } {
  const {
    SLUICE_BASE_URL: baseUrl,
    AWS_ENDPOINT_URL: endpoint,
    SLUICE_SOCKET: socket,
    SLUICE_STACK: stack,
  } = process.env;
  if (baseUrl && endpoint && stack) return { baseUrl, endpoint, stack };
  if (baseUrl && socket && stack) return { baseUrl, socket, stack };
  const running = runningStack();
  if (running === undefined) throw new Error('There is no stack to test: run `npm test`, or `npm start` beside this.');
  return running;
}

/** Without telemetry, and by default without retries: a test sees every answer, and only its own requests. */
function clientOf(baseUrl: string, key: string, maxNetworkRetries: number): Stripe {
  const { hostname, port } = new URL(baseUrl);
  return new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries, telemetry: false });
}

export const stripeFor = (key: string): Stripe => deployed().stripe(key);

export const newMerchant = (options: MerchantOptions = {}): Promise<Merchant> => deployed().newMerchant(options);

/** Settles a day of one merchant (by default today in UTC) and waits for its end. Throws when it does not succeed. */
export async function settle(merchant: string, date = new Date().toISOString().slice(0, 10)): Promise<Execution> {
  const [execution] = await settleAndWait(deployed().operator, { date, mode: 'test', merchant }, 90_000);
  if (execution?.status !== 'SUCCEEDED') throw new Error(`settlement of ${date}: ${JSON.stringify(execution)}`);
  return execution;
}

/**
 * What `ledger -- audit` finds of the merchant, the sandbox's own list included, however young it is. It is asked until nothing is on its way, and
 * returns the rest.
 */
export async function differencesOf(merchant: string): Promise<readonly string[]> {
  let left: readonly string[] = [];
  await eventually(async () => {
    const audits = await auditAll(deployed().auditor, { merchant, settling: 0 });
    left = audits.flatMap(({ differences }) => differences);
    return audits.length > 0 && left.length === 0 ? true : undefined;
  }).catch(() => {});
  return left;
}

/** A webhook about a challenge passes three queues and a stream, and LocalStack looks at an idle one every 15 seconds at times. */
const EVENTUALLY_MS = 75_000;

/**
 * Tries again until the attempt neither throws nor answers undefined, and returns what it answers. After the time limit it throws what the
 * last attempt threw.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  timeoutMs = EVENTUALLY_MS,
): Promise<Exclude<T, undefined>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer as Exclude<T, undefined>;
      if (Date.now() > deadline) throw new Error(`nothing within ${timeoutMs} ms`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

/** A request that a webhook endpoint got: its bytes as they came, for the signature is over them. */
export interface Delivery {
  readonly body: string;
  readonly signature: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface WebhookListener {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** The status of the next answers, one each; then 200 again. */
  answerWith(...statuses: readonly number[]): void;
  close(): Promise<void>;
}

/** Listens on a free loopback port for webhooks and keeps what arrives. */
export async function webhookListener(): Promise<WebhookListener> {
  const deliveries: Delivery[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      deliveries.push({ body, signature: String(request.headers['stripe-signature'] ?? ''), headers: request.headers });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    deliveries,
    answerWith: (...statuses) => void answers.push(...statuses),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
