/** The journal entries that each state of a refund, a payout and a dispute stands for (I3, I4). */

import { describe, expect, it } from 'vitest';
import type { Dispute } from '../../../functions/disputes/dispute.ts';
import { disputeTransactions } from '../../../functions/disputes/entries.ts';
import type { ChannelReference, ObjectKey } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { lastCommittedMs } from '../../../functions/ledger/entry.ts';
import type { Payout } from '../../../functions/payouts/payout.ts';
import type { Refund } from '../../../functions/refunds/refund.ts';
import { entriesBornWith, entriesOf, everyEntryOf } from '../../../functions/stream/posting.ts';
import { BODY, CREATED_MS, created, paid, payout, refund } from '../notifications/images.ts';
import { short } from './posted.ts';

const USD = parseCurrency('usd')!;
const ofRefund = (changes: Partial<Refund>) => entriesOf({ kind: 'refund', new: { ...refund, ...changes } });
const ofPayout = (changes: Partial<Payout>) => entriesOf({ kind: 'payout', new: { ...payout, ...changes } });

describe('a refund', () => {
  const REQUEST = `debit liab:merchant:pending 500, credit liab:refund_clearing:sandbox 500`;

  it('is requested with its own transaction, and posts nothing more until it is decided', () => {
    const [entry, ...others] = entriesBornWith({ kind: 'refund', new: refund });
    expect(others).toEqual([]);
    expect(short([entry!])).toEqual([`refund_requested 1 +60000: ${REQUEST}`]);
    expect(entry).toMatchObject({
      body: refund.body,
      currency: 'usd',
      reference: refund.reference,
      transaction: { type: 'refund', amount: -500n, fee: 0n, source: `re_${refund.body}` },
    });
    expect(ofRefund({})).toEqual([]);
    expect(ofRefund({ status: 'canceled' })).toEqual([]);
  });

  it('that succeeded leaves the clearing account, and frees its share of the reserve', () => {
    const entries = ofRefund({
      status: 'succeeded',
      succeededMs: CREATED_MS + 70_000,
      committedMs: CREATED_MS + 90_000,
    });
    expect(short(entries)).toEqual([
      'refund_succeeded 1 +70000: debit liab:refund_clearing:sandbox 500, credit assets:channel:sandbox 500',
    ]);
    expect(entries[0]).not.toHaveProperty('freed');
    expect(entries[0]).not.toHaveProperty('transaction');
    expect(short(ofRefund({ status: 'succeeded' }))[0]).toMatch(/^refund_succeeded 1 \+60000/);
    const reserveFreed = [{ date: '2026-10-22', amount: 50n }];
    expect(ofRefund({ status: 'succeeded', reserveFreed })[0]).toMatchObject({ freed: reserveFreed });
    expect(ofRefund({ status: 'succeeded', reserveFreed: [] })[0]).not.toHaveProperty('freed');
  });

  it('that failed goes back to the account that it came from', () => {
    const entries = ofRefund({ status: 'failed', failedMs: CREATED_MS + 80_000, fundedBy: 'available' });
    expect(short(entries)).toEqual([
      'refund_failed 1 +80000: debit liab:refund_clearing:sandbox 500, credit liab:merchant:available 500',
    ]);
    expect(entries[0]!.transaction).toEqual({
      type: 'refund_failure',
      amount: 500n,
      fee: 0n,
      source: `re_${refund.body}`,
    });
    expect(short(ofRefund({ status: 'failed' }))[0]).toMatch(/^refund_failed 1 \+60000/);
  });

  it('that failed after its success is taken back from the channel', () => {
    const times = { succeededMs: CREATED_MS + 70_000, failedMs: CREATED_MS + 80_000 };
    expect(short(ofRefund({ status: 'failed', ...times }))).toEqual([
      'refund_succeeded 1 +70000: debit liab:refund_clearing:sandbox 500, credit assets:channel:sandbox 500',
      'refund_failed 1 +80000: debit assets:channel:sandbox 500, credit liab:refund_clearing:sandbox 500, debit liab:refund_clearing:sandbox 500, credit liab:merchant:pending 500',
    ]);
  });
});

describe('a payout', () => {
  const AVAILABLE = 'debit liab:payout_clearing 1912, credit liab:merchant:available 1912';
  const source = `po_${payout.body}`;

  it('is created with its own transaction, and posts nothing more until it has ended', () => {
    const [entry, ...others] = entriesBornWith({ kind: 'payout', new: payout });
    expect(others).toEqual([]);
    expect(short([entry!])).toEqual([
      'payout_created 1 +60000: debit liab:merchant:available 1912, credit liab:payout_clearing 1912',
    ]);
    expect(entry).toMatchObject({
      body: payout.body,
      currency: 'usd',
      reference: payout.reference,
      transaction: { type: 'payout', amount: -1_912n, fee: 0n, source },
    });
    expect(ofPayout({})).toEqual([]);
    expect(ofPayout({ status: 'in_transit' })).toEqual([]);
    expect(entriesBornWith({ kind: 'payment', new: paid })).toEqual([]);
  });

  it('that is paid has left the clearing account for the bank', () => {
    const times = { endedMs: CREATED_MS + 80_000, paidMs: CREATED_MS + 70_000 };
    const PAID = 'debit liab:payout_clearing 1912, credit assets:bank 1912';
    expect(short(ofPayout({ status: 'paid', ...times }))).toEqual([`payout_paid 1 +70000: ${PAID}`]);
    expect(short(ofPayout({ status: 'paid', endedMs: CREATED_MS + 80_000 }))).toEqual([
      `payout_paid 1 +80000: ${PAID}`,
    ]);
    expect(short(ofPayout({ status: 'paid' }))).toEqual([`payout_paid 1 +60000: ${PAID}`]);
    expect(ofPayout({ status: 'paid' })[0]).toMatchObject({ body: payout.body, reference: payout.reference });
    expect(ofPayout({ status: 'paid' })[0]).not.toHaveProperty('transaction');
  });

  it.each([
    ['failed', 'payout_failed', 'payout_failure'],
    ['canceled', 'payout_canceled', 'payout_cancel'],
  ] as const)('that is %s is available again', (status, type, transaction) => {
    const entries = ofPayout({ status, endedMs: CREATED_MS + 80_000 });
    expect(short(entries)).toEqual([`${type} 1 +80000: ${AVAILABLE}`]);
    expect(entries[0]!.transaction).toEqual({ type: transaction, amount: 1_912n, fee: 0n, source });
  });

  it('that is sent back after it was paid comes from the bank', () => {
    const entries = ofPayout({ status: 'failed', paidMs: CREATED_MS + 70_000, endedMs: CREATED_MS + 80_000 });
    expect(short(entries)).toEqual([
      'payout_paid 1 +70000: debit liab:payout_clearing 1912, credit assets:bank 1912',
      'payout_returned 1 +80000: debit assets:bank 1912, credit liab:merchant:available 1912',
    ]);
    expect(entries[1]!.transaction).toEqual({ type: 'payout_failure', amount: 1_912n, fee: 0n, source });
  });
});

describe('a dispute', () => {
  const dispute = {
    body: '0WXYZab1abcdefghijklmn' as ObjectKey,
    payment: BODY,
    chargeOrdinal: 1,
    paymentReference: 'Scope0010WXYZab1nmlkjihgfedcba1' as ChannelReference,
    channel: { channel: 'sandbox', account: 'acc1' },
    amount: 7_500n,
    fee: 1_500n,
    currency: USD,
  } as Dispute;
  const source = `du_${dispute.body}`;

  it('that is opened and won has one balance transaction each', () => {
    const [opened, won] = disputeTransactions({
      ...dispute,
      withdrawnMs: CREATED_MS + 1,
      reinstatedMs: CREATED_MS + 2,
    });
    expect(opened).toMatchObject({
      type: 'dispute_opened',
      body: dispute.body,
      step: 1,
      currency: 'usd',
      committedMs: CREATED_MS + 1,
      reference: dispute.paymentReference,
    });
    expect(opened!.transaction).toEqual({
      type: 'dispute',
      amount: -7_500n,
      fee: 1_500n,
      source,
      description: `Chargeback withdrawal for ch_${BODY}1`,
    });
    expect(opened).not.toHaveProperty('freed');
    expect(won).toMatchObject({ type: 'dispute_won', committedMs: CREATED_MS + 2 });
    expect(won!.transaction).toEqual({
      type: 'dispute_reversal',
      amount: 7_500n,
      fee: 0n,
      source,
      description: `Chargeback reversal for ch_${BODY}1`,
    });
    expect(disputeTransactions(dispute)).toEqual([]);
  });

  it('frees its share of the reserve when it is opened', () => {
    const reserveFreed = [{ date: '2026-10-22', amount: 50n }];
    expect(disputeTransactions({ ...dispute, withdrawnMs: 1, reserveFreed })[0]).toMatchObject({ freed: reserveFreed });
  });

  it('that is lost ends what was held for it', () => {
    expect(short(entriesOf({ kind: 'dispute', new: { ...dispute, lostMs: CREATED_MS + 3 } }))).toEqual([
      'dispute_lost 1 +3: debit liab:merchant:dispute_hold 7500, credit assets:dispute_recv:sandbox 7500',
    ]);
    expect(short(entriesOf({ kind: 'dispute', new: dispute }))).toEqual([]);
  });
});

describe('an object as it stands', () => {
  it('has made the entry of its creation and those since, and moved money with the last', () => {
    const failed: Refund = {
      ...refund,
      status: 'failed',
      succeededMs: CREATED_MS + 90_000,
      failedMs: CREATED_MS + 80_000,
    };
    const image = { kind: 'refund', new: failed } as const;

    expect(everyEntryOf(image).map(({ type }) => type)).toEqual([
      'refund_requested',
      'refund_succeeded',
      'refund_failed',
    ]);
    expect(lastCommittedMs(everyEntryOf(image))).toBe(CREATED_MS + 90_000);
    expect(lastCommittedMs(everyEntryOf({ kind: 'payment', new: created }))).toBeUndefined();
  });
});
