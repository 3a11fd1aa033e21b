/** Resolves an operation whose outcome is not known yet: for the janitor, the payer's return and the end of a Checkout Session. */
import { learn, learnFound } from '../ask.ts';
import type { Commit } from '../commit.ts';
import { commitOutcome, type OutcomeDeps } from '../commit-outcome.ts';
import type { PaymentsDeps } from '../deps.ts';
import { isTakenBack } from '../outcome-table.ts';
import { awaitsPayer, operatedAttempt, type Payment, type PendingOperation } from '../payment.ts';
import { askOperation, reportDifference } from './hold-operations.ts';
import { applyOperation } from './operation-outcome.ts';

type ResolveDeps = OutcomeDeps & Pick<PaymentsDeps, 'channel' | 'clock' | 'contradicted' | 'applyDisputes'>;

/**
 * The payment after its channel was asked about `pending`, as of `asOfMs`. The answer also has the money that the channel took, which a successful
 * void does not return, and what the payer did before a void that was refused. What a payer has approved is not completed while a void is under
 * way.
 */
export async function resolveOperation(
  deps: ResolveDeps,
  payment: Payment,
  pending: PendingOperation,
  asOfMs: number,
  commit: Commit,
): Promise<Payment> {
  const attempt = operatedAttempt(payment);
  const { outcome, state, facts: reported } = await askOperation(deps, payment, pending, asOfMs);
  const facts = { facts: reported };
  const decided = await commitOutcome(deps, payment, (current) => {
    reportDifference(deps, current, pending.operation, outcome, facts);
    return applyOperation(current, pending.operation, outcome, commit, facts);
  });
  let current = decided.payment;
  const found = state.attempt.kind === 'not_found' ? undefined : state.attempt;
  if (current.pending) return awaitsPayer(current) ? learn(deps, current, attempt, found, commit) : current;
  current = await learnFound(deps, current, attempt, outcome, commit);
  for (const [operation, other] of state.operations) {
    const reported = { ordinal: attempt.ordinal, facts: state.operationFacts?.get(operation) };
    current = (await commitOutcome(deps, current, (now) => applyOperation(now, operation, other, commit, reported)))
      .payment;
  }
  const hasTaken = state.attempt.kind === 'captured' && !isTakenBack(attempt, state);
  return hasTaken || awaitsPayer(current) ? learn(deps, current, attempt, found, commit) : current;
}
