/** From what happened to journal entries: pure functions of a commit's old and new image, so that a redelivery makes the same entries. */

import type { Dispute } from '../disputes/dispute.ts';
import { chargeIdOf } from '../kernel/ids.ts';
import { type Currency, type FeeTerms, mulDiv } from '../kernel/money.ts';
import { entryId, type JournalEntry, type Leg } from '../ledger/entry.ts';
import { reserveDate, reserveDaysOf } from '../ledger/reserve.ts';
import * as rules from '../ledger/rules.ts';
import { type Attempt, authorizedAmount, heldAtFirst, surplusTaken, tookSurplus } from '../payments/attempt.ts';
import {
  type CaptureFacts,
  capturedAmount,
  capturesOf,
  type Payment,
  paidAttempt,
  type Refund,
} from '../payments/payment.ts';
import type { Payout } from '../payouts/payout.ts';
import type { Change } from './change.ts';

/** The terms as they are for one currency: what a payment freezes. */
export const termsFor = (terms: FeeTerms, currency: Currency): FeeTerms => ({
  feeBps: terms.feeBps,
  fixed: terms.fixedIn?.[currency] ?? terms.fixed,
  reserveBps: terms.reserveBps,
  ...(terms.reserveBps > 0 && { reserveDays: reserveDaysOf(terms) }),
  version: terms.version,
});

/** What a capture costs the merchant in minor units: the percentage rounded half up, plus the fixed part. */
export const feeOf = (amount: bigint, currency: Currency, terms: FeeTerms): bigint =>
  mulDiv(amount, BigInt(terms.feeBps), 10_000n, 'half_up') + termsFor(terms, currency).fixed;

/**
 * The entries that one commit makes: those of its image that those of the image before have not. A refund's request and a payout's creation
 * are posted in their own transactions, not here.
 */
export function entriesOf(change: Change): readonly JournalEntry[] {
  const made = entriesBehind(change);
  if (!change.old || made.length === 0) return made;
  const before = new Set(entriesBehind({ kind: change.kind, new: change.old }).map(entryId));
  return made.filter((entry) => !before.has(entryId(entry)));
}

/**
 * Every entry that the commits of an object made up to this image of it, each under its own commit's time: what an entry needs is frozen
 * in the object, so that a journal whose stream was lost can be written again, and no one needs to know what it was before.
 */
function entriesBehind({ kind, new: image }: Pick<Change, 'kind' | 'new'>): readonly JournalEntry[] {
  switch (kind) {
    case 'payment':
      return paymentEntries(image as Payment);
    case 'refund':
      return refundEntries(image as Refund);
    case 'payout':
      return payoutEntries(image as Payout);
    case 'customer':
    case 'method':
    case 'setup':
    case 'checkout_session':
      return [];
    case 'dispute':
      return disputeEntries(image as Dispute);
    default:
      return kind satisfies never;
  }
}

/** The entries that were posted with the object itself, in the transaction that made it; none for most. */
export function entriesBornWith({ kind, new: image }: Pick<Change, 'kind' | 'new'>): readonly JournalEntry[] {
  if (kind === 'refund') return [refundRequestedEntry(image as Refund)];
  return kind === 'payout' ? [payoutCreatedEntry(image as Payout)] : [];
}

/** An object as it stands, with nothing before it. */
export type Image = Omit<Change, 'old'>;

/** Every entry that the object has made: with it, and by its later commits. */
export function everyEntryOf({ kind, new: image }: Image): readonly JournalEntry[] {
  const whole = { kind, new: image } as Change;
  return [...entriesBornWith(whole), ...entriesOf(whole)];
}

/** When the object last moved money, or held it; undefined before it first does. */
export function lastMoveMs(image: Image): number | undefined {
  const entries = everyEntryOf(image);
  return entries.length === 0 ? undefined : Math.max(...entries.map(({ committedMs }) => committedMs));
}

function paymentEntries(payment: Payment): readonly JournalEntry[] {
  const entries = payment.attempts.flatMap((attempt) => [
    ...attemptEntries(payment, attempt),
    ...unappliedEntries(payment, attempt),
  ]);
  return [...entries, ...capturedEntries(payment)];
}

/**
 * Authorisations stand off the balance sheet until they are captured (which ends the memo, in the captures' own entries) or voided. Money for
 * a payment that no longer wants it is the channel's debt to somebody, not the merchant's revenue (I15).
 */
function attemptEntries(payment: Payment, attempt: Attempt): readonly JournalEntry[] {
  const { status } = attempt;
  if (status !== 'authorized' && status !== 'captured' && status !== 'voided') return [];
  const base = { body: payment.body, step: attempt.ordinal, currency: attempt.currency, reference: attempt.reference };
  const settledMs = attempt.settledMs ?? payment.committedMs;
  const voidedMs = attempt.voided?.committedMs ?? payment.committedMs;
  if (tookSurplus(attempt)) {
    const legs = rules.suspendedOver(attempt.channel.channel, surplusTaken(attempt));
    const received: JournalEntry = { ...base, type: 'surplus_received', committedMs: settledMs, legs };
    return status === 'voided'
      ? [received, { ...base, type: 'surplus_returned', committedMs: voidedMs, legs: reversed(legs) }]
      : [received];
  }
  // Authorised and captured by one commit: no memo was needed.
  if (status === 'captured' && settledMs === payment.capture?.capturedMs) return [];
  const authorized: JournalEntry = {
    ...base,
    type: 'authorized',
    committedMs: settledMs,
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

/** One entry per capture, numbered from 1: gross, fee, and the end of the authorisation's memo where there was one, or of its part. */
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
      // Authorised by an earlier commit than the capture's: then that commit posted a memo, whatever the channel was asked for.
      ...(attempt.settledMs !== capture.capturedMs && { held }),
    }),
    transaction: {
      type: 'charge',
      amount: capture.amount,
      fee: capture.fee,
      source: chargeIdOf(payment.body, attempt.ordinal),
      ...(described !== undefined && described !== null && { description: described }),
    },
    ...(capture.reserve > 0n && { reserve: capture.reserve, ...heldUntil(capture) }),
  };
}

/** Terms of 0.1 do not say how long: then settlement decides (settlement/netting.ts). */
const heldUntil = ({ capturedMs, terms: { reserveDays } }: CaptureFacts): Pick<JournalEntry, 'reserveDate'> =>
  reserveDays === undefined ? {} : { reserveDate: reserveDate(capturedMs, reserveDays) };

const freed = (shares: JournalEntry['freed'] = []): Pick<JournalEntry, 'freed'> =>
  shares.length === 0 ? {} : { freed: shares };

const refundBase = (refund: Refund) => ({
  body: refund.body,
  step: 1,
  currency: refund.currency,
  reference: refund.reference,
});

/** The entry of a refund's request; its transaction writes it together with the refund. */
export const refundRequestedEntry = (refund: Refund): JournalEntry => ({
  ...refundBase(refund),
  type: 'refund_requested',
  committedMs: refund.createdMs,
  legs: rules.refundRequested(refund.channel.channel, refund.amount, refund.fundedBy),
  transaction: { type: 'refund', amount: -refund.amount, fee: 0n, source: `re_${refund.body}` },
});

function refundEntries(refund: Refund): readonly JournalEntry[] {
  const { status, amount, fundedBy, committedMs } = refund;
  const { channel } = refund.channel;
  const succeededMs = refund.succeededMs ?? (status === 'succeeded' ? committedMs : undefined);
  const succeeded: readonly JournalEntry[] =
    succeededMs === undefined
      ? []
      : [
          {
            ...refundBase(refund),
            type: 'refund_succeeded',
            committedMs: succeededMs,
            legs: rules.refundSucceeded(channel, amount),
            ...freed(refund.reserveFreed),
          },
        ];
  if (status !== 'failed') return succeeded;
  const back = succeededMs === undefined ? rules.refundFailed : rules.refundTakenBack;
  return [
    ...succeeded,
    {
      ...refundBase(refund),
      type: 'refund_failed',
      committedMs: refund.failedMs ?? committedMs,
      legs: back(channel, amount, fundedBy),
      transaction: { type: 'refund_failure', amount, fee: 0n, source: `re_${refund.body}` },
    },
  ];
}

const payoutBase = (payout: Payout) => ({
  body: payout.body,
  step: 1,
  currency: payout.currency,
  reference: payout.reference,
});

/** The entry of a payout's creation; the transaction that makes the payout writes it, a settlement's or that of a merchant's request. */
export const payoutCreatedEntry = (payout: Payout): JournalEntry => ({
  ...payoutBase(payout),
  type: 'payout_created',
  committedMs: payout.createdMs,
  legs: rules.payoutCreated(payout.amount),
  transaction: { type: 'payout', amount: -payout.amount, fee: 0n, source: `po_${payout.body}` },
});

function payoutEntries(payout: Payout): readonly JournalEntry[] {
  const { status, amount, endedMs = payout.committedMs } = payout;
  const paidMs = payout.paidMs ?? (status === 'paid' ? endedMs : undefined);
  const paid: readonly JournalEntry[] =
    paidMs === undefined
      ? []
      : [{ ...payoutBase(payout), type: 'payout_paid', committedMs: paidMs, legs: rules.payoutPaid(amount) }];
  if (status !== 'failed' && status !== 'canceled') return paid;
  const base = { ...payoutBase(payout), committedMs: endedMs };
  const back = { amount, fee: 0n, source: `po_${payout.body}` };
  const legs = rules.payoutFailed(amount);
  if (status === 'canceled')
    return [{ ...base, type: 'payout_canceled', legs, transaction: { ...back, type: 'payout_cancel' } }];
  const transaction = { ...back, type: 'payout_failure' } as const;
  // A bank may send back what it had reported as paid.
  return paidMs === undefined
    ? [{ ...base, type: 'payout_failed', legs, transaction }]
    : [...paid, { ...base, type: 'payout_returned', legs: rules.payoutReturned(amount), transaction }];
}

const disputeBase = (dispute: Dispute) => ({
  body: dispute.body,
  step: 1,
  currency: dispute.currency,
  reference: dispute.paymentReference,
});

/** What the dispute took from the merchant, and what came back: one balance transaction each, none while it is an inquiry. */
export function disputeTransactions(dispute: Dispute): readonly JournalEntry[] {
  const { withdrawnMs, reinstatedMs, amount, fee } = dispute;
  const { channel } = dispute.channel;
  const [source, charge] = [`du_${dispute.body}`, chargeIdOf(dispute.payment, dispute.chargeOrdinal)];
  const entries: JournalEntry[] = [];
  if (withdrawnMs !== undefined) {
    entries.push({
      ...disputeBase(dispute),
      type: 'dispute_opened',
      committedMs: withdrawnMs,
      legs: rules.disputeOpened(channel, amount, fee),
      transaction: {
        type: 'dispute',
        amount: -amount,
        fee,
        source,
        description: `Chargeback withdrawal for ${charge}`,
      },
      ...freed(dispute.reserveFreed),
    });
  }
  if (reinstatedMs !== undefined) {
    entries.push({
      ...disputeBase(dispute),
      type: 'dispute_won',
      committedMs: reinstatedMs,
      legs: rules.disputeWon(channel, amount),
      transaction: {
        type: 'dispute_reversal',
        amount,
        fee: 0n,
        source,
        description: `Chargeback reversal for ${charge}`,
      },
    });
  }
  return entries;
}

function disputeEntries(dispute: Dispute): readonly JournalEntry[] {
  const entries = disputeTransactions(dispute);
  if (dispute.lostMs === undefined) return entries;
  const legs = rules.disputeLost(dispute.channel.channel, dispute.amount);
  return [...entries, { ...disputeBase(dispute), type: 'dispute_lost', committedMs: dispute.lostMs, legs }];
}
