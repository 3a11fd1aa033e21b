/**
 * What WeChat Pay does (pay.weixin.qq.com, API v3, ordinary merchants in mainland China): orders in yuan that their payer pays within two hours, in one step, and
 * refunds within a year. There are no holds, no disputes and no list.
 */
import type { Capabilities, Timing } from '../port/capabilities.ts';

const HOUR_MS = 3_600_000;

export const CAPABILITIES: Capabilities = {
  recovery: { payment: 'query', refund: 'query' },
  wallets: {
    wechat_pay: {
      currencies: ['cny'],
      amounts: { cny: { least: 1n } },
      capture: 'at_once',
      needsPayer: true,
      clients: ['web', 'mobile_web', 'ios', 'android', 'mini_program'],
      // A QR code and a `prepay_id` live for two hours.
      payableMs: 2 * HOUR_MS,
      // A query of an unpaid order does not say how to pay it: it says as little as one that finds nothing.
      unknownUntilOpened: true,
      refundDays: 365,
    },
  },
};

export const TIMING: Timing = {
  // A request whose signature is older than five minutes is refused: after these six, none is under way.
  settlingMs: 6 * 60_000,
  // Numbers of orders and refunds are never used again.
  idempotencyMs: 365 * 24 * HOUR_MS,
  challengeMs: 2 * HOUR_MS,
  // An order is paid when its payer has paid. Only bar codes, which are not used here, wait for the payer's password.
  decisionMs: HOUR_MS,
  longestWaitMs: HOUR_MS,
};
