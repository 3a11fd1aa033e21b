import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import type { Payout } from '../../../functions/payouts/payout.ts';
import type { Refund } from '../../../functions/refunds/refund.ts';
import { eventTypesOf, previousAttributes } from '../../../functions/stream/events.ts';
import type { Change } from '../../../functions/stream/kinds.ts';
import { kindOf } from '../../../functions/stream/kinds.ts';
import * as images from './images.ts';

const payment = (now: Payment, old?: Payment): Change => ({ kind: 'payment', new: now, ...(old && { old }) });
const refund = (now: Refund, old?: Refund): Change => ({ kind: 'refund', new: now, ...(old && { old }) });
const payout = (now: Payout, old?: Payout): Change => ({ kind: 'payout', new: now, ...(old && { old }) });
const { following, authorized, claimed, created, paid } = images;
const confirmable: Payment = { ...created, status: 'requires_confirmation', method: images.method };
const confirming = following(confirmable, { status: 'processing', cause: 'confirming', attempts: [images.sent] });

/** The payment with its only attempt changed. */
const attempted = (of: Payment, changes: Partial<Attempt>): Payment => ({
  ...of,
  attempts: [{ ...of.attempts[0]!, ...changes }],
});
const flexible = attempted(authorized, { features: ['increment', 'multicapture'] });
const review = { action: 'review', level: 'elevated', score: 68, rule: 'r', reasons: ['r'] } as const;

const countedOf = (change: Change) => kindOf(change).features!(change.old, change.new);
const featuresOf = (change: Change) => countedOf(change).attempts;
const reviewsOf = (change: Change) => countedOf(change).reviews;

describe('events of a payment', () => {
  const cases: readonly (readonly [string, Change, readonly string[]])[] = [
    ['created without confirm', payment(created), ['payment_intent.created']],
    ['created and claimed in one request: nothing yet', payment(claimed), []],
    [
      'paid at once',
      payment(paid, claimed),
      ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'],
    ],
    [
      'declined at once',
      payment(images.declined, claimed),
      ['payment_intent.created', 'charge.failed', 'payment_intent.payment_failed'],
    ],
    [
      'challenged at once: no charge yet',
      payment(images.challenged, claimed),
      ['payment_intent.created', 'payment_intent.requires_action'],
    ],
    [
      'outcome unknown: announced as processing',
      payment(images.unknown, claimed),
      ['payment_intent.created', 'payment_intent.processing'],
    ],
    [
      'authorized at once',
      payment(authorized, claimed),
      ['payment_intent.created', 'charge.succeeded', 'payment_intent.amount_capturable_updated'],
    ],
    [
      'paid at once with elevated risk',
      payment(attempted(paid, { risk: review }), claimed),
      ['payment_intent.created', 'charge.succeeded', 'review.opened', 'payment_intent.succeeded'],
    ],
    ['claimed later', payment(confirming, confirmable), []],
    [
      'answered later without an outcome',
      payment(following(confirming, { cause: 'replied' }), confirming),
      ['payment_intent.processing'],
    ],
    [
      'judged by risk later, and without an outcome',
      payment(following(confirming, { cause: 'outcome' }), confirming),
      ['payment_intent.processing'],
    ],
    [
      'answered once more: announced before',
      payment(following(confirming, { cause: 'replied' }), following(confirming, { cause: 'replied' })),
      [],
    ],
    [
      'paid later',
      payment(following(confirming, { status: 'succeeded', cause: 'outcome', attempts: paid.attempts }), confirming),
      ['charge.succeeded', 'payment_intent.succeeded'],
    ],
    [
      'paid after a challenge',
      payment(following(images.challenged, { status: 'succeeded', attempts: paid.attempts }), images.challenged),
      ['charge.succeeded', 'payment_intent.succeeded'],
    ],
    ['capture sent', payment(following(authorized, { cause: 'capturing' }), authorized), []],
    [
      'captured',
      payment(following(authorized, { cause: 'captured', status: 'succeeded', attempts: paid.attempts }), authorized),
      ['charge.captured', 'payment_intent.succeeded'],
    ],
    [
      'captured in part, where the rest stays held',
      payment(following(flexible, { cause: 'captured' }), flexible),
      ['charge.updated', 'payment_intent.amount_capturable_updated'],
    ],
    [
      'captured for the last time',
      payment(
        following(attempted(flexible, { status: 'captured' }), { cause: 'captured', status: 'succeeded' }),
        flexible,
      ),
      ['charge.captured', 'charge.updated', 'payment_intent.amount_capturable_updated', 'payment_intent.succeeded'],
    ],
    [
      'its rest voided',
      payment(
        following(attempted(flexible, { status: 'captured' }), { cause: 'released', status: 'succeeded' }),
        flexible,
      ),
      ['charge.captured', 'payment_intent.amount_capturable_updated', 'payment_intent.succeeded'],
    ],
    [
      'raised',
      payment(following(flexible, { cause: 'incremented', amount: 3_000n }), flexible),
      ['charge.updated', 'payment_intent.amount_capturable_updated'],
    ],
    ['raise declined', payment(following(flexible, { cause: 'increment_failed' }), flexible), []],
    ['capture failed', payment(following(authorized, { cause: 'capture_failed' }), authorized), []],
    [
      'canceled',
      payment(following(created, { cause: 'canceled', status: 'canceled' }), created),
      ['payment_intent.canceled'],
    ],
    [
      'canceled with its authorization',
      payment(
        following(attempted(authorized, { status: 'voided' }), { cause: 'canceled', status: 'canceled' }),
        authorized,
      ),
      ['charge.refunded', 'payment_intent.canceled'],
    ],
    ['only its reply is new', payment(following(paid, { cause: 'replied' }), paid), []],
    ['metadata changed', payment(following(created, { metadata: { order: '8' } }), created), []],
    [
      'refund requested',
      payment(following(paid, { cause: 'refund_requested', refunded: 500n }), paid),
      ['charge.refunded'],
    ],
    ['refund failed', payment(following(paid, { cause: 'refund_failed' }), paid), []],
    [
      'money that arrives after the cancel',
      payment(following(attempted(images.challenged, { status: 'captured', surplus: true }), { status: 'canceled' }), {
        ...images.challenged,
        status: 'canceled',
      }),
      ['charge.updated'],
    ],
    [
      'a decline that arrives after the cancel fails the charge, not the payment',
      payment(following({ ...images.challenged, attempts: [images.failedAttempt] }, { status: 'canceled' }), {
        ...images.challenged,
        status: 'canceled',
      }),
      ['charge.failed'],
    ],
  ];

  it.each(cases)('%s', (_, change, types) => expect(eventTypesOf(change)).toEqual(types));
});

describe('events of a refund', () => {
  const { refund: pending } = images;
  const settled = (status: Refund['status']): Refund => ({ ...pending, version: 2, status });

  it('is created', () => expect(eventTypesOf(refund(pending))).toEqual(['refund.created']));
  it('succeeds', () =>
    expect(eventTypesOf(refund(settled('succeeded'), pending))).toEqual(['refund.updated', 'charge.refund.updated']));
  it('fails', () =>
    expect(eventTypesOf(refund(settled('failed'), pending))).toEqual([
      'refund.updated',
      'charge.refund.updated',
      'refund.failed',
    ]));
  it('announces nothing when its status stays', () =>
    expect(eventTypesOf(refund({ ...pending, version: 2 }, pending))).toEqual([]));
});

describe('events of a payout', () => {
  const { payout: pending } = images;
  const moved = (status: Payout['status']): Payout => ({ ...pending, version: 2, status });

  it('is created', () => expect(eventTypesOf(payout(pending))).toEqual(['payout.created']));
  it('is on its way', () => expect(eventTypesOf(payout(moved('in_transit'), pending))).toEqual(['payout.updated']));
  it('is paid', () => expect(eventTypesOf(payout(moved('paid'), pending))).toEqual(['payout.updated', 'payout.paid']));
  it('comes back after it was paid', () =>
    expect(eventTypesOf(payout(moved('failed'), moved('paid')))).toEqual(['payout.updated', 'payout.failed']));
});

describe('previous attributes', () => {
  const { refund: pending } = images;
  const failed: Refund = { ...pending, version: 2, status: 'failed', failureReason: 'declined', failedMs: 5 };

  it('are the members that an update changed, as they were, and null for those that were not there', () =>
    expect(previousAttributes(refund(failed, pending), ['refund.updated', 'refund.failed'])).toEqual({
      status: 'pending',
      pending_reason: 'processing',
      failure_balance_transaction: null,
      failure_reason: null,
    }));

  it('go down into changed members only', () =>
    expect(
      previousAttributes(refund({ ...pending, metadata: { a: '1', b: '2' } }, { ...pending, metadata: { a: '0' } }), [
        'refund.updated',
      ]),
    ).toEqual({ metadata: { a: '0', b: null } }));

  it('are part of updates only', () => {
    expect(previousAttributes(refund(pending), ['refund.created'])).toBeUndefined();
    expect(previousAttributes(payment(paid, claimed), ['charge.succeeded'])).toBeUndefined();
  });
});

describe('the features that risk receives', () => {
  it('counts an attempt with the commit that made its outcome known', () => {
    expect(featuresOf(payment({ ...paid, receiptEmail: 'a@b.example' }, claimed))).toEqual([
      {
        scope: 'AcmeTest',
        attempt: 'ch_VVrda1w2abcdefghijklmn1',
        payment: 'VVrda1w2abcdefghijklmn',
        atMs: 1790000000000,
        fingerprint: 'fp1',
        email: 'a@b.example',
        outcome: 'authorized',
      },
    ]);
  });

  it('separates a decline from a refusal of our own rules', () => {
    expect(featuresOf(payment(images.declined, claimed))[0]?.outcome).toBe('declined');
    expect(featuresOf(payment(attempted(images.declined, { blocked: true }), claimed))[0]?.outcome).toBe('blocked');
  });

  it('says when risk had to judge without its features', () => {
    const blind = { action: 'allow', level: 'normal', score: 10, reasons: ['features_unavailable'] } as const;

    expect(featuresOf(payment(attempted(paid, { risk: blind }), claimed))[0]?.unseen).toBe(true);
    expect(featuresOf(payment(attempted(paid, { risk: review }), claimed))[0]).not.toHaveProperty('unseen');
  });

  it('counts nothing while the outcome is open, and nothing again at capture or refund', () => {
    expect(featuresOf(payment(claimed))).toEqual([]);
    expect(featuresOf(payment(images.challenged, claimed))).toEqual([]);
    expect(featuresOf(payment(following(authorized, { attempts: paid.attempts }), authorized))).toEqual([]);
    expect(featuresOf(payment(following(paid, { cause: 'refund_requested' }), paid))).toEqual([]);
  });

  it('opens a review once, for money that is there and stays', () => {
    const risky = attempted(paid, { risk: review });

    expect(reviewsOf(payment(risky, claimed))).toEqual([
      {
        scope: 'AcmeTest',
        payment: 'VVrda1w2abcdefghijklmn',
        ordinal: 1,
        version: 1,
        livemode: false,
        open: true,
        rule: 'r',
        createdMs: 1790000000500,
      },
    ]);
    expect(reviewsOf(payment(following(risky, { cause: 'refund_requested' }), risky))).toEqual([]);
    expect(reviewsOf(payment(attempted(images.declined, { risk: review }), claimed))).toEqual([]);
    expect(reviewsOf(payment(attempted(risky, { surplus: true }), claimed))).toEqual([]);
  });
});
