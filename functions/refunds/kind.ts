/** Refunds in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import { refundEntries, refundRequestedEntry } from './entries.ts';
import { refundProjection } from './events.ts';
import type { Refund } from './refund.ts';
import { REFUND } from './store.ts';

export const refundKind: AggregateKind<Refund> = {
  ...refundProjection,
  record: REFUND,
  entries: refundEntries,
  entriesBornWith: (refund) => [refundRequestedEntry(refund)],
};
