/** Setup intents: create, retrieve, list, update, confirm, cancel; and their attempts. */
import { lockTimeout, noSuch, noSuchReference, refused } from '../shared/errors.ts';
import type { Body } from '../shared/ids.ts';
import { listBody, listRecords, pageOf } from '../shared/list.ts';
import { listLinked } from '../shared/list-linked.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { changedMetadata } from '../shared/params.ts';
import { changed } from '../shared/person.ts';
import { loadRecord, nextRecord, putRecord, recordById } from '../shared/record.ts';
import { Conflict, type Table, type Write } from '../shared/table.ts';
import { loadMethod, methodFacts } from '../vault/method.ts';
import { customerById, ofCustomer } from './customer.ts';
import { namedCustomer, requestOf } from './customers.ts';
import type { PaymentsDeps } from './deps.ts';
import { assertUsable, describedMethod, type NamedMethod, namedMethod, settledMethod } from './named-method.ts';
import { assertOneMethod, type RetrieveIntentParams, retrieveIntentParams } from './params.ts';
import { claimedSetup, resumeSetup, sendSetup, writeSetup } from './setup-confirm.ts';
import { SETUP_INTENT, type SetupIntent } from './setup-intent.ts';
import {
  type CancelSetupParams,
  type ConfirmSetupParams,
  type CreateSetupParams,
  cancelSetupParams,
  confirmSetupParams,
  createSetupParams,
  type SetupAttemptListParams,
  type SetupListParams,
  setupAttemptListParams,
  setupListParams,
  type UpdateSetupParams,
  updateSetupParams,
} from './setup-params.ts';
import { renderSetupAttempt, renderSetupIntent, setupAttemptId } from './setup-wire.ts';

/** More tries than this on one setup intent is card testing. */
const MAXIMUM_ATTEMPTS = 30;

interface Given {
  readonly named: NamedMethod | undefined;
  readonly customer: Body | undefined;
}

const answer = (intent: SetupIntent, call: Call): Reply => ({
  status: 200,
  body: renderSetupIntent(intent, call.caller.settings),
});

/** The intent that the path names. @throws 404 resource_missing */
async function load(deps: PaymentsDeps, call: Omit<Call, 'claim'>): Promise<SetupIntent> {
  const id = call.path.id ?? '';
  const intent = await recordById(deps.table, SETUP_INTENT, call.caller.scope, id);
  if (!intent) throw noSuch('setup_intent', id, 'intent');
  return intent;
}

async function readCreate(deps: PaymentsDeps, call: Omit<Call<CreateSetupParams>, 'claim'>): Promise<Given> {
  const { customer: whom, payment_method: method, payment_method_data: data } = call.params;
  const [named, customer] = await Promise.all([
    describedMethod(call, data) ?? namedMethod(deps, call.caller, method),
    whom === undefined ? undefined : namedCustomer(deps, call, whom),
  ]);
  return { named, customer: customer?.body };
}

/**
 * Makes a setup intent and, with `confirm`, verifies the card in the same request.
 * @see https://docs.stripe.com/api/setup_intents/create
 */
async function create(deps: PaymentsDeps, call: Call<CreateSetupParams>, { named, customer }: Given): Promise<Reply> {
  const { caller, claim, params } = call;
  const earlier = claim.resumed ? await loadRecord(deps.table, SETUP_INTENT, caller.scope, claim.body) : undefined;
  if (earlier)
    return earlier.attempts[0] ? resumeSetup(deps, call, earlier, earlier.attempts[0]) : answer(earlier, call);
  const nowMs = deps.clock.nowMs();
  const method = named && settledMethod(call, named, nowMs);
  if (method) assertUsable(method.record, customer);
  if (params.confirm && !method) throw missingMethod();
  const intent: SetupIntent = {
    scope: caller.scope,
    body: claim.body,
    version: 1,
    livemode: caller.livemode,
    createdMs: nowMs,
    committedMs: nowMs,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    usage: params.usage ?? 'off_session',
    ...(customer && { customer }),
    ...(method && { method: methodFacts(method.record) }),
    ...(typeof params.description === 'string' && { description: params.description }),
    metadata: params.metadata ?? {},
    attempts: [],
    request: requestOf(call),
  };
  const made =
    params.confirm && method
      ? claimedSetup(call, intent, methodFacts(method.record), { returnUrl: params.return_url, nowMs })
      : intent;
  await commit(deps.table, made, method?.write);
  return params.confirm ? sendSetup(deps, call, made) : answer(made, call);
}

/** Writes the intent, and a freshly minted method beside it. @throws lock_timeout when someone else wrote first */
async function commit(table: Table, intent: SetupIntent, minted: Write | undefined): Promise<void> {
  const made = minted && table.commit(minted).catch(ignoreConflict);
  try {
    await table.commit(putRecord(SETUP_INTENT, intent));
  } catch (error) {
    throw error instanceof Conflict ? lockTimeout() : error;
  } finally {
    await made;
  }
}

/** The method was minted by an earlier try of the same request. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof Conflict)) throw error;
}

const missingMethod = () =>
  refused(
    "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment method and then confirm it again.",
    { code: 'setup_intent_unexpected_state' },
  );

/** @throws setup_intent_unexpected_state */
function assertStatus(call: Call, intent: SetupIntent, verb: string, allowed: readonly SetupIntent['status'][]): void {
  if (allowed.includes(intent.status)) return;
  throw refused(
    `You cannot ${verb} this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with one of the following statuses may be ${verb}ed: ${allowed.join(', ')}.`,
    { code: 'setup_intent_unexpected_state', setup_intent: renderSetupIntent(intent, call.caller.settings) },
  );
}

const BEFORE: readonly SetupIntent['status'][] = ['requires_payment_method', 'requires_confirmation'];
const CANCELABLE: readonly SetupIntent['status'][] = [...BEFORE, 'requires_action'];

/**
 * Verifies the card with the channel; with the success it is the customer's.
 * @throws setup_intent_unexpected_state, lock_timeout; 402 when the card is declined
 * @see https://docs.stripe.com/api/setup_intents/confirm
 */
async function confirm(
  deps: PaymentsDeps,
  call: Call<ConfirmSetupParams>,
  { intent, named }: { readonly intent: SetupIntent; readonly named: NamedMethod | undefined },
): Promise<Reply> {
  const { keyHash } = call.claim;
  const earlier = intent.attempts.find((attempt) => keyHash !== undefined && attempt.keyHash === keyHash);
  if (earlier) return resumeSetup(deps, call, intent, earlier);
  assertStatus(call, intent, 'confirm', BEFORE);
  if (intent.attempts.length >= MAXIMUM_ATTEMPTS) {
    throw refused(`This SetupIntent has been confirmed ${MAXIMUM_ATTEMPTS} times, which is the most there may be.`, {
      code: 'setup_intent_unexpected_state',
    });
  }
  const nowMs = deps.clock.nowMs();
  const method = named && settledMethod(call, named, nowMs);
  const record = method?.record ?? (intent.method && (await loadMethod(deps.table, intent.scope, intent.method.id)));
  if (!record) throw missingMethod();
  assertUsable(record, intent.customer);
  const options = { returnUrl: call.params.return_url, nowMs };
  const claimed = nextRecord<SetupIntent>(
    intent,
    nowMs,
    claimedSetup(call, intent, methodFacts(record), options),
    requestOf(call),
  );
  await commit(deps.table, claimed, method?.write);
  return sendSetup(deps, call, claimed);
}

/** @see https://docs.stripe.com/api/setup_intents/update */
async function update(
  deps: PaymentsDeps,
  call: Call<UpdateSetupParams>,
  { intent, named, customer }: Given & { readonly intent: SetupIntent },
): Promise<Reply> {
  const { params } = call;
  if (params.customer !== undefined || params.payment_method !== undefined)
    assertStatus(call, intent, 'update', BEFORE);
  if (customer && intent.customer !== undefined && customer !== intent.customer)
    throw refused('You cannot change the customer of a SetupIntent once it has one.', { param: 'customer' });
  const whom = customer ?? intent.customer;
  const method = named && settledMethod(call, named, deps.clock.nowMs());
  if (method) assertUsable(method.record, whom);
  const cleared = params.payment_method === '';
  const described = changed<SetupIntent>(intent, {
    customer: whom,
    description: params.description,
    metadata: params.metadata === undefined ? undefined : changedMetadata(intent.metadata, params.metadata),
    method: cleared ? null : method && methodFacts(method.record),
    status: cleared ? 'requires_payment_method' : method ? 'requires_confirmation' : undefined,
  });
  const after = nextRecord<SetupIntent>(described, deps.clock.nowMs(), {}, requestOf(call));
  await commit(deps.table, after, method?.write);
  return answer(after, call);
}

/**
 * Ends a setup intent; a challenge under way comes to nothing.
 * @throws setup_intent_unexpected_state, lock_timeout
 * @see https://docs.stripe.com/api/setup_intents/cancel
 */
async function cancel(deps: PaymentsDeps, call: Call<CancelSetupParams>, intent: SetupIntent): Promise<Reply> {
  if (call.claim.resumed && intent.status === 'canceled') return answer(intent, call);
  assertStatus(call, intent, 'cancel', CANCELABLE);
  const reason = call.params.cancellation_reason;
  const attempts = intent.attempts.map((attempt) =>
    attempt.status === 'requires_action' ? { ...attempt, status: 'closed' as const } : attempt,
  );
  const changes = { status: 'canceled' as const, attempts, ...(reason && { cancellationReason: reason }) };
  return answer(await writeSetup(deps, call, intent, changes), call);
}

/** @see https://docs.stripe.com/api/setup_intents/list */
async function list(deps: PaymentsDeps, call: Call<SetupListParams>): Promise<Reply> {
  const { caller, params } = call;
  const { customer: whom, payment_method: method } = params;
  const customer = whom === undefined ? undefined : await customerById(deps.table, caller.scope, whom);
  if (whom !== undefined && !customer) throw noSuchReference('customer', whom, 'customer');
  const wanted = (intent: SetupIntent) => method === undefined || intent.method?.id === method;
  const page = customer
    ? await listLinked(deps.table, SETUP_INTENT, caller.scope, ofCustomer(caller.scope, customer.body), params)
    : await listRecords(deps.table, SETUP_INTENT, caller, params, wanted);
  const shown = { ...page, items: page.items.filter(wanted) };
  return {
    status: 200,
    body: listBody(shown, '/v1/setup_intents', (intent) => renderSetupIntent(intent, caller.settings)),
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
const one = '/v1/setup_intents/{id}';

const createSetupIntent: Operation<PaymentsDeps, CreateSetupParams, Given> = {
  method: 'POST',
  path: '/v1/setup_intents',
  params: createSetupParams,
  check: (_deps, params) => assertOneMethod(params),
  returns,
  read: readCreate,
  run: create,
};
const listSetupIntents: Operation<PaymentsDeps, SetupListParams> = {
  method: 'GET',
  path: '/v1/setup_intents',
  params: setupListParams,
  returns: { ...returns, list: true },
  run: list,
};
const retrieveSetupIntent: Operation<PaymentsDeps, RetrieveIntentParams, SetupIntent> = {
  method: 'GET',
  path: one,
  params: retrieveIntentParams,
  publishable: 'with_secret',
  returns,
  read: load,
  run: async (_deps, call, intent) => answer(intent, call),
};
const updateSetupIntent: Operation<PaymentsDeps, UpdateSetupParams, Given & { readonly intent: SetupIntent }> = {
  method: 'POST',
  path: one,
  params: updateSetupParams,
  returns,
  read: async (deps, call) => {
    const { customer: whom, payment_method: method } = call.params;
    const [intent, named, customer] = await Promise.all([
      load(deps, call),
      namedMethod(deps, call.caller, method === '' ? undefined : method),
      whom === undefined ? undefined : namedCustomer(deps, call, whom),
    ]);
    return { intent, named, customer: customer?.body };
  },
  run: update,
};
const confirmSetupIntent: Operation<
  PaymentsDeps,
  ConfirmSetupParams,
  { readonly intent: SetupIntent; readonly named: NamedMethod | undefined }
> = {
  method: 'POST',
  path: `${one}/confirm`,
  params: confirmSetupParams,
  publishable: 'with_secret',
  check: (_deps, params) => assertOneMethod(params),
  returns,
  read: async (deps, call) => {
    const { payment_method: method, payment_method_data: data } = call.params;
    const [intent, named] = await Promise.all([
      load(deps, call),
      describedMethod(call, data) ?? namedMethod(deps, call.caller, method),
    ]);
    return { intent, named };
  },
  run: confirm,
};
const cancelSetupIntent: Operation<PaymentsDeps, CancelSetupParams, SetupIntent> = {
  method: 'POST',
  path: `${one}/cancel`,
  params: cancelSetupParams,
  returns,
  read: load,
  run: cancel,
};
const listSetupAttempts: Operation<PaymentsDeps, SetupAttemptListParams> = {
  method: 'GET',
  path: '/v1/setup_attempts',
  params: setupAttemptListParams,
  returns: { object: 'setup_attempt', list: true },
  run: listAttempts,
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
