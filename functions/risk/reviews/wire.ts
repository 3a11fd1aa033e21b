/** Reviews as merchants see them. */
import type Stripe from 'stripe';
import { seconds } from '../../kernel/clock.ts';
import { chargeIdOf } from '../../kernel/ids.ts';
import type { Review } from '../port/message.ts';
import { reviewId } from './review.ts';

export function renderReview(review: Review): Stripe.Review {
  return {
    id: reviewId(review),
    object: 'review',
    billing_zip: null,
    charge: chargeIdOf(review.payment, review.ordinal),
    closed_reason: review.closedReason ?? null,
    created: seconds(review.createdMs),
    ip_address: null,
    ip_address_location: null,
    livemode: review.livemode,
    open: review.open,
    opened_reason: 'rule',
    ...(!review.direct && { payment_intent: `pi_${review.payment}` }),
    reason: review.closedReason ?? 'rule',
    session: null,
  };
}
