/** Payouts in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import { payoutCreatedEntry, payoutEntries } from './entries.ts';
import { payoutProjection } from './events.ts';
import type { Payout } from './payout.ts';
import { PAYOUT } from './store.ts';

export const payoutKind: AggregateKind<Payout> = {
  ...payoutProjection,
  record: PAYOUT,
  entries: payoutEntries,
  entriesBornWith: (payout) => [payoutCreatedEntry(payout)],
};
