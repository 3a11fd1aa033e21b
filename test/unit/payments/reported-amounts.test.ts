/** What a report asks of a person, and whether it is news: `differs` and `isNews` of each meaning (ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../../functions/channels/port/port.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import { applyOutcome, isNews } from '../../../functions/payments/outcome.ts';
import { differs } from '../../../functions/payments/outcome-table.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { COMMIT, captureOf, known, OUTCOMES } from './known.ts';

const captured = (amount: bigint): AttemptOutcome => ({ ...OUTCOMES.captured, amount });
const hold = (changes: Partial<Payment> = {}): Payment => known('authorized', true, changes);
const attemptOf = (payment: Payment): Attempt => payment.attempts[0]!;
const partly = { capture: captureOf(700n), laterCaptures: [captureOf(500n)] };

describe('a report of money needs a person', () => {
  it.each([
    ['a part of a hold that was taken unasked', hold(), captured(700n), true],
    ['one more part of it', hold(partly), captured(1_500n), true],
    ['the whole hold', hold(), captured(2_000n), false],
    ['all that is left of it', hold(partly), captured(2_000n), false],
    ['what was captured of it so far', hold(partly), captured(1_200n), false],
    ['more than the hold, which is unapplied money', hold(), captured(2_001n), false],
    ['less than was asked for in one step', known('sent', false), captured(1n), false],
    ['the amount that was asked for in one step', known('sent', false), captured(2_000n), false],
    ['a hold without an amount', known('sent', true), OUTCOMES.authorized, false],
    ['a hold of another amount', known('sent', true), { ...OUTCOMES.authorized, amount: 2_500n }, true],
    ['a decline', known('sent', true), OUTCOMES.failed, false],
  ] as const)('%s: %#', (_, payment, outcome, expected) => {
    expect(differs(payment, attemptOf(payment), outcome)).toBe(expected);
  });
});

describe('a report is news', () => {
  it.each([
    ['an outcome of an attempt without one', known('sent', false), captured(2_000n), true],
    ['a capture of a hold', hold(), captured(2_000n), true],
    ['money beside what was captured', known('captured', false), captured(2_001n), true],
    ['a repeated capture', known('captured', false), OUTCOMES.captured, false],
    ['an unknown outcome', known('sent', false), OUTCOMES.unknown, false],
    ['a pending one', known('sent', false), OUTCOMES.pending, false],
    ['a decline of what was captured', known('captured', false), OUTCOMES.failed, false],
    ['less than was captured', known('captured', true), captured(700n), false],
  ] as const)('%s: %#', (_, payment, outcome, expected) => {
    expect(isNews(payment, attemptOf(payment), outcome)).toBe(expected);
    expect(applyOutcome(payment, 1, outcome, COMMIT) !== undefined).toBe(expected);
  });

  it('while an increment is under way, a hold of an amount between the two waits', () => {
    const payment = hold({
      pending: { kind: 'increment', operation: 1, amount: 3_000n, sentMs: 1 },
      operations: 1,
    });
    const outcome: AttemptOutcome = { ...OUTCOMES.authorized, amount: 2_500n };

    expect(isNews(payment, attemptOf(payment), outcome)).toBe(false);
  });
});

it('less than was asked for is declined in words that say so, and the method leaves the payment', () => {
  const payment = known('sent', false);
  const after = applyOutcome(payment, 1, captured(1n), COMMIT)!;

  expect(after.attempts[0]!.decline).toEqual({
    code: 'processing_error',
    message: 'Your card was approved for a part of the amount only. What was taken is returned.',
  });
  expect(after.cause).toBe('outcome');
  expect(after).not.toHaveProperty('method');
});
