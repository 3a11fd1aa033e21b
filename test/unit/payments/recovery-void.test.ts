/** What the janitor does about an attempt that cannot be asked about, and every result of its void, whatever is known of the attempt. */
import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../../../functions/channels/port/port.ts';
import { CAPABILITIES, TIMING } from '../../../functions/channels/sandbox/capabilities.ts';
import type { Attempt, AttemptStatus, RecoveryVoid } from '../../../functions/payments/attempt.ts';
import { paymentTypes } from '../../../functions/payments/event-types.ts';
import { applyOutcome } from '../../../functions/payments/outcome.ts';
import { isUnresolved, type Payment } from '../../../functions/payments/payment.ts';
import {
  applyRecoveryVoid,
  attemptsToVoid,
  contradictsRecoveryVoid,
  recoveryStep,
  recoveryVoidOf,
  startedRecoveryVoid,
} from '../../../functions/payments/recovery-void.ts';
import { UNQUERIED } from '../../simulators/unqueried.ts';
import { sent } from '../notifications/images.ts';
import { COMMIT, DECLINE, known, led, OUTCOMES } from './known.ts';

const STATUSES = [
  'sent',
  'requires_action',
  'authenticated',
  'failed',
  'authorized',
  'captured',
  'voided',
  'closed',
] as const satisfies readonly AttemptStatus[];

const MARKS = {
  none: undefined,
  open: {},
  failed: { outcome: 'failed' },
  succeeded: { outcome: 'succeeded' },
} as const;
type Mark = keyof typeof MARKS;

const SENT_MS = 1_790_000_050_000;
const marked = (mark: Mark): { readonly recoveryVoid?: RecoveryVoid } =>
  MARKS[mark] ? { recoveryVoid: { operation: 1, sentMs: SENT_MS, ...MARKS[mark] } } : {};

describe('the step of the janitor', () => {
  const LIFETIME_MS = 3_600_000;
  const timing = { ...TIMING, idempotencyMs: LIFETIME_MS };
  const wallet = { method: { ...sent.method, type: 'alipay' } } as unknown as Partial<Attempt>;
  const TIMES = {
    'at the settling time': sent.createdMs + 60_000,
    'after it': sent.createdMs + 60_001,
    'at the end of the challenge': sent.createdMs + 24 * 3_600_000 + 60_000,
    'after that': sent.createdMs + 24 * 3_600_000 + 60_001,
  };
  const stepsOf = (changes: Partial<Attempt>, capabilities: typeof CAPABILITIES = UNQUERIED): readonly string[] =>
    Object.values(TIMES).map((atMs) => recoveryStep({ ...sent, ...changes }, { capabilities, timing }, atMs));

  it.each([
    ['sent', 'none', ['wait', 'start', 'start', 'start']],
    ['sent', 'failed', ['wait', 'start', 'start', 'start']],
    ['requires_action', 'none', ['wait', 'wait', 'wait', 'start']],
    ['requires_action', 'failed', ['wait', 'wait', 'wait', 'start']],
  ] as const)('%s, void %s: starts once nothing can be under way or paid', (status, mark, steps) => {
    expect(stepsOf({ status, ...marked(mark) })).toEqual(steps);
  });

  it.each(STATUSES)('%s: a stored void is sent again within its lifetime', (status) => {
    const step = (atMs: number) =>
      recoveryStep({ ...sent, status, ...marked('open') }, { capabilities: UNQUERIED, timing }, atMs);

    expect([SENT_MS, SENT_MS + LIFETIME_MS, SENT_MS + LIFETIME_MS + 1].map(step)).toEqual(['send', 'send', 'wait']);
  });

  it('any other attempt, an order and a channel with a query need none', () => {
    const none = ['wait', 'wait', 'wait', 'wait'];
    for (const mark of Object.keys(MARKS) as Mark[])
      for (const status of STATUSES) {
        const changes = { status, ...marked(mark) };
        if (mark === 'open') continue;
        if (status !== 'sent' && status !== 'requires_action')
          expect([status, stepsOf(changes)]).toEqual([status, none]);
        expect([status, stepsOf({ ...changes, ...wallet })]).toEqual([status, none]);
        expect([status, stepsOf(changes, CAPABILITIES)]).toEqual([status, none]);
      }
  });
});

describe('the stored void', () => {
  it('keeps its payment in the care of the janitor until its outcome and that of the attempt are known', () => {
    const unresolved = STATUSES.filter((status) => isUnresolved(knownVoid(status, 'failed')));

    expect(STATUSES.every((status) => isUnresolved(knownVoid(status, 'open')))).toBe(true);
    expect(unresolved).toEqual(['sent', 'requires_action']);
  });

  it('is sent also when another attempt has followed; the last attempt is looked at in any case', () => {
    const followed = (mark: Mark): Payment => {
      const payment = known('failed', false);
      const [attempt] = payment.attempts as [Attempt];
      return {
        ...payment,
        attempts: [
          { ...attempt, ...marked(mark) },
          { ...attempt, ordinal: 2 },
        ],
      };
    };

    const looked = (mark: Mark) => attemptsToVoid(followed(mark)).map(({ ordinal }) => ordinal);
    expect([looked('open'), looked('succeeded')]).toEqual([[1, 2], [2]]);
    expect(attemptsToVoid({ ...followed('open'), attempts: [] })).toEqual([]);
  });

  it.each([
    ['confirming', true, ['payment_intent.created', 'payment_intent.processing']],
    ['rerouted', false, ['payment_intent.processing']],
    ['confirming', false, []],
    ['outcome', false, []],
  ] as const)('of a payment whose cause is %s, unannounced %s: announces %s', (cause, unannounced, types) => {
    const payment = known('sent', false, { cause, ...(unannounced && { unannounced }) });

    const started = startedRecoveryVoid(payment, payment.attempts[0]!, COMMIT);

    expect(paymentTypes(payment, started)).toEqual(types);
    expect(started.unannounced).toBeUndefined();
  });

  it('uses up a number, and is the same request whatever is learned since', () => {
    const payment = known('sent', false, { operations: 4 });

    const started = startedRecoveryVoid(payment, payment.attempts[0]!, COMMIT);

    expect(started).toMatchObject({ operations: 5, version: 6, status: 'processing' });
    const [attempt] = started.attempts as [Attempt];
    expect(attempt.recoveryVoid).toEqual({ operation: 5, sentMs: COMMIT.nowMs });
    const request = recoveryVoidOf(attempt, attempt.recoveryVoid!);
    expect(request).toEqual({
      reference: sent.reference,
      account: sent.channel,
      createdMs: sent.createdMs,
      operation: 5,
      sentMs: COMMIT.nowMs,
      currency: 'usd',
    });
    expect(recoveryVoidOf({ ...attempt, handles: { charge: 'ch1' } }, attempt.recoveryVoid!)).toEqual(request);
  });
});

const FAILED = { kind: 'failed', decline: DECLINE } as const;
const RESULTS = {
  unknown: { kind: 'unknown', reason: 'lost' },
  pending: { kind: 'pending' },
  succeeded: { kind: 'succeeded' },
  released: { ...FAILED, found: { kind: 'released' } },
  failed: FAILED,
  not_found: { ...FAILED, found: { kind: 'not_found' } },
  declined: { ...FAILED, found: OUTCOMES.failed },
  deciding: { ...FAILED, found: OUTCOMES.pending },
  held: { ...FAILED, found: OUTCOMES.authorized },
  taken: { ...FAILED, found: OUTCOMES.captured },
} as const satisfies Record<string, OperationOutcome>;

const knownVoid = (status: AttemptStatus, mark: Mark, changes: Partial<Attempt> = {}): Payment => {
  const payment = known(status, false);
  return { ...payment, attempts: [{ ...payment.attempts[0]!, ...marked(mark), ...changes }] };
};

const SAME = Object.fromEntries(Object.keys(RESULTS).map((name) => [name, 'same']));
/** What a void that took effect is contradicted by. */
const ALARMED = {
  failed: 'alarm',
  not_found: 'alarm',
  declined: 'alarm',
  deciding: 'alarm',
  held: 'alarm',
  taken: 'alarm',
} as const;

/** What the outcome leads to: `same`, `alarm`, or the payment, its attempt and the void. */
function learned(payment: Payment, outcome: OperationOutcome): string {
  const after = applyRecoveryVoid(payment, 1, 1, outcome, COMMIT);
  if (!after) return contradictsRecoveryVoid(payment.attempts[0]!, outcome) ? 'alarm' : 'same';
  expect(after.version).toBe(payment.version + 1);
  const [attempt] = after.attempts as [Attempt];
  const asked = attempt.reported ? ' ask' : attempt.reportedHold ? ' ask hold' : '';
  return `${after.status}, ${attempt.status}${asked}, ${attempt.recoveryVoid?.outcome ?? 'open'}`;
}

/** Outcomes that change something, by the status of the attempt and of the void. Every other one changes nothing. */
const LEARNED = {
  open: {
    sent: {
      succeeded: 'requires_payment_method, failed, succeeded',
      released: 'requires_payment_method, failed, succeeded',
      failed: 'processing, sent, failed',
      not_found: 'requires_payment_method, failed, failed',
      declined: 'requires_payment_method, failed, failed',
      deciding: 'processing, sent, failed',
      held: 'requires_capture, authorized, failed',
      taken: 'succeeded, captured, failed',
    },
    requires_action: {
      succeeded: 'requires_payment_method, failed, succeeded',
      released: 'requires_payment_method, failed, succeeded',
      failed: 'requires_action, requires_action, failed',
      not_found: 'requires_payment_method, failed, failed',
      declined: 'requires_payment_method, failed, failed',
      deciding: 'requires_action, requires_action, failed',
      held: 'requires_capture, authorized, failed',
      taken: 'succeeded, captured, failed',
    },
    authenticated: {
      succeeded: 'requires_payment_method, failed, succeeded',
      released: 'requires_payment_method, failed, succeeded',
      failed: 'requires_confirmation, authenticated, failed',
      not_found: 'requires_payment_method, failed, failed',
      declined: 'requires_payment_method, failed, failed',
      deciding: 'requires_confirmation, authenticated, failed',
      held: 'requires_confirmation, authorized, failed',
      taken: 'requires_confirmation, captured, failed',
    },
    failed: {
      succeeded: 'requires_payment_method, failed, succeeded',
      released: 'requires_payment_method, failed, succeeded',
      failed: 'requires_payment_method, failed, failed',
      not_found: 'requires_payment_method, failed, failed',
      declined: 'requires_payment_method, failed, failed',
      deciding: 'requires_payment_method, failed, failed',
      held: 'requires_capture, authorized, failed',
      taken: 'succeeded, captured, failed',
    },
    closed: {
      succeeded: 'canceled, closed, succeeded',
      released: 'canceled, closed, succeeded',
      failed: 'canceled, closed, failed',
      not_found: 'canceled, closed, failed',
      declined: 'canceled, closed, failed',
      deciding: 'canceled, closed, failed',
      held: 'canceled, closed ask hold, failed',
      taken: 'canceled, closed ask, failed',
    },
  },
  failed: {
    sent: {
      succeeded: 'requires_payment_method, failed, succeeded',
      released: 'requires_payment_method, failed, succeeded',
      not_found: 'requires_payment_method, failed, failed',
      declined: 'requires_payment_method, failed, failed',
      deciding: 'processing, sent, failed',
      held: 'requires_capture, authorized, failed',
      taken: 'succeeded, captured, failed',
    },
    requires_action: {
      succeeded: 'requires_payment_method, failed, succeeded',
      released: 'requires_payment_method, failed, succeeded',
      not_found: 'requires_payment_method, failed, failed',
      declined: 'requires_payment_method, failed, failed',
      deciding: 'requires_action, requires_action, failed',
      held: 'requires_capture, authorized, failed',
      taken: 'succeeded, captured, failed',
    },
    authenticated: { succeeded: 'alarm' },
    failed: {
      succeeded: 'requires_payment_method, failed, succeeded',
      released: 'requires_payment_method, failed, succeeded',
    },
    authorized: { succeeded: 'alarm' },
    captured: { succeeded: 'alarm' },
    voided: { succeeded: 'alarm' },
    closed: { succeeded: 'canceled, closed, succeeded', released: 'canceled, closed, succeeded' },
  },
  succeeded: { failed: ALARMED, authorized: ALARMED, captured: ALARMED, voided: ALARMED, closed: ALARMED },
} as const;

describe('every result of the void', () => {
  const rows = Object.entries(LEARNED).flatMap(([mark, statuses]) =>
    Object.entries<Readonly<Record<string, string>>>(statuses).map(
      ([status, expected]) => [mark as Mark, status as AttemptStatus, expected] as const,
    ),
  );

  it.each(rows)('void %s, attempt %s', (mark, status, expected) => {
    for (const [name, outcome] of Object.entries(RESULTS))
      expect([name, learned(knownVoid(status, mark), outcome)]).toEqual([
        name,
        ({ ...SAME, ...expected } as Readonly<Record<string, string>>)[name],
      ]);
  });

  it('of another number, or of no void, is none', () => {
    const payment = knownVoid('sent', 'open');
    expect(applyRecoveryVoid(payment, 1, 2, RESULTS.succeeded, COMMIT)).toBeUndefined();
    expect(applyRecoveryVoid(payment, 2, 1, RESULTS.succeeded, COMMIT)).toBeUndefined();
    expect(applyRecoveryVoid(known('sent', false), 1, 1, RESULTS.succeeded, COMMIT)).toBeUndefined();
  });

  it('of a payment that a success was reported of: not_found fails nothing', () => {
    const said = OUTCOMES.captured;
    const payment = knownVoid('sent', 'open', { said, reported: { amount: 2_000n } });

    expect(learned(payment, RESULTS.not_found)).toBe('processing, sent ask, failed');
  });

  it('a charge of it says that it was voided', () => {
    const after = applyRecoveryVoid(knownVoid('sent', 'open'), 1, 1, RESULTS.succeeded, COMMIT)!;

    expect(after.attempts[0]!.decline).toMatchObject({ code: 'processing_error' });
    expect(after.attempts[0]!.decline).not.toHaveProperty('class');
  });
});

describe('reports of the attempt', () => {
  it.each(['sent', 'requires_action', 'failed', 'authenticated', 'closed'] as const)(
    '%s: a success waits for a void that is under way, and is kept with all that it says',
    (status) => {
      for (const kind of ['authorized', 'captured'] as const) {
        const payment = knownVoid(status, 'open');
        const asked = kind === 'captured' ? 'ask 2000' : 'ask';
        expect(led(payment, OUTCOMES[kind])).toBe(`${payment.status}, ${status} ${asked}`);
        const after = applyOutcome(payment, 1, OUTCOMES[kind], COMMIT)!;
        expect(after.attempts[0]!.said).toEqual(OUTCOMES[kind]);
        expect(led(after, OUTCOMES[kind])).toBe('same');
      }
    },
  );

  it('money says more than a hold, whichever is reported first', () => {
    for (const kinds of [['authorized', 'captured'] as const, ['captured', 'authorized'] as const]) {
      const after = kinds.reduce(
        (payment, kind) => applyOutcome(payment, 1, OUTCOMES[kind], COMMIT)!,
        knownVoid('sent', 'open'),
      );
      expect(after.attempts[0]!).toMatchObject({ said: OUTCOMES.captured, reportedHold: 'open' });
    }
  });

  it('a decline needs not wait', () => {
    expect(led(knownVoid('sent', 'open'), OUTCOMES.failed)).toBe('requires_payment_method, failed');
  });

  it.each(['sent', 'requires_action', 'failed'] as const)('%s: after a refused void, a success pays', (status) => {
    expect(led(knownVoid(status, 'failed'), OUTCOMES.authorized)).toBe('requires_capture, authorized');
    expect(led(knownVoid(status, 'failed'), OUTCOMES.captured)).toBe('succeeded, captured');
  });

  it('after a void that took effect, a success is not the payment’s', () => {
    expect(led(knownVoid('failed', 'succeeded'), OUTCOMES.authorized)).toBe('requires_payment_method, failed ask');
    expect(led(knownVoid('failed', 'succeeded'), OUTCOMES.captured)).toBe('requires_payment_method, failed ask 2000');
    expect(led(knownVoid('failed', 'succeeded'), OUTCOMES.failed)).toBe('same');
  });
});
