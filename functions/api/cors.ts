/** What pages of other origins may call: browsers ask before they send a key, and what publishable keys may call is theirs. */
import type { Operation } from './operation.ts';

/** Paths of which at least one operation is open to publishable keys. */
export const publicPaths = (
  operations: readonly Pick<Operation<never>, 'path' | 'publishable'>[],
): readonly string[] => [...new Set(operations.filter(({ publishable }) => publishable).map(({ path }) => path))];

/** Headers that the SDK and Stripe.js send from a page. `*` would not cover `authorization`. */
const SENT = [
  'accept',
  'authorization',
  'content-type',
  'idempotency-key',
  'stripe-account',
  'stripe-context',
  'stripe-version',
  'user-agent',
  'x-requested-with',
  'x-stripe-client-telemetry',
  'x-stripe-client-user-agent',
];

/** Headers of a response that a page may read: those that api.stripe.com exposes, and those of ours that SDKs read. */
const READ = [
  'request-id',
  'stripe-manage-version',
  'stripe-should-retry',
  'x-stripe-external-auth-required',
  'x-stripe-privileged-session-required',
  'idempotency-key',
  'idempotent-replayed',
  'retry-after',
  'stripe-account',
  'stripe-rate-limited-reason',
  'stripe-version',
];

export const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': SENT.join(', '),
  'access-control-max-age': '300',
} as const;
/** No credentials: a key is in a header, never in a cookie. */
export const CROSS_ORIGIN = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': READ.join(', '),
} as const;
