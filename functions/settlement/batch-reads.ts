/** Where batches are found: by when they were made, and by what they posted. */

import { fromBase62, type Scope, timeText } from '../kernel/ids.ts';
import type { JournalEntry } from '../ledger/entry.ts';
import { pagesOf } from '../table/bulk.ts';
import type { Key, Table } from '../table/table.ts';
import { type Batch, batchKey, batchOf, batchPartition } from './batch-record.ts';

/**
 * The batches made after `sinceMs`. A currency whose banking days put it off is settled later than its period, by no more than the longest
 * delay: so far back are periods looked at.
 */
export async function batchesSince(table: Table, scope: Scope, sinceMs: number): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  const range = { pk: batchPartition(scope), from: timeText(Math.max(0, sinceMs - LONGEST_DELAY_MS)) };
  for await (const page of pagesOf(table, 'ledger', range))
    batches.push(...page.map(batchOf).filter(({ createdMs }) => createdMs > sinceMs));
  return batches;
}
/** Thirty banking days with their weekends and holidays, and a month of outages. */
const LONGEST_DELAY_MS = 90 * 24 * 3_600_000;

/** How to read the batch of one currency of a closed period. */
export const batchReadOf = (scope: Scope, throughMs: number, currency: string) =>
  ({ table: 'ledger', key: batchKey(scope, throughMs, currency) }) as const;

/** Where the batch stands that released this entry: the entry's object key is its name. */
export const batchKeyOf = (scope: Scope, { body, currency }: Pick<JournalEntry, 'body' | 'currency'>): Key =>
  batchKey(scope, fromBase62(body.slice(0, 7)), currency);
