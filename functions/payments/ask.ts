/** Asking a channel what became of an attempt, and what its report means for the payment (I15). */
import type { AttemptOutcome } from '../channels/port/port.ts';
import type { Attempt } from './attempt.ts';
import type { Commit } from './commit.ts';
import type { PaymentsDeps } from './deps.ts';
import { applyNeverArrived, applyOutcome } from './outcome.ts';
import { contradicts, differs } from './outcome-table.ts';
import type { Payment } from './payment.ts';

/**
 * The janitor's first look, and the time after which a channel that knows nothing of a reference will never know it: longer than
 * any function that could still be sending lives (docs/architecture.md, Time limits).
 */
export const SETTLING_MS = 60_000;

/** What the channel says of an attempt when asked; `never_arrived` only once no request can be under way any more. */
export async function askAttempt(
  deps: Pick<PaymentsDeps, 'channel' | 'clock'>,
  attempt: Attempt,
  nowMs = deps.clock.nowMs(),
): Promise<AttemptOutcome | { readonly kind: 'never_arrived' }> {
  const state = await deps.channel(attempt.channel.channel).queryAttempt(attempt.reference, attempt.channel);
  if (state.attempt.kind !== 'not_found') return state.attempt;
  return nowMs - attempt.createdMs > SETTLING_MS
    ? { kind: 'never_arrived' }
    : { kind: 'unknown', reason: 'not found yet' };
}

/** The payment after what asking found, or undefined when that is no news. */
export function applyFound(
  payment: Payment,
  attempt: Attempt,
  found: AttemptOutcome | { readonly kind: 'never_arrived' } | undefined,
  commit: Commit,
): Payment | undefined {
  if (!found) return undefined;
  return found.kind === 'never_arrived'
    ? applyNeverArrived(payment, attempt.ordinal, commit)
    : applyOutcome(payment, attempt.ordinal, found, commit);
}

/**
 * Notifies the operator when the channel's response contradicts the record of the attempt, which changes nothing, or reports another amount than
 * requested, which is booked. `payment`: as it was before.
 */
export function reportContradiction(
  deps: Pick<PaymentsDeps, 'contradicted'>,
  payment: Payment,
  { ordinal, reference }: Attempt,
  outcome: AttemptOutcome,
): void {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (attempt && (contradicts(payment, attempt, outcome) || differs(payment, attempt, outcome)))
    deps.contradicted({ scope: payment.scope, reference, outcome: outcome.kind });
}
