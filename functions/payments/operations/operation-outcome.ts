/**
 * The effect of a capture, a void or an increment on a payment, from any source: the reply, a callback, the janitor. Monotone like
 * `applyOutcome`: a report that repeats an earlier one, or that a later operation contradicts, changes nothing (I13). Captured money is never
 * dropped: it is captured while the payment waits for it, and unapplied otherwise (I15).
 */

import { mergedMetadata } from '../../api/metadata.ts';
import { withNewHandles } from '../../channels/port/handles.ts';
import type { Decline, OperationFacts, OperationOutcome } from '../../channels/port/port.ts';
import { lattice } from '../../kernel/lattice.ts';
import { mayMove } from '../../kernel/transitions.ts';
import { type Attempt, type Increment, isOpen, type Unapplied } from '../attempt.ts';
import { canceledByVoid } from '../cancellation.ts';
import { type Changes, type Commit, captureFacts, next, replaced, timeOf } from '../commit.ts';
import { storedDecline } from '../decline.ts';
import { handlesLearned } from '../handles.ts';
import {
  type CaptureFacts,
  capturable,
  capturesOf,
  NEXT_STATUS,
  operatedAttempt,
  type Payment,
  type PaymentCause,
  type PendingOperation,
  paidAttempt,
} from '../payment.ts';
import { captureReceived, isReleasedAlready, withUnapplied } from '../unapplied.ts';

import { withOperationHandles } from './handles.ts';

const FAILED = {
  capture: 'capture_failed',
  void: 'cancel_failed',
  increment: 'increment_failed',
} as const satisfies Record<PendingOperation['kind'], PaymentCause>;

/** Statuses of the last operation. A refused one may have taken effect after all. */
const STATUSES = lattice({ pending: 0, failed: 1, succeeded: 2 });

/** What a report of an operation names beside its number: the attempt, and what the operation was. */
export interface ReportedOperation {
  readonly ordinal?: number;
  readonly facts?: OperationFacts | undefined;
}

/** The attempt that a report is about: the one it names, or the one that operations are about. */
const attemptOf = (payment: Payment, { ordinal }: ReportedOperation): Attempt | undefined =>
  ordinal === undefined
    ? payment.attempts.length > 0
      ? operatedAttempt(payment)
      : undefined
    : payment.attempts.find((attempt) => attempt.ordinal === ordinal);

/**
 * The payment after what was learned of operation `operation`, or undefined when that is no news. One that was given up for lost, and
 * took effect after all, is news as long as nothing else has been sent since, nor the payer asked for the money again. A capture is news
 * even then.
 */
export function applyOperation(
  payment: Payment,
  operation: number,
  said: OperationOutcome,
  commit: Commit,
  reported: ReportedOperation = {},
): Payment | undefined {
  const outcome = effectOf(payment, operation, said);
  const named = withOperationHandles(payment, operation, outcome);
  if (outcome.kind === 'unknown' || outcome.kind === 'pending') return handlesLearned(payment, named, commit);
  return (
    applied(named, operation, outcome, commit, reported) ??
    (outcome.kind === 'succeeded' ? handlesLearned(payment, named, commit) : undefined)
  );
}

/**
 * What an outcome means for its operation. A void that the channel refused because nothing is left of the payment has no more to do. Of a payment that
 * is captured in part this is no release of the rest: the merchant's money is said to be gone too.
 */
export function effectOf(payment: Payment, operation: number, outcome: OperationOutcome): OperationOutcome {
  const sent = payment.pending ?? payment.refusedOperation;
  const isVoid = sent?.operation === operation && sent.kind === 'void' && !payment.capture;
  if (!isVoid || !(isReleasedAlready(outcome) || hasFailedThere(payment, outcome))) return outcome;
  return { kind: 'succeeded', ...(outcome.handles && { handles: outcome.handles }) };
}

/** Whether what the void was to end had failed at the channel before it came. */
const hasFailedThere = (payment: Payment, outcome: OperationOutcome): boolean =>
  outcome.kind === 'failed' && outcome.found?.kind === 'failed' && isOpen(operatedAttempt(payment));

function applied(
  payment: Payment,
  operation: number,
  outcome: Exclude<OperationOutcome, { kind: 'unknown' | 'pending' }>,
  commit: Commit,
  reported: ReportedOperation,
): Payment | undefined {
  const { pending, refusedOperation: refused, ...resolved } = payment;
  const sent = pending ?? refused;
  const isNews = sent?.operation === operation && STATUSES.isNews(pending ? 'pending' : 'failed', outcome.kind);
  if (outcome.kind === 'failed') {
    if (!isNews) return undefined;
    const decline = storedDecline(outcome.decline);
    return next(resolved, FAILED[sent.kind], commit, {
      refusedOperation: { ...sent, reason: decline.message },
      ...(sent.kind === 'increment' && {
        attempts: decided(payment, { sent, done: sent.amount }, commit, decline),
      }),
    });
  }
  if (isNews && (pending || !isOvertaken(payment, reported.ordinal))) {
    const named = { ...sent, ...(outcome.handles && { handles: withNewHandles(sent.handles, outcome.handles)! }) };
    const effect = takeEffect(payment, resolved, { sent: named, done: doneBy(sent, reported.facts) }, commit);
    if (effect) return effect;
  }
  return pending ? undefined : lateCapture(payment, resolved, { operation, outcome }, commit, reported);
}

/** Minor units that the channel reports for the operation. Default: the requested amount. */
const doneBy = ({ kind, amount }: PendingOperation, facts: OperationFacts | undefined): bigint =>
  facts?.kind === kind && facts.amount !== undefined && facts.amount > 0n ? facts.amount : amount;

/** Whether the operation under way is reported over another amount than was asked for: that is booked, and needs a person. */
export function operationDiffers({ pending }: Payment, operation: number, { facts }: ReportedOperation): boolean {
  if (pending?.operation !== operation || pending.kind === 'void') return false;
  return doneBy(pending, facts) !== pending.amount;
}

/** What a capture took that we had given up, or never sent: the payment's while it waits for it, unapplied otherwise. */
function lateCapture(
  payment: Payment,
  resolved: Omit<Payment, 'pending' | 'refusedOperation'>,
  { operation, outcome: { handles } }: { readonly operation: number; readonly outcome: OperationOutcome },
  commit: Commit,
  reported: ReportedOperation,
): Payment | undefined {
  const amount = lateAmount(payment, operation, reported);
  const attempt = attemptOf(payment, reported);
  if (amount === undefined || !attempt) return undefined;
  const named = handles ? { handles } : {};
  const wanted = paidAttempt(payment)?.ordinal === attempt.ordinal && amount <= capturable(payment);
  if (!wanted) return captureReceived(payment, attempt, { operation, amount, ...named }, commit);
  const keepsRest = attempt.features?.includes('multicapture') ? { keepsRest: true as const } : {};
  const sent: PendingOperation = { kind: 'capture', operation, amount, sentMs: commit.nowMs, ...keepsRest, ...named };
  return next(resolved, 'captured', commit, captured(payment, { sent, done: amount }, commit, true));
}

/** Minor units that the capture took, unless it is not one or its money is accounted for. */
function lateAmount(payment: Payment, operation: number, { facts }: ReportedOperation): bigint | undefined {
  const refused = payment.refusedOperation?.operation === operation ? payment.refusedOperation : undefined;
  const { kind, amount: total } = facts ?? refused ?? {};
  if (kind !== 'capture' || total === undefined || tookEffect(payment, operation)) return undefined;
  const amount = total - unaskedAmount(payment);
  return amount > 0n ? amount : undefined;
}

/** What was captured unasked: the same money may be reported of the attempt before it is reported of the operation that took it. */
const unaskedAmount = (payment: Payment): bigint =>
  capturesOf(payment).reduce((sum, { amount, unasked }) => (unasked ? sum + amount : sum), 0n);

/** Whether this news of money must wait: another operation is under way, and what becomes of that decides what the money is. */
export const mustWait = (
  payment: Payment,
  operation: number,
  outcome: OperationOutcome,
  reported: ReportedOperation,
): boolean =>
  outcome.kind === 'succeeded' &&
  payment.pending !== undefined &&
  payment.pending.operation !== operation &&
  lateAmount(payment, operation, reported) !== undefined;

/** Whether the payment has gone on to another attempt than this. By their order, not their times: functions' clocks differ. */
const isOvertaken = (payment: Payment, ordinal: number | undefined): boolean =>
  ordinal !== undefined && ordinal !== operatedAttempt(payment).ordinal;

/** An operation that took effect. `done`: minor units that it took, or that are held since. */
interface Effect {
  readonly sent: PendingOperation;
  readonly done: bigint;
}

function takeEffect(
  payment: Payment,
  resolved: Omit<Payment, 'pending' | 'refusedOperation'>,
  effect: Effect,
  commit: Commit,
): Payment | undefined {
  const { sent } = effect;
  if (sent.kind === 'void' && !payment.capture) {
    if (payment.status === 'canceled' || !mayMove(NEXT_STATUS, payment.status, 'canceled')) return undefined;
    return canceledByVoid(payment, sent, commit);
  }
  if (payment.status !== 'requires_capture') return undefined;
  const done = { ...(sent.keyHash !== undefined && { operationKeyHash: sent.keyHash }), ...changed(payment, sent) };
  switch (sent.kind) {
    case 'capture':
      return next(resolved, 'captured', commit, { ...done, ...captured(payment, effect, commit) });
    case 'void':
      return next(resolved, 'released', commit, { ...done, ...holdReleased(payment, commit) });
    case 'increment':
      return next(resolved, 'incremented', commit, {
        ...done,
        amount: raisedTo(payment, effect),
        attempts: decided(payment, effect, commit),
      });
    default:
      return sent.kind satisfies never;
  }
}

/** What the payment asks for after an increment: no more than it asked for, and no more than is held. */
function raisedTo({ amount }: Payment, { sent, done }: Effect): bigint {
  const held = done < sent.amount ? done : sent.amount;
  return held > amount ? held : amount;
}

/** What the request changes beside the money; metadata name by name, for it may have been changed since. */
function changed({ metadata }: Payment, { changes }: PendingOperation): Changes {
  const { metadata: change, ...others } = changes ?? {};
  return change === undefined ? others : { ...others, metadata: mergedMetadata(metadata, change) };
}

/** Whether `outcome` contradicts the record of an operation: it changes nothing and needs a person. Number 0 returns unapplied money. */
export function contradictsOperation(
  payment: Payment,
  operation: number,
  outcome: OperationOutcome,
  reported: ReportedOperation = {},
): boolean {
  if (operation === 0 || payment.pending?.operation === operation) return false;
  const done = tookEffect(payment, operation);
  if (outcome.kind === 'failed') return done && !(payment.status === 'canceled' && isReleasedAlready(outcome));
  const hasUnattributed = attemptOf(payment, reported)?.unapplied !== undefined || unaskedAmount(payment) > 0n;
  const booked = reported.facts?.kind === 'capture' && hasUnattributed;
  return outcome.kind === 'succeeded' && !done && !booked;
}

/** The last operation ended a payment in a terminal status, unless it was refused. Other operations are identified by their numbers. */
const tookEffect = (payment: Payment, operation: number): boolean =>
  capturesOf(payment).some((capture) => capture.operation === operation) ||
  payment.attempts.some(({ increments }) => increments?.some((one) => one.operation === operation && !one.decline)) ||
  payment.attempts.some(({ unapplied }) => unapplied?.some((one) => one.operation === operation)) ||
  ((payment.status === 'succeeded' || payment.status === 'canceled') &&
    operation === payment.operations &&
    payment.refusedOperation?.operation !== operation);

/**
 * What a capture changes: it ends the hold, unless it keeps the rest and there is one. More than was asked for is unapplied. `named`: it says
 * which operation it was, for others may have been sent since.
 */
function captured(
  payment: Payment,
  { sent: { amount: asked, operation, keepsRest, keyHash, handles }, done }: Effect,
  commit: Commit,
  isNumbered = paidAttempt(payment)?.features?.includes('multicapture') ?? false,
): Changes {
  const amount = done < asked ? done : asked;
  const last = !keepsRest || amount === capturable(payment);
  const facts: CaptureFacts = {
    ...captureFacts(payment, operatedAttempt(payment), amount, commit.terms, timeOf(payment, commit)),
    ...(handles && { handles }),
  };
  const numbered = isNumbered
    ? { ...facts, operation, ...(keyHash !== undefined && { keyHash }), ...(!last && { keepsRest: true as const }) }
    : facts;
  return {
    ...(payment.capture ? { laterCaptures: [...(payment.laterCaptures ?? []), numbered] } : { capture: numbered }),
    ...withExcess(
      payment,
      last ? ended(payment, {}) : {},
      { amount: done - amount, operation, ...(handles && { handles }) },
      commit,
    ),
  };
}

/** The changes with what a capture took beyond what it was asked for. */
function withExcess(
  payment: Payment,
  changes: Changes,
  money: Pick<Unapplied, 'amount' | 'operation' | 'handles'>,
  commit: Commit,
): Changes {
  if (money.amount <= 0n) return changes;
  const { ordinal } = paidAttempt(payment)!;
  const { attempts = payment.attempts } = changes;
  const received = (attempt: Attempt): Attempt =>
    attempt.ordinal === ordinal ? withUnapplied(payment, attempt, money, commit) : attempt;
  return { ...changes, attempts: attempts.map(received) };
}

/** The rest of a partly captured hold is released: the captured amount is the paid amount. */
const holdReleased = (payment: Payment, commit: Commit): Changes =>
  ended(payment, { releasedMs: timeOf(payment, commit) });

const ended = (payment: Payment, how: Pick<Attempt, 'releasedMs'>): Changes => ({
  status: 'succeeded',
  attempts: payment.attempts.map((attempt) =>
    attempt.status === 'authorized' && !attempt.surplus ? { ...attempt, ...how, status: 'captured' } : attempt,
  ),
});

/** The attempts with what became of a try to hold more; word that it succeeded after all takes the place of its decline. */
function decided(
  payment: Payment,
  { sent: { amount: asked, operation, keyHash }, done: amount }: Effect,
  commit: Commit,
  decline?: Decline,
): readonly Attempt[] {
  const attempt = paidAttempt(payment)!;
  const increment: Increment = {
    operation,
    amount,
    ...(amount !== asked && { asked }),
    decidedMs: timeOf(payment, commit),
    ...(decline && { decline }),
    ...(keyHash !== undefined && { keyHash }),
  };
  const others = (attempt.increments ?? []).filter((one) => one.operation !== operation);
  return replaced(payment, { ...attempt, increments: [...others, increment] });
}
