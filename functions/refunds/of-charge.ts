/** Refunds by the path of their charge, as clients named them before they were objects of their own. */
import * as z from 'zod/mini';
import { noSuch } from '../api/errors.ts';
import { listBody } from '../api/list.ts';
import { listLinked } from '../api/list-linked.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { type ListParams, noParams, pageShape } from '../api/params.ts';
import { once } from '../kernel/once.ts';
import { renderCharge } from '../payments/charge-wire.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { type RefundParams, type RefundUpdateParams, refundParams } from '../payments/params.ts';
import type { Payment } from '../payments/payment.ts';
import { linkedToPayment, loadPayment, paymentOfCharge } from '../payments/store.ts';
import { recordById } from '../table/record.ts';
import { updateRefund } from './changes.ts';
import type { Refund } from './refund.ts';
import { createRefund } from './refunds.ts';
import { REFUND } from './store.ts';
import { renderRefund } from './wire.ts';

interface Charged {
  readonly payment: Payment;
  readonly ordinal: number;
}
type Asked<Params = unknown> = Omit<Call<Params>, 'lock'>;

/** @throws 404 resource_missing */
async function chargeInPath(deps: PaymentsDeps, { caller, path }: Asked): Promise<Charged> {
  const id = path.id ?? '';
  const found = await paymentOfCharge(deps.table, caller.scope, id);
  if (!found) throw noSuch('charge', id);
  return found;
}

const isOf = (refund: Refund, { payment, ordinal }: Charged): boolean =>
  refund.payment === payment.body && refund.chargeOrdinal === ordinal;

async function list(deps: PaymentsDeps, { caller, params, path }: Call<ListParams>, charge: Charged): Promise<Reply> {
  const of = linkedToPayment(caller.scope, charge.payment.body);
  const page = await listLinked(deps.table, REFUND, caller, of, params, (refund) => isOf(refund, charge));
  return { status: 200, body: listBody(page, `/v1/charges/${path.id}/refunds`, renderRefund) };
}

/** @throws 404 resource_missing, also for a refund of another charge */
async function refundInPath(deps: PaymentsDeps, call: Asked): Promise<Refund> {
  const charge = await chargeInPath(deps, call);
  const id = call.path.refund ?? '';
  const refund = await recordById(deps.table, REFUND, call.caller.scope, id);
  if (!refund || !isOf(refund, charge)) throw noSuch('refund', id);
  return refund;
}

/** The request as `POST /v1/refunds` has it. */
const ofCharge = <T extends Asked<RefundParams>>(call: T): T => ({
  ...call,
  params: { ...call.params, charge: call.path.id },
});

const params = once(() => z.omit(refundParams, { charge: true }));

const returns = { object: 'refund' };
const path = '/v1/charges/{id}/refunds';

export const listChargeRefunds: Operation<PaymentsDeps, ListParams, Charged> = {
  method: 'GET',
  path,
  params: z.strictObject(pageShape),
  returns: { ...returns, list: true },
  read: chargeInPath,
  run: list,
};

export const retrieveChargeRefund: Operation<PaymentsDeps, object, Refund> = {
  method: 'GET',
  path: `${path}/{refund}`,
  params: noParams,
  returns,
  read: refundInPath,
  run: async (_deps, _call, refund) => ({ status: 200, body: renderRefund(refund) }),
};

/** Changes the metadata, as `POST /v1/refunds/{id}` does. */
export const updateChargeRefund: Operation<PaymentsDeps, RefundUpdateParams, Refund> = {
  ...updateRefund,
  path: `${path}/{refund}`,
  read: refundInPath,
};

/** @see https://docs.stripe.com/api/refunds/create for what it throws */
export const createChargeRefund: Operation<PaymentsDeps, RefundParams, Payment> = {
  ...createRefund,
  path,
  get params() {
    return params();
  },
  check: () => undefined,
  read: (deps, call) => createRefund.read!(deps, ofCharge(call)),
  run: (deps, call, payment) => createRefund.run(deps, ofCharge(call), payment),
};

/** The refund's commit stores no reply for the key: the reply is the charge. */
async function refundCharge(deps: PaymentsDeps, call: Call<RefundParams>, payment: Payment): Promise<Reply> {
  const { objectKey, resumed } = call.lock;
  await createRefund.run(deps, { ...ofCharge(call), lock: { objectKey, resumed } }, payment);
  const { ordinal } = await chargeInPath(deps, call);
  const after = await loadPayment(deps.table, call.caller.scope, payment.body);
  return { status: 200, body: renderCharge(after ?? payment, ordinal) };
}

/** Refunds a charge and returns the charge, as the API did before refunds were objects of their own. */
export const refundChargeInPath: Operation<PaymentsDeps, RefundParams, Payment> = {
  method: 'POST',
  path: '/v1/charges/{id}/refund',
  get params() {
    return params();
  },
  returns: { object: 'charge' },
  read: (deps, call) => createRefund.read!(deps, ofCharge(call)),
  run: refundCharge,
};
