/** What a commit of a payment announces: of the intent, of the charge, and of a review that it opens. */

import { customerId } from '../customers/customer.ts';
import { reviewOf } from '../risk/reviews/review.ts';
import { renderReview } from '../risk/reviews/wire.ts';
import { metadataTokens, type Token } from '../search/index/tokens.ts';
import type { Projection } from '../stream/kind/kind.ts';
import { unappliedAlarms } from './alarms.ts';
import { listsCharge } from './announced.ts';
import { type Attempt, hasCharge, needsReview } from './attempt.ts';
import { renderCharge } from './charge-wire.ts';
import { featuresOf } from './features.ts';
import { holdEndsMs } from './hold.ts';
import { paymentBefore } from './image-before.ts';
import { isJudgement } from './judgement.ts';
import { attemptBefore, awaitsPayer, isUnresolved, lastAttempt, type Payment, paidAttempt } from './payment.ts';
import { replyOf } from './reply.ts';
import { createdView, renderPayment } from './wire.ts';

/** Types in Stripe's order (https://docs.stripe.com/api/events/types); of a charge without an intent, those of the charge alone. */
function types(old: Payment | undefined, payment: Payment): readonly string[] {
  const announced = typesWithIntent(old, payment);
  if (!payment.direct) return announced;
  const pending = announced.includes('payment_intent.processing') ? ['charge.pending'] : [];
  return [...pending, ...announced.filter((type) => !type.startsWith('payment_intent.'))];
}

function typesWithIntent(old: Payment | undefined, payment: Payment): readonly string[] {
  const announced: string[] = [];
  // A payment that is created and confirmed in one request is announced with its outcome, in both of its states.
  if (!payment.unannounced && (!old || old.unannounced)) announced.push('payment_intent.created');
  for (const attempt of payment.attempts)
    announced.push(...attemptEvents(payment, attempt, attemptBefore(old, attempt)));
  announced.push(...holdEvents(payment), ...unappliedEvents(old, payment));
  if (payment.cause === 'refund_requested') announced.push('charge.refunded');
  if (payment.cause === 'charge_updated') announced.push('charge.updated');
  const type = STATUS_EVENTS[payment.status];
  if (type !== undefined && !payment.unannounced && payment.status !== old?.status) announced.push(type);
  const processing = isAnsweredWithout(old, payment) ? ['payment_intent.processing'] : [];
  return payment.cause === 'replied' ? processing : [...announced, ...processing];
}

/**
 * Whether the commit is the answer of a confirmation that ended without an outcome, or what risk thought of it: told once, and by a
 * commit that says so itself, for repair has no image of before.
 */
function isAnsweredWithout(old: Payment | undefined, payment: Payment): boolean {
  if (payment.status !== 'processing' || payment.unannounced || !old) return false;
  if (old.unannounced) return true;
  return payment.cause === 'replied' ? old.cause !== 'replied' : old.cause === 'confirming' && isJudgement(payment);
}

/**
 * Of a hold that can be captured more than once, or that was raised: what it is now, after each step (docs.stripe.com/payments/multicapture,
 * webhooks).
 */
function holdEvents(payment: Payment): readonly string[] {
  const changes = ['charge.updated', 'payment_intent.amount_capturable_updated'];
  switch (payment.cause) {
    case 'captured':
      return paidAttempt(payment)?.features?.includes('multicapture') ? changes : [];
    case 'incremented':
      return changes;
    case 'released':
      return changes.slice(1);
    default:
      return [];
  }
}

/**
 * Money that the payment does not wait for: its charge was captured without the merchant's asking, and is refunded by the return. Nothing of it
 * is announced as a success, for a merchant may ship on that.
 */
function unappliedEvents(old: Payment | undefined, payment: Payment): readonly string[] {
  if (payment.cause === 'surplus_received') return ['charge.updated'];
  if (payment.cause === 'surplus_returned') return ['charge.refunded'];
  if (payment.cause !== 'outcome') return [];
  const arrived = payment.attempts.filter((attempt) => attempt.surplus && !attemptBefore(old, attempt)?.surplus);
  // It was over a part of what was asked for: the payment needs another method.
  const failed = arrived.some((attempt) => attempt.decline && failsPayment(payment, attempt));
  const announced = failed && old?.status !== payment.status ? ['payment_intent.payment_failed'] : [];
  return arrived.length > 0 ? ['charge.updated', ...announced] : [];
}

/** What reaching a status announces; `requires_payment_method` only when an attempt failed, which the attempt's own event precedes. */
const STATUS_EVENTS: Readonly<Partial<Record<Payment['status'], string>>> = {
  requires_action: 'payment_intent.requires_action',
  requires_capture: 'payment_intent.amount_capturable_updated',
  succeeded: 'payment_intent.succeeded',
  canceled: 'payment_intent.canceled',
};

function attemptEvents(payment: Payment, attempt: Attempt, before: Attempt | undefined): readonly string[] {
  if (attempt.surplus || attempt.status === before?.status) return [];
  switch (attempt.status) {
    case 'failed':
      return [
        ...(hasCharge(attempt) ? ['charge.failed'] : []),
        ...(failsPayment(payment, attempt) ? ['payment_intent.payment_failed'] : []),
      ];
    case 'authorized':
      return ['charge.succeeded', ...(needsReview(attempt) ? ['review.opened'] : [])];
    case 'captured':
      return before?.status === 'authorized'
        ? ['charge.captured']
        : ['charge.succeeded', ...(needsReview(attempt) ? ['review.opened'] : [])];
    case 'voided':
      if (before?.status !== 'authorized') return [];
      return [payment.cancellationReason === 'automatic' ? 'charge.expired' : 'charge.refunded'];
    case 'sent':
    case 'requires_action':
    case 'authenticated':
    case 'closed':
      return [];
    default:
      return attempt.status satisfies never;
  }
}

/** An attempt that fails late, when the payment was canceled or another attempt is under way, does not fail the payment. */
const failsPayment = (payment: Payment, attempt: Attempt): boolean =>
  payment.status === 'requires_payment_method' && lastAttempt(payment)?.ordinal === attempt.ordinal;

/** The object as it was right after the commit; a created payment as it was before its outcome. */
function object(payment: Payment, type: string, about = payment): object {
  // Created and confirmed in one request: the image is of the outcome. Otherwise it is of the creation itself.
  if (type === 'payment_intent.created')
    return renderPayment(payment.attempts.length > 0 ? createdView(payment) : payment);
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
  const settled = charged.findLast(
    (attempt) =>
      (attempt.settledMs === committedMs || attempt.voided?.committedMs === committedMs) &&
      (type !== 'review.opened' || needsReview(attempt)),
  );
  const paid = charged.findLast((attempt) => attempt.status === 'captured' || attempt.status === 'authorized');
  return (settled ?? paid ?? charged.at(-1))!.ordinal;
}

/** Its metadata, whom it is for, and the cards that were tried. */
function tokens({ metadata, customer, attempts }: Payment): readonly Token[] {
  const cards = attempts.filter(hasCharge).flatMap(({ method: { card } }): Token[] => [
    ['payment_method_details.card.last4', card.last4],
    ['payment_method_details.card.fingerprint', card.fingerprint],
  ]);
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
  types,
  object,
  tokens,
  reply: (payment) => payment.reply && { ...payment.reply, ...replyOf(payment, payment.reply.kind) },
  features: featuresOf,
  alarms: unappliedAlarms,
  before: paymentBefore,
  due,
  watch: (payment) => (isUnresolved(payment) || awaitsPayer(payment) ? 'p' : undefined),
};
