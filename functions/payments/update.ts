/** Changing a payment intent before it is paid, and what may be said of it at any time. */

import { refused } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata } from '../api/params.ts';
import { changed, shippingAfter } from '../api/person.ts';
import { capabilitiesFor } from '../channels/routing/routing.ts';
import type { Customer } from '../customers/customer.ts';
import { requestedCustomer } from '../customers/operations/reads.ts';
import { usageOf } from '../payment-methods/card-params.ts';
import { methodFacts } from '../payment-methods/method.ts';
import { type RequestedMethod, resolveMethod } from '../payment-methods/requested-method.ts';
import { assertAgreed } from './agreed.ts';
import type { ChargeEdits } from './attempt.ts';
import { next } from './commit.ts';
import type { PaymentsDeps } from './deps.ts';
import { assertDescribable } from './descriptor.ts';
import { featuresAfter } from './hold-features.ts';
import { assertTypeAllowed, walletOptionsAfter, withTypes } from './method-types.ts';
import { assertAmount, assertOneMethod, type UpdateParams, updateParams } from './params.ts';
import { type CaptureFacts, CONFIRMABLE, isConfirmable, type Payment, paidAttempt } from './payment.ts';
import { assertNotOfSession, loadIntent, shownIntent } from './reads.ts';
import { commitOf } from './request.ts';
import { assertUsable, chosenMethod, commitNaming } from './resolve-payment-method.ts';
import { putPayment } from './store.ts';
import { renderPayment } from './wire.ts';

interface Loaded {
  readonly payment: Payment;
  readonly requested: RequestedMethod | undefined;
  readonly customer: Customer | undefined;
}

/** What may be changed only while nothing has been sent, or all that was sent failed. */
const BEFORE_CONFIRMATION = [
  'amount',
  'currency',
  'payment_method',
  'payment_method_data',
  'customer',
  'setup_future_usage',
  'capture_method',
  'payment_method_options',
  'payment_method_types',
  'allowed_payment_method_types',
  'excluded_payment_method_types',
  'statement_descriptor',
  'statement_descriptor_suffix',
] as const satisfies readonly (keyof UpdateParams)[];

/**
 * Changes a payment intent. Another payment method needs a confirmation; none (an empty string) makes it wait for one.
 * @throws 400 payment_intent_unexpected_state for what its status does not allow any more, resource_missing; 429 lock_timeout
 * @see https://docs.stripe.com/api/payment_intents/update
 */
async function update(deps: PaymentsDeps, call: Call<UpdateParams>, loaded: Loaded): Promise<Reply> {
  const { params } = call;
  const { payment, requested, customer } = loaded;
  assertChangeable(call, payment);
  assertCustomer(call, payment, customer);
  if (params.amount !== undefined || params.currency !== undefined)
    assertAmount(params.amount ?? payment.amount, params.currency ?? payment.currency);
  if (params.currency !== undefined) assertAgreed(call.caller, params.currency);
  const method = requested && resolveMethod(call, requested, deps.clock.nowMs());
  const whom = customer?.body ?? payment.customer;
  if (method) assertUsable(method.record, whom);
  const described = changed(payment, changesOf(params, payment));
  const judged = concernsTypes(params)
    ? withTypes(described, params, () => capabilitiesFor(deps, call.caller))
    : described;
  const after = withMethod(changed(judged, { customer: whom }), params, method && methodFacts(method.record));
  if (after.method && concernsTypes(params)) assertTypeAllowed(after, after.method);
  if (params.statement_descriptor || concernsTypes(params)) assertDescribable(after);
  const updated = next(after, 'updated', commitOf(deps, call), {
    ...describedAt(payment, after),
    ...chargedAs(payment, after),
  });
  await commitNaming(deps.table, putPayment(payment, updated), method?.writes);
  return { status: 200, body: renderPayment(updated, call.caller.settings) };
}

/** Whether the request changes what the types of payment method depend on. */
const concernsTypes = (params: UpdateParams): boolean =>
  BEFORE_CONFIRMATION.some(
    (name) => name !== 'customer' && !name.startsWith('statement_') && params[name] !== undefined,
  );

function assertChangeable(call: Call<UpdateParams>, payment: Payment): void {
  const wanted = BEFORE_CONFIRMATION.find((name) => call.params[name] !== undefined);
  if (wanted !== undefined && !wanted.startsWith('statement_'))
    assertNotOfSession(payment, 'update', shownIntent(payment, call));
  if (wanted === undefined || (isConfirmable(payment.status) && !payment.pending)) return;
  throw refused(
    `This PaymentIntent's ${wanted} could not be updated because it has a status of ${payment.status}. You may only update the ${wanted} of a PaymentIntent with one of the following statuses: ${CONFIRMABLE.join(', ')}.`,
    {
      code: 'payment_intent_unexpected_state',
      param: wanted,
      payment_intent: renderPayment(payment, call.caller.settings),
    },
  );
}

/** Once a payment has a customer it stays that customer's. */
function assertCustomer(call: Call, payment: Payment, customer: Customer | undefined): void {
  if (!customer || payment.customer === undefined || payment.customer === customer.body) return;
  throw refused('You cannot change the customer of a PaymentIntent once it has one.', {
    code: 'payment_intent_unexpected_state',
    param: 'customer',
    payment_intent: renderPayment(payment, call.caller.settings),
  });
}

/** A balance transaction keeps the description that its capture had. */
function describedAt(
  { capture, laterCaptures, description }: Payment,
  after: Payment,
): Pick<Partial<Payment>, 'capture' | 'laterCaptures'> {
  if (!capture || after.description === description) return {};
  const described = (facts: CaptureFacts): CaptureFacts =>
    facts.described === undefined ? { ...facts, described: description ?? null } : facts;
  return { capture: described(capture), ...(laterCaptures && { laterCaptures: laterCaptures.map(described) }) };
}

/** What was copied to the charge when it was confirmed: the charge keeps it (https://docs.stripe.com/api/charges/object). */
const COPIED = [
  'description',
  'metadata',
  'receiptEmail',
  'shipping',
  'transferGroup',
] as const satisfies readonly (keyof ChargeEdits)[];

function chargedAs(payment: Payment, after: Payment): Pick<Partial<Payment>, 'attempts'> {
  const paid = paidAttempt(payment);
  const own = COPIED.filter((name) => payment[name] !== after[name] && paid?.edits?.[name] === undefined);
  if (!paid || own.length === 0) return {};
  const kept = Object.fromEntries(own.map((name) => [name, payment[name] ?? null]));
  const edits: ChargeEdits = { ...kept, ...paid.edits, editedMs: paid.edits?.editedMs ?? 0 };
  return { attempts: payment.attempts.map((attempt) => (attempt === paid ? { ...attempt, edits } : attempt)) };
}

type Changes = Parameters<typeof changed<Payment>>[1];

function changesOf(params: UpdateParams, payment: Payment): Changes {
  const { shipping, payment_method_options: options, receipt_email: receiptEmail } = params;
  const { excluded_payment_method_types: excluded } = params;
  const {
    capture_method: own,
    setup_future_usage: ofCard,
    request_three_d_secure: requestChallenge,
  } = options?.card ?? {};
  const orNone = (value: string | undefined): string | null | undefined => (value === '' ? null : value);
  return {
    amount: params.amount,
    currency: params.currency,
    captureMethod: params.capture_method,
    cardHeld: own === undefined ? undefined : own === 'manual',
    description: params.description,
    receiptEmail: orNone(receiptEmail),
    setupFutureUsage: usageOf(ofCard, params.setup_future_usage),
    requestChallenge,
    requestedFeatures: featuresAfter(options, payment.requestedFeatures),
    walletOptions: walletOptionsAfter(options, payment.walletOptions),
    excludedTypes: excluded?.length === 0 ? null : (excluded as readonly string[] | undefined),
    shipping: shipping && shippingAfter(payment.shipping, shipping),
    ...(shipping === null && { shipping: null }),
    statementDescriptor: orNone(params.statement_descriptor),
    statementDescriptorSuffix: orNone(params.statement_descriptor_suffix),
    transferGroup: params.transfer_group,
    metadata: params.metadata === undefined ? undefined : changedMetadata(payment.metadata, params.metadata),
  };
}

/** An empty string removes the method that there was. */
function withMethod(payment: Payment, { payment_method: named }: UpdateParams, method: Payment['method']): Payment {
  if (method) return { ...payment, method, status: 'requires_confirmation' };
  return named === '' ? changed<Payment>({ ...payment, status: 'requires_payment_method' }, { method: null }) : payment;
}

export const updateIntent: Operation<PaymentsDeps, UpdateParams, Loaded> = {
  method: 'POST',
  path: '/v1/payment_intents/{id}',
  params: updateParams,
  check: (_deps, params) => assertOneMethod(params),
  returns: { object: 'payment_intent' },
  read: async (deps, call) => {
    const { customer: whom, payment_method: method, payment_method_data: data } = call.params;
    const given = { payment_method_data: data, ...(method !== '' && { payment_method: method }) };
    const [payment, requested, customer] = await Promise.all([
      loadIntent(deps, call),
      chosenMethod(deps, call, given),
      whom === undefined ? undefined : requestedCustomer(deps, call, whom),
    ]);
    return { payment, requested, customer };
  },
  run: update,
};
