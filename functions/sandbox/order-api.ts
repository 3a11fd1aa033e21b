/** The routes about what a payer has not paid yet: the merchant completes what the payer approved, or closes the order. */
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { Account } from './account.ts';
import {
  type Answer,
  announce,
  changedMeanwhile,
  notFound,
  pageUrlOf,
  parse,
  type SandboxDeps,
  viewOf,
  withFault,
} from './api.ts';
import { chargeCallbacks, disputeCallbacks, latePaymentCallbacks } from './callback.ts';
import { planOfParams } from './charge.ts';
import { wrongId } from './identity.ts';
import { isRefusal } from './refusal.ts';
import { closeRequest, resumeRequest } from './requests.ts';
import { isTombstone, loadCharge, writeChange, writeCharge, writeTombstone } from './store.ts';
import { closeCharge, isKnown, resumed } from './wallet.ts';
import { closingView } from './wire.ts';

/**
 * POST /sandbox/charges/{reference}/resume: takes (or holds) what the payer approved. A charge in any other state is answered as it is, so that
 * the second request has the answer of the first.
 */
export async function postResume(
  deps: SandboxDeps,
  account: Account,
  body: unknown,
  reference: string,
): Promise<Answer> {
  const request = parse(resumeRequest, body);
  if (isRefusal(request)) return request;
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const charge = await loadCharge(deps.table, account.id, reference, nowMs);
    if (!charge || !isKnown(charge)) return notFound('charge');
    const wrong = wrongId(charge, request);
    if (wrong) return wrong;
    const plan = planOfParams(charge.params, deps.adjust);
    const after = resumed(charge, nowMs, deps.timings, plan);
    if (after === charge) return viewOf(deps, charge);
    await deps.table.commit(writeChange(account.id, 'charge', reference, nowMs));
    if (!(await tryCommit(deps.table, writeCharge(after, nowMs)))) return LOST;
    await announce(deps, account, [
      ...chargeCallbacks(after, nowMs, deps.timings, pageUrlOf(deps, after)),
      ...disputeCallbacks(after, charge, nowMs, deps.timings),
    ]);
    return withFault(deps, plan.resume, () => viewOf(deps, after));
  }, changedMeanwhile);
}

/**
 * POST /sandbox/charges/{reference}/close: afterwards no payer can pay the charge, whether it exists or not. `failed` where it was paid, or is
 * being paid.
 */
export async function postClose(
  deps: SandboxDeps,
  account: Account,
  body: unknown,
  reference: string,
): Promise<Answer> {
  const request = parse(closeRequest, body);
  if (isRefusal(request)) return request;
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const charge = await loadCharge(deps.table, account.id, reference, nowMs);
    if (!charge) return closeUnused(deps, account, reference, nowMs);
    const wrong = wrongId(charge, request);
    if (wrong) return wrong;
    const plan = planOfParams(charge.params, deps.adjust);
    const { charge: after, decline } = closeCharge(charge, nowMs, deps.timings, plan);
    if (after === charge) return closingView(reference, decline);
    await deps.table.commit(writeChange(account.id, 'charge', reference, nowMs));
    if (!(await tryCommit(deps.table, writeCharge(after, nowMs)))) return LOST;
    await announce(deps, account, latePaymentCallbacks(after, nowMs, pageUrlOf(deps, after)));
    return withFault(deps, plan.close, () => closingView(reference));
  }, changedMeanwhile);
}

/** A request that is still on its way must not create the charge later. */
async function closeUnused(deps: SandboxDeps, { id }: Account, reference: string, nowMs: number) {
  const isClosed =
    (await tryCommit(deps.table, writeTombstone({ account: id, reference, closedMs: nowMs }, nowMs))) ||
    (await isTombstone(deps.table, id, reference, nowMs));
  return isClosed ? closingView(reference) : LOST;
}
