/** The channel's side of a capture, a void or an increment: sent once, and asked about until it is known what became of it. */
import type { OperationOutcome } from '../channels/port.ts';
import { SETTLING_MS } from './confirm.ts';
import type { PaymentsDeps } from './deps.ts';
import { operatedAttempt, type Payment, type PendingOperation, paidAttempt } from './payment.ts';

/** Asks the channel to carry out a claimed operation. Sent once: what is not heard is asked about. */
export function sendOperation(
  deps: PaymentsDeps,
  payment: Payment,
  pending: PendingOperation,
): Promise<OperationOutcome> {
  const attempt = operatedAttempt(payment);
  const request = {
    reference: attempt.reference,
    account: attempt.channel,
    operation: pending.operation,
    currency: attempt.currency,
  };
  const channel = deps.channel(attempt.channel.channel);
  const { kind, amount, keepsRest } = pending;
  switch (kind) {
    case 'capture':
      return channel.capture({ ...request, amount, ...(keepsRest && { keepsRest }) });
    case 'void':
      return channel.void(request);
    case 'increment':
      return channel.increment({ ...request, amount });
    default:
      return kind satisfies never;
  }
}

/** Every try to raise the hold that there is, oldest first. */
export const incrementsOf = (payment: Payment) => paidAttempt(payment)?.increments ?? [];

/** The same of every hold, also of one that is no more. */
export const triedIncrements = (payment: Payment) => payment.attempts.flatMap(({ increments }) => increments ?? []);

/** What the channel says of a pending operation when asked; one it does not know after its settling time never arrived. */
export async function askOperation(
  deps: PaymentsDeps,
  payment: Payment,
  pending: PendingOperation,
  nowMs = deps.clock.nowMs(),
): Promise<OperationOutcome> {
  const attempt = operatedAttempt(payment);
  const state = await deps.channel(attempt.channel.channel).queryAttempt(attempt.reference, attempt.channel);
  const known = state.operations.get(pending.operation);
  if (known) return known;
  if (state.attempt.kind === 'unknown' || nowMs - pending.sentMs <= SETTLING_MS)
    return { kind: 'unknown', reason: 'not found yet' };
  return {
    kind: 'failed',
    decline: { code: 'processing_error', message: 'The request never arrived at the channel.' },
  };
}
