/** What a commit of a payment announces: of the intent, of the charge, and of a review that it opens. */

import { customerId } from '../customers/customer.ts';
import { reviewOf } from '../risk/reviews/review.ts';
import { renderReview } from '../risk/reviews/wire.ts';
import { metadataTokens, type Token } from '../search/index/tokens.ts';
import type { Projection } from '../stream/kind/kind.ts';
import { unappliedAlarms } from './alarms.ts';
import { listsCharge } from './announced.ts';
import { hasCharge, needsReview } from './attempt.ts';
import { renderCharge } from './charge-wire.ts';
import { paymentTypes } from './event-types.ts';
import { featuresOf } from './features.ts';
import { createdView } from './first-image.ts';
import { holdEndsMs } from './hold.ts';
import { paymentBefore } from './image-before.ts';
import { awaitsPayer, isUnresolved, type Payment } from './payment.ts';
import { replyOf } from './reply.ts';
import { renderPayment } from './wire.ts';

/** The object as it was right after the commit; a created payment as it was before its outcome. */
function object(payment: Payment, type: string, about = payment): object {
  // Created and confirmed in one request: the image is of the outcome. Otherwise it is of the creation itself.
  if (type === 'payment_intent.created') return renderPayment(createdView(payment));
  if (type.startsWith('payment_intent.')) return renderPayment(payment);
  const ordinal = chargeAbout(about, type);
  if (type !== 'review.opened') return renderCharge(payment, ordinal);
  return renderReview(reviewOf(payment, payment.attempts.find((attempt) => attempt.ordinal === ordinal)!));
}

/** The attempt that a charge's event is about: the one that this commit settled, or the one that holds the money. */
function chargeAbout(payment: Payment, type: string): number {
  const { committedMs } = payment;
  const edited = payment.attempts.find(({ edits }) => edits?.editedMs === committedMs);
  if (edited) return edited.ordinal;
  const unapplied = payment.attempts.find(
    ({ surplus, settledMs, voided, unapplied: money = [] }) =>
      money.some(({ receivedMs, returnedMs }) => receivedMs === committedMs || returnedMs === committedMs) ||
      (surplus && (settledMs === committedMs || voided?.committedMs === committedMs)),
  );
  if (unapplied) return unapplied.ordinal;
  const charged = payment.attempts.filter((attempt) => hasCharge(attempt) && !attempt.surplus);
  const decided = charged.findLast(
    (attempt) =>
      (attempt.settledMs === committedMs || attempt.voided?.committedMs === committedMs) &&
      (type !== 'review.opened' || needsReview(attempt)),
  );
  const paid = charged.findLast((attempt) => attempt.status === 'captured' || attempt.status === 'authorized');
  return (decided ?? paid ?? charged.at(-1))!.ordinal;
}

/** Its metadata, whom it is for, and the cards that were tried. */
function tokens({ metadata, customer, attempts }: Payment): readonly Token[] {
  const cards = attempts.filter(hasCharge).flatMap(({ method }): Token[] =>
    method.type === undefined
      ? [
          ['payment_method_details.card.last4', method.card.last4],
          ['payment_method_details.card.fingerprint', method.card.fingerprint],
        ]
      : [],
  );
  const once = new Map(cards.map((token) => [token.join(), token]));
  const whom: Token[] = customer === undefined ? [] : [['customer', customerId(customer)]];
  const edited = attempts.flatMap(({ edits }) => metadataTokens(edits?.metadata ?? {}));
  return [...metadataTokens(metadata), ...edited, ...whom, ...once.values()];
}

/** A hold ends some day: the commit that made it notes when. */
function due(old: Payment | undefined, payment: Payment) {
  const atMs = old?.status === payment.status ? undefined : holdEndsMs(payment);
  return atMs === undefined ? undefined : ({ kind: 'p', atMs } as const);
}

export const paymentProjection: Projection<Payment> = {
  family: 'p',
  listsCharge,
  types: paymentTypes,
  object,
  tokens,
  reply: (payment) => payment.reply && { ...payment.reply, ...replyOf(payment, payment.reply.kind) },
  features: featuresOf,
  alarms: unappliedAlarms,
  before: paymentBefore,
  due,
  recheck: (payment) => (isUnresolved(payment) || awaitsPayer(payment) ? 'p' : undefined),
};
