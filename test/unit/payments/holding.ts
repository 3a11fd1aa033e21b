/** A hold over 2,000 of whose operations three were sent, and reports of the last one. */
import type { Decline, OperationOutcome } from '../../../functions/channels/port/port.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import type { Commit } from '../../../functions/payments/commit.ts';
import { applyOperation, type ReportedOperation } from '../../../functions/payments/operations/operation-outcome.ts';
import type { CaptureFacts, Payment, PendingOperation } from '../../../functions/payments/payment.ts';
import { authorized, authorizedAttempt, PAID_MS, terms } from '../notifications/images.ts';

export const NOW_MS = PAID_MS + 5_000;
export const COMMIT: Commit = { nowMs: NOW_MS, terms };
export const DECLINE: Decline = { code: 'expired_or_canceled', message: 'The hold is gone.' };
export const SUCCEEDED: OperationOutcome = { kind: 'succeeded' };
export const FAILED: OperationOutcome = { kind: 'failed', decline: DECLINE };

export const operation = (
  kind: PendingOperation['kind'],
  changes: Partial<PendingOperation> = {},
): PendingOperation => ({
  kind,
  operation: 3,
  amount: 2_000n,
  sentMs: PAID_MS + 1_000,
  ...changes,
});
export const refused = (kind: PendingOperation['kind'], changes: Partial<PendingOperation> = {}) => ({
  ...operation(kind, changes),
  reason: 'It never arrived.',
});
export const facts = (amount: bigint, changes: Partial<CaptureFacts> = {}): CaptureFacts => ({
  amount,
  fee: 1n,
  reserve: 0n,
  terms,
  capturedMs: PAID_MS + 100,
  ...changes,
});
/** A hold over 2,000 of whose operations three were sent. */
export const hold = (changes: Partial<Payment> = {}, ofAttempt: Partial<Attempt> = {}): Payment => ({
  ...authorized,
  operations: 3,
  attempts: [{ ...authorizedAttempt, ...ofAttempt }],
  ...changes,
});
export const multicapture: Partial<Attempt> = { features: ['multicapture'] };
export const apply = (payment: Payment, outcome: OperationOutcome = SUCCEEDED, named?: ReportedOperation, number = 3) =>
  applyOperation(payment, number, outcome, COMMIT, named);
export const statuses = (payment: Payment | undefined) => payment?.attempts.map(({ status }) => status);
