/** A review: a payment that the rules want a person to look at. One per attempt, under an id that follows from the attempt's. */

import {
  base62,
  fromBase62,
  type ObjectKey,
  objectKeyOf,
  type ReviewId,
  type Scope,
  shardOf,
} from '../../kernel/ids.ts';
import { pack, unpack } from '../../table/pack.ts';
import { absent, equal, type Item, type Key, type Write } from '../../table/table.ts';
import type { Review } from '../port/message.ts';
import type { RiskDecision } from '../port/risk.ts';

export const reviewId = ({ payment, ordinal }: Pick<Review, 'payment' | 'ordinal'>): ReviewId =>
  `prv_${payment}${base62(ordinal, 1)}`;

/** What a `prv_…` id names, or undefined for what is none. */
export function parseReviewId(id: string): { readonly payment: ObjectKey; readonly ordinal: number } | undefined {
  const payment = objectKeyOf(id, 'prv', 1);
  return payment && { payment, ordinal: fromBase62(id.slice(-1)) };
}

export const reviewPartition = (scope: Scope, shard: string): string => `${scope}#rv#${shard}`;
export const reviewKey = (scope: Scope, payment: ObjectKey, ordinal: number): Key => ({
  pk: reviewPartition(scope, shardOf(payment)),
  sk: `${payment}${base62(ordinal, 1)}`,
});

export const reviewOfItem = (item: Item): Review => unpack<Review>(item.doc as Uint8Array);

/** Writes the review: version 1 must not exist yet, a later one must follow the one it was made from. */
export const putReview = (review: Review): Write => ({
  kind: 'put',
  table: 'risk',
  item: { ...reviewKey(review.scope, review.payment, review.ordinal), v: review.version, doc: pack(review) },
  when: review.version === 1 ? absent : equal('v', review.version - 1),
});

/** The payment and the attempt of a review, with the members that it renders. */
interface Reviewed extends Pick<Review, 'scope' | 'livemode' | 'direct'> {
  readonly body: ObjectKey;
}
interface ReviewedAttempt extends Pick<Review, 'ordinal'> {
  readonly createdMs: number;
  readonly settledMs?: number;
  readonly risk?: RiskDecision;
}

/** The review as it opens, purely from the payment. */
export function reviewOf(payment: Reviewed, attempt: ReviewedAttempt): Review {
  return {
    scope: payment.scope,
    payment: payment.body,
    ordinal: attempt.ordinal,
    ...(payment.direct && { direct: true }),
    version: 1,
    livemode: payment.livemode,
    open: true,
    rule: attempt.risk?.rule ?? 'elevated_risk_level',
    createdMs: attempt.settledMs ?? attempt.createdMs,
  };
}
