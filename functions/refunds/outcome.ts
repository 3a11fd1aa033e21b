/**
 * What became of a refund, applied monotonically: pending < succeeded < failed. One that the channel refuses for now stays pending. A failed refund
 * gives the payment its refundable amount back, in one transaction.
 */

import { racesLost } from '../api/lock.ts';
import { withNewHandles } from '../channels/port/handles.ts';
import type { OperationOutcome, QueryResult } from '../channels/port/port.ts';
import { lattice } from '../kernel/lattice.ts';
import { without } from '../kernel/without.ts';
import { next } from '../payments/commit.ts';
import { isOurFault, isRefusedForNow, storedDecline } from '../payments/decline.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { notReturning } from '../payments/returned.ts';
import { loadPayment, putPayment } from '../payments/store.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { Refund, RefundStatus } from './refund.ts';
import { loadRefund, putRefund } from './store.ts';

/** Channels do report a refund as failed after it had succeeded (the issuer sent the money back): failed is the later truth. */
const STATUSES = lattice<RefundStatus>({ pending: 0, succeeded: 1, failed: 2, canceled: 2 });

/** The refund after `outcome`, as its next version, or undefined when that is no news. */
export function applyRefundOutcome(refund: Refund, outcome: OperationOutcome, nowMs: number): Refund | undefined {
  const handles = contradictsRefund(refund, outcome) ? refund.handles : withNewHandles(refund.handles, outcome.handles);
  const named = handles && handles !== refund.handles ? { ...refund, handles } : refund;
  return moved(named, outcome, nowMs) ?? (named === refund ? undefined : nextRefund(named, nowMs));
}

function moved(refund: Refund, outcome: OperationOutcome, nowMs: number): Refund | undefined {
  if (outcome.kind === 'unknown' || outcome.kind === 'pending') return undefined;
  // Such a refusal had no effect, so it says nothing of a refund that was carried out since.
  if (isRefusedForNow(outcome))
    return refund.status !== 'pending' || refund.resends ? undefined : { ...nextRefund(refund, nowMs), resends: true };
  if (!STATUSES.isNews(refund.status, outcome.kind)) return undefined;
  const after = nextRefund(refund, nowMs);
  return {
    ...after,
    status: outcome.kind,
    ...(outcome.kind === 'succeeded' && { succeededMs: after.committedMs }),
    ...(outcome.kind === 'failed' && {
      failureReason: failureReason(refund, storedDecline(outcome.decline).code),
      failedMs: after.committedMs,
    }),
  };
}

/** Whether `outcome` contradicts the record: money went to the payer after the merchant had it back. A person must examine it. */
export const contradictsRefund = ({ status }: Refund, { kind }: OperationOutcome): boolean =>
  kind === 'succeeded' && (status === 'failed' || status === 'canceled');

/** Stripe's failure reasons; what we cannot name is `unknown`. A refund to a wallet has none of a card. */
function failureReason({ wallet }: Refund, code: string): string {
  const ofCards = wallet === undefined && ['lost_or_stolen_card', 'expired_or_canceled_card'].includes(code);
  return ofCards || code === 'declined' ? code : 'unknown';
}

/** The refund as its next version, changed in nothing but that. */
export function nextRefund(refund: Refund, nowMs: number): Refund {
  const kept = without(without(refund, 'reply'), 'request');
  return { ...kept, version: refund.version + 1, committedMs: Math.max(nowMs, refund.committedMs + 1) };
}

/**
 * Commits an outcome of a refund. `reply` adds the reply to the request. After a conflict the newest state is read and checked again.
 * @throws lock_timeout when the race is lost too often.
 */
export async function commitRefundOutcome(
  deps: PaymentsDeps,
  refund: Refund,
  outcome: OperationOutcome,
  reply?: (refund: Refund) => Refund,
): Promise<{ readonly refund: Refund; readonly changed: boolean }> {
  reportStuck(deps, refund, outcome);
  let current = refund;
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const after = applyRefundOutcome(current, outcome, nowMs) ?? (reply && nextRefund(current, nowMs));
    if (!after) return { refund: current, changed: false };
    if (isOurFault(outcome) && after.status !== current.status)
      deps.contradicted({ scope: refund.scope, reference: refund.reference, outcome: 'configuration' });
    const written = reply ? reply(after) : after;
    if (await commitRefund(deps, current, written, nowMs)) return { refund: written, changed: true };
    current = (await loadRefund(deps.table, refund.scope, refund.body)) ?? current;
    return LOST;
  }, racesLost);
}

/** Notifies the operator of a refund, or of a return of unapplied money, that waits for a person at its channel. */
export function reportStuck(
  deps: Pick<PaymentsDeps, 'contradicted'>,
  { scope, reference }: Pick<Refund, 'scope' | 'reference'>,
  outcome: QueryResult<OperationOutcome>,
): void {
  if (outcome.kind !== 'pending' || outcome.needsPerson === undefined) return;
  deps.contradicted({ scope, reference, outcome: `needs a person: ${outcome.needsPerson}` });
}

/** Whether the refund is written; false when another write came first. */
async function commitRefund(deps: PaymentsDeps, before: Refund, after: Refund, nowMs: number): Promise<boolean> {
  if (after.status !== 'failed' || before.status === 'failed') return tryCommit(deps.table, putRefund(before, after));
  const payment = await loadPayment(deps.table, after.scope, after.payment);
  if (!payment) throw new Error(`payment ${after.payment} of refund ${after.body} is gone`);
  const commit = { nowMs, terms: payment.capture!.terms };
  const returned = notReturning(payment, after);
  const given = next(payment, 'refund_failed', commit, {
    refunded: payment.refunded - after.amount,
    ...(returned && { returned }),
  });
  return tryCommit(deps.table, putRefund(before, after), putPayment(payment, given));
}
