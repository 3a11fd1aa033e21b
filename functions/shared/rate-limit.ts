/**
 * Rate limit per API key without a write per request: each container lets a little through by itself, and beyond that takes tokens
 * in blocks from one counter per key and window. A container serves one request at a time, so what it may let through by itself is
 * bounded by how many containers run.
 */
import type { Clock } from './clock.ts';
import { rateLimited } from './errors.ts';
import type { Caller } from './operation.ts';
import { any, below, Conflict, missing, type Table } from './table.ts';

export const WINDOW_MS = 10_000;
/** Requests of one key that a container serves in a window before it asks: two a second. */
export const FREE = 20;
/** Tokens taken at a time: at most a tenth of a write per request, and little is left over when the window ends. */
export const BLOCK = 10;
/** Requests a second of one key, unless the merchant's settings say otherwise; Stripe's own live limit. */
export const REQUESTS_PER_SECOND = 100;
/** Keys remembered by a container. */
const REMEMBERED = 1_000;

/** Lets the request pass, or refuses it. @throws 429 rate_limit */
export type Limit = (caller: Caller) => Promise<void>;

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

export function rateLimit({ table, clock, failed }: LimitDeps): Limit {
  const buckets = new Map<string, Bucket>();
  const bucketOf = (key: string, window: number): Bucket => {
    const known = buckets.get(key);
    if (known?.window === window) return known;
    if (buckets.size >= REMEMBERED) buckets.clear();
    const fresh = { window, tokens: FREE, refused: false };
    buckets.set(key, fresh);
    return fresh;
  };
  return async ({ keyId, scope, settings }) => {
    const nowMs = clock.nowMs();
    const window = Math.floor(nowMs / WINDOW_MS);
    const bucket = bucketOf(`${scope} ${keyId}`, window);
    if (bucket.tokens === 0 && !bucket.refused) {
      const most = ((settings.requestsPerSecond ?? REQUESTS_PER_SECOND) * WINDOW_MS) / 1000;
      bucket.refused = !(await takeBlock(table, `${scope}#rate#${keyId}`, window, most).catch((error: unknown) => {
        failed(error as Error);
        return true;
      }));
      if (!bucket.refused) bucket.tokens = BLOCK;
    }
    if (bucket.tokens === 0) throw rateLimited(Math.ceil(((window + 1) * WINDOW_MS - nowMs) / 1000));
    bucket.tokens -= 1;
  };
}

/** Takes a block of the window's tokens; false when they are used up. */
async function takeBlock(table: Table, pk: string, window: number, most: number): Promise<boolean> {
  try {
    await table.commit({
      kind: 'update',
      table: 'idempotency',
      key: { pk, sk: String(window) },
      add: { used: BLOCK },
      set: { expiresAt: ((window + 6) * WINDOW_MS) / 1000 },
      when: any(missing('used'), below('used', most)),
    });
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}
