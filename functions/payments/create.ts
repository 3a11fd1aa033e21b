/** Payment intents: create, retrieve, list and confirm. */
import type Stripe from 'stripe';
import { lockTimeout, refused, secretKeyRequired } from '../api/errors.ts';
import { isOwnTry } from '../api/idempotency.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { shippingOf } from '../api/person.ts';
import { accountFor } from '../channels/routing/routing.ts';
import { customerId } from '../customers/customer.ts';
import { namedCustomer } from '../customers/operations/reads.ts';
import type { Body } from '../kernel/ids.ts';
import { acceptanceOf } from '../payment-methods/mandate-data.ts';
import { loadMethod, type MethodRecord, methodFacts, methodId } from '../payment-methods/method.ts';
import { firstVersion, requestOf } from '../table/record.ts';
import { assertAgreed } from './agreed.ts';
import { usageOf } from './card-params.ts';
import { next } from './commit.ts';
import type { PaymentsDeps } from './deps.ts';
import { createOrFind, payFirst, resumePayment, UNPAID } from './first-attempt.ts';
import { featuresAfter } from './hold-features.ts';
import { assertMandate, namedMandate } from './mandate.ts';
import { newAttempt } from './new-attempt.ts';
import {
  assertConfirmation,
  assertCreatable,
  type ConfirmParams,
  type CreateParams,
  confirmParams,
  createParams,
} from './params.ts';
import { isConfirmable, type Payment } from './payment.ts';
import { assertNotOfSession, loadIntent, peekIntent } from './reads.ts';
import { replyOf } from './reply.ts';
import { commitOf, mayStore, withReply } from './request.ts';
import {
  assertUsable,
  chosenMethod,
  commitNaming,
  type MethodWrites,
  type NamedMethod,
  type SettledMethod,
  settledMethod,
  takenMethod,
} from './resolve-payment-method.ts';
import { pay, resumeAttempt } from './send-attempt.ts';
import { mayBeTried } from './size-limit.ts';
import { putPayment } from './store.ts';
import { intentId, renderPayment } from './wire.ts';

/** What a request names, read beside its key. */
interface Given {
  readonly named: NamedMethod | undefined;
  readonly customer: Body | undefined;
  readonly mandate: Stripe.Mandate | undefined;
}

/**
 * Creates a payment intent and, with `confirm`, pays it in the same request.
 * @see https://docs.stripe.com/api/payment_intents/create
 */
async function create(
  deps: PaymentsDeps,
  call: Call<CreateParams>,
  { named, customer, mandate }: Given,
): Promise<Reply> {
  const begun = await resumePayment(deps, call);
  if (begun) return begun;
  assertAgreed(call.caller, call.params.currency);
  const nowMs = deps.clock.nowMs();
  const method = named && settledMethod(call, named, nowMs);
  const payment = newPayment(call, customer, method?.record, nowMs);
  if (method) assertUsable(method.record, payment.customer);
  if (!call.params.confirm) return createOnly(deps, call, payment, method?.writes);
  if (!method) throw missingMethod();
  assertMandate(mandate, methodId(method.record.body));
  const claimed: Payment = {
    ...payment,
    unannounced: true,
    ...claim(call, payment, method.record, call.params, nowMs),
  };
  return payFirst(deps, call, claimed, method);
}

async function createOnly(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  method: MethodWrites | undefined,
): Promise<Reply> {
  const replied = withReply(payment, call, 'payment');
  const existing = await createOrFind(deps, replied, method);
  // The reply of an earlier try's commit is not stored for this one: that one lost the key.
  return {
    ...replyOf(existing ?? replied, 'payment', call.caller.settings),
    stored: existing === undefined && mayStore(call),
  };
}

/** Version 1 of the payment that the parameters describe; nothing is written or sent. */
function newPayment(
  call: Call<CreateParams>,
  customer: Body | undefined,
  method: MethodRecord | undefined,
  nowMs: number,
): Payment {
  const { params } = call;
  const { automatic_payment_methods: automatic } = params;
  return {
    ...firstVersion(call, nowMs),
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    amount: params.amount,
    currency: params.currency,
    captureMethod: params.capture_method ?? 'automatic_async',
    confirmationMethod: params.confirmation_method ?? 'automatic',
    cause: 'created',
    ...(method && { method: methodFacts(method) }),
    ...(customer && { customer }),
    ...(params.description !== undefined && { description: params.description }),
    ...detailsOf(params),
    ...(automatic?.enabled && { automaticMethods: automatic.allow_redirects ?? 'always' }),
    ...(params.statement_descriptor_suffix !== undefined && {
      statementDescriptorSuffix: params.statement_descriptor_suffix,
    }),
    metadata: params.metadata ?? {},
    ...UNPAID,
    request: requestOf(call),
  };
}

/** Whom a payment is for. A customer whose own payment method is named is there: one read less in nearly every such payment. */
async function payer(
  deps: PaymentsDeps,
  call: Omit<Call, 'claim'>,
  whom: string,
  named: NamedMethod | undefined,
): Promise<Body> {
  const owner = named && 'record' in named ? named.record.customer : undefined;
  return owner !== undefined && customerId(owner) === whom ? owner : (await namedCustomer(deps, call, whom)).body;
}

/** What both creation and confirmation may say of whom it is for, and of what becomes of the card. */
function detailsOf(
  params: Pick<
    ConfirmParams,
    'capture_method' | 'receipt_email' | 'setup_future_usage' | 'shipping' | 'payment_method_options'
  >,
  requestedBefore: Payment['requestedFeatures'] = [],
): Partial<
  Pick<
    Payment,
    'receiptEmail' | 'setupFutureUsage' | 'shipping' | 'captureMethod' | 'requestedFeatures' | 'requestChallenge'
  >
> {
  const { receipt_email: receiptEmail, shipping, payment_method_options: options } = params;
  const { setup_future_usage: own, request_three_d_secure: requestChallenge } = options?.card ?? {};
  const usage = usageOf(own, params.setup_future_usage);
  const requestedFeatures = featuresAfter(options, requestedBefore);
  return {
    ...(params.capture_method !== undefined && { captureMethod: params.capture_method }),
    ...(options?.card?.capture_method === 'manual' && { captureMethod: 'manual' }),
    ...(receiptEmail !== undefined && receiptEmail !== '' && { receiptEmail }),
    ...(requestChallenge !== undefined && { requestChallenge }),
    ...(usage && { setupFutureUsage: usage }),
    ...(requestedFeatures && { requestedFeatures }),
    ...(shipping && { shipping: shippingOf(shipping) }),
  };
}

/** What a fresh attempt changes: `processing` from here until an outcome is committed. */
function claim(
  call: Call,
  payment: Payment,
  method: MethodRecord,
  params: ConfirmParams,
  nowMs: number,
): Pick<Payment, 'status' | 'cause' | 'method' | 'attempts'> {
  accountFor(call.caller);
  const facts = methodFacts(method);
  const attempt = newAttempt(
    call,
    payment,
    {
      method: facts,
      returnUrl: params.return_url,
      offSession: params.off_session,
      noChallenge: params.error_on_requires_action,
      wantsChallenge: (payment.requestChallenge ?? 'automatic') !== 'automatic',
      acceptance: acceptanceOf(params.mandate_data, nowMs),
      mandate: params.mandate,
    },
    nowMs,
  );
  return {
    status: 'processing',
    cause: 'confirming',
    method: facts,
    attempts: [...payment.attempts, attempt],
  };
}

/**
 * Pays the payment intent with the method named here, or the one it has.
 * @throws payment_intent_unexpected_state, lock_timeout; 402 when the card is declined.
 * @see https://docs.stripe.com/api/payment_intents/confirm
 */
async function confirm(
  deps: PaymentsDeps,
  call: Call<ConfirmParams>,
  { payment, named, mandate }: Pick<Given, 'named' | 'mandate'> & { readonly payment: Payment },
): Promise<Reply> {
  const nowMs = deps.clock.nowMs();
  const earlier = payment.attempts.find((attempt) => isOwnTry(call.claim, attempt, nowMs));
  if (earlier) return resumeAttempt(deps, call, payment, earlier);
  assertPayersOwn(call, payment);
  assertNotOfSession(payment, 'confirm');
  assertConfirmable(call, payment);
  const method = named ? settledMethod(call, named, nowMs) : await ownMethod(deps, payment);
  if (!method) throw missingMethod(renderPayment(payment, call.caller.settings));
  const { record } = method;
  assertUsable(record, payment.customer);
  assertMandate(mandate, methodId(record.body));
  const described = { ...payment, ...detailsOf(call.params, payment.requestedFeatures) };
  const claimed = next(
    described,
    'confirming',
    commitOf(deps, call),
    claim(call, described, record, call.params, nowMs),
  );
  return pay(deps, call, claimed, async () => {
    await commitNaming(deps.table, putPayment(payment, claimed), takenMethod(claimed, method));
    return undefined;
  });
}

/** The method that the payment intent has. */
async function ownMethod(deps: PaymentsDeps, { scope, method }: Payment): Promise<SettledMethod | undefined> {
  const record = method && (await loadMethod(deps.table, scope, method.id));
  return record && { record, writes: {} };
}

/** What only the merchant may decide is not the payer's to say. @throws 400; 403 secret_key_required */
function assertPayersOwn({ caller, params }: Call<ConfirmParams>, payment: Payment): void {
  if (caller.keyType !== 'publishable') return;
  if (payment.confirmationMethod === 'manual') {
    throw refused(
      `This PaymentIntent ${intentId(payment)} cannot be confirmed using your publishable key because its \`confirmation_method\` is set to \`manual\`. Please use your secret key instead, or create a PaymentIntent with \`confirmation_method\` set to \`automatic\`.`,
    );
  }
  const { setup_future_usage: _, ...options } = params.payment_method_options?.card ?? {};
  const merchants = [params.off_session, params.error_on_requires_action, params.capture_method, params.mandate];
  if (merchants.some((given) => given !== undefined && given !== false) || Object.keys(options).length > 0)
    throw secretKeyRequired();
}

function assertConfirmable(call: Call, payment: Payment): void {
  if (payment.pending) throw lockTimeout();
  const embedded = {
    code: 'payment_intent_unexpected_state',
    payment_intent: renderPayment(payment, call.caller.settings),
  };
  if (payment.status === 'succeeded') {
    throw refused(
      'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
      embedded,
    );
  }
  if (!isConfirmable(payment.status)) {
    throw refused(
      `You cannot confirm this PaymentIntent because it has a status of ${payment.status}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_payment_method.`,
      embedded,
    );
  }
  if (!mayBeTried(payment)) {
    throw refused(
      `This PaymentIntent has been confirmed ${payment.attempts.length} times, which is the most there may be.`,
      embedded,
    );
  }
}

const missingMethod = (payment?: object) =>
  refused(
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.",
    { code: 'payment_intent_unexpected_state', ...(payment && { payment_intent: payment }) },
  );

const intent = { object: 'payment_intent' };

export const createIntent: Operation<PaymentsDeps, CreateParams, Given> = {
  method: 'POST',
  path: '/v1/payment_intents',
  params: createParams,
  check: (_deps, params) => assertCreatable(params),
  returns: intent,
  read: async (deps, call) => {
    const { customer: whom } = call.params;
    const [named, mandate] = await Promise.all([chosenMethod(deps, call, call.params), namedMandate(deps, call)]);
    return { named, mandate, customer: whom === undefined ? undefined : await payer(deps, call, whom, named) };
  },
  run: create,
  peek: peekIntent,
};

export const confirmIntent: Operation<
  PaymentsDeps,
  ConfirmParams,
  Pick<Given, 'named' | 'mandate'> & { readonly payment: Payment }
> = {
  method: 'POST',
  path: '/v1/payment_intents/{id}/confirm',
  params: confirmParams,
  publishable: 'with_secret',
  check: (_deps, params) => assertConfirmation(params),
  returns: intent,
  read: async (deps, call) => {
    const [payment, named, mandate] = await Promise.all([
      loadIntent(deps, call),
      chosenMethod(deps, call, call.params),
      namedMandate(deps, call),
    ]);
    return { payment, named, mandate };
  },
  run: confirm,
  peek: peekIntent,
};
