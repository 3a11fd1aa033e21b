/** A payment as its first commit left it, as far as a later image shows that: what `payment_intent.created` is rendered from. Pure. */
import type { Payment } from './payment.ts';
import { renderPayment } from './wire.ts';

/** The payment as it was right after it was made. */
export function createdView(payment: Payment): Payment {
  const first = payment.attempts[0];
  const { capture: _capture, canceledMs: _canceledMs, cancellationReason: _reason, method: own, ...kept } = payment;
  const method = first ? !first.named && first.method : own;
  return {
    ...kept,
    ...(method && { method }),
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    attempts: [],
  };
}

/**
 * The first image as this one shows it, where that commit announced the creation and nothing else. An attempt from the start is announced with the
 * creation. Which request made the payment, only the first image says.
 */
export function firstImage(payment: Payment): Payment | undefined {
  const { createdMs, attempts, direct, version } = payment;
  if (direct || attempts[0]?.createdMs === createdMs) return undefined;
  if (version === 1) return payment;
  const { request: _request, reply: _reply, ...made } = createdView(payment);
  const announces = { version: 1, types: ['payment_intent.created'] };
  return { ...made, version: 1, committedMs: createdMs, cause: 'created', announces };
}

/** The first image as `before` shows it, where `now` shows another one. */
export function lostImage(before: Payment, now: Payment): Payment | undefined {
  const made = firstImage(before);
  const shown = (payment: Payment): string => JSON.stringify(renderPayment(createdView(payment)));
  return made && shown(before) !== shown(now) ? made : undefined;
}
