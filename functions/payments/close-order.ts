/**
 * Closing the order of an attempt before the payment is confirmed again (I15): its payer could otherwise pay twice. The channel decides a
 * race with the payer: it closes the order, or says that it was paid.
 */
import { lockTimeout } from '../api/errors.ts';
import { assertWritten } from '../api/lock.ts';
import type { Call, Reply } from '../api/operation.ts';
import { type MethodRecord, methodId } from '../payment-methods/method.ts';
import { hasTaken } from '../payment-methods/use.ts';
import type { NamedConflict } from '../table/commit.ts';
import { askAttempt, closeAt, foundInstead } from './ask.ts';
import { type Attempt, isOrder } from './attempt.ts';
import { type Commit, next, replaced } from './commit.ts';
import { commitOutcome } from './commit-outcome.ts';
import type { PaymentsDeps } from './deps.ts';
import { lastAttempt, type Payment } from './payment.ts';
import { commitOf } from './request.ts';
import { answerFound } from './send-attempt.ts';

/** The attempt whose order its payer can still pay. */
export function openOrder(payment: Payment): Attempt | undefined {
  const attempt = lastAttempt(payment);
  return payment.status === 'requires_action' && attempt && isOrder(attempt) ? attempt : undefined;
}

/** The payment as it is once its open order is closed. Nothing of this is written yet. */
export const withoutOrder = (payment: Payment, open: Attempt): Payment => ({
  ...payment,
  status: 'requires_payment_method',
  attempts: replaced(payment, { ...open, status: 'closed' }),
});

/** The payment after the channel closed the order of `open`; undefined where that is known. */
function applyClosed(payment: Payment, { ordinal }: Attempt, commit: Commit): Payment | undefined {
  const current = openOrder(payment);
  if (current?.ordinal !== ordinal) return undefined;
  const attempts = replaced(payment, { ...current, status: 'closed' });
  return next(payment, 'outcome', commit, { status: 'requires_confirmation', attempts });
}

/**
 * Where the new attempt could not begin, its closed order is committed by itself: the request may be sent again at once.
 * @throws lock_timeout where another write came before the first commit
 */
export async function assertBegun(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  open: Attempt | undefined,
  conflict: NamedConflict<string> | undefined,
): Promise<void> {
  const commit = commitOf(deps, call);
  if (conflict && open) await commitOutcome(deps, payment, (current) => applyClosed(current, open, commit));
  assertWritten(conflict);
}

/** The method as it is once the order is closed: one that was used for nothing but that order may be used again. */
export function freedMethod(record: MethodRecord, payment: Payment): MethodRecord {
  if (record.spent !== 'used' || record.usedBy !== payment.body || hasTaken(payment, methodId(record.body)))
    return record;
  const { spent: _, ...free } = record;
  return free;
}

/**
 * Closes the open order at the channel. Undefined: it is closed, and the caller writes that with its first commit. Otherwise the order
 * was paid or is being paid, and the answer is that payment.
 * @throws lock_timeout while the channel does not say which
 */
export async function closeOrder(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  open: Attempt,
): Promise<Reply | undefined> {
  const closed = await closeAt(deps.channel(open.channel.channel), open);
  if (closed.kind === 'succeeded') return undefined;
  if (closed.kind !== 'failed') throw lockTimeout();
  const said = foundInstead(closed);
  const found = await askAttempt(deps, open, { ...(said && { said }) });
  if (found.kind === 'captured' || found.kind === 'authorized' || found.kind === 'pending')
    return answerFound(deps, call, payment, open, found);
  throw lockTimeout();
}
