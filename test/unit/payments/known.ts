/** A payment over 2,000 with one attempt in a given status, and the effect of a report about it. */
import { expect } from 'vitest';
import type { AttemptOutcome, Decline } from '../../../functions/channels/port/port.ts';
import type { FeeTerms } from '../../../functions/kernel/money.ts';
import type { Attempt, AttemptStatus } from '../../../functions/payments/attempt.ts';
import type { Commit } from '../../../functions/payments/commit.ts';
import { applyOutcome } from '../../../functions/payments/outcome.ts';
import { contradicts } from '../../../functions/payments/outcome-table.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { created, sent } from '../notifications/images.ts';

const TERMS: FeeTerms = { feeBps: 290, fixed: 30n, reserveBps: 0, version: 1 };
export const COMMIT: Commit = { nowMs: 1_790_000_100_000, terms: TERMS };
export const DECLINE: Decline = { code: 'card_declined', message: 'No.' };
export const OUTCOMES = {
  unknown: { kind: 'unknown', reason: 'not heard' },
  pending: { kind: 'pending' },
  requires_action: { kind: 'requires_action', action: { kind: 'redirect', url: 'https://bank.test/1' } },
  approved: { kind: 'approved' },
  authenticated: { kind: 'authenticated' },
  failed: { kind: 'failed', decline: DECLINE },
  authorized: { kind: 'authorized', authorizationCode: 'A1' },
  captured: { kind: 'captured', authorizationCode: 'A1', amount: 2_000n },
} as const satisfies Record<AttemptOutcome['kind'], AttemptOutcome>;

const PAYMENT_STATUS = {
  sent: 'processing',
  requires_action: 'requires_action',
  authenticated: 'requires_confirmation',
  failed: 'requires_payment_method',
  authorized: 'requires_capture',
  captured: 'succeeded',
  voided: 'canceled',
  closed: 'canceled',
} as const satisfies Record<AttemptStatus, Payment['status']>;

export const captureOf = (amount: bigint) => ({
  amount,
  fee: 88n,
  reserve: 0n,
  terms: TERMS,
  capturedMs: 1_790_000_000_500,
});

export function known(status: AttemptStatus, manual: boolean, changes: Partial<Payment> = {}): Payment {
  const attempt: Attempt = {
    ...sent,
    status,
    manual,
    ...(status === 'voided' && { voided: { committedMs: 1_790_000_000_900, was: 'authorized' } }),
    ...(['authorized', 'captured', 'voided', 'failed'].includes(status) && { settledMs: 1_790_000_000_500 }),
  };
  return {
    ...created,
    version: 5,
    captureMethod: manual ? 'manual' : 'automatic',
    status: PAYMENT_STATUS[status],
    attempts: [attempt],
    ...(status === 'authenticated' && { method: attempt.method }),
    ...(status === 'captured' && { capture: captureOf(2_000n) }),
    ...changes,
  };
}

/** What the report leads to: `same`, `alarm`, or the payment and its attempt, with the money that nothing accounts for. */
export function led(payment: Payment, outcome: AttemptOutcome): string {
  const [attempt] = payment.attempts as [Attempt];
  const after = applyOutcome(payment, 1, outcome, COMMIT);
  if (!after) return contradicts(payment, attempt, outcome) ? 'alarm' : 'same';
  expect(after.version).toBe(payment.version + 1);
  const [moved] = after.attempts as [Attempt];
  const money = (moved.unapplied ?? []).map(({ amount }) => ` unapplied ${amount}`).join('');
  const surplus = moved.surplus ? ` surplus ${moved.taken ?? moved.amount}` : '';
  const asked = moved.reported ? ` ask ${moved.reported.amount}` : moved.reportedHold ? ' ask' : '';
  return `${after.status}, ${moved.status}${surplus}${money}${asked}`;
}
