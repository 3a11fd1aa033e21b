/** What a cancel makes of a payment, and how its void is learned to have taken effect. Pure. */
import { type Changes, type Commit, next, voidedBy } from './commit.ts';
import type { Payment, PendingOperation } from './payment.ts';

/** The changes of a cancel. It voids an authorization, and closes an attempt that waits for its payer. */
export function canceled(payment: Payment, reason: string | undefined, commit: Commit): Changes {
  return {
    status: 'canceled',
    canceledMs: commit.nowMs,
    ...(reason !== undefined && { cancellationReason: reason }),
    attempts: payment.attempts.map((attempt) => {
      if (attempt.status === 'requires_action') return { ...attempt, status: 'closed' };
      return attempt.status === 'authorized' && !attempt.surplus ? voidedBy(payment, attempt, commit) : attempt;
    }),
  };
}

/**
 * The canceled payment, after its void `sent` took effect: nothing is held of it, and its payer can pay nothing any more. The reply of the
 * void, a callback, the payer's return and the janitor all end here.
 */
export function canceledByVoid(payment: Payment, sent: PendingOperation, commit: Commit): Payment {
  const { pending: _, refusedOperation: refused, ...resolved } = payment;
  return next(resolved, 'canceled', commit, {
    ...(sent.keyHash !== undefined && { operationKeyHash: sent.keyHash }),
    // A capture that was given up may still take money. The report then has its amount.
    ...(refused && refused.operation !== sent.operation && { refusedOperation: refused }),
    ...canceled(payment, sent.cancellationReason, commit),
  });
}
