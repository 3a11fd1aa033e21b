/** Disputes in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import type { Dispute } from './dispute.ts';
import { disputeEntries } from './entries.ts';
import { disputeProjection } from './events.ts';
import { DISPUTE } from './store.ts';

export const disputeKind: AggregateKind<Dispute> = {
  ...disputeProjection,
  record: DISPUTE,
  entries: disputeEntries,
};
