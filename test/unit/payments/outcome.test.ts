/** What an outcome writes to the payment and its attempt, member by member (I13, I15). */
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome, Decline } from '../../../functions/channels/port/port.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import { canceled } from '../../../functions/payments/cancellation.ts';
import type { Commit } from '../../../functions/payments/commit.ts';
import { applyNeverArrived, applyOutcome, refusedByRules } from '../../../functions/payments/outcome.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import {
  authorizedAttempt,
  CREATED_MS,
  claimed,
  created,
  failedAttempt,
  method,
  PAID_MS,
  sent,
  terms,
} from '../notifications/images.ts';

const COMMIT: Commit = { nowMs: PAID_MS, terms };
const DECLINE: Decline = { code: 'card_declined', declineCode: 'do_not_honor', message: 'No.' };
const AUTHENTICATE: Decline = { code: 'authentication_required', declineCode: 'x', message: 'Ask.' };
const authorizes: AttemptOutcome = { kind: 'authorized', authorizationCode: 'A1' };
const captures = (amount = 2_000n): AttemptOutcome => ({ kind: 'captured', authorizationCode: 'A1', amount });
const fails = (decline = DECLINE): AttemptOutcome => ({ kind: 'failed', decline });

/** A payment under way with this attempt. */
const under = (ofAttempt: Partial<Attempt> = {}, changes: Partial<Payment> = {}): Payment => ({
  ...claimed,
  attempts: [{ ...sent, ...ofAttempt }],
  ...changes,
});
const manual: [Partial<Attempt>, Partial<Payment>] = [{ manual: true }, { captureMethod: 'manual' }];
const apply = (payment: Payment, outcome: AttemptOutcome, commit = COMMIT) => applyOutcome(payment, 1, outcome, commit);
const [first, second] = [0, 1];
const attemptOf = (payment: Payment | undefined, index = first): Attempt => payment!.attempts[index]!;

describe('an attempt that the payment does not have', () => {
  it('has no outcome', () => {
    expect(applyOutcome(under(), 2, captures(), COMMIT)).toBeUndefined();
    expect(applyNeverArrived(under(), 2, COMMIT)).toBeUndefined();
  });
});

describe('a challenge', () => {
  const asks: AttemptOutcome = { kind: 'requires_action', action: { kind: 'redirect', url: 'https://bank.test/1' } };

  it('makes the payment wait for its payer', () => {
    const after = apply(under(), asks)!;

    expect(after).toMatchObject({ status: 'requires_action', cause: 'outcome', version: 2, committedMs: PAID_MS });
    expect(after.attempts).toEqual([{ ...sent, status: 'requires_action', actionUrl: 'https://bank.test/1' }]);
  });

  it('is a decline where there is no payer to ask', () => {
    const after = apply(under({}, { direct: true }), asks)!;

    expect(after.status).toBe('requires_payment_method');
    expect(attemptOf(after).decline).toEqual({
      code: 'authentication_required',
      declineCode: 'authentication_required',
      message: 'Your card was declined. This transaction requires authentication.',
    });
  });

  it('changes nothing where the payment does not wait for the attempt', () => {
    expect(apply(under({}, { status: 'canceled' }), asks)).toBeUndefined();
    expect(apply(under({}, { status: 'canceled' }), { kind: 'authenticated' })).toBeUndefined();
  });

  it('that was passed makes the payment wait for its confirmation', () => {
    const after = apply(under({ status: 'requires_action' }, { status: 'requires_action' }), {
      kind: 'authenticated',
    })!;

    expect(after).toMatchObject({ status: 'requires_confirmation', cause: 'outcome' });
    expect(after.attempts).toEqual([{ ...sent, status: 'authenticated' }]);
  });
});

describe('a decline', () => {
  it('makes the payment wait for another payment method', () => {
    const after = apply(under(), { kind: 'failed', decline: DECLINE, checks: { cvc: 'fail' } })!;

    expect(after).toMatchObject({ status: 'requires_payment_method', cause: 'outcome', committedMs: PAID_MS });
    expect(after).not.toHaveProperty('method');
    expect(after.attempts).toEqual([
      { ...sent, status: 'failed', decline: DECLINE, settledMs: PAID_MS, checks: { cvc: 'fail' } },
    ]);
    expect(attemptOf(apply(under(), fails()))).not.toHaveProperty('checks');
  });

  it('of an attempt that the payment does not wait for changes the attempt alone', () => {
    const after = apply(under({}, { status: 'canceled' }), fails())!;

    expect(after).toMatchObject({ status: 'canceled', method, cause: 'outcome' });
    expect(attemptOf(after)).toMatchObject({ status: 'failed', decline: DECLINE });
  });

  it('is settled after the last commit, whatever the clock says', () => {
    const after = apply(under({}, { committedMs: PAID_MS + 7 }), fails())!;
    expect(after.committedMs).toBe(PAID_MS + 8);
    expect(attemptOf(after).settledMs).toBe(PAID_MS + 8);
  });

  it('in place of a challenge says so where the merchant asked for that', () => {
    const declineOf = (decline: Decline, noChallenge?: boolean) =>
      attemptOf(apply(under(noChallenge === undefined ? {} : { noChallenge }), fails(decline))).decline;

    expect(declineOf(AUTHENTICATE, true)).toEqual({ ...AUTHENTICATE, declineCode: 'authentication_not_handled' });
    expect(declineOf(AUTHENTICATE, false)).toEqual(AUTHENTICATE);
    expect(declineOf(AUTHENTICATE)).toEqual(AUTHENTICATE);
    expect(declineOf(DECLINE, true)).toEqual(DECLINE);
  });

  it('by our own rules is in the first commit, shown as the issuer’s, and marked as blocked', () => {
    const started = under({}, { unannounced: true });
    const after = refusedByRules(started);

    expect(after).toMatchObject({ status: 'requires_payment_method', cause: 'outcome', version: started.version });
    expect(after).not.toHaveProperty('method');
    expect(after).not.toHaveProperty('unannounced');
    expect(attemptOf(after)).toMatchObject({
      status: 'failed',
      blocked: true,
      settledMs: started.committedMs,
      decline: { code: 'card_declined', declineCode: 'fraudulent', message: 'Your card was declined.' },
    });
  });

  it('is what becomes of an attempt that never arrived', () => {
    expect(attemptOf(applyNeverArrived(under(), 1, COMMIT)).decline).toEqual({
      class: 'technical_not_accepted',
      code: 'processing_error',
      message: 'An error occurred while processing your card. Try again in a little bit.',
    });
  });
});

describe('an authorization', () => {
  it('makes the payment wait for its capture', () => {
    const outcome: AttemptOutcome = { ...authorizes, checks: { cvc: 'pass' }, features: ['multicapture'] };
    const after = apply(under(...manual), outcome)!;

    expect(after).toMatchObject({ status: 'requires_capture', cause: 'outcome', method });
    expect(after).not.toHaveProperty('capture');
    expect(after.attempts).toEqual([
      {
        ...sent,
        manual: true,
        status: 'authorized',
        authorizationCode: 'A1',
        settledMs: PAID_MS,
        checks: { cvc: 'pass' },
        features: ['multicapture'],
      },
    ]);
    const plain = attemptOf(apply(under(...manual), authorizes));
    expect(plain).not.toHaveProperty('checks');
    expect(plain).not.toHaveProperty('features');
    expect(plain).not.toHaveProperty('pendingMs');
  });
});

describe('a charge', () => {
  it('pays the payment, with its fee', () => {
    const after = apply(under(), captures())!;

    expect(after).toMatchObject({ status: 'succeeded', cause: 'outcome', method });
    expect(after.capture).toEqual({ amount: 2_000n, fee: 88n, reserve: 0n, terms, capturedMs: PAID_MS });
    expect(after.attempts).toEqual([{ ...sent, status: 'captured', authorizationCode: 'A1', settledMs: PAID_MS }]);
  });

  it('is captured after the last commit, whatever the clock says', () => {
    const after = apply(under({}, { committedMs: PAID_MS + 7 }), captures())!;
    expect(after.capture!.capturedMs).toBe(PAID_MS + 8);
    expect(attemptOf(after).settledMs).toBe(PAID_MS + 8);
  });

  it('after a decline is listed where the decline was, and brings its payment method back', () => {
    const { method: _method, ...rest } = claimed;
    const declined: Payment = { ...rest, status: 'requires_payment_method', attempts: [failedAttempt] };
    const after = apply(declined, captures(), { ...COMMIT, nowMs: PAID_MS + 900 })!;

    expect(after).toMatchObject({ status: 'succeeded', method });
    expect(attemptOf(after)).not.toHaveProperty('decline');
    expect(attemptOf(after)).toMatchObject({ pendingMs: PAID_MS, settledMs: PAID_MS + 900 });
  });

  it('keeps the features of its hold out', () => {
    const outcome = { ...captures(), features: ['multicapture'] } as unknown as AttemptOutcome;
    expect(attemptOf(apply(under(), outcome))).not.toHaveProperty('features');
  });

  it.each([
    ['over the requested amount', captures(), undefined],
    ['over another amount', captures(1_500n), 1_500n],
    ['that is only authorized', authorizes, undefined],
  ] as const)('of a payment that is canceled is surplus: %s', (_what, outcome, taken) => {
    const after = apply(under({}, { status: 'canceled' }), outcome)!;

    expect(after).toMatchObject({ status: 'canceled', cause: 'outcome' });
    expect(after).not.toHaveProperty('capture');
    expect(attemptOf(after)).toMatchObject({ status: outcome.kind, surplus: true, settledMs: PAID_MS });
    expect(attemptOf(after).taken).toBe(taken);
    expect('taken' in attemptOf(after)).toBe(taken !== undefined);
  });

  it('that is reported after a later attempt changes the payment only by its own attempt', () => {
    const later: Attempt = { ...sent, ordinal: 2 };
    const after = apply(under({}, { attempts: [sent, later] }), captures())!;

    expect(after.status).toBe('processing');
    expect(attemptOf(after)).toMatchObject({ status: 'captured', surplus: true });
    expect(attemptOf(after, second)).toBe(later);
  });
});

describe('money after the outcome', () => {
  const hold: Payment = {
    ...created,
    status: 'requires_capture',
    captureMethod: 'manual',
    attempts: [authorizedAttempt],
  };

  it('is a capture, a question or unapplied', () => {
    expect(apply(hold, captures())).toMatchObject({ cause: 'captured', status: 'succeeded' });
    const pending = { kind: 'void', operation: 1, amount: 2_000n, sentMs: 1 } as const;
    expect(apply({ ...hold, pending }, captures())).toMatchObject({ cause: 'money_reported' });
    const voided: Attempt = { ...authorizedAttempt, status: 'voided' };
    expect(apply({ ...hold, status: 'canceled', attempts: [voided] }, captures())).toMatchObject({
      cause: 'surplus_received',
    });
  });

  it('is a capture of what was taken unasked, and the last one unless the hold can be captured again', () => {
    const several: Payment = { ...hold, attempts: [{ ...authorizedAttempt, features: ['multicapture'] }] };

    expect(apply(hold, captures(5n))).toMatchObject({
      cause: 'captured',
      status: 'succeeded',
      capture: { amount: 5n, unasked: true },
    });
    const first = apply(several, captures(5n))!;
    expect(first).toMatchObject({ status: 'requires_capture', capture: { amount: 5n, keepsRest: true } });
    const last = apply(first, captures())!;
    expect(last).toMatchObject({ status: 'succeeded', laterCaptures: [{ amount: 1_995n }] });
    expect(last.laterCaptures![0]).not.toHaveProperty('keepsRest');
    expect(apply(last, captures(5n))).toBeUndefined();
  });

  it('of another hold than before is an increment that was not requested', () => {
    const after = apply(hold, { ...authorizes, amount: 1_500n })!;

    expect(after).toMatchObject({ cause: 'incremented', status: 'requires_capture', amount: 2_000n, operations: 1 });
    expect(attemptOf(after).increments).toEqual([
      { operation: 1, amount: 1_500n, decidedMs: after.committedMs, unasked: true },
    ]);
    expect(apply(after, { ...authorizes, amount: 1_500n })).toBeUndefined();
  });

  it('changes nothing where it is known, contradicts, or says nothing', () => {
    expect(apply(hold, authorizes)).toBeUndefined();
    expect(apply(hold, fails())).toBeUndefined();
    expect(apply(hold, captures(0n))).toBeUndefined();
    expect(apply(hold, { kind: 'pending' })).toBeUndefined();
    expect(apply(under(), { kind: 'unknown', reason: 'not heard' })).toBeUndefined();
  });
});

describe('a cancel', () => {
  it('voids the hold, closes the challenge, and leaves every other attempt', () => {
    const attempts: readonly Attempt[] = [
      { ...sent, ordinal: 1, status: 'requires_action' },
      { ...authorizedAttempt, ordinal: 2 },
      { ...authorizedAttempt, ordinal: 3, surplus: true },
      { ...failedAttempt, ordinal: 4 },
    ];
    const changes = canceled({ ...created, attempts, committedMs: CREATED_MS }, 'duplicate', COMMIT);

    expect(changes).toEqual({
      status: 'canceled',
      canceledMs: PAID_MS,
      cancellationReason: 'duplicate',
      attempts: [
        { ...sent, ordinal: 1, status: 'closed' },
        { ...authorizedAttempt, ordinal: 2, status: 'voided', voided: { committedMs: PAID_MS, was: 'authorized' } },
        attempts[2],
        attempts[3],
      ],
    });
    expect(canceled(created, undefined, COMMIT)).not.toHaveProperty('cancellationReason');
  });
});
