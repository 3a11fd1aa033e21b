/**
 * What the last commit of an object announced, told from the object alone: after its stream was lost there is no image of before. Only
 * what the object says for certain is told; a change of which nothing is left in it (old metadata, say) announces nothing again.
 */
import type { Session } from '../checkout/session.ts';
import type { Customer } from '../customers/customer.ts';
import type { Dispute } from '../disputes/dispute.ts';
import type { Attempt } from '../payments/attempt.ts';
import { without } from '../payments/commit.ts';
import { isJudgement } from '../payments/events.ts';
import { lastAttempt, type Payment, type Refund } from '../payments/payment.ts';
import type { Payout } from '../payouts/payout.ts';
import type { Change } from '../stream/change.ts';

/** The change that made this image, as far as events go; undefined when the image does not tell. */
export function lastCommitOf({ kind, new: image }: Pick<Change, 'kind' | 'new'>): Change | undefined {
  if (image.version === 1) return { kind, new: image } as Change;
  const old = imageBefore(kind, image);
  return old && ({ kind, old, new: image } as Change);
}

function imageBefore(kind: Change['kind'], image: Change['new']): Change['new'] | undefined {
  switch (kind) {
    case 'payment':
      return paymentBefore(image as Payment);
    case 'refund':
      return refundBefore(image as Refund);
    case 'payout':
      return payoutBefore(image as Payout);
    case 'dispute':
      return disputeBefore(image as Dispute);
    case 'customer':
      return (image as Customer).status === 'deleted' ? ({ ...image, status: 'active' } as Customer) : undefined;
    case 'checkout_session':
      return sessionBefore(image as Session);
    case 'method':
    case 'setup':
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** A payment says what made its last commit. */
function paymentBefore(payment: Payment): Payment {
  switch (payment.cause) {
    case 'replied':
      return { ...payment, cause: 'confirming' };
    case 'outcome':
      return outcomeUndone(payment);
    case 'captured':
      return stillHeld(captureUndone(payment));
    case 'released':
      return stillHeld(payment);
    case 'canceled': {
      const attempts = payment.attempts.map(
        (attempt): Attempt =>
          attempt.voided?.committedMs === payment.committedMs ? { ...attempt, status: attempt.voided.was } : attempt,
      );
      return { ...payment, status: 'requires_payment_method', attempts };
    }
    default:
      return payment;
  }
}

/** Before its last capture, or the end of its hold, the payment's money was held. */
const stillHeld = (payment: Payment): Payment => ({
  ...payment,
  status: 'requires_capture',
  attempts: payment.attempts.map(
    (attempt): Attempt =>
      attempt.status === 'captured' && !attempt.surplus
        ? { ...without(attempt, 'releasedMs'), status: 'authorized' }
        : attempt,
  ),
});

const captureUndone = (payment: Payment): Payment =>
  payment.laterCaptures?.length
    ? { ...payment, laterCaptures: payment.laterCaptures.slice(0, -1) }
    : without(payment, 'capture');

/** Before the outcome the attempts that it settled were under way, and the payment was waiting for the one that is its own. */
function outcomeUndone(payment: Payment): Payment {
  const settled = payment.attempts.filter(({ settledMs }) => settledMs === payment.committedMs);
  const attempts = payment.attempts.map(
    (attempt): Attempt => (settled.includes(attempt) ? { ...without(attempt, 'surplus'), status: 'sent' } : attempt),
  );
  const late =
    settled.length > 0 && settled.every(({ surplus, ordinal }) => surplus || ordinal !== lastAttempt(payment)?.ordinal);
  const status = late || payment.status === 'canceled' ? payment.status : 'processing';
  return {
    ...payment,
    status,
    attempts,
    ...(isJudgement(payment) && { cause: 'confirming' }),
    // Created and confirmed in one request: its first outcome announces it.
    ...(payment.version === 2 && { unannounced: true }),
  };
}

function refundBefore(refund: Refund): Refund | undefined {
  const { committedMs, succeededMs, failedMs } = refund;
  if (failedMs === committedMs) return { ...refund, status: succeededMs === undefined ? 'pending' : 'succeeded' };
  return succeededMs === committedMs ? { ...refund, status: 'pending' } : undefined;
}

const sessionBefore = (session: Session): Session | undefined =>
  session.endedMs === session.committedMs ? { ...session, status: 'open' } : undefined;

const payoutBefore = (payout: Payout): Payout | undefined =>
  payout.endedMs === payout.committedMs ? { ...without(payout, 'disabledBank'), status: 'in_transit' } : undefined;

function disputeBefore(dispute: Dispute): Dispute | undefined {
  const { committedMs, withdrawnMs, reinstatedMs, lostMs } = dispute;
  if (withdrawnMs === committedMs) {
    const { withdrawnMs: _, ...inquiry } = dispute;
    return { ...inquiry, status: 'warning_needs_response' };
  }
  const { reinstatedMs: _, ...open } = dispute;
  return reinstatedMs === committedMs || lostMs === committedMs ? { ...open, status: 'needs_response' } : undefined;
}
