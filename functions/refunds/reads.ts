/** Refunds: retrieve and list. */
import { noSuch } from '../api/errors.ts';
import { listBody, listRecords } from '../api/list.ts';
import { listLinked } from '../api/list-linked.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { type RefundListParams, refundListParams, retrieveParams } from '../payments/params.ts';
import { filteredPayment } from '../payments/payment-filter.ts';
import { linkedToPayment } from '../payments/store.ts';
import { recordById } from '../table/record.ts';
import type { Refund } from './refund.ts';
import { REFUND } from './store.ts';
import { renderRefund } from './wire.ts';

/** The refund that the path names. @throws 404 resource_missing */
export async function loadByPath(deps: PaymentsDeps, call: Omit<Call, 'lock'>): Promise<Refund> {
  const id = call.path.id ?? '';
  const refund = await recordById(deps.table, REFUND, call.caller.scope, id);
  if (!refund) throw noSuch('refund', id);
  return refund;
}

async function list(deps: PaymentsDeps, call: Call<RefundListParams>): Promise<Reply> {
  const { caller, params } = call;
  const of = await filteredPayment(deps, caller.scope, params);
  const page = of
    ? await listLinked(deps.table, REFUND, caller, linkedToPayment(caller.scope, of.body), params)
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
