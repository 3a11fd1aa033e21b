/** Every (known, reported) pair of an attempt, a refund and a try of a setup intent, legal and illegal: what it leads to (ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome, Decline, OperationOutcome } from '../../../functions/channels/port.ts';
import type { Attempt, AttemptStatus } from '../../../functions/payments/attempt.ts';
import type { Commit } from '../../../functions/payments/commit.ts';
import { applyOutcome } from '../../../functions/payments/outcome.ts';
import { contradicts } from '../../../functions/payments/outcome-table.ts';
import type { Payment, Refund, RefundStatus } from '../../../functions/payments/payment.ts';
import { applyRefundOutcome, contradictsRefund } from '../../../functions/payments/refund-outcome.ts';
import {
  applySetupOutcome,
  type SetupAttemptStatus,
  type SetupIntent,
} from '../../../functions/payments/setup-intent.ts';
import { type FeeTerms, parseCurrency } from '../../../functions/shared/money.ts';
import { created, sent } from '../notifications/images.ts';

const TERMS: FeeTerms = { feeBps: 290, fixed: 30n, reserveBps: 0, version: 1 };
const COMMIT: Commit = { nowMs: 1_790_000_100_000, terms: TERMS };
const DECLINE: Decline = { code: 'card_declined', message: 'No.' };
const OUTCOMES = {
  unknown: { kind: 'unknown', reason: 'not heard' },
  pending: { kind: 'pending' },
  requires_action: { kind: 'requires_action', url: 'https://bank.test/1' },
  authenticated: { kind: 'authenticated' },
  failed: { kind: 'failed', decline: DECLINE },
  authorized: { kind: 'authorized', authorizationCode: 'A1' },
  captured: { kind: 'captured', authorizationCode: 'A1', amount: 2_000n },
} as const satisfies Record<AttemptOutcome['kind'], AttemptOutcome>;

type Expected = Readonly<Record<keyof typeof OUTCOMES, string>>;
const PAYMENT_STATUS = {
  sent: 'processing',
  requires_action: 'requires_action',
  authenticated: 'requires_confirmation',
  failed: 'requires_payment_method',
  authorized: 'requires_capture',
  captured: 'succeeded',
  voided: 'canceled',
  closed: 'canceled',
} as const satisfies Record<AttemptStatus, Payment['status']>;

const captureOf = (amount: bigint) => ({ amount, fee: 88n, reserve: 0n, terms: TERMS, capturedMs: 1_790_000_000_500 });

function known(status: AttemptStatus, manual: boolean, changes: Partial<Payment> = {}): Payment {
  const attempt: Attempt = {
    ...sent,
    status,
    manual,
    ...(status === 'voided' && { voided: { committedMs: 1_790_000_000_900, was: 'authorized' } }),
    ...(['authorized', 'captured', 'voided', 'failed'].includes(status) && { settledMs: 1_790_000_000_500 }),
  };
  return {
    ...created,
    version: 5,
    captureMethod: manual ? 'manual' : 'automatic',
    status: PAYMENT_STATUS[status],
    attempts: [attempt],
    ...(status === 'captured' && { capture: captureOf(2_000n) }),
    ...changes,
  };
}

/** What the report leads to: `same`, `alarm`, or the payment and its attempt, with the money that nothing accounts for. */
function led(payment: Payment, outcome: AttemptOutcome): string {
  const [attempt] = payment.attempts as [Attempt];
  const after = applyOutcome(payment, 1, outcome, COMMIT);
  if (!after) return contradicts(payment, attempt, outcome) ? 'alarm' : 'same';
  expect(after.version).toBe(payment.version + 1);
  const [moved] = after.attempts as [Attempt];
  const money = (moved.unapplied ?? []).map(({ amount }) => ` unapplied ${amount}`).join('');
  const surplus = moved.surplus ? ` surplus ${moved.taken ?? moved.amount}` : '';
  const asked = moved.reported ? ` ask ${moved.reported.amount}` : '';
  return `${after.status}, ${moved.status}${surplus}${money}${asked}`;
}

const AT_FIRST = {
  unknown: 'same',
  pending: 'same',
  requires_action: 'requires_action, requires_action',
  authenticated: 'requires_confirmation, authenticated',
  failed: 'requires_payment_method, failed',
} as const;

const OF_A_HOLD: Readonly<Record<AttemptStatus, Expected>> = {
  sent: { ...AT_FIRST, authorized: 'requires_capture, authorized', captured: 'succeeded, captured' },
  requires_action: {
    ...AT_FIRST,
    requires_action: 'same',
    authorized: 'requires_capture, authorized',
    captured: 'succeeded, captured',
  },
  authenticated: {
    unknown: 'same',
    pending: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'requires_confirmation, failed',
    authorized: 'requires_confirmation, authorized surplus 2000',
    captured: 'requires_confirmation, captured surplus 2000',
  },
  failed: {
    unknown: 'same',
    pending: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'same',
    authorized: 'requires_capture, authorized',
    captured: 'succeeded, captured',
  },
  authorized: {
    unknown: 'same',
    pending: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'alarm',
    authorized: 'same',
    captured: 'succeeded, captured',
  },
  captured: {
    unknown: 'same',
    pending: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'alarm',
    authorized: 'same',
    captured: 'same',
  },
  voided: {
    unknown: 'same',
    pending: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'same',
    authorized: 'same',
    captured: 'canceled, voided unapplied 2000',
  },
  closed: {
    unknown: 'same',
    pending: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'same',
    authorized: 'same',
    captured: 'canceled, closed unapplied 2000',
  },
};

const pairsOf = <K extends string, O extends string>(table: Readonly<Record<K, Readonly<Record<O, string>>>>) =>
  (Object.entries(table) as [K, Readonly<Record<O, string>>][]).flatMap(([status, outcomes]) =>
    (Object.entries(outcomes) as [O, string][]).map(([outcome, expected]) => [status, outcome, expected] as const),
  );

describe('an attempt of a hold', () => {
  it.each(pairsOf(OF_A_HOLD))('that is %s and reported as %s leads to: %s', (status, outcome, expected) => {
    expect(led(known(status, true), OUTCOMES[outcome])).toBe(expected);
  });
});

describe('an attempt in one step', () => {
  it.each([
    ['sent', 'captured', 'succeeded, captured'],
    ['requires_action', 'captured', 'succeeded, captured'],
    ['failed', 'captured', 'succeeded, captured'],
    ['captured', 'captured', 'same'],
    // The void may have returned it: only the channel knows the order.
    ['closed', 'captured', 'canceled, closed ask 2000'],
    ['closed', 'authorized', 'same'],
    ['closed', 'failed', 'same'],
  ] as const)('that is %s and reported as %s leads to: %s', (status, outcome, expected) => {
    expect(led(known(status, false), OUTCOMES[outcome])).toBe(expected);
  });
});

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
    ['less than was asked for', hold('sent'), 1_999n, 'alarm'],
    ['more than was asked for', hold('requires_action'), 2_001n, 'alarm'],
    ['nothing', hold('sent'), 0n, 'alarm'],
    ['a part of a hold', hold('authorized'), 700n, 'alarm'],
    ['more than the hold', hold('authorized'), 2_001n, 'alarm'],
    ['all that is left of a hold', hold('authorized', partly), 2_000n, 'succeeded, captured'],
    ['what was captured of it so far', hold('authorized', partly), 1_200n, 'same'],
    ['what was captured of it at first', hold('authorized', partly), 700n, 'same'],
    ['another part', hold('authorized', partly), 900n, 'alarm'],
    ['what was captured in part', hold('captured', { capture: captureOf(700n) }), 700n, 'same'],
    ['more than was captured in part', hold('captured', { capture: captureOf(700n) }), 2_000n, 'alarm'],
    ['less than was captured', hold('captured'), 700n, 'alarm'],
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

describe('a refund', () => {
  const refund = { scope: created.scope, body: created.body, version: 1, committedMs: 1, amount: 5n } as Refund;
  const REPORTS: Readonly<Record<OperationOutcome['kind'], OperationOutcome>> = {
    unknown: { kind: 'unknown', reason: 'not heard' },
    pending: { kind: 'pending' },
    failed: { kind: 'failed', decline: DECLINE },
    succeeded: { kind: 'succeeded' },
  };
  const EXPECTED: Readonly<Record<RefundStatus, Readonly<Record<OperationOutcome['kind'], string>>>> = {
    pending: { unknown: 'same', pending: 'same', failed: 'failed', succeeded: 'succeeded' },
    succeeded: { unknown: 'same', pending: 'same', failed: 'failed', succeeded: 'same' },
    failed: { unknown: 'same', pending: 'same', failed: 'same', succeeded: 'alarm' },
    canceled: { unknown: 'same', pending: 'same', failed: 'same', succeeded: 'alarm' },
  };

  it.each(pairsOf(EXPECTED))('that is %s and reported as %s leads to: %s', (status, outcome, expected) => {
    const before: Refund = { ...refund, status };
    const after = applyRefundOutcome(before, REPORTS[outcome], 10);

    const standing = contradictsRefund(before, REPORTS[outcome]) ? 'alarm' : 'same';
    expect(after?.status ?? standing).toBe(expected);
  });
});

describe('a try of a setup intent', () => {
  const usd = parseCurrency('usd')!;
  const EXPECTED: Readonly<Record<SetupAttemptStatus, Expected>> = {
    sent: {
      unknown: 'same',
      pending: 'same',
      requires_action: 'requires_action',
      authenticated: 'same',
      failed: 'failed',
      authorized: 'succeeded',
      captured: 'succeeded',
    },
    requires_action: {
      unknown: 'same',
      pending: 'same',
      requires_action: 'same',
      authenticated: 'same',
      failed: 'failed',
      authorized: 'succeeded',
      captured: 'succeeded',
    },
    failed: {
      unknown: 'same',
      pending: 'same',
      requires_action: 'same',
      authenticated: 'same',
      failed: 'same',
      authorized: 'succeeded',
      captured: 'succeeded',
    },
    succeeded: {
      unknown: 'same',
      pending: 'same',
      requires_action: 'same',
      authenticated: 'same',
      failed: 'same',
      authorized: 'same',
      captured: 'same',
    },
    closed: {
      unknown: 'same',
      pending: 'same',
      requires_action: 'same',
      authenticated: 'same',
      failed: 'same',
      authorized: 'same',
      captured: 'same',
    },
  };

  it.each(pairsOf(EXPECTED))('that is %s and reported as %s leads to: %s', (status, outcome, expected) => {
    const intent = {
      scope: created.scope,
      body: created.body,
      version: 1,
      committedMs: 1,
      createdMs: 1,
      status: status === 'closed' ? 'canceled' : 'processing',
      attempts: [{ ...sent, status, currency: usd }],
    } as unknown as SetupIntent;

    expect(applySetupOutcome(intent, 1, OUTCOMES[outcome], 10)?.attempts[0]?.status ?? 'same').toBe(expected);
  });
});
