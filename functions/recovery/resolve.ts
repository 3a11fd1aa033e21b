/**
 * Outcomes that come by themselves or are asked for: a verified callback and the janitor. Both end in `applyOutcome`, like the
 * synchronous reply, so the first of them writes and the others find no news (I13).
 */

import type { Channel } from '../channels/port/channel.ts';
import { handlesDiffer } from '../channels/port/handles.ts';
import {
  type AttemptOutcome,
  type CallbackFact,
  type CallbackMessage,
  type ChannelAccount,
  type OperationOutcome,
  type RefundRequest,
  sameAccount,
} from '../channels/port/port.ts';
import { commitDisputeFact } from '../disputes/outcome.ts';
import { type ObjectKey, parseChannelReference, type Scope } from '../kernel/ids.ts';
import { applyFound, askAttempt, learnAttempt, reportContradiction, settledFromMs } from '../payments/ask.ts';
import { type Attempt, awaitsDecision, hasUnresolvedMoney, isOpen, isOrder, unreturned } from '../payments/attempt.ts';
import type { Commit } from '../payments/commit.ts';
import { commitOutcome } from '../payments/commit-outcome.ts';
import { isOurFault, isRefusedForNow } from '../payments/decline.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { isExpired } from '../payments/hold.ts';
import { expireHold } from '../payments/operations/expiry.ts';
import { operationHandlesDiffer } from '../payments/operations/handles.ts';
import { askOperation, reportDifference } from '../payments/operations/hold-operations.ts';
import {
  applyOperation,
  contradictsOperation,
  mustWait,
  operationDiffers,
} from '../payments/operations/operation-outcome.ts';
import { applyOutcome, isNews } from '../payments/outcome.ts';
import { differs, isTakenBack, meaningOf } from '../payments/outcome-table.ts';
import {
  attemptBefore,
  awaitsPayer,
  isUnresolved,
  lastAttempt,
  operatedAttempt,
  type Payment,
  type PendingOperation,
} from '../payments/payment.ts';
import { loadPayment } from '../payments/store.ts';
import { applyReturn, contradictsReturn, returnedAttempt, returnsDue } from '../payments/unapplied.ts';
import { atChannel, queryOf } from '../refunds/at-channel.ts';
import { commitRefundOutcome, contradictsRefund } from '../refunds/outcome.ts';
import type { Refund } from '../refunds/refund.ts';
import { loadRefund } from '../refunds/store.ts';
import { applyPayoutCallback } from '../settlement/pay.ts';
import { commitSetup, reportOurFault } from '../setup-intents/confirm.ts';
import { applySetupOutcome, SETUP_INTENT } from '../setup-intents/setup-intent.ts';
import type { RecheckResult } from '../stream/kind/recheck.ts';
import { loadRecord } from '../table/record.ts';
import { giveBack, resolveReports } from './give-back.ts';

/**
 * The result of a callback: `applied`, `differs` (applied, with another amount than requested: raises an alarm), `known` (no news),
 * `weaker` (it contradicts the record: raises an alarm), `foreign` (not this account's payment).
 */
export type Applied = 'applied' | 'differs' | 'known' | 'weaker' | 'foreign';

/**
 * Applies one verified callback. Only to a payment of the account that it was signed for: a fact about another account's or
 * another mode's payment is `foreign` and changes nothing. `mayAsk`: whether there is time to query the channel and to complete a payment there.
 */
export async function applyCallback(
  deps: PaymentsDeps,
  message: CallbackMessage,
  mayAsk: () => boolean = () => true,
): Promise<Applied> {
  const { fact } = message;
  if (fact.about === 'payout') return applyPayoutCallback(deps, message, fact);
  const reference = parseChannelReference(fact.reference);
  if (!reference) return 'foreign';
  if (fact.about === 'refund') return refundFact(deps, message, reference, fact.outcome);
  const payment = await loadPayment(deps.table, reference.scope, reference.objectKey);
  if (!payment && fact.about === 'attempt') return setupFact(deps, message, reference, fact.outcome);
  const attempt = payment?.attempts.find((candidate) => candidate.ordinal === reference.ordinal);
  if (!payment || !attempt || !sameAccount(attempt.channel, message) || payment.livemode !== message.livemode)
    return 'foreign';
  switch (fact.about) {
    case 'attempt':
      // Without that time the janitor completes it.
      return fact.outcome.kind === 'approved' && !mayAsk() ? 'known' : attemptFact(deps, payment, attempt, fact);
    case 'operation':
      return operationFact(deps, payment, attempt, fact);
    case 'dispute':
      return (await commitDisputeFact(deps, payment, attempt, fact)).applied;
    default:
      return fact satisfies never;
  }
}

/** A fact about the try of a setup intent, whose references are made like a payment's. */
async function setupFact(
  deps: PaymentsDeps,
  message: CallbackMessage,
  { scope, objectKey, ordinal }: { readonly scope: Scope; readonly objectKey: ObjectKey; readonly ordinal: number },
  outcome: AttemptOutcome,
): Promise<Applied> {
  const intent = await loadRecord(deps.table, SETUP_INTENT, scope, objectKey);
  const attempt = intent?.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (!intent || !attempt || !sameAccount(attempt.channel, message) || intent.livemode !== message.livemode)
    return 'foreign';
  reportOurFault(deps, intent, attempt, outcome);
  const committed = await commitSetup(deps, intent, (current) =>
    applySetupOutcome(current, ordinal, outcome, deps.clock.nowMs()),
  );
  if (committed.version > intent.version) return 'applied';
  return attempt.status === 'succeeded' && outcome.kind === 'failed' ? 'weaker' : 'known';
}

async function attemptFact(
  deps: PaymentsDeps,
  payment: Payment,
  attempt: Attempt,
  fact: Extract<CallbackFact, { about: 'attempt' }>,
): Promise<Applied> {
  // What the payer has approved is completed, and what the channel says then is the fact.
  const outcome = fact.outcome.kind === 'approved' ? await askAttempt(deps, attempt) : fact.outcome;
  if (outcome.kind === 'never_arrived') return 'known';
  // Most callbacks say what the reply said: settings are read only for news.
  const commit = isNews(payment, attempt, outcome) ? await ownCommit(deps, payment.scope) : undefined;
  if (isOurFault(outcome) && isOpen(attempt))
    deps.contradicted({ scope: payment.scope, reference: attempt.reference, outcome: 'configuration' });
  let different = false;
  const isRenamed = (now: Payment) => handlesDiffer(attemptBefore(now, attempt)?.handles, outcome.handles);
  const { payment: current, changed } = await commitOutcome(deps, payment, (now) => {
    different = differs(now, attemptBefore(now, attempt) ?? attempt, outcome) || isRenamed(now);
    return commit && applyOutcome(now, attempt.ordinal, outcome, commit);
  });
  if (changed) return different ? 'differs' : 'applied';
  const meaning = meaningOf(current, attemptBefore(current, attempt) ?? attempt, outcome);
  // Taken again once the operation is decided.
  if (meaning === 'wait') throw new Error(`a report of ${fact.reference} waits for an operation`);
  return meaning === 'contradiction' || isRenamed(current) ? 'weaker' : 'known';
}

async function operationFact(
  deps: PaymentsDeps,
  payment: Payment,
  attempt: Attempt,
  fact: Extract<CallbackFact, { about: 'operation' }>,
): Promise<Applied> {
  const commit = await ownCommit(deps, payment.scope);
  const reported = { ordinal: attempt.ordinal, facts: fact.facts };
  let different = false;
  const { payment: current, changed } = await commitOutcome(deps, payment, (now) => {
    different =
      operationHandlesDiffer(now, fact.operation, fact.outcome) ||
      (fact.outcome.kind === 'succeeded' && operationDiffers(now, fact.operation, reported));
    return applyOperation(now, fact.operation, fact.outcome, commit, reported);
  });
  if (changed) return different ? 'differs' : 'applied';
  // Taken again once the other operation is decided.
  if (mustWait(current, fact.operation, fact.outcome, reported))
    throw new Error(
      `operation ${fact.operation} of ${fact.reference} waits for operation ${current.pending?.operation}`,
    );
  const contradicts = contradictsOperation(current, fact.operation, fact.outcome, reported);
  return contradicts || operationHandlesDiffer(current, fact.operation, fact.outcome) ? 'weaker' : 'known';
}

async function refundFact(
  deps: PaymentsDeps,
  account: ChannelAccount & { readonly livemode: boolean },
  reference: { readonly scope: Scope; readonly objectKey: ObjectKey; readonly ordinal: number },
  outcome: OperationOutcome,
): Promise<Applied> {
  if (reference.ordinal > 0) return returnFact(deps, account, reference, outcome);
  const refund = await loadRefund(deps.table, reference.scope, reference.objectKey);
  if (!refund || !sameAccount(refund.channel, account) || refund.livemode !== account.livemode) return 'foreign';
  const { refund: current, changed } = await commitRefundOutcome(deps, refund, outcome);
  const isRenamed = handlesDiffer(refund.handles ?? current.handles, outcome.handles);
  if (changed) return isRenamed ? 'differs' : 'applied';
  return isRenamed || contradictsRefund(current, outcome) ? 'weaker' : 'known';
}

/** A fact about the return of unapplied money, whose reference is made of the payment's. */
async function returnFact(
  deps: PaymentsDeps,
  account: ChannelAccount & { readonly livemode: boolean },
  { scope, objectKey, ordinal }: { readonly scope: Scope; readonly objectKey: ObjectKey; readonly ordinal: number },
  outcome: OperationOutcome,
): Promise<Applied> {
  const payment = await loadPayment(deps.table, scope, objectKey);
  const attempt = payment && returnedAttempt(payment, ordinal);
  if (!payment || !attempt || !sameAccount(attempt.channel, account) || payment.livemode !== account.livemode)
    return 'foreign';
  const commit = await ownCommit(deps, scope);
  const { payment: current, changed } = await commitOutcome(deps, payment, (now) =>
    applyReturn(now, ordinal, outcome, commit),
  );
  if (changed) return 'applied';
  return contradictsReturn(current, ordinal, outcome) ? 'weaker' : 'known';
}

/** A commit that no merchant's request is behind. */
async function ownCommit(deps: PaymentsDeps, scope: Scope): Promise<Commit> {
  const settings = await deps.settings(scope);
  return { nowMs: deps.clock.nowMs(), terms: settings.fees };
}

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
  if (payment.pending) payment = await resolvePending(deps, payment, payment.pending, asOfMs, commit);
  const attempt = lastAttempt(payment);
  if (attempt && (payment.status === 'processing' || awaitsPayer(payment)))
    payment = await learnAttempt(deps, payment, attempt, commit, { asOfMs });
  payment = await resolveReports(deps, payment, commit);
  payment = await giveBack(deps, payment, commit);
  if (isExpired(payment, asOfMs)) payment = await expireHold(deps, payment, commit);
  const sinceMs = openSinceMs(payment);
  const { longestWaitMs } = timingOf(deps, attempt ?? operatedAttempt(payment));
  if (isBeingDecided(deps, payment, asOfMs)) return { kind: 'waiting', sinceMs, longestWaitMs };
  // A refused release is tried again.
  if (isUnresolved(payment) || isExpired(payment, asOfMs))
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

/** The outcome of the pending operation. The response also has the money that the channel took, which a successful void does not return. */
async function resolvePending(
  deps: PaymentsDeps,
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
  if (current.pending) return current;
  for (const [operation, other] of state.operations) {
    const reported = { ordinal: attempt.ordinal, facts: state.operationFacts?.get(operation) };
    current = (await commitOutcome(deps, current, (now) => applyOperation(now, operation, other, commit, reported)))
      .payment;
  }
  if (state.attempt.kind !== 'captured' || isTakenBack(attempt, state)) return current;
  const found = state.attempt;
  const committed = await commitOutcome(deps, current, (now) => {
    reportContradiction(deps, now, attempt, found);
    return applyFound(now, attempt, found, commit);
  });
  return committed.payment;
}

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
  const answer = await channel.queryRefund(queryOf(refund));
  if (isRefusedForNow(answer) || (refund.resends && answer.kind === 'not_found'))
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

/** The same request as at first: under its reference it is one refund. */
const requestOf = (refund: Refund): RefundRequest => ({
  ...atChannel(refund),
  amount: refund.amount,
  currency: refund.currency,
});

const resultOf = ({ timing }: Pick<Channel, 'timing'>, { refund }: { readonly refund: Refund }): RecheckResult =>
  refund.status === 'pending' ? { kind: 'open', sinceMs: refund.createdMs, longestWaitMs: timing.longestWaitMs } : DONE;
