/** Confirming a payment intent: parse → risk → first commit → channel → apply the outcome → last commit. */
import type Stripe from 'stripe';
import { lockTimeout, refused, secretKeyRequired } from '../api/errors.ts';
import { isOwnTry } from '../api/idempotency.ts';
import { racesLost } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { capabilitiesFor } from '../channels/routing/routing.ts';
import { loadMethod, methodFacts, methodId } from '../payment-methods/method.ts';
import { type RequestedMethod, type ResolvedMethod, resolveMethod } from '../payment-methods/requested-method.ts';
import { commitChanges, commitNamed } from '../table/commit.ts';
import { assertBegun, closeOrder, freedMethod, openOrder, withoutOrder } from './close-order.ts';
import { next } from './commit.ts';
import { detailsOf, missingMethod, startAttempt } from './confirmation.ts';
import type { PaymentsDeps } from './deps.ts';
import { assertDescribable } from './descriptor.ts';
import { assertMandate, requestedMandate } from './mandate.ts';
import { type AskedTypes, assertTypeAllowed, assertWalletPayable, withTypes } from './method-types.ts';
import { assertConfirmation, type ConfirmParams, confirmParams } from './params.ts';
import { isConfirmable, lastAttempt, type Payment, typesOf } from './payment.ts';
import { assertNotOfSession, committedIntentReply, loadIntent, shownIntent } from './reads.ts';
import { commitOf } from './request.ts';
import { assertUsable, chosenMethod, namingWrites, reservedMethod, withoutMinted } from './resolve-payment-method.ts';
import { answerOf, judged, resumeAttempt, riskSubject, sending } from './send-attempt.ts';
import { mayBeTried } from './size-limit.ts';
import { putPayment } from './store.ts';
import { intentId, renderPayment } from './wire.ts';

/** The payment intent and what the request names, read beside its key. */
interface Loaded {
  readonly payment: Payment;
  readonly requested: RequestedMethod | undefined;
  readonly mandate: Stripe.Mandate | undefined;
}

/**
 * Pays the payment intent with the method named here, or the one it has.
 * @throws payment_intent_unexpected_state, lock_timeout; 402 when the card is declined.
 * @see https://docs.stripe.com/api/payment_intents/confirm
 */
async function confirm(
  deps: PaymentsDeps,
  call: Call<ConfirmParams>,
  { payment, requested, mandate }: Loaded,
): Promise<Reply> {
  const nowMs = deps.clock.nowMs();
  const earlier = payment.attempts.find((attempt) => isOwnTry(call.lock, attempt, nowMs));
  if (earlier) return resumeAttempt(deps, call, payment, earlier);
  assertPayersOwn(call, payment);
  assertNotOfSession(payment, 'confirm', shownIntent(payment, call));
  const open = openOrder(payment);
  const closing = open ? withoutOrder(payment, open) : payment;
  assertConfirmable(call, closing);
  const method = requested ? resolveMethod(call, requested, nowMs) : await ownMethod(deps, payment);
  if (!method) throw missingMethod(renderPayment(payment, call.caller.settings));
  const record = freedMethod(method.record, closing);
  assertUsable(record, payment.customer);
  assertMandate(mandate, methodId(record.body));
  const described = withTypes({ ...closing, ...detailsOf(call.params, payment) }, typesFor(call, payment), () =>
    capabilitiesFor(deps, call.caller),
  );
  assertTypeAllowed(described, record);
  assertDescribable(described, record);
  assertWalletPayable(described, record, call.params);
  const facts = methodFacts(record);
  const risk = await deps.risk.assess(riskSubject(described, facts, nowMs));
  const attempt = startAttempt(deps, call, described, facts, call.params, risk, nowMs);
  const started = judged(call, next(described, 'confirming', commitOf(deps, call), attempt));
  const writes = namingWrites(putPayment(payment, started), reservedMethod(started, { ...method, record }));
  const paid = open && (await closeOrder(deps, call, payment, open));
  if (paid) return paid;
  const conflict = await commitNamed(deps.table, writes, withoutMinted);
  await assertBegun(deps, call, payment, open, conflict);
  const after = await commitChanges(deps.table, started, sending(deps, call, started), racesLost);
  return answerOf(call, after, lastAttempt(started)!);
}

/**
 * The types that the request names. A payer's request cannot change them: it names some of those that the payment has.
 * @throws 403 secret_key_required
 */
function typesFor({ caller, params }: Call<ConfirmParams>, payment: Payment): AskedTypes {
  if (caller.keyType !== 'publishable') return params;
  const requested = [...(params.payment_method_types ?? []), ...(params.allowed_payment_method_types ?? [])];
  const types: readonly string[] = typesOf(payment);
  if (requested.some((type) => !types.includes(type))) throw secretKeyRequired();
  return {};
}

/** The method that the payment intent has. */
async function ownMethod(deps: PaymentsDeps, { scope, method }: Payment): Promise<ResolvedMethod | undefined> {
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
  const { card = {}, paypal = {} } = params.payment_method_options ?? {};
  const { setup_future_usage: _, ...options } = card;
  const merchants = [
    params.off_session,
    params.error_on_requires_action,
    params.capture_method,
    params.excluded_payment_method_types,
    params.mandate,
    paypal.capture_method,
    paypal.reference,
  ];
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

export const confirmIntent: Operation<PaymentsDeps, ConfirmParams, Loaded> = {
  method: 'POST',
  path: '/v1/payment_intents/{id}/confirm',
  params: confirmParams,
  publishable: 'with_secret',
  check: (_deps, params) => assertConfirmation(params),
  returns: { object: 'payment_intent' },
  read: async (deps, call) => {
    const [payment, requested, mandate] = await Promise.all([
      loadIntent(deps, call),
      chosenMethod(deps, call, call.params),
      requestedMandate(deps, call),
    ]);
    return { payment, requested, mandate };
  },
  run: confirm,
  committedReply: committedIntentReply,
};
