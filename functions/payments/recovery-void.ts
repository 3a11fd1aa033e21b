/**
 * Recovery of an attempt whose channel has no query: a void under our reference (I15). It is stored before it is sent, and sent again under the same
 * number until its outcome is known. While it is under way, a reported success waits for it. Once it took effect, money that is reported is
 * unapplied. Pure.
 */
import type { Capabilities, Timing } from '../channels/port/capabilities.ts';
import type { FollowUp, OperationOutcome } from '../channels/port/port.ts';
import { settledFromMs } from './ask.ts';
import { type Attempt, isBeingVoided, isOpen, isOrder, type RecoveryVoid } from './attempt.ts';
import { type Commit, replaced } from './commit.ts';
import { VOIDED_UNANSWERED } from './decline.ts';
import { handlesLearned } from './handles.ts';
import { stillUnknown } from './judgement.ts';
import { applyNeverArrived, applyOutcome } from './outcome.ts';
import { lastAttempt, type Payment } from './payment.ts';
import { isReleasedAlready } from './unapplied.ts';

/** wait: nothing to do, or nothing that may be done. start: store the void and send it. send: send the stored one again. */
export type RecoveryStep = 'wait' | 'start' | 'send';

/**
 * What the janitor does about an attempt. A void is started once nothing can be under way or paid any more, and again under another number after
 * a refused one. A stored one is sent until its outcome is known, whatever is reported of the attempt meanwhile. An order is closed instead, which
 * moves no money (`askAttempt`).
 */
export function recoveryStep(
  attempt: Attempt,
  { capabilities, timing }: { readonly capabilities: Pick<Capabilities, 'recovery'>; readonly timing: Timing },
  asOfMs: number,
): RecoveryStep {
  const { recoveryVoid } = attempt;
  if (recoveryVoid && isBeingVoided(attempt))
    return asOfMs - recoveryVoid.sentMs <= timing.idempotencyMs ? 'send' : 'wait';
  if (capabilities.recovery.payment === 'query' || !isOpen(attempt) || isOrder(attempt)) return 'wait';
  return asOfMs > settledFromMs(attempt, timing) ? 'start' : 'wait';
}

/**
 * The payment with the void of an attempt that is about to be sent. It uses up the number of an operation. A payment that was not announced, because
 * the request that made it died, is reported as in progress.
 */
export function startedRecoveryVoid(payment: Payment, attempt: Attempt, commit: Commit): Payment {
  const operation = payment.operations + 1;
  const recoveryVoid: RecoveryVoid = { operation, sentMs: commit.nowMs };
  const attempts = replaced(payment, { ...attempt, recoveryVoid });
  const started: Payment = { ...payment, operations: operation, attempts };
  const isUnannounced = payment.unannounced === true || payment.cause === 'rerouted';
  return isUnannounced ? stillUnknown(started, commit) : handlesLearned(payment, started, commit)!;
}

/** The request that the stored void stands for: the same each time, whatever was learned since. So it carries no handles. */
export const recoveryVoidOf = (
  { reference, channel, createdMs, currency }: Attempt,
  { operation, sentMs }: RecoveryVoid,
): FollowUp => ({ reference, account: channel, createdMs, operation, sentMs, currency });

/** The attempts that the janitor may have to void: those whose void is under way, and the last one. None waits for another's outcome. */
export const attemptsToVoid = (payment: Payment): readonly Attempt[] =>
  payment.attempts.filter((attempt) => isBeingVoided(attempt) || attempt === lastAttempt(payment));

/** The attempt that a void under our reference with this number is about. */
export const attemptVoidedBy = (payment: Payment, ordinal: number, operation: number): Attempt | undefined =>
  payment.attempts.find((one) => one.ordinal === ordinal && one.recoveryVoid?.operation === operation);

/**
 * The payment after what was learned of such a void, or undefined when that is no news. Where it took effect, the attempt failed. Where it was
 * refused, what the channel says it has instead is the outcome of the attempt, and so is a success that was reported meanwhile.
 */
export function applyRecoveryVoid(
  payment: Payment,
  ordinal: number,
  operation: number,
  outcome: OperationOutcome,
  commit: Commit,
): Payment | undefined {
  const attempt = attemptVoidedBy(payment, ordinal, operation);
  if (!attempt || outcome.kind === 'unknown' || outcome.kind === 'pending') return undefined;
  const result = outcome.kind === 'succeeded' || isReleasedAlready(outcome) ? 'succeeded' : 'failed';
  if (!mayLearn(attempt, result, outcome)) return undefined;
  const marked = (of: Payment): Payment => ({
    ...of,
    attempts: of.attempts.map((one) =>
      one.ordinal === ordinal ? { ...one, recoveryVoid: { ...attempt.recoveryVoid!, outcome: result } } : one,
    ),
  });
  if (result === 'succeeded') {
    const failed = applyOutcome(payment, ordinal, { kind: 'failed', decline: VOIDED_UNANSWERED }, commit);
    return failed ? marked(failed) : handlesLearned(payment, marked(payment), commit);
  }
  return afterRefusal(marked(payment), attempt, outcome, commit) ?? handlesLearned(payment, marked(payment), commit);
}

/** After a refusal, its reason is news while nothing else is known, and a success of the void unless the attempt was paid meanwhile. */
function mayLearn(attempt: Attempt, result: 'succeeded' | 'failed', outcome: OperationOutcome): boolean {
  const known = attempt.recoveryVoid?.outcome;
  if (known === undefined) return true;
  if (known === 'succeeded') return false;
  if (result === 'succeeded') return isOpen(attempt) || attempt.status === 'failed' || attempt.status === 'closed';
  return isOpen(attempt) && outcome.kind === 'failed' && outcome.found !== undefined;
}

/** The payment after the void was refused; undefined where the channel does not say why, or nothing follows from it. */
function afterRefusal(
  payment: Payment,
  { ordinal, said }: Attempt,
  outcome: OperationOutcome,
  commit: Commit,
): Payment | undefined {
  const found = outcome.kind === 'failed' ? outcome.found : undefined;
  if (!found || found.kind === 'released') return undefined;
  if (found.kind !== 'not_found') return applyOutcome(payment, ordinal, found, commit);
  return said ? undefined : applyNeverArrived(payment, ordinal, commit);
}

/** Whether `outcome` contradicts the record: a void took effect of an attempt that is paid, or a success of it was taken back. */
export const contradictsRecoveryVoid = (attempt: Attempt, outcome: OperationOutcome): boolean => {
  const known = attempt.recoveryVoid?.outcome;
  if (known === undefined || isReleasedAlready(outcome)) return false;
  return (outcome.kind === 'succeeded' && known === 'failed') || (outcome.kind === 'failed' && known === 'succeeded');
};
