/** Every amount that is reported of an attempt against its stored amount, held and captured, and the effect (ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../../functions/channels/port/port.ts';
import { type Attempt, type AttemptStatus, authorizedAmount } from '../../../functions/payments/attempt.ts';
import { applyOutcome } from '../../../functions/payments/outcome.ts';
import { differs, meaningOf } from '../../../functions/payments/outcome-table.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { COMMIT, captureOf, known, led, OUTCOMES } from './known.ts';

describe('an amount that is reported as captured', () => {
  const reported = (amount: bigint): AttemptOutcome => ({ ...OUTCOMES.captured, amount });
  const partly = { capture: captureOf(700n), laterCaptures: [captureOf(500n)] };
  const hold = (status: AttemptStatus, changes: Partial<Payment> = {}) => known(status, true, changes);
  const withAttempt = (payment: Payment, changes: Partial<Attempt>): Payment => ({
    ...payment,
    attempts: [{ ...payment.attempts[0]!, ...changes }],
  });
  const received = { number: 31, amount: 2_000n, receivedMs: 1 };
  const pending = (kind: 'capture' | 'void' | 'increment') => ({
    pending: { kind, operation: 1, amount: 2_000n, sentMs: 1 },
    operations: 1,
  });

  it.each([
    ['less than was asked for', hold('sent'), 1_999n, 'requires_payment_method, captured surplus 1999'],
    ['less than a declined attempt', hold('failed'), 1_999n, 'requires_payment_method, captured surplus 1999'],
    ['less in one step', known('sent', false), 1n, 'requires_payment_method, captured surplus 1'],
    ['more than was asked for', hold('requires_action'), 2_001n, 'succeeded, captured unapplied 1'],
    ['more in one step', known('sent', false), 2_500n, 'succeeded, captured unapplied 500'],
    ['more than a declined attempt', known('failed', false), 2_001n, 'succeeded, captured unapplied 1'],
    ['nothing', hold('sent'), 0n, 'alarm'],
    ['a part of a hold', hold('authorized'), 700n, 'succeeded, captured'],
    ['more than the hold', hold('authorized'), 2_001n, 'succeeded, captured unapplied 1'],
    ['all that is left of a hold', hold('authorized', partly), 2_000n, 'succeeded, captured'],
    ['what was captured of it so far', hold('authorized', partly), 1_200n, 'same'],
    ['what was captured of it at first', hold('authorized', partly), 700n, 'same'],
    ['another part', hold('authorized', partly), 900n, 'alarm'],
    ['one more part', hold('authorized', partly), 1_500n, 'succeeded, captured'],
    [
      'one more part of a hold that can be captured again',
      withAttempt(hold('authorized', partly), { features: ['multicapture'] }),
      1_500n,
      'requires_capture, authorized',
    ],
    ['more than the rest of a hold', hold('authorized', partly), 2_100n, 'succeeded, captured unapplied 100'],
    ['what was captured in part', hold('captured', { capture: captureOf(700n) }), 700n, 'same'],
    [
      'more than was captured in part',
      hold('captured', { capture: captureOf(700n) }),
      2_000n,
      'succeeded, captured unapplied 1300',
    ],
    ['less than was captured', hold('captured'), 700n, 'alarm'],
    ['more than was captured', hold('captured'), 2_001n, 'succeeded, captured unapplied 1'],
    [
      'what was captured before the unapplied money',
      withAttempt(hold('captured'), { unapplied: [received] }),
      2_000n,
      'same',
    ],
    ['both', withAttempt(hold('captured'), { unapplied: [received] }), 4_000n, 'same'],
    ['a part of a canceled hold', hold('voided'), 700n, 'canceled, voided unapplied 700'],
    ['more than a canceled hold', hold('voided'), 2_500n, 'canceled, voided unapplied 2500'],
    ['what is booked already', withAttempt(hold('voided'), { unapplied: [received] }), 2_000n, 'same'],
    ['less than is booked', withAttempt(hold('voided'), { unapplied: [received] }), 1_000n, 'alarm'],
    [
      'more than is booked',
      withAttempt(hold('voided'), { unapplied: [received] }),
      2_400n,
      'canceled, voided unapplied 2000 unapplied 400',
    ],
    ['what is being captured', hold('authorized', pending('capture')), 2_000n, 'requires_capture, authorized ask 2000'],
    ['what is being voided', hold('authorized', pending('void')), 2_000n, 'requires_capture, authorized ask 2000'],
    ['what is being raised', hold('authorized', pending('increment')), 2_000n, 'requires_capture, authorized ask 2000'],
    [
      'what a void of the challenge decides',
      hold('requires_action', pending('void')),
      2_000n,
      'requires_action, requires_action ask 2000',
    ],
    [
      'what the channel is asked about already',
      withAttempt(hold('authorized', pending('void')), { reported: { amount: 2_000n } }),
      2_000n,
      'same',
    ],
    [
      'what the channel has explained',
      withAttempt(known('closed', false), { reported: { amount: 2_000n, resolvedMs: 9 } }),
      2_000n,
      'same',
    ],
    [
      'a surplus hold',
      withAttempt(hold('authorized', { status: 'canceled' }), { surplus: true }),
      2_000n,
      'canceled, voided surplus 2000 unapplied 2000',
    ],
    [
      'surplus that was returned',
      withAttempt(hold('captured', { status: 'canceled' }), {
        status: 'voided',
        surplus: true,
        voided: { committedMs: 9, was: 'captured' },
      }),
      2_000n,
      'same',
    ],
    [
      'another amount than a late attempt asked for',
      hold('requires_action', { status: 'canceled' }),
      1_500n,
      'canceled, captured surplus 1500',
    ],
  ])('%s: %#', (_what, payment, amount, expected) => {
    const before = structuredClone(payment);
    // A charge whose capture is there but whose payment is another's is none of the payment's money.
    const { capture: _, ...rest } = payment;
    const about = payment.attempts[0]?.surplus ? rest : payment;

    expect(led(about, reported(amount))).toBe(expected);
    expect(payment).toEqual(before);
  });
});

describe('an amount that is reported as held', () => {
  const reported = (amount: bigint): AttemptOutcome => ({ ...OUTCOMES.authorized, amount });
  const withAttempt = (payment: Payment, changes: Partial<Attempt>): Payment => ({
    ...payment,
    attempts: [{ ...payment.attempts[0]!, ...changes }],
  });
  const raised = withAttempt(known('authorized', true, { amount: 3_000n }), {
    increments: [{ operation: 1, amount: 3_000n, decidedMs: 1 }],
  });
  const under = (kind: 'capture' | 'void' | 'increment', amount: bigint) =>
    known('authorized', true, { pending: { kind, operation: 1, amount, sentMs: 1 }, operations: 1 });
  /** With what is held, and what was held at first. */
  const ledTo = (payment: Payment, amount: bigint): string => {
    const [attempt] = payment.attempts as [Attempt];
    if (meaningOf(payment, attempt, reported(amount)) === 'wait') return 'wait';
    const after = applyOutcome(payment, 1, reported(amount), COMMIT);
    const person = differs(payment, attempt, reported(amount)) ? ', alarm' : '';
    const held = after ? ` of ${authorizedAmount(after.attempts[0]!)}` : '';
    return `${led(payment, reported(amount))}${held}${person}`;
  };

  it.each([
    ['as asked', known('sent', true), 2_000n, 'requires_capture, authorized of 2000'],
    ['less than asked', known('sent', true), 700n, 'requires_payment_method, authorized surplus 2000 of 700, alarm'],
    [
      'less after a challenge',
      known('requires_action', true),
      700n,
      'requires_payment_method, authorized surplus 2000 of 700, alarm',
    ],
    [
      'less after a decline',
      known('failed', true),
      700n,
      'requires_payment_method, authorized surplus 2000 of 700, alarm',
    ],
    ['more than asked', known('sent', true), 2_001n, 'requires_capture, authorized of 2001, alarm'],
    ['nothing', known('sent', true), 0n, 'alarm'],
    [
      'less after another try',
      known('authenticated', true),
      700n,
      'requires_confirmation, authorized surplus 2000 of 700, alarm',
    ],
    ['the same of a live hold', known('authorized', true), 2_000n, 'same'],
    ['less of a live hold', known('authorized', true), 700n, 'requires_capture, authorized of 700, alarm'],
    ['more of a live hold', known('authorized', true), 2_500n, 'requires_capture, authorized of 2500, alarm'],
    ['nothing of a live hold', known('authorized', true), 0n, 'alarm'],
    ['less than was captured', known('authorized', true, { capture: captureOf(900n) }), 800n, 'alarm'],
    ['the hold before its increment', raised, 2_000n, 'same'],
    ['the hold after its increment', raised, 3_000n, 'same'],
    ['another than the increment', raised, 2_500n, 'requires_capture, authorized of 2500, alarm'],
    ['what is being raised to', under('increment', 2_500n), 2_500n, 'same'],
    ['another while it is raised', under('increment', 2_500n), 2_400n, 'wait'],
    ['another while it is captured', under('capture', 2_000n), 2_400n, 'wait'],
    ['another while it is voided', under('void', 2_000n), 2_400n, 'wait'],
    ['another than was captured', known('captured', true), 700n, 'same'],
    ['of a hold that was voided', known('voided', true), 700n, 'same'],
    [
      'of a challenge that was closed, so that the channel is asked',
      known('closed', true),
      700n,
      'canceled, closed ask of 2000',
    ],
  ])('%s: %#', (_what, payment, amount, expected) => {
    expect(ledTo(payment, amount)).toBe(expected);
  });
});
