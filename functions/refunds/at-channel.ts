/** Refunds, and returns of unapplied money, as their channel is asked about them: with what it calls that which is refunded. Pure. */
import type { Handles } from '../channels/port/handles.ts';
import type { RefundAtChannel, RefundedHandles, RefundQuery, RefundRequest } from '../channels/port/port.ts';
import type { ChannelReference } from '../kernel/ids.ts';
import type { Attempt } from '../payments/attempt.ts';
import { capturesOf, type Payment } from '../payments/payment.ts';
import type { Refund } from './refund.ts';

/** The refund as its channel is asked to carry it out. */
export const atChannel = ({ reference, paymentReference, channel, createdMs, refunded }: Refund): RefundAtChannel => ({
  reference,
  payment: paymentReference,
  account: channel,
  createdMs,
  ...(refunded && { refunded }),
});

/** The same request as at first: under its reference it is one refund. */
export const requestOf = (refund: Refund): RefundRequest => ({
  ...atChannel(refund),
  amount: refund.amount,
  currency: refund.currency,
});

/** The question about it. */
export const queryOf = (refund: Refund): RefundQuery => ({
  ...atChannel(refund),
  ...(refund.handles && { handles: refund.handles }),
});

/** What the channel calls the money of an attempt that is refunded: its payment, and the capture where one took it all. */
export function refundedHandles(payment: Payment, { handles: paid }: Attempt): { readonly refunded?: RefundedHandles } {
  const [only, ...others] = capturesOf(payment);
  return refundedOf(paid, others.length === 0 ? only?.handles : undefined);
}

const refundedOf = (
  payment: Handles | undefined,
  capture: Handles | undefined,
): { readonly refunded?: RefundedHandles } =>
  payment || capture ? { refunded: { ...(payment && { payment }), ...(capture && { capture }) } } : {};

/** A return of unapplied money, as its channel is asked about it. */
export function returnAtChannel(attempt: Attempt, number: number, reference: ChannelReference): RefundAtChannel {
  const money = attempt.unapplied?.find((one) => one.number === number);
  return {
    reference,
    payment: attempt.reference,
    account: attempt.channel,
    createdMs: money?.receivedMs ?? attempt.settledMs ?? attempt.createdMs,
    ...refundedOf(attempt.handles, money?.handles),
  };
}
