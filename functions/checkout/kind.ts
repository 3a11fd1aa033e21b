/** Checkout Sessions in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import { checkoutProjection } from './events.ts';
import { type Session, TEST_SESSION } from './session.ts';

export const checkoutKind: AggregateKind<Session> = {
  ...checkoutProjection,
  record: TEST_SESSION,
};
