/** What a payer would do on the payment page, in test mode and without one. Ours (docs/api.md). */

import { invalidParameter } from '../api/errors.ts';
import type { Call, Operation } from '../api/operation.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { assertOneMethod } from '../payments/params.ts';
import { chosenMethod } from '../payments/resolve-payment-method.ts';
import { loadPayment } from '../payments/store.ts';
import { SETUP_INTENT } from '../setup-intents/setup-intent.ts';
import { loadRecord } from '../table/record.ts';
import { complete, type Payable } from './complete.ts';
import { type CompleteParams, completeParams } from './params.ts';
import { sessionInPath } from './reads.ts';

/** What pays where the request does not say. */
const DEFAULT_METHOD = 'pm_card_visa';

/** @throws 400 for a live key, 404 resource_missing, 400 for a method that is not there */
async function readPayable(deps: PaymentsDeps, call: Omit<Call<CompleteParams>, 'lock'>): Promise<Payable> {
  if (call.caller.livemode) throw invalidParameter('Test helpers can only be used with a test key.');
  const { payment_method_data: data, payment_method: named = data ? undefined : DEFAULT_METHOD } = call.params;
  const session = await sessionInPath(deps, call);
  const [payment, intent, requested] = await Promise.all([
    loadPayment(deps.table, session.scope, session.payment),
    loadRecord(deps.table, SETUP_INTENT, session.scope, session.setupIntent),
    chosenMethod(deps, call, { payment_method: named, payment_method_data: data }),
  ]);
  return { session, payment, intent, requested: requested! };
}

export const completeSession: Operation<PaymentsDeps, CompleteParams, Payable> = {
  method: 'POST',
  path: '/v1/test_helpers/checkout/sessions/{id}/complete',
  params: completeParams,
  check: (_deps, params) => assertOneMethod(params),
  returns: { object: 'checkout.session' },
  read: readPayable,
  run: complete,
};
