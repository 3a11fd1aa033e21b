/**
 * A bank without an API: an order is an item, an operator takes it to the bank in a file, and says what became of it. To payouts and settlement it is a bank
 * like any other: ordered under a reference, and asked until the outcome is known.
 */

import { parsePayoutReference } from '../../kernel/ids.ts';
import { commitNamed } from '../../table/commit.ts';
import { absent, type Item, type Key, type Table } from '../../table/table.ts';
import type { Bank, PayoutState } from '../port/bank.ts';
import type { ChannelAccount } from '../port/port.ts';

/** The account that payouts of live merchants name. */
export const FILE_BANK: ChannelAccount = { channel: 'file', account: 'platform' };

/** ordered: not reported by the operator. With a trace id it was paid, whatever became of it since. */
export interface FileOrder {
  readonly reference: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly status: 'ordered' | 'paid' | 'failed';
  /** The one payout file that has it. */
  readonly file?: string;
  readonly code?: string;
  readonly traceId?: string;
}

const scopeOf = (reference: string): string => {
  const parsed = parsePayoutReference(reference);
  if (!parsed) throw new Error(`${reference} is no reference of a payout`);
  return parsed.scope;
};
export const orderKey = (reference: string): Key => ({ pk: `${scopeOf(reference)}#order`, sk: reference });
/** Orders that no file has yet. */
export const unfiledPartition = (scope: string): string => `${scope}#unfiled`;
export const unfiledKey = (reference: string): Key => ({ pk: unfiledPartition(scopeOf(reference)), sk: reference });

export const orderOf = ({ sk, amount, currency, status, file, code, traceId }: Item): FileOrder => ({
  reference: sk,
  amount: BigInt(amount as bigint),
  currency: currency as string,
  status: status as FileOrder['status'],
  ...(file !== undefined && { file: file as string }),
  ...(code !== undefined && { code: code as string }),
  ...(traceId !== undefined && { traceId: traceId as string }),
});

/** What the order says of its payout. */
export function stateOf({ status, code, traceId }: FileOrder): PayoutState {
  if (status === 'ordered') return { kind: 'pending' };
  if (status === 'paid') return { kind: 'paid', traceId: traceId ?? '' };
  return { kind: 'failed', code: code ?? 'could_not_process', ...(traceId !== undefined && { traceId }) };
}

type Order = Pick<FileOrder, 'amount' | 'currency'>;

const stateFor = (ours: Order, item: Item): PayoutState => {
  const order = orderOf(item);
  return order.amount === ours.amount && order.currency === ours.currency
    ? stateOf(order)
    : { kind: 'unknown', reason: `the order has ${order.amount} ${order.currency}` };
};

/** The bank whose orders are in the ledger's table. */
export const fileBank = (table: Table): Bank => ({
  async pay({ reference, amount, currency }) {
    const conflict = await commitNamed(table, {
      order: {
        kind: 'put',
        table: 'ledger',
        item: { ...orderKey(reference), amount, currency, status: 'ordered' },
        when: absent,
      },
      unfiled: { kind: 'put', table: 'ledger', item: { ...unfiledKey(reference), amount, currency }, when: absent },
    });
    if (!conflict) return { kind: 'pending' };
    const item = await table.get('ledger', orderKey(reference));
    return item ? stateFor({ amount, currency }, item) : { kind: 'unknown', reason: 'the order cannot be read' };
  },
  async query({ reference, amount, currency }) {
    const item = await table.get('ledger', orderKey(reference));
    return item ? stateFor({ amount, currency }, item) : { kind: 'not_found' };
  },
});
