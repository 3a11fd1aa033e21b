/**
 * One try at the channel: the rules decide, the first commit is made, the attempt is sent, and the outcome is committed. A crash after the
 * first commit leaves a `processing` payment whose outcome the callback, the janitor or the same request sent again finds by asking, never by
 * sending.
 */

import { racesLost } from '../api/lock.ts';
import type { Call, Reply } from '../api/operation.ts';
import type { AttemptOutcome } from '../channels/port/port.ts';
import { instrumentOf, type MethodFacts } from '../payment-methods/facts.ts';
import type { RiskSubject } from '../risk/port/port.ts';
import { commitChange } from '../table/commit.ts';
import { applyFound, askAttempt, type Found, reportContradiction } from './ask.ts';
import type { Attempt } from './attempt.ts';
import { type Commit, next } from './commit.ts';
import { outcomeChange } from './commit-outcome.ts';
import type { PaymentsDeps } from './deps.ts';
import { calculatedDescriptor } from './descriptor.ts';
import { withHandles } from './handles.ts';
import { wishesOf } from './method-types.ts';
import { notesOf } from './notes.ts';
import { applyOutcome, refusedByRules } from './outcome.ts';
import { lastAttempt, type Payment, type ReplyMarker } from './payment.ts';
import { replyOf } from './reply.ts';
import { commitOf, mayStore, withReply } from './request.ts';
import { returnAddressOf } from './return-address.ts';

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

/** Sends the attempt of a committed payment, for `commitChanges`: the outcome is the next change. Nothing is sent where the rules refused it. */
export function sending(deps: PaymentsDeps, call: Call) {
  let sent = false;
  return async (current: Payment) => {
    const attempt = lastAttempt(current)!;
    if (sent || attempt.blocked) return undefined;
    sent = true;
    return lastCommit(deps, call, attempt, await authorize(deps, call, current, attempt));
  };
}

function authorize(deps: PaymentsDeps, call: Call, payment: Payment, attempt: Attempt): Promise<AttemptOutcome> {
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
    ? deps.vault.forward({ scope: payment.scope, request })
    : deps.channel(attempt.channel.channel).authorize(request);
}

/** The last commit of a request, for `commitChange`: the outcome and the reply in one write (docs/invariants.md, W4). */
const lastCommit = (deps: PaymentsDeps, call: Call, attempt: Attempt, outcome: AttemptOutcome) =>
  replied(deps, call, attempt, (current, commit) => {
    const known = withHandles(current, attempt.ordinal, outcome.handles);
    reportContradiction(deps, current, attempt, outcome);
    return (
      applyOutcome(known, attempt.ordinal, outcome, commit) ?? (known === current ? undefined : stillUnknown(known, commit))
    );
  });

/** Carries on a request that died after its first commit: asks the channel what became of the attempt and answers that. Sends nothing. */
export async function resumeAttempt(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  attempt: Attempt,
): Promise<Reply> {
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
  const { value } = await commitChange(deps.table, payment, change, racesLost);
  return answerOf(call, value, attempt);
}

/** The change that `learn` makes, together with the reply. */
function replied(
  deps: PaymentsDeps,
  call: Call,
  attempt: Attempt,
  change: (current: Payment, commit: Commit) => Payment | undefined,
) {
  const commit = commitOf(deps, call);
  return outcomeChange(deps, (current) => {
    const changed = change(current, commit) ?? onlyReplied(current, call, commit);
    return changed && withReply(changed, call, replyKind(changed, attempt));
  });
}

/** The answer to the request, after its last commit. */
export const answerOf = (call: Call, committed: Payment, attempt: Attempt): Reply => ({
  ...replyOf(committed, replyKind(committed, attempt), call.caller.settings),
  stored: mayStore(call),
});

/** No news: the answer is still committed (for replays), and what this request made or confirmed is announced. */
function onlyReplied(payment: Payment, call: Call, commit: Commit): Payment | undefined {
  if (payment.unannounced) return stillUnknown(payment, commit);
  if (mayStore(call)) return next(payment, 'replied', commit, {});
  return payment.cause === 'confirming' ? stillUnknown(payment, commit) : undefined;
}

/** No outcome yet: the payment is reported as in progress. A charge without an intent is pending from here. */
function stillUnknown(payment: Payment, commit: Commit): Payment {
  const after = next(payment, 'outcome', commit, {});
  if (!payment.direct || !payment.unannounced) return after;
  const pending = ({ status }: Attempt) => status === 'sent' && { pendingMs: after.committedMs };
  return { ...after, attempts: after.attempts.map((attempt) => ({ ...attempt, ...pending(attempt) })) };
}

/** A decline where this attempt is why the payment waits for another payment method. */
const replyKind = (payment: Payment, attempt: Attempt): ReplyMarker['kind'] =>
  payment.status === 'requires_payment_method' && lastAttempt(payment)?.ordinal === attempt.ordinal
    ? 'decline'
    : 'payment';
