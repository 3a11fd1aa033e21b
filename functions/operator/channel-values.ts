/**
 * What a charge, refund, dispute or payout amounts to: once by our record, once by its channel, in the same words, so that the two can be
 * compared. Pure.
 */
import type { Listed } from '../channels/port/listing.ts';
import type { ChannelAccount, PayoutOutcome } from '../channels/port/port.ts';
import type { Dispute } from '../disputes/dispute.ts';
import type { Scope } from '../kernel/ids.ts';
import { type Attempt, authorizedAmount, whollyUnappliedAmount } from '../payments/attempt.ts';
import { isTakenBack, takenBy } from '../payments/outcome-table.ts';
import { capturedAmount, type Payment, paidAttempt } from '../payments/payment.ts';
import { returnedAttempt } from '../payments/unapplied.ts';
import type { Payout } from '../payouts/payout.ts';
import type { Refund } from '../refunds/refund.ts';

export type ListedCharge = Extract<Listed, { about: 'charge' }>;
export type ListedDispute = ListedCharge['disputes'][number];

/** Whose account is compared. */
export interface Audited {
  readonly scope: Scope;
  readonly shards: number;
  readonly account: ChannelAccount;
  /** When the audit began. */
  readonly startMs: number;
  /** What changed later than this before now may still be on its way. */
  readonly settlingMs: number;
}

/** One thing as both sides have it. */
export interface Pair {
  /** Our id of it. */
  readonly id: string;
  /** Its reference at the channel. */
  readonly reference: string;
  readonly ours: Value | undefined;
  readonly theirs: Value | undefined;
  /** When either side last changed, ms. */
  readonly changedMs: number;
}

/** One side's view. Two values that are equal move the same money. */
export interface Value {
  readonly state: string;
  /** Minor units. */
  readonly amount: bigint;
  /** Minor units that are held beyond that. */
  readonly held?: bigint;
  readonly currency: string;
  /** Reference of the charge that a refund returns. */
  readonly of?: string;
}

/** Whether no money moves and none is held. */
export const isNothing = ({ state }: Value): boolean => state === 'nothing' || state === 'failed';

/** For people. */
export const valueText = (value: Value | undefined): string => {
  if (!value || value.state === 'nothing') return 'nothing';
  const { state, amount, held = 0n, currency, of } = value;
  const rest = held > 0n ? ` and ${held} held` : '';
  return `${state} ${amount} ${currency}${rest}${of === undefined ? '' : ` of ${of}`}`;
};

function chargeOf(currency: string, taken: bigint, held: bigint): Value {
  if (taken > 0n) return { state: 'taken', amount: taken, currency, ...(held > 0n && { held }) };
  return held > 0n ? { state: 'held', amount: held, currency } : { state: 'nothing', amount: 0n, currency };
}

/** What a charge has taken and still holds, as its channel lists it. A void of a charge in one step has returned what it took. */
export function listedChargeValue({ amount, currency, capture, state }: ListedCharge): Value {
  const { attempt, operations, operationFacts } = state;
  if (attempt.kind === 'unknown') return { state: 'unknown', amount, currency };
  const done = [...operations].flatMap(([number, { kind }]) => {
    const facts = operationFacts?.get(number);
    return kind === 'succeeded' && facts ? [facts] : [];
  });
  const captures = done.filter(({ kind }) => kind === 'capture');
  const captured = captures.reduce((sum, facts) => sum + (facts.amount ?? 0n), 0n);
  const voided = done.some(({ kind }) => kind === 'void');
  if (attempt.kind === 'captured') return chargeOf(currency, capture && voided ? 0n : attempt.amount, 0n);
  const atFirst = attempt.kind === 'authorized' ? (attempt.amount ?? amount) : amount;
  const authorized = done.findLast(({ kind }) => kind === 'increment')?.amount ?? atFirst;
  const isHeld = attempt.kind === 'authorized' && !voided && captures.every(({ keepsRest }) => keepsRest);
  return chargeOf(currency, captured, isHeld ? authorized - captured : 0n);
}

/** The same by our record. `theirs`: unapplied money was returned by a void or by a refund, and only the channel's charge shows which. */
export function attemptValue(payment: Payment, attempt: Attempt, theirs: ListedCharge | undefined): Value {
  const voided = attempt.status === 'voided' && theirs !== undefined && isTakenBack(attempt, theirs.state);
  const released = (attempt.unapplied ?? []).reduce((sum, one) => (one.released ? sum + one.amount : sum), 0n);
  const taken = takenBy(payment, attempt) - (voided ? whollyUnappliedAmount(attempt) : 0n) - released;
  const holds = attempt.status === 'authorized' && attempt.releasedMs === undefined;
  const captured = paidAttempt(payment)?.ordinal === attempt.ordinal ? capturedAmount(payment) : 0n;
  return chargeOf(attempt.currency, taken, holds ? authorizedAmount(attempt) - captured : 0n);
}

const REFUND_STATES = { pending: 'pending', succeeded: 'succeeded', failed: 'failed', canceled: 'failed' } as const;

export const refundValue = ({ status, amount, currency, paymentReference }: Refund): Value => ({
  state: REFUND_STATES[status],
  amount,
  currency,
  of: paymentReference,
});

export const listedRefundValue = (listed: Extract<Listed, { about: 'refund' }>): Value => ({
  state: listed.outcome.kind,
  amount: listed.amount,
  currency: listed.currency,
  of: listed.payment,
});

/** The return of money that the payment does not want, by its number; undefined when the payment has no such return. */
export function returnValue(payment: Payment, number: number): Value | undefined {
  const attempt = returnedAttempt(payment, number);
  if (!attempt) return undefined;
  const { currency, reference: of } = attempt;
  const unapplied = attempt.unapplied?.find((one) => one.number === number);
  const [amount, isBack] = unapplied
    ? [unapplied.amount, unapplied.returnedMs !== undefined]
    : [attempt.taken ?? attempt.amount, attempt.status === 'voided'];
  // One that was made and came back is failed at the channel: the money is there again, under the next number.
  const made = attempt.failedReturns?.includes(number) ? 'failed' : 'succeeded';
  return { state: isBack ? made : 'pending', amount, currency, of };
}

/** A dispute by our record; an inquiry has taken nothing. */
export function disputeValue({ withdrawnMs, reinstatedMs, lostMs, amount, currency }: Dispute): Value {
  if (withdrawnMs === undefined) return { state: 'nothing', amount: 0n, currency };
  const end = reinstatedMs !== undefined ? 'won' : lostMs !== undefined ? 'lost' : 'opened';
  return { state: end, amount, currency };
}

export const listedDisputeValue = ({ dispute: { kind, amount, currency }, outcome }: ListedDispute): Value =>
  kind === 'inquiry' ? { state: 'nothing', amount: 0n, currency } : { state: outcome.kind, amount, currency };

/** A payout by our record: at the bank, paid, or sent back after it was paid. One that was not ordered is nothing. */
export function payoutValue({ status, amount, currency, traceId }: Payout): Value {
  const failed = traceId === undefined ? 'failed' : 'returned';
  const states = { pending: 'nothing', in_transit: 'pending', paid: 'paid', failed, canceled: 'nothing' } as const;
  return { state: states[status], amount, currency };
}

export const payoutState = (outcome: PayoutOutcome): string =>
  outcome.kind === 'failed' && outcome.traceId !== undefined ? 'returned' : outcome.kind;

/** What is different about the pair, as one line; none where both sides agree. */
export function differenceIn({ id, reference, ours, theirs }: Pair, { account }: Audited): readonly string[] {
  const problem = problemOf(ours, theirs);
  if (!problem) return [];
  return [`${problem} ${id} ${reference}: ${valueText(ours)} here, ${valueText(theirs)} at ${account.channel}`];
}

type Problem =
  | 'missing_here'
  | 'missing_at_channel'
  | 'channel_currency_differs'
  | 'channel_state_differs'
  | 'channel_amount_differs';

function problemOf(ours: Value | undefined, theirs: Value | undefined): Problem | undefined {
  if (!ours) return theirs && !isNothing(theirs) ? 'missing_here' : undefined;
  if (!theirs) return isNothing(ours) ? undefined : 'missing_at_channel';
  if (isNothing(ours) && isNothing(theirs)) return undefined;
  if (ours.currency !== theirs.currency) return 'channel_currency_differs';
  if (ours.state !== theirs.state || ours.of !== theirs.of) return 'channel_state_differs';
  return ours.amount === theirs.amount && (ours.held ?? 0n) === (theirs.held ?? 0n)
    ? undefined
    : 'channel_amount_differs';
}
