/**
 * Over-return: refunds and chargebacks of one charge together exceed what the channel took for it. The payer has more than they paid. It is
 * booked like any chargeback, raises an alarm, and the refunds are attached to the dispute as evidence. Pure.
 */
import { decimalText } from '../kernel/money.ts';
import { type Attempt, returnedOf } from '../payments/attempt.ts';
import { takenBy } from '../payments/outcome-table.ts';
import { type Payment, paidAttempt, refundable } from '../payments/payment.ts';
import type { Refund } from '../refunds/refund.ts';
import { refundId } from '../refunds/wire.ts';
import type { Dispute } from './dispute.ts';

type Amounts = NonNullable<Payment['chargedBack']>;

/** What chargebacks have taken of each charge and not given back, after this step of a dispute; undefined when it moves no money. */
export function chargedBackAfter(payment: Payment, before: Dispute | undefined, after: Dispute): Amounts | undefined {
  const withdrawn = after.withdrawnMs !== undefined && before?.withdrawnMs === undefined ? after.amount : 0n;
  const reinstated = after.reinstatedMs !== undefined && before?.reinstatedMs === undefined ? after.amount : 0n;
  if (withdrawn === reinstated) return undefined;
  const known = chargedBack(payment);
  const name = String(after.chargeOrdinal);
  const amount = (known[name] ?? 0n) + withdrawn - reinstated;
  return { ...known, [name]: amount < 0n ? 0n : amount };
}

/** Version 0.1 counted disputes without their amounts: of these the most that was left is assumed, so that no over-return is missed. */
function chargedBack(payment: Payment): Amounts {
  const paid = paidAttempt(payment);
  if (payment.chargedBack || !paid || (payment.disputes?.blocking ?? 0) === 0) return payment.chargedBack ?? {};
  return { [String(paid.ordinal)]: refundable(payment) };
}

/** Minor units by which refunds (pending ones too), returns and chargebacks of the charge exceed what was taken for it; zero when they do not. */
export function overReturned(payment: Payment, attempt: Attempt): bigint {
  const refunded = paidAttempt(payment)?.ordinal === attempt.ordinal ? payment.refunded : 0n;
  const returned = refunded + returnedOf(attempt) + (chargedBack(payment)[String(attempt.ordinal)] ?? 0n);
  const excess = returned - takenBy(payment, attempt);
  return excess > 0n ? excess : 0n;
}

/** The dispute with the excess that its chargeback made, and with the refunds of its charge as evidence, where it has no such text yet. */
export function withOverReturn(dispute: Dispute, overReturn: bigint, refunds: readonly Refund[]): Dispute {
  const live = refunds.filter(({ status }) => status !== 'failed' && status !== 'canceled');
  if (live.length === 0 || dispute.evidence.uncategorized_text) return { ...dispute, overReturn };
  return { ...dispute, overReturn, evidence: { ...dispute.evidence, uncategorized_text: evidenceOf(live) } };
}

const evidenceOf = (refunds: readonly Refund[]): string =>
  [
    'The cardholder has been refunded:',
    ...refunds.map((refund) => {
      const amount = `${decimalText(refund.amount, refund.currency)} ${refund.currency.toUpperCase()}`;
      const day = new Date(refund.createdMs).toISOString().slice(0, 10);
      return `${refundId(refund)}: ${amount} on ${day}, ${refund.status}, acquirer reference ${refund.reference}.`;
    }),
  ].join('\n');
