/** What pages of other origins may call: browsers ask before they send a key, and what publishable keys may call is theirs. */
import type { Operation } from './operation.ts';

/** Paths of which at least one operation is open to publishable keys. */
export const publicPaths = (
  operations: readonly Pick<Operation<never>, 'path' | 'publishable'>[],
): readonly string[] => [...new Set(operations.filter(({ publishable }) => publishable).map(({ path }) => path))];

export const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, stripe-version, x-stripe-client-user-agent',
  'access-control-max-age': '300',
} as const;
export const CROSS_ORIGIN = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'request-id, stripe-version, stripe-should-retry, retry-after, idempotent-replayed',
} as const;
