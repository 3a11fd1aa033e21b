/** The routes about disputes, and what only a test asks for: that the payer's bank opens one, or sends a refund back. */

import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { Account } from './account.ts';
import { type Answer, announce, changedMeanwhile, notFound, parse, type SandboxDeps } from './api.ts';
import { disputeCallbacks, refundCallbacks } from './callback.ts';
import { type Charge, undisputedOf, unreturnedOf } from './charge.ts';
import { answerDispute, type Dispute, openDispute } from './dispute.ts';
import { failRefund } from './refund.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import { answerRequest, disputeRequest } from './requests.ts';
import { loadCharge, loadRefund, writeChange, writeCharge, writeRefund } from './store.ts';
import { traitOf } from './wallet.ts';
import { answerView, disputeView, refundView } from './wire.ts';

/** POST /sandbox/charges/{reference}/answers: evidence, or none. Idempotent by submission number. */
export async function postAnswer(
  deps: SandboxDeps,
  account: Account,
  body: unknown,
  reference: string,
): Promise<Answer> {
  const request = parse(answerRequest, body);
  if (isRefusal(request)) return request;
  const { submission, answer, evidence } = request;
  const given = { submission, answer, text: evidence.uncategorized_text ?? '' };
  return change(deps, account, reference, request.dispute, (dispute, charge, nowMs) => {
    if (!dispute) return notFound('dispute');
    const left = unreturnedOf(charge, nowMs);
    const answered = answerDispute(dispute, given, { nowMs, verdictMs: deps.timings.verdictMs, left });
    return isRefusal(answered) ? answered : { dispute: answered, view: answerView(answered, submission) };
  });
}

/** POST /sandbox/charges/{reference}/disputes: the payer disputes what was captured, whole or in part. Idempotent by the dispute's id. */
export async function postDispute(
  deps: SandboxDeps,
  account: Account,
  body: unknown,
  reference: string,
): Promise<Answer> {
  const request = parse(disputeRequest, body);
  if (isRefusal(request)) return request;
  return change(deps, account, reference, request.dispute, (existing, charge, nowMs) => {
    if (traitOf(charge)?.disputes === false)
      return refuse('malformed', 'payers of this wallet cannot dispute a charge');
    const left = undisputedOf(charge, nowMs);
    const amount = request.amount ?? left;
    if (!existing && (amount <= 0n || amount > left)) return refuse('malformed', 'there is not so much to dispute');
    const { dispute: id, kind, reason } = request;
    const dispute = existing ?? openDispute({ id, kind, reason, amount }, nowMs);
    return { dispute, view: disputeView(reference, charge, dispute, nowMs) };
  });
}

type Changed = { readonly dispute: Dispute; readonly view: object };

/** Changes one dispute of a charge, or adds it, and announces what is new. */
async function change(
  deps: SandboxDeps,
  account: Account,
  reference: string,
  id: string,
  decide: (dispute: Dispute | undefined, charge: Charge, nowMs: number) => Changed | Refusal,
): Promise<Answer> {
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const charge = await loadCharge(deps.table, account.id, reference, nowMs);
    if (!charge) return notFound('charge');
    const disputes = charge.disputes ?? [];
    const existing = disputes.find((dispute) => dispute.id === id);
    const changed = decide(existing, charge, nowMs);
    if (isRefusal(changed) || changed.dispute === existing) return isRefusal(changed) ? changed : changed.view;
    const after: Charge = {
      ...charge,
      version: charge.version + 1,
      disputes: existing
        ? disputes.map((dispute) => (dispute === existing ? changed.dispute : dispute))
        : [...disputes, changed.dispute],
    };
    await deps.table.commit(writeChange(account.id, 'charge', reference, nowMs));
    if (!(await tryCommit(deps.table, writeCharge(after, nowMs)))) return LOST;
    await announce(deps, account, disputeCallbacks(after, charge, nowMs, deps.timings));
    return changed.view;
  }, changedMeanwhile);
}

/** POST /sandbox/refunds/{reference}/failures: the payer's bank sends the money back. A refund that failed stays as it is. */
export async function postRefundFailure(
  deps: SandboxDeps,
  account: Account,
  _body: unknown,
  reference: string,
): Promise<Answer> {
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const refund = await loadRefund(deps.table, account.id, reference, nowMs);
    const charge = refund && (await loadCharge(deps.table, account.id, refund.params.charge, nowMs));
    if (!refund || !charge) return notFound('refund');
    const failed = failRefund(refund, charge, nowMs);
    if (!failed) return refundView(refund, nowMs);
    const writes = [writeRefund(failed.refund, nowMs), writeCharge(failed.charge, nowMs)] as const;
    await deps.table.commit(writeChange(account.id, 'refund', reference, nowMs));
    if (!(await tryCommit(deps.table, ...writes))) return LOST;
    await announce(deps, account, refundCallbacks(failed.refund, failed.charge, nowMs, deps.timings));
    return refundView(failed.refund, nowMs);
  }, changedMeanwhile);
}
