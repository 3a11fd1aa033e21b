/**
 * Giving back money that a payment does not wait for (I15). Every step may be repeated: a void has one number, a return one reference, and
 * the channel is queried about it before it is sent again. A refused return, or one without an outcome, stays due, and the janitor tries again.
 */
import type { Channel } from '../channels/port/channel.ts';
import type { AttemptState, OperationOutcome, RefundRequest } from '../channels/port/port.ts';
import { applyFound, isQueried, reportContradiction } from '../payments/ask.ts';
import {
  type Attempt,
  hasOpenReport,
  isBeingVoided,
  isOrder,
  isWhollyUnapplied,
  unappliedAmount,
} from '../payments/attempt.ts';
import type { Commit } from '../payments/commit.ts';
import { commitOutcome } from '../payments/commit-outcome.ts';
import { isRefusedForNow } from '../payments/decline.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { atChannel } from '../payments/handles.ts';
import { askState } from '../payments/operations/hold-operations.ts';
import { isTakenBack } from '../payments/outcome-table.ts';
import type { Payment } from '../payments/payment.ts';
import {
  applyHoldReport,
  applyReport,
  applyReturn,
  applyUnappliedVoid,
  type Return,
  returnsDue,
  UNAPPLIED_OPERATION,
} from '../payments/unapplied.ts';
import { askRefund, isRefundQueried } from '../refunds/ask.ts';
import { returnAtChannel } from '../refunds/at-channel.ts';
import { reportStuck } from '../refunds/outcome.ts';

/** Voids unapplied holds and refunds money that was taken. Returns the payment as it stands then. */
export async function giveBack(deps: PaymentsDeps, payment: Payment, commit: Commit): Promise<Payment> {
  let current = payment;
  for (const attempt of payment.attempts.filter((one) => isWhollyUnapplied(one) && one.status === 'authorized')) {
    const outcome = await letGo(deps, attempt);
    current = await committed(deps, current, (now) => applyUnappliedVoid(now, attempt.ordinal, outcome, commit));
  }
  for (const due of returnsDue(current).filter(({ failed }) => !failed)) {
    const outcome = await sendReturn(deps, due);
    reportStuck(deps, { scope: payment.scope, reference: due.reference }, outcome);
    current = await committed(deps, current, (now) => applyReturn(now, due.number, outcome, commit));
  }
  return current;
}

const committed = async (
  deps: PaymentsDeps,
  payment: Payment,
  change: (current: Payment) => Payment | undefined,
): Promise<Payment> => (await commitOutcome(deps, payment, change)).payment;

/**
 * Voids an unapplied hold, or money that was taken in one step. It is sent again for as long as that is one void at the channel. After that the
 * channel is asked, and where it answers no queries nothing is sent: a callback or a person has to say (ADR 0032).
 */
async function letGo(deps: PaymentsDeps, attempt: Attempt): Promise<OperationOutcome> {
  const channel = deps.channel(attempt.channel.channel);
  const sentMs = attempt.settledMs ?? attempt.createdMs;
  const isOneVoid = deps.clock.nowMs() - sentMs <= channel.timing.idempotencyMs;
  if (!isOneVoid && !isQueried(channel)) return { kind: 'unknown', reason: 'it was sent too long ago' };
  if (!isOneVoid) {
    const { attempt: found, operations } = await askState(deps, attempt);
    const known = operations.get(UNAPPLIED_OPERATION);
    if (known) return known;
    if (found.kind === 'unknown') return found;
  }
  const { currency } = attempt;
  return channel.void({ ...atChannel(attempt), operation: UNAPPLIED_OPERATION, sentMs, currency });
}

/**
 * What becomes of a return. Money of a wholly unapplied attempt by card is voided, as channels do before they clear it; where that is refused, and for
 * any other money, it is refunded: sent once under its reference, and asked about afterwards. One that was refused for now is sent again.
 */
async function sendReturn(deps: PaymentsDeps, due: Return): Promise<OperationOutcome> {
  const { attempt, amount } = due;
  const channel = deps.channel(attempt.channel.channel);
  const { currency } = attempt;
  const request = { ...returnAtChannel(attempt, due.number, due.reference), amount, currency };
  const known = isRefundQueried(channel) ? await askRefund(channel, request, deps.clock.nowMs()) : NOT_FOUND;
  if (known.kind !== 'not_found' && !isRefusedForNow(known)) return known;
  if (!(await isConfirmed(deps, due))) return { kind: 'unknown', reason: 'the channel does not confirm the money' };
  if (!isRefundQueried(channel)) return sentAgain(channel, request, deps.clock.nowMs());
  const clearing = attempt.surplus && attempt.status === 'captured' && !isOrder(attempt);
  const voided = clearing ? await letGo(deps, attempt) : undefined;
  if (voided && voided.kind !== 'failed') return voided;
  return channel.refund(request);
}

const NOT_FOUND = { kind: 'not_found' } as const;

/**
 * What becomes of a return that cannot be asked about. It is a refund from the first time on: a void before it would leave open which of the two
 * took effect.
 */
async function sentAgain(channel: Channel, request: RefundRequest, nowMs: number): Promise<OperationOutcome> {
  const outcome = await askRefund(channel, request, nowMs);
  return outcome.kind === 'not_found' ? { kind: 'unknown', reason: 'not found yet' } : outcome;
}

/**
 * Whether money may be refunded that arrived with the merchant's own: the refund of a wrong report would take that. The channel must say, when it
 * is asked, that it has taken at least what is booked.
 */
async function isConfirmed(deps: PaymentsDeps, { attempt, beside }: Return): Promise<boolean> {
  if (beside === 0n) return true;
  const state = await askState(deps, attempt);
  return takenIn(state) >= beside + unappliedAmount(attempt);
}

/** Minor units that the channel says it has taken. */
function takenIn({ attempt, operations, operationFacts }: AttemptState): bigint {
  if (attempt.kind === 'captured') return attempt.amount;
  return [...(operationFacts ?? [])].reduce(
    (sum, [number, { kind, amount = 0n }]) =>
      kind === 'capture' && operations.get(number)?.kind === 'succeeded' ? sum + amount : sum,
    0n,
  );
}

/** Asks the channel about reports of money and holds that only it can explain, once no operation is under way. */
export async function resolveReports(deps: PaymentsDeps, payment: Payment, commit: Commit): Promise<Payment> {
  if (payment.pending) return payment;
  let current = payment;
  for (const attempt of payment.attempts.filter((one) => one.reportedHold === 'open' && !isBeingVoided(one))) {
    const state = await askState(deps, attempt);
    const { attempt: found } = state;
    // Money that was taken of it since is news of its own.
    if (found.kind === 'captured')
      current = await committed(deps, current, (now) => applyFound(now, attempt, found, commit));
    current = await committed(deps, current, (now) => applyHoldReport(now, attempt.ordinal, state, commit));
  }
  return resolveMoneyReports(deps, current, commit);
}

async function resolveMoneyReports(deps: PaymentsDeps, payment: Payment, commit: Commit): Promise<Payment> {
  let current = payment;
  for (const attempt of payment.attempts.filter((one) => hasOpenReport(one) && !isBeingVoided(one))) {
    const state = await askState(deps, attempt);
    if (state.attempt.kind === 'unknown') continue;
    const takenBack = isTakenBack(attempt, state);
    const { attempt: found } = state;
    if (found.kind !== 'not_found' && !takenBack) reportContradiction(deps, current, attempt, found);
    current = await committed(deps, current, (now) => applyReport(now, attempt.ordinal, takenBack, commit));
  }
  return current;
}
