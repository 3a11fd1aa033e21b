/** The janitor's void of an attempt whose channel has no query: committed before it is sent, and sent again until its outcome is known. */
import { applyFound, isQueried, settledFromMs } from '../payments/ask.ts';
import { type Attempt, isOpen, isOrder } from '../payments/attempt.ts';
import type { Commit } from '../payments/commit.ts';
import { commitOutcome } from '../payments/commit-outcome.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { attemptBefore, type Payment } from '../payments/payment.ts';
import {
  applyRecoveryVoid,
  attemptsToVoid,
  recoveryStep,
  recoveryVoidOf,
  startedRecoveryVoid,
} from '../payments/recovery-void.ts';
import { putPayment } from '../payments/store.ts';
import { tryCommit } from '../table/commit.ts';

/**
 * Whether the payment is open although it only seems to wait for its payer: it is still to be voided, or its order could not be closed when its time
 * was over, because it was paid.
 */
export function isUnreported(deps: PaymentsDeps, payment: Payment, asOfMs: number): boolean {
  return attemptsToVoid(payment).some((attempt) => {
    const channel = deps.channel(attempt.channel.channel);
    if (recoveryStep(attempt, channel, asOfMs) !== 'wait') return true;
    const isOver = asOfMs > settledFromMs(attempt, channel.timing);
    return !isQueried(channel) && isOrder(attempt) && isOpen(attempt) && isOver;
  });
}

/** Voids the payment's attempts under our references, where that is due. Returns the payment as it stands then. */
export async function voidByReference(
  deps: PaymentsDeps,
  payment: Payment,
  commit: Commit,
  asOfMs: number,
): Promise<Payment> {
  let current = payment;
  for (const one of attemptsToVoid(payment)) {
    const attempt = attemptBefore(current, one);
    if (attempt && !current.pending) current = await voidAttempt(deps, current, attempt, commit, asOfMs);
  }
  return current;
}

async function voidAttempt(
  deps: PaymentsDeps,
  payment: Payment,
  attempt: Attempt,
  commit: Commit,
  asOfMs: number,
): Promise<Payment> {
  const channel = deps.channel(attempt.channel.channel);
  const step = recoveryStep(attempt, channel, asOfMs);
  const stored = step === 'start' ? await started(deps, payment, attempt, commit) : payment;
  if (step === 'wait' || !stored) return payment;
  const { recoveryVoid } = attemptBefore(stored, attempt)!;
  const outcome = await channel.void(recoveryVoidOf(attempt, recoveryVoid!));
  const learned = await commitOutcome(deps, stored, (now) =>
    applyRecoveryVoid(now, attempt.ordinal, recoveryVoid!.operation, outcome, commit),
  );
  return learned.payment;
}

/** Applies the successes that were reported while a void was under way which the channel refused then. */
export async function learnSaid(deps: PaymentsDeps, payment: Payment, commit: Commit): Promise<Payment> {
  let current = payment;
  for (const attempt of payment.attempts.filter(({ said, recoveryVoid }) => said && recoveryVoid?.outcome === 'failed'))
    current = (await commitOutcome(deps, current, (now) => applyFound(now, attempt, attempt.said, commit))).payment;
  return current;
}

/** The payment with the void, committed. Undefined: another write came first, and decides what the next recheck does. */
async function started(
  deps: PaymentsDeps,
  payment: Payment,
  attempt: Attempt,
  commit: Commit,
): Promise<Payment | undefined> {
  const after = startedRecoveryVoid(payment, attempt, commit);
  return (await tryCommit(deps.table, putPayment(payment, after))) ? after : undefined;
}
