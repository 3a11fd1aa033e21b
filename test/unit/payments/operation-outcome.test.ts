/** What a report of a capture, a void or an increment changes: each guard by the report that it stops (I13, I15, ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { Decline, OperationOutcome } from '../../../functions/channels/port.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import type { Commit } from '../../../functions/payments/commit.ts';
import {
  applyOperation,
  contradictsOperation,
  mustWait,
  type Named,
} from '../../../functions/payments/operation-outcome.ts';
import type { CaptureFacts, Payment, PendingOperation } from '../../../functions/payments/payment.ts';
import { authorized, authorizedAttempt, created, PAID_MS, sent, terms } from '../notifications/images.ts';

const NOW_MS = PAID_MS + 5_000;
const COMMIT: Commit = { nowMs: NOW_MS, terms };
const DECLINE: Decline = { code: 'expired_or_canceled', message: 'The hold is gone.' };
const SUCCEEDED: OperationOutcome = { kind: 'succeeded' };
const FAILED: OperationOutcome = { kind: 'failed', decline: DECLINE };

const operation = (kind: PendingOperation['kind'], changes: Partial<PendingOperation> = {}): PendingOperation => ({
  kind,
  operation: 3,
  amount: 2_000n,
  sentMs: PAID_MS + 1_000,
  ...changes,
});
const refused = (kind: PendingOperation['kind'], changes: Partial<PendingOperation> = {}) => ({
  ...operation(kind, changes),
  reason: 'It never arrived.',
});
const facts = (amount: bigint, changes: Partial<CaptureFacts> = {}): CaptureFacts => ({
  amount,
  fee: 1n,
  reserve: 0n,
  terms,
  capturedMs: PAID_MS + 100,
  ...changes,
});
/** A hold over 2,000 of whose operations three were sent. */
const hold = (changes: Partial<Payment> = {}, ofAttempt: Partial<Attempt> = {}): Payment => ({
  ...authorized,
  operations: 3,
  attempts: [{ ...authorizedAttempt, ...ofAttempt }],
  ...changes,
});
const multicapture: Partial<Attempt> = { features: ['multicapture'] };
const apply = (payment: Payment, outcome: OperationOutcome = SUCCEEDED, named?: Named, number = 3) =>
  applyOperation(payment, number, outcome, COMMIT, named);
const statuses = (payment: Payment | undefined) => payment?.attempts.map(({ status }) => status);

describe('an outcome that is not known', () => {
  it.each<OperationOutcome>([{ kind: 'unknown', reason: 'not heard' }, { kind: 'pending' }])(
    'changes nothing: %j',
    (outcome) => {
      expect(apply(hold({ pending: operation('capture') }), outcome)).toBeUndefined();
      expect(apply(hold({ refusedOperation: refused('capture') }), outcome)).toBeUndefined();
      expect(contradictsOperation(hold({ status: 'succeeded' }), 3, outcome)).toBe(false);
      expect(contradictsOperation(hold(), 9, outcome)).toBe(false);
    },
  );
});

describe('a refusal', () => {
  it.each([
    ['capture', 'capture_failed'],
    ['void', 'cancel_failed'],
  ] as const)('of a %s is kept with its reason; nothing else changes', (kind, cause) => {
    const pending = operation(kind, { keyHash: 'key' });
    const before = hold({ pending });
    const after = apply(before, FAILED)!;

    expect(after).toMatchObject({
      cause,
      version: before.version + 1,
      committedMs: NOW_MS,
      status: 'requires_capture',
    });
    expect(after.refusedOperation).toEqual({ ...pending, reason: 'The hold is gone.' });
    expect(after).not.toHaveProperty('pending');
    expect(after.attempts).toEqual(before.attempts);
  });

  it('of an increment is also listed with the attempt, once', () => {
    const earlier = { operation: 1, amount: 2_000n, decidedMs: 1 };
    const again = { operation: 3, amount: 2_900n, decidedMs: 2 };
    const pending = operation('increment', { amount: 3_000n, keyHash: 'key' });
    const after = apply(hold({ pending }, { increments: [earlier, again] }), FAILED)!;

    expect(after).toMatchObject({ cause: 'increment_failed', amount: 2_000n });
    expect(after.attempts[0]!.increments).toEqual([
      earlier,
      { operation: 3, amount: 3_000n, decidedMs: NOW_MS, decline: DECLINE, keyHash: 'key' },
    ]);
  });

  it('of an operation that is not under way changes nothing', () => {
    expect(apply(hold({ pending: operation('capture', { operation: 2 }) }), FAILED)).toBeUndefined();
    expect(apply(hold(), FAILED)).toBeUndefined();
    expect(apply(hold({ refusedOperation: refused('capture') }), FAILED)).toBeUndefined();
  });
});

describe('a capture', () => {
  it('that succeeded ends the hold, with what it changes of the payment', () => {
    const changes = { description: 'Order 7', metadata: { order: '', carrier: 'post' } };
    const refusedOperation = refused('capture', { operation: 2 });
    const before = hold({
      metadata: { order: '7', shop: 'Basel' },
      refusedOperation,
      pending: operation('capture', { amount: 1_500n, keyHash: 'key', changes }),
    });
    const after = apply(before)!;

    expect(after).toMatchObject({
      cause: 'captured',
      status: 'succeeded',
      version: before.version + 1,
      description: 'Order 7',
      metadata: { shop: 'Basel', carrier: 'post' },
      operationKeyHash: 'key',
    });
    expect(after.metadata).not.toHaveProperty('order');
    // Rounded half up: 2.9 % of 1,500 are 43.5.
    expect(after.capture).toEqual({ amount: 1_500n, fee: 74n, reserve: 0n, terms, capturedMs: NOW_MS });
    expect(after).not.toHaveProperty('laterCaptures');
    expect(after).not.toHaveProperty('pending');
    expect(after).not.toHaveProperty('refusedOperation');
    expect(after.attempts).toEqual([{ ...authorizedAttempt, status: 'captured' }]);
  });

  it('changes nothing beside the money where its request did not', () => {
    const before = hold({ pending: operation('capture') });
    const after = apply(before)!;

    expect(after.metadata).toEqual(before.metadata);
    expect(after).not.toHaveProperty('operationKeyHash');
    expect(after).not.toHaveProperty('description');
  });

  it('has a commit time after the last, whatever the clock says', () => {
    const before = hold({ pending: operation('capture'), committedMs: NOW_MS + 10 });
    expect(apply(before)).toMatchObject({ committedMs: NOW_MS + 11, capture: { capturedMs: NOW_MS + 11 } });
  });

  it('leaves surplus holds and other attempts as they are', () => {
    const surplus: Attempt = { ...authorizedAttempt, ordinal: 2, surplus: true };
    const closed: Attempt = { ...sent, ordinal: 3, status: 'closed' };
    const before = hold({ pending: operation('capture'), attempts: [surplus, authorizedAttempt, closed] });
    expect(statuses(apply(before))).toEqual(['authorized', 'captured', 'closed']);
  });

  it('that keeps the rest leaves the hold, and says which it was', () => {
    const pending = operation('capture', { amount: 700n, keepsRest: true, keyHash: 'key' });
    const after = apply(hold({ pending }, multicapture))!;

    expect(after).toMatchObject({ cause: 'captured', status: 'requires_capture' });
    expect(after.capture).toMatchObject({ amount: 700n, operation: 3, keyHash: 'key', keepsRest: true });
    expect(statuses(after)).toEqual(['authorized']);
  });

  it('that keeps the rest where none is left ends the hold', () => {
    const pending = operation('capture', { amount: 1_300n, keepsRest: true });
    const after = apply(hold({ pending, capture: facts(700n, { keepsRest: true }) }, multicapture))!;

    expect(after.status).toBe('succeeded');
    expect(statuses(after)).toEqual(['captured']);
    expect(after.capture).toEqual(facts(700n, { keepsRest: true }));
    expect(after.laterCaptures).toMatchObject([{ amount: 1_300n, operation: 3 }]);
    expect(after.laterCaptures![0]).not.toHaveProperty('keepsRest');
    expect(after.laterCaptures![0]).not.toHaveProperty('keyHash');
  });

  it('is added to the later ones', () => {
    const [first, second] = [facts(100n), facts(200n)];
    const pending = operation('capture', { amount: 300n });
    const after = apply(hold({ pending, capture: first, laterCaptures: [second] }))!;

    expect(after.capture).toEqual(first);
    expect(after.laterCaptures).toMatchObject([second, { amount: 300n }]);
    // Without parts there is one capture: the payment's end says which it was.
    expect(after.laterCaptures![1]).not.toHaveProperty('operation');
  });

  it('changes nothing of a payment that is not held', () => {
    for (const status of ['succeeded', 'canceled', 'processing'] as const)
      expect(apply(hold({ status, pending: operation('capture') }))).toBeUndefined();
  });
});

describe('a void', () => {
  it('before any capture cancels the payment', () => {
    const pending = operation('void', { cancellationReason: 'duplicate', keyHash: 'key' });
    const after = apply(hold({ pending }))!;

    expect(after).toMatchObject({
      cause: 'canceled',
      status: 'canceled',
      canceledMs: NOW_MS,
      cancellationReason: 'duplicate',
      operationKeyHash: 'key',
    });
    expect(statuses(after)).toEqual(['voided']);
    expect(after).not.toHaveProperty('refusedOperation');
  });

  it('keeps what a capture before it was, and nothing of itself', () => {
    const capture = refused('capture', { operation: 2 });
    const both = hold({ pending: operation('void'), refusedOperation: capture });
    expect(apply(both)!.refusedOperation).toEqual(capture);
    const itself = apply(hold({ refusedOperation: refused('void') }))!;
    expect(itself.status).toBe('canceled');
    expect(itself).not.toHaveProperty('refusedOperation');
  });

  it('of a challenge closes it', () => {
    const challenged: Attempt = { ...sent, status: 'requires_action' };
    const before = hold({ status: 'requires_action', attempts: [challenged], pending: operation('void') });
    expect(apply(before)).toMatchObject({ status: 'canceled' });
    expect(statuses(apply(before))).toEqual(['closed']);
  });

  it.each(['canceled', 'processing', 'succeeded'] as const)('of a payment that is %s changes nothing', (status) => {
    expect(apply(hold({ status, pending: operation('void') }))).toBeUndefined();
    expect(apply(hold({ status, refusedOperation: refused('void') }))).toBeUndefined();
  });

  it('after a capture releases the rest: what was captured is what was paid', () => {
    const pending = operation('void', { keyHash: 'key' });
    const after = apply(hold({ pending, capture: facts(700n) }))!;

    expect(after).toMatchObject({ cause: 'released', status: 'succeeded', operationKeyHash: 'key' });
    expect(after.capture).toEqual(facts(700n));
    expect(after.attempts).toEqual([{ ...authorizedAttempt, status: 'captured', releasedMs: NOW_MS }]);
    expect(after).not.toHaveProperty('canceledMs');
  });
});

describe('an increment', () => {
  it('that succeeded raises the payment, in the place of an earlier decline', () => {
    const declined = { operation: 3, amount: 3_000n, decidedMs: 1, decline: DECLINE };
    const pending = operation('increment', { amount: 3_000n });
    const after = apply(hold({ pending }, { increments: [declined] }))!;

    expect(after).toMatchObject({ cause: 'incremented', status: 'requires_capture', amount: 3_000n });
    const raised = { operation: 3, amount: 3_000n, decidedMs: NOW_MS };
    expect(after.attempts[0]!.increments).toStrictEqual([raised]);
    expect(apply(hold({ pending }))!.attempts[0]!.increments).toStrictEqual([raised]);
  });
});

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
  const took = (amount?: bigint): Named => ({ facts: { kind: 'capture', ...(amount !== undefined && { amount }) } });
  const unasked = (payment: Payment, named: Named, number = 9) => apply(payment, SUCCEEDED, named, number);

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

  it.each<[string, Payment, Named]>([
    ['of nothing', hold(), took(0n)],
    ['of less than nothing', hold(), took(-1n)],
    ['of an unknown amount', hold(), took()],
    ['of an attempt that is not there', hold(), { ...took(700n), ordinal: 7 }],
    ['of a payment without attempts', { ...created, operations: 3 }, took(700n)],
    ['that is a void', hold(), { facts: { kind: 'void', amount: 700n } }],
    ['that nobody describes', hold(), {}],
    ['that nobody describes, after another one,', hold({ refusedOperation: refused('capture') }), {}],
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
  const named: Named = { facts: { kind: 'capture', amount: 700n } };

  it('must wait where it is news of money', () => {
    expect(mustWait(busy, 9, SUCCEEDED, named)).toBe(true);
  });

  it.each<[string, Payment, number, OperationOutcome, Named]>([
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
    const named: Named = { facts: { kind: 'capture', amount: 700n } };

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
