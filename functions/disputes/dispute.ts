/**
 * The dispute: a captured charge whose payer went to their bank. Pure moves: the channel reports, the merchant answers.
 *
 * It only moves forward (I13): inquiry < chargeback, and of each, needs response < under review < its end. Every fact of the channel
 * holds the whole dispute, so one that comes first, late or twice ends in the same state. A chargeback takes its amount and fee from
 * `available`, which it may make negative (I8); a win gives the amount back, the fee stays (golden entries j13 to j16).
 */
import type { ChannelAccount, DisputeFacts, DisputeOutcome, OperationOutcome } from '../channels/port/port.ts';
import { type ChannelReference, type ObjectKey, shardOf, tailOf, timeText } from '../kernel/ids.ts';
import { lattice } from '../kernel/lattice.ts';
import type { Currency } from '../kernel/money.ts';
import type { ReserveShare } from '../ledger/reserve.ts';
import type { Attempt } from '../payments/attempt.ts';
import type { Payment, ReplyMarker } from '../payments/payment.ts';
import { type Aggregate, nextRecord, type RequestMark } from '../table/record.ts';

export type DisputeStatus =
  | 'warning_needs_response'
  | 'warning_under_review'
  | 'warning_closed'
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost';

/** The next states that each state may move to; anything else is a bug (`putDispute` asserts it). */
export const NEXT_DISPUTE_STATUS = {
  warning_needs_response: ['warning_under_review', 'warning_closed', 'needs_response'],
  warning_under_review: ['warning_closed', 'needs_response'],
  // Schemes let an inquiry that was closed become a chargeback all the same.
  warning_closed: ['needs_response'],
  needs_response: ['under_review', 'won', 'lost'],
  under_review: ['won', 'lost'],
  won: [],
  lost: [],
} as const satisfies Record<DisputeStatus, readonly DisputeStatus[]>;

/** An answer on its way to the channel: what it changes is written once the channel has it. */
export interface PendingAnswer {
  readonly submission: number;
  readonly answer: 'contest' | 'accept';
  readonly sentMs: number;
  readonly evidence: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly keyHash?: string;
}

export interface Dispute extends Aggregate {
  readonly payment: ObjectKey;
  readonly chargeOrdinal: number;
  /** The charge has no intent. */
  readonly direct?: true;
  readonly paymentReference: ChannelReference;
  readonly channel: ChannelAccount;
  /** The channel's own name of it. */
  readonly channelDispute: string;
  readonly status: DisputeStatus;
  /** Minor units: the contested amount of an inquiry, the withdrawn amount of a chargeback. */
  readonly amount: bigint;
  readonly fee: bigint;
  readonly currency: Currency;
  readonly reason: string;
  /** Of a payment by wallet, the wallet's own code. */
  readonly networkReasonCode?: string;
  /** The card's brand, or the wallet's type. */
  readonly brand: string;
  readonly dueMs: number;
  readonly evidence: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Answers sent so far: numbers the next one. */
  readonly answers: number;
  /** Times that the channel took evidence, and when the last was sent. */
  readonly submissions: number;
  readonly submittedMs?: number;
  readonly pending?: PendingAnswer;
  /** Idempotency item of the last answer that was taken: a request that is carried on finds its own work done. */
  readonly answeredKeyHash?: string;
  /** The last answer that the channel refused: a retry of the same request gets the same reply. */
  readonly refusedAnswer?: { readonly keyHash: string; readonly reason: string };
  /** Shares of the payment's reserve that the chargeback's settlement releases; absent where no reserve is held of it. */
  readonly reserveFreed?: readonly ReserveShare[];
  /** Commit times of what moved money: its journal entries are keyed by them. */
  readonly withdrawnMs?: number;
  readonly reinstatedMs?: number;
  readonly lostMs?: number;
  /** Minor units by which refunds and chargebacks of the charge exceeded what was taken for it, when this chargeback took its money. */
  readonly overReturn?: bigint;
  readonly reply?: Omit<ReplyMarker, 'kind'>;
}

export const isInquiry = ({ status }: Pick<Dispute, 'status'>): boolean => status.startsWith('warning_');
export const isClosed = ({ status }: Pick<Dispute, 'status'>): boolean =>
  status === 'won' || status === 'lost' || status === 'warning_closed';
/** Whether evidence may be given: the merchant has been asked and has not answered. */
export const needsResponse = ({ status }: Pick<Dispute, 'status'>): boolean =>
  status === 'needs_response' || status === 'warning_needs_response';

/** Object key of the dispute that the channel calls `id`: a function of the fact, so that hearing of it twice makes one. */
export function disputeKeyOf(reference: ChannelReference, payment: ObjectKey, facts: DisputeFacts): ObjectKey {
  return `${timeText(facts.openedMs)}${shardOf(payment)}${tailOf(`${reference}|${facts.id}`)}` as ObjectKey;
}

/** The dispute as the channel first reports it. A chargeback has taken its money. */
export function openedDispute(payment: Payment, attempt: Attempt, facts: DisputeFacts, nowMs: number): Dispute {
  const committedMs = Math.max(nowMs, facts.openedMs);
  return {
    scope: payment.scope,
    body: disputeKeyOf(attempt.reference, payment.body, facts),
    version: 1,
    livemode: payment.livemode,
    createdMs: facts.openedMs,
    committedMs,
    payment: payment.body,
    chargeOrdinal: attempt.ordinal,
    ...(payment.direct && { direct: true }),
    paymentReference: attempt.reference,
    channel: attempt.channel,
    channelDispute: facts.id,
    currency: attempt.currency,
    reason: facts.reason,
    ...(facts.networkReasonCode !== undefined && { networkReasonCode: facts.networkReasonCode }),
    brand: attempt.method.type === undefined ? attempt.method.card.brand : attempt.method.type,
    evidence: {},
    metadata: {},
    answers: 0,
    submissions: 0,
    ...(facts.kind === 'inquiry'
      ? { status: 'warning_needs_response', amount: facts.amount, fee: 0n, dueMs: facts.dueMs }
      : withdrawn(facts, committedMs)),
  };
}

const withdrawn = (facts: DisputeFacts, withdrawnMs: number) => ({
  status: 'needs_response' as const,
  amount: facts.amount,
  fee: facts.fee,
  dueMs: facts.dueMs,
  withdrawnMs,
});

/**
 * The dispute after one step towards what the channel says, or undefined when that is no news. An answer that is under way counts as taken,
 * in a step of its own, when the channel reports a later state.
 */
export function applyFacts(
  dispute: Dispute,
  facts: DisputeFacts,
  outcome: DisputeOutcome,
  nowMs: number,
): Dispute | undefined {
  const step = stepTo(dispute, facts, outcome);
  if (!step) return undefined;
  const { pending } = dispute;
  return pending ? applyAnswer(dispute, pending.submission, { kind: 'succeeded' }, nowMs) : moved(dispute, nowMs, step);
}

/** An inquiry may become a chargeback even when it was closed. A win and a loss exclude each other: the first stays. */
const STATUSES = lattice<DisputeStatus>({
  warning_needs_response: 0,
  warning_under_review: 1,
  warning_closed: 2,
  needs_response: 3,
  under_review: 4,
  won: 5,
  lost: 5,
});

/** The status that the report gives a dispute about which nothing else is known. */
function reportedStatus(facts: DisputeFacts, { kind }: DisputeOutcome): DisputeStatus {
  if (kind === 'won' || kind === 'lost') return kind;
  if (facts.kind === 'chargeback') return 'needs_response';
  return kind === 'closed' ? 'warning_closed' : 'warning_needs_response';
}

function stepTo(
  dispute: Dispute,
  facts: DisputeFacts,
  outcome: DisputeOutcome,
): ((committedMs: number) => Changes) | undefined {
  const status = reportedStatus(facts, outcome);
  if (!STATUSES.isNews(dispute.status, status)) return undefined;
  if (isInquiry(dispute) && facts.kind === 'chargeback') return (committedMs) => withdrawn(facts, committedMs);
  if (status === 'warning_closed') return () => ({ status });
  // An inquiry has taken no money, so nothing of it is won or lost.
  if (isInquiry(dispute) || (status !== 'won' && status !== 'lost')) return undefined;
  return (committedMs) => ended(status, committedMs);
}

const ended = (status: 'won' | 'lost', committedMs: number) =>
  status === 'won' ? { status, reinstatedMs: committedMs } : { status, lostMs: committedMs };

/** Whether the fact says otherwise than what is closed: a person must look. */
export const contradictsDispute = ({ status }: Dispute, { kind }: DisputeOutcome): boolean =>
  (status === 'won' && kind === 'lost') || (status === 'lost' && kind === 'won');

/** The dispute after what became of its pending answer, or undefined when that is no news. */
export function applyAnswer(
  dispute: Dispute,
  submission: number,
  outcome: OperationOutcome,
  nowMs: number,
  request?: RequestMark,
): Dispute | undefined {
  const { pending } = dispute;
  if (pending?.submission !== submission || outcome.kind === 'unknown' || outcome.kind === 'pending') return undefined;
  if (outcome.kind === 'failed') {
    const { keyHash } = pending;
    const refusal = keyHash === undefined ? {} : { refusedAnswer: { keyHash, reason: outcome.decline.message } };
    return moved(without(dispute, 'pending'), nowMs, () => refusal, request);
  }
  return moved(
    dispute,
    nowMs,
    (committedMs) => ({ ...taken(dispute), ...(pending.answer === 'accept' && accepted(dispute, committedMs)) }),
    request,
  );
}

const accepted = (dispute: Dispute, committedMs: number) =>
  isInquiry(dispute) ? { status: 'warning_closed' as const } : ended('lost', committedMs);

/** What the pending answer changes once the channel has it. */
function taken(dispute: Dispute): Partial<Dispute> & { readonly pending?: never } {
  const { pending, submissions } = dispute;
  if (!pending) return {};
  const done = pending.keyHash === undefined ? {} : { answeredKeyHash: pending.keyHash };
  if (pending.answer === 'accept') return done;
  const { evidence, metadata, sentMs } = pending;
  const status = isInquiry(dispute) ? 'warning_under_review' : 'under_review';
  return { ...done, evidence, metadata, status, submissions: submissions + 1, submittedMs: sentMs };
}

type Changes = Partial<Omit<Dispute, 'version'>>;

/** The next version: whatever was pending is settled by it, and the last reply is no longer its. */
function moved(
  dispute: Dispute,
  nowMs: number,
  changes: (committedMs: number) => Changes,
  request?: RequestMark,
): Dispute {
  const committedMs = Math.max(nowMs, dispute.committedMs + 1);
  return nextDispute(without(dispute, 'pending'), nowMs, changes(committedMs), request);
}

/** The dispute with `changes`, as its next version; the last reply is no longer its. */
export const nextDispute = (dispute: Dispute, nowMs: number, changes: Changes, request?: RequestMark): Dispute =>
  nextRecord<Dispute>(without(dispute, 'reply'), nowMs, changes, request);

function without<K extends keyof Dispute>(dispute: Dispute, name: K): Omit<Dispute, K> & Dispute {
  const { [name]: _, ...rest } = dispute;
  return rest as Omit<Dispute, K> & Dispute;
}

/** The payment after its dispute took money or gave it back: what `charge.disputed` says, and whether refunds are blocked. Undefined when neither changes. */
export function disputeMarks(
  payment: Payment,
  before: Dispute | undefined,
  after: Dispute,
): NonNullable<Payment['disputes']> | undefined {
  const opened = after.withdrawnMs !== undefined && before?.withdrawnMs === undefined ? 1 : 0;
  const won = after.reinstatedMs !== undefined && before?.reinstatedMs === undefined ? 1 : 0;
  if (opened === 0 && won === 0) return undefined;
  const { disputes = { opened: 0, blocking: 0 } } = payment;
  return { opened: disputes.opened + opened, blocking: disputes.blocking + opened - won };
}

/** The newest chargeback of each charge after this step. A win names its own where none was named: until 0.2 a payment named none. */
export function disputedByAfter(
  { disputedBy = {} }: Pick<Payment, 'disputedBy'>,
  before: Dispute | undefined,
  after: Dispute,
): NonNullable<Payment['disputedBy']> {
  const charge = String(after.chargeOrdinal);
  const isNewest = before?.withdrawnMs === undefined && after.withdrawnMs !== undefined;
  return isNewest || disputedBy[charge] === undefined ? { ...disputedBy, [charge]: after.body } : disputedBy;
}
