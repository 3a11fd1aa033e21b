/**
 * A payment as its channel reports it, for a record that a restore lost: the same id, amounts, captures and outcome. Data from the
 * merchant's request alone (customer, description, metadata, shipping) is lost; `metadata.sluice_recovered` marks this. Pure.
 */
import type { Listed } from '../channels/port/listing.ts';
import type { ChannelAccount, OperationFacts, OperationOutcome } from '../channels/port/port.ts';
import { channelReference, type ObjectKey, type Scope, timeOf } from '../kernel/ids.ts';
import type { Currency, FeeTerms } from '../kernel/money.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import { type Attempt, isOpen } from '../payments/attempt.ts';
import { next, replaced } from '../payments/commit.ts';
import { UNPAID } from '../payments/first-attempt.ts';
import { handlesLearned } from '../payments/handles.ts';
import { keyHashIn } from '../payments/notes.ts';
import { applyOperation } from '../payments/operations/operation-outcome.ts';
import { applyOutcome } from '../payments/outcome.ts';
import { isCurrent, isReleased, isTakenBack } from '../payments/outcome-table.ts';
import { isConfirmable, lastAttempt, operatedAttempt, type Payment } from '../payments/payment.ts';

export type ListedCharge = Extract<Listed, { about: 'charge' }>;

/** Metadata of a record that was made again: when that was, as ISO 8601. */
export const RECOVERED = 'sluice_recovered';

/** A charge with what our reference says, and the merchant's terms today: those of its time are lost with the record. */
export interface Known {
  readonly scope: Scope;
  readonly livemode: boolean;
  readonly account: ChannelAccount;
  readonly objectKey: ObjectKey;
  readonly ordinal: number;
  readonly currency: Currency;
  readonly terms: FeeTerms;
  readonly recoveredMs: number;
  readonly charge: ListedCharge;
}

/** The payment as it was when its first known attempt started. */
export function startedPayment(known: Known): Payment {
  const { scope, livemode, objectKey, currency, charge, recoveredMs } = known;
  const empty: Payment = {
    scope,
    body: objectKey,
    version: 1,
    livemode,
    createdMs: timeOf(objectKey),
    committedMs: timeOf(objectKey),
    ...(charge.notes?.direct && { direct: true }),
    unannounced: true,
    status: 'requires_payment_method',
    amount: charge.amount,
    currency,
    captureMethod: charge.capture ? 'automatic_async' : 'manual',
    confirmationMethod: 'automatic',
    cause: 'created',
    ...(charge.wallet !== undefined && { methodTypes: [charge.wallet] }),
    metadata: { [RECOVERED]: new Date(recoveredMs).toISOString() },
    ...UNPAID,
  };
  return { ...withAttempt(empty, known), version: 1, unannounced: true };
}

/** The payment with an attempt that was made since, or undefined when a payment in this state cannot have begun one. */
export function withNewAttempt(payment: Payment, known: Known): Payment | undefined {
  if (payment.pending) return undefined;
  if (isConfirmable(payment.status)) return withAttempt(payment, known);
  const last = lastAttempt(payment);
  if (!last || !isOpen(last)) return undefined;
  // The next attempt proves that nothing came of this one: its channel did not accept it, closed it, or never had it (I15).
  return withAttempt({ ...payment, attempts: replaced(payment, { ...last, status: 'closed' }) }, known);
}

/** The payment with an attempt that it has. One that no account had listed before is now known to be at this one. */
export function atItsAccount(payment: Payment, attempt: Attempt, known: Known): Payment {
  if (!attempt.unlisted) return payment;
  const listed: Attempt = { ...attemptOf(known), status: 'closed' };
  const named = { ...payment, attempts: replaced(payment, listed) };
  return handlesLearned(payment, named, { nowMs: known.recoveredMs, terms: known.terms })!;
}

function attemptOf(known: Known): Attempt {
  const { account, ordinal, currency, charge, objectKey, scope } = known;
  const keyHash = charge.notes && keyHashIn(scope, charge.notes);
  return {
    ordinal,
    status: 'sent',
    reference: channelReference(scope, objectKey, ordinal),
    channel: account,
    method: methodOf(known),
    amount: charge.amount,
    currency,
    manual: !charge.capture,
    createdMs: charge.createdMs,
    ...(keyHash !== undefined && { keyHash }),
  };
}

function withAttempt(payment: Payment, known: Known): Payment {
  const { ordinal, currency, charge, objectKey, scope } = known;
  const attempt = attemptOf(known);
  // Attempts that no account has listed so far: another account may have them, or they never reached a channel.
  const unknown = Array.from({ length: ordinal - 1 - payment.attempts.length }, (_none, n): Attempt => {
    const number = payment.attempts.length + 1 + n;
    const reference = channelReference(scope, objectKey, number);
    const { keyHash: _, ...rest } = attempt;
    return { ...rest, ordinal: number, reference, status: 'closed', unlisted: true };
  });
  const captureMethod = payment.captureMethod === 'manual' ? 'automatic_async' : payment.captureMethod;
  return next(
    payment,
    'confirming',
    { nowMs: charge.createdMs },
    {
      status: 'processing',
      amount: charge.amount,
      currency,
      captureMethod: charge.capture ? captureMethod : 'manual',
      method: attempt.method,
      attempts: [...payment.attempts, ...unknown, attempt],
    },
  );
}

/** The card as it may be shown. Its id names no payment method: the one that paid is the merchant's request's to name. */
function methodOf({ objectKey, charge: { card, wallet } }: Known): MethodFacts {
  if (wallet !== undefined) return { id: `pm_${objectKey}`, type: wallet };
  const fundings = ['credit', 'debit', 'prepaid'] as const;
  return {
    id: `pm_${objectKey}`,
    card: {
      brand: card?.brand ?? 'unknown',
      last4: card?.last4 ?? '0000',
      expMonth: 0,
      expYear: 0,
      funding: fundings.find((one) => one === card?.funding) ?? 'unknown',
      country: card?.country ?? '',
      fingerprint: 'unknown',
    },
    source: { kind: 'vault', paymentMethod: `pm_${objectKey}` },
  };
}

/** The payment after all that the channel says of the attempt, as its next version; the same object when that is no news. */
export function withChannelState(payment: Payment, known: Known): Payment {
  const { charge, ordinal, terms } = known;
  const attempt = payment.attempts.find((one) => one.ordinal === ordinal);
  if (!attempt) return payment;
  const gaveBack = isTakenBack(attempt, charge.state) || charge.state.operations.get(0)?.kind === 'succeeded';
  if (gaveBack) return attempt.status === 'sent' ? nothingCameOf(payment, attempt, known) : payment;
  const { attempt: outcome, operations, operationFacts } = charge.state;
  const commit = { nowMs: Math.max(charge.createdMs, charge.decidedMs), terms };
  let current = payment;
  // A hold that a void of ours has released is no news of an attempt that is over.
  const isOld = attempt.status === 'closed' && outcome.kind === 'authorized' && isReleased(charge.state);
  if (outcome.kind !== 'not_found' && !isOld) current = applyOutcome(current, ordinal, outcome, commit) ?? current;
  for (const [number, result] of [...operations].sort(([a], [b]) => a - b))
    current = afterOperation(current, known, number, result, operationFacts?.get(number));
  return current === payment ? payment : { ...current, version: payment.version + 1 };
}

/** What was taken went back at once: it was unapplied, and is not the payment's. */
function nothingCameOf(payment: Payment, attempt: Attempt, { charge }: Known): Payment {
  const attempts = replaced(payment, { ...attempt, status: 'closed' });
  const status = isCurrent(payment, attempt) ? 'requires_payment_method' : payment.status;
  return next(payment, 'outcome', { nowMs: charge.decidedMs }, { status, attempts });
}

/** The payment after a capture, void or increment. One that the record does not know is started first, as its request did. */
function afterOperation(
  payment: Payment,
  { scope, ordinal, charge, terms }: Known,
  operation: number,
  outcome: OperationOutcome,
  facts: OperationFacts | undefined,
): Payment {
  const atMs = facts?.atMs ?? charge.decidedMs;
  const commit = { nowMs: atMs, terms };
  const reported = { ordinal, facts };
  const unrecorded = operation > payment.operations && !payment.pending && operatedAttempt(payment).ordinal === ordinal;
  if (unrecorded && facts) {
    const keyHash = facts.notes && keyHashIn(scope, facts.notes);
    const { kind, amount = payment.amount, keepsRest } = facts;
    const pending = {
      kind,
      operation,
      amount,
      sentMs: atMs,
      ...(keepsRest && { keepsRest: true as const }),
      ...(keyHash !== undefined && { keyHash }),
    };
    const started: Payment = { ...payment, pending, operations: operation };
    const after = applyOperation(started, operation, outcome, commit);
    if (after) return after;
    if (outcome.kind === 'unknown' || outcome.kind === 'pending')
      return next(started, SENT[kind], commit, { pending, operations: operation });
  }
  return applyOperation(payment, operation, outcome, commit, reported) ?? payment;
}

const SENT = { capture: 'capturing', void: 'canceling', increment: 'incrementing' } as const;
