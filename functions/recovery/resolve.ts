/**
 * Outcomes that are asked for: the janitor's rechecks of payments and refunds. They end in the functions in which the synchronous reply and callbacks
 * end (I13).
 */
import type { Channel } from '../channels/port/channel.ts';
import type { OperationOutcome } from '../channels/port/port.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { learnAttempt, settledFromMs } from '../payments/ask.ts';
import { type Attempt, awaitsDecision, hasUnresolvedMoney, isOrder, unreturned } from '../payments/attempt.ts';
import type { Commit } from '../payments/commit.ts';
import { isRefusedForNow } from '../payments/decline.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { isExpired } from '../payments/hold.ts';
import { expireHold } from '../payments/operations/expiry.ts';
import { resolveOperation } from '../payments/operations/resolve-operation.ts';
import { awaitsPayer, isUnresolved, lastAttempt, operatedAttempt, type Payment } from '../payments/payment.ts';
import { loadPayment } from '../payments/store.ts';
import { returnsDue } from '../payments/unapplied.ts';
import { askRefund, isRefundQueried } from '../refunds/ask.ts';
import { queryOf, requestOf } from '../refunds/at-channel.ts';
import { commitRefundOutcome } from '../refunds/outcome.ts';
import type { Refund } from '../refunds/refund.ts';
import { loadRefund } from '../refunds/store.ts';
import type { RecheckResult } from '../stream/kind/recheck.ts';
import { giveBack, resolveReports } from './give-back.ts';
import { ownCommit } from './own-commit.ts';
import { isUnreported, learnSaid, voidByReference } from './recovery-void.ts';

const DONE: RecheckResult = { kind: 'done' };

/**
 * The janitor's recheck of one payment: queries the channel about a capture, a void or an attempt, and returns unapplied money.
 * `asOfMs` is the time of the recheck.
 */
export async function resolvePayment(
  deps: PaymentsDeps,
  scope: Scope,
  objectKey: ObjectKey,
  asOfMs: number,
): Promise<RecheckResult> {
  let payment = await loadPayment(deps.table, scope, objectKey);
  if (!payment || !(isUnresolved(payment) || awaitsPayer(payment) || isExpired(payment, asOfMs))) return DONE;
  const commit: Commit = { ...(await ownCommit(deps, scope)), nowMs: deps.clock.nowMs() };
  if (payment.pending) payment = await resolveOperation(deps, payment, payment.pending, asOfMs, commit);
  const attempt = lastAttempt(payment);
  if (attempt && !payment.pending && (payment.status === 'processing' || awaitsPayer(payment)))
    payment = await learnAttempt(deps, payment, attempt, commit, { asOfMs });
  payment = await learnSaid(deps, await voidByReference(deps, payment, commit, asOfMs), commit);
  payment = await resolveReports(deps, payment, commit);
  payment = await giveBack(deps, payment, commit);
  if (isExpired(payment, asOfMs)) payment = await expireHold(deps, payment, commit);
  const sinceMs = openSinceMs(payment);
  const { longestWaitMs } = timingOf(deps, attempt ?? operatedAttempt(payment));
  if (isBeingDecided(deps, payment, asOfMs)) return { kind: 'waiting', sinceMs, longestWaitMs };
  // A refused release is tried again.
  if (isUnresolved(payment) || isExpired(payment, asOfMs) || isUnreported(deps, payment, asOfMs))
    return {
      kind: 'open',
      sinceMs,
      longestWaitMs,
      ...(returnsDue(payment).length > 0 && { unreturned: true as const }),
    };
  return waitsForPayer(deps, payment, asOfMs)
    ? { kind: 'waiting', sinceMs, longestWaitMs, byMs: attempt && settledFromMs(attempt, timingOf(deps, attempt)) }
    : DONE;
}

/** Whether nothing is open but an order that its payer has paid, and the channel may still take its time to decide. */
function isBeingDecided(deps: PaymentsDeps, payment: Payment, asOfMs: number): boolean {
  const attempt = lastAttempt(payment);
  if (!attempt || payment.status !== 'processing' || !awaitsDecision(attempt)) return false;
  if (payment.pending || payment.attempts.some(hasUnresolvedMoney)) return false;
  return asOfMs <= attempt.pendingMs! + deps.channel(attempt.channel.channel).timing.decisionMs;
}

/**
 * Whether the payer is still waited for. A challenge is asked about until nothing of it can be under way: no issuer keeps one open longer. An
 * order is asked about until the channel says how it ended.
 */
function waitsForPayer(deps: PaymentsDeps, payment: Payment, asOfMs: number): boolean {
  const attempt = lastAttempt(payment);
  if (!awaitsPayer(payment) || !attempt) return false;
  return isOrder(attempt) || asOfMs <= settledFromMs(attempt, timingOf(deps, attempt));
}

const timingOf = (deps: PaymentsDeps, { channel }: Attempt) => deps.channel(channel.channel).timing;

/** Since when the payment has been in the state that is to be resolved. */
const openSinceMs = (payment: Payment): number =>
  payment.pending?.sentMs ?? unresolvedSinceMs(payment) ?? lastAttempt(payment)!.createdMs;

const unresolvedSinceMs = ({ attempts }: Payment): number | undefined => {
  const attempt = attempts.find(hasUnresolvedMoney);
  return attempt && (unreturned(attempt)[0]?.receivedMs ?? attempt.settledMs);
};

/** The janitor's recheck of one refund that is still pending. */
export async function resolveRefund(
  deps: PaymentsDeps,
  scope: Scope,
  objectKey: ObjectKey,
  asOfMs: number,
): Promise<RecheckResult> {
  const refund = await loadRefund(deps.table, scope, objectKey);
  if (refund?.status !== 'pending') return DONE;
  const channel = deps.channel(refund.channel.channel);
  const answer = await askRefund(channel, { ...requestOf(refund), ...queryOf(refund) }, asOfMs);
  const isUnsent = isRefusedForNow(answer) || (refund.resends && answer.kind === 'not_found');
  // Where it cannot be asked about, it has just been sent again.
  if (isUnsent && isRefundQueried(channel))
    return resultOf(channel, await commitRefundOutcome(deps, refund, await channel.refund(requestOf(refund))));
  if (answer.kind !== 'not_found') return resultOf(channel, await commitRefundOutcome(deps, refund, answer));
  if (asOfMs - refund.createdMs <= channel.timing.settlingMs)
    return { kind: 'open', sinceMs: refund.createdMs, longestWaitMs: channel.timing.longestWaitMs };
  const neverArrived: OperationOutcome = {
    kind: 'failed',
    decline: { code: 'processing_error', message: 'The refund never arrived at the channel.' },
  };
  return resultOf(channel, await commitRefundOutcome(deps, refund, neverArrived));
}

const resultOf = ({ timing }: Pick<Channel, 'timing'>, { refund }: { readonly refund: Refund }): RecheckResult =>
  refund.status === 'pending' ? { kind: 'open', sinceMs: refund.createdMs, longestWaitMs: timing.longestWaitMs } : DONE;
