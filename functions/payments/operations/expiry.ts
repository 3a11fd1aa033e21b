/** Voids an attempt at the channel: a hold that was not captured in time, the challenge of a Checkout Session that ends. */
import { tryCommit } from '../../table/commit.ts';
import { learnFound } from '../ask.ts';
import { openOrder } from '../close-order.ts';
import { type Commit, next } from '../commit.ts';
import { commitOutcome } from '../commit-outcome.ts';
import type { PaymentsDeps } from '../deps.ts';
import { operatedAttempt, type Payment, type PendingOperation } from '../payment.ts';
import { putPayment } from '../store.ts';
import { sendOperation } from './hold-operations.ts';
import { applyOperation } from './operation-outcome.ts';

/** A hold that ran out. @see letGo */
export const expireHold = (deps: PaymentsDeps, payment: Payment, commit: Commit): Promise<Payment> =>
  letGo(deps, payment, commit, 'automatic');

/**
 * Releases the hold or challenge and cancels the payment for `reason`. Like a cancel, it commits before the call to the channel, and
 * the outcome after it. The first of this and a concurrent capture wins. A void without an outcome is pending, and is queried like any other.
 */
export async function letGo(deps: PaymentsDeps, payment: Payment, commit: Commit, reason: string): Promise<Payment> {
  const pending: PendingOperation = {
    kind: 'void',
    ...(openOrder(payment) && { closes: true }),
    operation: payment.operations + 1,
    amount: payment.amount,
    sentMs: commit.nowMs,
    cancellationReason: reason,
  };
  const started = next(payment, 'canceling', commit, { pending, operations: pending.operation });
  if (!(await tryCommit(deps.table, putPayment(payment, started)))) return payment;
  const outcome = await sendOperation(deps, started, pending);
  const committed = await commitOutcome(deps, started, (current) =>
    applyOperation(current, pending.operation, outcome, commit),
  );
  return learnFound(deps, committed.payment, operatedAttempt(started), outcome, commit);
}
