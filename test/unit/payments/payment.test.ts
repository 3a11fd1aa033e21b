/** The payment's own rules: which status may follow which, and what its attempts and captures add up to (I6). */
import { describe, expect, it } from 'vitest';
import { mayMove } from '../../../functions/kernel/transitions.ts';
import { without } from '../../../functions/kernel/without.ts';
import { hasTaken } from '../../../functions/payment-methods/use.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import { captureFacts, next, replaced, voidedBy } from '../../../functions/payments/commit.ts';
import {
  attemptBefore,
  awaitsPayer,
  capturable,
  capturedAmount,
  capturesOf,
  isConfirmable,
  isUnresolved,
  lastAttempt,
  NEXT_STATUS,
  operatedAttempt,
  type Payment,
  type PaymentStatus,
  paidAttempt,
  refundable,
} from '../../../functions/payments/payment.ts';
import {
  authorizedAttempt,
  CREATED_MS,
  capturedAttempt,
  claimed,
  created,
  failedAttempt,
  PAID_MS,
  paid,
  sent,
  terms,
} from '../notifications/images.ts';

/** A letter per status: the ones that may follow, each also itself. */
const LETTERS = {
  m: 'requires_payment_method',
  c: 'requires_confirmation',
  a: 'requires_action',
  p: 'processing',
  h: 'requires_capture',
  s: 'succeeded',
  x: 'canceled',
} as const satisfies Record<string, PaymentStatus>;
type Letter = keyof typeof LETTERS;
const FOLLOWERS = {
  m: 'mcphsx',
  c: 'mcpx',
  a: 'mcaphsx',
  p: 'mcaphs',
  h: 'hsx',
  s: 's',
  x: 'x',
} as const satisfies Record<Letter, string>;
const ALL = Object.keys(LETTERS) as readonly Letter[];

describe('a status', () => {
  it.each(ALL)('%s may be followed by its own list, and by nothing else', (from) => {
    expect(ALL.filter((to) => mayMove(NEXT_STATUS, LETTERS[from], LETTERS[to])).join('')).toBe(FOLLOWERS[from]);
  });

  it('that may not follow is a bug: no commit makes it', () => {
    const commit = { nowMs: PAID_MS };
    expect(() => next(paid, 'updated', commit, { status: 'canceled' })).toThrow(
      'a payment cannot move from succeeded to canceled',
    );
    expect(next(paid, 'updated', commit, {})).toMatchObject({ status: 'succeeded', cause: 'updated' });
  });

  it('says whether the payment can be confirmed, and whether its payer is asked', () => {
    expect(ALL.filter((one) => isConfirmable(LETTERS[one])).join('')).toBe('mc');
    expect(ALL.filter((one) => awaitsPayer({ ...created, status: LETTERS[one] })).join('')).toBe('a');
  });
});

describe('a commit', () => {
  it('is the next version, later than the last, without the reply and the request of that', () => {
    const before = { ...claimed, reply: { keyHash: 'k' }, committedMs: PAID_MS } as unknown as Payment;
    const after = next(before, 'outcome', { nowMs: PAID_MS - 5 }, { description: 'x' });

    expect(after).toMatchObject({ version: 2, committedMs: PAID_MS + 1, cause: 'outcome', description: 'x' });
    for (const name of ['reply', 'request', 'unannounced']) expect(after).not.toHaveProperty(name);
    const request = { id: 'req_2', idempotencyKey: 'key-2' } as NonNullable<Payment['request']>;
    expect(next(before, 'outcome', { nowMs: PAID_MS + 9, request }, {})).toMatchObject({
      request,
      committedMs: PAID_MS + 9,
    });
  });

  it('freezes fee and reserve of a capture, each rounded half up', () => {
    const agreed = { ...terms, reserveBps: 1_000, reserveDays: 30 };
    expect(captureFacts(created, capturedAttempt, 1_005n, agreed, PAID_MS)).toEqual({
      amount: 1_005n,
      fee: 59n,
      reserve: 101n,
      terms: agreed,
      capturedMs: PAID_MS,
    });
  });

  it('marks what goes back by what it was, and replaces one attempt', () => {
    const commit = { nowMs: PAID_MS - 5, terms };
    const before = { ...created, committedMs: PAID_MS };
    expect(voidedBy(before, capturedAttempt, commit)).toEqual({
      ...capturedAttempt,
      status: 'voided',
      voided: { committedMs: PAID_MS + 1, was: 'captured' },
    });
    expect(voidedBy({ ...before, committedMs: CREATED_MS }, authorizedAttempt, commit).voided).toEqual({
      committedMs: PAID_MS - 5,
      was: 'authorized',
    });
    const two = { ...created, attempts: [sent, { ...sent, ordinal: 2 }] };
    expect(replaced(two, { ...failedAttempt, ordinal: 2 })).toEqual([sent, { ...failedAttempt, ordinal: 2 }]);
    expect(without({ a: 1, b: 2 }, 'a')).toEqual({ b: 2 });
  });
});

describe('an attempt', () => {
  const attempt = (ordinal: number, changes: Partial<Attempt> = {}): Attempt => ({ ...sent, ordinal, ...changes });
  const having = (...attempts: readonly Attempt[]): Payment => ({ ...created, attempts });

  it('holds the payment’s money when it is authorized or captured, and not surplus', () => {
    const surplus = attempt(1, { status: 'captured', surplus: true });
    const holds = (status: Attempt['status']) => paidAttempt(having(surplus, attempt(2, { status })))?.ordinal;

    expect(holds('authorized')).toBe(2);
    expect(holds('captured')).toBe(2);
    for (const status of ['sent', 'requires_action', 'authenticated', 'failed', 'voided', 'closed'] as const)
      expect(holds(status)).toBeUndefined();
  });

  it('is operated on when it holds the money, else when it is the last', () => {
    const held = attempt(1, { status: 'authorized' });
    expect(operatedAttempt(having(held, attempt(2)))).toBe(held);
    const last = attempt(2);
    expect(operatedAttempt(having(attempt(1), last))).toBe(last);
    expect(lastAttempt(having(attempt(1), last))).toBe(last);
    expect(lastAttempt(created)).toBeUndefined();
  });

  it('has used its method unless it ended without taking or holding money', () => {
    const taken = (status: Attempt['status'], method: `pm_${string}` = 'pm_1') =>
      hasTaken(having(attempt(1, { status })), method);

    for (const status of ['sent', 'requires_action', 'authorized', 'captured', 'voided'] as const)
      expect([taken(status), taken(status, 'pm_2')]).toEqual([true, false]);
    for (const status of ['authenticated', 'failed', 'closed'] as const) expect(taken(status)).toBe(false);
    expect(hasTaken(having(attempt(1, { status: 'failed' }), attempt(2)), 'pm_1')).toBe(true);
  });

  it('is found in an earlier image by its number', () => {
    const two = having(attempt(1), attempt(2));
    expect(attemptBefore(two, attempt(2))).toBe(two.attempts[1]);
    expect(attemptBefore(two, attempt(3))).toBeUndefined();
    expect(attemptBefore(undefined, attempt(1))).toBeUndefined();
  });
});

describe('an amount', () => {
  const facts = (amount: bigint) => ({ ...paid.capture!, amount });
  const partly: Payment = {
    ...created,
    status: 'requires_capture',
    capture: facts(700n),
    laterCaptures: [facts(300n)],
    refunded: 150n,
  };

  it('is captured by every capture, and the rest of a hold is capturable', () => {
    expect(capturesOf(partly).map(({ amount }) => amount)).toEqual([700n, 300n]);
    expect(capturesOf(created)).toEqual([]);
    expect(capturesOf({ ...created, laterCaptures: [facts(1n)] })).toEqual([]);
    expect([capturedAmount(partly), capturable(partly), refundable(partly)]).toEqual([1_000n, 1_000n, 850n]);
    expect(capturable({ ...partly, status: 'succeeded' })).toBe(0n);
    expect(capturable({ ...created, status: 'requires_capture' })).toBe(2_000n);
  });
});

describe('a payment', () => {
  it('is unresolved while something is to be learned or returned', () => {
    const unresolved = (changes: Partial<Payment>) => isUnresolved({ ...paid, ...changes });

    expect(unresolved({})).toBe(false);
    expect(unresolved({ status: 'processing' })).toBe(true);
    expect(unresolved({ pending: { kind: 'void', operation: 1, amount: 1n, sentMs: 1 } })).toBe(true);
    expect(unresolved({ attempts: [capturedAttempt, { ...capturedAttempt, surplus: true }] })).toBe(true);
  });
});
