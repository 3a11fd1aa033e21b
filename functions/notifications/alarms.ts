/** Commits that a person must hear of: pure functions of the stream record, so that no crash between commit and alarm loses one. */

import { type Attempt, tookSurplus } from '../payments/attempt.ts';
import { attemptBefore } from '../payments/payment.ts';
import type { Change, ChangeOf } from '../stream/change.ts';

export interface Alarm {
  /** Its metric. */
  readonly name: 'UnappliedMoney' | 'OverReturns';
  readonly facts: { readonly scope: string; readonly reference: string; readonly amount: string };
}

/** The alarms that a commit raises: a channel took money that no payment waits for, or a payer got back more than they paid. */
export function alarmsOf(change: Change): readonly Alarm[] {
  if (change.kind === 'dispute') return overReturns(change);
  return change.kind === 'payment' ? unappliedMoney(change) : [];
}

function overReturns({ old, new: dispute }: ChangeOf<'dispute'>): readonly Alarm[] {
  const { scope, paymentReference: reference, overReturn } = dispute;
  if (overReturn === undefined || old?.overReturn !== undefined) return [];
  return [{ name: 'OverReturns', facts: { scope, reference, amount: String(overReturn) } }];
}

function unappliedMoney({ old, new: payment }: ChangeOf<'payment'>): readonly Alarm[] {
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
  return [
    ...(tookSurplus(attempt) && !(before && tookSurplus(before)) ? [attempt.taken ?? attempt.amount] : []),
    ...(attempt.unapplied ?? []).slice(known).map(({ amount }) => amount),
  ];
}
