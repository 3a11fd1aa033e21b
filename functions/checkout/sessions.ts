/** Checkout Sessions: create, update and expire. */

import { lockTimeout, refused } from '../api/errors.ts';
import { lockedOut } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata, noParams } from '../api/params.ts';
import { changed, shippingOf } from '../api/person.ts';
import type { Customer } from '../customers/customer.ts';
import { requestedCustomer } from '../customers/operations/reads.ts';
import { usageOf } from '../payment-methods/card-params.ts';
import { assertAgreed } from '../payments/agreed.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { walletOptionsAfter } from '../payments/method-types.ts';
import { commitOf } from '../payments/request.ts';
import type { SetupIntent } from '../setup-intents/setup-intent.ts';
import { putSetupIntent } from '../setup-intents/store.ts';
import { firstVersion, nextRecord, requestOf } from '../table/record.ts';
import type { Write } from '../table/table.ts';
import { assertExpiry, assertSession, LONGEST_MS } from './checks.ts';
import { endSession } from './ending.ts';
import { type Line, putLines, totalOf } from './lines.ts';
import {
  type CreateSessionParams,
  createSessionParams,
  type UpdateSessionParams,
  updateSessionParams,
} from './params.ts';
import { withMethodTypes } from './payment.ts';
import { answer, currentSession, sessionInPath } from './reads.ts';
import type { PayerDetails, PaymentData, Session, TypedData } from './session.ts';
import { soldIn } from './sold.ts';
import { loadSession, putSession } from './store.ts';

/**
 * Makes a session, with its line items in payment mode and its setup intent in setup mode. A payment intent is made by the first attempt to
 * pay, as Stripe does it.
 * @throws 400 resource_missing for a customer that is not there; 400 for a listed type of payment method that cannot pay it
 * @see https://docs.stripe.com/api/checkout/sessions/create
 */
async function create(
  deps: PaymentsDeps,
  call: Call<CreateSessionParams>,
  customer: Customer | undefined,
): Promise<Reply> {
  const { lock, params, caller } = call;
  const earlier = lock.resumed ? await loadSession(deps.table, caller.scope, lock.objectKey) : undefined;
  if (earlier) return answer(earlier);
  const nowMs = deps.clock.nowMs();
  assertExpiry(params.expires_at, nowMs);
  const { lines, priced } = await soldIn(deps, call, nowMs);
  if (lines[0]) assertAgreed(caller, lines[0].currency);
  const described = newSession(call, lines, customer, nowMs);
  const session = described.sum ? withMethodTypes(deps, call, described, params) : described;
  const beside: readonly Write[] = session.setupIntent
    ? [putSetupIntent(undefined, setupOf(session, params))]
    : [putLines(session.scope, session.body, lines), ...priced];
  await commit(deps, putSession(undefined, session), ...beside);
  return answer(session);
}

function newSession(
  call: Call<CreateSessionParams>,
  lines: readonly Line[],
  customer: Customer | undefined,
  nowMs: number,
): Session {
  const { lock, params } = call;
  const { mode, expires_at: expiresAt, customer_email: email } = params;
  const pays = mode === 'payment';
  const challenge = params.payment_method_options?.card?.request_three_d_secure ?? 'automatic';
  const payer = customer ? payerOf(customer) : email === undefined ? undefined : { email };
  // The customer's own choice is made when there is one.
  const creation = customer ? undefined : (params.customer_creation ?? (pays ? 'if_required' : undefined));
  const session: Session = {
    ...firstVersion(call, nowMs),
    status: 'open',
    mode: pays ? 'payment' : 'setup',
    expiresMs: expiresAt === undefined ? nowMs + LONGEST_MS : Number(expiresAt) * 1000,
    successUrl: params.success_url,
    metadata: params.metadata ?? {},
    ...(pays
      ? {
          sum: { currency: lines[0]!.currency, total: totalOf(lines) },
          paymentData: paymentDataOf(params),
          ...methodsOf(params),
        }
      : { setupIntent: lock.objectKey }),
    request: requestOf(call),
  };
  return changed(session, {
    cancelUrl: params.cancel_url,
    currency: params.currency,
    customer: customer?.body,
    customerCreation: creation,
    customerEmail: email,
    payer,
    clientReferenceId: params.client_reference_id,
    integrationIdentifier: params.integration_identifier,
    submitType: params.submit_type,
    locale: params.locale,
    requestChallenge: challenge === 'automatic' ? undefined : challenge,
  });
}

const payerOf = ({ email, name, phone }: Customer): PayerDetails => changed<PayerDetails>({}, { email, name, phone });

/** What the merchant says of the types of payment method. Without a list they follow from the payment. */
function methodsOf(
  params: CreateSessionParams,
): Partial<Pick<Session, 'automaticMethods' | 'excludedTypes' | 'walletOptions'>> {
  const { payment_method_types: listed = [], allowed_payment_method_types: allowed = [] } = params;
  const { excluded_payment_method_types: excluded = [], payment_method_options: options } = params;
  const walletOptions = walletOptionsAfter(options, undefined);
  return {
    ...(listed.length + allowed.length === 0 && { automaticMethods: 'always' }),
    ...(excluded.length > 0 && { excludedTypes: excluded }),
    ...(walletOptions && { walletOptions }),
  };
}

function paymentDataOf(params: CreateSessionParams): PaymentData {
  const data = params.payment_intent_data ?? {};
  const orNone = (value: string | undefined): string | undefined => value || undefined;
  return changed<PaymentData>(
    { metadata: data.metadata ?? {} },
    {
      ...typedDataOf(params),
      description: data.description,
      receiptEmail: orNone(data.receipt_email),
      shipping: data.shipping ? shippingOf(data.shipping) : undefined,
      statementDescriptorSuffix: orNone(data.statement_descriptor_suffix),
      transferGroup: data.transfer_group,
    },
  );
}

/** What the options of cards replace. */
function typedDataOf({ payment_intent_data: data = {}, payment_method_options: options }: CreateSessionParams) {
  const { capture_method: capture, setup_future_usage: own } = options?.card ?? {};
  const general = typedData(data.capture_method === 'manual', data.setup_future_usage);
  const ofCard = typedData(general.manual || capture === 'manual', usageOf(own, data.setup_future_usage));
  const isOwn = capture === 'manual' || own !== undefined;
  return { ...ofCard, ...(isOwn && { others: general }), ...(own !== undefined && { cardUsage: true as const }) };
}

const typedData = (manual: boolean, usage: TypedData['setupFutureUsage'] | null): TypedData => ({
  ...(manual && { manual: true }),
  ...(usage && { setupFutureUsage: usage }),
});

/** The setup intent that the session confirms; its key is the session's. */
function setupOf(session: Session, { setup_intent_data: data }: CreateSessionParams): SetupIntent {
  const { scope, body, livemode, createdMs, committedMs, customer, requestChallenge } = session;
  const intent: SetupIntent = {
    scope,
    body,
    version: 1,
    livemode,
    createdMs,
    committedMs,
    status: 'requires_payment_method',
    usage: 'off_session',
    metadata: data?.metadata ?? {},
    attempts: [],
    session: body,
    ...(session.request && { request: session.request }),
  };
  return changed(intent, { customer, requestChallenge, description: data?.description });
}

/**
 * Changes the metadata at any time; what the payment intent will be made with, until it is made.
 * @throws 400 for a payment intent that there is already, or a session that is over; 429 lock_timeout
 * @see https://docs.stripe.com/api/checkout/sessions/update
 */
async function update(deps: PaymentsDeps, call: Call<UpdateSessionParams>, loaded: Session): Promise<Reply> {
  const { params } = call;
  const session = await currentSession(deps, call, loaded);
  const { metadata, payment_intent_data: data } = params;
  if (data) assertUnmade(session);
  const described = changed(session, {
    metadata: metadata === undefined ? undefined : changedMetadata(session.metadata, metadata),
    paymentData: data && session.paymentData && changedData(session.paymentData, data),
  });
  const judged = data?.setup_future_usage === undefined ? described : withMethodTypes(deps, call, described);
  const after = nextRecord<Session>(judged, deps.clock.nowMs(), {}, requestOf(call));
  await commit(deps, putSession(session, after));
  return answer(after);
}

/** @throws lock_timeout when someone else wrote first */
async function commit({ table }: Pick<PaymentsDeps, 'table'>, ...writes: readonly [Write, ...Write[]]): Promise<void> {
  await table.commit(...writes).catch(lockedOut);
}

function assertUnmade({ status, mode, payment }: Session): void {
  const param = 'payment_intent_data';
  if (mode === 'setup') throw refused('You can not pass `payment_intent_data` in `setup` mode.', { param });
  if (status !== 'open')
    throw refused(`You cannot update the payment_intent_data of a Checkout Session with a status of ${status}.`, {
      param,
    });
  if (payment !== undefined)
    throw refused(`The PaymentIntent of this Checkout Session has been made already: update pi_${payment} itself.`, {
      param,
    });
}

function changedData(data: PaymentData, change: NonNullable<UpdateSessionParams['payment_intent_data']>): PaymentData {
  const { metadata, setup_future_usage: usage } = change;
  const orNone = (value: string | undefined): string | null | undefined => (value === '' ? null : value);
  const general = usageOf(undefined, usage);
  return changed<PaymentData>(data, {
    description: change.description,
    metadata: metadata === undefined ? undefined : changedMetadata(data.metadata, metadata),
    setupFutureUsage: data.cardUsage ? undefined : general,
    others: data.others && changed<TypedData>(data.others, { setupFutureUsage: general }),
    statementDescriptorSuffix: orNone(change.statement_descriptor_suffix),
  });
}

/**
 * Ends an open session: nothing can be paid with it any more, and its payment or setup intent is canceled.
 * @throws 400 when it is over; 429 lock_timeout while an attempt has no outcome
 * @see https://docs.stripe.com/api/checkout/sessions/expire
 */
async function expire(deps: PaymentsDeps, call: Call, loaded: Session): Promise<Reply> {
  if (call.lock.resumed && loaded.status === 'expired') return answer(loaded);
  const session = await currentSession(deps, call, loaded);
  assertOpen(session);
  const after = await endSession(deps, session, commitOf(deps, call));
  if (after.status === 'expired') return answer(after);
  assertOpen(after);
  throw lockTimeout();
}

function assertOpen({ status }: Session): void {
  if (status === 'open') return;
  throw refused(
    `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${status}\`.`,
  );
}

const returns = { object: 'checkout.session' };

export const createSession: Operation<PaymentsDeps, CreateSessionParams, Customer | undefined> = {
  method: 'POST',
  path: '/v1/checkout/sessions',
  params: createSessionParams,
  check: (_deps, params) => assertSession(params),
  returns,
  read: async (deps, call) => {
    const { customer: whom } = call.params;
    return whom === undefined ? undefined : requestedCustomer(deps, call, whom);
  },
  run: create,
};
export const updateSession: Operation<PaymentsDeps, UpdateSessionParams, Session> = {
  method: 'POST',
  path: '/v1/checkout/sessions/{id}',
  params: updateSessionParams,
  returns,
  read: sessionInPath,
  run: update,
};
export const expireSession: Operation<PaymentsDeps, object, Session> = {
  method: 'POST',
  path: '/v1/checkout/sessions/{id}/expire',
  params: noParams,
  returns,
  read: sessionInPath,
  run: expire,
};
