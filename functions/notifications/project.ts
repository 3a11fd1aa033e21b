/**
 * From a commit to the events it announces: a pure function of the stream record, so that the same record twice is the same events
 * under the same ids. Types and order are Stripe's (stripe-wire §1.9).
 */
import type { Change } from '../ledger/change.ts';
import { type Attempt, hasCharge, lastAttempt, type Payment } from '../payments/payment.ts';
import { needsReview, type Review, reviewOf } from '../risk/review.ts';
import { chargeIdOf } from '../shared/ids.ts';
import type { AttemptFeature } from './messages.ts';

/** Types of the events of a commit, oldest first. */
export function eventTypesOf(change: Change): readonly string[] {
  switch (change.kind) {
    case 'payment':
      return paymentEvents(change.old, change.new);
    case 'refund':
      return refundEvents(change);
    case 'payout':
      return payoutEvents(change);
    default:
      return change satisfies never;
  }
}

function paymentEvents(old: Payment | undefined, payment: Payment): readonly string[] {
  const types: string[] = [];
  // A payment that is created and confirmed in one request is announced with its outcome, in both of its states.
  if (!payment.unannounced && (!old || old.unannounced)) types.push('payment_intent.created');
  for (const attempt of payment.attempts) types.push(...attemptEvents(payment, attempt, attemptBefore(old, attempt)));
  if (payment.cause === 'refund_requested') types.push('charge.refunded');
  const type = STATUS_EVENTS[payment.status];
  if (type !== undefined && !payment.unannounced && payment.status !== old?.status) types.push(type);
  // Confirmed, created and still without an outcome: the first thing that is told of it.
  if (payment.status === 'processing' && old?.unannounced && !payment.unannounced)
    types.push('payment_intent.processing');
  return payment.cause === 'replied' ? [] : types;
}

/** What reaching a status announces; `requires_payment_method` only when an attempt failed, which the attempt's own event precedes. */
const STATUS_EVENTS: Readonly<Partial<Record<Payment['status'], string>>> = {
  requires_action: 'payment_intent.requires_action',
  requires_capture: 'payment_intent.amount_capturable_updated',
  succeeded: 'payment_intent.succeeded',
  canceled: 'payment_intent.canceled',
};

const attemptBefore = (old: Payment | undefined, attempt: Attempt): Attempt | undefined =>
  old?.attempts.find((candidate) => candidate.ordinal === attempt.ordinal);

function attemptEvents(payment: Payment, attempt: Attempt, before: Attempt | undefined): readonly string[] {
  if (attempt.surplus || attempt.status === before?.status) return [];
  switch (attempt.status) {
    case 'failed':
      return ['charge.failed', ...(failsPayment(payment, attempt) ? ['payment_intent.payment_failed'] : [])];
    case 'authorized':
      return ['charge.succeeded', ...(needsReview(attempt) ? ['review.opened'] : [])];
    case 'captured':
      return before?.status === 'authorized'
        ? ['charge.captured']
        : ['charge.succeeded', ...(needsReview(attempt) ? ['review.opened'] : [])];
    case 'sent':
    case 'requires_action':
    case 'voided':
      return [];
    default:
      return attempt.status satisfies never;
  }
}

/** An attempt that fails late, when the payment was canceled or another attempt is under way, does not fail the payment. */
const failsPayment = (payment: Payment, attempt: Attempt): boolean =>
  payment.status === 'requires_payment_method' && lastAttempt(payment)?.ordinal === attempt.ordinal;

function refundEvents({ old, new: refund }: Extract<Change, { kind: 'refund' }>): readonly string[] {
  if (!old) return ['refund.created'];
  if (old.status === refund.status) return [];
  return ['refund.updated', 'charge.refund.updated', ...(refund.status === 'failed' ? ['refund.failed'] : [])];
}

function payoutEvents({ old, new: payout }: Extract<Change, { kind: 'payout' }>): readonly string[] {
  if (!old) return ['payout.created'];
  if (old.status === payout.status) return [];
  const updated = ['payout.updated'];
  if (payout.status === 'paid') updated.push('payout.paid');
  if (payout.status === 'failed') updated.push('payout.failed');
  return updated;
}

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
  }));
}

/** Reviews that this commit opens. */
export const reviewsOf = (change: Change): readonly Review[] =>
  change.kind === 'payment'
    ? newCharges(change)
        .filter(needsReview)
        .map((attempt) => reviewOf(change.new, attempt))
    : [];

const newCharges = ({ old, new: payment }: Extract<Change, { kind: 'payment' }>): readonly Attempt[] =>
  payment.attempts.filter((attempt) => {
    const before = attemptBefore(old, attempt);
    return hasCharge(attempt) && !(before && hasCharge(before));
  });
