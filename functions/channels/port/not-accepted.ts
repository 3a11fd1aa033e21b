/** A channel that did not take a request: it did nothing, so another channel may be asked. */
import type { AttemptOutcome } from './port.ts';

type Failed = Extract<AttemptOutcome, { kind: 'failed' }>;

/** Whether the channel did nothing. Any other decline is final, and an unknown outcome is not one (I15). */
export const isNotAccepted = (outcome: AttemptOutcome): outcome is Failed =>
  outcome.kind === 'failed' && outcome.decline.class === 'technical_not_accepted';
