/**
 * One try at the channel: the claim is committed before anything is sent, the outcome after. A crash between the two leaves a
 * `processing` payment whose outcome the callback, the janitor or the same request sent again finds by asking, never by sending.
 */

import type { Call, Reply } from '../api/operation.ts';
import type { AttemptOutcome } from '../channels/port/port.ts';
import type { RiskSubject } from '../risk/port/port.ts';
import type { RiskDecision } from '../risk/port/risk.ts';
import { applyFound, askAttempt, reportContradiction } from './ask.ts';
import type { Attempt } from './attempt.ts';
import { type Commit, next } from './commit.ts';
import { commitLearned } from './commit-outcome.ts';
import type { PaymentsDeps } from './deps.ts';
import { calculatedDescriptor } from './descriptor.ts';
import { notesOf } from './notes.ts';
import { applyBlock, applyOutcome, withRisk } from './outcome.ts';
import { lastAttempt, type Payment } from './payment.ts';
import { replyOf } from './reply.ts';
import { commitOf, mayStore, withReply } from './request.ts';
import { returnUrlOf } from './return-url.ts';
import { intentId } from './wire.ts';

/**
 * Pays: commits the payment with its new attempt while risk is assessed, sends the attempt, and commits the outcome together with the reply.
 * `begin` is the first commit. It returns the payment that an earlier try of the same request had written, if there is one: that try's attempt
 * is asked about, and nothing is sent.
 */
export async function pay(
  deps: PaymentsDeps,
  call: Call,
  claimed: Payment,
  begin: () => Promise<Payment | undefined>,
): Promise<Reply> {
  const [existing, risk] = await Promise.all([begin(), deps.risk.assess(riskSubject(claimed, lastAttempt(claimed)!))]);
  const earlier = existing?.attempts[0];
  return earlier ? resumeAttempt(deps, call, existing, earlier) : sendAttempt(deps, call, claimed, risk);
}

/** What the risk rules look at. */
const riskSubject = (payment: Payment, attempt: Attempt): RiskSubject => ({
  scope: payment.scope,
  livemode: payment.livemode,
  amount: attempt.amount,
  currency: attempt.currency,
  method: attempt.method,
  atMs: attempt.createdMs,
  ...(payment.receiptEmail !== undefined && { email: payment.receiptEmail }),
});

/** Sends a committed claim to its channel, unless the rules refuse it, and commits what came of it together with the reply. */
async function sendAttempt(deps: PaymentsDeps, call: Call, claimed: Payment, risk: RiskDecision): Promise<Reply> {
  const attempt = lastAttempt(claimed)!;
  if (risk.action === 'block') {
    return answer(deps, call, claimed, attempt, (current, commit) =>
      applyBlock(withRisk(current, attempt.ordinal, risk), attempt.ordinal, commit),
    );
  }
  const outcome = await authorize(deps, call, claimed, attempt);
  return answer(deps, call, claimed, attempt, (current, commit) => {
    reportContradiction(deps, current, attempt, outcome);
    const assessed = withRisk(current, attempt.ordinal, risk);
    return (
      applyOutcome(assessed, attempt.ordinal, outcome, commit) ??
      (assessed === current ? undefined : stillUnknown(assessed, commit))
    );
  });
}

/** Carries on a request that died after its claim: asks the channel what became of the attempt and answers that. Sends nothing. */
export async function resumeAttempt(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  attempt: Attempt,
): Promise<Reply> {
  const found = attempt.status === 'sent' ? await askAttempt(deps, attempt) : undefined;
  return answer(deps, call, payment, attempt, (current, commit) => {
    if (found && found.kind !== 'never_arrived') reportContradiction(deps, current, attempt, found);
    return applyFound(current, attempt, found, commit);
  });
}

function authorize(deps: PaymentsDeps, call: Call, payment: Payment, attempt: Attempt): Promise<AttemptOutcome> {
  const request = {
    reference: attempt.reference,
    account: attempt.channel,
    amount: attempt.amount,
    currency: attempt.currency,
    capture: !attempt.manual,
    card: attempt.method.source,
    // Who would rather have a decline is treated as who is not there, and so is who cannot be asked.
    offSession: (attempt.offSession || attempt.noChallenge || payment.direct) ?? false,
    ...(attempt.method.setUp && { setUp: true }),
    ...(attempt.manual && payment.requestedFeatures && { requestedFeatures: payment.requestedFeatures }),
    ...(attempt.wantsChallenge && { wantsChallenge: true }),
    ...(payment.confirmationMethod === 'manual' && { stopsAfterChallenge: true }),
    ...(attempt.authentication && { authentication: attempt.authentication }),
    ...(attempt.returnUrl !== undefined && {
      returnUrl: returnUrlOf(call, 'payment_intent', intentId(payment), attempt.returnUrl),
    }),
    statementDescriptor: calculatedDescriptor(payment),
    // The request may keep its reply elsewhere than on the payment: its try still has its key.
    ...notesOf({ ...call.claim, ...(attempt.keyHash !== undefined && { keyHash: attempt.keyHash }) }, payment),
  };
  return attempt.method.source.kind === 'vault'
    ? deps.vault.forward({ scope: payment.scope, request })
    : deps.channel(attempt.channel.channel).authorize(request);
}

/** The last commit of a request: what was learned and the reply in one write (docs/invariants.md, W4). */
async function answer(
  deps: PaymentsDeps,
  call: Call,
  payment: Payment,
  attempt: Attempt,
  learn: (current: Payment, commit: Commit) => Payment | undefined,
): Promise<Reply> {
  const commit = commitOf(deps, call);
  const { payment: committed } = await commitLearned(deps, payment, (current) => {
    const learned = learn(current, commit) ?? onlyReplied(current, call, commit);
    return learned && withReply(learned, call, declined(learned, attempt) ? 'decline' : 'payment');
  });
  return {
    ...replyOf(committed, declined(committed, attempt) ? 'decline' : 'payment', call.caller.settings),
    stored: mayStore(call),
  };
}

/** No news: the answer is still committed (for replays), and a payment made by this request is announced. */
function onlyReplied(payment: Payment, call: Call, commit: Commit): Payment | undefined {
  if (payment.unannounced) return stillUnknown(payment, commit);
  return mayStore(call) ? next(payment, 'replied', commit, {}) : undefined;
}

/** No outcome yet: the payment is reported as in progress. A charge without an intent is pending from here. */
function stillUnknown(payment: Payment, commit: Commit): Payment {
  const after = next(payment, 'outcome', commit, {});
  if (!payment.direct || !payment.unannounced) return after;
  const pending = ({ status }: Attempt) => status === 'sent' && { pendingMs: after.committedMs };
  return { ...after, attempts: after.attempts.map((attempt) => ({ ...attempt, ...pending(attempt) })) };
}

/** Whether this attempt is why the payment waits for another payment method: the answer is then its decline. */
const declined = (payment: Payment, attempt: Attempt): boolean =>
  payment.status === 'requires_payment_method' && lastAttempt(payment)?.ordinal === attempt.ordinal;
