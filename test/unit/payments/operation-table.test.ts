/** Every (known, reported) pair of an operation on a hold, by its kind: what it leads to, and what of it is money (ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { OperationFacts, OperationOutcome } from '../../../functions/channels/port/port.ts';
import type { FeeTerms } from '../../../functions/kernel/money.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import type { Commit } from '../../../functions/payments/commit.ts';
import {
  applyOperation,
  contradictsOperation,
  mustWait,
} from '../../../functions/payments/operations/operation-outcome.ts';
import { capturedAmount, type Payment, type PendingOperation } from '../../../functions/payments/payment.ts';
import { applyReport } from '../../../functions/payments/unapplied.ts';
import { created, sent } from '../notifications/images.ts';

const TERMS: FeeTerms = { feeBps: 290, fixed: 30n, reserveBps: 0, version: 1 };
const COMMIT: Commit = { nowMs: 1_790_000_100_000, terms: TERMS };
const REPORTS: Readonly<Record<OperationOutcome['kind'], OperationOutcome>> = {
  unknown: { kind: 'unknown', reason: 'not heard' },
  pending: { kind: 'pending' },
  failed: { kind: 'failed', decline: { code: 'x', message: 'No.' } },
  succeeded: { kind: 'succeeded' },
};
type Kind = PendingOperation['kind'];
const AMOUNT: Readonly<Record<Kind, bigint>> = { capture: 1_500n, void: 2_000n, increment: 3_000n };
const FACTS: Readonly<Record<Kind, OperationFacts>> = {
  capture: { kind: 'capture', amount: 1_500n },
  void: { kind: 'void' },
  increment: { kind: 'increment', amount: 3_000n },
};

const attempt: Attempt = {
  ...sent,
  manual: true,
  status: 'authorized',
  settledMs: 1_790_000_000_500,
  features: ['increment'],
};
const hold: Payment = {
  ...created,
  version: 5,
  captureMethod: 'manual',
  status: 'requires_capture',
  attempts: [attempt],
};
const operation = (kind: Kind, number: number): PendingOperation => ({
  kind,
  operation: number,
  amount: AMOUNT[kind],
  sentMs: 1,
});
const pending = (kind: Kind, number = 1, payment = hold): Payment => ({
  ...payment,
  pending: operation(kind, number),
  operations: number,
});
const after = (payment: Payment, number: number, report: keyof typeof REPORTS): Payment =>
  applyOperation(payment, number, REPORTS[report], COMMIT)!;
const refused = (kind: Kind, payment = hold): Payment => after(pending(kind, 1, payment), 1, 'failed');
const done = (kind: Kind): Payment => after(pending(kind), 1, 'succeeded');
/** Operation 1 was refused, and operation 2 took effect. */
const overtaken = (kind: Kind, by: Kind): Payment => after(pending(by, 2, refused(kind)), 2, 'succeeded');

/** What the report of operation 1 leads to: `same`, `alarm`, `wait`, or the payment and its money. */
function led(payment: Payment, kind: Kind, report: keyof typeof REPORTS, facts = FACTS[kind]): string {
  const named = { ordinal: 1, facts };
  const moved = applyOperation(payment, 1, REPORTS[report], COMMIT, named);
  if (!moved) {
    if (mustWait(payment, 1, REPORTS[report], named)) return 'wait';
    return contradictsOperation(payment, 1, REPORTS[report], named) ? 'alarm' : 'same';
  }
  expect(moved.version).toBe(payment.version + 1);
  // The same report again changes nothing, whatever it has led to.
  expect(applyOperation(moved, 1, REPORTS[report], COMMIT, named)).toBeUndefined();
  expect(contradictsOperation(moved, 1, REPORTS[report], named)).toBe(false);
  const unapplied = moved.attempts.flatMap((one) => one.unapplied ?? []).map(({ amount }) => ` unapplied ${amount}`);
  return `${moved.status} ${moved.amount} captured ${capturedAmount(moved)}${unapplied.join('')}`;
}

type Row = readonly [state: string, payment: Payment, kind: Kind, Readonly<Record<keyof typeof REPORTS, string>>];
const same = { unknown: 'same', pending: 'same' } as const;
const HELD = 'requires_capture 2000 captured 0';
const ROWS: readonly Row[] = [
  ['under way', pending('capture'), 'capture', { ...same, failed: HELD, succeeded: 'succeeded 2000 captured 1500' }],
  ['under way', pending('void'), 'void', { ...same, failed: HELD, succeeded: 'canceled 2000 captured 0' }],
  [
    'under way',
    pending('increment'),
    'increment',
    { ...same, failed: HELD, succeeded: 'requires_capture 3000 captured 0' },
  ],
  ['refused', refused('capture'), 'capture', { ...same, failed: 'same', succeeded: 'succeeded 2000 captured 1500' }],
  ['refused', refused('void'), 'void', { ...same, failed: 'same', succeeded: 'canceled 2000 captured 0' }],
  [
    'refused',
    refused('increment'),
    'increment',
    { ...same, failed: 'same', succeeded: 'requires_capture 3000 captured 0' },
  ],
  ['done', done('capture'), 'capture', { ...same, failed: 'alarm', succeeded: 'same' }],
  ['done', done('void'), 'void', { ...same, failed: 'alarm', succeeded: 'same' }],
  ['done', done('increment'), 'increment', { ...same, failed: 'alarm', succeeded: 'same' }],
  [
    'refused before a void',
    overtaken('capture', 'void'),
    'capture',
    { ...same, failed: 'same', succeeded: 'canceled 2000 captured 0 unapplied 1500' },
  ],
  [
    'refused before another capture',
    overtaken('capture', 'capture'),
    'capture',
    { ...same, failed: 'same', succeeded: 'succeeded 2000 captured 1500 unapplied 1500' },
  ],
  [
    'refused before an increment',
    overtaken('capture', 'increment'),
    'capture',
    { ...same, failed: 'same', succeeded: 'succeeded 3000 captured 1500' },
  ],
  [
    'refused, while another is under way',
    pending('void', 2, refused('capture')),
    'capture',
    { ...same, failed: 'same', succeeded: 'wait' },
  ],
  ['refused before a capture', overtaken('void', 'capture'), 'void', { ...same, failed: 'same', succeeded: 'alarm' }],
  [
    'refused before a capture',
    overtaken('increment', 'capture'),
    'increment',
    { ...same, failed: 'same', succeeded: 'alarm' },
  ],
  [
    'refused before a void',
    overtaken('increment', 'void'),
    'increment',
    { ...same, failed: 'same', succeeded: 'alarm' },
  ],
  ['never sent', hold, 'capture', { ...same, failed: 'same', succeeded: 'succeeded 2000 captured 1500' }],
  ['never sent', hold, 'void', { ...same, failed: 'same', succeeded: 'alarm' }],
  ['never sent', hold, 'increment', { ...same, failed: 'same', succeeded: 'alarm' }],
];

describe('an operation', () => {
  it.each(
    ROWS.flatMap(([state, payment, kind, expected]) =>
      (Object.keys(REPORTS) as (keyof typeof REPORTS)[]).map(
        (report) => [kind, state, report, expected[report], payment] as const,
      ),
    ),
  )('a %s that is %s and reported as %s leads to: %s', (kind, _state, report, expected, payment) => {
    const before = structuredClone(payment);

    expect(led(payment, kind, report)).toBe(expected);
    expect(payment).toEqual(before);
  });

  it('a capture that was refused before a cancel is remembered, for channels that do not say what an operation took', () => {
    const canceled = overtaken('capture', 'void');

    expect(applyOperation(canceled, 1, REPORTS.succeeded, COMMIT)?.attempts[0]?.unapplied).toMatchObject([
      { amount: 1_500n, operation: 1 },
    ]);
  });

  it('a capture of more than is left is unapplied, and so is one of another attempt than the one that paid', () => {
    const facts = { kind: 'capture', amount: 2_001n } as const;
    expect(led(hold, 'capture', 'succeeded', facts)).toBe('requires_capture 2000 captured 0 unapplied 2001');

    const earlier: Attempt = { ...attempt, status: 'failed', decline: { code: 'x', message: 'No.' } };
    const second: Payment = { ...hold, attempts: [earlier, { ...attempt, ordinal: 2 }] };
    expect(led(second, 'capture', 'succeeded')).toBe('requires_capture 2000 captured 0 unapplied 1500');
  });

  it('a report that the channel has explained is not resolved while an operation is under way', () => {
    const reported: Payment = { ...hold, attempts: [{ ...attempt, reported: { amount: 2_000n } }] };

    expect(applyReport(pending('void', 1, reported), 1, true, COMMIT)).toBeUndefined();
    const resolved = applyReport(reported, 1, true, COMMIT);
    expect(resolved?.attempts[0]).toMatchObject({ status: 'authorized', reported: { resolvedMs: COMMIT.nowMs } });
    expect(applyReport(resolved!, 1, true, COMMIT)).toBeUndefined();
  });

  it('a capture in part that we had given up keeps the rest where the hold can be captured again', () => {
    const multicapture: Payment = { ...hold, attempts: [{ ...attempt, features: ['multicapture'] }] };

    expect(led(refused('capture', multicapture), 'capture', 'succeeded')).toBe('succeeded 2000 captured 1500');
    const forgotten = after(pending('increment', 2, refused('capture', multicapture)), 2, 'failed');
    expect(led(forgotten, 'capture', 'succeeded')).toBe('requires_capture 2000 captured 1500');
  });
});
