/** The use of a payment method that is attached to no customer: it pays once. Reads payments only as far as that needs. Pure but for one read. */
import type { WalletReceipt } from '../channels/port/port.ts';
import type { ObjectKey, PaymentMethodId, Scope } from '../kernel/ids.ts';
import { keyOf, recordOf } from '../table/record.ts';
import type { Shaped } from '../table/shape.ts';
import type { Table } from '../table/table.ts';

/** A payment as far as its payment methods need it. */
export interface Use {
  readonly body: ObjectKey;
  readonly attempts: readonly {
    readonly method: { readonly id: PaymentMethodId };
    readonly status: string;
    readonly wallet?: WalletReceipt;
  }[];
}

/** How payments are read. A test holds it to their kind, which stands above. */
export const PAYMENTS: Shaped<Use> & { readonly letter: 'p' } = { name: 'payment', letter: 'p', reads: 2 };

/** Statuses of an attempt that moved no money and never will. */
const WITHOUT_MONEY = ['authenticated', 'failed', 'closed'] as const;

/** Whether the payment took money with the method, or still may. */
export const hasTaken = ({ attempts }: Pick<Use, 'attempts'>, method: PaymentMethodId): boolean =>
  attempts.some(
    ({ method: { id }, status }) => id === method && !(WITHOUT_MONEY as readonly string[]).includes(status),
  );

/** What the wallet said of its payer when it paid with the method. */
export const receiptOf = ({ attempts }: Pick<Use, 'attempts'>, method: PaymentMethodId): WalletReceipt | undefined =>
  attempts.findLast(({ method: { id }, wallet }) => id === method && wallet !== undefined)?.wallet;

export async function loadUse(table: Table, scope: Scope, payment: ObjectKey): Promise<Use | undefined> {
  const item = await table.get('payments', keyOf(PAYMENTS, scope, payment));
  return item && recordOf(PAYMENTS, item);
}
