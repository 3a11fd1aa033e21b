/**
 * One pure, monotone way to learn an outcome: the synchronous reply, the callback and the janitor all end here.
 *
 * Outcomes of an attempt form a lattice, unknown < requires action < authenticated < failed < succeeded, and only move up (I13): a repeated,
 * late or weaker outcome changes nothing. Money that arrives for a payment that no longer waits for it is surplus, kept and
 * given back (I15).
 */
import type { AttemptOutcome, Decline } from '../channels/port.ts';
import { feeOf, termsFor } from '../ledger/posting.ts';
import type { RiskDecision } from '../risk/risk.ts';
import { type FeeTerms, mulDiv } from '../shared/money.ts';
import type { Attempt } from './attempt.ts';
import { type CaptureFacts, lastAttempt, mayMove, type Payment, type PaymentCause } from './payment.ts';

/** What a commit needs beside the outcome itself. `request` is absent when no merchant's request is behind it. */
export interface Commit {
  readonly nowMs: number;
  readonly terms: FeeTerms;
  readonly request?: Payment['request'];
}

const DECLINED_BY_RISK: Decline = {
  code: 'card_declined',
  declineCode: 'fraudulent',
  message: 'Your card was declined.',
};
const CANNOT_ASK: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};
const NEVER_ARRIVED: Decline = {
  code: 'processing_error',
  message: 'An error occurred while processing your card. Try again in a little bit.',
};

/** Some members and never a whole payment: that would carry the last commit's reply over to this one. */
export type Changes = Partial<Omit<Payment, 'version'>> & { readonly version?: never };

/**
 * The payment with `changes`, as the next version: its cause, commit time (strictly later than the last) and whose request it was.
 * Asserts that the status may move there.
 */
export function next(payment: Payment, cause: PaymentCause, commit: Commit, changes: Changes): Payment {
  const { reply: _reply, request: _request, unannounced: _unannounced, ...kept } = payment;
  const status = changes.status ?? payment.status;
  if (!mayMove(payment.status, status)) throw new Error(`a payment cannot move from ${payment.status} to ${status}`);
  return {
    ...kept,
    ...changes,
    version: payment.version + 1,
    committedMs: Math.max(commit.nowMs, payment.committedMs + 1),
    cause,
    ...(commit.request && { request: commit.request }),
  };
}

/** `value` without its member `name`: exact optional properties know no `undefined`. */
export function without<T extends object, K extends keyof T>(value: T, name: K): Omit<T, K> {
  const { [name]: _, ...rest } = value;
  return rest;
}

/** Height in the lattice of what is known of an attempt. */
const KNOWN = {
  sent: 0,
  requires_action: 1,
  authenticated: 2,
  failed: 3,
  authorized: 4,
  captured: 4,
  voided: 5,
  closed: 5,
} as const satisfies Record<Attempt['status'], number>;
const NEWS = {
  unknown: -1,
  pending: -1,
  requires_action: 1,
  authenticated: 2,
  failed: 3,
  authorized: 4,
  captured: 4,
} as const satisfies Record<AttemptOutcome['kind'], number>;

/** Whether `outcome` says more than is known of the attempt. Another amount than was asked for is nothing we can book: a person must look. */
export const isNews = (attempt: Attempt, outcome: AttemptOutcome): boolean =>
  NEWS[outcome.kind] > KNOWN[attempt.status] && !(outcome.kind === 'captured' && outcome.amount !== attempt.amount);

/** Whether `outcome` contradicts what is known: a success taken back, or another amount. It changes nothing and needs a person. */
export const contradicts = (attempt: Attempt, outcome: AttemptOutcome): boolean =>
  (outcome.kind === 'failed' && KNOWN[attempt.status] === KNOWN.captured) ||
  (outcome.kind === 'captured' && outcome.amount !== attempt.amount);

/**
 * The payment after what was learned of attempt `ordinal`, or undefined when that is no news.
 * A success of an attempt that is not the payment's any more (canceled, paid otherwise, another attempt under way) becomes surplus.
 */
export function applyOutcome(
  payment: Payment,
  ordinal: number,
  outcome: AttemptOutcome,
  commit: Commit,
): Payment | undefined {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (!attempt || !isNews(attempt, outcome)) return undefined;
  switch (outcome.kind) {
    case 'unknown':
    case 'pending':
      return undefined;
    case 'requires_action':
      // A charge by itself cannot ask anybody, and said so to the channel.
      if (payment.direct) return failed(payment, attempt, CANNOT_ASK, commit);
      return current(payment, attempt)
        ? next(payment, 'outcome', commit, {
            status: 'requires_action',
            attempts: replaced(payment, { ...attempt, status: 'requires_action', actionUrl: outcome.url }),
          })
        : undefined;
    case 'authenticated':
      return current(payment, attempt)
        ? next(payment, 'outcome', commit, {
            status: 'requires_confirmation',
            attempts: replaced(payment, { ...attempt, status: 'authenticated' }),
          })
        : undefined;
    case 'failed':
      return failed(
        payment,
        attempt,
        declineFor(attempt, outcome.decline),
        commit,
        outcome.checks && { checks: outcome.checks },
      );
    case 'authorized':
    case 'captured':
      return voidDecides(payment, attempt, outcome) ? undefined : paid(payment, attempt, outcome, commit);
    default:
      return outcome satisfies never;
  }
}

/** The payment after our own rules refused attempt `ordinal`: nothing was sent to a channel. */
export function applyBlock(payment: Payment, ordinal: number, commit: Commit): Payment | undefined {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (attempt?.status !== 'sent') return undefined;
  return failed(payment, attempt, DECLINED_BY_RISK, commit, { blocked: true });
}

/** The payment after the channel, asked later than its settling time, knew nothing of attempt `ordinal`: it never arrived. */
export const applyNeverArrived = (payment: Payment, ordinal: number, commit: Commit): Payment | undefined =>
  applyOutcome(payment, ordinal, { kind: 'failed', decline: NEVER_ARRIVED }, commit);

/** The risk decision frozen on the attempt; made between the two commits, so it is written with the second. */
export const withRisk = (payment: Payment, ordinal: number, risk: RiskDecision): Payment => {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  return attempt && !attempt.risk ? { ...payment, attempts: replaced(payment, { ...attempt, risk }) } : payment;
};

/** Who asked for a decline in place of a challenge is told so (docs.stripe.com/declines/codes: authentication_not_handled). */
const declineFor = (attempt: Attempt, decline: Decline): Decline =>
  attempt.noChallenge && decline.code === 'authentication_required'
    ? { ...decline, declineCode: 'authentication_not_handled' }
    : decline;

function failed(
  payment: Payment,
  attempt: Attempt,
  decline: Decline,
  commit: Commit,
  facts: Partial<Attempt> = {},
): Payment {
  const committed = Math.max(commit.nowMs, payment.committedMs + 1);
  const attempts = replaced(payment, { ...attempt, ...facts, status: 'failed', decline, settledMs: committed });
  if (!current(payment, attempt)) return next(payment, 'outcome', commit, { attempts });
  return next(without(payment, 'method'), 'outcome', commit, { status: 'requires_payment_method', attempts });
}

function paid(
  payment: Payment,
  attempt: Attempt,
  outcome: Extract<AttemptOutcome, { kind: 'authorized' | 'captured' }>,
  commit: Commit,
): Payment {
  const settledMs = Math.max(commit.nowMs, payment.committedMs + 1);
  const facts: Attempt = {
    ...without(attempt, 'decline'),
    status: outcome.kind,
    authorizationCode: outcome.authorizationCode,
    settledMs,
    ...(outcome.checks && { checks: outcome.checks }),
    ...(outcome.kind === 'authorized' && outcome.features && { features: outcome.features }),
  };
  if (!stillWanted(payment, attempt)) {
    return next(payment, 'outcome', commit, { attempts: replaced(payment, { ...facts, surplus: true }) });
  }
  const attempts = replaced(payment, facts);
  if (outcome.kind === 'authorized')
    return next(payment, 'outcome', commit, { status: 'requires_capture', method: attempt.method, attempts });
  return next(payment, 'outcome', commit, {
    status: 'succeeded',
    method: attempt.method,
    attempts,
    capture: captureFacts(payment, outcome.amount, commit.terms, settledMs),
  });
}

/**
 * Whether a void under way decides what becomes of this capture: it takes the money back, or is refused, and then the channel is asked
 * again. Booked now, the payment would succeed and be canceled.
 */
const voidDecides = (payment: Payment, attempt: Attempt, outcome: AttemptOutcome): boolean =>
  payment.pending?.kind === 'void' && outcome.kind === 'captured' && current(payment, attempt);

/** Whether the payment still waits for this attempt: it is the last one, or a failed one that nothing has followed. */
const current = (payment: Payment, attempt: Attempt): boolean =>
  lastAttempt(payment)?.ordinal === attempt.ordinal &&
  (payment.status === 'processing' || payment.status === 'requires_action');

const stillWanted = (payment: Payment, attempt: Attempt): boolean =>
  current(payment, attempt) ||
  (payment.status === 'requires_payment_method' &&
    lastAttempt(payment)?.ordinal === attempt.ordinal &&
    isAskedFor(payment, attempt));

/** Whether the payment still asks for what this attempt asked for; it may have been changed since that failed. */
const isAskedFor = (payment: Payment, attempt: Attempt): boolean =>
  attempt.amount === payment.amount &&
  attempt.currency === payment.currency &&
  attempt.manual === (payment.captureMethod === 'manual');

/** The attempts with this one in the place of its earlier self. */
export const replaced = (payment: Payment, attempt: Attempt): readonly Attempt[] =>
  payment.attempts.map((existing) => (existing.ordinal === attempt.ordinal ? attempt : existing));

/** Fee and reserve of a capture, frozen with the terms they came from. Rounded half up, per transaction. */
export function captureFacts(payment: Payment, amount: bigint, terms: FeeTerms, capturedMs: number): CaptureFacts {
  return {
    amount,
    fee: feeOf(amount, payment.currency, terms),
    reserve: mulDiv(amount, BigInt(terms.reserveBps), 10_000n, 'half_up'),
    terms: termsFor(terms, payment.currency),
    capturedMs,
  };
}

/** What a cancel changes; an authorisation is voided with it, an attempt that waits for its payer closed. */
export function canceled(payment: Payment, reason: string | undefined, commit: Commit): Changes {
  return {
    status: 'canceled',
    canceledMs: commit.nowMs,
    ...(reason !== undefined && { cancellationReason: reason }),
    attempts: payment.attempts.map((attempt) => {
      if (attempt.status === 'requires_action') return { ...attempt, status: 'closed' };
      return attempt.status === 'authorized' && !attempt.surplus ? voidedBy(payment, attempt, commit) : attempt;
    }),
  };
}

/** The payment after surplus money of attempt `ordinal` went back, or undefined when it had. */
export function applySurplusReturned(payment: Payment, ordinal: number, commit: Commit): Payment | undefined {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (!attempt?.surplus || attempt.status === 'voided') return undefined;
  return next(payment, 'surplus_returned', commit, {
    attempts: replaced(payment, voidedBy(payment, attempt, commit)),
  });
}

/** The attempt whose money goes back with the next commit. */
const voidedBy = (payment: Payment, attempt: Attempt, commit: Commit): Attempt => ({
  ...attempt,
  status: 'voided',
  voided: {
    committedMs: Math.max(commit.nowMs, payment.committedMs + 1),
    was: attempt.status === 'captured' ? 'captured' : 'authorized',
  },
});
