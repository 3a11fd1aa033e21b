/** Commits of a payment that raise an alarm. Pure, so that no crash between commit and alarm loses one. */
import type { Alarm } from '../stream/kind/kind.ts';
import { type Attempt, heldAtFirst, isVoidedByReference, tookWhollyUnapplied } from './attempt.ts';
import { attemptBefore, type Payment } from './payment.ts';

/** A channel took money that no payment waits for, or holds some of an attempt that it had closed. */
export function unappliedAlarms(old: Payment | undefined, payment: Payment): readonly Alarm[] {
  const { scope } = payment;
  return payment.attempts.flatMap((attempt) =>
    newlyUnapplied(attemptBefore(old, attempt), attempt).map(
      (amount): Alarm => ({
        name: 'UnappliedMoney',
        facts: { scope, reference: attempt.reference, amount: String(amount) },
      }),
    ),
  );
}

/** Minor units of each amount that is unapplied since the attempt was as before. */
function newlyUnapplied(before: Attempt | undefined, attempt: Attempt): readonly bigint[] {
  const known = before?.unapplied?.length ?? 0;
  const wasClosed = before?.status === 'closed' || (before?.status === 'failed' && isVoidedByReference(before));
  const heldAfterClose = wasClosed && attempt.status === 'authorized';
  return [
    ...(heldAfterClose ? [heldAtFirst(attempt)] : []),
    ...(tookWhollyUnapplied(attempt) && !(before && tookWhollyUnapplied(before))
      ? [attempt.taken ?? attempt.amount]
      : []),
    ...(attempt.unapplied ?? []).slice(known).map(({ amount }) => amount),
  ];
}
