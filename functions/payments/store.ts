/** Payments in the payments table. */

import { type ObjectKey, parseChargeId, type Scope } from '../kernel/ids.ts';
import { lastCommittedMs } from '../ledger/entry.ts';
import { isWallet } from '../payment-methods/facts.ts';
import { type Kind, keyOf, linkTo, loadRecord, putAnnounced, recordById, recordOf } from '../table/record.ts';
import type { Item, Key, Table, Write } from '../table/table.ts';
import { paymentEntries } from './entries.ts';
import { paymentTypes } from './event-types.ts';
import { lostImage } from './first-image.ts';
import type { Payment } from './payment.ts';

export const PAYMENT: Kind<Payment> = {
  name: 'payment',
  letter: 'p',
  prefix: 'pi',
  object: 'payment_intent',
  listedOf: ({ customer }) => customer,
  scanned: { made: lostImage },
  status: (payment) => payment.status,
  movedMs: (payment) => lastCommittedMs(paymentEntries(payment)),
  // Version 0.1 took every method for a card, and knew no hold of cards alone. A payment by card is stored as 0.1 stored it.
  shape: ({ method, attempts, cardHeld }) =>
    cardHeld || isWallet(method) || attempts.some((attempt) => isWallet(attempt.method)) ? 2 : 1,
  reads: 2,
};
export const paymentKey = (scope: Scope, objectKey: ObjectKey): Key => keyOf(PAYMENT, scope, objectKey);

/** Partition of the sparse index under which a payment's refunds and disputes are found. */
export const linkedToPayment = (scope: Scope, payment: ObjectKey): string => linkTo(PAYMENT, scope, payment);

export const paymentOf = (item: Item): Payment => recordOf(PAYMENT, item);
/** Writes the payment, which follows `before` as that is stored, with what the commit announces. */
export const putPayment = (before: Payment | undefined, payment: Payment): Write =>
  putAnnounced(PAYMENT, paymentTypes, before, payment);

export const loadPayment = (
  table: Table,
  scope: Scope,
  objectKey: ObjectKey | undefined,
): Promise<Payment | undefined> => loadRecord(table, PAYMENT, scope, objectKey);
/** The payment whose intent `pi_…` is, in this scope. */
export async function paymentById(table: Table, scope: Scope, id: string): Promise<Payment | undefined> {
  const payment = await recordById(table, PAYMENT, scope, id);
  return payment?.direct ? undefined : payment;
}

/** The payment that owns charge `ch_…`, with the ordinal of the attempt, if that attempt has a charge number. */
export async function paymentOfCharge(
  table: Table,
  scope: Scope,
  id: string,
): Promise<{ readonly payment: Payment; readonly ordinal: number } | undefined> {
  const charge = parseChargeId(id);
  const payment = charge && (await loadPayment(table, scope, charge.payment));
  return payment && { payment, ordinal: charge.ordinal };
}
