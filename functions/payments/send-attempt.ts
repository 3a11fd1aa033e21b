/**
 * One try at the channel: the rules decide, the first commit is made, the attempt is sent, and the outcome is committed. A crash after the
 * first commit leaves a `processing` payment whose outcome the callback, the janitor or the same request sent again finds by asking, never by
 * sending.
 */

import { racesLost } from '../api/lock.ts';
import type { Call, Reply } from '../api/operation.ts';
import { isNotAccepted } from '../channels/port/not-accepted.ts';
import type { AttemptOutcome, ChannelAccount } from '../channels/port/port.ts';
import { instrumentOf, type MethodFacts } from '../payment-methods/facts.ts';
import type { RiskSubject } from '../risk/port/port.ts';
import { commitChange } from '../table/commit.ts';
import { applyFound, askAttempt, type Found, learnDisputes, reportContradiction } from './ask.ts';
import { type Attempt, endOfChain } from './attempt.ts';
import { type Commit, next } from './commit.ts';
import { asCommitted, outcomeChange } from './commit-outcome.ts';
import type { PaymentsDeps } from './deps.ts';
import { calculatedDescriptor } from './descriptor.ts';
import { stillUnknown } from './judgement.ts';
import { wishesOf } from './method-types.ts';
import { nextAccount, reroutedTo } from './new-attempt.ts';
import { notesOf } from './notes.ts';
import { applyOutcome, refusedByRules } from './outcome.ts';
import { lastAttempt, type Payment, type ReplyMarker } from './payment.ts';
import { replyOf } from './reply.ts';
import { commitOf, mayStore, withReply } from './request.ts';
import { returnAddressOf } from './return-address.ts';
import { mayBeTried } from './size-limit.ts';

/** The card as risk judges it, if a card pays. */
const cardFor = (method: MethodFacts): Pick<RiskSubject, 'card'> =>
  method.type === undefined
    ? {
        card: {
          fingerprint: method.card.fingerprint,
          funding: method.card.funding,
          ...(method.source.kind === 'test' && { published: true }),
          ...(method.testRisk && { testRisk: method.testRisk }),
        },
      }
    : {};

/** What the risk rules look at, before there is an attempt. */
export const riskSubject = (
  { scope, livemode, amount, currency, receiptEmail }: Payment,
  method: MethodFacts,
  atMs: number,
): RiskSubject => ({
  scope,
  livemode,
  amount,
  currency,
  ...cardFor(method),
  atMs,
  ...(receiptEmail !== undefined && { email: receiptEmail }),
});

/** The started payment as its first commit writes it: where the rules refuse the attempt, with the reply to the request. */
export const judged = (call: Call, started: Payment): Payment =>
  lastAttempt(started)!.risk?.action === 'block' ? withReply(refusedByRules(started), call, 'decline') : started;

/** Attempts of one request at most. Each is on another account. */
const MAXIMUM_SENDS = 3;
/** No later than this after the request began, ms: the function has to answer after the last send (docs/architecture.md, Time limits). */
const REROUTE_WITHIN_MS = 6_000;

/**
 * Sends the attempt of a committed payment, for `commitChanges`: what came of it is the next change. Where its channel did not accept it and another
 * account can take its place, that change starts the next attempt, which is sent then. Nothing is sent where the rules refused the attempt.
 */
export function sending(deps: PaymentsDeps, call: Call, started: Payment) {
  const sent: ChannelAccount[] = [];
  let due: Attempt | undefined = lastAttempt(started);
  // Before the first commit, an order may have been closed.
  const { createdMs: beganMs } = due!;
  const inTime = (): boolean => deps.clock.nowMs() - beganMs <= REROUTE_WITHIN_MS;
  let learned: { readonly attempt: Attempt; readonly outcome: AttemptOutcome } | undefined;
  return async (current: Payment) => {
    if (learned) await learnDisputes(deps, current, learned.attempt, learned.outcome);
    const attempt = due;
    if (!attempt || attempt.blocked) return undefined;
    sent.push(attempt.channel);
    const mayFollow = inTime() && mayBeRerouted(current, attempt, sent.length);
    const next = mayFollow ? nextAccount(deps, call, current, attempt, sent) : undefined;
    const outcome = await authorize(deps, call, current, attempt, next !== undefined);
    learned = { attempt, outcome };
    const isEarly = inTime();
    const change = (now: Payment, commit: Commit): Payment | undefined => {
      reportContradiction(deps, now, attempt, outcome);
      const after = applyOutcome(now, attempt.ordinal, outcome, commit);
      const reroutes = next && isEarly && isNotAccepted(outcome) && after && failedUnseen(now, after, attempt);
      const changed = reroutes ? reroutedTo(deps, call, after, attempt, next) : after;
      due = reroutes ? lastAttempt(changed!) : undefined;
      return changed;
    };
    // A charge shows its disputes, which are committed after it: the reply follows them.
    const isDisputed = outcome.kind === 'captured' && outcome.disputes !== undefined;
    return replied(deps, call, attempt, change, { inCommit: !(current.direct && isDisputed) });
  };
}

/** Whether another account may take its place: not after a challenge, whose proof is at its own channel. */
const mayBeRerouted = (payment: Payment, { authentication }: Attempt, sends: number): boolean =>
  authentication === undefined && sends < MAXIMUM_SENDS && mayBeTried(payment);

/** Whether this outcome failed the attempt, of which nothing else was known, and with it the payment. */
function failedUnseen(before: Payment, after: Payment, { ordinal }: Attempt): boolean {
  const current = lastAttempt(before);
  const unseen = current?.ordinal === ordinal && current.status === 'sent' && current.pendingMs === undefined;
  return unseen && after.status === 'requires_payment_method';
}

/** `follows`: another attempt follows where the channel does not accept this one. */
function authorize(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  attempt: Attempt,
  follows: boolean,
): Promise<AttemptOutcome> {
  const request = {
    reference: attempt.reference,
    account: attempt.channel,
    createdMs: attempt.createdMs,
    amount: attempt.amount,
    currency: attempt.currency,
    capture: !attempt.manual,
    instrument: instrumentOf(attempt.method, wishesOf(payment, attempt.method)),
    // Who would rather have a decline is treated as who is not there, and so is who cannot be asked.
    offSession: (attempt.offSession || attempt.noChallenge || payment.direct) ?? false,
    ...(attempt.method.setUp && { setUp: true }),
    ...(attempt.manual && payment.requestedFeatures && { requestedFeatures: payment.requestedFeatures }),
    ...(attempt.wantsChallenge && { wantsChallenge: true }),
    ...(payment.confirmationMethod === 'manual' && { stopsAfterChallenge: true }),
    ...(attempt.authentication && { authentication: attempt.authentication }),
    ...(attempt.expiresMs !== undefined && { expiresMs: attempt.expiresMs }),
    returnUrl: returnAddressOf(deps.returnUrl, call.caller.settings, attempt.reference),
    statementDescriptor: calculatedDescriptor(payment),
    // The request may keep its reply elsewhere than on the payment: its try still has its key.
    ...notesOf({ ...call.lock, ...(attempt.keyHash !== undefined && { keyHash: attempt.keyHash }) }, payment),
  };
  return request.instrument.kind === 'vault'
    ? deps.vault.forward({ scope: payment.scope, request, ...(follows && { keepsCode: true as const }) })
    : deps.channel(attempt.channel.channel).authorize(request);
}

/**
 * Carries on a request that died after the commit that made its attempt, or one that took its place: asks the channel what became of the last of
 * them and answers that. Sends nothing, so an attempt that was not sent is over after the settling time.
 */
export async function resumeAttempt(deps: PaymentsDeps, call: Call, payment: Payment, first: Attempt): Promise<Reply> {
  const attempt = endOfChain(payment.attempts, first);
  return answerFound(
    deps,
    call,
    payment,
    attempt,
    attempt.status === 'sent' ? await askAttempt(deps, attempt) : undefined,
  );
}

/** Commits what asking found together with the reply to this request. */
export async function answerFound(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  attempt: Attempt,
  found: Found | undefined,
): Promise<Reply> {
  const change = replied(deps, call, attempt, (current, commit) => {
    reportContradiction(deps, current, attempt, found);
    return applyFound(current, attempt, found, commit);
  });
  const committed = await asCommitted(deps, await commitChange(deps.table, payment, change, racesLost));
  await learnDisputes(deps, committed, attempt, found);
  return answerOf(call, committed, attempt);
}

/** The change that `change` makes, together with the reply, unless that follows the commit. */
function replied(
  deps: PaymentsDeps,
  call: Call,
  attempt: Attempt,
  change: (current: Payment, commit: Commit) => Payment | undefined,
  { inCommit }: { readonly inCommit: boolean } = { inCommit: true },
) {
  const commit = commitOf(deps, call);
  return outcomeChange(deps, (current) => {
    const changed = change(current, commit);
    if (changed?.cause === 'rerouted' && changed.attempts.length > current.attempts.length) return changed;
    const answered = changed ? announced(current, changed, commit) : onlyReplied(current, call, commit);
    return answered && inCommit ? withReply(answered, call, replyKind(answered, attempt)) : answered;
  });
}

/** Where only names were learned, the cause is still the start of the attempt: the answer announces that it is under way. */
const announced = (before: Payment, changed: Payment, commit: Commit): Payment =>
  changed.cause === 'confirming' || changed.cause === 'rerouted'
    ? stillUnknown({ ...before, attempts: changed.attempts }, commit)
    : changed;

/** The answer to the request that made `attempt`, after its last commit. */
export const answerOf = (call: Call, committed: Payment, attempt: Attempt): Reply => ({
  ...replyOf(committed, replyKind(committed, endOfChain(committed.attempts, attempt)), call.caller.settings),
  stored: mayStore(call),
});

/** No news: the answer is still committed (for replays), and what this request made or confirmed is announced. */
function onlyReplied(payment: Payment, call: Call, commit: Commit): Payment | undefined {
  if (payment.unannounced || payment.cause === 'rerouted') return stillUnknown(payment, commit);
  if (mayStore(call)) return next(payment, 'replied', commit, {});
  return payment.cause === 'confirming' ? stillUnknown(payment, commit) : undefined;
}

/** A decline where this attempt is why the payment waits for another payment method. */
const replyKind = (payment: Payment, attempt: Attempt): ReplyMarker['kind'] =>
  payment.status === 'requires_payment_method' && lastAttempt(payment)?.ordinal === attempt.ordinal
    ? 'decline'
    : 'payment';
