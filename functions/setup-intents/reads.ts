/** Setup intents and their attempts: retrieve and list, and the load that every operation on one begins with. */
import { noSuch, noSuchReference } from '../api/errors.ts';
import { listBody, listRecords, pageOf } from '../api/list.ts';
import { listLinked } from '../api/list-linked.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { customerById, ofCustomer } from '../customers/customer.ts';
import { methodIdOf } from '../payment-methods/method.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { type RetrieveIntentParams, retrieveIntentParams } from '../payments/params.ts';
import { recordById } from '../table/record.ts';
import {
  type SetupAttemptListParams,
  type SetupListParams,
  setupAttemptListParams,
  setupListParams,
} from './params.ts';
import { SETUP_INTENT, type SetupIntent } from './setup-intent.ts';
import { renderSetupAttempt, renderSetupIntent, setupAttemptId } from './wire.ts';

export const answer = (intent: SetupIntent, call: Call): Reply => ({
  status: 200,
  body: renderSetupIntent(intent, call.caller.settings),
});

/** The intent that the path names. @throws 404 resource_missing */
export async function loadSetup(deps: PaymentsDeps, call: Omit<Call, 'lock'>): Promise<SetupIntent> {
  const id = call.path.id ?? '';
  const intent = await recordById(deps.table, SETUP_INTENT, call.caller.scope, id);
  if (!intent) throw noSuch('setup_intent', id, 'intent');
  return intent;
}

/** @see https://docs.stripe.com/api/setup_intents/list */
async function list(deps: PaymentsDeps, call: Call<SetupListParams>): Promise<Reply> {
  const { caller, params } = call;
  const { customer: whom, payment_method: method } = params;
  const customer = whom === undefined ? undefined : await customerById(deps.table, caller.scope, whom);
  if (whom !== undefined && !customer) throw noSuchReference('customer', whom, 'customer');
  const wanted = method === undefined ? undefined : (intent: SetupIntent) => intent.method?.id === methodIdOf(method);
  const page = customer
    ? await listLinked(deps.table, SETUP_INTENT, caller, ofCustomer(caller.scope, customer.body), params, wanted)
    : await listRecords(deps.table, SETUP_INTENT, caller, params, wanted);
  return {
    status: 200,
    body: listBody(page, '/v1/setup_intents', (intent) => renderSetupIntent(intent, caller.settings)),
  };
}

/** @see https://docs.stripe.com/api/setup_attempts/list */
async function listAttempts(deps: PaymentsDeps, call: Call<SetupAttemptListParams>): Promise<Reply> {
  const id = call.params.setup_intent;
  const intent = await recordById(deps.table, SETUP_INTENT, call.caller.scope, id);
  if (!intent) throw noSuchReference('setup_intent', id, 'setup_intent');
  const page = pageOf([...intent.attempts].reverse(), {
    params: call.params,
    object: 'setup_attempt',
    idOf: (attempt) => setupAttemptId(intent, attempt),
    createdSecondsOf: ({ createdMs }) => Math.floor(createdMs / 1000),
  });
  return { status: 200, body: listBody(page, '/v1/setup_attempts', (attempt) => renderSetupAttempt(intent, attempt)) };
}

const returns = { object: 'setup_intent' };

export const listSetupIntents: Operation<PaymentsDeps, SetupListParams> = {
  method: 'GET',
  path: '/v1/setup_intents',
  params: setupListParams,
  returns: { ...returns, list: true },
  run: list,
};
export const retrieveSetupIntent: Operation<PaymentsDeps, RetrieveIntentParams, SetupIntent> = {
  method: 'GET',
  path: '/v1/setup_intents/{id}',
  params: retrieveIntentParams,
  publishable: 'with_secret',
  returns,
  read: loadSetup,
  run: async (_deps, call, intent) => answer(intent, call),
};
export const listSetupAttempts: Operation<PaymentsDeps, SetupAttemptListParams> = {
  method: 'GET',
  path: '/v1/setup_attempts',
  params: setupAttemptListParams,
  returns: { object: 'setup_attempt', list: true },
  run: listAttempts,
};
