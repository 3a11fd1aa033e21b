/** Reports of operations that were given up or never sent, and reports that contradict a stored outcome: money is never dropped (I13, I15, ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../../../functions/channels/port/port.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import {
  contradictsOperation,
  mustWait,
  type ReportedOperation,
} from '../../../functions/payments/operations/operation-outcome.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { authorizedAttempt, created, sent } from '../notifications/images.ts';
import {
  apply,
  DECLINE,
  FAILED,
  facts,
  hold,
  multicapture,
  operation,
  refused,
  SUCCEEDED,
  statuses,
} from './holding.ts';

describe('a success of an operation that was given up', () => {
  it('takes effect while nothing has followed', () => {
    const given = hold({ refusedOperation: refused('capture') });
    expect(apply(given)).toMatchObject({ status: 'succeeded', capture: { amount: 2_000n } });
    expect(apply(given, SUCCEEDED, { ordinal: 1 })).toMatchObject({ status: 'succeeded' });
    const voided = hold({ refusedOperation: refused('void') });
    expect(apply(voided, SUCCEEDED, { ordinal: 1 })).toMatchObject({ status: 'canceled' });
  });

  it('under another number is not that operation', () => {
    const given = hold({ refusedOperation: refused('void', { operation: 2 }) });
    expect(apply(given)).toBeUndefined();
    expect(apply(hold({ pending: operation('void', { operation: 2 }) }))).toBeUndefined();
  });

  it('is unapplied money where another attempt has followed', () => {
    const first: Attempt = { ...sent, status: 'closed', manual: true };
    const second: Attempt = { ...authorizedAttempt, ordinal: 2 };
    const given = hold({ attempts: [first, second], refusedOperation: refused('capture') });
    const after = apply(given, SUCCEEDED, { ordinal: 1 })!;

    expect(after).toMatchObject({ cause: 'surplus_received', status: 'requires_capture' });
    expect(after.attempts[0]!.unapplied).toMatchObject([{ amount: 2_000n, operation: 3 }]);
    expect(after.attempts[1]).toEqual(second);
    // A void of the first attempt is nothing to the second.
    expect(
      apply(hold({ attempts: [first, second], refusedOperation: refused('void') }), SUCCEEDED, { ordinal: 1 }),
    ).toBeUndefined();
  });

  it('takes effect while it is under way, whatever attempt it names', () => {
    const first: Attempt = { ...sent, status: 'closed', manual: true };
    const pending = operation('capture');
    const two = hold({ attempts: [first, { ...authorizedAttempt, ordinal: 2 }], pending });
    expect(apply(two, SUCCEEDED, { ordinal: 1 })).toMatchObject({ status: 'succeeded' });
  });
});

describe('a capture that was not asked for', () => {
  const took = (amount?: bigint): ReportedOperation => ({
    facts: { kind: 'capture', ...(amount !== undefined && { amount }) },
  });
  const unasked = (payment: Payment, named: ReportedOperation, number = 9) => apply(payment, SUCCEEDED, named, number);

  it('is a capture of the payment while that waits for it, and names its operation', () => {
    const after = unasked(hold({ refusedOperation: refused('void', { operation: 2 }) }), took(700n))!;

    expect(after).toMatchObject({ cause: 'captured', status: 'succeeded', capture: { amount: 700n, operation: 9 } });
    expect(after.capture).not.toHaveProperty('keepsRest');
    expect(after).not.toHaveProperty('refusedOperation');
    expect(statuses(after)).toEqual(['captured']);
  });

  it('keeps the rest of a hold that can be captured in parts', () => {
    expect(unasked(hold({}, multicapture), took(700n))).toMatchObject({
      status: 'requires_capture',
      capture: { amount: 700n, operation: 9, keepsRest: true },
    });
    expect(unasked(hold({}, multicapture), took(2_000n))).toMatchObject({ status: 'succeeded' });
    const other = unasked(hold({}, { features: ['increment'] }), took(700n));
    expect(other).toMatchObject({ status: 'succeeded' });
  });

  it('of more than is left, or of another attempt, is unapplied', () => {
    const more = unasked(hold(), took(2_001n))!;
    expect(more).toMatchObject({ cause: 'surplus_received', status: 'requires_capture' });
    expect(more.attempts[0]!.unapplied).toMatchObject([{ amount: 2_001n, operation: 9 }]);
    const first: Attempt = { ...sent, status: 'voided', manual: true };
    const two = hold({ attempts: [first, { ...authorizedAttempt, ordinal: 2 }] });
    const after = unasked(two, { ...took(5n), ordinal: 1 })!;
    expect(after.attempts[0]!.unapplied).toMatchObject([{ amount: 5n }]);
    expect(after.attempts[1]).not.toHaveProperty('unapplied');
    const voided: Attempt = { ...authorizedAttempt, status: 'voided' };
    const late = unasked(hold({ status: 'canceled', attempts: [voided] }), took(700n))!;
    expect(late.attempts[0]!.unapplied).toMatchObject([{ amount: 700n, operation: 9 }]);
  });

  it('is about the attempt that operations are about where none is named', () => {
    const first: Attempt = { ...sent, status: 'failed', manual: true };
    const two = hold({ attempts: [first, { ...authorizedAttempt, ordinal: 2 }] });
    expect(unasked(two, took(700n))).toMatchObject({ status: 'succeeded', capture: { amount: 700n } });
  });

  it.each<[string, Payment, ReportedOperation]>([
    ['of nothing', hold(), took(0n)],
    ['of less than nothing', hold(), took(-1n)],
    ['of an unknown amount', hold(), took()],
    ['of an attempt that is not there', hold(), { ...took(700n), ordinal: 7 }],
    ['of a payment without attempts', { ...created, operations: 3 }, took(700n)],
    ['that is a void', hold(), { facts: { kind: 'void', amount: 700n } }],
    ['that no query describes', hold(), {}],
    ['that no query describes, after another one,', hold({ refusedOperation: refused('capture') }), {}],
    ['while another operation is under way', hold({ pending: operation('void') }), took(700n)],
  ])('%s changes nothing', (_what, payment, named) => {
    expect(unasked(payment, named)).toBeUndefined();
  });

  it.each<[string, Payment]>([
    ['a capture', hold({ capture: facts(700n, { operation: 9 }), operations: 20 })],
    ['a later capture', hold({ capture: facts(1n), laterCaptures: [facts(700n, { operation: 9 })], operations: 20 })],
    [
      'one of several increments',
      hold(
        {},
        {
          increments: [
            { operation: 8, amount: 2_100n, decidedMs: 1 },
            { operation: 9, amount: 2_500n, decidedMs: 2 },
          ],
        },
      ),
    ],
    [
      'one of several sums of unapplied money',
      hold(
        {},
        {
          unapplied: [
            { number: 31, amount: 1n, receivedMs: 1 },
            { number: 32, amount: 700n, receivedMs: 1, operation: 9 },
          ],
        },
      ),
    ],
    ['the end of the payment', hold({ status: 'succeeded', operations: 9 })],
    ['the cancel of the payment', hold({ status: 'canceled', operations: 9 })],
  ])('and is known as %s changes nothing, and contradicts nothing', (_what, payment) => {
    expect(unasked(payment, took(700n))).toBeUndefined();
    expect(contradictsOperation(payment, 9, SUCCEEDED, { facts: { kind: 'void' } })).toBe(false);
    expect(contradictsOperation(payment, 9, FAILED)).toBe(true);
  });

  it.each<[string, Payment]>([
    [
      'an increment that was declined',
      hold({}, { increments: [{ operation: 9, amount: 1n, decidedMs: 1, decline: DECLINE }] }),
    ],
    ['an increment under another number', hold({}, { increments: [{ operation: 8, amount: 1n, decidedMs: 1 }] })],
    ['a capture under another number', hold({ capture: facts(1n, { operation: 8 }), operations: 9 })],
    ['unapplied money of another', hold({}, { unapplied: [{ number: 31, amount: 7n, receivedMs: 1, operation: 8 }] })],
    ['the last operation of a hold', hold({ operations: 9 })],
    ['the end under another number', hold({ status: 'succeeded', operations: 8 })],
    [
      'an end that was refused',
      hold({ status: 'canceled', operations: 9, refusedOperation: refused('void', { operation: 9 }) }),
    ],
  ])('is news beside %s', (_what, payment) => {
    expect(unasked(payment, took(700n))).toBeDefined();
    expect(contradictsOperation(payment, 9, FAILED)).toBe(false);
  });
});

describe('a success during another operation', () => {
  const busy = hold({ pending: operation('void') });
  const named: ReportedOperation = { facts: { kind: 'capture', amount: 700n } };

  it('must wait where it is news of money', () => {
    expect(mustWait(busy, 9, SUCCEEDED, named)).toBe(true);
  });

  it.each<[string, Payment, number, OperationOutcome, ReportedOperation]>([
    ['it failed', busy, 9, FAILED, named],
    ['nothing is under way', hold(), 9, SUCCEEDED, named],
    ['it is the one under way', hold({ pending: operation('capture') }), 3, SUCCEEDED, named],
    ['it is not about money', busy, 9, SUCCEEDED, { facts: { kind: 'void' } }],
    [
      'its money is known',
      hold({ pending: operation('void'), capture: facts(700n, { operation: 9 }) }),
      9,
      SUCCEEDED,
      named,
    ],
  ])('need not wait where %s', (_what, payment, number, outcome, about) => {
    expect(mustWait(payment, number, outcome, about)).toBe(false);
  });
});

describe('a contradiction', () => {
  it('is a success of something that did nothing, unless its money is booked', () => {
    const booked = hold({}, { unapplied: [{ number: 31, amount: 700n, receivedMs: 1 }] });
    const named: ReportedOperation = { facts: { kind: 'capture', amount: 700n } };

    expect(contradictsOperation(hold(), 9, SUCCEEDED)).toBe(true);
    expect(contradictsOperation(hold(), 9, SUCCEEDED, named)).toBe(true);
    expect(contradictsOperation(booked, 9, SUCCEEDED, named)).toBe(false);
    expect(contradictsOperation(booked, 9, SUCCEEDED, { facts: { kind: 'void' } })).toBe(true);
    expect(contradictsOperation(booked, 9, SUCCEEDED)).toBe(true);
    expect(contradictsOperation({ ...created, operations: 3 }, 9, SUCCEEDED, named)).toBe(true);
  });

  it('is never one of a return of surplus, nor of the operation under way', () => {
    expect(contradictsOperation(hold(), 0, SUCCEEDED)).toBe(false);
    expect(contradictsOperation(hold({ pending: operation('capture') }), 3, SUCCEEDED)).toBe(false);
    expect(contradictsOperation(hold({ pending: operation('capture') }), 2, SUCCEEDED)).toBe(true);
  });
});
