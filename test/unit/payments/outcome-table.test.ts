/** Every (known, reported) pair of an attempt, a refund and a try of a setup intent, legal and illegal: what it leads to (ADR 0019). */
import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../../../functions/channels/port/port.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { AttemptStatus } from '../../../functions/payments/attempt.ts';
import { applyRefundOutcome, contradictsRefund } from '../../../functions/refunds/outcome.ts';
import type { Refund, RefundStatus } from '../../../functions/refunds/refund.ts';
import {
  applySetupOutcome,
  type SetupAttemptStatus,
  type SetupIntent,
} from '../../../functions/setup-intents/setup-intent.ts';
import { created, sent } from '../notifications/images.ts';
import { DECLINE, known, led, OUTCOMES } from './known.ts';

type Expected = Readonly<Record<keyof typeof OUTCOMES, string>>;

const AT_FIRST = {
  unknown: 'same',
  pending: 'same',
  approved: 'same',
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
    approved: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'requires_payment_method, failed',
    authorized: 'requires_confirmation, authorized surplus 2000',
    captured: 'requires_confirmation, captured surplus 2000',
  },
  failed: {
    unknown: 'same',
    pending: 'same',
    approved: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'same',
    authorized: 'requires_capture, authorized',
    captured: 'succeeded, captured',
  },
  authorized: {
    unknown: 'same',
    pending: 'same',
    approved: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'alarm',
    authorized: 'same',
    captured: 'succeeded, captured',
  },
  captured: {
    unknown: 'same',
    pending: 'same',
    approved: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'alarm',
    authorized: 'same',
    captured: 'same',
  },
  voided: {
    unknown: 'same',
    pending: 'same',
    approved: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'same',
    authorized: 'same',
    captured: 'canceled, voided unapplied 2000',
  },
  closed: {
    unknown: 'same',
    pending: 'same',
    approved: 'same',
    requires_action: 'same',
    authenticated: 'same',
    failed: 'same',
    authorized: 'canceled, closed ask',
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
    ['closed', 'authorized', 'canceled, closed ask'],
    ['closed', 'failed', 'same'],
  ] as const)('that is %s and reported as %s leads to: %s', (status, outcome, expected) => {
    expect(led(known(status, false), OUTCOMES[outcome])).toBe(expected);
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
      approved: 'same',
      requires_action: 'requires_action',
      authenticated: 'same',
      failed: 'failed',
      authorized: 'succeeded',
      captured: 'succeeded',
    },
    requires_action: {
      unknown: 'same',
      pending: 'same',
      approved: 'same',
      requires_action: 'same',
      authenticated: 'same',
      failed: 'failed',
      authorized: 'succeeded',
      captured: 'succeeded',
    },
    failed: {
      unknown: 'same',
      pending: 'same',
      approved: 'same',
      requires_action: 'same',
      authenticated: 'same',
      failed: 'same',
      authorized: 'succeeded',
      captured: 'succeeded',
    },
    succeeded: {
      unknown: 'same',
      pending: 'same',
      approved: 'same',
      requires_action: 'same',
      authenticated: 'same',
      failed: 'same',
      authorized: 'same',
      captured: 'same',
    },
    closed: {
      unknown: 'same',
      pending: 'same',
      approved: 'same',
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
