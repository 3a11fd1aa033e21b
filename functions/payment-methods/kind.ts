/** Payment methods in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import { methodProjection } from './events.ts';
import { METHOD, type MethodRecord } from './method.ts';

export const methodKind: AggregateKind<MethodRecord> = {
  ...methodProjection,
  record: METHOD,
};
