/** Payments and refunds in the payments table. */

import type { Dispute } from '../disputes/dispute.ts';
import { type Body, parseChargeId, type Scope } from '../kernel/ids.ts';
import { lastMoveMs } from '../stream/posting.ts';
import { type Kind, keyOf, linkTo, loadRecord, putRecord, recordById, recordOf } from '../table/record.ts';
import type { Item, Key, Table, Write } from '../table/table.ts';
import type { Payment, Refund } from './payment.ts';

export const PAYMENT: Kind<Payment> = {
  name: 'payment',
  letter: 'p',
  prefix: 'pi',
  object: 'payment_intent',
  status: (payment) => payment.status,
  movedMs: (payment) => lastMoveMs({ kind: 'payment', new: payment }),
};
export const REFUND: Kind<Refund> = {
  name: 'refund',
  letter: 'r',
  prefix: 're',
  object: 'refund',
  movedMs: (refund) => lastMoveMs({ kind: 'refund', new: refund }),
  status: (refund) => refund.status,
  link: (refund) => refundsOfPayment(refund.scope, refund.payment),
};

export const DISPUTE: Kind<Dispute> = {
  name: 'dispute',
  letter: 'd',
  prefix: 'du',
  object: 'dispute',
  movedMs: (dispute) => lastMoveMs({ kind: 'dispute', new: dispute }),
  status: (dispute) => dispute.status,
  link: (dispute) => disputesOfPayment(dispute.scope, dispute.payment),
};

export const paymentKey = (scope: Scope, body: Body): Key => keyOf(PAYMENT, scope, body);

/** Partition of the sparse index under which a payment's refunds and disputes are found. */
export const refundsOfPayment = (scope: Scope, payment: Body): string => linkTo(PAYMENT, scope, payment);
export const disputesOfPayment = refundsOfPayment;

export const paymentOf = (item: Item): Payment => recordOf<Payment>(item);
export const refundOf = (item: Item): Refund => recordOf<Refund>(item);
export const putPayment = (payment: Payment): Write => putRecord(PAYMENT, payment);
export const putDispute = (dispute: Dispute): Write => putRecord(DISPUTE, dispute);
export const putRefund = (refund: Refund): Write => putRecord(REFUND, refund);

export const loadPayment = (table: Table, scope: Scope, body: Body | undefined): Promise<Payment | undefined> =>
  loadRecord(table, PAYMENT, scope, body);
export const loadRefund = (table: Table, scope: Scope, body: Body | undefined): Promise<Refund | undefined> =>
  loadRecord(table, REFUND, scope, body);

export const loadDispute = (table: Table, scope: Scope, body: Body | undefined): Promise<Dispute | undefined> =>
  loadRecord(table, DISPUTE, scope, body);

/** The payment whose intent `pi_…` is, in this scope. */
export async function paymentById(table: Table, scope: Scope, id: string): Promise<Payment | undefined> {
  const payment = await recordById(table, PAYMENT, scope, id);
  return payment?.direct ? undefined : payment;
}

/** The payment that owns charge `ch_…`, with the ordinal of the attempt, if that attempt has a charge number at all. */
export async function paymentOfCharge(
  table: Table,
  scope: Scope,
  id: string,
): Promise<{ readonly payment: Payment; readonly ordinal: number } | undefined> {
  const charge = parseChargeId(id);
  const payment = charge && (await loadPayment(table, scope, charge.payment));
  return payment && { payment, ordinal: charge.ordinal };
}
