/** Payouts in the payments table. */
import {
  type ObjectKey,
  parsePayoutReference,
  type Scope,
  shardOf,
  shardsOf,
  timeOf,
  timeText,
} from '../kernel/ids.ts';
import { assertMove } from '../kernel/transitions.ts';
import { pagesOf } from '../table/bulk.ts';
import { type Kind, loadRecord, partitionOf, putAnnounced, recordById, recordOf } from '../table/record.ts';
import type { Table, Write } from '../table/table.ts';
import { payoutTypes } from './event-types.ts';
import { NEXT_PAYOUT_STATUS, type Payout } from './payout.ts';

export const PAYOUT: Kind<Payout> = {
  name: 'payout',
  letter: 'o',
  prefix: 'po',
  object: 'payout',
  movedMs: ({ createdMs, paidMs, endedMs }) => Math.max(createdMs, paidMs ?? 0, endedMs ?? 0),
  status: (payout) => payout.status,
};

/** The payout that the bank knows by this reference. */
export async function payoutByReference(table: Table, reference: string): Promise<Payout | undefined> {
  const parsed = parsePayoutReference(reference);
  if (!parsed) return undefined;
  const { scope, objectKey } = parsed;
  const found = await loadPayout(table, scope, objectKey);
  if (found) return found;
  const query = { pk: partitionOf(PAYOUT, scope, shardOf(objectKey)), from: timeText(timeOf(objectKey)) };
  for await (const page of pagesOf(table, 'payments', query)) {
    const item = page.find(({ sk }) => sk.endsWith(objectKey.slice(8)));
    if (item) return recordOf(PAYOUT, item);
  }
  return undefined;
}

/** Writes the payout, which follows `before` as that is stored, with what the commit announces. Asserts that its status may move there. */
export function putPayout(before: Payout | undefined, payout: Payout): Write {
  assertMove('payout', NEXT_PAYOUT_STATUS, before?.status, payout.status);
  return putAnnounced(PAYOUT, payoutTypes, before, payout);
}
export const loadPayout = (table: Table, scope: Scope, objectKey: ObjectKey | undefined): Promise<Payout | undefined> =>
  loadRecord(table, PAYOUT, scope, objectKey);

/** The payout that `po_…` names in this scope. */
export const payoutById = (table: Table, scope: Scope, id: string): Promise<Payout | undefined> =>
  recordById(table, PAYOUT, scope, id);

/** The payouts of a scope made since `sinceMs`. */
export async function payoutsSince(
  table: Table,
  scope: Scope,
  shards: number,
  sinceMs: number,
): Promise<readonly Payout[]> {
  const payouts: Payout[] = [];
  for (const shard of shardsOf(shards)) {
    const query = { pk: partitionOf(PAYOUT, scope, shard), from: timeText(sinceMs) };
    for await (const page of pagesOf(table, 'payments', query))
      payouts.push(...page.map((item) => recordOf(PAYOUT, item)));
  }
  return payouts;
}
