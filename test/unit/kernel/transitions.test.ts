/** Every (status × status) pair of each aggregate: a legal move is written, and the write of any other one is a bug. */
import { describe, expect, it } from 'vitest';
import { NEXT_SESSION_STATUS, type Session, TEST_SESSION } from '../../../functions/checkout/session.ts';
import { putSession } from '../../../functions/checkout/store.ts';
import { type Dispute, NEXT_DISPUTE_STATUS } from '../../../functions/disputes/dispute.ts';
import { putDispute } from '../../../functions/disputes/store.ts';
import { next } from '../../../functions/payments/commit.ts';
import { NEXT_STATUS, type Payment } from '../../../functions/payments/payment.ts';
import { NEXT_PAYOUT_STATUS, type Payout } from '../../../functions/payouts/payout.ts';
import { putPayout } from '../../../functions/payouts/store.ts';
import { NEXT_REFUND_STATUS, type Refund } from '../../../functions/refunds/refund.ts';
import { putRefund } from '../../../functions/refunds/store.ts';
import { NEXT_SETUP_STATUS, type SetupIntent } from '../../../functions/setup-intents/setup-intent.ts';
import { putSetupIntent } from '../../../functions/setup-intents/store.ts';
import { recordOf } from '../../../functions/table/record.ts';
import { recordsOf } from '../../audit/records.ts';
import { begunMerchant } from '../../scenarios/busy-merchant.ts';

const { world } = (await begunMerchant()).sim;
const { payments, refunds, payouts, setups, disputes } = recordsOf(world);
const session = recordOf(TEST_SESSION, world.table.items('payments').find(({ kind }) => kind === TEST_SESSION.name)!);

interface Machine {
  /** As the code has them: of a status that is added to it, every pair is tried. */
  readonly statuses: readonly string[];
  readonly legal: readonly string[];
  /** Writes the move of a stored record. */
  readonly move: (from: string, to: string) => unknown;
}

/** A record as it stands, and its next version. */
function step<T extends { readonly version: number }>(record: T | undefined, from: string, to: string): [T, T] {
  const stored = record!;
  return [
    { ...stored, status: from },
    { ...stored, status: to, version: stored.version + 1 },
  ];
}

const MACHINES: Readonly<Record<string, Machine>> = {
  payment: {
    statuses: Object.keys(NEXT_STATUS),
    legal: [
      'requires_payment_method → requires_confirmation',
      'requires_payment_method → processing',
      'requires_payment_method → requires_capture',
      'requires_payment_method → succeeded',
      'requires_payment_method → canceled',
      'requires_confirmation → requires_payment_method',
      'requires_confirmation → processing',
      'requires_confirmation → canceled',
      'requires_action → requires_payment_method',
      'requires_action → requires_confirmation',
      'requires_action → processing',
      'requires_action → requires_capture',
      'requires_action → succeeded',
      'requires_action → canceled',
      'processing → requires_payment_method',
      'processing → requires_confirmation',
      'processing → requires_action',
      'processing → requires_capture',
      'processing → succeeded',
      'requires_capture → succeeded',
      'requires_capture → canceled',
    ],
    move: (from, to) => {
      const [before, { status }] = step<Payment>(payments[0], from, to);
      return next(before, 'updated', { nowMs: 1 }, { status });
    },
  },
  refund: {
    statuses: Object.keys(NEXT_REFUND_STATUS),
    legal: ['pending → succeeded', 'pending → failed', 'succeeded → failed'],
    move: (from, to) => putRefund(...step<Refund>(refunds[0], from, to)),
  },
  dispute: {
    statuses: Object.keys(NEXT_DISPUTE_STATUS),
    legal: [
      'warning_needs_response → warning_under_review',
      'warning_needs_response → warning_closed',
      'warning_needs_response → needs_response',
      'warning_under_review → warning_closed',
      'warning_under_review → needs_response',
      'warning_closed → needs_response',
      'needs_response → under_review',
      'needs_response → won',
      'needs_response → lost',
      'under_review → won',
      'under_review → lost',
    ],
    move: (from, to) => putDispute(...step<Dispute>(disputes[0], from, to)),
  },
  payout: {
    statuses: Object.keys(NEXT_PAYOUT_STATUS),
    legal: [
      'pending → in_transit',
      'pending → paid',
      'pending → failed',
      'pending → canceled',
      'in_transit → paid',
      'in_transit → failed',
      'paid → failed',
    ],
    move: (from, to) => putPayout(...step<Payout>(payouts[0], from, to)),
  },
  'setup intent': {
    statuses: Object.keys(NEXT_SETUP_STATUS),
    legal: [
      'requires_payment_method → requires_confirmation',
      'requires_payment_method → processing',
      'requires_payment_method → succeeded',
      'requires_payment_method → canceled',
      'requires_confirmation → requires_payment_method',
      'requires_confirmation → processing',
      'requires_confirmation → succeeded',
      'requires_confirmation → canceled',
      'requires_action → requires_payment_method',
      'requires_action → processing',
      'requires_action → succeeded',
      'requires_action → canceled',
      'processing → requires_payment_method',
      'processing → requires_action',
      'processing → succeeded',
    ],
    move: (from, to) => putSetupIntent(...step<SetupIntent>(setups[0], from, to)),
  },
  'checkout session': {
    statuses: Object.keys(NEXT_SESSION_STATUS),
    legal: ['open → complete', 'open → expired'],
    move: (from, to) => putSession(...step<Session>(session, from, to)),
  },
};

describe.each(Object.entries(MACHINES))('a %s', (name, { statuses, legal, move }) => {
  const pairs = statuses.flatMap((from) => statuses.map((to) => [from, to] as const));
  const stays = pairs.filter(([from, to]) => from === to);
  const isLegal = ([from, to]: readonly [string, string]): boolean => legal.includes(`${from} → ${to}`);

  it.each([...stays, ...pairs.filter(isLegal)])('that is %s may be written as %s', (from, to) => {
    expect(() => move(from, to)).not.toThrow();
  });

  it.each(pairs.filter((pair) => pair[0] !== pair[1] && !isLegal(pair)))('that is %s never becomes %s', (from, to) => {
    expect(() => move(from, to)).toThrow(`a ${name} cannot move from ${from} to ${to}`);
  });

  it('has no move between statuses that it does not have', () => {
    expect(legal.flatMap((pair) => pair.split(' → ')).filter((status) => !statuses.includes(status))).toEqual([]);
  });
});
