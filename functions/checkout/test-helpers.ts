/** What a payer would do on the payment page, in test mode and without one. Ours (docs/api.md). */
import type { PaymentsDeps } from '../payments/deps.ts';
import { namedMethod } from '../payments/named-method.ts';
import { SETUP_INTENT } from '../payments/setup-intent.ts';
import { loadPayment } from '../payments/store.ts';
import { invalidParameter } from '../shared/errors.ts';
import type { Call, Operation } from '../shared/operation.ts';
import { loadRecord } from '../shared/record.ts';
import { complete, type Payable } from './complete.ts';
import { type CompleteParams, completeParams } from './params.ts';
import { sessionInPath } from './reads.ts';

/** @throws 400 for a live key, 404 resource_missing, 400 for a card that is not there */
async function readPayable(deps: PaymentsDeps, call: Omit<Call<CompleteParams>, 'claim'>): Promise<Payable> {
  if (call.caller.livemode) throw invalidParameter('Test helpers can only be used with a test key.');
  const session = await sessionInPath(deps, call);
  const [payment, intent, named] = await Promise.all([
    loadPayment(deps.table, session.scope, session.payment),
    loadRecord(deps.table, SETUP_INTENT, session.scope, session.setupIntent),
    namedMethod(deps, call.caller, call.params.payment_method),
  ]);
  return { session, payment, intent, named: named! };
}

export const completeSession: Operation<PaymentsDeps, CompleteParams, Payable> = {
  method: 'POST',
  path: '/v1/test_helpers/checkout/sessions/{id}/complete',
  params: completeParams,
  returns: { object: 'checkout.session' },
  read: readPayable,
  run: complete,
};
