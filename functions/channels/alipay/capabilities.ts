/** What Alipay can do for a merchant in mainland China, and how long it takes. */
import type { Capabilities, Timing } from '../port/capabilities.ts';

const HOUR_MS = 3_600_000;

/**
 * Amounts: 0.01 to 100,000,000.00 yuan (alipay-sdk-java 4.40, models of alipay.trade.*). Cross-border payments in other currencies are another
 * product of Alipay, and not offered. A code is payable for two hours at most, whatever is asked for. Without a limit of its own, the time for
 * refunds is that of the merchant's contract, and Alipay refuses what is later.
 */
export const CAPABILITIES: Capabilities = {
  recovery: { payment: 'query', refund: 'query' },
  wallets: {
    alipay: {
      currencies: ['cny'],
      amounts: { cny: { least: 1n, greatest: 10_000_000_000n } },
      // A hold is a pre-authorization: an account whose credentials do not name that product refuses one before anything is sent.
      capture: 'later',
      needsPayer: true,
      clients: ['web', 'mobile_web', 'ios', 'android'],
      forms: true,
      payableMs: HOUR_MS,
      unknownUntilOpened: true,
    },
  },
};

export const TIMING: Timing = {
  // A refund that was not confirmed is asked about after ten seconds at the earliest.
  settlingMs: 60_000,
  // Numbers of trades and refunds are never used again.
  idempotencyMs: 90 * 24 * HOUR_MS,
  challengeMs: 2 * HOUR_MS,
  decisionMs: 48 * HOUR_MS,
  longestWaitMs: HOUR_MS,
};
