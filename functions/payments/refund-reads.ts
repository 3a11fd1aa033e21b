/** Refunds: retrieve and list. */
import { noSuch, noSuchReference } from '../shared/errors.ts';
import { listBody, listRecords } from '../shared/list.ts';
import { listLinked } from '../shared/list-linked.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { recordById } from '../shared/record.ts';
import type { PaymentsDeps } from './deps.ts';
import { type RefundListParams, refundListParams, retrieveParams } from './params.ts';
import type { Payment, Refund } from './payment.ts';
import { renderRefund } from './refund-wire.ts';
import { paymentById, paymentOfCharge, REFUND, refundsOfPayment } from './store.ts';

async function loadByPath(deps: PaymentsDeps, call: Omit<Call, 'claim'>): Promise<Refund> {
  const id = call.path.id ?? '';
  const refund = await recordById(deps.table, REFUND, call.caller.scope, id);
  if (!refund) throw noSuch('refund', id);
  return refund;
}

async function list(deps: PaymentsDeps, call: Call<RefundListParams>): Promise<Reply> {
  const { caller, params } = call;
  const of = await targetOf(deps, call);
  const page = of
    ? await listLinked(deps.table, REFUND, caller.scope, refundsOfPayment(caller.scope, of.body), params)
    : await listRecords(deps.table, REFUND, caller, params);
  return { status: 200, body: listBody(page, '/v1/refunds', renderRefund) };
}

/** The payment that the list is limited to, by its intent or its charge. @throws 400 resource_missing */
async function targetOf(deps: PaymentsDeps, call: Call<RefundListParams>): Promise<Payment | undefined> {
  const { payment_intent: intent, charge } = call.params;
  const { scope } = call.caller;
  if (intent !== undefined) {
    const payment = await paymentById(deps.table, scope, intent);
    if (!payment) throw noSuchReference('payment_intent', intent, 'payment_intent');
    return payment;
  }
  if (charge === undefined) return undefined;
  const found = await paymentOfCharge(deps.table, scope, charge);
  if (!found) throw noSuchReference('charge', charge, 'charge');
  return found.payment;
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
