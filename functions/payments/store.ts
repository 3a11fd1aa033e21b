/** Keys, loads and writes of payments and refunds. Every write is conditional on the version before it. */
import { type Body, bodyOf, parseChargeId, type Scope, shardOf } from '../shared/ids.ts';
import { pack, unpack } from '../shared/pack.ts';
import { absent, equal, type Item, type Key, type Table, type Write } from '../shared/table.ts';
import type { Payment, Refund } from './payment.ts';

export const paymentKey = (scope: Scope, body: Body): Key => ({ pk: `${scope}#p#${shardOf(body)}`, sk: body });
export const refundKey = (scope: Scope, body: Body): Key => ({ pk: `${scope}#r#${shardOf(body)}`, sk: body });

/** Partition of the sparse index under which a payment's refunds are found. */
export const refundsOfPayment = (scope: Scope, payment: Body): string => `${scope}#p#${payment}`;

/** The aggregate that an item of the payments table holds; the stream's images are such items. */
export const paymentOf = (item: Item): Payment => unpack<Payment>(item.doc as Uint8Array);
export const refundOf = (item: Item): Refund => unpack<Refund>(item.doc as Uint8Array);

/** Writes the payment: version 1 must not exist yet, a later one must follow the one it was made from. */
export const putPayment = (payment: Payment): Write => ({
  kind: 'put',
  table: 'payments',
  item: {
    ...paymentKey(payment.scope, payment.body),
    kind: 'payment',
    status: payment.status,
    v: payment.version,
    doc: pack(payment),
  },
  when: payment.version === 1 ? absent : equal('v', payment.version - 1),
});

/** Writes the refund, on the same terms; the sparse index links it to its payment. */
export const putRefund = (refund: Refund): Write => ({
  kind: 'put',
  table: 'payments',
  item: {
    ...refundKey(refund.scope, refund.body),
    kind: 'refund',
    status: refund.status,
    v: refund.version,
    doc: pack(refund),
    lpk: refundsOfPayment(refund.scope, refund.payment),
    lsk: `r#${refund.body}`,
  },
  when: refund.version === 1 ? absent : equal('v', refund.version - 1),
});

export async function loadPayment(table: Table, scope: Scope, body: Body | undefined): Promise<Payment | undefined> {
  const item = body && (await table.get('payments', paymentKey(scope, body)));
  return item && paymentOf(item);
}

export async function loadRefund(table: Table, scope: Scope, body: Body | undefined): Promise<Refund | undefined> {
  const item = body && (await table.get('payments', refundKey(scope, body)));
  return item && refundOf(item);
}

/** The payment that `pi_…` names in this scope. */
export const paymentById = (table: Table, scope: Scope, id: string): Promise<Payment | undefined> =>
  loadPayment(table, scope, bodyOf(id, 'pi'));

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
