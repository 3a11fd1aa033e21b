/** The journal entries of a payout: its creation's, posted in the transaction that makes it, and those of what the bank reports. Pure. */
import type { JournalEntry } from '../ledger/entry.ts';
import * as rules from '../ledger/rules.ts';
import type { Payout } from './payout.ts';

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

/** The entries that its later commits made. */
export function payoutEntries(payout: Payout): readonly JournalEntry[] {
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
