/** Outcomes as functions and queues of version 0.1 hold them during an upgrade. */
import type { AttemptOutcome } from './port.ts';

/** A payer's challenge was one URL. */
type EarlierOutcome = { readonly kind: 'requires_action'; readonly url: string };

/** The outcome as this release knows it. */
export const currentOutcome = (outcome: AttemptOutcome | EarlierOutcome): AttemptOutcome =>
  'url' in outcome ? { kind: 'requires_action', action: { kind: 'redirect', url: outcome.url } } : outcome;
