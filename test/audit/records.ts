/** The stored records of money, decoded: the input of audits and end states. */

import type { Dispute } from '../../functions/disputes/dispute.ts';
import { DISPUTE } from '../../functions/disputes/store.ts';
import { entryOf } from '../../functions/ledger/store.ts';
import { paymentOf } from '../../functions/payments/store.ts';
import type { Payout } from '../../functions/payouts/payout.ts';
import { PAYOUT } from '../../functions/payouts/store.ts';
import { refundOf } from '../../functions/refunds/store.ts';
import { SETUP_INTENT, type SetupIntent } from '../../functions/setup-intents/setup-intent.ts';
import { recordOf } from '../../functions/table/record.ts';
import type { Item } from '../../functions/table/table.ts';
import type { MemoryTable } from '../world/memory-table.ts';
import type { World } from '../world/world.ts';

/** Everything that an audit looks at, read once. */
export interface Records {
  readonly payments: readonly ReturnType<typeof paymentOf>[];
  readonly refunds: readonly ReturnType<typeof refundOf>[];
  readonly payouts: readonly Payout[];
  readonly setups: readonly SetupIntent[];
  readonly disputes: readonly Dispute[];
  readonly journal: readonly { readonly item: Item; readonly entry: ReturnType<typeof entryOf> }[];
}

/** Notes `what` unless it holds. */
export type Expect = (holds: boolean, what: string) => void;

export function recordsOf({ table }: { readonly table: Pick<MemoryTable, 'items'> }): Records {
  const items = table.items('payments');
  const ofKind = (kind: string): readonly Item[] => items.filter((item) => item.kind === kind);
  return {
    payments: ofKind('payment').map(paymentOf),
    refunds: ofKind('refund').map(refundOf),
    disputes: ofKind('dispute').map((item) => recordOf(DISPUTE, item)),
    payouts: ofKind(PAYOUT.name).map((item) => recordOf(PAYOUT, item)),
    setups: ofKind(SETUP_INTENT.name).map((item) => recordOf(SETUP_INTENT, item)),
    journal: table.items('ledger').flatMap((item) => (isJournal(item.pk) ? [{ item, entry: entryOf(item) }] : [])),
  };
}

export const isJournal = (pk: string): boolean => pk.includes('#j#');

/** The reserves that are held, by currency: none, once every term has ended. */
export const reservesOf = ({ world: { table } }: { readonly world: Pick<World, 'table'> }): readonly string[] =>
  table
    .items('ledger')
    .flatMap(({ pk, sk, reserve }) =>
      pk.endsWith('#b') && reserve !== undefined && reserve !== 0n ? [`${sk} ${reserve}`] : [],
    );
