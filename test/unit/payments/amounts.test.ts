/** Operations that take or hold another amount than they were asked for, and the entries of it: booked, and never dropped (I15, ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { OperationFacts } from '../../../functions/channels/port/port.ts';
import { type Attempt, askedAmount, authorizedAmount } from '../../../functions/payments/attempt.ts';
import { renderCharge } from '../../../functions/payments/charge-wire.ts';
import { contradictsOperation, operationDiffers } from '../../../functions/payments/operations/operation-outcome.ts';
import { capturedAmount, type Payment } from '../../../functions/payments/payment.ts';
import { renderPayment } from '../../../functions/payments/wire.ts';
import { entriesOf } from '../../../functions/stream/posting.ts';
import { apply, facts, hold, multicapture, operation, SUCCEEDED } from './holding.ts';

/** The payment after operation 3 of this kind, which asked for `asked`, was carried out over `done`. */
const carriedOut = (kind: 'capture' | 'increment', asked: bigint, done: bigint, payment: Payment = hold()): Payment => {
  const pending = { ...payment, pending: operation(kind, { amount: asked }) };
  return apply(pending, SUCCEEDED, { ordinal: 1, facts: { kind, amount: done } })!;
};
const unappliedOf = ({ attempts }: Payment) => (attempts[0]!.unapplied ?? []).map(({ amount }) => amount);
const entries = (payment: Payment): readonly string[] =>
  entriesOf({ kind: 'payment', new: payment }).map(
    ({ type, step, legs }) =>
      `${type} ${step}: ${legs.map(({ account, amount }) => `${account} ${amount}`).join(', ')}`,
  );

describe('a capture', () => {
  it.each([
    ['the amount asked for', 1_500n, 1_500n, 'succeeded 1500', []],
    ['less than asked for', 1_500n, 1_200n, 'succeeded 1200', []],
    ['more than asked for, within the hold', 1_500n, 1_700n, 'succeeded 1500', [200n]],
    ['more than the hold', 2_000n, 2_300n, 'succeeded 2000', [300n]],
  ] as const)('that took %s is booked with what it took', (_what, asked, done, expected, unapplied) => {
    const payment = carriedOut('capture', asked, done);

    expect(`${payment.status} ${capturedAmount(payment)}`).toBe(expected);
    expect(unappliedOf(payment)).toEqual(unapplied);
  });

  it.each([
    ['less', 300n, 'requires_capture 300', []],
    ['more', 700n, 'requires_capture 500', [200n]],
  ] as const)('that keeps the rest and took %s keeps it', (_what, done, expected, unapplied) => {
    const several = hold({}, multicapture);
    const pending = { ...several, pending: operation('capture', { amount: 500n, keepsRest: true }) };
    const payment = apply(pending, SUCCEEDED, { facts: { kind: 'capture', amount: done } })!;

    expect(`${payment.status} ${capturedAmount(payment)}`).toBe(expected);
    expect(unappliedOf(payment)).toEqual(unapplied);
  });

  it('that took more is posted as the capture that was asked for, and as unapplied money', () => {
    const payment = carriedOut('capture', 2_000n, 2_300n);

    expect(entries(payment)).toEqual([
      'authorized 1: memo:auth_hold 2000, memo:auth_commit 2000',
      'surplus_received 31: assets:channel:sandbox 300, liab:suspense_over:sandbox 300',
      expect.stringContaining('captured 1: memo:auth_commit 2000, memo:auth_hold 2000, assets:channel:sandbox 2000'),
    ]);
  });

  it('that says nothing of an amount, or of another kind, took what it was asked for', () => {
    const pending = hold({ pending: operation('capture') });
    const told: readonly (OperationFacts | undefined)[] = [
      undefined,
      { kind: 'capture' },
      { kind: 'capture', amount: 0n },
      { kind: 'increment', amount: 700n },
    ];

    for (const one of told)
      expect(apply(pending, SUCCEEDED, { facts: one })).toMatchObject({ capture: { amount: 2_000n } });
  });

  it('needs a person where it took another amount, while it is under way', () => {
    const pending = hold({ pending: operation('capture') });
    const named = (amount: bigint) => ({ facts: { kind: 'capture', amount } as const });

    expect([1_999n, 2_000n, 2_001n].map((amount) => operationDiffers(pending, 3, named(amount)))).toEqual([
      true,
      false,
      true,
    ]);
    expect(operationDiffers(pending, 2, named(5n))).toBe(false);
    expect(operationDiffers(hold(), 3, named(5n))).toBe(false);
    expect(operationDiffers(hold({ pending: operation('void') }), 3, named(5n))).toBe(false);
  });

  it('that was booked when the attempt was reported is the same money when the operation is', () => {
    const unasked = hold({ status: 'succeeded', capture: facts(2_000n, { unasked: true }) }, { status: 'captured' });
    const named = (amount: bigint) => ({ ordinal: 1, facts: { kind: 'capture', amount } as const });

    expect(apply(unasked, SUCCEEDED, named(2_000n), 9)).toBeUndefined();
    expect(contradictsOperation(unasked, 9, SUCCEEDED, named(2_000n))).toBe(false);
    expect(unappliedOf(apply(unasked, SUCCEEDED, named(2_300n), 9)!)).toEqual([300n]);
  });
});

describe('an increment', () => {
  it.each([
    ['the total asked for', 3_000n, 3_000n, 3_000n, 3_000n],
    ['less than asked for', 3_000n, 2_600n, 2_600n, 2_600n],
    ['no more than before', 3_000n, 2_000n, 2_000n, 2_000n],
    ['less than before', 3_000n, 1_800n, 2_000n, 1_800n],
    ['more than asked for', 3_000n, 3_500n, 3_000n, 3_500n],
  ] as const)('that holds %s is booked with what is held', (_what, asked, done, amount, held) => {
    const payment = carriedOut('increment', asked, done);

    expect(payment).toMatchObject({ status: 'requires_capture', amount });
    expect(authorizedAmount(payment.attempts[0]!)).toBe(held);
    const ended = carriedOut('capture', amount, amount, payment);
    const memo = entriesOf({ kind: 'payment', new: ended })
      .flatMap(({ legs }) => legs)
      .filter(({ account }) => account === 'memo:auth_hold')
      .reduce((sum, { side, amount: leg }) => (side === 'debit' ? sum + leg : sum - leg), 0n);
    expect(memo).toBe(0n);
  });

  it('that was not requested has entries, and does not change the requested amount', () => {
    const increments: Attempt['increments'] = [
      { operation: 1, amount: 2_500n, decidedMs: 10 },
      { operation: 2, amount: 2_200n, decidedMs: 20, unasked: true },
      { operation: 3, amount: 2_200n, decidedMs: 30, unasked: true },
    ];
    const payment = hold({ amount: 2_500n }, { increments });

    expect(askedAmount(payment.attempts[0]!)).toBe(2_500n);
    expect(entries(payment)).toEqual([
      'authorized 1: memo:auth_hold 2000, memo:auth_commit 2000',
      'incremented 1: memo:auth_hold 500, memo:auth_commit 500',
      'incremented 2: memo:auth_commit 300, memo:auth_hold 300',
    ]);
  });
});

describe('a hold of another amount than was asked for', () => {
  it('has the memo of the held amount, and shows the requested one', () => {
    const payment = hold({}, { held: 2_400n });

    expect(entries(payment)).toEqual(['authorized 1: memo:auth_hold 2400, memo:auth_commit 2400']);
    expect(renderCharge(payment, 1)).toMatchObject({
      amount: 2_000,
      payment_method_details: { card: { amount_authorized: 2_400, overcapture: { maximum_amount_capturable: 2_000 } } },
    });
    expect(renderPayment(payment)).toMatchObject({ amount: 2_000, amount_capturable: 2_000 });
  });
});
