/** Refunds: metadata, and cancellation, which card refunds do not allow. */

import { refused } from '../api/errors.ts';
import { racesLost } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata } from '../api/params.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { type RefundUpdateParams, refundUpdateParams, retrieveParams } from '../payments/params.ts';
import { commitOf } from '../payments/request.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { nextRefund } from './outcome.ts';
import { loadByPath } from './reads.ts';
import type { Refund } from './refund.ts';
import { loadRefund, putRefund } from './store.ts';
import { refundId, renderRefund } from './wire.ts';

/**
 * Changes the metadata, name by name. Nothing else of a refund can be changed.
 * @throws lock_timeout when the race is lost too often
 * @see https://docs.stripe.com/api/refunds/update
 */
async function update(deps: PaymentsDeps, call: Call<RefundUpdateParams>, loaded: Refund): Promise<Reply> {
  const change = call.params.metadata;
  if (change === undefined) return { status: 200, body: renderRefund(loaded) };
  let refund = loaded;
  return retryRaces(async () => {
    const { nowMs, request } = commitOf(deps, call);
    const metadata = changedMetadata(refund.metadata, change);
    const updated: Refund = { ...nextRefund(refund, nowMs), metadata, ...(request && { request }) };
    if (await tryCommit(deps.table, putRefund(refund, updated))) return { status: 200, body: renderRefund(updated) };
    refund = (await loadRefund(deps.table, refund.scope, refund.body)) ?? refund;
    return LOST;
  }, racesLost);
}

/**
 * Refuses: only a refund that waits for its payer (`requires_action`) can be canceled or expire, and a card's never does.
 * @throws 400
 */
export const notWaiting =
  (verb: 'canceled' | 'expired') =>
  async (_deps: PaymentsDeps, _call: Call, refund: Refund): Promise<Reply> => {
    throw refused(
      `Refund ${refundId(refund)} could not be ${verb} because it has a status of ${refund.status}. Only a Refund with one of the following statuses may be ${verb}: requires_action.`,
    );
  };

const returns = { object: 'refund' };

export const updateRefund: Operation<PaymentsDeps, RefundUpdateParams, Refund> = {
  method: 'POST',
  path: '/v1/refunds/{id}',
  params: refundUpdateParams,
  returns,
  read: loadByPath,
  run: update,
};

/** @see https://docs.stripe.com/api/refunds/cancel */
export const cancelRefund: Operation<PaymentsDeps, object, Refund> = {
  method: 'POST',
  path: '/v1/refunds/{id}/cancel',
  params: retrieveParams,
  returns,
  read: loadByPath,
  run: notWaiting('canceled'),
};
