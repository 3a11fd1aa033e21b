/** Refunds in the payments table. */
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { assertMove } from '../kernel/transitions.ts';
import { lastCommittedMs } from '../ledger/entry.ts';
import { linkedToPayment } from '../payments/store.ts';
import { type Kind, loadRecord, putAnnounced, recordOf } from '../table/record.ts';
import type { Item, Table, Write } from '../table/table.ts';
import { refundEntries, refundRequestedEntry } from './entries.ts';
import { refundTypes } from './event-types.ts';
import { NEXT_REFUND_STATUS, type Refund } from './refund.ts';

export const REFUND: Kind<Refund> = {
  name: 'refund',
  letter: 'r',
  prefix: 're',
  object: 'refund',
  movedMs: (refund) => lastCommittedMs([refundRequestedEntry(refund), ...refundEntries(refund)]),
  status: (refund) => refund.status,
  link: (refund) => linkedToPayment(refund.scope, refund.payment),
};

export const refundOf = (item: Item): Refund => recordOf(REFUND, item);
/** Writes the refund, which follows `before` as that is stored, with what the commit announces. Asserts that its status may move there. */
export function putRefund(before: Refund | undefined, refund: Refund): Write {
  assertMove('refund', NEXT_REFUND_STATUS, before?.status, refund.status);
  return putAnnounced(REFUND, refundTypes, before, refund);
}

export const loadRefund = (table: Table, scope: Scope, objectKey: ObjectKey | undefined): Promise<Refund | undefined> =>
  loadRecord(table, REFUND, scope, objectKey);
