/**
 * Rate limits per API key, and per address that fails to authenticate, without a write per request: each container lets a little through by itself, and beyond that takes tokens
 * in blocks from one counter per key and window. A container serves one request at a time, so what it may let through by itself is
 * bounded by how many containers run.
 */
import { isIPv6 } from 'node:net';
import type { Clock } from '../kernel/clock.ts';
import { tryCommit } from '../table/commit.ts';
import { any, below, missing, type Table } from '../table/table.ts';
import { rateLimited } from './errors.ts';
import type { Caller } from './operation.ts';

export const WINDOW_MS = 10_000;
/** Requests of one key that a container serves in a window before it asks: two a second. */
export const FREE = 20;
/** Tokens taken at a time: at most a tenth of a write per request, and little is left over when the window ends. */
export const BLOCK = 10;
/** Requests a second of one key, unless the merchant's settings say otherwise; Stripe's own live limit. */
export const REQUESTS_PER_SECOND = 100;
/** Counters remembered by a container. */
const REMEMBERED = 1_000;

/** Failed authentications a second from one address: more than a client with a wrong key makes, and no use to one who tries keys out. */
export const FAILURES_PER_SECOND = 10;

/** Lets the request pass, or refuses it. @throws 429 rate_limit */
export type Limit = (caller: Caller) => Promise<void>;

/** How often an address may fail to authenticate. */
export interface FailureLimit {
  /** @throws 429 rate_limit while the address is known to have used up its failures; asks nothing */
  readonly check: (address: string | undefined) => void;
  /** Counts a failure. @throws 429 rate_limit for one too many */
  readonly count: (address: string | undefined) => Promise<void>;
}

interface Bucket {
  readonly window: number;
  tokens: number;
  refused: boolean;
}

export interface LimitDeps {
  readonly table: Table;
  readonly clock: Clock;
  /** The counter could not be reached: the request passes, for the limit protects payments and must not stop them. */
  readonly failed: (error: Error) => void;
}

export function rateLimit(deps: LimitDeps): Limit {
  const take = tokens(deps).take;
  return ({ keyId, scope, settings }) =>
    take(`${scope}#rate#${keyId}`, settings.requestsPerSecond ?? REQUESTS_PER_SECOND);
}

/** The same for failed authentications, by where they come from. What the gateway says of that is believed, no header. */
export function failureLimit(deps: LimitDeps): FailureLimit {
  const { take, check } = tokens(deps);
  const counterOf = (address: string | undefined): string => `failures#rate#${networkOf(address)}`;
  return {
    check: (address) => check(counterOf(address)),
    count: (address) => take(counterOf(address), FAILURES_PER_SECOND),
  };
}

/** An IPv4 address, or the /64 that one customer of a provider has of IPv6. */
function networkOf(address = 'unknown'): string {
  const unmapped = address.toLowerCase().replace(/^::ffff:(?=[0-9.]+$)/, '');
  if (!isIPv6(unmapped)) return unmapped.slice(0, 45);
  const [head = [], tail] = unmapped.split('::', 2).map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array<string>(tail ? 8 - head.length - tail.length : 0).fill('0'), ...(tail ?? [])];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/** Tokens by the name of their counter, `perSecond` in a window beside the first `FREE` of each container. */
function tokens({ table, clock, failed }: LimitDeps) {
  const buckets = new Map<string, Bucket>();
  const windowNow = (): number => Math.floor(clock.nowMs() / WINDOW_MS);
  const bucketOf = (counter: string, window: number): Bucket => {
    const known = buckets.get(counter);
    if (known?.window === window) return known;
    if (buckets.size >= REMEMBERED) buckets.clear();
    const fresh = { window, tokens: FREE, refused: false };
    buckets.set(counter, fresh);
    return fresh;
  };
  const refusal = (window: number): Error => rateLimited(Math.ceil(((window + 1) * WINDOW_MS - clock.nowMs()) / 1000));
  return {
    take: async (counter: string, perSecond: number): Promise<void> => {
      const window = windowNow();
      const bucket = bucketOf(counter, window);
      if (bucket.tokens === 0 && !bucket.refused) {
        const most = (perSecond * WINDOW_MS) / 1000;
        bucket.refused = !(await takeBlock(table, counter, window, most).catch((error: unknown) => {
          failed(error as Error);
          return true;
        }));
        if (!bucket.refused) bucket.tokens = BLOCK;
      }
      if (bucket.tokens === 0) throw refusal(window);
      bucket.tokens -= 1;
    },
    check: (counter: string): void => {
      const window = windowNow();
      const known = buckets.get(counter);
      if (known?.window === window && known.refused && known.tokens === 0) throw refusal(window);
    },
  };
}

/** Takes a block of the window's tokens; false when they are used up. */
async function takeBlock(table: Table, pk: string, window: number, most: number): Promise<boolean> {
  return tryCommit(table, {
    kind: 'update',
    table: 'idempotency',
    key: { pk, sk: String(window) },
    add: { used: BLOCK },
    set: { expiresAt: ((window + 6) * WINDOW_MS) / 1000 },
    when: any(missing('used'), below('used', most)),
  });
}
