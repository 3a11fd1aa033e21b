/** The journal entries of a dispute: money withdrawn, reinstated, lost. Pure. */
import { chargeIdOf } from '../kernel/ids.ts';
import { freed, type JournalEntry } from '../ledger/entry.ts';
import * as rules from '../ledger/rules.ts';
import type { Dispute } from './dispute.ts';

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

/** Those, and the one that says that the money stays with the payer. */
export function disputeEntries(dispute: Dispute): readonly JournalEntry[] {
  const entries = disputeTransactions(dispute);
  if (dispute.lostMs === undefined) return entries;
  const legs = rules.disputeLost(dispute.channel.channel, dispute.amount);
  return [...entries, { ...disputeBase(dispute), type: 'dispute_lost', committedMs: dispute.lostMs, legs }];
}
