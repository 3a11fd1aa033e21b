/** The payout: one item in the payments table, so that its events and journal entries come from the same stream. */

import type { ChannelAccount } from '../channels/port.ts';
import type { BankAccount } from '../merchants/merchant.ts';
import { type Body, bodyOf, type Scope, shardOf } from '../shared/ids.ts';
import type { Currency } from '../shared/money.ts';
import { pack, unpack } from '../shared/pack.ts';
import { absent, equal, type Item, type Key, type Table, type Write } from '../shared/table.ts';

/** pending: made, not ordered (or not known to be); in_transit: the bank has it; failed: the money is back in `available`. */
export type PayoutStatus = 'pending' | 'in_transit' | 'paid' | 'failed';

export interface Payout {
  readonly scope: Scope;
  readonly body: Body;
  readonly version: number;
  readonly livemode: boolean;
  readonly status: PayoutStatus;
  readonly amount: bigint;
  readonly currency: Currency;
  readonly createdMs: number;
  readonly committedMs: number;
  /** When the money should be in the bank. */
  readonly arrivalMs: number;
  /** Frozen at creation. */
  readonly bank: BankAccount;
  /** Where the bank is reached; absent when none is connected for this mode. */
  readonly account?: ChannelAccount;
  /** Our name for it at the bank (I10): the scope and the body. */
  readonly reference: string;
  /** End of the settled period it pays out; with the currency, the batch. */
  readonly sealedThroughMs: number;
  readonly failureCode?: string;
  /** The bank's own name for the transfer. */
  readonly traceId?: string;
}

export const payoutKey = (scope: Scope, body: Body): Key => ({ pk: `${scope}#o#${shardOf(body)}`, sk: body });
export const payoutOf = (item: Item): Payout => unpack<Payout>(item.doc as Uint8Array);

/** Writes the payout: version 1 must not exist yet, a later one must follow the one it was made from. */
export const putPayout = (payout: Payout): Write => ({
  kind: 'put',
  table: 'payments',
  item: {
    ...payoutKey(payout.scope, payout.body),
    kind: 'payout',
    status: payout.status,
    v: payout.version,
    doc: pack(payout),
  },
  when: payout.version === 1 ? absent : equal('v', payout.version - 1),
});

export async function loadPayout(table: Table, scope: Scope, body: Body | undefined): Promise<Payout | undefined> {
  const item = body && (await table.get('payments', payoutKey(scope, body)));
  return item && payoutOf(item);
}

/** The payout that `po_…` names in this scope. */
export const payoutById = (table: Table, scope: Scope, id: string): Promise<Payout | undefined> =>
  loadPayout(table, scope, bodyOf(id, 'po'));

/** What the bank says of it. `failed` after `paid` is a return: banks do send money back. */
export type PayoutNews =
  | { readonly kind: 'ordered' }
  | { readonly kind: 'paid'; readonly traceId: string }
  | { readonly kind: 'failed'; readonly code: string };

const RANK = { pending: 0, in_transit: 1, paid: 2, failed: 3 } as const satisfies Record<PayoutStatus, number>;
const NEWS_STATUS = { ordered: 'in_transit', paid: 'paid', failed: 'failed' } as const satisfies Record<
  PayoutNews['kind'],
  PayoutStatus
>;

/** The payout after `news`, as its next version, or undefined when that is no news: it only moves forward (I13). */
export function applyPayoutNews(payout: Payout, news: PayoutNews, nowMs: number): Payout | undefined {
  const status = NEWS_STATUS[news.kind];
  if (RANK[status] <= RANK[payout.status]) return undefined;
  return {
    ...payout,
    version: payout.version + 1,
    status,
    committedMs: Math.max(nowMs, payout.committedMs + 1),
    ...(news.kind === 'paid' && { traceId: news.traceId }),
    ...(news.kind === 'failed' && { failureCode: news.code }),
  };
}
