/** From what happened to journal entries: pure functions of a commit's old and new image, so that a redelivery makes the same entries. */
import type { Dispute } from '../payments/dispute.ts';
import type { Attempt, Payment, Refund } from '../payments/payment.ts';
import type { Payout } from '../settlement/payout.ts';
import { chargeIdOf } from '../shared/ids.ts';
import { type Currency, type FeeTerms, mulDiv } from '../shared/money.ts';
import type { Change } from './change.ts';
import type { JournalEntry } from './entry.ts';
import * as rules from './rules.ts';

/** The terms as they are for one currency: what a payment freezes. */
export const termsFor = (terms: FeeTerms, currency: Currency): FeeTerms => ({
  feeBps: terms.feeBps,
  fixed: terms.fixedIn?.[currency] ?? terms.fixed,
  reserveBps: terms.reserveBps,
  version: terms.version,
});

/** What a capture costs the merchant in minor units: the percentage rounded half up, plus the fixed part. */
export const feeOf = (amount: bigint, currency: Currency, terms: FeeTerms): bigint =>
  mulDiv(amount, BigInt(terms.feeBps), 10_000n, 'half_up') + termsFor(terms, currency).fixed;

/** The entries that one commit makes. A refund's request and a payout's creation are posted in their own transactions, not here. */
export function entriesOf(change: Change): readonly JournalEntry[] {
  switch (change.kind) {
    case 'payment':
      return paymentEntries(change.old, change.new);
    case 'refund':
      return refundEntries(change.old, change.new);
    case 'payout':
      return payoutEntries(change.old, change.new);
    case 'customer':
    case 'method':
    case 'setup':
      return [];
    case 'dispute':
      return disputeEntries(change.old, change.new);
    default:
      return change satisfies never;
  }
}

function paymentEntries(old: Payment | undefined, payment: Payment): readonly JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const attempt of payment.attempts) {
    const before = old?.attempts.find((candidate) => candidate.ordinal === attempt.ordinal);
    if (before?.status === attempt.status) continue;
    entries.push(
      ...(attempt.surplus ? surplusEntries(payment, attempt, before) : memoEntries(payment, attempt, before)),
    );
  }
  if (payment.capture && !old?.capture) entries.push(capturedEntry(payment));
  return entries;
}

const base = (payment: Payment, attempt: Attempt) => ({
  body: payment.body,
  step: attempt.ordinal,
  currency: attempt.currency,
  committedMs: payment.committedMs,
  reference: attempt.reference,
});

/** Authorisations stand off the balance sheet until they are captured (which ends the memo, in the capture's own entry) or voided. */
function memoEntries(payment: Payment, attempt: Attempt, before: Attempt | undefined): readonly JournalEntry[] {
  if (attempt.status === 'authorized')
    return [{ ...base(payment, attempt), type: 'authorized', legs: rules.authorized(attempt.amount) }];
  if (attempt.status === 'voided' && before?.status === 'authorized') {
    return [{ ...base(payment, attempt), type: 'voided', legs: rules.voided(attempt.amount) }];
  }
  return [];
}

/** Money for a payment that no longer wants it is the channel's debt to somebody, not the merchant's revenue (I15). */
function surplusEntries(payment: Payment, attempt: Attempt, before: Attempt | undefined): readonly JournalEntry[] {
  const { channel } = attempt.channel;
  const received = rules.suspendedOver(channel, attempt.amount);
  const returned = received.map((leg) => ({
    ...leg,
    side: leg.side === 'debit' ? ('credit' as const) : ('debit' as const),
  }));
  if (attempt.status === 'captured') return [{ ...base(payment, attempt), type: 'surplus_received', legs: received }];
  if (attempt.status === 'voided' && before?.status === 'captured')
    return [{ ...base(payment, attempt), type: 'surplus_returned', legs: returned }];
  return memoEntries(payment, attempt, before);
}

/** The entry of a payment's capture: gross, fee, and the end of the authorisation's memo where there was one. */
export function capturedEntry(payment: Payment): JournalEntry {
  const capture = payment.capture!;
  const attempt = payment.attempts.find((candidate) => candidate.status === 'captured' && !candidate.surplus)!;
  return {
    type: 'captured',
    body: payment.body,
    step: 1,
    currency: payment.currency,
    committedMs: capture.capturedMs,
    reference: attempt.reference,
    legs: rules.captured({
      channel: attempt.channel.channel,
      amount: capture.amount,
      fee: capture.fee,
      // Authorised by an earlier commit than the capture's: then that commit posted a memo, whatever the channel was asked for.
      ...(attempt.settledMs !== capture.capturedMs && { held: attempt.amount }),
    }),
    transaction: {
      type: 'charge',
      amount: capture.amount,
      fee: capture.fee,
      source: chargeIdOf(payment.body, attempt.ordinal),
      ...(payment.description !== undefined && { description: payment.description }),
    },
    ...(capture.reserve > 0n && { reserve: capture.reserve }),
  };
}

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

function refundEntries(old: Refund | undefined, refund: Refund): readonly JournalEntry[] {
  if (old?.status === refund.status) return [];
  const { channel } = refund.channel;
  if (refund.status === 'succeeded') {
    return [
      {
        ...refundBase(refund),
        type: 'refund_succeeded',
        committedMs: refund.committedMs,
        legs: rules.refundSucceeded(channel, refund.amount),
      },
    ];
  }
  if (refund.status !== 'failed') return [];
  const legs = (old?.status === 'succeeded' ? rules.refundTakenBack : rules.refundFailed)(
    channel,
    refund.amount,
    refund.fundedBy,
  );
  return [
    {
      ...refundBase(refund),
      type: 'refund_failed',
      committedMs: refund.failedMs ?? refund.committedMs,
      legs,
      transaction: { type: 'refund_failure', amount: refund.amount, fee: 0n, source: `re_${refund.body}` },
    },
  ];
}

const payoutBase = (payout: Payout) => ({
  body: payout.body,
  step: 1,
  currency: payout.currency,
  committedMs: payout.endedMs ?? payout.committedMs,
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

function payoutEntries(old: Payout | undefined, payout: Payout): readonly JournalEntry[] {
  if (old?.status === payout.status) return [];
  if (payout.status === 'paid')
    return [{ ...payoutBase(payout), type: 'payout_paid', legs: rules.payoutPaid(payout.amount) }];
  if (payout.status !== 'failed' && payout.status !== 'canceled') return [];
  const back = { amount: payout.amount, fee: 0n, source: `po_${payout.body}` };
  const legs = rules.payoutFailed(payout.amount);
  if (payout.status === 'canceled')
    return [{ ...payoutBase(payout), type: 'payout_canceled', legs, transaction: { ...back, type: 'payout_cancel' } }];
  const transaction = { ...back, type: 'payout_failure' } as const;
  // A bank may send back what it had reported as paid.
  return old?.status === 'paid'
    ? [{ ...payoutBase(payout), type: 'payout_returned', legs: rules.payoutReturned(payout.amount), transaction }]
    : [{ ...payoutBase(payout), type: 'payout_failed', legs, transaction }];
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

function disputeEntries(old: Dispute | undefined, dispute: Dispute): readonly JournalEntry[] {
  const before = new Set(old ? disputeTransactions(old).map(({ type }) => type) : []);
  const entries = disputeTransactions(dispute).filter(({ type }) => !before.has(type));
  if (dispute.lostMs === undefined || old?.lostMs !== undefined) return entries;
  const legs = rules.disputeLost(dispute.channel.channel, dispute.amount);
  return [...entries, { ...disputeBase(dispute), type: 'dispute_lost', committedMs: dispute.lostMs, legs }];
}
