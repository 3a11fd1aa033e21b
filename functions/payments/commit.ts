/** What every commit of a payment has in common: the next version, its time, and what a capture or a void freezes with it. Pure. */

import { type FeeTerms, mulDiv } from '../kernel/money.ts';
import { assertMove } from '../kernel/transitions.ts';
import { typeOf } from '../payment-methods/facts.ts';
import type { Attempt } from './attempt.ts';
import { feeOf, termsFor } from './fees.ts';
import { type CaptureFacts, NEXT_STATUS, type Payment, type PaymentCause } from './payment.ts';

/** What a commit needs beside the outcome itself. `request` is absent when no merchant's request is behind it. */
export interface Commit {
  readonly nowMs: number;
  readonly terms: FeeTerms;
  readonly request?: Payment['request'];
}

/** Some members and never a whole payment: that would carry the last commit's reply over to this one. */
export type Changes = Partial<Omit<Payment, 'version'>> & { readonly version?: never };

/** Commit time of the next commit: strictly later than the last. */
export const timeOf = ({ committedMs }: Payment, { nowMs }: Pick<Commit, 'nowMs'>): number =>
  Math.max(nowMs, committedMs + 1);

/**
 * The payment with `changes`, as the next version: its cause, commit time (strictly later than the last) and whose request it was.
 * Asserts that the status may move there.
 */
export function next(payment: Payment, cause: PaymentCause, commit: Omit<Commit, 'terms'>, changes: Changes): Payment {
  const { reply: _reply, request: _request, unannounced: _unannounced, announces: _announces, ...kept } = payment;
  const status = changes.status ?? payment.status;
  assertMove('payment', NEXT_STATUS, payment.status, status);
  return {
    ...kept,
    ...changes,
    version: payment.version + 1,
    committedMs: timeOf(payment, commit),
    cause,
    ...(commit.request && { request: commit.request }),
  };
}

/** The attempts with this one in the place of its earlier self. */
export const replaced = (payment: Payment, attempt: Attempt): readonly Attempt[] =>
  payment.attempts.map((existing) => (existing.ordinal === attempt.ordinal ? attempt : existing));

/** Fee and reserve of a capture, frozen with the terms of the method that paid. Rounded half up, per transaction. */
export function captureFacts(
  { currency }: Payment,
  { method }: Attempt,
  amount: bigint,
  agreed: FeeTerms,
  capturedMs: number,
): CaptureFacts {
  const terms = termsFor(agreed, currency, typeOf(method));
  return {
    amount,
    fee: feeOf(amount, terms),
    reserve: mulDiv(amount, BigInt(terms.reserveBps), 10_000n, 'half_up'),
    terms,
    capturedMs,
  };
}

/** The attempt whose money goes back with the next commit. */
export const voidedBy = (payment: Payment, attempt: Attempt, commit: Commit): Attempt => ({
  ...attempt,
  status: 'voided',
  voided: {
    committedMs: timeOf(payment, commit),
    was: attempt.status === 'captured' ? 'captured' : 'authorized',
  },
});
