/**
 * The meaning of a report about an attempt, given the recorded outcome: ranks, and a table of the pairs that these do not decide (ADR 0019).
 *
 * A success without money only moves up: unknown < requires action < pending < authenticated < failed < succeeded (I13). `pending` is news of an
 * order that waited for its payer: the payer has paid. An approval is completed where the channel is asked (ask.ts), and changes no record by
 * itself. Money has no rank: whatever is known, a captured amount is compared with what is accounted for, and the difference is never dropped (I15).
 */
import type { AttemptOutcome, AttemptState } from '../channels/port/port.ts';
import { lattice } from '../kernel/lattice.ts';
import { typeOf } from '../payment-methods/facts.ts';
import {
  type Attempt,
  awaitsDecision,
  heldAtFirst,
  isBeingVoided,
  isOrder,
  isVoidedByReference,
  unappliedAmount,
  unappliedTaken,
  whollyUnappliedAmount,
} from './attempt.ts';
import {
  capturable,
  capturesOf,
  isHeld,
  lastAttempt,
  operatedAttempt,
  type Payment,
  type PendingOperation,
  paidAttempt,
} from './payment.ts';

/**
 * nothing: the report has no outcome. known: it repeats the record, or is older. news: it moves the attempt. contradiction: it takes
 * back a success, changes nothing and raises an alarm. money, hold: the amount decides (`meaningOfMoney`, `meaningOfHold`).
 */
type Verdict = 'nothing' | 'known' | 'news' | 'contradiction' | 'money' | 'hold';

/** Statuses of an attempt, with `pending` of one that awaits its decision. A voided or closed one is over. */
const STATUSES = lattice<Attempt['status'] | 'pending'>({
  sent: 0,
  requires_action: 1,
  pending: 2,
  authenticated: 3,
  failed: 4,
  authorized: 5,
  captured: 5,
  voided: 6,
  closed: 6,
});

/** Where a rank does not decide: money, and a success that is taken back. */
const EXCEPTIONS: Readonly<Partial<Record<Attempt['status'], Partial<Record<AttemptOutcome['kind'], Verdict>>>>> = {
  // No payer has been asked yet: the channel only says that it has the request.
  sent: { pending: 'nothing' },
  authorized: { failed: 'contradiction', authorized: 'hold', captured: 'money' },
  captured: { failed: 'contradiction', captured: 'money' },
  // What was voided or closed may be said to be held, or declined, by a report that is older than the void. Money is not explained by that, nor is
  // a hold of what was closed before one was known.
  voided: { captured: 'money' },
  closed: { captured: 'money', authorized: 'hold' },
};

function verdictOf(attempt: Attempt, reported: AttemptOutcome['kind']): Verdict {
  // An approval leaves the money to `resume`: the attempt keeps waiting for it.
  if (reported === 'unknown' || reported === 'approved') return 'nothing';
  if (reported === 'pending' && !isOrder(attempt)) return 'nothing';
  const status = standingOf(attempt);
  const recorded = awaitsDecision(attempt) ? 'pending' : status;
  return EXCEPTIONS[status]?.[reported] ?? (STATUSES.isNews(recorded, reported) ? 'news' : 'known');
}

/** One that failed because a void under our reference took effect is to the channel what a closed one is. */
const standingOf = (attempt: Attempt): Attempt['status'] =>
  attempt.status === 'failed' && isVoidedByReference(attempt) ? 'closed' : attempt.status;

/**
 * outcome: the attempt moves to what is reported. capture: the channel took money that the payment still waits for, and perhaps more.
 * unapplied: it took money that the payment does not wait for. ask: only the channel can tell, the janitor asks. ended: the attempt is over
 * there, and with it the void under way that was to end it: the payment is canceled. hold: it holds another amount than before. wait: the operation that is under way decides what the report means, so it is taken again.
 */
export type Meaning =
  | 'nothing'
  | 'known'
  | 'contradiction'
  | 'outcome'
  | 'capture'
  | 'unapplied'
  | 'ask'
  | 'ended'
  | 'hold'
  | 'wait';

/** What `outcome` means for this attempt of the payment. */
export function meaningOf(payment: Payment, attempt: Attempt, outcome: AttemptOutcome): Meaning {
  const verdict: Verdict = verdictOf(attempt, outcome.kind);
  if (verdict === 'hold' && standingOf(attempt) === 'closed') return attempt.reportedHold ? 'known' : 'ask';
  if (verdict === 'hold') return meaningOfHold(payment, attempt, amountOf(outcome));
  if (verdict === 'money') return meaningOfMoney(payment, attempt, amountOf(outcome) ?? 0n);
  if (verdict !== 'news') return verdict;
  // A success that says it is over nothing.
  if (amountOf(outcome) === 0n) return 'contradiction';
  if (isBeingVoided(attempt) && outcome.kind === 'authorized') return attempt.reportedHold ? 'known' : 'ask';
  if (isBeingVoided(attempt) && outcome.kind === 'captured') return reportOf(attempt, outcome.amount);
  const { pending } = payment;
  return pending?.kind === 'void' && isCurrent(payment, attempt) ? besideVoid(attempt, outcome, pending) : 'outcome';
}

/**
 * What news means of an attempt that waits for its payer while a void of it is under way. The void either takes back what the payer did, or is
 * refused, and then the channel is asked again. A failure leaves nothing to void: the merchant's cancel is no declined payment.
 */
function besideVoid(attempt: Attempt, outcome: AttemptOutcome, { closes }: PendingOperation): Meaning {
  switch (outcome.kind) {
    case 'failed':
      return 'ended';
    case 'captured':
      return reportOf(attempt, outcome.amount);
    case 'authorized':
      // A void releases the hold. A close does not, so that is a void of its own.
      if (!closes) return 'outcome';
      return attempt.reportedHold ? 'known' : 'ask';
    default:
      return 'nothing';
  }
}

/** Minor units that a success reports. Undefined: the requested amount. */
const amountOf = (outcome: AttemptOutcome): bigint | undefined =>
  outcome.kind === 'captured' || outcome.kind === 'authorized' ? outcome.amount : undefined;

/** `amount` is what the channel says it holds; every amount that was held before is an older report. */
function meaningOfHold(payment: Payment, attempt: Attempt, amount: bigint | undefined): Meaning {
  const held = [heldAtFirst(attempt), ...(attempt.increments ?? []).map((one) => (one.decline ? 0n : one.amount))];
  if (amount === undefined || held.includes(amount)) return amount === 0n ? 'contradiction' : 'known';
  const { pending } = payment;
  if (pending && operatedAttempt(payment).ordinal === attempt.ordinal)
    return pending.kind === 'increment' && pending.amount === amount ? 'known' : 'wait';
  return amount === 0n || amount < takenBy(payment, attempt) ? 'contradiction' : 'hold';
}

/** `total` is what the channel says it has taken in all. */
function meaningOfMoney(payment: Payment, attempt: Attempt, total: bigint): Meaning {
  const known = takenBy(payment, attempt);
  if (total === known || wasTaken(payment, attempt, total)) return 'known';
  if (total < known) return 'contradiction';
  const paid = paidAttempt(payment)?.ordinal === attempt.ordinal;
  if (payment.pending && operatedAttempt(payment).ordinal === attempt.ordinal) return reportOf(attempt, total);
  // A charge in one step may have been captured before the void that took it back: only the channel knows the order.
  if (standingOf(attempt) === 'closed' && !attempt.manual) return reportOf(attempt, total);
  return paid && payment.status === 'requires_capture' ? 'capture' : 'unapplied';
}

/** The same report again says nothing new. */
const reportOf = ({ reported }: Attempt, amount: bigint): 'ask' | 'known' =>
  reported && reported.amount >= amount ? 'known' : 'ask';

/** Minor units that the channel is known to have taken for the attempt, whether they were applied or not. */
export const takenBy = (payment: Payment, attempt: Attempt): bigint =>
  appliedOf(payment, attempt).reduce((sum, amount) => sum + amount, 0n) + unappliedAmount(attempt);

const appliedOf = (payment: Payment, attempt: Attempt): readonly bigint[] =>
  paidAttempt(payment)?.ordinal === attempt.ordinal ? capturesOf(payment).map(({ amount }) => amount) : [];

/** Whether so much had been taken before the last of several captures or sums of unapplied money: the report was late. */
function wasTaken(payment: Payment, attempt: Attempt, total: bigint): boolean {
  const whole = whollyUnappliedAmount(attempt);
  const unapplied = unappliedTaken(attempt).map(({ amount }) => amount);
  let sum = 0n;
  return [...appliedOf(payment, attempt), ...(whole > 0n ? [whole] : []), ...unapplied].some((amount) => {
    sum += amount;
    return sum === total;
  });
}

/** Whether the payment still waits for this attempt: it is the last one, and no outcome is known. */
export const isCurrent = (payment: Payment, attempt: Attempt): boolean =>
  lastAttempt(payment)?.ordinal === attempt.ordinal &&
  (payment.status === 'processing' || payment.status === 'requires_action');

/** Whether the payer passed its challenge, and the payment waits for the confirmation that makes use of it. */
export const awaitsConfirmation = (payment: Payment, attempt: Attempt): boolean =>
  attempt.status === 'authenticated' &&
  payment.status === 'requires_confirmation' &&
  lastAttempt(payment)?.ordinal === attempt.ordinal &&
  payment.method?.id === attempt.method.id &&
  isAskedFor(payment, attempt);

/** Whether a success of this attempt pays the payment: it is current, or it failed and nothing has followed it. */
export const isWanted = (payment: Payment, attempt: Attempt): boolean =>
  isCurrent(payment, attempt) ||
  (payment.status === 'requires_payment_method' &&
    lastAttempt(payment)?.ordinal === attempt.ordinal &&
    isAskedFor(payment, attempt));

/** Whether the payment still asks for what this attempt asked for; it may have been changed since that failed. */
const isAskedFor = (payment: Payment, attempt: Attempt): boolean =>
  attempt.amount === payment.amount &&
  attempt.currency === payment.currency &&
  attempt.manual === isHeld(payment, typeOf(attempt.method));

/** Whether `outcome` contradicts the record: a success taken back, or less money. It changes nothing and needs a person. */
export const contradicts = (payment: Payment, attempt: Attempt, outcome: AttemptOutcome): boolean =>
  meaningOf(payment, attempt, outcome) === 'contradiction';

/**
 * Whether `outcome` is booked and needs a person all the same: a hold of another amount than was asked for, or a part of a hold that was
 * taken unasked. Unapplied money has an alarm of its own.
 */
export function differs(payment: Payment, attempt: Attempt, outcome: AttemptOutcome): boolean {
  const meaning = meaningOf(payment, attempt, outcome);
  if (meaning === 'hold') return true;
  if (outcome.kind === 'authorized')
    return meaning === 'outcome' && outcome.amount !== undefined && outcome.amount !== attempt.amount;
  return (
    meaning === 'capture' &&
    outcome.kind === 'captured' &&
    outcome.amount - takenBy(payment, attempt) < capturable(payment)
  );
}

/** Whether the channel's whole state says that a void of ours released what it held. */
export const isReleased = ({ operations, operationFacts }: AttemptState): boolean =>
  [...operations].some(([number, { kind }]) => kind === 'succeeded' && operationFacts?.get(number)?.kind !== 'capture');

/** Whether the channel's whole state says that a void has returned what it took: of a charge in one step every operation is a void. */
export const isTakenBack = ({ manual }: Attempt, { attempt, operations }: AttemptState): boolean =>
  !manual && attempt.kind === 'captured' && [...operations.values()].some(({ kind }) => kind === 'succeeded');
