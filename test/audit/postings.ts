/**
 * I18: the entries that each record makes, derived by the auditor from the record alone. Written from the chart of accounts and the golden
 * entries (test/fixtures/golden-ledger.json), apart from the product's posting rules.
 */

import type { Dispute } from '../../functions/disputes/dispute.ts';
import type { JournalEntry } from '../../functions/ledger/entry.ts';
import type { Attempt } from '../../functions/payments/attempt.ts';
import type { CaptureFacts, Payment } from '../../functions/payments/payment.ts';
import type { Payout } from '../../functions/payouts/payout.ts';
import type { Refund } from '../../functions/refunds/refund.ts';
import type { Batch } from '../../functions/settlement/batch-record.ts';
import { base62, nameOf, sumOf } from './facts.ts';

/** An entry as texts that are compared one by one. */
export interface Posting {
  readonly name: string;
  readonly currency: string;
  readonly committedMs: string;
  readonly legs: string;
  readonly transaction: string;
  readonly reserve: string;
  readonly freed: string;
  readonly reference: string;
}

type Leg = readonly [side: string, account: string, amount: bigint];
export type Move = readonly [debit: string, credit: string, amount: bigint];

/** Legs of one account and side as one, in order of name. */
function textOf(legs: readonly Leg[]): string {
  const sums = new Map<string, bigint>();
  for (const [side, account, amount] of legs)
    sums.set(`${side} ${account}`, (sums.get(`${side} ${account}`) ?? 0n) + amount);
  return [...sums]
    .map(([name, amount]) => `${name} ${amount}`)
    .sort()
    .join(', ');
}

const moves = (list: readonly Move[]): string =>
  textOf(
    list
      .filter(([, , amount]) => amount !== 0n)
      .flatMap(([debit, credit, amount]): Leg[] => [
        ['debit', debit, amount],
        ['credit', credit, amount],
      ]),
  );

const heldText = (amount = 0n, date = ''): string => (amount === 0n ? '' : `${amount} until ${date}`);
const freedText = (shares: JournalEntry['freed'] = []): string =>
  shares.map(({ date, amount }) => `${date} ${amount}`).join(', ');

const methodText = (isCard: boolean): string => (isCard ? '' : ', not by card');

/** A stored entry in the same form. */
export const postingOf = (entry: JournalEntry): Posting => {
  const { transaction: shown } = entry;
  return {
    name: nameOf(entry),
    currency: entry.currency,
    committedMs: String(entry.committedMs),
    legs: textOf(entry.legs.map(({ side, account, amount }) => [side, account, amount])),
    transaction: shown
      ? `${shown.type} ${shown.amount} fee ${shown.fee} of ${shown.source}${methodText(!shown.nonCard)}`
      : '',
    reserve: heldText(entry.reserve, entry.reserveDate),
    freed: freedText(entry.freed),
    reference: entry.reference ?? '',
  };
};

interface Told {
  readonly type: string;
  readonly body: string;
  readonly step?: number;
  readonly currency: string;
  readonly ms: number;
  readonly moves: readonly Move[];
  readonly transaction?: string;
  readonly reserve?: string;
  readonly freed?: string;
  readonly reference?: string;
}

export const posting = ({ type, body, step = 1, currency, ms, moves: list, ...rest }: Told): Posting => ({
  name: `${type}#${body}#${step}`,
  currency,
  committedMs: String(ms),
  legs: moves(list),
  transaction: rest.transaction ?? '',
  reserve: rest.reserve ?? '',
  freed: rest.freed ?? '',
  reference: rest.reference ?? '',
});

const HELD = 'memo:auth_hold';
const COMMITTED = 'memo:auth_commit';
const PENDING = 'liab:merchant:pending';
const AVAILABLE = 'liab:merchant:available';
const RESERVE = 'liab:merchant:reserve';
const PAYOUTS = 'liab:payout_clearing';
const BANK = 'assets:bank';

/** What the channel authorized in the end; at first it may have held another amount than was asked for. */
export const authorizedOf = ({ amount, held = amount, increments = [] }: Attempt): bigint =>
  increments.filter(({ decline }) => decline === undefined).at(-1)?.amount ?? held;

/** What the merchant asked for in the end. */
export function askedOf({ amount, increments = [] }: Attempt): bigint {
  const last = increments.filter(({ decline, unasked }) => decline === undefined && !unasked).at(-1);
  return last ? (last.asked ?? last.amount) : amount;
}

export const capturesOf = ({ capture, laterCaptures = [] }: Payment): readonly CaptureFacts[] =>
  capture ? [capture, ...laterCaptures] : [];

/** The attempt whose money the payment has, or holds. */
export const paidAttemptOf = ({ attempts }: Payment): Attempt | undefined =>
  attempts.find(({ surplus, status }) => !surplus && (status === 'authorized' || status === 'captured'));

export const paymentPostings = (payment: Payment): readonly Posting[] => [
  ...payment.attempts.flatMap((attempt) => [
    ...(tookSurplus(attempt) ? surplusPostings(payment, attempt) : holdPostings(payment, attempt)),
    ...unappliedPostings(payment, attempt),
  ]),
  ...capturePostings(payment),
];

const tookSurplus = ({ surplus, voided, status }: Attempt): boolean =>
  surplus === true && (status === 'captured' || voided?.was === 'captured');

const base = ({ body }: Payment, { currency, reference }: Attempt) => ({ body, currency, reference });

function surplusPostings(payment: Payment, attempt: Attempt): readonly Posting[] {
  const { ordinal: step, settledMs, voided, channel, status } = attempt;
  const amount = attempt.taken ?? attempt.amount;
  const [debt, suspense] = [`assets:channel:${channel.channel}`, `liab:suspense_over:${channel.channel}`];
  const one = { ...base(payment, attempt), step };
  const received = posting({ ...one, type: 'surplus_received', ms: settledMs!, moves: [[debt, suspense, amount]] });
  if (status !== 'voided') return [received];
  return [
    received,
    posting({ ...one, type: 'surplus_returned', ms: voided!.committedMs, moves: [[suspense, debt, amount]] }),
  ];
}

/** A hold stands in the memo unless the commit that learned of it also captured it. */
function holdPostings(payment: Payment, attempt: Attempt): readonly Posting[] {
  const { status, ordinal: step, settledMs, voided, releasedMs } = attempt;
  const amount = attempt.held ?? attempt.amount;
  const isHold = status === 'authorized' || status === 'voided' || status === 'captured';
  if (!isHold || (status === 'captured' && settledMs === payment.capture?.capturedMs)) return [];
  const one = { ...base(payment, attempt), step };
  const postings = [posting({ ...one, type: 'authorized', ms: settledMs!, moves: [[HELD, COMMITTED, amount]] })];
  let held = amount;
  for (const { operation, amount: now, decidedMs, decline } of attempt.increments ?? []) {
    if (decline || now === held) continue;
    const more: Move = now > held ? [HELD, COMMITTED, now - held] : [COMMITTED, HELD, held - now];
    postings.push(posting({ ...one, type: 'incremented', step: operation, ms: decidedMs, moves: [more] }));
    held = now;
  }
  const captured = sumOf(capturesOf(payment), (capture) => capture.amount);
  const ended = status === 'voided' ? held : held - captured;
  const endedMs = status === 'voided' ? voided!.committedMs : releasedMs;
  if (endedMs === undefined) return postings;
  return [...postings, posting({ ...one, type: 'voided', ms: endedMs, moves: [[COMMITTED, HELD, ended]] })];
}

const unappliedPostings = (payment: Payment, attempt: Attempt): readonly Posting[] =>
  (attempt.unapplied ?? []).flatMap(({ number: step, amount, receivedMs, returnedMs }) => {
    const { channel } = attempt.channel;
    const one = { ...base(payment, attempt), step };
    const [debt, suspense] = [`assets:channel:${channel}`, `liab:suspense_over:${channel}`];
    const received = posting({ ...one, type: 'surplus_received', ms: receivedMs, moves: [[debt, suspense, amount]] });
    const returned: Move[] = [[suspense, debt, amount]];
    return returnedMs === undefined
      ? [received]
      : [received, posting({ ...one, type: 'surplus_returned', ms: returnedMs, moves: returned })];
  });

const DAY_MS = 86_400_000;

/** The UTC day on which what is held of a capture falls due: whole days after the midnight that follows it. */
export const dueDate = (capturedMs: number, days: number): string =>
  new Date((Math.floor(capturedMs / DAY_MS) + 1 + days) * DAY_MS).toISOString().slice(0, 10);

function capturePostings(payment: Payment): readonly Posting[] {
  const attempt = paidAttemptOf(payment);
  if (!attempt) return [];
  const { channel } = attempt.channel;
  const isCard = 'card' in attempt.method;
  let held = authorizedOf(attempt);
  return capturesOf(payment).map(({ amount, fee, reserve, capturedMs, keepsRest, terms }, index) => {
    const ends = keepsRest ? amount : held;
    held -= ends;
    const memo: Move[] = attempt.settledMs === capturedMs ? [] : [[COMMITTED, HELD, ends]];
    const rest = amount - fee - reserve;
    const ahead: Move[] = attempt.fundsAvailable && rest > 0n ? [[PENDING, AVAILABLE, rest]] : [];
    const until = terms.reserveDays === undefined ? '' : dueDate(capturedMs, terms.reserveDays);
    return posting({
      ...base(payment, attempt),
      currency: payment.currency,
      type: 'captured',
      step: index + 1,
      ms: capturedMs,
      moves: [...memo, [`assets:channel:${channel}`, PENDING, amount], [PENDING, 'income:fees', fee], ...ahead],
      transaction: `charge ${amount} fee ${fee} of ch_${payment.body}${base62(attempt.ordinal, 1)}${methodText(isCard)}`,
      reserve: heldText(reserve, until),
    });
  });
}

export function refundPostings(refund: Refund): readonly Posting[] {
  const { body, currency, reference, amount, status, channel, createdMs, committedMs } = refund;
  const by = methodText(refund.wallet === undefined);
  const [debt, clearing] = [`assets:channel:${channel.channel}`, `liab:refund_clearing:${channel.channel}`];
  const funds = refund.fundedBy === 'pending' ? PENDING : AVAILABLE;
  const one = { body, currency, reference };
  const requested = posting({
    ...one,
    type: 'refund_requested',
    ms: createdMs,
    moves: [[funds, clearing, amount]],
    transaction: `refund ${-amount} fee 0 of re_${body}${by}`,
  });
  const succeededMs = refund.succeededMs ?? (status === 'succeeded' ? committedMs : undefined);
  const freed = freedText(refund.reserveFreed);
  const out: Move[] = [[clearing, debt, amount]];
  const succeeded =
    succeededMs === undefined
      ? []
      : [posting({ ...one, type: 'refund_succeeded', ms: succeededMs, moves: out, freed })];
  if (status !== 'failed') return [requested, ...succeeded];
  const back: Move[] = [
    ...(succeeded.length > 0 ? ([[debt, clearing, amount]] as const) : []),
    [clearing, funds, amount],
  ];
  const ms = refund.failedMs ?? committedMs;
  const transaction = `refund_failure ${amount} fee 0 of re_${body}${by}`;
  return [requested, ...succeeded, posting({ ...one, type: 'refund_failed', ms, moves: back, transaction })];
}

export function payoutPostings(payout: Payout): readonly Posting[] {
  const { body, currency, reference, amount, status, createdMs, committedMs } = payout;
  const one = { body, currency, reference };
  const said = (type: string, signed: bigint): string => `${type} ${signed} fee 0 of po_${body}`;
  const endedMs = payout.endedMs ?? committedMs;
  const paidMs = payout.paidMs ?? (status === 'paid' ? endedMs : undefined);
  const postings = [
    posting({
      ...one,
      type: 'payout_created',
      ms: createdMs,
      moves: [[AVAILABLE, PAYOUTS, amount]],
      transaction: said('payout', -amount),
    }),
  ];
  if (paidMs !== undefined)
    postings.push(posting({ ...one, type: 'payout_paid', ms: paidMs, moves: [[PAYOUTS, BANK, amount]] }));
  if (status !== 'failed' && status !== 'canceled') return postings;
  const from = status === 'failed' && paidMs !== undefined ? BANK : PAYOUTS;
  const type = status === 'canceled' ? 'payout_canceled' : from === BANK ? 'payout_returned' : 'payout_failed';
  const transaction = said(status === 'canceled' ? 'payout_cancel' : 'payout_failure', amount);
  return [...postings, posting({ ...one, type, ms: endedMs, moves: [[from, AVAILABLE, amount]], transaction })];
}

export function disputePostings(dispute: Dispute): readonly Posting[] {
  const { body, currency, amount, fee, withdrawnMs, reinstatedMs, lostMs, channel } = dispute;
  const one = { body, currency, reference: dispute.paymentReference };
  const [debt, disputed] = [`assets:channel:${channel.channel}`, `assets:dispute_recv:${channel.channel}`];
  const hold = 'liab:merchant:dispute_hold';
  const taken: Move[] = [
    [AVAILABLE, hold, amount],
    [AVAILABLE, 'income:dispute_fees', fee],
    [disputed, debt, amount],
    ['expense:dispute_cost', debt, fee],
  ];
  const given: Move[] = [
    [debt, disputed, amount],
    [hold, AVAILABLE, amount],
  ];
  const said = (type: string, signed: bigint, of: bigint): string => `${type} ${signed} fee ${of} of du_${body}`;
  return [
    withdrawnMs !== undefined && {
      ...one,
      type: 'dispute_opened',
      ms: withdrawnMs,
      moves: taken,
      transaction: said('dispute', -amount, fee),
      freed: freedText(dispute.reserveFreed),
    },
    reinstatedMs !== undefined && {
      ...one,
      type: 'dispute_won',
      ms: reinstatedMs,
      moves: given,
      transaction: said('dispute_reversal', amount, 0n),
    },
    lostMs !== undefined && { ...one, type: 'dispute_lost', ms: lostMs, moves: [[hold, disputed, amount]] as Move[] },
  ].flatMap((told) => (told ? [posting(told)] : []));
}

/** A settlement moves its net out of `pending`, part of it into the reserve, and gives back what the reserve releases. */
export function batchPostings(batch: Batch): readonly Posting[] {
  const { throughMs, currency, net, reserve, createdMs: ms } = batch;
  const period = base62(throughMs, 7);
  // Batches of earlier versions have no marker, and names without the period's end.
  const body = `${period}0${currency.padEnd(7, '0')}${batch.namedByPeriod ? period : '0000000'}`;
  const withheld = batch.withheld ?? reserve;
  const [released, rest] = [withheld - reserve, net - withheld];
  const one = { body, currency, ms };
  const out: Move[] = [
    rest < 0n ? [AVAILABLE, PENDING, -rest] : [PENDING, AVAILABLE, rest],
    [PENDING, RESERVE, withheld],
  ];
  const said = withheld > 0n ? `reserve_hold ${-withheld} fee 0 of null` : '';
  const back = `reserve_release ${released} fee 0 of null`;
  return [
    ...(net === 0n && withheld === 0n ? [] : [posting({ ...one, type: 'released', moves: out, transaction: said })]),
    ...(released === 0n
      ? []
      : [posting({ ...one, type: 'reserve_released', moves: [[RESERVE, AVAILABLE, released]], transaction: back })]),
  ];
}
