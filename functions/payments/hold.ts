/**
 * Authorizations expire: an uncaptured hold is released at the channel and its payment canceled, as Stripe does it
 * (docs.stripe.com/payments/place-a-hold-on-a-payment-method: seven days for card payments). Pure.
 */
import { type Payment, paidAttempt } from './payment.ts';

export const HOLD_MS = 7 * 24 * 3_600_000;

/** When the payment's hold ends, or undefined when it holds nothing. */
export function holdEndsMs(payment: Payment): number | undefined {
  const attempt = payment.status === 'requires_capture' ? paidAttempt(payment) : undefined;
  return attempt && (attempt.settledMs ?? attempt.createdMs) + HOLD_MS;
}

/** Whether the hold has expired, and no capture or cancel is in progress. */
export function isExpired(payment: Payment, asOfMs: number): boolean {
  const endsMs = holdEndsMs(payment);
  return endsMs !== undefined && endsMs <= asOfMs && !payment.pending;
}
