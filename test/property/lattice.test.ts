/** I13: reports that come late, twice and in any order end in the same status, and none takes a fact back. Of each aggregate that learns so. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { DisputeFacts, DisputeOutcome, OperationOutcome } from '../../functions/channels/port/port.ts';
import { applyFacts, type Dispute, type DisputeStatus } from '../../functions/disputes/dispute.ts';
import { lattice } from '../../functions/kernel/lattice.ts';
import type { AttemptStatus } from '../../functions/payments/attempt.ts';
import { applyOperation } from '../../functions/payments/operations/operation-outcome.ts';
import { applyOutcome } from '../../functions/payments/outcome.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { applyPayoutNews, type Payout, type PayoutNews } from '../../functions/payouts/payout.ts';
import { applyRefundOutcome } from '../../functions/refunds/outcome.ts';
import type { Refund } from '../../functions/refunds/refund.ts';
import { applySetupOutcome, type SetupIntent } from '../../functions/setup-intents/setup-intent.ts';
import { created, sent } from '../unit/notifications/images.ts';
import { COMMIT, DECLINE, known, OUTCOMES } from '../unit/payments/known.ts';

const STATUSES = ['a', 'b', 'c', 'd', 'e'] as const;
type Status = (typeof STATUSES)[number];
const status = fc.constantFrom(...STATUSES);
const ranksOf = (rank: fc.Arbitrary<number>): fc.Arbitrary<Record<Status, number>> =>
  fc.record({ a: rank, b: rank, c: rank, d: rank, e: rank });
const ranks = ranksOf(fc.integer({ min: 0, max: 4 }));
const distinct = fc
  .shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 })
  .map(([a, b, c, d, e]) => ({ a: a!, b: b!, c: c!, d: d!, e: e! }));

/** The status after one more report. */
const learnedIn = (of: Record<Status, number>) => {
  const { isNews } = lattice(of);
  return (from: Status, to: Status): Status => (isNews(from, to) ? to : from);
};

describe('a lattice', () => {
  test.prop([ranks, status, status])('never moves down', (of, from, to) => {
    expect(of[learnedIn(of)(from, to)]).toBe(Math.max(of[from], of[to]));
  });

  test.prop([ranks, status, status])('learns nothing from a report that it has learned', (of, from, to) => {
    const learned = learnedIn(of);
    const once = learned(from, to);

    expect(learned(once, to)).toBe(once);
    expect(learned(once, from)).toBe(once);
  });

  test.prop([ranks, status, status, status])(
    'learns the same of two reports however they are grouped',
    (of, a, b, c) => {
      const learned = learnedIn(of);

      expect(learned(learned(a, b), c)).toBe(learned(a, learned(b, c)));
    },
  );

  test.prop([distinct, status, status])('of distinct ranks ends in the same status in either order', (of, a, b) => {
    const learned = learnedIn(of);

    expect(learned(a, b)).toBe(learned(b, a));
  });

  test.prop([ranks, status, status])('keeps the first of two reports of one rank', (of, from, to) => {
    fc.pre(of[from] === of[to]);

    expect(learnedIn(of)(from, to)).toBe(from);
  });
});

/** An aggregate that learns from reports. */
interface Learner<T, R> {
  readonly first: T;
  readonly reports: readonly R[];
  readonly apply: (value: T, report: R) => T | undefined;
  readonly statusOf: (value: T) => string;
  /** Lowest first. */
  readonly order: readonly string[];
}

const refund: Learner<Refund, OperationOutcome> = {
  first: { scope: created.scope, body: created.body, version: 1, committedMs: 1, status: 'pending' } as Refund,
  reports: [
    { kind: 'unknown', reason: 'no response' },
    { kind: 'pending' },
    { kind: 'succeeded' },
    { kind: 'failed', decline: DECLINE },
  ],
  apply: (value, report) => applyRefundOutcome(value, report, 10),
  statusOf: (value) => value.status,
  order: ['pending', 'succeeded', 'failed'],
};

const payout: Learner<Payout, PayoutNews> = {
  first: { scope: created.scope, body: created.body, version: 1, committedMs: 1, status: 'pending' } as Payout,
  reports: [{ kind: 'ordered' }, { kind: 'paid', traceId: 't1' }, { kind: 'failed', code: 'no_account' }],
  apply: (value, report) => applyPayoutNews(value, report, 10),
  statusOf: (value) => value.status,
  order: ['pending', 'in_transit', 'paid', 'failed'],
};

const FACTS = { id: 'd1', amount: 5n, currency: 'usd', fee: 1n, reason: 'general', openedMs: 1, dueMs: 9 };
const inquiry = { ...FACTS, kind: 'inquiry' } as DisputeFacts;
const chargeback = { ...FACTS, kind: 'chargeback' } as DisputeFacts;

/** All that a channel may say of a dispute that ends like this. */
const dispute = (end: 'won' | 'lost'): Learner<Dispute, readonly [DisputeFacts, DisputeOutcome]> => ({
  first: {
    scope: created.scope,
    body: created.body,
    version: 1,
    committedMs: 1,
    status: 'warning_needs_response',
  } as Dispute,
  reports: [
    [inquiry, { kind: 'opened' }],
    [inquiry, { kind: 'closed' }],
    [chargeback, { kind: 'opened' }],
    [chargeback, { kind: end }],
  ],
  // A report is applied step by step, until nothing is left to learn.
  apply: (value, [facts, outcome]) => {
    let last: Dispute | undefined;
    for (let after = applyFacts(value, facts, outcome, 10); after; after = applyFacts(after, facts, outcome, 10))
      last = after;
    return last;
  },
  statusOf: (value) => value.status,
  order: ['warning_needs_response', 'warning_closed', 'needs_response', end] satisfies DisputeStatus[],
});

const setup: Learner<SetupIntent, (typeof OUTCOMES)[keyof typeof OUTCOMES]> = {
  first: {
    scope: created.scope,
    body: created.body,
    version: 1,
    createdMs: 1,
    committedMs: 1,
    status: 'processing',
    attempts: [{ ...sent, status: 'sent' }],
  } as unknown as SetupIntent,
  reports: Object.values(OUTCOMES),
  apply: (value, report) => applySetupOutcome(value, 1, report, 10),
  statusOf: (value) => value.attempts[0]!.status,
  order: ['sent', 'requires_action', 'failed', 'succeeded'],
};

const attempt: Learner<Payment, (typeof OUTCOMES)[keyof typeof OUTCOMES]> = {
  first: known('sent', false),
  // A charge in one step: it is never held.
  reports: Object.values(OUTCOMES).filter(({ kind }) => kind !== 'authorized'),
  apply: (value, report) => applyOutcome(value, 1, report, COMMIT),
  statusOf: (value) => value.attempts[0]!.status,
  order: ['sent', 'requires_action', 'authenticated', 'failed', 'captured'] satisfies AttemptStatus[],
};

const operation: Learner<Payment, OperationOutcome> = {
  first: known('authorized', true, {
    operations: 1,
    pending: { kind: 'capture', operation: 1, amount: 2_000n, sentMs: 1 },
  }),
  reports: refund.reports,
  apply: (value, report) => applyOperation(value, 1, report, COMMIT),
  statusOf: ({ pending, capture }) => (pending ? 'pending' : capture ? 'succeeded' : 'failed'),
  order: ['pending', 'failed', 'succeeded'],
};

const LEARNERS: Readonly<Record<string, unknown>> = {
  'an attempt': attempt,
  'an operation': operation,
  'a refund': refund,
  'a payout': payout,
  'a dispute that is won': dispute('won'),
  'a dispute that is lost': dispute('lost'),
  'a try of a setup intent': setup,
};

describe.each(Object.entries(LEARNERS) as [string, Learner<object, object>][])(
  '%s',
  (_, { first, reports, apply, statusOf, order }) => {
    const heard = fc.array(fc.constantFrom(...reports), { maxLength: 8 });
    const learnedOf = (all: readonly object[]): object =>
      all.reduce((value, report) => apply(value, report) ?? value, first);

    test.prop([heard])('never moves down, and each report moves it up or changes nothing', (all) => {
      let value = first;
      for (const report of all) {
        const next = apply(value, report);
        const [from, to] = [order.indexOf(statusOf(value)), order.indexOf(statusOf(next ?? value))];
        expect(to - from).toSatisfy((up: number) => (next ? up > 0 : up === 0));
        value = next ?? value;
      }
    });

    test.prop([heard])('learns nothing from a report that it has learned', (all) => {
      const value = learnedOf(all);

      expect(all.filter((report) => apply(value, report) !== undefined)).toEqual([]);
    });

    test.prop([heard, fc.infiniteStream(fc.nat())])('ends in the same status in any order', (all, random) => {
      const shuffled = all
        .map((report) => [random.next().value as number, report] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, report]) => report);

      expect(statusOf(learnedOf(shuffled))).toBe(statusOf(learnedOf(all)));
    });
  },
);
