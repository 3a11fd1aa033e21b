/** The journal entries that each state of a payment stands for, with their commit times, and which of them one commit makes (I3, I4, I7). */
import { describe, expect, it } from 'vitest';
import { type FeeTerms, parseCurrency } from '../../../functions/kernel/money.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import { capturedEntries } from '../../../functions/payments/entries.ts';
import { feeOf, termsFor } from '../../../functions/payments/fees.ts';
import type { CaptureFacts, Payment } from '../../../functions/payments/payment.ts';
import type { Change } from '../../../functions/stream/kinds.ts';
import { entriesOf } from '../../../functions/stream/posting.ts';
import { short } from '../ledger/posted.ts';
import {
  authorizedAttempt,
  BODY,
  capturedAttempt,
  created,
  PAID_MS,
  paid,
  sent,
  terms,
} from '../notifications/images.ts';

const [USD, HUF] = [parseCurrency('usd')!, parseCurrency('huf')!];
const REFERENCE = sent.reference;

const posted = (change: Change): readonly string[] => short(entriesOf(change));
const ofPayment = (now: Payment, old?: Payment) => posted({ kind: 'payment', ...(old && { old }), new: now });

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
    expect(feeOf(1_050n, termsFor(agreed, USD, 'card'))).toBe(60n);
    expect(feeOf(1_050n, termsFor(agreed, HUF, 'card'))).toBe(8_530n);
    expect(feeOf(1_000n, termsFor(agreed, parseCurrency('eur')!, 'card'))).toBe(29n);
    expect(feeOf(1_500n, terms)).toBe(74n);
  });

  it('has the terms of its currency, with the days of a reserve where there is one', () => {
    expect(termsFor(agreed, HUF, 'card')).toEqual({ feeBps: 290, fixed: 8_500n, reserveBps: 0, version: 4 });
    expect(termsFor({ ...agreed, reserveDays: 30 }, USD, 'card')).toEqual({
      feeBps: 290,
      fixed: 30n,
      reserveBps: 0,
      version: 4,
    });
    expect(termsFor({ ...agreed, reserveBps: 1, reserveDays: 30 }, USD, 'card')).toMatchObject({
      reserveBps: 1,
      reserveDays: 30,
    });
    expect(termsFor({ ...agreed, reserveBps: 1 }, USD, 'card')).toMatchObject({ reserveDays: 90 });
  });

  it.each([
    ['card', USD, 290, 30n],
    ['alipay', USD, 150, 30n],
    ['alipay', HUF, 150, 8_500n],
    ['wechat_pay', USD, 290, 10n],
    ['wechat_pay', HUF, 290, 8_500n],
    ['paypal', USD, 0, 0n],
  ] as const)(
    'of %s in %s is what is agreed for it, and the default where nothing is',
    (type, currency, feeBps, fixed) => {
      const byMethod = {
        alipay: { feeBps: 150 },
        wechat_pay: { fixedIn: { usd: 10n } },
        paypal: { feeBps: 0, fixedIn: { usd: 0n } },
      };

      expect(termsFor({ ...agreed, byMethod }, currency, type)).toEqual({ feeBps, fixed, reserveBps: 0, version: 4 });
    },
  );
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

  it('that is said to be captured has the memo of its hold until a capture is recorded', () => {
    expect(ofPayment(holdOf({ status: 'captured' }, { attempts: [capturedAttempt] }))).toEqual([
      `authorized 1 +500: ${HELD(2000)}`,
    ]);
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

  it('has no entry for an increment to what was reported as held before', () => {
    const increments = [{ operation: 1, amount: 2_000n, decidedMs: PAID_MS + 1 }];

    expect(ofPayment(holdOf({ increments }))).toEqual([`authorized 1 +500: ${HELD(2000)}`]);
  });

  it('whose rest was voided ends the rest of its memo then', () => {
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
    expect(entry!.transaction).toStrictEqual({ type: 'charge', amount: 2_000n, fee: 88n, source: `ch_${BODY}1` });
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
