/** Commits of a payment that announce that it is processing, and nothing else. Pure. */
import { isPendingSince } from './attempt.ts';
import type { Payment } from './payment.ts';

/** Whether an attempt's standing is what it was: a commit of a processing payment that learned nothing from a channel. */
export const isJudgement = ({ cause, attempts, committedMs }: Payment): boolean =>
  cause === 'outcome' &&
  attempts.every(
    (attempt) =>
      attempt.settledMs !== committedMs &&
      attempt.voided?.committedMs !== committedMs &&
      !isPendingSince(attempt, committedMs),
  );
