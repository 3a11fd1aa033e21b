/** What one report of an attempt means, where other attempts, operations and captures of the payment decide it (ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome, AttemptState, OperationOutcome } from '../../../functions/channels/port/port.ts';
import { type Currency, parseCurrency } from '../../../functions/kernel/money.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import {
  contradicts,
  isCurrent,
  isTakenBack,
  isWanted,
  meaningOf,
  takenBy,
} from '../../../functions/payments/outcome-table.ts';
import type { CaptureFacts, Payment } from '../../../functions/payments/payment.ts';
import { created, sent, terms } from '../notifications/images.ts';

const EUR: Currency = parseCurrency('eur')!;
const attempt = (ordinal: number, changes: Partial<Attempt> = {}): Attempt => ({ ...sent, ordinal, ...changes });
const payment = (status: Payment['status'], attempts: readonly Attempt[], changes: Partial<Payment> = {}): Payment => ({
  ...created,
  status,
  attempts,
  ...changes,
});
const WALLET = { id: 'pm_1', type: 'paypal' } as const;
const capture = (amount: bigint): CaptureFacts => ({ amount, fee: 0n, reserve: 0n, terms, capturedMs: 1 });
const captured = (amount: bigint): AttemptOutcome => ({ kind: 'captured', authorizationCode: 'A1', amount });
const meaning = (of: Payment, ordinal: number, outcome: AttemptOutcome) =>
  meaningOf(of, of.attempts.find((one) => one.ordinal === ordinal)!, outcome);
const under = (kind: 'capture' | 'void' | 'increment'): Partial<Payment> => ({
  operations: 1,
  pending: { kind, operation: 1, amount: 2_000n, sentMs: 1 },
});

describe('a first report of money', () => {
  const left = (changes: Partial<Attempt> = {}) =>
    payment('requires_confirmation', [attempt(1, { status: 'authenticated', ...changes })]);

  it('of an attempt that the payment does not wait for is an outcome over any amount but nothing', () => {
    expect(meaning(left(), 1, captured(2_000n))).toBe('outcome');
    expect(meaning(left(), 1, captured(5n))).toBe('outcome');
    expect(meaning(left(), 1, captured(0n))).toBe('contradiction');
    expect(contradicts(left(), left().attempts[0]!, captured(0n))).toBe(true);
    expect(contradicts(left(), left().attempts[0]!, captured(5n))).toBe(false);
  });

  it('is an outcome over any amount but nothing where the payment waits for it', () => {
    const waits = payment('processing', [attempt(1)]);
    expect(meaning(waits, 1, captured(2_000n))).toBe('outcome');
    expect(meaning(waits, 1, captured(1_999n))).toBe('outcome');
    expect(meaning(waits, 1, captured(0n))).toBe('contradiction');
  });

  const BESIDE: readonly (readonly [AttemptOutcome, string, string])[] = [
    [{ kind: 'failed', decline: { code: 'card_declined', message: 'no' } }, 'ended', 'ended'],
    [captured(2_000n), 'ask', 'ask'],
    [{ kind: 'authorized', authorizationCode: 'A1' }, 'outcome', 'ask'],
    [{ kind: 'authenticated' }, 'nothing', 'nothing'],
    [{ kind: 'pending' }, 'nothing', 'nothing'],
    [{ kind: 'requires_action', action: { kind: 'redirect', url: 'https://bank.example' } }, 'known', 'known'],
    [{ kind: 'approved' }, 'nothing', 'nothing'],
    [{ kind: 'unknown', reason: 'lost' }, 'nothing', 'nothing'],
  ];

  it.each(BESIDE.map(([outcome, ...means]) => [outcome.kind, outcome, ...means] as const))(
    '%s, beside a void of an attempt that waits for its payer, and beside a close',
    (_kind, outcome, void_, close) => {
      const waiting = attempt(1, { status: 'requires_action', method: WALLET });
      const voids = payment('requires_action', [waiting], under('void'));
      const closes = { ...voids, pending: { ...voids.pending!, closes: true as const } };

      expect([meaning(voids, 1, outcome), meaning(closes, 1, outcome)]).toEqual([void_, close]);
    },
  );

  it('is a question to the channel while the attempt is voided, and an outcome of any attempt before it', () => {
    const two = payment('requires_action', [attempt(1), attempt(2, { status: 'requires_action' })], under('void'));
    expect(meaning(two, 2, captured(2_000n))).toBe('ask');
    expect(meaning(two, 1, captured(2_000n))).toBe('outcome');
    const capturing = payment('requires_action', [attempt(1, { status: 'requires_action' })], under('capture'));
    expect(meaning(capturing, 1, captured(2_000n))).toBe('outcome');
  });
});

describe('a later report of money', () => {
  const earlier = (changes: Partial<Attempt> = {}) => attempt(1, { status: 'voided', manual: true, ...changes });

  it('of an attempt before the one that paid is unapplied, whatever that one took', () => {
    const other = attempt(2, { status: 'captured' });
    const paid = payment('succeeded', [earlier(), other], { capture: capture(2_000n) });

    expect(takenBy(paid, earlier())).toBe(0n);
    expect(takenBy(paid, other)).toBe(2_000n);
    expect(meaning(paid, 1, captured(2_000n))).toBe('unapplied');
    expect(meaning(paid, 2, captured(2_000n))).toBe('known');
  });

  it('waits for an operation on its own attempt, and not for one on another', () => {
    const held = payment(
      'requires_capture',
      [earlier(), attempt(2, { status: 'authorized', manual: true })],
      under('capture'),
    );

    expect(meaning(held, 1, captured(2_000n))).toBe('unapplied');
    expect(meaning(held, 2, captured(2_000n))).toBe('ask');
  });

  it.each<[string, Partial<Attempt>, string]>([
    ['a hold that was voided', { status: 'voided', manual: true }, 'unapplied'],
    ['a hold that was closed', { status: 'closed', manual: true }, 'unapplied'],
    // Only the channel knows whether the void returned it.
    ['a charge in one step that was closed', { status: 'closed', manual: false }, 'ask'],
    ['a charge in one step that was voided', { status: 'voided', manual: false }, 'unapplied'],
  ])('for %s', (_what, changes, expected) => {
    expect(meaning(payment('canceled', [attempt(1, changes)]), 1, captured(2_000n))).toBe(expected);
  });

  it.each<[string, Partial<Attempt>, bigint, string]>([
    ['less than before', { reported: { amount: 2_000n } }, 1_999n, 'known'],
    ['the same as before', { reported: { amount: 2_000n } }, 2_000n, 'known'],
    ['more than before', { reported: { amount: 2_000n } }, 2_001n, 'ask'],
    ['something for the first time', {}, 1n, 'ask'],
  ])('that the channel is asked about says %s', (_what, changes, amount, expected) => {
    const closed = attempt(1, { status: 'closed', manual: false, ...changes });
    expect(meaning(payment('canceled', [closed]), 1, captured(amount))).toBe(expected);
  });

  it('is known where it is the sum of the first captures, in their order, and contradicts otherwise', () => {
    const parts = payment('requires_capture', [attempt(1, { status: 'authorized', manual: true })], {
      capture: capture(300n),
      laterCaptures: [capture(400n), capture(500n)],
    });

    const meanings = [299n, 300n, 400n, 500n, 700n, 900n, 1_200n].map((total) => meaning(parts, 1, captured(total)));
    expect(meanings).toEqual([
      'contradiction',
      'known',
      'contradiction',
      'contradiction',
      'known',
      'contradiction',
      'known',
    ]);
    expect(meaning(parts, 1, captured(1_201n))).toBe('capture');
    expect(meaning(parts, 1, captured(2_000n))).toBe('capture');
  });

  it('counts surplus and unapplied money as taken', () => {
    const surplus = attempt(1, {
      status: 'captured',
      surplus: true,
      taken: 1_500n,
      unapplied: [
        { number: 31, amount: 200n, receivedMs: 1 },
        { number: 32, amount: 50n, receivedMs: 2, returnedMs: 3 },
      ],
    });
    const canceled = payment('canceled', [surplus]);

    expect(takenBy(canceled, surplus)).toBe(1_750n);
    expect(meaning(canceled, 1, captured(1_750n))).toBe('known');
    expect(meaning(canceled, 1, captured(1_749n))).toBe('contradiction');
    expect(meaning(canceled, 1, captured(1_751n))).toBe('unapplied');
  });
});

describe('the attempt that a payment waits for', () => {
  it('is its last one, while no outcome is known', () => {
    const two = (status: Payment['status']) => payment(status, [attempt(1), attempt(2)]);
    const current = (status: Payment['status'], ordinal: number) => isCurrent(two(status), attempt(ordinal));

    expect([current('processing', 2), current('requires_action', 2)]).toEqual([true, true]);
    expect([current('processing', 1), current('requires_action', 1)]).toEqual([false, false]);
    expect([current('canceled', 2), current('succeeded', 2), current('requires_capture', 2)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(isCurrent(payment('processing', []), attempt(1))).toBe(false);
  });

  it('is also one that failed, while nothing has followed and the payment still asks for the same', () => {
    const failed = attempt(1, { status: 'failed' });
    const later = (changes: Partial<Payment>, of: Partial<Attempt> = {}) =>
      isWanted(payment('requires_payment_method', [failed], changes), { ...failed, ...of });

    expect(later({})).toBe(true);
    expect(later({ amount: 2_001n })).toBe(false);
    expect(later({ currency: EUR })).toBe(false);
    expect(later({ captureMethod: 'manual' })).toBe(false);
    expect(later({ captureMethod: 'manual' }, { manual: true })).toBe(true);
    expect(later({ captureMethod: 'automatic' }, { manual: true })).toBe(false);
    expect(later({ status: 'canceled' })).toBe(false);
    expect(later({ attempts: [failed, attempt(2, { status: 'failed' })] })).toBe(false);
    expect(later({ attempts: [] })).toBe(false);
  });
});

describe('a charge in one step', () => {
  const state = (attemptOutcome: AttemptOutcome, ...operations: readonly OperationOutcome[]): AttemptState => ({
    attempt: attemptOutcome,
    operations: new Map(operations.map((outcome, index) => [index + 1, outcome])),
  });
  const failed: OperationOutcome = { kind: 'failed', decline: { code: 'x', message: 'No.' } };
  const succeeded: OperationOutcome = { kind: 'succeeded' };

  it('is taken back by one operation that succeeded, and was captured before', () => {
    const once = attempt(1, { manual: false });

    expect(isTakenBack(once, state(captured(2_000n), failed, succeeded))).toBe(true);
    expect(isTakenBack(once, state(captured(2_000n), failed))).toBe(false);
    expect(isTakenBack(once, state(captured(2_000n)))).toBe(false);
    expect(isTakenBack(once, state({ kind: 'authorized', authorizationCode: 'A1' }, succeeded))).toBe(false);
    expect(isTakenBack(attempt(1, { manual: true }), state(captured(2_000n), succeeded))).toBe(false);
  });
});
