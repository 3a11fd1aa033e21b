/** What Stripe can do for its accounts, and how long it takes. */
import type { Capabilities, Timing } from '../port/capabilities.ts';

const HOUR_MS = 3_600_000;

/**
 * Cards alone. Amounts are Stripe's own minor units, which are Sluice's too. Which currencies an account takes depends on its country
 * (docs.stripe.com/currencies): one that it does not take is refused before anything is done.
 */
export const CAPABILITIES: Capabilities = {
  recovery: { payment: 'query', refund: 'query' },
  callbacksNameParents: true,
  card: { currencies: 'all', capture: 'later' },
  wallets: {},
};

export const TIMING: Timing = {
  // Our request ends after 12 s. Stripe's own libraries wait 80 s for an answer, so a request may still take effect until then.
  settlingMs: 120_000,
  // Stripe keeps a key for at least 24 hours (docs.stripe.com/api/idempotent_requests).
  idempotencyMs: 23 * HOUR_MS,
  challengeMs: 24 * HOUR_MS,
  decisionMs: 7 * 24 * HOUR_MS,
  longestWaitMs: HOUR_MS,
};
