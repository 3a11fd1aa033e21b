/**
 * Outcomes that come by themselves: a verified callback. It ends in the functions in which the synchronous reply and the janitor end, so the first of
 * them writes and the others find no news (I13).
 */
import { handlesDiffer } from '../channels/port/handles.ts';
import {
  type AttemptOutcome,
  type CallbackFact,
  type CallbackMessage,
  type ChannelAccount,
  type OperationOutcome,
  sameAccount,
} from '../channels/port/port.ts';
import { commitDisputeFact } from '../disputes/outcome.ts';
import { channelReference, type ObjectKey, parseChannelReference, type Scope } from '../kernel/ids.ts';
import { askAttempt, learnFound } from '../payments/ask.ts';
import { type Attempt, isOpen } from '../payments/attempt.ts';
import type { Commit } from '../payments/commit.ts';
import { commitOutcome } from '../payments/commit-outcome.ts';
import { isOurFault } from '../payments/decline.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { operationHandlesDiffer } from '../payments/operations/handles.ts';
import {
  applyOperation,
  contradictsOperation,
  mustWait,
  operationDiffers,
} from '../payments/operations/operation-outcome.ts';
import { applyOutcome, isNews } from '../payments/outcome.ts';
import { differs, meaningOf } from '../payments/outcome-table.ts';
import { attemptBefore, type Payment } from '../payments/payment.ts';
import { applyRecoveryVoid, attemptVoidedBy, contradictsRecoveryVoid } from '../payments/recovery-void.ts';
import { loadPayment } from '../payments/store.ts';
import {
  applyReturn,
  applyUnappliedVoid,
  contradictsReturn,
  returnedAttempt,
  UNAPPLIED_OPERATION,
} from '../payments/unapplied.ts';
import { commitRefundOutcome, contradictsRefund, reportStuck } from '../refunds/outcome.ts';
import { loadRefund } from '../refunds/store.ts';
import { applyPayoutCallback } from '../settlement/pay.ts';
import { commitSetup, reportOurFault } from '../setup-intents/confirm.ts';
import { applySetupOutcome, SETUP_INTENT } from '../setup-intents/setup-intent.ts';
import { loadRecord } from '../table/record.ts';
import { ownCommit } from './own-commit.ts';

/**
 * The result of a callback: `applied`, `differs` (applied, with another amount than requested: raises an alarm), `known` (no news),
 * `weaker` (it contradicts the record: raises an alarm), `foreign` (not this account's payment).
 */
export type Applied = 'applied' | 'differs' | 'known' | 'weaker' | 'foreign';

/** The callback is applied once an operation of its payment has an outcome: the queue delivers it again. */
export class MustWait extends Error {
  override readonly name = 'MustWait';
}

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
  if (fact.about === 'dispute_of') {
    const named = await withReference(deps, message, fact);
    return named ? applyCallback(deps, named, mayAsk) : 'known';
  }
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

/**
 * The fact under our reference, which the channel has; undefined where the payment was not made by us.
 * @throws where the channel does not answer: taken again later
 */
async function withReference(
  deps: PaymentsDeps,
  message: CallbackMessage,
  { reference: name, dispute, outcome }: Extract<CallbackFact, { about: 'dispute_of' }>,
): Promise<CallbackMessage | undefined> {
  const { channel, account } = message;
  const client = deps.channel(channel);
  const parent = await client.referenceOf!({ account: { channel, account }, name });
  if (parent.kind === 'unknown')
    throw new Error(`the payment of dispute ${dispute.id} is not known yet: ${parent.reason}`);
  if (parent.kind === 'not_ours') return undefined;
  return { ...message, fact: { about: 'dispute', reference: parent.reference, dispute, outcome } };
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
  // A cancel under way decides about the approval: nothing is completed before it is refused.
  if (fact.outcome.kind === 'approved' && payment.pending) return 'known';
  // What the payer has approved is completed, and what the channel says then is the fact.
  const outcome =
    fact.outcome.kind === 'approved' ? await askAttempt(deps, attempt, { said: fact.outcome }) : fact.outcome;
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
  if (meaning === 'wait') throw new MustWait(`a report of ${fact.reference} waits for an operation`);
  return meaning === 'contradiction' || isRenamed(current) ? 'weaker' : 'known';
}

async function operationFact(
  deps: PaymentsDeps,
  payment: Payment,
  attempt: Attempt,
  fact: Extract<CallbackFact, { about: 'operation' }>,
): Promise<Applied> {
  const commit = await ownCommit(deps, payment.scope);
  const { ordinal } = attempt;
  const voided = attemptVoidedBy(payment, ordinal, fact.operation);
  if (voided) return recoveryVoidFact(deps, payment, voided, fact, commit);
  if (fact.operation === UNAPPLIED_OPERATION) return unappliedVoidFact(deps, payment, attempt, fact.outcome, commit);
  const reported = { ordinal, facts: fact.facts };
  let different = false;
  const { payment: current, changed } = await commitOutcome(deps, payment, (now) => {
    different =
      operationHandlesDiffer(now, fact.operation, fact.outcome) ||
      (fact.outcome.kind === 'succeeded' && operationDiffers(now, fact.operation, reported));
    return applyOperation(now, fact.operation, fact.outcome, commit, reported);
  });
  const learned = await learnFound(deps, current, attempt, fact.outcome, commit);
  if (changed || learned.version > current.version) return different ? 'differs' : 'applied';
  // Taken again once the other operation is decided.
  if (mustWait(current, fact.operation, fact.outcome, reported))
    throw new MustWait(
      `operation ${fact.operation} of ${fact.reference} waits for operation ${current.pending?.operation}`,
    );
  const contradicts = contradictsOperation(current, fact.operation, fact.outcome, reported);
  return contradicts || operationHandlesDiffer(current, fact.operation, fact.outcome) ? 'weaker' : 'known';
}

/** A fact about a void under our reference, by which an attempt is recovered. */
async function recoveryVoidFact(
  deps: PaymentsDeps,
  payment: Payment,
  { ordinal }: Attempt,
  { operation, outcome }: Extract<CallbackFact, { about: 'operation' }>,
  commit: Commit,
): Promise<Applied> {
  const { payment: current, changed } = await commitOutcome(deps, payment, (now) =>
    applyRecoveryVoid(now, ordinal, operation, outcome, commit),
  );
  const attempt = attemptVoidedBy(current, ordinal, operation);
  return changed ? 'applied' : attempt && contradictsRecoveryVoid(attempt, outcome) ? 'weaker' : 'known';
}

/** A fact about the void of an unapplied hold: the hold is gone. Money is returned by a refund, and a refused void leaves the hold to the janitor. */
async function unappliedVoidFact(
  deps: PaymentsDeps,
  payment: Payment,
  { ordinal }: Attempt,
  outcome: OperationOutcome,
  commit: Commit,
): Promise<Applied> {
  const { changed } = await commitOutcome(deps, payment, (now) => applyUnappliedVoid(now, ordinal, outcome, commit));
  return changed ? 'applied' : 'known';
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
  const back = channelReference(scope, objectKey, ordinal);
  reportStuck(deps, { scope, reference: back }, outcome);
  const commit = await ownCommit(deps, scope);
  const { payment: current, changed } = await commitOutcome(deps, payment, (now) =>
    applyReturn(now, ordinal, outcome, commit),
  );
  if (changed) return 'applied';
  return contradictsReturn(current, ordinal, outcome) ? 'weaker' : 'known';
}
