/** Types of the events that a commit of a payment announces. Pure: the images before and after decide. */
import { type Attempt, hasCharge, isPendingSince, needsReview } from './attempt.ts';
import { isJudgement } from './judgement.ts';
import { attemptBefore, lastAttempt, type Payment, paidAttempt } from './payment.ts';

/** Types in Stripe's order (https://docs.stripe.com/api/events/types); of a charge without an intent, those of the charge alone. */
export function paymentTypes(old: Payment | undefined, payment: Payment): readonly string[] {
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
 * Whether the commit is the answer of a confirmation that ended without an outcome, or says that the payer of an order has paid: announced
 * once, and by a commit that shows it by itself, because repair has no earlier image.
 */
function isAnsweredWithout(old: Payment | undefined, payment: Payment): boolean {
  if (payment.status !== 'processing' || payment.unannounced || payment.cause === 'rerouted' || !old) return false;
  if (payment.attempts.some((attempt) => isPendingSince(attempt, payment.committedMs))) return true;
  if (old.unannounced) return true;
  if (payment.cause === 'replied') return old.cause !== 'replied';
  return (old.cause === 'confirming' || old.cause === 'rerouted') && isJudgement(payment);
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
  // It was over a part of the requested amount: the payment needs another method.
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
      return isPendingSince(attempt, payment.committedMs) ? ['charge.pending'] : [];
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
