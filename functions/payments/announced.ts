/** The list of charges: the items of the events table by which they were announced (ADR 0007). Notifications writes them. */
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { unpack } from '../table/pack.ts';
import { shapedAs } from '../table/shape.ts';
import type { Item } from '../table/table.ts';
import { chargedMs, hasCharge } from './attempt.ts';
import type { Payment } from './payment.ts';
import { PAYMENT } from './store.ts';

/** Partition of the charges of a shard, by the time at which they were announced. */
export const chargePartition = (scope: Scope, shard: string): string => `${scope}#e#c#${shard}`;

/** The charges that an item of that list announced, newest first: it holds the payment as its commit left it. */
export function announcedCharges(
  item: Item,
): readonly { readonly payment: ObjectKey; readonly ordinal: number; readonly atMs: number }[] {
  const { kind, image } = unpack<{ readonly kind: string; readonly image: object }>(item.doc as Uint8Array);
  if (kind !== PAYMENT.name) return [];
  const { body, committedMs, attempts } = shapedAs(PAYMENT, image);
  return attempts
    .filter((attempt) => chargedMs(attempt) === committedMs && hasCharge(attempt))
    .map(({ ordinal }) => ({ payment: body, ordinal, atMs: committedMs }))
    .reverse();
}

/** Types of the events that first announce a charge. */
export const isCharged = (types: readonly string[]): boolean =>
  ['charge.succeeded', 'charge.failed', 'charge.pending'].some((type) => types.includes(type));

/** Whether an earlier event announced the charge as pending: it is listed once, at its first event. */
const wasPending = ({ attempts, committedMs }: Payment): boolean =>
  attempts.some(({ pendingMs, settledMs }) => pendingMs !== undefined && settledMs === committedMs);

/** Whether the commit made the charge of money that the payment does not wait for: no event announces it as a success. */
const madeUnapplied = ({ attempts, committedMs }: Payment): boolean =>
  attempts.some(
    (attempt) =>
      (attempt.surplus || attempt.status === 'closed') && hasCharge(attempt) && chargedMs(attempt) === committedMs,
  );

/** Whether the events of the payment's commit are in the list of charges: it made one that was not announced before. */
export const listsCharge = (payment: Payment, types: readonly string[]): boolean =>
  (isCharged(types) && !wasPending(payment)) || madeUnapplied(payment);
