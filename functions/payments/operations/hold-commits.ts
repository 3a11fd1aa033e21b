/**
 * What every operation on a hold has in common, and cancel: like a payment, a first commit (the pending operation) before the channel is asked
 * and an outcome after. While the outcome is unknown the payment stays as it is, and the pending operation keeps
 * everyone else out (lock_timeout).
 */

import { type ApiError, cardError, lockTimeout, refused } from '../../api/errors.ts';
import { lockedOut } from '../../api/lock.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import type { Decline, OperationFacts, OperationOutcome } from '../../channels/port/port.ts';
import { chargeIdOf } from '../../kernel/ids.ts';
import { askAttempt, type Found, foundInstead, learn, learnDisputes } from '../ask.ts';
import { canceled } from '../cancellation.ts';
import { openOrder } from '../close-order.ts';
import { type Changes, type Commit, next } from '../commit.ts';
import { asCommitted, commitOutcome } from '../commit-outcome.ts';
import { storedDecline } from '../decline.ts';
import type { PaymentsDeps } from '../deps.ts';
import { notesOf } from '../notes.ts';
import { type CancelParams, type CaptureParams, cancelParams, type IncrementParams } from '../params.ts';
import {
  awaitsPayer,
  capturesOf,
  type OperationChanges,
  operatedAttempt,
  type Payment,
  type PendingOperation,
} from '../payment.ts';
import { assertNotOfSession, committedIntentReply, loadIntent, shownIntent } from '../reads.ts';
import { replyOf } from '../reply.ts';
import { commitOf, mayStore, withReply } from '../request.ts';
import { putPayment } from '../store.ts';
import { renderPayment } from '../wire.ts';
import { askOperation, reportDifference, sendOperation, triedIncrements } from './hold-operations.ts';
import { applyOperation, effectOf } from './operation-outcome.ts';

/**
 * Cancels a payment that has not been captured. An authorization, or a challenge in progress, is voided at the channel first. Of a partly
 * captured payment the rest is released: it has succeeded.
 * @throws payment_intent_unexpected_state, lock_timeout
 * @see https://docs.stripe.com/api/payment_intents/cancel
 */
const cancel = (deps: PaymentsDeps, call: Call<CancelParams>, payment: Payment): Promise<Reply> =>
  cancelOperation(deps, call, payment, call.params.cancellation_reason);

/** The same for a reason that is not the merchant's to give. */
export async function cancelOperation(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  reason: string | undefined,
): Promise<Reply> {
  const earlier = await resumed(deps, call, payment);
  if (earlier) return earlier;
  // The merchant may release the hold of an authorized payment. Until then the payment belongs to its session.
  if (payment.status !== 'requires_capture') assertNotOfSession(payment, 'cancel', shownIntent(payment, call));
  assertCancelable(call, payment);
  if (isAtChannel(payment)) {
    return carryOut(deps, call, payment, {
      kind: 'void',
      amount: payment.amount,
      ...(openOrder(payment) && { closes: true }),
      ...(reason && { cancellationReason: reason }),
    });
  }
  return answer(deps, call, payment, (current, commit) => {
    if (current.status === 'canceled') return undefined;
    assertCancelable(call, current);
    // Confirmed since it was read: sent again, the cancel asks the channel first.
    if (isAtChannel(current)) throw lockTimeout();
    return next(current, 'canceled', commit, { ...canceled(current, reason, commit), ...doneBy(call) });
  });
}

/** Whether a cancel is the channel's to carry out: it holds money, or asks the payer for it. */
const isAtChannel = ({ status }: Payment): boolean => status === 'requires_capture' || status === 'requires_action';

type Wanted = Omit<PendingOperation, 'operation' | 'sentMs' | 'keyHash'>;

const SENT = { capture: 'capturing', void: 'canceling', increment: 'incrementing' } as const satisfies Record<
  Wanted['kind'],
  Payment['cause']
>;

/** Starts the operation, sends it, commits what came of it with the reply. */
export async function carryOut(deps: PaymentsDeps, call: Call, payment: Payment, wanted: Wanted): Promise<Reply> {
  const operation = payment.operations + 1;
  const pending: PendingOperation = {
    ...wanted,
    operation,
    sentMs: deps.clock.nowMs(),
    ...(call.lock.keyHash !== undefined && { keyHash: call.lock.keyHash }),
  };
  const started = next(payment, SENT[wanted.kind], commitOf(deps, call), { pending, operations: operation });
  await deps.table.commit(putPayment(payment, started)).catch(lockedOut);
  const outcome = await sendOperation(deps, started, pending, notesOf(call.lock));
  return finish(deps, call, started, pending, outcome);
}

async function finish(
  deps: PaymentsDeps,
  call: Call,
  started: Payment,
  pending: PendingOperation,
  said: OperationOutcome,
  facts?: OperationFacts,
): Promise<Reply> {
  const effect = effectOf(started, pending.operation, said);
  const found = effect.kind === 'failed' ? await foundInPlace(deps, started, pending, effect) : undefined;
  // What had failed at the channel before the cancel came there leaves nothing to cancel.
  const outcome: OperationOutcome =
    found?.kind === 'failed' || found?.kind === 'never_arrived' ? { kind: 'succeeded' } : effect;
  if (outcome.kind === 'failed') {
    const { payment } = await commitOutcome(deps, started, (current) => {
      reportDifference(deps, current, pending.operation, outcome, {});
      return applyOperation(current, pending.operation, outcome, commitOf(deps, call));
    });
    // A report that the attempt is over was first.
    if (pending.kind === 'void' && payment.status === 'canceled') return answer(deps, call, payment, () => undefined);
    const after = await learn(deps, payment, operatedAttempt(started), found, commitOf(deps, call));
    const decline = storedDecline(outcome.decline);
    if (pending.kind === 'increment') throw declinedIncrement(call, after, decline);
    throw refusedByChannel(call, after, pending.kind, decline.message);
  }
  const change = (current: Payment, commit: Commit) => {
    reportDifference(deps, current, pending.operation, outcome, { facts });
    return applyOperation(current, pending.operation, outcome, commit, { facts });
  };
  return answer(deps, call, started, change, (committed) =>
    learnDisputes(deps, committed, operatedAttempt(committed), outcome),
  );
}

/**
 * What the channel has in place of what it refused to do, where it says so or can be asked: the payer whom a cancel came too late for has paid, and
 * the merchant reads that next.
 */
function foundInPlace(
  deps: PaymentsDeps,
  started: Payment,
  pending: PendingOperation,
  refusal: OperationOutcome,
): Promise<Found> | Found | undefined {
  const said = foundInstead(refusal);
  if (pending.kind !== 'void' || !awaitsPayer(started)) return said;
  return askAttempt(deps, operatedAttempt(started), { ...(said && { said }) });
}

/** 400 with the intent as it is now: the payer of an order that a cancel came too late for has paid it. */
function refusedByChannel(call: Call, payment: Payment, kind: 'capture' | 'void', reason: string): ApiError {
  const what = payment.direct ? 'Charge' : 'PaymentIntent';
  const shown = payment.direct ? {} : { payment_intent: renderPayment(payment, call.caller.settings) };
  return kind === 'capture'
    ? refused(`The channel refused to capture this ${what}: ${reason}`, {
        code: 'charge_expired_for_capture',
        ...shown,
      })
    : refused(`The channel refused to cancel this ${what}: ${reason}`, {
        code: 'payment_intent_unexpected_state',
        ...shown,
      });
}

/** 402: the issuer will not hold more; what was held before still is. */
const declinedIncrement = (call: Call, payment: Payment, decline: Decline): ApiError =>
  cardError(decline.message, {
    code: decline.code,
    ...(decline.declineCode !== undefined && { decline_code: decline.declineCode }),
    charge: chargeIdOf(payment.body, operatedAttempt(payment).ordinal),
    payment_intent: renderPayment(payment, call.caller.settings),
  });

/** Carries on an operation that died under way: finds it done, or asks the channel. Sends nothing. */
export async function resumed(deps: PaymentsDeps, call: Call, payment: Payment): Promise<Reply | undefined> {
  const { keyHash } = call.lock;
  if (keyHash === undefined || !call.lock.resumed) return undefined;
  const increment = triedIncrements(payment).find((one) => one.keyHash === keyHash);
  if (increment?.decline) throw declinedIncrement(call, payment, increment.decline);
  const done = increment ?? capturesOf(payment).find((one) => one.keyHash === keyHash);
  if (done || payment.operationKeyHash === keyHash) return answer(deps, call, payment, () => undefined);
  const refused = payment.refusedOperation;
  if (refused?.keyHash === keyHash && refused.kind !== 'increment')
    throw refusedByChannel(call, payment, refused.kind, refused.reason);
  if (payment.pending?.keyHash !== keyHash) return undefined;
  const { outcome, facts } = await askOperation(deps, payment, payment.pending);
  return finish(deps, call, payment, payment.pending, outcome, facts);
}

/** Commits what was learned with the reply, or the reply alone when there is no news. */
async function answer(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  change: (current: Payment, commit: Commit) => Payment | undefined,
  then?: (committed: Payment) => Promise<void>,
): Promise<Reply> {
  const commit = commitOf(deps, call);
  const { payment: value, changed } = await commitOutcome(deps, payment, (current) => {
    const after = change(current, commit) ?? (mayStore(call) ? next(current, 'replied', commit, {}) : undefined);
    return after && withReply(after, call, 'payment');
  });
  const committed = await asCommitted(deps, { value, changed });
  await then?.(committed);
  return { ...replyOf(committed, 'payment', call.caller.settings), stored: mayStore(call) };
}

/** What an operation changes beside the money, where anything. */
export function changesOf(
  said: Pick<
    IncrementParams & CaptureParams,
    'description' | 'metadata' | 'statement_descriptor' | 'statement_descriptor_suffix'
  >,
): { readonly changes?: OperationChanges } {
  const { description, metadata, statement_descriptor: descriptor, statement_descriptor_suffix: suffix } = said;
  const changes: OperationChanges = {
    ...(description !== undefined && { description }),
    ...(metadata !== undefined && { metadata }),
    ...(descriptor && { statementDescriptor: descriptor }),
    ...(suffix !== undefined && suffix !== '' && { statementDescriptorSuffix: suffix }),
  };
  return Object.keys(changes).length > 0 ? { changes } : {};
}

const doneBy = (call: Call): Changes =>
  call.lock.keyHash === undefined ? {} : { operationKeyHash: call.lock.keyHash };

const CANCELABLE: readonly Payment['status'][] = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
];

function assertCancelable(call: Call, payment: Payment): void {
  if (payment.pending) throw lockTimeout();
  if (CANCELABLE.includes(payment.status)) return;
  throw refused(
    `You cannot cancel this PaymentIntent because it has a status of ${payment.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELABLE.join(', ')}.`,
    { code: 'payment_intent_unexpected_state', payment_intent: renderPayment(payment, call.caller.settings) },
  );
}

export const cancelIntent: Operation<PaymentsDeps, CancelParams, Payment> = {
  method: 'POST',
  path: '/v1/payment_intents/{id}/cancel',
  params: cancelParams,
  returns: { object: 'payment_intent' },
  read: loadIntent,
  run: cancel,
  committedReply: committedIntentReply,
};
