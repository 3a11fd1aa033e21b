/** The dispute's moves, one by one: which fact and which answer lead where. */
import { describe, expect, it } from 'vitest';
import type { DisputeFacts, DisputeOutcome } from '../../../functions/channels/port/port.ts';
import {
  applyAnswer,
  applyFacts,
  contradictsDispute,
  type Dispute,
  type DisputeStatus,
  disputeKeyOf,
  disputeMarks,
  openedDispute,
} from '../../../functions/disputes/dispute.ts';
import type { ChannelReference, ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import type { Payment } from '../../../functions/payments/payment.ts';

const NOW_MS = Date.UTC(2027, 0, 15, 12);
const REFERENCE = 'Scope0010WXYZab1nmlkjihgfedcba1' as ChannelReference;
const payment = {
  scope: 'Scope001' as Scope,
  body: '0WXYZab1nmlkjihgfedcba' as ObjectKey,
  livemode: false,
  currency: 'usd',
} as Payment;
const attempt = {
  ordinal: 1,
  reference: REFERENCE,
  channel: { channel: 'sandbox', account: 'acc1' },
  method: { card: { brand: 'visa' } },
} as Attempt;
const facts = (kind: DisputeFacts['kind'], changes: Partial<DisputeFacts> = {}): DisputeFacts => ({
  id: '1',
  kind,
  amount: 7_500n,
  currency: 'usd',
  fee: kind === 'chargeback' ? 1_500n : 0n,
  reason: 'fraudulent',
  openedMs: NOW_MS - 2_000,
  dueMs: NOW_MS + 1_000_000,
  ...changes,
});
const chargeback = openedDispute(payment, attempt, facts('chargeback'), NOW_MS);
const inquiry = openedDispute(payment, attempt, facts('inquiry'), NOW_MS);
const inStatus = (status: DisputeStatus): Dispute => ({
  ...(status.startsWith('warning_') ? inquiry : chargeback),
  status,
});
const led = (dispute: Dispute, kind: DisputeFacts['kind'], outcome: DisputeOutcome['kind']) =>
  applyFacts(dispute, facts(kind), { kind: outcome }, NOW_MS + 10)?.status;

describe('facts of the channel', () => {
  const STATUSES = [
    'warning_needs_response',
    'warning_under_review',
    'warning_closed',
    'needs_response',
    'under_review',
    'won',
    'lost',
  ] as const satisfies readonly DisputeStatus[];
  /** Rows by status: inquiry opened, inquiry closed, chargeback opened, won, lost. */
  const TABLE: Readonly<Record<DisputeStatus, readonly (DisputeStatus | undefined)[]>> = {
    warning_needs_response: [undefined, 'warning_closed', 'needs_response', 'needs_response', 'needs_response'],
    warning_under_review: [undefined, 'warning_closed', 'needs_response', 'needs_response', 'needs_response'],
    warning_closed: [undefined, undefined, 'needs_response', 'needs_response', 'needs_response'],
    needs_response: [undefined, undefined, undefined, 'won', 'lost'],
    under_review: [undefined, undefined, undefined, 'won', 'lost'],
    won: [undefined, undefined, undefined, undefined, undefined],
    lost: [undefined, undefined, undefined, undefined, undefined],
  };

  it.each(STATUSES)('lead from %s only forward', (status) => {
    const dispute = inStatus(status);

    expect([
      led(dispute, 'inquiry', 'opened'),
      led(dispute, 'inquiry', 'closed'),
      led(dispute, 'chargeback', 'opened'),
      led(dispute, 'chargeback', 'won'),
      led(dispute, 'chargeback', 'lost'),
    ]).toEqual(TABLE[status]);
  });

  it('that take back an end contradict it', () => {
    expect(contradictsDispute(inStatus('won'), { kind: 'lost' })).toBe(true);
    expect(contradictsDispute(inStatus('lost'), { kind: 'won' })).toBe(true);
    expect(contradictsDispute(inStatus('won'), { kind: 'won' })).toBe(false);
    expect(contradictsDispute(inStatus('lost'), { kind: 'opened' })).toBe(false);
  });

  it('name one dispute however often they come, and another for another name', () => {
    expect(disputeKeyOf(REFERENCE, payment.body, facts('chargeback'))).toBe(chargeback.body);
    expect(disputeKeyOf(REFERENCE, payment.body, facts('chargeback', { id: '2' }))).not.toBe(chargeback.body);
    expect(chargeback.body.charAt(7)).toBe('1');
  });

  it('of a chargeback take its own amount and time to answer over from the inquiry that it was', () => {
    const escalated = applyFacts(
      inquiry,
      facts('chargeback', { amount: 7_000n, dueMs: NOW_MS + 2_000_000 }),
      { kind: 'opened' },
      NOW_MS + 10,
    );

    expect(escalated).toMatchObject({
      amount: 7_000n,
      fee: 1_500n,
      dueMs: NOW_MS + 2_000_000,
      withdrawnMs: NOW_MS + 10,
      version: 2,
    });
  });
});

describe('answers', () => {
  const pending = {
    submission: 1,
    answer: 'contest',
    sentMs: NOW_MS + 5,
    evidence: { customer_name: 'J' },
    metadata: { a: 'b' },
    keyHash: 'key',
  } as const;
  const answering: Dispute = { ...chargeback, pending, answers: 1 };

  it('are written once the channel has them', () => {
    expect(applyAnswer(answering, 1, { kind: 'unknown', reason: 'lost' }, NOW_MS + 9)).toBeUndefined();
    expect(applyAnswer(answering, 2, { kind: 'succeeded' }, NOW_MS + 9)).toBeUndefined();
    const taken = applyAnswer(answering, 1, { kind: 'succeeded' }, NOW_MS + 9)!;
    expect(taken).toMatchObject({
      status: 'under_review',
      evidence: { customer_name: 'J' },
      metadata: { a: 'b' },
      submissions: 1,
      submittedMs: NOW_MS + 5,
      answeredKeyHash: 'key',
    });
    expect(taken.pending).toBeUndefined();
  });

  it('that are refused change the dispute only by the stored refusal for their key', () => {
    const decline = { code: 'dispute_closed', message: 'Too late.' };
    const refused = applyAnswer(answering, 1, { kind: 'failed', decline }, NOW_MS + 9)!;

    expect(refused).toMatchObject({ status: 'needs_response', evidence: {}, metadata: {}, submissions: 0 });
    expect(refused.refusedAnswer).toEqual({ keyHash: 'key', reason: 'Too late.' });
  });

  it('that accept lose the chargeback and close the inquiry', () => {
    const accept = { ...pending, answer: 'accept', evidence: {}, metadata: {} } as const;

    expect(applyAnswer({ ...chargeback, pending: accept }, 1, { kind: 'succeeded' }, NOW_MS + 9)).toMatchObject({
      status: 'lost',
      lostMs: NOW_MS + 9,
      submissions: 0,
    });
    const closed = applyAnswer({ ...inquiry, pending: accept }, 1, { kind: 'succeeded' }, NOW_MS + 9)!;
    expect(closed.status).toBe('warning_closed');
    expect(closed.lostMs).toBeUndefined();
  });

  it('count as taken, in a step of their own, when the end comes before their own answer', () => {
    const taken = applyFacts(answering, facts('chargeback'), { kind: 'won' }, NOW_MS + 9)!;
    const won = applyFacts(taken, facts('chargeback'), { kind: 'won' }, NOW_MS + 9);

    expect(taken).toMatchObject({ status: 'under_review', submissions: 1, evidence: { customer_name: 'J' } });
    expect(won).toMatchObject({ status: 'won', answeredKeyHash: 'key', reinstatedMs: NOW_MS + 10 });
  });
});

describe('what the payment says', () => {
  it('counts chargebacks that are opened, and blocks refunds until each is won', () => {
    const won: Dispute = { ...chargeback, reinstatedMs: NOW_MS };
    const one = { ...payment, disputes: { opened: 1, blocking: 1 } };

    expect(disputeMarks(payment, undefined, chargeback)).toEqual({ opened: 1, blocking: 1 });
    expect(disputeMarks(one, undefined, chargeback)).toEqual({ opened: 2, blocking: 2 });
    expect(disputeMarks(one, chargeback, won)).toEqual({ opened: 1, blocking: 0 });
    expect(disputeMarks(payment, undefined, inquiry)).toBeUndefined();
    expect(disputeMarks(one, chargeback, { ...chargeback, status: 'lost', lostMs: NOW_MS })).toBeUndefined();
  });
});
