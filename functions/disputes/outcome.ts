/** Commits a report about a dispute from any source, in one transaction with the payment's own record of the dispute. */

import { racesLost } from '../api/lock.ts';
import type { DisputeReport, ReportedDisputes } from '../channels/port/port.ts';
import type { Attempt } from '../payments/attempt.ts';
import { next } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { takenBy } from '../payments/outcome-table.ts';
import { type Payment, paidAttempt } from '../payments/payment.ts';
import { type Returning, returning } from '../payments/returned.ts';
import { loadPayment, putPayment } from '../payments/store.ts';
import type { Refund } from '../refunds/refund.ts';
import { loadRefund } from '../refunds/store.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import {
  applyFacts,
  contradictsDispute,
  type Dispute,
  disputedByAfter,
  disputeKeyOf,
  disputeMarks,
  openedDispute,
} from './dispute.ts';
import { chargedBackAfter, overReturned, withOverReturn } from './over-return.ts';
import { loadDispute, putDispute } from './store.ts';

/**
 * Applies what the channel says of a dispute of this attempt: opens it, turns an inquiry into a chargeback, ends it; each is a commit of
 * its own, with its events and entries.
 * A chargeback of more than is left of the charge is booked whole, with the excess (over-return.ts).
 * @throws when the charge is not captured here yet (the fact came before its capture's), or the dispute is in another currency than its charge: taken again later.
 */
export async function commitDisputeFact(
  deps: Pick<PaymentsDeps, 'table' | 'clock'>,
  payment: Payment,
  attempt: Attempt,
  { dispute: facts, outcome }: DisputeReport,
): Promise<{ readonly dispute: Dispute; readonly applied: 'applied' | 'known' | 'weaker' }> {
  if (takenBy(payment, attempt) === 0n)
    throw new Error(`dispute ${facts.id} of ${attempt.reference}, which was not captured`);
  if (facts.currency !== attempt.currency || facts.amount <= 0n)
    throw new Error(`dispute ${facts.id} of ${attempt.reference} is over ${facts.amount} ${facts.currency}`);
  const objectKey = disputeKeyOf(attempt.reference, payment.body, facts);
  let changed = false;
  // A step that is written is followed by another one, until nothing is left to learn. Steps and lost races count alike.
  return retryRaces(async () => {
    const current = await loadDispute(deps.table, payment.scope, objectKey);
    const nowMs = deps.clock.nowMs();
    const after = current ? applyFacts(current, facts, outcome, nowMs) : openedDispute(payment, attempt, facts, nowMs);
    if (!after) {
      const applied = changed ? 'applied' : contradictsDispute(current!, outcome) ? 'weaker' : 'known';
      return { dispute: current!, applied };
    }
    changed = (await written(deps.table, current, after)) || changed;
    return LOST;
  }, racesLost);
}

/**
 * Applies the disputes that a channel's answer names. One that cannot be applied now is left to its callback: the answer to the merchant
 * does not wait for it.
 */
export async function applyReportedDisputes(
  deps: Pick<PaymentsDeps, 'table' | 'clock'> & { readonly failed: (error: unknown) => void },
  payment: Payment,
  attempt: Attempt,
  reports: ReportedDisputes,
): Promise<void> {
  for (const report of reports) await commitDisputeFact(deps, payment, attempt, report).catch(deps.failed);
}

/**
 * Commits `change(dispute)`; when someone else wrote first, again from what they wrote. `change` returns undefined when there is nothing
 * (more) to write.
 * @throws lock_timeout when the race is lost too often.
 */
export async function commitDispute(
  table: Table,
  dispute: Dispute,
  change: (current: Dispute) => Dispute | undefined,
): Promise<Dispute> {
  let current = dispute;
  return retryRaces(async () => {
    const after = change(current);
    if (!after) return current;
    if (await written(table, current, after)) return after;
    current = (await loadDispute(table, dispute.scope, dispute.body)) ?? current;
    return LOST;
  }, racesLost);
}

/** Whether the dispute, and its payment's record of it, were written. False when another writer changed one of them first. */
async function written(table: Table, before: Dispute | undefined, after: Dispute): Promise<boolean> {
  const moved = await withMoney(table, before, after);
  return tryCommit(table, putDispute(before, moved.dispute), ...(moved.payment ? [putPayment(...moved.payment)] : []));
}

interface Moved {
  readonly dispute: Dispute;
  /** Its payment before and after. */
  readonly payment?: readonly [Payment, Payment];
}

/**
 * Where this step of the dispute moves money: the payment with its new marks, and the dispute with the reserve that it releases and the
 * over-return that it makes.
 */
async function withMoney(table: Table, before: Dispute | undefined, after: Dispute): Promise<Moved> {
  if (before?.withdrawnMs === after.withdrawnMs && before?.reinstatedMs === after.reinstatedMs)
    return { dispute: after };
  const payment = await loadPayment(table, after.scope, after.payment);
  const attempt = payment?.attempts.find(({ ordinal }) => ordinal === after.chargeOrdinal);
  if (!payment || !attempt) throw new Error(`payment ${after.payment} of dispute ${after.body} is gone`);
  const disputes = disputeMarks(payment, before, after);
  if (!disputes) return { dispute: after };
  const chargedBack = chargedBackAfter(payment, before, after);
  const returns = returningBy(payment, attempt, before, after);
  const disputedBy = disputedByAfter(payment, before, after);
  const changes = {
    disputes,
    disputedBy,
    ...(chargedBack && { chargedBack }),
    ...(returns && { returned: returns.returned }),
  };
  const marked = next(payment, 'disputed', { nowMs: after.committedMs }, changes);
  const freed = returns && after.reinstatedMs === undefined ? { reserveFreed: returns.reserveFreed } : {};
  const dispute = { ...after, ...freed };
  const excess = overReturned(marked, attempt);
  const withdrawn = before?.withdrawnMs === undefined && after.withdrawnMs !== undefined;
  if (excess === 0n || !withdrawn) return { dispute, payment: [payment, marked] };
  return { dispute: withOverReturn(dispute, excess, await refundsOf(table, payment)), payment: [payment, marked] };
}

/** A win returns what was counted when the chargeback took its money, which 0.1 did not count. Unapplied money has no reserve. */
function returningBy(
  payment: Payment,
  { ordinal }: Attempt,
  before: Dispute | undefined,
  after: Dispute,
): Returning | undefined {
  if (paidAttempt(payment)?.ordinal !== ordinal) return undefined;
  if (before?.withdrawnMs === undefined) return returning(payment, { disputed: after.amount });
  return before.reserveFreed && returning(payment, { disputed: -after.amount });
}

const refundsOf = async (table: Table, { scope, lastRefunds = [] }: Payment): Promise<readonly Refund[]> =>
  (await Promise.all(lastRefunds.map((objectKey) => loadRefund(table, scope, objectKey)))).filter(
    (refund) => refund !== undefined,
  );
