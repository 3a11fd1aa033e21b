/**
 * Outcomes that come by themselves or are asked for: a verified callback and the janitor. Both end in `applyOutcome`, like the
 * synchronous reply, so whoever comes first writes and the others find no news (I13).
 */
import type {
  AttemptOutcome,
  CallbackFact,
  CallbackMessage,
  ChannelAccount,
  OperationOutcome,
} from '../channels/port.ts';
import { type Body, parseChannelReference, type Scope } from '../shared/ids.ts';
import { loadRecord } from '../shared/record.ts';
import { type Attempt, isSurplus } from './attempt.ts';
import { applyFound, askAttempt, SETTLING_MS } from './confirm.ts';
import type { PaymentsDeps } from './deps.ts';
import { applyAnswer } from './dispute.ts';
import { sendAnswer } from './dispute-answer.ts';
import { commitDispute, learnDispute } from './dispute-outcome.ts';
import { expireHold } from './expiry.ts';
import { isExpired } from './hold.ts';
import { askOperation } from './hold-operations.ts';
import { commitLearned } from './learn.ts';
import { applyOperation, contradictsOperation } from './operation-outcome.ts';
import { applyOutcome, applySurplusReturned, type Commit, contradicts } from './outcome.ts';
import { attemptBefore, awaitsPayer, isUnresolved, lastAttempt, type Payment, type Refund } from './payment.ts';
import { learnRefund } from './refund-outcome.ts';
import { commitSetup, resolveSetupIntent } from './setup-confirm.ts';
import { applySetupOutcome, lastSetupAttempt, SETUP_INTENT } from './setup-intent.ts';
import { loadDispute, loadPayment, loadRefund } from './store.ts';

/** What became of a callback: `applied`, `known` (no news), `weaker` (it contradicts what is known: look at it), `foreign` (not this account's payment). */
export type Applied = 'applied' | 'known' | 'weaker' | 'foreign';

/**
 * Applies one verified callback. Only to a payment of the account that it was signed for: a fact about another account's or
 * another mode's payment is `foreign` and changes nothing.
 */
export async function applyCallback(deps: PaymentsDeps, message: CallbackMessage): Promise<Applied> {
  const reference = parseChannelReference(message.fact.reference);
  if (!reference) return 'foreign';
  if (message.fact.about === 'refund') return refundFact(deps, message, reference, message.fact.outcome);
  const payment = await loadPayment(deps.table, reference.scope, reference.body);
  if (!payment && message.fact.about === 'attempt') return setupFact(deps, message, reference, message.fact.outcome);
  const attempt = payment?.attempts.find((candidate) => candidate.ordinal === reference.ordinal);
  if (!payment || !attempt || !sameAccount(attempt.channel, message) || payment.livemode !== message.livemode)
    return 'foreign';
  switch (message.fact.about) {
    case 'attempt':
      return attemptFact(deps, payment, attempt, message.fact);
    case 'operation':
      return operationFact(deps, payment, attempt, message.fact);
    case 'dispute':
      return (await learnDispute(deps, payment, attempt, message.fact)).applied;
    default:
      return message.fact satisfies never;
  }
}

/** A fact about the try of a setup intent, whose references are made like a payment's. */
async function setupFact(
  deps: PaymentsDeps,
  message: CallbackMessage,
  { scope, body, ordinal }: { readonly scope: Scope; readonly body: Body; readonly ordinal: number },
  outcome: AttemptOutcome,
): Promise<Applied> {
  const intent = await loadRecord(deps.table, SETUP_INTENT, scope, body);
  const attempt = intent?.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (!intent || !attempt || !sameAccount(attempt.channel, message) || intent.livemode !== message.livemode)
    return 'foreign';
  const learned = await commitSetup(deps.table, intent, (current) =>
    applySetupOutcome(current, ordinal, outcome, deps.clock.nowMs()),
  );
  if (learned.version > intent.version) return 'applied';
  return attempt.status === 'succeeded' && outcome.kind === 'failed' ? 'weaker' : 'known';
}

const sameAccount = (ours: ChannelAccount, theirs: ChannelAccount): boolean =>
  ours.channel === theirs.channel && ours.account === theirs.account;

async function attemptFact(
  deps: PaymentsDeps,
  payment: Payment,
  attempt: Attempt,
  fact: Extract<CallbackFact, { about: 'attempt' }>,
): Promise<Applied> {
  const commit = await ownCommit(deps, payment.scope);
  const { payment: current, changed } = await commitLearned(deps.table, payment, (now) =>
    applyOutcome(now, attempt.ordinal, fact.outcome, commit),
  );
  if (changed) return 'applied';
  return contradicts(attemptBefore(current, attempt) ?? attempt, fact.outcome) ? 'weaker' : 'known';
}

async function operationFact(
  deps: PaymentsDeps,
  payment: Payment,
  attempt: Attempt,
  fact: Extract<CallbackFact, { about: 'operation' }>,
): Promise<Applied> {
  const commit = await ownCommit(deps, payment.scope);
  const { payment: current, changed } = await commitLearned(deps.table, payment, (now) =>
    applyOperation(now, fact.operation, fact.outcome, commit, attempt),
  );
  if (changed) return 'applied';
  return contradictsOperation(current, fact.operation, fact.outcome) ? 'weaker' : 'known';
}

async function refundFact(
  deps: PaymentsDeps,
  account: ChannelAccount & { readonly livemode: boolean },
  reference: { readonly scope: Scope; readonly body: Body },
  outcome: OperationOutcome,
): Promise<Applied> {
  const refund = await loadRefund(deps.table, reference.scope, reference.body);
  if (!refund || !sameAccount(refund.channel, account) || refund.livemode !== account.livemode) return 'foreign';
  const { refund: current, changed } = await learnRefund(deps, refund, outcome);
  if (changed) return 'applied';
  // Money that went to the payer after we had given it back to the merchant. (The reverse is news: the issuer sent it back.)
  return outcome.kind === 'succeeded' && current.status === 'failed' ? 'weaker' : 'known';
}

/** A commit that no merchant's request is behind. */
async function ownCommit(deps: PaymentsDeps, scope: Scope): Promise<Commit> {
  const settings = await deps.settings(scope);
  return { nowMs: deps.clock.nowMs(), terms: settings.fees };
}

/** What a look left: something is open, only the payer is waited for, or nothing. */
export type Look = { readonly kind: 'done' } | { readonly kind: 'open' | 'waiting'; readonly sinceMs: number };
const DONE: Look = { kind: 'done' };

/** A challenge is asked about for so long: no issuer keeps one open for a day. */
const CHALLENGE_MS = 24 * 3_600_000;

/**
 * The janitor's look at one payment: asks the channel what became of a capture, a void or an attempt, and gives surplus money back.
 * `asOfMs` is when the look takes place.
 */
export async function resolvePayment(deps: PaymentsDeps, scope: Scope, body: Body, asOfMs: number): Promise<Look> {
  let payment = await loadPayment(deps.table, scope, body);
  if (!payment || !(isUnresolved(payment) || awaitsPayer(payment) || isExpired(payment, asOfMs))) return DONE;
  const commit: Commit = { ...(await ownCommit(deps, scope)), nowMs: deps.clock.nowMs() };
  const { pending } = payment;
  if (pending) {
    const outcome = await askOperation(deps, payment, pending, asOfMs);
    payment = (
      await commitLearned(deps.table, payment, (current) => applyOperation(current, pending.operation, outcome, commit))
    ).payment;
  }
  const attempt = lastAttempt(payment);
  if (attempt && (payment.status === 'processing' || awaitsPayer(payment))) {
    const found = await askAttempt(deps, attempt, asOfMs);
    payment = (await commitLearned(deps.table, payment, (current) => applyFound(current, attempt, found, commit)))
      .payment;
  }
  for (const surplus of payment.attempts.filter(isSurplus)) payment = await giveBack(deps, payment, surplus, commit);
  if (isExpired(payment, asOfMs)) payment = await expireHold(deps, payment, commit);
  const sinceMs = openSinceMs(payment);
  // A channel that would not let go is asked again.
  if (isUnresolved(payment) || isExpired(payment, asOfMs)) return { kind: 'open', sinceMs };
  return awaitsPayer(payment) && asOfMs - sinceMs < CHALLENGE_MS ? { kind: 'waiting', sinceMs } : DONE;
}

/** Since when the payment has been in the state that is to be resolved. */
const openSinceMs = (payment: Payment): number =>
  payment.pending?.sentMs ?? payment.attempts.find(isSurplus)?.settledMs ?? lastAttempt(payment)!.createdMs;

/** Voids money that nobody waits for any more; the void's number is outside those of the payment's own operations. */
async function giveBack(deps: PaymentsDeps, payment: Payment, attempt: Attempt, commit: Commit): Promise<Payment> {
  const outcome = await deps.channel(attempt.channel.channel).void({
    reference: attempt.reference,
    account: attempt.channel,
    operation: SURPLUS_OPERATION,
    currency: attempt.currency,
  });
  if (outcome.kind !== 'succeeded') return payment;
  return (await commitLearned(deps.table, payment, (current) => applySurplusReturned(current, attempt.ordinal, commit)))
    .payment;
}

/** One void per attempt gives surplus back; sent again it is the same void. */
const SURPLUS_OPERATION = 0;

/** The janitor's look at one refund that is still pending. */
export async function resolveRefund(deps: PaymentsDeps, scope: Scope, body: Body, asOfMs: number): Promise<Look> {
  const refund = await loadRefund(deps.table, scope, body);
  if (refund?.status !== 'pending') return DONE;
  const answer = await deps.channel(refund.channel.channel).queryRefund(refund.reference, refund.channel);
  if (answer.kind !== 'not_found') return lookOf(await learnRefund(deps, refund, answer));
  if (asOfMs - refund.createdMs <= SETTLING_MS) return { kind: 'open', sinceMs: refund.createdMs };
  const neverArrived: OperationOutcome = {
    kind: 'failed',
    decline: { code: 'processing_error', message: 'The refund never arrived at the channel.' },
  };
  return lookOf(await learnRefund(deps, refund, neverArrived));
}

const lookOf = ({ refund }: { readonly refund: Refund }): Look =>
  refund.status === 'pending' ? { kind: 'open', sinceMs: refund.createdMs } : DONE;

/** The janitor's look at a dispute whose answer may not have reached the channel: it is sent again, under its number. */
export async function resolveDispute(deps: PaymentsDeps, scope: Scope, body: Body): Promise<Look> {
  const dispute = await loadDispute(deps.table, scope, body);
  if (!dispute?.pending) return DONE;
  const { submission, sentMs } = dispute.pending;
  const outcome = await sendAnswer(deps, dispute, dispute.pending);
  const nowMs = deps.clock.nowMs();
  const after = await commitDispute(deps.table, dispute, (current) => applyAnswer(current, submission, outcome, nowMs));
  return after.pending ? { kind: 'open', sinceMs: sentMs } : DONE;
}

/** The janitor's look at one setup intent whose try has no outcome yet, or waits for its payer. */
export async function resolveSetup(deps: PaymentsDeps, scope: Scope, body: Body, asOfMs: number): Promise<Look> {
  const intent = await loadRecord(deps.table, SETUP_INTENT, scope, body);
  const sinceMs = intent && lastSetupAttempt(intent)?.createdMs;
  if (!intent || sinceMs === undefined) return DONE;
  const look = await resolveSetupIntent(deps, intent, asOfMs);
  if (look === 'done' || (look === 'waiting' && asOfMs - sinceMs >= CHALLENGE_MS)) return DONE;
  return { kind: look, sinceMs };
}
