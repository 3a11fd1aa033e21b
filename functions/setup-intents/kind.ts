/** Setup intents in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import { setupProjection } from './events.ts';
import { SETUP_INTENT, type SetupIntent } from './setup-intent.ts';

export const setupKind: AggregateKind<SetupIntent> = {
  ...setupProjection,
  record: SETUP_INTENT,
};
