/** The journal entries of a refund: its request's, posted in the transaction that makes it, and those of its outcome. Pure. */
import { freed, type JournalEntry } from '../ledger/entry.ts';
import * as rules from '../ledger/rules.ts';
import type { Refund } from './refund.ts';

/** What its balance transactions say alike. */
const transactionBase = ({ body, wallet }: Refund) => ({
  fee: 0n,
  source: `re_${body}`,
  ...(wallet !== undefined && { nonCard: true as const }),
});

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
  transaction: { type: 'refund', amount: -refund.amount, ...transactionBase(refund) },
});

/** The entries that its outcome made. */
export function refundEntries(refund: Refund): readonly JournalEntry[] {
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
      transaction: { type: 'refund_failure', amount, ...transactionBase(refund) },
    },
  ];
}
