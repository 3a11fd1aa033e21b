/** The journal entries that each state of an object stands for, with their commit times, and which of them one commit makes (I3, I4, I7). */
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../functions/ledger/change.ts';
import type { JournalEntry } from '../../../functions/ledger/entry.ts';
import {
  capturedEntries,
  disputeTransactions,
  entriesBornWith,
  entriesOf,
  feeOf,
  termsFor,
} from '../../../functions/ledger/posting.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import type { Dispute } from '../../../functions/payments/dispute.ts';
import type { CaptureFacts, Payment, Refund } from '../../../functions/payments/payment.ts';
import type { Payout } from '../../../functions/settlement/payout.ts';
import type { Body, ChannelReference } from '../../../functions/shared/ids.ts';
import { type FeeTerms, parseCurrency } from '../../../functions/shared/money.ts';
import {
  authorizedAttempt,
  BODY,
  CREATED_MS,
  capturedAttempt,
  created,
  PAID_MS,
  paid,
  payout,
  refund,
  sent,
  terms,
} from '../notifications/images.ts';

const [USD, HUF] = [parseCurrency('usd')!, parseCurrency('huf')!];
const REFERENCE = sent.reference;

const legs = (entry: JournalEntry): string =>
  entry.legs.map(({ side, account, amount }) => `${side} ${account} ${amount}`).join(', ');
/** Type, step, commit time after the creation and legs of each entry. */
const short = (entries: readonly JournalEntry[]): readonly string[] =>
  entries.map((entry) => `${entry.type} ${entry.step} +${entry.committedMs - CREATED_MS}: ${legs(entry)}`);
const posted = (change: Change): readonly string[] => short(entriesOf(change));
const ofPayment = (now: Payment, old?: Payment) => posted({ kind: 'payment', ...(old && { old }), new: now });
const ofRefund = (changes: Partial<Refund>) => entriesOf({ kind: 'refund', new: { ...refund, ...changes } });
const ofPayout = (changes: Partial<Payout>) => entriesOf({ kind: 'payout', new: { ...payout, ...changes } });

const HELD = (amount: number) => `debit memo:auth_hold ${amount}, credit memo:auth_commit ${amount}`;
const ENDED = (amount: number) => `debit memo:auth_commit ${amount}, credit memo:auth_hold ${amount}`;
const TAKEN = (amount: number, fee: number) =>
  `debit assets:channel:sandbox ${amount}, credit liab:merchant:pending ${amount}, debit liab:merchant:pending ${fee}, credit income:fees ${fee}`;
const OVER = (amount: number) => `debit assets:channel:sandbox ${amount}, credit liab:suspense_over:sandbox ${amount}`;
const BACK = (amount: number) => `credit assets:channel:sandbox ${amount}, debit liab:suspense_over:sandbox ${amount}`;

const facts = (amount: bigint, capturedMs: number, changes: Partial<CaptureFacts> = {}): CaptureFacts => ({
  amount,
  fee: 10n,
  reserve: 0n,
  terms,
  capturedMs,
  ...changes,
});
const holdOf = (ofAttempt: Partial<Attempt> = {}, changes: Partial<Payment> = {}): Payment => ({
  ...created,
  status: 'requires_capture',
  captureMethod: 'manual',
  committedMs: PAID_MS + 90_000,
  attempts: [{ ...authorizedAttempt, ...ofAttempt }],
  ...changes,
});

describe('a fee', () => {
  const agreed: FeeTerms = { feeBps: 290, fixed: 30n, fixedIn: { huf: 8_500n, eur: 0n }, reserveBps: 0, version: 4 };

  it('is the percentage, rounded half up, and the fixed part of the currency', () => {
    expect(feeOf(1_050n, USD, agreed)).toBe(60n);
    expect(feeOf(1_050n, HUF, agreed)).toBe(8_530n);
    expect(feeOf(1_000n, parseCurrency('eur')!, agreed)).toBe(29n);
    expect(feeOf(1_500n, USD, terms)).toBe(74n);
  });

  it('has the terms of its currency, with the days of a reserve where there is one', () => {
    expect(termsFor(agreed, HUF)).toEqual({ feeBps: 290, fixed: 8_500n, reserveBps: 0, version: 4 });
    expect(termsFor({ ...agreed, reserveDays: 30 }, USD)).toEqual({
      feeBps: 290,
      fixed: 30n,
      reserveBps: 0,
      version: 4,
    });
    expect(termsFor({ ...agreed, reserveBps: 1, reserveDays: 30 }, USD)).toMatchObject({
      reserveBps: 1,
      reserveDays: 30,
    });
    expect(termsFor({ ...agreed, reserveBps: 1 }, USD)).toMatchObject({ reserveDays: 90 });
  });
});

describe('a commit', () => {
  it('makes the entries that the image before did not have', () => {
    const before = holdOf();
    const after = { ...before, status: 'succeeded', capture: facts(2_000n, PAID_MS + 900) } as const;

    expect(ofPayment(before)).toEqual([`authorized 1 +500: ${HELD(2000)}`]);
    expect(ofPayment(after, before)).toEqual([`captured 1 +1400: ${ENDED(2000)}, ${TAKEN(2000, 10)}`]);
    expect(ofPayment(after, after)).toEqual([]);
    expect(ofPayment(created, created)).toEqual([]);
  });

  it.each(['customer', 'method', 'setup', 'checkout_session'] as const)('of a %s makes none', (kind) => {
    expect(entriesOf({ kind, new: { ...created } } as unknown as Change)).toEqual([]);
  });
});

describe('an attempt', () => {
  it.each(['sent', 'requires_action', 'authenticated', 'failed', 'closed'] as const)(
    'that is %s has none',
    (status) => {
      expect(ofPayment(holdOf({ status }))).toEqual([]);
    },
  );

  it('that was authorized and captured by one commit has no memo', () => {
    expect(ofPayment(paid)).toEqual([`captured 1 +500: ${TAKEN(2000, 88)}`]);
  });

  it('that was voided ends its memo at the time of the void', () => {
    const voided = { committedMs: PAID_MS + 700, was: 'authorized' } as const;
    expect(ofPayment(holdOf({ status: 'voided', voided }))).toEqual([
      `authorized 1 +500: ${HELD(2000)}`,
      `voided 1 +1200: ${ENDED(2000)}`,
    ]);
  });

  it('of 0.1 without times has those of the commit', () => {
    const { settledMs: _settled, ...attempt } = authorizedAttempt;
    expect(ofPayment(holdOf({}, { attempts: [{ ...attempt, status: 'voided' }] }))).toEqual([
      `authorized 1 +90500: ${HELD(2000)}`,
      `voided 1 +90500: ${ENDED(2000)}`,
    ]);
  });

  it('has an entry for each increment that was not declined: what it added', () => {
    const increments = [
      { operation: 1, amount: 2_500n, decidedMs: PAID_MS + 1 },
      { operation: 2, amount: 9_000n, decidedMs: PAID_MS + 2, decline: { code: 'x', message: 'No.' } },
      { operation: 3, amount: 2_600n, decidedMs: PAID_MS + 3 },
    ];
    const voided = { committedMs: PAID_MS + 700, was: 'authorized' } as const;

    expect(ofPayment(holdOf({ increments, status: 'voided', voided }))).toEqual([
      `authorized 1 +500: ${HELD(2000)}`,
      `incremented 1 +501: ${HELD(500)}`,
      `incremented 3 +503: ${HELD(100)}`,
      `voided 1 +1200: ${ENDED(2600)}`,
    ]);
    expect(entriesOf({ kind: 'payment', new: holdOf({ increments }) })[1]).toMatchObject({
      body: BODY,
      currency: 'usd',
      reference: REFERENCE,
    });
  });

  it('whose rest was let go ends the rest of its memo then', () => {
    const partly = holdOf(
      { status: 'captured', releasedMs: PAID_MS + 800 },
      { status: 'succeeded', capture: facts(700n, PAID_MS + 600, { keepsRest: true }) },
    );
    expect(ofPayment(partly)).toEqual([
      `authorized 1 +500: ${HELD(2000)}`,
      `voided 1 +1300: ${ENDED(1300)}`,
      `captured 1 +1100: ${ENDED(700)}, ${TAKEN(700, 10)}`,
    ]);
  });
});

describe('surplus', () => {
  it('is owed to the payer from its receipt to its return', () => {
    const taken: Partial<Attempt> = { status: 'captured', surplus: true };
    const voided = { committedMs: PAID_MS + 700, was: 'captured' } as const;

    expect(ofPayment(holdOf(taken))).toEqual([`surplus_received 1 +500: ${OVER(2000)}`]);
    expect(ofPayment(holdOf({ ...taken, taken: 1_500n }))).toEqual([`surplus_received 1 +500: ${OVER(1500)}`]);
    expect(ofPayment(holdOf({ ...taken, status: 'voided', voided }))).toEqual([
      `surplus_received 1 +500: ${OVER(2000)}`,
      `surplus_returned 1 +1200: ${BACK(2000)}`,
    ]);
  });

  it('that was only held has the memo of a hold', () => {
    expect(ofPayment(holdOf({ surplus: true }))).toEqual([`authorized 1 +500: ${HELD(2000)}`]);
  });

  it('beyond the attempt is unapplied money, under its own number', () => {
    const unapplied = [
      { number: 31, amount: 70n, receivedMs: PAID_MS + 10, returnedMs: PAID_MS + 30 },
      { number: 32, amount: 80n, receivedMs: PAID_MS + 20 },
    ];
    const entries = entriesOf({ kind: 'payment', new: holdOf({ status: 'closed', unapplied }) });

    expect(short(entries)).toEqual([
      `surplus_received 31 +510: ${OVER(70)}`,
      `surplus_returned 31 +530: ${BACK(70)}`,
      `surplus_received 32 +520: ${OVER(80)}`,
    ]);
    expect(entries[0]).toMatchObject({ body: BODY, currency: 'usd', reference: REFERENCE });
  });
});

describe('a capture', () => {
  it('ends the memo: each its own part while the rest is kept, the last one all that is left', () => {
    const parts = holdOf(
      {},
      {
        capture: facts(700n, PAID_MS + 1, { keepsRest: true }),
        laterCaptures: [facts(300n, PAID_MS + 2, { keepsRest: true }), facts(500n, PAID_MS + 3)],
      },
    );
    expect(short(capturedEntries(parts))).toEqual([
      `captured 1 +501: ${ENDED(700)}, ${TAKEN(700, 10)}`,
      `captured 2 +502: ${ENDED(300)}, ${TAKEN(300, 10)}`,
      `captured 3 +503: ${ENDED(1000)}, ${TAKEN(500, 10)}`,
    ]);
    expect(capturedEntries(created)).toEqual([]);
  });

  it('is a balance transaction of its charge, with the description of its time', () => {
    const [entry] = capturedEntries(paid);
    expect(entry).toMatchObject({ body: BODY, currency: 'usd', reference: REFERENCE });
    expect(entry!.transaction).toEqual({ type: 'charge', amount: 2_000n, fee: 88n, source: `ch_${BODY}1` });
    expect(entry).not.toHaveProperty('reserve');
    expect(entry).not.toHaveProperty('reserveDate');

    const described = (description: string | undefined, of: string | null | undefined) =>
      capturedEntries({
        ...paid,
        ...(description !== undefined && { description }),
        capture: { ...paid.capture!, ...(of !== undefined && { described: of }) },
      })[0]!.transaction!.description;
    expect(described('Order 7', undefined)).toBe('Order 7');
    expect(described('Order 8', 'Order 7')).toBe('Order 7');
    expect(described('Order 8', null)).toBeUndefined();
    expect(described(undefined, undefined)).toBeUndefined();
  });

  it('has its reserve, and the date of its release where the terms say for how long', () => {
    const reserved = (reserveDays?: number) =>
      capturedEntries({
        ...paid,
        capture: {
          ...paid.capture!,
          reserve: 200n,
          terms: { ...terms, ...(reserveDays !== undefined && { reserveDays }) },
        },
      })[0]!;
    expect(reserved(30)).toMatchObject({ reserve: 200n, reserveDate: '2026-10-22' });
    expect(reserved()).toMatchObject({ reserve: 200n });
    expect(reserved()).not.toHaveProperty('reserveDate');
  });
});

describe('a refund', () => {
  const REQUEST = `debit liab:merchant:pending 500, credit liab:refund_clearing:sandbox 500`;

  it('is requested with its own transaction, and posts nothing more until it is decided', () => {
    const [entry, ...others] = entriesBornWith({ kind: 'refund', new: refund });
    expect(others).toEqual([]);
    expect(short([entry!])).toEqual([`refund_requested 1 +60000: ${REQUEST}`]);
    expect(entry).toMatchObject({
      body: refund.body,
      currency: 'usd',
      reference: refund.reference,
      transaction: { type: 'refund', amount: -500n, fee: 0n, source: `re_${refund.body}` },
    });
    expect(ofRefund({})).toEqual([]);
    expect(ofRefund({ status: 'canceled' })).toEqual([]);
  });

  it('that succeeded leaves the clearing account, and frees its share of the reserve', () => {
    const entries = ofRefund({
      status: 'succeeded',
      succeededMs: CREATED_MS + 70_000,
      committedMs: CREATED_MS + 90_000,
    });
    expect(short(entries)).toEqual([
      'refund_succeeded 1 +70000: debit liab:refund_clearing:sandbox 500, credit assets:channel:sandbox 500',
    ]);
    expect(entries[0]).not.toHaveProperty('freed');
    expect(entries[0]).not.toHaveProperty('transaction');
    expect(short(ofRefund({ status: 'succeeded' }))[0]).toMatch(/^refund_succeeded 1 \+60000/);
    const reserveFreed = [{ date: '2026-10-22', amount: 50n }];
    expect(ofRefund({ status: 'succeeded', reserveFreed })[0]).toMatchObject({ freed: reserveFreed });
    expect(ofRefund({ status: 'succeeded', reserveFreed: [] })[0]).not.toHaveProperty('freed');
  });

  it('that failed goes back to the account that it came from', () => {
    const entries = ofRefund({ status: 'failed', failedMs: CREATED_MS + 80_000, fundedBy: 'available' });
    expect(short(entries)).toEqual([
      'refund_failed 1 +80000: debit liab:refund_clearing:sandbox 500, credit liab:merchant:available 500',
    ]);
    expect(entries[0]!.transaction).toEqual({
      type: 'refund_failure',
      amount: 500n,
      fee: 0n,
      source: `re_${refund.body}`,
    });
    expect(short(ofRefund({ status: 'failed' }))[0]).toMatch(/^refund_failed 1 \+60000/);
  });

  it('that failed after its success is taken back from the channel', () => {
    const times = { succeededMs: CREATED_MS + 70_000, failedMs: CREATED_MS + 80_000 };
    expect(short(ofRefund({ status: 'failed', ...times }))).toEqual([
      'refund_succeeded 1 +70000: debit liab:refund_clearing:sandbox 500, credit assets:channel:sandbox 500',
      'refund_failed 1 +80000: debit assets:channel:sandbox 500, credit liab:refund_clearing:sandbox 500, debit liab:refund_clearing:sandbox 500, credit liab:merchant:pending 500',
    ]);
  });
});

describe('a payout', () => {
  const AVAILABLE = 'debit liab:payout_clearing 1912, credit liab:merchant:available 1912';
  const source = `po_${payout.body}`;

  it('is created with its own transaction, and posts nothing more until it has ended', () => {
    const [entry, ...others] = entriesBornWith({ kind: 'payout', new: payout });
    expect(others).toEqual([]);
    expect(short([entry!])).toEqual([
      'payout_created 1 +60000: debit liab:merchant:available 1912, credit liab:payout_clearing 1912',
    ]);
    expect(entry).toMatchObject({
      body: payout.body,
      currency: 'usd',
      reference: payout.reference,
      transaction: { type: 'payout', amount: -1_912n, fee: 0n, source },
    });
    expect(ofPayout({})).toEqual([]);
    expect(ofPayout({ status: 'in_transit' })).toEqual([]);
    expect(entriesBornWith({ kind: 'payment', new: paid })).toEqual([]);
  });

  it('that is paid has left the clearing account for the bank', () => {
    const times = { endedMs: CREATED_MS + 80_000, paidMs: CREATED_MS + 70_000 };
    const PAID = 'debit liab:payout_clearing 1912, credit assets:bank 1912';
    expect(short(ofPayout({ status: 'paid', ...times }))).toEqual([`payout_paid 1 +70000: ${PAID}`]);
    expect(short(ofPayout({ status: 'paid', endedMs: CREATED_MS + 80_000 }))).toEqual([
      `payout_paid 1 +80000: ${PAID}`,
    ]);
    expect(short(ofPayout({ status: 'paid' }))).toEqual([`payout_paid 1 +60000: ${PAID}`]);
    expect(ofPayout({ status: 'paid' })[0]).toMatchObject({ body: payout.body, reference: payout.reference });
    expect(ofPayout({ status: 'paid' })[0]).not.toHaveProperty('transaction');
  });

  it.each([
    ['failed', 'payout_failed', 'payout_failure'],
    ['canceled', 'payout_canceled', 'payout_cancel'],
  ] as const)('that is %s is available again', (status, type, transaction) => {
    const entries = ofPayout({ status, endedMs: CREATED_MS + 80_000 });
    expect(short(entries)).toEqual([`${type} 1 +80000: ${AVAILABLE}`]);
    expect(entries[0]!.transaction).toEqual({ type: transaction, amount: 1_912n, fee: 0n, source });
  });

  it('that is sent back after it was paid comes from the bank', () => {
    const entries = ofPayout({ status: 'failed', paidMs: CREATED_MS + 70_000, endedMs: CREATED_MS + 80_000 });
    expect(short(entries)).toEqual([
      'payout_paid 1 +70000: debit liab:payout_clearing 1912, credit assets:bank 1912',
      'payout_returned 1 +80000: debit assets:bank 1912, credit liab:merchant:available 1912',
    ]);
    expect(entries[1]!.transaction).toEqual({ type: 'payout_failure', amount: 1_912n, fee: 0n, source });
  });
});

describe('a dispute', () => {
  const dispute = {
    body: '0WXYZab1abcdefghijklmn' as Body,
    payment: BODY,
    chargeOrdinal: 1,
    paymentReference: 'Scope0010WXYZab1nmlkjihgfedcba1' as ChannelReference,
    channel: { channel: 'sandbox', account: 'acc1' },
    amount: 7_500n,
    fee: 1_500n,
    currency: USD,
  } as Dispute;
  const source = `du_${dispute.body}`;

  it('that is opened and won has one balance transaction each', () => {
    const [opened, won] = disputeTransactions({
      ...dispute,
      withdrawnMs: CREATED_MS + 1,
      reinstatedMs: CREATED_MS + 2,
    });
    expect(opened).toMatchObject({
      type: 'dispute_opened',
      body: dispute.body,
      step: 1,
      currency: 'usd',
      committedMs: CREATED_MS + 1,
      reference: dispute.paymentReference,
    });
    expect(opened!.transaction).toEqual({
      type: 'dispute',
      amount: -7_500n,
      fee: 1_500n,
      source,
      description: `Chargeback withdrawal for ch_${BODY}1`,
    });
    expect(opened).not.toHaveProperty('freed');
    expect(won).toMatchObject({ type: 'dispute_won', committedMs: CREATED_MS + 2 });
    expect(won!.transaction).toEqual({
      type: 'dispute_reversal',
      amount: 7_500n,
      fee: 0n,
      source,
      description: `Chargeback reversal for ch_${BODY}1`,
    });
    expect(disputeTransactions(dispute)).toEqual([]);
  });

  it('frees its share of the reserve when it is opened', () => {
    const reserveFreed = [{ date: '2026-10-22', amount: 50n }];
    expect(disputeTransactions({ ...dispute, withdrawnMs: 1, reserveFreed })[0]).toMatchObject({ freed: reserveFreed });
  });

  it('that is lost ends what was held for it', () => {
    expect(posted({ kind: 'dispute', new: { ...dispute, lostMs: CREATED_MS + 3 } })).toEqual([
      'dispute_lost 1 +3: debit liab:merchant:dispute_hold 7500, credit assets:dispute_recv:sandbox 7500',
    ]);
    expect(posted({ kind: 'dispute', new: dispute })).toEqual([]);
  });
});

it('an authorized attempt beside a captured one has its own memo', () => {
  const two = holdOf(
    {},
    {
      status: 'succeeded',
      attempts: [
        { ...authorizedAttempt, status: 'voided', ordinal: 1, voided: { committedMs: PAID_MS + 5, was: 'authorized' } },
        { ...capturedAttempt, ordinal: 2 },
      ],
      capture: facts(2_000n, PAID_MS),
    },
  );
  expect(ofPayment(two)).toEqual([
    `authorized 1 +500: ${HELD(2000)}`,
    `voided 1 +505: ${ENDED(2000)}`,
    `captured 1 +500: ${TAKEN(2000, 10)}`,
  ]);
});
