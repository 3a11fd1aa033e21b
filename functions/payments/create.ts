/** Creating a payment intent, and paying it at once: parse → risk → first commit → channel → apply the outcome → last commit. */
import type Stripe from 'stripe';
import { racesLost } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { precedes } from '../api/versions/published.ts';
import { capabilitiesFor } from '../channels/routing/routing.ts';
import { customerId } from '../customers/customer.ts';
import { requestedCustomer } from '../customers/operations/reads.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import { loadMethod, type MethodRecord, methodFacts, methodId } from '../payment-methods/method.ts';
import { type MethodWrites, type RequestedMethod, resolveMethod } from '../payment-methods/requested-method.ts';
import { commitChanges, commitNamed } from '../table/commit.ts';
import { firstVersion, requestOf } from '../table/record.ts';
import { assertAgreed } from './agreed.ts';
import { detailsOf, missingMethod, startAttempt } from './confirmation.ts';
import type { PaymentsDeps } from './deps.ts';
import { assertDescribable } from './descriptor.ts';
import { existingPayment, firstWrites, resumePayment, UNPAID } from './first-attempt.ts';
import { assertMandate, requestedMandate } from './mandate.ts';
import { assertTypeAllowed, assertWalletPayable, withTypes } from './method-types.ts';
import { assertCreatable, type CreateParams, createParams } from './params.ts';
import { lastAttempt, type Payment } from './payment.ts';
import { committedIntentReply } from './reads.ts';
import { replyOf } from './reply.ts';
import { mayStore, withReply } from './request.ts';
import { assertUsable, chosenMethod, reservedMethod, withoutMinted } from './resolve-payment-method.ts';
import { answerOf, judged, resumeAttempt, riskSubject, sending } from './send-attempt.ts';

/** What a request names, read beside its key. */
interface Given {
  readonly requested: RequestedMethod | undefined;
  readonly customer: ObjectKey | undefined;
  readonly mandate: Stripe.Mandate | undefined;
}

/**
 * Creates a payment intent and, with `confirm`, pays it in the same request.
 * @see https://docs.stripe.com/api/payment_intents/create
 */
async function create(
  deps: PaymentsDeps,
  call: Call<CreateParams>,
  { requested, customer, mandate }: Given,
): Promise<Reply> {
  const begun = await resumePayment(deps, call);
  if (begun) return begun;
  assertAgreed(call.caller, call.params.currency);
  const nowMs = deps.clock.nowMs();
  const method = requested && resolveMethod(call, requested, nowMs);
  const capabilities = () => capabilitiesFor(deps, call.caller);
  const payment = withTypes(newPayment(call, customer, method?.record, nowMs), call.params, capabilities);
  if (method) assertUsable(method.record, payment.customer);
  if (method) assertTypeAllowed(payment, method.record);
  assertDescribable(payment, call.params.confirm ? method?.record : undefined);
  if (!call.params.confirm) return createOnly(deps, call, payment, method?.writes);
  if (!method) throw missingMethod();
  assertMandate(mandate, methodId(method.record.body));
  assertWalletPayable(payment, method.record, call.params);
  const facts = methodFacts(method.record);
  const risk = await deps.risk.assess(riskSubject(payment, facts, nowMs));
  const started = judged(call, {
    ...payment,
    unannounced: true,
    ...startAttempt(deps, call, payment, facts, call.params, risk, nowMs),
  });
  const writes = firstWrites(started, reservedMethod(started, method));
  const existing = existingPayment(await commitNamed(deps.table, writes, withoutMinted));
  const earlier = existing?.attempts[0];
  if (earlier) return resumeAttempt(deps, call, existing, earlier);
  const paid = await commitChanges(deps.table, started, sending(deps, call, started), racesLost);
  return answerOf(call, paid, lastAttempt(started)!);
}

async function createOnly(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  method: MethodWrites | undefined,
): Promise<Reply> {
  const replied = withReply(payment, call, 'payment');
  const existing = existingPayment(await commitNamed(deps.table, firstWrites(replied, method), withoutMinted));
  // The reply of an earlier try's commit is not stored for this one: that one lost the key.
  return {
    ...replyOf(existing ?? replied, 'payment', call.caller.settings),
    stored: existing === undefined && mayStore(call),
  };
}

/** The capture method where none is named (docs.stripe.com/upgrades, 2024-04-10). */
const defaultCapture = (version: string): Payment['captureMethod'] =>
  precedes(version, '2024-04-10') ? 'automatic' : 'automatic_async';

/** Version 1 of the payment that the parameters describe; nothing is written or sent. */
function newPayment(
  call: Call<CreateParams>,
  customer: ObjectKey | undefined,
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
    captureMethod: params.capture_method ?? defaultCapture(call.apiVersion),
    confirmationMethod: params.confirmation_method ?? 'automatic',
    cause: 'created',
    ...(method && { method: methodFacts(method) }),
    ...(customer && { customer }),
    ...(params.description !== undefined && { description: params.description }),
    ...detailsOf(params),
    ...(automatic?.enabled && { automaticMethods: automatic.allow_redirects ?? 'always' }),
    ...(params.statement_descriptor && { statementDescriptor: params.statement_descriptor }),
    ...(params.statement_descriptor_suffix !== undefined && {
      statementDescriptorSuffix: params.statement_descriptor_suffix,
    }),
    ...(params.transfer_group !== undefined && { transferGroup: params.transfer_group }),
    metadata: params.metadata ?? {},
    ...UNPAID,
    request: requestOf(call),
  };
}

/** Whom a payment is for. A customer whose own payment method is named is there: one read less in nearly every such payment. */
async function payer(
  deps: PaymentsDeps,
  call: Omit<Call, 'lock'>,
  whom: string,
  requested: RequestedMethod | undefined,
): Promise<ObjectKey> {
  const owner = requested && 'record' in requested ? requested.record.customer : undefined;
  return owner !== undefined && customerId(owner) === whom ? owner : (await requestedCustomer(deps, call, whom)).body;
}

/** A confirmation without a method is paid with the customer's default source, for code that is older than payment intents, as at Stripe. */
async function read(deps: PaymentsDeps, call: Omit<Call<CreateParams>, 'lock'>): Promise<Given> {
  const { customer: whom, confirm } = call.params;
  const [requested, mandate] = await Promise.all([chosenMethod(deps, call, call.params), requestedMandate(deps, call)]);
  if (whom === undefined) return { requested, mandate, customer: undefined };
  if (requested || !confirm) return { requested, mandate, customer: await payer(deps, call, whom, requested) };
  const { body, defaultSource } = await requestedCustomer(deps, call, whom);
  const record = defaultSource && (await loadMethod(deps.table, call.caller.scope, methodId(defaultSource)));
  return { requested: record && { record }, mandate, customer: body };
}

export const createIntent: Operation<PaymentsDeps, CreateParams, Given> = {
  method: 'POST',
  path: '/v1/payment_intents',
  params: createParams,
  check: (_deps, params) => assertCreatable(params),
  returns: { object: 'payment_intent' },
  read,
  run: create,
  committedReply: committedIntentReply,
};
