/** What the sandbox can do: each way of paying as its original does it, so that test mode behaves as live mode will. */
import type { Capabilities, Timing } from '../port/capabilities.ts';

const HOUR_MS = 3_600_000;
/** The sandbox forgets what is older. */
export const RETENTION_MS = 90 * 24 * HOUR_MS;

/**
 * Currencies and refund periods as Stripe documents them for the payment method (docs.stripe.com/payments/alipay, /wechat-pay, /paypal, November 2026).
 * PayPal alone holds an amount for a later capture. Greatest amounts are those of one payment in the wallet's own currency: 300,000 CNY at Alipay
 * (docs.antom.com, alipay_cn), 50,000 CNY at WeChat Pay (developerhub.ppro.com, wechat-pay), 60,000 USD at PayPal. Alipay's least amount is the
 * sandbox's own: those of the originals are below Stripe's least charge, so that no test could reach them.
 */
export const CAPABILITIES: Capabilities = {
  recovery: { payment: 'query', refund: 'query' },
  listedMs: RETENTION_MS,
  card: { currencies: 'all', capture: 'later' },
  wallets: {
    alipay: {
      currencies: ['cny', 'aud', 'cad', 'eur', 'gbp', 'hkd', 'jpy', 'myr', 'nzd', 'sgd', 'usd'],
      amounts: { cny: { least: 100n, greatest: 30_000_000n } },
      capture: 'at_once',
      needsPayer: true,
      clients: ['web', 'mobile_web'],
      forms: true,
      payableMs: HOUR_MS,
      unknownUntilOpened: true,
      refundDays: 90,
    },
    wechat_pay: {
      currencies: ['cny', 'aud', 'cad', 'chf', 'dkk', 'eur', 'gbp', 'hkd', 'jpy', 'nok', 'sek', 'sgd', 'usd'],
      amounts: { cny: { greatest: 5_000_000n } },
      capture: 'at_once',
      needsPayer: true,
      clients: ['web', 'mobile_web'],
      payableMs: 2 * HOUR_MS,
      refundDays: 180,
    },
    paypal: {
      currencies: ['eur', 'gbp', 'usd', 'chf', 'czk', 'dkk', 'nok', 'pln', 'sek', 'aud', 'cad', 'hkd', 'nzd', 'sgd'],
      amounts: { usd: { greatest: 6_000_000n } },
      capture: 'later',
      needsPayer: true,
      payableMs: 3 * HOUR_MS,
      resumes: true,
      refundDays: 180,
    },
  },
};

/** The sandbox answers within seconds; a request may live as long as the function that sends it (docs/architecture.md, Time limits). */
export const TIMING: Timing = {
  settlingMs: 60_000,
  // For as long as it keeps its records.
  idempotencyMs: RETENTION_MS,
  challengeMs: 24 * HOUR_MS,
  decisionMs: 48 * HOUR_MS,
  longestWaitMs: HOUR_MS,
};
