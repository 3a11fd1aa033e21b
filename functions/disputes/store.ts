/** Disputes in the payments table. */
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { assertMove } from '../kernel/transitions.ts';
import { lastCommittedMs } from '../ledger/entry.ts';
import { linkedToPayment } from '../payments/store.ts';
import { type Kind, loadRecord, putAnnounced } from '../table/record.ts';
import type { Table, Write } from '../table/table.ts';
import { type Dispute, NEXT_DISPUTE_STATUS } from './dispute.ts';
import { disputeEntries } from './entries.ts';
import { disputeTypes } from './event-types.ts';

export const DISPUTE: Kind<Dispute> = {
  name: 'dispute',
  letter: 'd',
  prefix: 'du',
  object: 'dispute',
  movedMs: (dispute) => lastCommittedMs(disputeEntries(dispute)),
  status: (dispute) => dispute.status,
  link: (dispute) => linkedToPayment(dispute.scope, dispute.payment),
};

/** Writes the dispute, which follows `before` as that is stored, with what the commit announces. Asserts that its status may move there. */
export function putDispute(before: Dispute | undefined, dispute: Dispute): Write {
  assertMove('dispute', NEXT_DISPUTE_STATUS, before?.status, dispute.status);
  return putAnnounced(DISPUTE, disputeTypes, before, dispute);
}

export const loadDispute = (
  table: Table,
  scope: Scope,
  objectKey: ObjectKey | undefined,
): Promise<Dispute | undefined> => loadRecord(table, DISPUTE, scope, objectKey);
