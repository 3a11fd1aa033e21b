/**
 * Charges without an intent, as merchants made them before there were intents: a payment like any other (attempts, ledger, janitor,
 * refunds, disputes), of which only the charge is shown.
 */

import { racesLost } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { shippingOf } from '../api/person.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import { methodFacts } from '../payment-methods/method.ts';
import { assertAgreed } from '../payments/agreed.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { existingPayment, firstWrites, resumePayment, UNPAID } from '../payments/first-attempt.ts';
import { newAttempt } from '../payments/new-attempt.ts';
import type { Payment } from '../payments/payment.ts';
import { committedReplyOf } from '../payments/reply.ts';
import {
  assertUsable,
  type ResolvedMethod,
  reservedMethod,
  resolveMethod,
  withoutMinted,
} from '../payments/resolve-payment-method.ts';
import { answerOf, lastCommit, resumeAttempt, riskSubject, sendAttempt } from '../payments/send-attempt.ts';
import { loadPayment } from '../payments/store.ts';
import { commitChange, commitNamed } from '../table/commit.ts';
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
  const started = newCharge(deps, call, method, customer?.body, nowMs);
  const writes = firstWrites(started, reservedMethod(started, method));
  const firstCommit = commitNamed(deps.table, writes, withoutMinted).then(existingPayment);
  const [existing, risk] = await Promise.all([firstCommit, deps.risk.assess(riskSubject(started))]);
  const earlier = existing?.attempts[0];
  if (earlier) return resumeAttempt(deps, call, existing, earlier);
  const sent = await sendAttempt(deps, call, started, risk);
  const { value } = await commitChange(deps.table, started, lastCommit(deps, call, sent), racesLost);
  return answerOf(call, value, sent.attempt);
}

/** Version 1: started, and on its way to the channel. */
function newCharge(
  deps: PaymentsDeps,
  call: Call<CreateChargeParams>,
  { record }: ResolvedMethod,
  customer: ObjectKey | undefined,
  nowMs: number,
): Payment {
  const { params } = call;
  const { receipt_email: receiptEmail, shipping } = params;
  const method = methodFacts(record);
  const payment: Payment = {
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
    metadata: params.metadata ?? {},
    ...UNPAID,
    request: requestOf(call),
  };
  return { ...payment, attempts: [newAttempt(deps, call, payment, { method }, nowMs)] };
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
