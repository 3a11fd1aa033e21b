/** Balance transactions whose names follow from something else: from the object they are of, or from the payout that paid them out. */

import { invalidParameter, noSuchReference } from '../api/errors.ts';
import { DISPUTE } from '../disputes/store.ts';
import type { Scope } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import { type EntryType, type JournalEntry, type TransactionType, transactionType } from '../ledger/entry.ts';
import { transactionId, transactionIdOf } from '../ledger/keys.ts';
import { paymentOfCharge } from '../payments/store.ts';
import { payoutCreatedEntry } from '../payouts/entries.ts';
import { isAutomatic, type Payout } from '../payouts/payout.ts';
import { payoutById } from '../payouts/store.ts';
import { refundRequestedEntry } from '../refunds/entries.ts';
import { REFUND } from '../refunds/store.ts';
import { loadBatches } from '../settlement/batch.ts';
import { type Batch, batchEntryKey, reserveReleasedBy, withheldBy } from '../settlement/batch-record.ts';
import { readManifest } from '../settlement/manifest.ts';
import { entriesOf } from '../stream/posting.ts';
import { recordById } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import type { LedgerDeps } from './deps.ts';

/** A balance transaction by its name. */
export interface ListedTransaction {
  readonly id: string;
  readonly type: TransactionType;
  readonly source: string | null;
  readonly currency: Currency;
  /** As its object makes it, which shows it while it is on its way to the journal. */
  readonly entry?: JournalEntry;
}

const listedOf = (entry: JournalEntry): readonly ListedTransaction[] =>
  entry.transaction
    ? [
        {
          id: transactionIdOf(entry),
          type: transactionType(entry.transaction),
          source: entry.transaction.source,
          currency: entry.currency,
          entry,
        },
      ]
    : [];

/** Those of a charge, refund, dispute or payout; none for what is no such id. */
export async function transactionsOfSource(
  table: Table,
  scope: Scope,
  source: string,
): Promise<readonly ListedTransaction[]> {
  const entries = await entriesBehind(table, scope, source);
  return entries.flatMap(listedOf).filter((listed) => listed.source === source);
}

async function entriesBehind(table: Table, scope: Scope, source: string): Promise<readonly JournalEntry[]> {
  switch (source.split('_', 1)[0]) {
    case 'ch': {
      const found = await paymentOfCharge(table, scope, source);
      return found ? entriesOf({ kind: 'payment', new: found.payment }) : [];
    }
    case 're': {
      const refund = await recordById(table, REFUND, scope, source);
      return refund ? [refundRequestedEntry(refund), ...entriesOf({ kind: 'refund', new: refund })] : [];
    }
    case 'du': {
      const dispute = await recordById(table, DISPUTE, scope, source);
      return dispute ? entriesOf({ kind: 'dispute', new: dispute }) : [];
    }
    case 'po': {
      const payout = await payoutById(table, scope, source);
      return payout ? payoutEntries(payout) : [];
    }
    default:
      return [];
  }
}

/** The payout, and what gave its money back. */
const payoutEntries = (payout: Payout): readonly JournalEntry[] => [
  payoutCreatedEntry(payout),
  ...entriesOf({ kind: 'payout', new: payout }),
];

/** What a settlement paid out: the lines of its period, the reserve that it held back and released, and the payout itself. */
export async function transactionsOfPayout(
  deps: LedgerDeps,
  scope: Scope,
  id: string,
): Promise<readonly ListedTransaction[]> {
  const payout = await payoutById(deps.table, scope, id);
  if (!payout) throw noSuchReference('payout', id, 'payout');
  if (!isAutomatic(payout))
    throw invalidParameter('Balance transaction history can only be filtered on automatic payouts, not manual.', {
      param: 'payout',
    });
  const { currency } = payout;
  const batches = await loadBatches(deps.table, scope, payout.sealedThroughMs!);
  const batch = batches.find((candidate) => candidate.currency === currency)!;
  const { nets } = await readManifest(deps.files, batch.manifest);
  const lines = nets.find((net) => net.currency === currency)?.lines ?? [];
  return [
    ...lines.map(({ id: line, type, source }) => ({
      id: line,
      type: type as TransactionType,
      source,
      currency,
    })),
    ...(withheldBy(batch) > 0n ? [ofReserve(batch, 'released', 'reserve_hold')] : []),
    ...(reserveReleasedBy(batch) > 0n ? [ofReserve(batch, 'reserve_released', 'reserve_release')] : []),
    ...listedOf(payoutCreatedEntry(payout)),
  ];
}

/** What the settlement held back or released. */
const ofReserve = (batch: Batch, entry: EntryType, type: TransactionType): ListedTransaction => ({
  id: transactionId(entry, batchEntryKey(batch), batch.createdMs, 1),
  type,
  source: null,
  currency: batch.currency,
});
