/**
 * One pure way to learn an outcome: the synchronous reply, the callback and the janitor all end here. `outcome-table.ts` says what each
 * report means. A repeated, late or weaker outcome changes nothing (I13). Money that arrives for a payment that does not wait for it is
 * unapplied: booked, and returned to the payer (I15).
 */
import type { AttemptOutcome, Decline } from '../channels/port/port.ts';
import { without } from '../kernel/without.ts';
import { type Attempt, chargedMs, isDecided, storedAction } from './attempt.ts';
import { canceledByVoid } from './cancellation.ts';
import { type Commit, captureFacts, next, replaced, timeOf } from './commit.ts';
import { CANNOT_ASK, declinedByRisk, paidInPartOnly, shownDecline, storedDecline, withoutAnswer } from './decline.ts';
import { handlesLearned, withHandles } from './handles.ts';
import { awaitsConfirmation, isCurrent, isWanted, meaningOf } from './outcome-table.ts';
import { lastAttempt, type Payment } from './payment.ts';
import { capturedUnasked, holdChanged, holdReported, moneyReceived, reportNoted, withUnapplied } from './unapplied.ts';

/**
 * The payment after what was learned of attempt `ordinal`, or undefined when that is no news.
 * A success of an attempt that is not the payment's any more (canceled, paid otherwise, another attempt under way) becomes unapplied.
 * Money beyond what is accounted for becomes unapplied money of the attempt.
 */
export function applyOutcome(
  payment: Payment,
  ordinal: number,
  outcome: AttemptOutcome,
  commit: Commit,
): Payment | undefined {
  const named = withHandles(payment, ordinal, outcome.handles);
  const attempt = named.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (!attempt) return undefined;
  const meaning = meaningOf(named, attempt, outcome);
  switch (meaning) {
    case 'nothing':
    case 'known':
      return handlesLearned(payment, named, commit);
    case 'contradiction':
    case 'wait':
      return undefined;
    case 'outcome':
      return moved(named, attempt, outcome, commit) ?? handlesLearned(payment, named, commit);
    case 'ended':
      return canceledByVoid(named, named.pending!, commit);
    case 'ask':
      return noted(payment, attempt, outcome, commit);
    case 'capture':
    case 'unapplied':
      return outcome.kind === 'captured' ? WITH_MONEY[meaning](named, attempt, outcome.amount, commit) : undefined;
    case 'hold':
      return outcome.kind === 'authorized' && outcome.amount !== undefined
        ? holdChanged(named, attempt, outcome.amount, commit)
        : undefined;
    default:
      return meaning satisfies never;
  }
}

/** Whether the report may change the payment. A repeated report needs no terms. */
export function isNews(payment: Payment, attempt: Attempt, outcome: AttemptOutcome): boolean {
  const meaning = meaningOf(payment, attempt, outcome);
  if (meaning === 'nothing' || meaning === 'known')
    return withHandles(payment, attempt.ordinal, outcome.handles) !== payment;
  return meaning !== 'contradiction' && meaning !== 'wait';
}

/** The payment with a note of a report that cannot be applied yet, with all that it says. */
function noted(payment: Payment, attempt: Attempt, outcome: AttemptOutcome, commit: Commit): Payment | undefined {
  if (outcome.kind === 'captured') return reportNoted(payment, attempt, outcome, commit);
  return outcome.kind === 'authorized' ? holdReported(payment, attempt, outcome, commit) : undefined;
}

const WITH_MONEY = { capture: capturedUnasked, unapplied: moneyReceived };

/** The payment after the attempt moved to its outcome. */
function moved(payment: Payment, attempt: Attempt, outcome: AttemptOutcome, commit: Commit): Payment | undefined {
  switch (outcome.kind) {
    case 'unknown':
    case 'approved':
      return undefined;
    case 'pending':
      return isCurrent(payment, attempt) ? undecided(payment, attempt, commit) : undefined;
    case 'requires_action':
      // A charge without an intent cannot be challenged, and its instruction said so.
      if (payment.direct) return failed(payment, attempt, CANNOT_ASK, commit);
      return isCurrent(payment, attempt)
        ? next(payment, 'outcome', commit, {
            status: 'requires_action',
            attempts: replaced(payment, { ...attempt, status: 'requires_action', ...storedAction(outcome.action) }),
          })
        : undefined;
    case 'authenticated':
      return isCurrent(payment, attempt)
        ? next(payment, 'outcome', commit, {
            status: 'requires_confirmation',
            attempts: replaced(payment, { ...attempt, status: 'authenticated' }),
          })
        : undefined;
    case 'failed':
      return failed(
        payment,
        attempt,
        shownDecline(attempt, outcome.decline),
        commit,
        outcome.checks && { checks: outcome.checks },
      );
    case 'authorized':
    case 'captured':
      return paid(payment, attempt, outcome, commit);
    default:
      return outcome satisfies never;
  }
}

/** The started payment as the rules leave it that refuse its attempt: its first commit is its last, and nothing is sent to a channel. */
export function refusedByRules(started: Payment): Payment {
  const attempt = lastAttempt(started)!;
  const refusal = { decline: declinedByRisk(attempt), blocked: true, settledMs: started.committedMs };
  return {
    ...without(without(started, 'method'), 'unannounced'),
    cause: 'outcome',
    status: 'requires_payment_method',
    attempts: replaced(started, { ...attempt, ...refusal, status: 'failed' }),
  };
}

/** The payment after nothing of attempt `ordinal` can be paid any more: it never arrived at the channel, or its order expired. */
export function applyNeverArrived(payment: Payment, ordinal: number, commit: Commit): Payment | undefined {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  return attempt && applyOutcome(payment, ordinal, { kind: 'failed', decline: withoutAnswer(attempt) }, commit);
}

/** The payment whose payer has paid, and whose channel has not decided: it is processing, and its charge is pending. */
function undecided(payment: Payment, attempt: Attempt, commit: Commit): Payment {
  const { pendingMs = timeOf(payment, commit) } = attempt;
  const attempts = replaced(payment, { ...attempt, status: 'sent', pendingMs });
  return next(payment, 'outcome', commit, { status: 'processing', attempts });
}

function failed(
  payment: Payment,
  attempt: Attempt,
  decline: Decline,
  commit: Commit,
  facts: Partial<Attempt> = {},
): Payment {
  const committed = timeOf(payment, commit);
  const shown = { decline: storedDecline(decline), settledMs: committed };
  const attempts = replaced(payment, { ...attempt, ...facts, ...shown, status: 'failed' });
  if (!isCurrent(payment, attempt) && !awaitsConfirmation(payment, attempt))
    return next(payment, 'outcome', commit, { attempts });
  return next(without(payment, 'method'), 'outcome', commit, { status: 'requires_payment_method', attempts });
}

function paid(
  payment: Payment,
  attempt: Attempt,
  outcome: Extract<AttemptOutcome, { kind: 'authorized' | 'captured' }>,
  commit: Commit,
): Payment {
  const decidedMs = timeOf(payment, commit);
  const { amount = attempt.amount } = outcome;
  const facts: Attempt = {
    ...without(attempt, 'decline'),
    status: outcome.kind,
    authorizationCode: outcome.authorizationCode,
    settledMs: decidedMs,
    ...(outcome.checks && { checks: outcome.checks }),
    ...(outcome.wallet && { wallet: outcome.wallet }),
    ...(outcome.fundsAvailable && { fundsAvailable: true }),
    ...(outcome.kind === 'authorized' && outcome.features && { features: outcome.features }),
    // A charge that was announced as declined is listed where it was announced.
    ...(isDecided(attempt) && { pendingMs: chargedMs(attempt) }),
    ...(outcome.kind === 'authorized' && amount !== attempt.amount && { held: amount }),
  };
  if (!isWanted(payment, attempt)) return withUnappliedAttempt(payment, facts, amount, commit);
  if (amount < attempt.amount) return paidInPart(payment, facts, amount, commit);
  if (outcome.kind === 'authorized')
    return next(payment, 'outcome', commit, {
      status: 'requires_capture',
      method: attempt.method,
      attempts: replaced(payment, facts),
    });
  const excess = amount - attempt.amount;
  return next(payment, 'outcome', commit, {
    status: 'succeeded',
    method: attempt.method,
    attempts: replaced(payment, excess > 0n ? withUnapplied(payment, facts, { amount: excess }, commit) : facts),
    capture: captureFacts(payment, attempt, attempt.amount, commit.terms, decidedMs),
  });
}

/** The attempt's success with what it is over, where that is money and another amount than was asked for. */
const whollyUnapplied = (attempt: Attempt, amount: bigint): Attempt => ({
  ...attempt,
  ...(attempt.status === 'captured' && amount !== attempt.amount && { taken: amount }),
  surplus: true,
});

/** The payment after an attempt succeeded that it does not wait for. */
const withUnappliedAttempt = (payment: Payment, attempt: Attempt, amount: bigint, commit: Commit): Payment =>
  next(payment, 'outcome', commit, { attempts: replaced(payment, whollyUnapplied(attempt, amount)) });

/**
 * The payment after its channel held or took less than requested. Partial payment was not agreed, so it needs another method, and the money
 * is returned.
 */
function paidInPart(payment: Payment, attempt: Attempt, amount: bigint, commit: Commit): Payment {
  const attempts = replaced(payment, { ...whollyUnapplied(attempt, amount), decline: paidInPartOnly(attempt) });
  return next(without(payment, 'method'), 'outcome', commit, { status: 'requires_payment_method', attempts });
}
