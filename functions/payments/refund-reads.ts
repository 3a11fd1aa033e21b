/** Refunds: retrieve and list. */
import { noSuch } from '../shared/errors.ts';
import { listBody, listRecords } from '../shared/list.ts';
import { listLinked } from '../shared/list-linked.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { recordById } from '../shared/record.ts';
import type { PaymentsDeps } from './deps.ts';
import { type RefundListParams, refundListParams, retrieveParams } from './params.ts';
import type { Refund } from './payment.ts';
import { renderRefund } from './refund-wire.ts';
import { REFUND, refundsOfPayment } from './store.ts';
import { targetOf } from './target.ts';

/** The refund that the path names. @throws 404 resource_missing */
export async function loadByPath(deps: PaymentsDeps, call: Omit<Call, 'claim'>): Promise<Refund> {
  const id = call.path.id ?? '';
  const refund = await recordById(deps.table, REFUND, call.caller.scope, id);
  if (!refund) throw noSuch('refund', id);
  return refund;
}

async function list(deps: PaymentsDeps, call: Call<RefundListParams>): Promise<Reply> {
  const { caller, params } = call;
  const of = await targetOf(deps, caller.scope, params);
  const page = of
    ? await listLinked(deps.table, REFUND, caller.scope, refundsOfPayment(caller.scope, of.body), params)
    : await listRecords(deps.table, REFUND, caller, params);
  return { status: 200, body: listBody(page, '/v1/refunds', renderRefund) };
}

const refund = { object: 'refund' };

export const listRefunds: Operation<PaymentsDeps, RefundListParams, undefined> = {
  method: 'GET',
  path: '/v1/refunds',
  params: refundListParams,
  returns: { ...refund, list: true },
  run: list,
};

export const retrieveRefund: Operation<PaymentsDeps, object, Refund> = {
  method: 'GET',
  path: '/v1/refunds/{id}',
  params: retrieveParams,
  returns: refund,
  read: loadByPath,
  run: async (_deps, _call, loaded) => ({ status: 200, body: renderRefund(loaded) }),
};
