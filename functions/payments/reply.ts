/** The reply to the request that made a payment's last commit: the same bytes at once, from the stream, and on every replay. */

import type { Call, Reply } from '../api/operation.ts';
import type { Settings } from '../merchants/merchant.ts';
import { renderCharge } from './charge-wire.ts';
import { lastAttempt, type Payment, type ReplyMarker } from './payment.ts';
import { declineError, renderPayment } from './wire.ts';

export interface RenderedReply {
  readonly status: number;
  readonly body: object;
}

/** The reply that the payment itself still shows, when this key made its last commit and the stream has not stored it yet. */
export function committedReplyOf(
  payment: Payment | undefined,
  { caller, lock }: Pick<Call, 'caller' | 'lock'>,
): Reply | undefined {
  if (!payment?.reply || payment.reply.keyHash !== lock.keyHash) return undefined;
  return { ...replyOf(payment, payment.reply.kind, caller.settings), stored: true };
}

/** The payment intent, or the charge of a payment that has none; of a decline its error. Without `settings` there is no client secret. */
export function replyOf(payment: Payment, kind: ReplyMarker['kind'], settings?: Settings): RenderedReply {
  const attempt = lastAttempt(payment);
  if (payment.direct) {
    if (kind === 'payment') return { status: 200, body: renderCharge(payment, attempt!.ordinal) };
    const { payment_method: _, ...error } = declineError(payment, attempt!);
    return { status: 402, body: { error } };
  }
  const rendered = renderPayment(payment, settings);
  if (kind === 'payment') return { status: 200, body: rendered };
  return { status: 402, body: { error: { ...declineError(payment, attempt!), payment_intent: rendered } } };
}
