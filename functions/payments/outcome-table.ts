/**
 * What a report of an attempt means, given what is known of the attempt: one table of every (known, reported) pair (ADR 0019).
 *
 * A success without money only moves up: unknown < requires action < authenticated < failed < succeeded (I13). Money has no rank: whatever
 * is known, a captured amount is compared with what is accounted for, and the difference is never dropped (I15).
 */
import type { AttemptOutcome, AttemptState } from '../channels/port.ts';
import { type Attempt, surplusTaken } from './attempt.ts';
import { capturable, capturesOf, lastAttempt, operatedAttempt, type Payment, paidAttempt } from './payment.ts';

/**
 * nothing: the report says nothing. known: it repeats, or is older than, what is known. news: it moves the attempt. contradiction: it takes
 * back a success, changes nothing and raises an alarm. money: the amount decides (`meaningOfMoney`).
 */
type Verdict = 'nothing' | 'known' | 'news' | 'contradiction' | 'money';

const UNKNOWN = { unknown: 'nothing', pending: 'nothing' } as const;

export const VERDICTS = {
  sent: {
    ...UNKNOWN,
    requires_action: 'news',
    authenticated: 'news',
    failed: 'news',
    authorized: 'news',
    captured: 'news',
  },
  requires_action: {
    ...UNKNOWN,
    requires_action: 'known',
    authenticated: 'news',
    failed: 'news',
    authorized: 'news',
    captured: 'news',
  },
  authenticated: {
    ...UNKNOWN,
    requires_action: 'known',
    authenticated: 'known',
    failed: 'news',
    authorized: 'news',
    captured: 'news',
  },
  failed: {
    ...UNKNOWN,
    requires_action: 'known',
    authenticated: 'known',
    failed: 'known',
    authorized: 'news',
    captured: 'news',
  },
  authorized: {
    ...UNKNOWN,
    requires_action: 'known',
    authenticated: 'known',
    failed: 'contradiction',
    authorized: 'known',
    captured: 'money',
  },
  captured: {
    ...UNKNOWN,
    requires_action: 'known',
    authenticated: 'known',
    failed: 'contradiction',
    authorized: 'known',
    captured: 'money',
  },
  // What was voided or closed may be said to be held, or declined, by a report that is older than the void. Money is not explained by that.
  voided: {
    ...UNKNOWN,
    requires_action: 'known',
    authenticated: 'known',
    failed: 'known',
    authorized: 'known',
    captured: 'money',
  },
  closed: {
    ...UNKNOWN,
    requires_action: 'known',
    authenticated: 'known',
    failed: 'known',
    authorized: 'known',
    captured: 'money',
  },
} as const satisfies Record<Attempt['status'], Record<AttemptOutcome['kind'], Verdict>>;

/**
 * outcome: the attempt moves to what is reported. capture: the channel took all that the payment still waits for. unapplied: it took money
 * that the payment does not wait for. ask: only the channel can tell, the janitor asks.
 */
export type Meaning = 'nothing' | 'known' | 'contradiction' | 'outcome' | 'capture' | 'unapplied' | 'ask';

/** What `outcome` means for this attempt of the payment. */
export function meaningOf(payment: Payment, attempt: Attempt, outcome: AttemptOutcome): Meaning {
  const verdict: Verdict = VERDICTS[attempt.status][outcome.kind];
  if (verdict !== 'news') {
    if (verdict !== 'money' || outcome.kind !== 'captured') return verdict as Exclude<Verdict, 'news' | 'money'>;
    return meaningOfMoney(payment, attempt, outcome.amount);
  }
  if (outcome.kind !== 'captured') return 'outcome';
  // A void under way either takes the money back or is refused, and then the channel is asked again.
  if (payment.pending?.kind === 'void' && isCurrent(payment, attempt)) return reportOf(attempt, outcome.amount);
  // Another amount than the payment waits for is nothing it can be paid with: a person must look.
  if (isWanted(payment, attempt) && outcome.amount !== attempt.amount) return 'contradiction';
  return outcome.amount > 0n ? 'outcome' : 'contradiction';
}

/** `total` is what the channel says it has taken in all. */
function meaningOfMoney(payment: Payment, attempt: Attempt, total: bigint): Meaning {
  const known = takenBy(payment, attempt);
  if (total === known || wasTaken(payment, attempt, total)) return 'known';
  if (total < known) return 'contradiction';
  const paid = paidAttempt(payment)?.ordinal === attempt.ordinal;
  if (payment.pending && operatedAttempt(payment).ordinal === attempt.ordinal) return reportOf(attempt, total);
  // A charge in one step may have been captured before the void that took it back: only the channel knows the order.
  if (attempt.status === 'closed' && !attempt.manual) return reportOf(attempt, total);
  if (!paid) return 'unapplied';
  return payment.status === 'requires_capture' && total - known === capturable(payment) ? 'capture' : 'contradiction';
}

/** The same report again says nothing new. */
const reportOf = ({ reported }: Attempt, amount: bigint): 'ask' | 'known' =>
  reported && reported.amount >= amount ? 'known' : 'ask';

/** Minor units that the channel is known to have taken for the attempt, whether they were applied or not. */
export const takenBy = (payment: Payment, attempt: Attempt): bigint =>
  appliedOf(payment, attempt).reduce((sum, amount) => sum + amount, 0n) +
  surplusTaken(attempt) +
  (attempt.unapplied ?? []).reduce((sum, { amount }) => sum + amount, 0n);

const appliedOf = (payment: Payment, attempt: Attempt): readonly bigint[] =>
  paidAttempt(payment)?.ordinal === attempt.ordinal ? capturesOf(payment).map(({ amount }) => amount) : [];

/** Whether so much had been taken after an earlier one of several captures: the report was late. */
function wasTaken(payment: Payment, attempt: Attempt, total: bigint): boolean {
  let sum = 0n;
  return appliedOf(payment, attempt)
    .slice(0, -1)
    .some((amount) => {
      sum += amount;
      return sum === total;
    });
}

/** Whether the payment still waits for this attempt: it is the last one, and no outcome is known. */
export const isCurrent = (payment: Payment, attempt: Attempt): boolean =>
  lastAttempt(payment)?.ordinal === attempt.ordinal &&
  (payment.status === 'processing' || payment.status === 'requires_action');

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
  attempt.manual === (payment.captureMethod === 'manual');

/** Whether `outcome` contradicts what is known: a success taken back, or another amount. It changes nothing and needs a person. */
export const contradicts = (payment: Payment, attempt: Attempt, outcome: AttemptOutcome): boolean =>
  meaningOf(payment, attempt, outcome) === 'contradiction';

/** Whether the channel's whole state says that a void has returned what it took: of a charge in one step every operation is a void. */
export const isTakenBack = ({ manual }: Attempt, { attempt, operations }: AttemptState): boolean =>
  !manual && attempt.kind === 'captured' && [...operations.values()].some(({ kind }) => kind === 'succeeded');
