/**
 * Handles of attempts and captures: learned from the reply, a callback or a query, whichever is first. A name keeps its first value. Another
 * value changes nothing and raises an alarm. Pure.
 */
import { type Handles, withNewHandles } from '../channels/port/handles.ts';
import type { PaymentAtChannel } from '../channels/port/port.ts';
import type { Attempt } from './attempt.ts';
import { type Commit, next, replaced } from './commit.ts';
import type { Payment } from './payment.ts';

/** The attempt as its channel knows it. */
export const atChannel = ({
  reference,
  channel,
  createdMs,
  handles,
}: Pick<Attempt, 'reference' | 'channel' | 'createdMs' | 'handles'>): PaymentAtChannel => ({
  reference,
  account: channel,
  createdMs,
  ...(handles && { handles }),
});

/** The payment with handles of an attempt, not as a new version: the same object when none is new. */
export function withHandles(payment: Payment, ordinal: number, learned: Handles | undefined): Payment {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  const handles = withNewHandles(attempt?.handles, learned);
  return !attempt || !handles || handles === attempt.handles
    ? payment
    : { ...payment, attempts: replaced(payment, { ...attempt, handles }) };
}

/**
 * The next version of a payment of which only handles are new, or how an attempt is recovered (`named`); undefined when nothing is. It announces
 * nothing, and leaves what its request announces to the request.
 */
export function handlesLearned(payment: Payment, named: Payment, commit: Commit): Payment | undefined {
  if (named === payment) return undefined;
  const { cause, unannounced, silent = 0 } = payment;
  return next(named, cause === 'confirming' || cause === 'rerouted' ? cause : 'handles_learned', commit, {
    ...(unannounced && { unannounced, silent: silent + 1 }),
  });
}
