/**
 * One try at the channel: the claim is committed before anything is sent, the outcome after. A crash between the two leaves a
 * `processing` payment whose outcome the callback, the janitor or the same request sent again finds by asking, never by sending.
 */

import { clientSecretOf } from '../api/client-secret.ts';
import type { Call, Reply } from '../api/operation.ts';
import type { AttemptOutcome } from '../channels/port/port.ts';
import { accountFor } from '../channels/routing/routing.ts';
import { channelReference } from '../kernel/ids.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import type { RiskSubject } from '../risk/port/port.ts';
import type { RiskDecision } from '../risk/port/risk.ts';
import { requestOf } from '../table/record.ts';
import type { Attempt } from './attempt.ts';
import { type Commit, next } from './commit.ts';
import { commitLearned } from './commit-outcome.ts';
import type { PaymentsDeps } from './deps.ts';
import { calculatedDescriptor } from './descriptor.ts';
import { notesOf } from './notes.ts';
import { applyBlock, applyNeverArrived, applyOutcome, withRisk } from './outcome.ts';
import { contradicts, differs } from './outcome-table.ts';
import { lastAttempt, type Payment, type ReplyMarker } from './payment.ts';
import { replyOf } from './reply.ts';
import { intentId } from './wire.ts';

/**
 * The janitor's first look, and the time after which a channel that knows nothing of a reference will never know it: longer than
 * any function that could still be sending lives (docs/architecture.md, Time limits).
 */
export const SETTLING_MS = 60_000;

/** What one attempt is asked to do, beside the payment it belongs to. */
export interface AttemptParams {
  readonly method: MethodFacts;
  readonly returnUrl?: string | undefined;
  readonly offSession?: boolean | undefined;
  readonly noChallenge?: boolean | undefined;
  readonly wantsChallenge?: boolean | undefined;
  readonly acceptance?: Attempt['acceptance'] | undefined;
  readonly mandate?: string | undefined;
}

/** The attempt that claims the payment for this request. */
export function newAttempt(call: Call, payment: Payment, params: AttemptParams, nowMs: number): Attempt {
  const ordinal = payment.attempts.length + 1;
  const passed = passedChallenge(payment, params.method);
  const agreed = params.acceptance || params.mandate !== undefined ? params : passed;
  return {
    ordinal,
    status: 'sent',
    reference: channelReference(payment.scope, payment.body, ordinal),
    channel: accountFor(call.caller),
    method: params.method,
    amount: payment.amount,
    currency: payment.currency,
    manual: payment.captureMethod === 'manual',
    createdMs: nowMs,
    ...(params.returnUrl !== undefined && { returnUrl: params.returnUrl }),
    ...(params.offSession && { offSession: true }),
    ...(params.noChallenge && { noChallenge: true }),
    ...(params.wantsChallenge && { wantsChallenge: true }),
    ...(passed && { authentication: passed.reference }),
    ...(agreed?.acceptance && { acceptance: agreed.acceptance }),
    ...(agreed?.mandate !== undefined && { mandate: agreed.mandate }),
    ...(call.claim.keyHash !== undefined && { keyHash: call.claim.keyHash }),
  };
}

/** The attempt whose challenge the payer has passed for what is confirmed now; what they agreed to with it they agreed to with this. */
function passedChallenge(payment: Payment, { id }: MethodFacts): Attempt | undefined {
  const before = lastAttempt(payment);
  if (before?.status !== 'authenticated' || before.method.id !== id) return undefined;
  return before.amount === payment.amount && before.currency === payment.currency ? before : undefined;
}

/** What the risk rules look at. */
export const riskSubject = (payment: Payment, attempt: Attempt): RiskSubject => ({
  scope: payment.scope,
  livemode: payment.livemode,
  amount: attempt.amount,
  currency: attempt.currency,
  method: attempt.method,
  atMs: attempt.createdMs,
  ...(payment.receiptEmail !== undefined && { email: payment.receiptEmail }),
});

/** Sends a committed claim to its channel, unless the rules refuse it, and commits what came of it together with the reply. */
export async function sendAttempt(
  deps: PaymentsDeps,
  call: Call,
  claimed: Payment,
  risk: RiskDecision,
): Promise<Reply> {
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

/**
 * Tells the operator when the channel's answer contradicts what is known of the attempt, which changes nothing, or is over another amount than
 * was asked for, which is booked. `payment`: as it was before.
 */
export function reportContradiction(
  deps: PaymentsDeps,
  payment: Payment,
  { ordinal, reference }: Attempt,
  outcome: AttemptOutcome,
): void {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (attempt && (contradicts(payment, attempt, outcome) || differs(payment, attempt, outcome)))
    deps.contradicted({ scope: payment.scope, reference, outcome: outcome.kind });
}

/** What the channel says of an attempt when asked; `never_arrived` only once no request can be under way any more. */
export async function askAttempt(
  deps: PaymentsDeps,
  attempt: Attempt,
  nowMs = deps.clock.nowMs(),
): Promise<AttemptOutcome | { readonly kind: 'never_arrived' }> {
  const state = await deps.channel(attempt.channel.channel).queryAttempt(attempt.reference, attempt.channel);
  if (state.attempt.kind !== 'not_found') return state.attempt;
  return nowMs - attempt.createdMs > SETTLING_MS
    ? { kind: 'never_arrived' }
    : { kind: 'unknown', reason: 'not found yet' };
}

/** The payment after what asking found, or undefined when that is no news. */
export function applyFound(
  payment: Payment,
  attempt: Attempt,
  found: AttemptOutcome | { readonly kind: 'never_arrived' } | undefined,
  commit: Commit,
): Payment | undefined {
  if (!found) return undefined;
  return found.kind === 'never_arrived'
    ? applyNeverArrived(payment, attempt.ordinal, commit)
    : applyOutcome(payment, attempt.ordinal, found, commit);
}

/** Where the payer comes back to: the merchant's own address, told which intent it is about, as Stripe does it. */
export function returnUrlOf(call: Call, name: 'payment_intent' | 'setup_intent', id: string, url: string): string {
  const back = new URL(url);
  back.searchParams.set(name, id);
  back.searchParams.set(`${name}_client_secret`, clientSecretOf(call.caller.settings, id));
  return back.href;
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

/** No outcome yet: what is told of the payment is that it is under way. A charge by itself is pending from here. */
function stillUnknown(payment: Payment, commit: Commit): Payment {
  const after = next(payment, 'outcome', commit, {});
  if (!payment.direct || !payment.unannounced) return after;
  const pending = ({ status }: Attempt) => status === 'sent' && { pendingMs: after.committedMs };
  return { ...after, attempts: after.attempts.map((attempt) => ({ ...attempt, ...pending(attempt) })) };
}

/** Whether this attempt is why the payment waits for another payment method: the answer is then its decline. */
const declined = (payment: Payment, attempt: Attempt): boolean =>
  payment.status === 'requires_payment_method' && lastAttempt(payment)?.ordinal === attempt.ordinal;

/** The reply can be told from the record alone, so the stream stores it; an expanded one is stored by `http`. */
export const mayStore = (call: Call): boolean => call.claim.keyHash !== undefined && call.expand.length === 0;

export const withReply = (payment: Payment, call: Call, kind: ReplyMarker['kind']): Payment =>
  mayStore(call)
    ? {
        ...payment,
        reply: {
          keyHash: call.claim.keyHash!,
          requestId: call.requestId,
          idempotencyKey: call.claim.key!,
          kind,
          apiVersion: call.apiVersion,
        },
      }
    : payment;

/** What every commit on behalf of this request records. */
export const commitOf = (deps: PaymentsDeps, call: Call): Commit => ({
  nowMs: deps.clock.nowMs(),
  terms: call.caller.settings.fees,
  request: requestOf(call),
});
