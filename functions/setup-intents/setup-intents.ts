/** Setup intents: create, update, confirm and cancel, and the list of all their operations. */
import { refused } from '../api/errors.ts';
import { isOwnTry } from '../api/idempotency.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata } from '../api/params.ts';
import { changed } from '../api/person.ts';
import { requestedCustomer } from '../customers/operations/reads.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import { acceptanceOf } from '../payment-methods/mandate-data.ts';
import { loadMethod } from '../payment-methods/method.ts';
import { type MethodWrites, type RequestedMethod, resolveMethod } from '../payment-methods/requested-method.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { assertOneMethod } from '../payments/params.ts';
import { CONFIRMABLE } from '../payments/payment.ts';
import { assertNotOfSession } from '../payments/reads.ts';
import { assertUsable, chosenMethod, commitNaming } from '../payments/resolve-payment-method.ts';
import { mayBeTried } from '../payments/size-limit.ts';
import { firstVersion, loadRecord, nextRecord, requestOf } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import { resumeSetup, sendSetup, setUpFacts, startedSetup, writeSetup } from './confirm.ts';
import {
  assertSetup,
  type CancelSetupParams,
  type ConfirmSetupParams,
  type CreateSetupParams,
  cancelSetupParams,
  confirmSetupParams,
  createSetupParams,
  type UpdateSetupParams,
  updateSetupParams,
} from './params.ts';
import { answer, listSetupAttempts, listSetupIntents, loadSetup, retrieveSetupIntent } from './reads.ts';
import { SETUP_INTENT, type SetupIntent, setupCanceled } from './setup-intent.ts';
import { putSetupIntent } from './store.ts';
import { renderSetupIntent } from './wire.ts';

interface Given {
  readonly requested: RequestedMethod | undefined;
  readonly customer: ObjectKey | undefined;
}

/** The changes of `request_three_d_secure`: none when it is absent, and `automatic` removes an earlier value. */
function challengeOf({ payment_method_options: options }: ConfirmSetupParams): 'any' | 'challenge' | null | undefined {
  const wanted = options?.card?.request_three_d_secure;
  return wanted === 'automatic' ? null : wanted;
}

async function readCreate(deps: PaymentsDeps, call: Omit<Call<CreateSetupParams>, 'lock'>): Promise<Given> {
  const { customer: whom } = call.params;
  const [requested, customer] = await Promise.all([
    chosenMethod(deps, call, call.params),
    whom === undefined ? undefined : requestedCustomer(deps, call, whom),
  ]);
  return { requested, customer: customer?.body };
}

/**
 * Makes a setup intent and, with `confirm`, verifies the card in the same request.
 * @see https://docs.stripe.com/api/setup_intents/create
 */
async function create(
  deps: PaymentsDeps,
  call: Call<CreateSetupParams>,
  { requested, customer }: Given,
): Promise<Reply> {
  const { caller, lock, params } = call;
  const earlier = lock.resumed ? await loadRecord(deps.table, SETUP_INTENT, caller.scope, lock.objectKey) : undefined;
  if (earlier)
    return earlier.attempts[0] ? resumeSetup(deps, call, earlier, earlier.attempts[0]) : answer(earlier, call);
  const nowMs = deps.clock.nowMs();
  const method = requested && resolveMethod(call, requested, nowMs);
  if (method) assertUsable(method.record, customer);
  if (params.confirm && !method) throw missingMethod();
  const { automatic_payment_methods: automatic } = params;
  const intent: SetupIntent = {
    ...firstVersion(call, nowMs),
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    usage: params.usage ?? 'off_session',
    ...(customer && { customer }),
    ...(method && { method: setUpFacts(method.record) }),
    ...(typeof params.description === 'string' && { description: params.description }),
    ...(challengeOf(params) && { requestChallenge: challengeOf(params)! }),
    ...(automatic?.enabled && { automaticMethods: automatic.allow_redirects ?? 'always' }),
    metadata: params.metadata ?? {},
    attempts: [],
    request: requestOf(call),
  };
  const made =
    params.confirm && method
      ? startedSetup(deps, call, intent, setUpFacts(method.record), {
          returnUrl: params.return_url,
          acceptance: acceptanceOf(params.mandate_data, nowMs),
          nowMs,
        })
      : intent;
  await commit(deps.table, undefined, made, method?.writes);
  return params.confirm ? sendSetup(deps, call, made) : answer(made, call);
}

/** Writes the intent, and a freshly minted method beside it. @throws lock_timeout when someone else wrote first */
const commit = (
  table: Table,
  before: SetupIntent | undefined,
  intent: SetupIntent,
  minted?: MethodWrites,
): Promise<void> => commitNaming(table, putSetupIntent(before, intent), minted);

const shown = (intent: SetupIntent, { caller }: Pick<Call, 'caller'>) => ({
  setup_intent: renderSetupIntent(intent, caller.settings),
});

/** `embedded`: the intent, where there is one. */
const missingMethod = (embedded: object = {}) =>
  refused(
    "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment method and then confirm it again.",
    { code: 'setup_intent_unexpected_state', ...embedded },
  );

/** @throws setup_intent_unexpected_state */
function assertStatus(
  call: Call,
  intent: SetupIntent,
  verb: 'confirm' | 'update' | 'cancel',
  allowed: readonly SetupIntent['status'][],
): void {
  if (allowed.includes(intent.status)) return;
  throw refused(
    `You cannot ${verb} this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with one of the following statuses may be ${verb}${verb.endsWith('e') ? 'd' : 'ed'}: ${allowed.join(', ')}.`,
    { code: 'setup_intent_unexpected_state', ...shown(intent, call) },
  );
}

const CANCELABLE: readonly SetupIntent['status'][] = [...CONFIRMABLE, 'requires_action'];

/**
 * Verifies the card with the channel; with the success it is the customer's.
 * @throws setup_intent_unexpected_state, lock_timeout; 402 when the card is declined
 * @see https://docs.stripe.com/api/setup_intents/confirm
 */
async function confirm(
  deps: PaymentsDeps,
  call: Call<ConfirmSetupParams>,
  { intent, requested }: { readonly intent: SetupIntent; readonly requested: RequestedMethod | undefined },
): Promise<Reply> {
  const nowMs = deps.clock.nowMs();
  const earlier = intent.attempts.find((attempt) => isOwnTry(call.lock, attempt, nowMs));
  if (earlier) return resumeSetup(deps, call, intent, earlier);
  assertNotOfSession(intent, 'confirm', () => shown(intent, call));
  assertStatus(call, intent, 'confirm', CONFIRMABLE);
  if (!mayBeTried(intent)) {
    throw refused(
      `This SetupIntent has been confirmed ${intent.attempts.length} times, which is the most there may be.`,
      { code: 'setup_intent_unexpected_state', ...shown(intent, call) },
    );
  }
  const method = requested && resolveMethod(call, requested, nowMs);
  const record = method?.record ?? (intent.method && (await loadMethod(deps.table, intent.scope, intent.method.id)));
  if (!record) throw missingMethod(shown(intent, call));
  assertUsable(record, intent.customer);
  const { params } = call;
  const options = { returnUrl: params.return_url, acceptance: acceptanceOf(params.mandate_data, nowMs), nowMs };
  const described = changed<SetupIntent>(intent, { requestChallenge: challengeOf(params) });
  const started = nextRecord<SetupIntent>(
    described,
    nowMs,
    startedSetup(deps, call, described, setUpFacts(record), options),
    requestOf(call),
  );
  await commit(deps.table, intent, started, method?.writes);
  return sendSetup(deps, call, started);
}

/** @see https://docs.stripe.com/api/setup_intents/update */
async function update(
  deps: PaymentsDeps,
  call: Call<UpdateSetupParams>,
  { intent, requested, customer }: Given & { readonly intent: SetupIntent },
): Promise<Reply> {
  const { params } = call;
  if (['customer', 'payment_method', 'payment_method_data', 'payment_method_options'].some((name) => name in params)) {
    assertNotOfSession(intent, 'update', () => shown(intent, call));
    assertStatus(call, intent, 'update', CONFIRMABLE);
  }
  if (customer && intent.customer !== undefined && customer !== intent.customer)
    throw refused('You cannot change the customer of a SetupIntent once it has one.', { param: 'customer' });
  const whom = customer ?? intent.customer;
  const method = requested && resolveMethod(call, requested, deps.clock.nowMs());
  if (method) assertUsable(method.record, whom);
  const cleared = params.payment_method === '';
  const described = changed<SetupIntent>(intent, {
    customer: whom,
    description: params.description,
    metadata: params.metadata === undefined ? undefined : changedMetadata(intent.metadata, params.metadata),
    requestChallenge: challengeOf(params),
    method: cleared ? null : method && setUpFacts(method.record),
    status: cleared ? 'requires_payment_method' : method ? 'requires_confirmation' : undefined,
  });
  const after = nextRecord<SetupIntent>(described, deps.clock.nowMs(), {}, requestOf(call));
  await commit(deps.table, intent, after, method?.writes);
  return answer(after, call);
}

/**
 * Ends a setup intent. A challenge in progress has no effect.
 * @throws setup_intent_unexpected_state, lock_timeout
 * @see https://docs.stripe.com/api/setup_intents/cancel
 */
async function cancel(deps: PaymentsDeps, call: Call<CancelSetupParams>, intent: SetupIntent): Promise<Reply> {
  if (call.lock.resumed && intent.status === 'canceled') return answer(intent, call);
  assertNotOfSession(intent, 'cancel', () => shown(intent, call));
  assertStatus(call, intent, 'cancel', CANCELABLE);
  return answer(await writeSetup(deps, call, intent, setupCanceled(intent, call.params.cancellation_reason)), call);
}

const returns = { object: 'setup_intent' };
const one = '/v1/setup_intents/{id}';

const createSetupIntent: Operation<PaymentsDeps, CreateSetupParams, Given> = {
  method: 'POST',
  path: '/v1/setup_intents',
  get params() {
    return createSetupParams();
  },
  check: (_deps, params) => assertSetup(params),
  returns,
  read: readCreate,
  run: create,
};
const updateSetupIntent: Operation<PaymentsDeps, UpdateSetupParams, Given & { readonly intent: SetupIntent }> = {
  method: 'POST',
  path: one,
  get params() {
    return updateSetupParams();
  },
  check: (_deps, params) => assertOneMethod(params),
  returns,
  read: async (deps, call) => {
    const { customer: whom, payment_method: method, payment_method_data: data } = call.params;
    const given = { payment_method_data: data, ...(method !== '' && { payment_method: method }) };
    const [intent, requested, customer] = await Promise.all([
      loadSetup(deps, call),
      chosenMethod(deps, call, given),
      whom === undefined ? undefined : requestedCustomer(deps, call, whom),
    ]);
    return { intent, requested, customer: customer?.body };
  },
  run: update,
};
const confirmSetupIntent: Operation<
  PaymentsDeps,
  ConfirmSetupParams,
  { readonly intent: SetupIntent; readonly requested: RequestedMethod | undefined }
> = {
  method: 'POST',
  path: `${one}/confirm`,
  get params() {
    return confirmSetupParams();
  },
  publishable: 'with_secret',
  check: (_deps, params) => assertSetup({ ...params, confirm: true }),
  returns,
  read: async (deps, call) => {
    const [intent, requested] = await Promise.all([loadSetup(deps, call), chosenMethod(deps, call, call.params)]);
    return { intent, requested };
  },
  run: confirm,
};
const cancelSetupIntent: Operation<PaymentsDeps, CancelSetupParams, SetupIntent> = {
  method: 'POST',
  path: `${one}/cancel`,
  params: cancelSetupParams,
  returns,
  read: loadSetup,
  run: cancel,
};
export const setupOperations = [
  createSetupIntent,
  listSetupIntents,
  retrieveSetupIntent,
  updateSetupIntent,
  confirmSetupIntent,
  cancelSetupIntent,
  listSetupAttempts,
] as const;
