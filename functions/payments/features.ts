/** What risk counts of a commit of a payment. Pure: the same stream record twice is the same features under the same ids. */
import { chargeIdOf } from '../kernel/ids.ts';
import type { AttemptFeature, FeaturesMessage } from '../risk/port/message.ts';
import { FEATURES_UNAVAILABLE } from '../risk/port/risk.ts';
import { reviewOf } from '../risk/reviews/review.ts';
import { type Attempt, isDecided, needsReview } from './attempt.ts';
import { attemptBefore, type Payment } from './payment.ts';

/** Attempts whose outcome became known with this commit, once each, and the reviews that it opens. */
export function featuresOf(old: Payment | undefined, payment: Payment): FeaturesMessage {
  const charges = newCharges(old, payment);
  return {
    attempts: charges.map((attempt) => featureOf(payment, attempt)),
    reviews: charges.filter(needsReview).map((attempt) => reviewOf(payment, attempt)),
  };
}

const featureOf = (payment: Payment, attempt: Attempt): AttemptFeature => ({
  scope: payment.scope,
  attempt: chargeIdOf(payment.body, attempt.ordinal),
  payment: payment.body,
  atMs: attempt.createdMs,
  ...(attempt.method.type === undefined && { fingerprint: attempt.method.card.fingerprint }),
  ...(payment.receiptEmail !== undefined && { email: payment.receiptEmail }),
  outcome: attempt.status === 'failed' ? (attempt.blocked ? 'blocked' : 'declined') : 'authorized',
  ...(attempt.risk?.reasons.includes(FEATURES_UNAVAILABLE) && { unseen: true as const }),
});

const newCharges = (old: Payment | undefined, payment: Payment): readonly Attempt[] =>
  payment.attempts.filter((attempt) => {
    // Its channel did nothing, so it says nothing about the card.
    if (payment.attempts.some(({ follows }) => follows === attempt.ordinal)) return false;
    const before = attemptBefore(old, attempt);
    return isDecided(attempt) && !(before && isDecided(before));
  });
