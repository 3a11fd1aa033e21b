/** Refunds in the payments table. */
import type { Body, Scope } from '../kernel/ids.ts';
import { lastCommittedMs } from '../ledger/entry.ts';
import { linkedToPayment } from '../payments/store.ts';
import { type Kind, loadRecord, putRecord, recordOf } from '../table/record.ts';
import type { Item, Table, Write } from '../table/table.ts';
import { refundEntries, refundRequestedEntry } from './entries.ts';
import type { Refund } from './refund.ts';

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
export const putRefund = (refund: Refund): Write => putRecord(REFUND, refund);

export const loadRefund = (table: Table, scope: Scope, body: Body | undefined): Promise<Refund | undefined> =>
  loadRecord(table, REFUND, scope, body);
