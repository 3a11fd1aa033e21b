/** Payments, refunds and payouts as the stream shows them, in literal states. */

import type { ChannelReference, ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import type { Currency } from '../../../functions/kernel/money.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import type { Payout } from '../../../functions/payouts/payout.ts';
import type { Refund } from '../../../functions/refunds/refund.ts';
import { pack } from '../../../functions/table/pack.ts';
import type { Item } from '../../../functions/table/table.ts';

export const SCOPE = 'AcmeTest' as Scope;
/** Made at 1790000000000 ms, shard 2. */
export const BODY = 'VVrda1w2abcdefghijklmn' as ObjectKey;
export const CREATED_MS = 1_790_000_000_000;
export const PAID_MS = 1_790_000_000_500;
export const CARD = { channel: 'sandbox', account: 'sb_1' };
const USD = 'usd' as Currency;

/** Waits for a payment method. */
export const created: Payment = {
  scope: SCOPE,
  body: BODY,
  version: 1,
  livemode: false,
  status: 'requires_payment_method',
  amount: 2_000n,
  currency: USD,
  captureMethod: 'automatic_async',
  confirmationMethod: 'automatic',
  createdMs: CREATED_MS,
  committedMs: CREATED_MS,
  cause: 'created',
  metadata: { order: '7' },
  attempts: [],
  operations: 0,
  refunded: 0n,
  refundCount: 0,
  request: { id: 'req_1', idempotencyKey: 'key-1' },
};

export const method = {
  id: 'pm_1' as const,
  card: {
    brand: 'visa',
    last4: '4242',
    expMonth: 12,
    expYear: 2030,
    funding: 'credit' as const,
    country: 'US',
    fingerprint: 'fp1',
  },
  source: { kind: 'vault' as const, paymentMethod: 'pm_1' },
};

export const sent: Attempt = {
  ordinal: 1,
  status: 'sent',
  reference: `${SCOPE}${BODY}1` as ChannelReference,
  channel: CARD,
  method,
  amount: 2_000n,
  currency: 'usd' as Currency,
  manual: false,
  createdMs: CREATED_MS,
};

/** Created and confirmed in one request; nothing is known of the outcome. */
export const claimed: Payment = {
  ...created,
  status: 'processing',
  cause: 'confirming',
  unannounced: true,
  method,
  attempts: [sent],
};

const { unannounced: _, ...announced } = claimed;
const outcome: Payment = { ...announced, version: 2, committedMs: PAID_MS, cause: 'outcome' };

export const capturedAttempt: Attempt = {
  ...sent,
  status: 'captured',
  authorizationCode: 'A1',
  settledMs: PAID_MS,
  risk: { action: 'allow', level: 'normal', score: 10, reasons: [] },
};
export const terms = { feeBps: 290, fixed: 30n, reserveBps: 0, version: 1 };

export const paid: Payment = {
  ...outcome,
  status: 'succeeded',
  attempts: [capturedAttempt],
  capture: { amount: 2_000n, fee: 88n, reserve: 0n, terms, capturedMs: PAID_MS },
};

export const failedAttempt: Attempt = {
  ...sent,
  status: 'failed',
  decline: { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' },
  settledMs: PAID_MS,
};
const { method: __, ...methodless } = outcome;
export const declined: Payment = { ...methodless, status: 'requires_payment_method', attempts: [failedAttempt] };

export const challenged: Payment = {
  ...outcome,
  status: 'requires_action',
  attempts: [{ ...sent, status: 'requires_action', actionUrl: 'https://bank.example/1' }],
};
export const unknown: Payment = { ...outcome };

export const authorizedAttempt: Attempt = { ...capturedAttempt, status: 'authorized', manual: true };
export const authorized: Payment = {
  ...outcome,
  captureMethod: 'manual',
  status: 'requires_capture',
  attempts: [authorizedAttempt],
};

/** The next commit of `payment`, 400 ms later. */
export const following = (payment: Payment, changes: Partial<Payment>): Payment => ({
  ...payment,
  version: payment.version + 1,
  committedMs: payment.committedMs + 400,
  ...changes,
});

export const refund: Refund = {
  scope: SCOPE,
  body: 'VVrdpdg1ABCDEFGHIJKLMN' as ObjectKey,
  version: 1,
  livemode: false,
  payment: BODY,
  chargeOrdinal: 1,
  reference: `${SCOPE}VVrdpdg1ABCDEFGHIJKLMN0` as ChannelReference,
  paymentReference: sent.reference,
  channel: CARD,
  status: 'pending',
  amount: 500n,
  currency: USD,
  fundedBy: 'pending',
  metadata: {},
  createdMs: 1_790_000_060_000,
  committedMs: 1_790_000_060_000,
};

export const payout: Payout = {
  scope: SCOPE,
  body: 'VVrdpdg3OPQRSTUVWXYZab' as ObjectKey,
  version: 1,
  livemode: false,
  status: 'pending',
  amount: 1_912n,
  currency: USD,
  createdMs: 1_790_000_060_000,
  committedMs: 1_790_000_060_000,
  arrivalMs: 1_790_100_000_000,
  bank: { id: 'ba_1', holder: 'Acme', bankName: 'Bank', country: 'US', last4: '6789' },
  reference: `${SCOPE}VVrdpdg3OPQRSTUVWXYZab`,
  sealedThroughMs: 1_790_000_000_000,
};

/** The table's item with this document. */
export const item = (kind: 'payment' | 'refund' | 'payout', value: object): Item => ({
  pk: 'any',
  sk: 'any',
  kind,
  doc: pack(value),
});
