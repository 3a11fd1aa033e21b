/**
 * Unapplied money: what a channel took although no capture of the payment accounts for it. It is booked in suspense, returned to the payer
 * as a refund with its own reference at the channel, and raises an alarm until it is back (I15). Pure.
 */
import type { AttemptState, OperationOutcome } from '../channels/port/port.ts';
import { type ChannelReference, channelReference } from '../kernel/ids.ts';
import { without } from '../kernel/without.ts';
import {
  type Attempt,
  chargedMs,
  hasCharge,
  hasOpenReport,
  type Increment,
  isWhollyUnapplied,
  type Success,
  type Unapplied,
  unappliedAmount,
  unappliedTaken,
  unreturned,
  whollyUnappliedAmount,
} from './attempt.ts';
import { type Commit, captureFacts, next, replaced, timeOf, voidedBy } from './commit.ts';
import { isRefusedForNow } from './decline.ts';
import { isReleased, takenBy } from './outcome-table.ts';
import { type CaptureFacts, capturable, capturesOf, type Payment } from './payment.ts';

/** References 1 to 30 of a payment are its attempts (size-limit.ts). Later money counts up from here, wholly unapplied attempts count down from the end. */
const FIRST_RETURN = 31;
const LAST_RETURN = 61;

const attemptOf = (payment: Payment, ordinal: number): Attempt | undefined =>
  payment.attempts.find((candidate) => candidate.ordinal === ordinal);

type Captured = Extract<Success, { kind: 'captured' }>;

/** The payment with a note of what the channel reports as taken: the janitor asks what that means. */
export const reportNoted = (payment: Payment, attempt: Attempt, said: Captured, commit: Commit): Payment =>
  next(payment, 'money_reported', commit, {
    attempts: replaced(payment, { ...attempt, reported: { amount: said.amount }, said }),
  });

/** The payment with a note that the channel reports a hold of an attempt that it had closed: the janitor asks whether that is there. */
export const holdReported = (
  payment: Payment,
  attempt: Attempt,
  said: Exclude<Success, Captured>,
  commit: Commit,
): Payment =>
  next(payment, 'money_reported', commit, {
    // Money that was reported before says more.
    attempts: replaced(payment, { ...attempt, reportedHold: 'open', said: attempt.said ?? said }),
  });

/**
 * The payment after the channel was asked about such a hold. One that is there is unapplied, and is voided. Undefined while the channel does not
 * say, an operation is under way, and when it is resolved.
 */
export function applyHoldReport(
  payment: Payment,
  ordinal: number,
  state: AttemptState,
  commit: Commit,
): Payment | undefined {
  const attempt = attemptOf(payment, ordinal);
  if (attempt?.reportedHold !== 'open' || payment.pending) return undefined;
  const resolved: Attempt = { ...attempt, reportedHold: 'resolved' };
  const { attempt: found } = state;
  // A void under our reference was refused since, and the hold is known: the payment has it, or had it until it was released.
  const isKnown = attempt.status === 'authorized' || attempt.status === 'captured' || attempt.status === 'voided';
  if (found.kind === 'authorized' && !isReleased(state) && !isKnown) {
    const { authorizationCode, amount: held = attempt.amount } = found;
    const settledMs = timeOf(payment, commit);
    // A charge that was announced as declined is listed where it was announced.
    const announced = hasCharge(attempt) ? { pendingMs: chargedMs(attempt) } : {};
    const hold = { authorizationCode, held, settledMs, ...announced };
    const there: Attempt = { ...without(resolved, 'decline'), ...hold, status: 'authorized', surplus: true };
    return next(payment, 'outcome', commit, { attempts: replaced(payment, there) });
  }
  return found.kind === 'authorized' || found.kind === 'captured' || found.kind === 'failed'
    ? next(payment, 'money_reported', commit, { attempts: replaced(payment, resolved) })
    : undefined;
}

/**
 * The payment after its channel took `total` in all of a hold, without being asked: what the payment waits for is a capture, its last one unless
 * the hold can be captured again. What is beyond the hold is unapplied.
 */
export function capturedUnasked(payment: Payment, attempt: Attempt, total: bigint, commit: Commit): Payment {
  const extra = total - takenBy(payment, attempt);
  const left = capturable(payment);
  const amount = extra < left ? extra : left;
  const keepsRest = amount < left && attempt.features?.includes('multicapture') === true;
  const facts: CaptureFacts = {
    ...captureFacts(payment, attempt, amount, commit.terms, timeOf(payment, commit)),
    unasked: true,
    ...(keepsRest && { keepsRest }),
  };
  const { refusedOperation: _, ...kept } = payment;
  const taken: Attempt = keepsRest ? attempt : { ...attempt, status: 'captured' };
  return next(kept, 'captured', commit, {
    ...(!keepsRest && { status: 'succeeded' }),
    attempts: replaced(
      payment,
      extra > amount ? withUnapplied(payment, taken, { amount: extra - amount }, commit) : taken,
    ),
    ...(capturesOf(payment).length > 0
      ? { laterCaptures: [...(payment.laterCaptures ?? []), facts] }
      : { capture: facts }),
  });
}

/** The payment after its channel reported a hold of `amount`, without being asked: the number of an operation is used up for it. */
export function holdChanged(payment: Payment, attempt: Attempt, amount: bigint, commit: Commit): Payment {
  const operation = payment.operations + 1;
  const change: Increment = { operation, amount, decidedMs: timeOf(payment, commit), unasked: true };
  const increments = [...(attempt.increments ?? []), change];
  return next(payment, 'incremented', commit, {
    operations: operation,
    attempts: replaced(payment, { ...attempt, increments }),
  });
}

/** The payment after the channel took `total` in all for the attempt, of which some is not accounted for. */
export const moneyReceived = (payment: Payment, attempt: Attempt, total: bigint, commit: Commit): Payment =>
  next(payment, 'surplus_received', commit, {
    attempts: replaced(payment, withUnapplied(payment, attempt, { amount: total - takenBy(payment, attempt) }, commit)),
  });

/** The payment after capture `operation` took `amount` that it does not wait for; undefined when that money is booked already. */
export function captureReceived(
  payment: Payment,
  attempt: Attempt,
  capture: Pick<Unapplied, 'amount' | 'handles'> & { readonly operation: number },
  commit: Commit,
): Payment | undefined {
  const unapplied = unappliedTaken(attempt);
  // The same money may have been reported of the attempt before it was reported of the operation.
  const unattributed = unapplied.filter(({ operation }) => operation === undefined);
  const amount = unattributed.reduce((left, one) => left - one.amount, capture.amount);
  if (amount <= 0n) return undefined;
  const received = withUnapplied(payment, attempt, { ...capture, amount }, commit);
  return next(payment, 'surplus_received', commit, { attempts: replaced(payment, received) });
}

/** The attempt with money that no capture accounts for, booked by the next commit. */
export function withUnapplied(
  payment: Payment,
  attempt: Attempt,
  money: Pick<Unapplied, 'amount' | 'operation' | 'handles' | 'cameBack'>,
  commit: Commit,
): Attempt {
  const number = FIRST_RETURN + payment.attempts.reduce((count, { unapplied = [] }) => count + unapplied.length, 0);
  if (number >= attemptReturnNumber(payment.attempts.length))
    throw new Error(`payment ${payment.body} has unapplied money too often`);
  const one: Unapplied = { ...money, number, receivedMs: timeOf(payment, commit) };
  // A hold that no payment expects was captured: nothing is held any more.
  const held = attempt.surplus && attempt.status === 'authorized' ? voidedBy(payment, attempt, commit) : attempt;
  // Where there was no charge, this makes one.
  const announced = hasCharge(attempt) ? {} : { pendingMs: one.receivedMs };
  return { ...held, ...announced, unapplied: [...(held.unapplied ?? []), one] };
}

/** The number under which the money of a wholly unapplied attempt goes back. */
export const attemptReturnNumber = (ordinal: number): number => LAST_RETURN + 1 - ordinal;

/** Money that is to go back to the payer, and under which reference of ours. */
export interface Return {
  readonly attempt: Attempt;
  readonly number: number;
  readonly reference: ChannelReference;
  readonly amount: bigint;
  /** The channel refused it, or it came back once: a person decides, and it is not sent again. */
  readonly failed: boolean;
  /** Minor units that the attempt took for the merchant. */
  readonly beside: bigint;
}

/** Every return that is due: the money of wholly unapplied attempts, and unapplied money. An unapplied hold is voided, and is not in here. */
export const returnsDue = (payment: Payment): readonly Return[] =>
  payment.attempts.flatMap((attempt): Return[] => {
    const due = (number: number, amount: bigint, cameBack?: number): Return => ({
      attempt,
      number,
      failed: cameBack !== undefined || hasFailed(attempt, number),
      reference: channelReference(payment.scope, payment.body, number),
      amount,
      beside: takenBy(payment, attempt) - unappliedAmount(attempt),
    });
    return [
      ...(isWhollyUnapplied(attempt) && attempt.status === 'captured'
        ? [due(attemptReturnNumber(attempt.ordinal), attempt.taken ?? attempt.amount)]
        : []),
      ...unreturned(attempt).map(({ number, amount, cameBack }) => due(number, amount, cameBack)),
    ];
  });

/** The payment after its unapplied hold or money of attempt `ordinal` went back, or undefined when it had. */
export function applyAttemptReturned(payment: Payment, ordinal: number, commit: Commit): Payment | undefined {
  const attempt = attemptOf(payment, ordinal);
  if (!attempt || !isWhollyUnapplied(attempt)) return undefined;
  return next(payment, 'surplus_returned', commit, { attempts: replaced(payment, voidedBy(payment, attempt, commit)) });
}

/** One void per attempt releases an unapplied hold. A retry is the same void. */
export const UNAPPLIED_OPERATION = 0;

/** The payment after what was learned of that void: the hold is gone, by it or before it. Undefined when that is no news. */
export function applyUnappliedVoid(
  payment: Payment,
  ordinal: number,
  outcome: OperationOutcome,
  commit: Commit,
): Payment | undefined {
  const isGone = outcome.kind === 'succeeded' || isReleasedAlready(outcome);
  return isGone && attemptOf(payment, ordinal)?.status === 'authorized'
    ? applyAttemptReturned(payment, ordinal, commit)
    : undefined;
}

/** The payment after the return with this number succeeded, or undefined when that is known. */
export function applyReturned(
  payment: Payment,
  number: number,
  commit: Commit,
  how: Pick<Unapplied, 'released'> = {},
): Payment | undefined {
  const due = returnsDue(payment).find((candidate) => candidate.number === number);
  if (!due || (due.failed && !how.released)) return undefined;
  const { attempt } = due;
  if (!attempt.unapplied?.some((one) => one.number === number))
    return applyAttemptReturned(payment, attempt.ordinal, commit);
  const returnedMs = timeOf(payment, commit);
  const unapplied = attempt.unapplied.map((one) => (one.number === number ? { ...one, returnedMs, ...how } : one));
  return next(payment, 'surplus_returned', commit, { attempts: replaced(payment, { ...attempt, unapplied }) });
}

/** Whether no return with this number was ever made, for the channel had given the money back: such a return cannot come back. */
const wasReleased = ({ unapplied = [] }: Attempt, number: number): boolean =>
  unapplied.some((one) => one.number === number && one.released === true);

const hasFailed = ({ failedReturns }: Attempt, number: number): boolean => failedReturns?.includes(number) ?? false;

/** The payment after what was learned of the return with this number, or undefined when that is no news. */
export function applyReturn(
  payment: Payment,
  number: number,
  outcome: OperationOutcome,
  commit: Commit,
): Payment | undefined {
  if (outcome.kind === 'succeeded') return applyReturned(payment, number, commit);
  if (isReleasedAlready(outcome)) return applyReturned(payment, number, commit, { released: true });
  return outcome.kind === 'failed' && !isRefusedForNow(outcome)
    ? applyReturnFailed(payment, number, commit)
    : undefined;
}

/** Whether a void or a return failed because nothing is left that could go back. */
export const isReleasedAlready = (outcome: OperationOutcome): boolean =>
  outcome.kind === 'failed' && outcome.found?.kind === 'released';

/** Whether `outcome` contradicts the record: a success of a return that failed, the failure of one that took nothing. */
export function contradictsReturn(payment: Payment, number: number, outcome: OperationOutcome): boolean {
  const failed = payment.attempts.some((attempt) => hasFailed(attempt, number));
  const isUnmade = isReleasedAlready(outcome) || payment.attempts.some((attempt) => wasReleased(attempt, number));
  return (outcome.kind === 'succeeded' && failed) || (outcome.kind === 'failed' && !failed && !isUnmade);
}

/**
 * The payment after the return with this number failed, or undefined when that is known. One that was made has come back: the channel has the
 * money again, so it is booked again. One that is due stays due. Failed is the later truth, as with refunds: neither is sent again.
 */
export function applyReturnFailed(payment: Payment, number: number, commit: Commit): Payment | undefined {
  const attempt = returnedAttempt(payment, number);
  if (!attempt || hasFailed(attempt, number) || wasReleased(attempt, number)) return undefined;
  const failed: Attempt = { ...attempt, failedReturns: [...(attempt.failedReturns ?? []), number] };
  if (isReturnDue(payment, number))
    return next(payment, 'money_reported', commit, { attempts: replaced(payment, failed) });
  const amount = attempt.unapplied?.find((one) => one.number === number)?.amount ?? whollyUnappliedAmount(attempt);
  // An unapplied hold that was voided took nothing that could come back.
  if (amount === 0n) return undefined;
  return next(payment, 'surplus_received', commit, {
    attempts: replaced(payment, withUnapplied(payment, failed, { amount, cameBack: number }, commit)),
  });
}

/** The attempt whose money the return with this number is about, due or made; undefined when the payment has no such return. */
export const returnedAttempt = (payment: Payment, number: number): Attempt | undefined =>
  payment.attempts.find(
    ({ surplus, ordinal, unapplied = [] }) =>
      (surplus === true && attemptReturnNumber(ordinal) === number) || unapplied.some((one) => one.number === number),
  );

const isReturnDue = (payment: Payment, number: number): boolean =>
  returnsDue(payment).some((due) => due.number === number);

/**
 * The payment after the channel was asked what its report means: the money went back with a void (`takenBack`), or it is there.
 * Undefined while an operation is under way, and when the report has been resolved.
 */
export function applyReport(
  payment: Payment,
  ordinal: number,
  takenBack: boolean,
  commit: Commit,
): Payment | undefined {
  const attempt = attemptOf(payment, ordinal);
  if (!attempt?.reported || !hasOpenReport(attempt) || payment.pending) return undefined;
  const { amount } = attempt.reported;
  const extra = amount - takenBy(payment, attempt);
  const resolved: Attempt = { ...attempt, reported: { amount, resolvedMs: timeOf(payment, commit) } };
  if (takenBack || extra <= 0n)
    return next(payment, 'money_reported', commit, { attempts: replaced(payment, resolved) });
  return next(payment, 'surplus_received', commit, {
    attempts: replaced(payment, withUnapplied(payment, resolved, { amount: extra }, commit)),
  });
}
