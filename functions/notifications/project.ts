/** What a commit tells risk: pure functions of the stream record, so that the same record twice is the same features under the same ids. */

import { chargeIdOf } from '../kernel/ids.ts';
import { type Attempt, isDecided, needsReview } from '../payments/attempt.ts';
import { attemptBefore } from '../payments/payment.ts';
import type { AttemptFeature } from '../risk/features/message.ts';
import { FEATURES_UNAVAILABLE } from '../risk/port/risk.ts';
import { type Review, reviewOf } from '../risk/reviews/review.ts';
import type { Change, ChangeOf } from '../stream/change.ts';

/** Attempts whose outcome became known with this commit: what the risk features count, once each. */
export function featuresOf(change: Change): readonly AttemptFeature[] {
  if (change.kind !== 'payment') return [];
  const payment = change.new;
  return newCharges(change).map((attempt) => ({
    scope: payment.scope,
    attempt: chargeIdOf(payment.body, attempt.ordinal),
    payment: payment.body,
    atMs: attempt.createdMs,
    fingerprint: attempt.method.card.fingerprint,
    ...(payment.receiptEmail !== undefined && { email: payment.receiptEmail }),
    outcome:
      attempt.status === 'failed'
        ? attempt.blocked
          ? ('blocked' as const)
          : ('declined' as const)
        : ('authorized' as const),
    ...(attempt.risk?.reasons.includes(FEATURES_UNAVAILABLE) && { unseen: true as const }),
  }));
}

/** Reviews that this commit opens. */
export const reviewsOf = (change: Change): readonly Review[] =>
  change.kind === 'payment'
    ? newCharges(change)
        .filter(needsReview)
        .map((attempt) => reviewOf(change.new, attempt))
    : [];

const newCharges = ({ old, new: payment }: ChangeOf<'payment'>): readonly Attempt[] =>
  payment.attempts.filter((attempt) => {
    const before = attemptBefore(old, attempt);
    return isDecided(attempt) && !(before && isDecided(before));
  });
