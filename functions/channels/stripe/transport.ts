/** One exchange with Stripe over HTTP: the response as received, without guesses (I15). */
import { type HttpClient, HttpFailure } from '../../kernel/http-client.ts';
import type { ReadCredentials } from '../port/credentials.ts';
import type { ChannelAccount } from '../port/port.ts';
import { type StripeCredentials, stripeCredentials } from './credentials.ts';
import { type FormValue, formOf } from './form.ts';
import { readError, type StripeError } from './objects.ts';

/** The channel's limit in the table of nested time limits (docs/architecture.md): the vault's is 15 s. */
const TIMEOUT_MS = 12_000;
/** A page of 100 objects with their charges. */
const MAXIMUM_BYTES = 4 * 1024 * 1024;
const API = 'https://api.stripe.com';
/** Requests and answers are those of this version, whatever version the account has. */
export const API_VERSION = '2026-10-28.endive';

export interface StripeClientDeps {
  readonly http: HttpClient;
  readonly credentials: ReadCredentials;
  readonly nowMs: () => number;
  /** Where a local stack has its simulator. Absent: Stripe. */
  readonly baseUrl?: string;
  /** When the call ends of which the exchanges are a part, ms. Absent: each has its own time. */
  readonly untilMs?: number;
}

/** For one call that moves money: all of its exchanges have the time of one together, because a function that waits for it ends (docs/architecture.md). */
export const withinLimit = (deps: StripeClientDeps): StripeClientDeps => ({
  ...deps,
  untilMs: deps.nowMs() + TIMEOUT_MS,
});

/** `answered`: an object of Stripe's. `refused`: an error in Stripe's own shape, with a status of 4xx. `unknown`: everything else. */
export type StripeResponse =
  | { readonly kind: 'answered'; readonly body: unknown }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly error: StripeError;
      /** Stripe gave the answer that it had stored under the key, and did nothing now. */
      readonly replayed: boolean;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

export type Parameters = Readonly<Record<string, FormValue>>;

/** The account's credentials, or undefined: without them no request is sent. A later query finds that out. */
export const opened = (deps: StripeClientDeps, account: ChannelAccount): Promise<StripeCredentials | undefined> =>
  deps.credentials(account, stripeCredentials).catch(() => undefined);

/** A write under an idempotency key. */
export const post = (
  deps: StripeClientDeps,
  account: ChannelAccount,
  path: string,
  parameters: Parameters,
  key: string | undefined,
): Promise<StripeResponse> => send(deps, account, { method: 'POST', path, body: formOf(parameters), key });

export function get(
  deps: StripeClientDeps,
  account: ChannelAccount,
  path: string,
  parameters: Parameters = {},
): Promise<StripeResponse> {
  const query = formOf(parameters);
  return send(deps, account, { method: 'GET', path: query === '' ? path : `${path}?${query}` });
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly key?: string | undefined;
}

async function send(deps: StripeClientDeps, account: ChannelAccount, request: Sent): Promise<StripeResponse> {
  const credentials = await opened(deps, account);
  if (!credentials) return { kind: 'unknown', reason: "the account's credentials are not available" };
  const { method, path, body } = request;
  const timeoutMs = Math.min(TIMEOUT_MS, (deps.untilMs ?? Number.POSITIVE_INFINITY) - deps.nowMs());
  if (timeoutMs <= 0) return { kind: 'unknown', reason: 'no time is left' };
  try {
    const answer = await deps.http({
      method,
      url: `${deps.baseUrl ?? API}${path}`,
      headers: headersOf(credentials, request),
      ...(body !== undefined && { body }),
      timeoutMs,
      maximumBytes: MAXIMUM_BYTES,
    });
    const json = parsed(answer.body);
    if (answer.status === 200)
      return json === undefined ? { kind: 'unknown', reason: 'not JSON' } : { kind: 'answered', body: json };
    const error = answer.status >= 400 && answer.status < 500 ? readError(json) : undefined;
    const replayed = answer.headers['idempotent-replayed'] === 'true';
    return error
      ? { kind: 'refused', status: answer.status, error, replayed }
      : { kind: 'unknown', reason: `status ${answer.status}` };
  } catch (error) {
    if (error instanceof HttpFailure) return { kind: 'unknown', reason: error.message };
    throw error;
  }
}

const headersOf = (
  { secretKey, account }: StripeCredentials,
  { body, key }: Sent,
): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${secretKey}`,
  'stripe-version': API_VERSION,
  'content-type': 'application/x-www-form-urlencoded',
  ...(body !== undefined && key !== undefined && { 'idempotency-key': key }),
  ...(account !== undefined && { 'stripe-account': account }),
});

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Why an outcome is unknown, for people who look at it. */
export const reasonOf = (response: StripeResponse): string => {
  if (response.kind === 'answered') return 'the answer cannot be read';
  return response.kind === 'refused' ? `refused: ${response.error.code ?? response.error.type}` : response.reason;
};
