/** Commits of a payment that announce that it is processing, and nothing else. Pure. */
import { type Attempt, isPendingSince } from './attempt.ts';
import { type Commit, next } from './commit.ts';
import type { Payment } from './payment.ts';

/** No outcome yet: the payment is reported as in progress. A charge without an intent is pending from here. */
export function stillUnknown(payment: Payment, commit: Commit): Payment {
  const after = next(payment, 'outcome', commit, {});
  if (!payment.direct || !(payment.unannounced || payment.cause === 'rerouted')) return after;
  const pending = ({ status }: Attempt) => status === 'sent' && { pendingMs: after.committedMs };
  return { ...after, attempts: after.attempts.map((attempt) => ({ ...attempt, ...pending(attempt) })) };
}

/** Whether an attempt's standing is what it was: a commit of a processing payment that learned nothing from a channel. */
export const isJudgement = ({ cause, attempts, committedMs }: Payment): boolean =>
  cause === 'outcome' &&
  attempts.every(
    (attempt) =>
      attempt.settledMs !== committedMs &&
      attempt.voided?.committedMs !== committedMs &&
      !isPendingSince(attempt, committedMs),
  );
