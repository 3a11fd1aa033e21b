/** What a report of a capture, a void or an increment changes: each guard by the report that it stops (I13, ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../../../../functions/channels/port/port.ts';
import type { Attempt } from '../../../../functions/payments/attempt.ts';
import { contradictsOperation } from '../../../../functions/payments/operations/operation-outcome.ts';
import { authorizedAttempt, sent, terms } from '../../notifications/images.ts';
import { apply, DECLINE, FAILED, facts, hold, multicapture, NOW_MS, operation, refused, statuses } from '../holding.ts';

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
