/**
 * Charges without an intent, as merchants made them before there were intents: a payment like any other (attempts, ledger, janitor,
 * refunds, disputes), of which only the charge is shown.
 */

import { racesLost } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { shippingOf } from '../api/person.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import { methodFacts } from '../payment-methods/method.ts';
import { resolveMethod } from '../payment-methods/requested-method.ts';
import { assertAgreed } from '../payments/agreed.ts';
import type { Attempt } from '../payments/attempt.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { existingPayment, firstWrites, resumePayment, UNPAID } from '../payments/first-attempt.ts';
import { newAttempt } from '../payments/new-attempt.ts';
import { lastAttempt, type Payment } from '../payments/payment.ts';
import { committedReplyOf } from '../payments/reply.ts';
import { assertUsable, reservedMethod, withoutMinted } from '../payments/resolve-payment-method.ts';
import { answerOf, judged, resumeAttempt, riskSubject, sending } from '../payments/send-attempt.ts';
import { loadPayment } from '../payments/store.ts';
import { commitChanges, commitNamed } from '../table/commit.ts';
import { firstVersion, requestOf } from '../table/record.ts';
import { assertChargeable, type CreateChargeParams, createChargeParams, suffixOf } from './params.ts';
import { type ChargeSource, chargeSource } from './source.ts';

/**
 * Charges a card at once. An outcome that is not known yet is a charge that is `pending`: a callback or the janitor resolves it.
 * @throws 402 when the card is declined, also where its owner would have to be asked; 400 resource_missing, token_already_used
 * @see https://docs.stripe.com/api/charges/create
 */
async function create(
  deps: PaymentsDeps,
  call: Call<CreateChargeParams>,
  { requested, customer }: ChargeSource,
): Promise<Reply> {
  const begun = await resumePayment(deps, call);
  if (begun) return begun;
  assertAgreed(call.caller, call.params.currency);
  const nowMs = deps.clock.nowMs();
  const method = resolveMethod(call, requested, nowMs);
  assertUsable(method.record, customer?.body);
  const facts = methodFacts(method.record);
  const payment = newCharge(call, facts, customer?.body, nowMs);
  const risk = await deps.risk.assess(riskSubject(payment, facts, nowMs));
  const attempt = newAttempt(deps, call, payment, { method: facts, risk }, nowMs);
  const started = judged(call, { ...payment, attempts: [attempt] });
  const writes = firstWrites(started, reservedMethod(started, method));
  const existing = existingPayment(await commitNamed(deps.table, writes, withoutMinted));
  const earlier = existing?.attempts[0];
  if (earlier) return resumeAttempt(deps, call, existing, earlier);
  const paid = await commitChanges(deps.table, started, sending(deps, call, started), racesLost);
  return answered(deps, call, paid, lastAttempt(started)!);
}

/** The answer after the last commit. A charge that is disputed at once is answered as its dispute left it, and its commit holds no reply. */
async function answered(deps: PaymentsDeps, call: Call, paid: Payment, attempt: Attempt): Promise<Reply> {
  if (paid.reply || paid.status !== 'succeeded') return answerOf(call, paid, attempt);
  const current = await loadPayment(deps.table, paid.scope, paid.body);
  return { ...answerOf(call, current ?? paid, attempt), stored: false };
}

/** Version 1, without its attempt. */
function newCharge(
  call: Call<CreateChargeParams>,
  method: MethodFacts,
  customer: ObjectKey | undefined,
  nowMs: number,
): Payment {
  const { params } = call;
  const { receipt_email: receiptEmail, shipping } = params;
  return {
    ...firstVersion(call, nowMs),
    direct: true,
    unannounced: true,
    status: 'processing',
    amount: params.amount,
    currency: params.currency,
    captureMethod: params.capture === false ? 'manual' : 'automatic',
    confirmationMethod: 'automatic',
    cause: 'confirming',
    method,
    ...(customer && { customer }),
    ...(params.description !== undefined && { description: params.description }),
    ...(receiptEmail && { receiptEmail }),
    ...(shipping && { shipping: shippingOf(shipping) }),
    ...suffixOf(params),
    ...(params.transfer_group !== undefined && { transferGroup: params.transfer_group }),
    metadata: params.metadata ?? {},
    ...UNPAID,
    request: requestOf(call),
  };
}

export const createCharge: Operation<PaymentsDeps, CreateChargeParams, ChargeSource> = {
  method: 'POST',
  path: '/v1/charges',
  get params() {
    return createChargeParams();
  },
  check: (_deps, params) => assertChargeable(params),
  returns: { object: 'charge' },
  read: chargeSource,
  run: create,
  committedReply: async (deps, call) =>
    committedReplyOf(await loadPayment(deps.table, call.caller.scope, call.lock.objectKey), call),
};
