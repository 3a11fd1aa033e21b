/**
 * A payment before its last commit, derived from the payment alone: after its stream was lost there is no old image. It contains only what
 * follows with certainty. A change without a trace in the payment (old metadata, for example) announces nothing again.
 */

import { without } from '../kernel/without.ts';
import { type Attempt, isPendingSince } from './attempt.ts';
import { replaced } from './commit.ts';
import { isJudgement } from './judgement.ts';
import { lastAttempt, type Payment } from './payment.ts';

/** A payment says what made its last commit. */
export function paymentBefore(payment: Payment): Payment {
  switch (payment.cause) {
    case 'replied':
      return { ...payment, cause: 'confirming' };
    case 'outcome':
      return outcomeUndone(payment);
    case 'rerouted':
      return rerouteUndone(payment);
    case 'captured':
      return stillHeld(captureUndone(payment));
    case 'released':
      return stillHeld(payment);
    case 'canceled': {
      const attempts = payment.attempts.map(
        (attempt): Attempt =>
          attempt.voided?.committedMs === payment.committedMs ? { ...attempt, status: attempt.voided.was } : attempt,
      );
      return { ...payment, status: 'requires_payment_method', attempts };
    }
    default:
      return payment;
  }
}

/** Before its last capture, or the end of its hold, the payment's money was held. */
const stillHeld = (payment: Payment): Payment => ({
  ...payment,
  status: 'requires_capture',
  attempts: payment.attempts.map(
    (attempt): Attempt =>
      attempt.status === 'captured' && !attempt.surplus
        ? { ...without(attempt, 'releasedMs'), status: 'authorized' }
        : attempt,
  ),
});

const captureUndone = (payment: Payment): Payment =>
  payment.laterCaptures?.length
    ? { ...payment, laterCaptures: payment.laterCaptures.slice(0, -1) }
    : without(payment, 'capture');

/** Whether the commit was the first after the creation that announced something. Handles alone announce nothing. */
const announcesCreation = ({ version, silent = 0 }: Payment): boolean => version === 2 + silent;

/** Before another account took its place, the attempt that was not accepted was under way. */
function rerouteUndone(payment: Payment): Payment {
  const attempts = payment.attempts
    .slice(0, -1)
    .map((attempt): Attempt => (attempt.settledMs === payment.committedMs ? { ...attempt, status: 'sent' } : attempt));
  return { ...payment, attempts, cause: 'confirming', ...(announcesCreation(payment) && { unannounced: true }) };
}

/** The payment waited for it, and it was over a part of the amount: nothing else leaves a decline beside a surplus. One with `pendingMs` may have failed before. */
const wasPaidInPart = ({ surplus, decline, pendingMs }: Attempt): boolean =>
  surplus === true && decline !== undefined && pendingMs === undefined;

/** Before the outcome the attempts that it settled were under way, and the payment was waiting for the one that is its own. */
function outcomeUndone(payment: Payment): Payment {
  const { attempts: known, committedMs } = payment;
  const paying = known.find((attempt) => isPendingSince(attempt, committedMs));
  if (paying)
    return {
      ...payment,
      status: 'requires_action',
      attempts: replaced(payment, { ...without(paying, 'pendingMs'), status: 'requires_action' }),
    };
  const decided = known.filter(({ settledMs }) => settledMs === committedMs);
  const attempts = known.map(
    (attempt): Attempt => (decided.includes(attempt) ? { ...without(attempt, 'surplus'), status: 'sent' } : attempt),
  );
  const late =
    decided.length > 0 &&
    decided.every((attempt) =>
      attempt.surplus ? !wasPaidInPart(attempt) : attempt.ordinal !== lastAttempt(payment)?.ordinal,
    );
  const status = late || payment.status === 'canceled' ? payment.status : 'processing';
  return {
    ...payment,
    status,
    attempts,
    ...(isJudgement(payment) && { cause: 'confirming' }),
    // Created and confirmed in one request: its first outcome announces it.
    ...(announcesCreation(payment) && { unannounced: true }),
  };
}
