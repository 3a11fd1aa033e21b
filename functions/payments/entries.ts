/**
 * The journal entries of a payment: each of its commits' under that commit's own time, from the payment as it is now. What an entry needs is
 * frozen in the payment. Pure.
 */
import { chargeIdOf } from '../kernel/ids.ts';
import type { JournalEntry, Leg } from '../ledger/entry.ts';
import { reserveDate } from '../ledger/reserve.ts';
import * as rules from '../ledger/rules.ts';
import { type Attempt, authorizedAmount, heldAtFirst, tookWhollyUnapplied, whollyUnappliedAmount } from './attempt.ts';
import { type CaptureFacts, capturedAmount, capturesOf, type Payment, paidAttempt } from './payment.ts';

export function paymentEntries(payment: Payment): readonly JournalEntry[] {
  const entries = payment.attempts.flatMap((attempt) => [
    ...attemptEntries(payment, attempt),
    ...unappliedEntries(payment, attempt),
  ]);
  return [...entries, ...capturedEntries(payment)];
}

/**
 * Authorizations are off the balance sheet until they are captured or voided. A capture ends the memo in its own entries. Money for
 * a payment that does not expect it is a debt to the payer, not the merchant's revenue (I15).
 */
function attemptEntries(payment: Payment, attempt: Attempt): readonly JournalEntry[] {
  const { status } = attempt;
  if (status !== 'authorized' && status !== 'captured' && status !== 'voided') return [];
  const base = { body: payment.body, step: attempt.ordinal, currency: attempt.currency, reference: attempt.reference };
  const decidedMs = attempt.settledMs ?? payment.committedMs;
  const voidedMs = attempt.voided?.committedMs ?? payment.committedMs;
  if (tookWhollyUnapplied(attempt)) {
    const legs = rules.suspendedOver(attempt.channel.channel, whollyUnappliedAmount(attempt));
    const received: JournalEntry = { ...base, type: 'surplus_received', committedMs: decidedMs, legs };
    return status === 'voided'
      ? [received, { ...base, type: 'surplus_returned', committedMs: voidedMs, legs: reversed(legs) }]
      : [received];
  }
  // Authorized and captured by one commit: no memo was needed.
  if (status === 'captured' && decidedMs === payment.capture?.capturedMs) return [];
  const authorized: JournalEntry = {
    ...base,
    type: 'authorized',
    committedMs: decidedMs,
    legs: rules.authorized(heldAtFirst(attempt)),
  };
  const held = [authorized, ...incrementEntries(payment, attempt)];
  if (status === 'voided')
    return [...held, { ...base, type: 'voided', committedMs: voidedMs, legs: rules.voided(authorizedAmount(attempt)) }];
  if (attempt.releasedMs === undefined) return held;
  const rest = authorizedAmount(attempt) - capturedAmount(payment);
  return [...held, { ...base, type: 'voided', committedMs: attempt.releasedMs, legs: rules.voided(rest) }];
}

/** Money beyond the payment's captures: the channel's debt to the payer until it is returned. */
const unappliedEntries = (payment: Payment, { unapplied = [], channel, currency, reference }: Attempt) =>
  unapplied.flatMap(({ number, amount, receivedMs, returnedMs }): JournalEntry[] => {
    const legs = rules.suspendedOver(channel.channel, amount);
    const base = { body: payment.body, step: number, currency, reference };
    const received: JournalEntry = { ...base, type: 'surplus_received', committedMs: receivedMs, legs };
    return returnedMs === undefined
      ? [received]
      : [received, { ...base, type: 'surplus_returned', committedMs: returnedMs, legs: reversed(legs) }];
  });

/** What each increment added to the memo; what a channel holds less, without being asked, is taken off it. */
function incrementEntries(payment: Payment, attempt: Attempt): readonly JournalEntry[] {
  let held = heldAtFirst(attempt);
  return (attempt.increments ?? []).flatMap(({ operation, amount, decidedMs, decline }): JournalEntry[] => {
    // A hold that was reported before its increment was: nothing is added.
    if (decline || amount === held) return [];
    const legs = rules.authorized(amount - held);
    held = amount;
    const { currency, reference } = attempt;
    return [
      { type: 'incremented', body: payment.body, step: operation, currency, committedMs: decidedMs, reference, legs },
    ];
  });
}

const reversed = (legs: readonly Leg[]): readonly Leg[] =>
  legs.map((leg) => ({ ...leg, side: leg.side === 'debit' ? 'credit' : 'debit' }));

/** One entry per capture, numbered from 1: gross, fee, and the end of the authorization's memo, or of its part, if there was one. */
export function capturedEntries(payment: Payment): readonly JournalEntry[] {
  const attempt = paidAttempt(payment);
  if (!attempt) return [];
  let held = authorizedAmount(attempt);
  return capturesOf(payment).map((capture, index) => {
    const ends = capture.keepsRest ? capture.amount : held;
    held -= ends;
    return capturedEntry(payment, attempt, { capture, step: index + 1, held: ends });
  });
}

function capturedEntry(
  payment: Payment,
  attempt: Attempt,
  { capture, step, held }: { readonly capture: CaptureFacts; readonly step: number; readonly held: bigint },
): JournalEntry {
  const described = capture.described === undefined ? payment.description : capture.described;
  return {
    type: 'captured',
    body: payment.body,
    step,
    currency: payment.currency,
    committedMs: capture.capturedMs,
    reference: attempt.reference,
    legs: rules.captured({
      channel: attempt.channel.channel,
      amount: capture.amount,
      fee: capture.fee,
      ahead: aheadOf(attempt, capture),
      // An earlier commit than the capture's authorized it: that commit posted a memo, also for an automatic capture.
      ...(attempt.settledMs !== capture.capturedMs && { held }),
    }),
    transaction: {
      type: 'charge',
      amount: capture.amount,
      fee: capture.fee,
      source: chargeIdOf(payment.body, attempt.ordinal),
      ...(attempt.method.type !== undefined && { nonCard: true }),
      ...(described !== undefined && described !== null && { description: described }),
    },
    ...(capture.reserve > 0n && { reserve: capture.reserve, ...heldUntil(capture) }),
  };
}

/** What of a capture is available at once: all but its reserve, which settlement holds back. */
export function aheadOf({ fundsAvailable }: Attempt, { amount, fee, reserve }: CaptureFacts): bigint {
  const rest = amount - fee - reserve;
  return fundsAvailable && rest > 0n ? rest : 0n;
}

/** Terms of 0.1 do not say how long: then settlement decides (settlement/netting.ts). */
const heldUntil = ({ capturedMs, terms: { reserveDays } }: CaptureFacts): Pick<JournalEntry, 'reserveDate'> =>
  reserveDays === undefined ? {} : { reserveDate: reserveDate(capturedMs, reserveDays) };
