/** Plans that no test card stands for: other amounts than were asked for, refused voids and refunds, and money that is presented late. */
import { describe, expect, it } from 'vitest';
import { authorize } from '../../../functions/sandbox/authorize.ts';
import { type Plan, TIMINGS } from '../../../functions/sandbox/behavior.ts';
import {
  type AuthorizeParams,
  authorizedOf,
  type Charge,
  capturedOf,
  type Operation,
  operate,
  present,
  statusOf,
  takenOf,
  unreturnedOf,
} from '../../../functions/sandbox/charge.ts';
import { orderPayout, payoutStatusOf } from '../../../functions/sandbox/payout.ts';
import { refundCharge } from '../../../functions/sandbox/refund.ts';

const NOW = Date.UTC(2027, 0, 15, 12);
const APPROVES: Plan = { decision: 'approved' };

const charged = (changes: Partial<AuthorizeParams> = {}, plan: Plan = APPROVES): Charge =>
  authorize(
    'account',
    {
      reference: 'r1',
      amount: 1_000n,
      currency: 'usd',
      capture: true,
      token: 'pm_card_visa',
      expired: false,
      cvcGiven: true,
      offSession: false,
      features: ['increment', 'multicapture'],
      ...changes,
    },
    { nowMs: NOW, timings: TIMINGS, random: (count) => 'A'.repeat(count), adjust: () => plan },
  );
const held = (plan?: Plan): Charge => charged({ capture: false }, plan);
/** The charge after the operation; refused requests are none of these. */
const changed = (charge: Charge, operation: Omit<Operation, 'number'>, plan: Plan = APPROVES): Charge =>
  operate(charge, { ...operation, number: charge.operations.length + 1 }, NOW, plan) as Charge;
const reasonOf = (charge: Charge): string | undefined => charge.operations.at(-1)?.decline?.reason;
const refund = (charge: Charge, amount: bigint, plan?: Plan) =>
  refundCharge(
    charge,
    { reference: 'f1', charge: 'r1', amount, currency: 'usd' },
    { nowMs: NOW, timings: TIMINGS },
    plan,
  );
const VOID = { kind: 'void', amount: 0n } as const;

describe('the amount that an issuer approves', () => {
  it('is taken in one step, and the payer can get that much back', () => {
    const charge = charged({}, { ...APPROVES, approves: 900n });

    expect([charge.params.amount, capturedOf(charge, NOW)]).toEqual([1_000n, 900n]);
    expect(refund(charge, 901n).refund.decline?.reason).toBe('not_refundable');
    expect(refund(charge, 900n).charge.refunded).toBe(900n);
  });

  it('is held, and limits the capture', () => {
    const hold = held({ ...APPROVES, approves: 900n });

    expect(authorizedOf(hold)).toBe(900n);
    expect(reasonOf(changed(hold, { kind: 'capture', amount: 901n }))).toBe('not_capturable');
    expect(capturedOf(changed(hold, { kind: 'capture', amount: 900n }), NOW)).toBe(900n);
  });

  it('is not asked for when a card is verified', () => {
    expect(capturedOf(charged({ amount: 0n }, { ...APPROVES, approves: 900n }), NOW)).toBe(0n);
  });
});

describe('operations', () => {
  it('a capture takes another amount than it asks for', () => {
    const captured = changed(held(), { kind: 'capture', amount: 1_000n }, { ...APPROVES, captures: 1_040n });

    expect([reasonOf(captured), capturedOf(captured, NOW)]).toEqual([undefined, 1_040n]);
  });

  it('a hold is raised up to the highest, and not beyond', () => {
    const plan = { ...APPROVES, highestHold: 1_500n };

    expect(authorizedOf(changed(held(), { kind: 'increment', amount: 1_500n }, plan))).toBe(1_500n);
    expect(reasonOf(changed(held(), { kind: 'increment', amount: 1_501n }, plan))).toBe('do_not_honor');
  });

  it('a void and a refund are declined, and change nothing', () => {
    const kept = changed(held(), VOID, { ...APPROVES, void: 'fails' });
    const refused = refund(charged(), 400n, { ...APPROVES, refund: 'fails' });

    expect(reasonOf(kept)).toBe('not_voidable');
    expect(capturedOf(changed(kept, { kind: 'capture', amount: 1_000n }), NOW)).toBe(1_000n);
    expect([refused.refund.decline?.reason, refused.charge.refunded]).toEqual(['not_refundable', 0n]);
  });
});

describe('a late presentment', () => {
  it.each([
    ['a released hold', changed(held(), VOID)],
    ['a declined charge', charged({}, { decision: 'do_not_honor' })],
    ['an open challenge', charged({}, { decision: 'approved', challenge: 'always' })],
  ])('takes the money of %s, which a refund returns', (_, charge) => {
    const late = present(charge, 1_000n);

    expect(late.version).toBe(charge.version + 1);
    expect([statusOf(late, NOW), takenOf(late, NOW)]).toEqual(['captured', 1_000n]);
    expect(unreturnedOf(refund(late, 300n).charge, NOW)).toBe(700n);
  });

  it('of a charge in one step is returned by a void that comes later', () => {
    const voided = changed(charged(), VOID);
    const late = present(voided, 1_000n);

    expect([takenOf(voided, NOW), takenOf(late, NOW)]).toEqual([0n, 1_000n]);
    expect(takenOf(changed(late, VOID), NOW)).toBe(0n);
  });

  it('of a hold is not voided', () => {
    expect(reasonOf(changed(present(held(), 1_000n), VOID))).toBe('not_voidable');
  });
});

it('a bank account that sends money back does so after it was paid', () => {
  const params = { reference: 'p1', amount: 1_000n, currency: 'usd', bankLast4: '6789', country: 'US', holder: 'A' };
  const moment = { nowMs: NOW, timings: TIMINGS };
  const plan = { failure: 'no_account', sendsBack: true };
  const [returned, failed] = [plan, { failure: 'no_account' }].map((one) =>
    orderPayout('account', params, moment, one),
  );

  expect([2_000, 5_000].map((ms) => payoutStatusOf(returned!, NOW + ms))).toEqual(['paid', 'failed']);
  expect([2_000, 5_000].map((ms) => payoutStatusOf(failed!, NOW + ms))).toEqual(['failed', 'failed']);
});
