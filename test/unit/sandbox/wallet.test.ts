import { describe, expect, test } from 'vitest';
import { authorize } from '../../../functions/sandbox/authorize.ts';
import { TIMINGS, WALLET_SCENARIOS, WALLETS, type Wallet, walletPlanOf } from '../../../functions/sandbox/behavior.ts';
import { type Charge, type ChargeStatus, capturedOf, operate, statusOf } from '../../../functions/sandbox/charge.ts';
import {
  closeCharge,
  isKnown,
  opened,
  type PayerResult,
  payerDecides,
  receiptOf,
  resumed,
} from '../../../functions/sandbox/wallet.ts';

const T0 = Date.UTC(2027, 0, 15, 12);
const HOUR = 3_600_000;
const random = (count: number) => 'a1'.repeat(count).slice(0, count);

const order = (wallet: Wallet, changes: object = {}): Charge =>
  authorize(
    'sba1',
    {
      reference: 'R1',
      amount: 1_000n,
      currency: 'usd',
      capture: true,
      wallet,
      expiresMs: T0 + HOUR,
      expired: false,
      cvcGiven: false,
      offSession: false,
      ...changes,
    },
    { nowMs: T0, timings: TIMINGS, random },
  );
const planOf = ({ params }: Charge) => walletPlanOf(params.wallet!, params.amount);
const decides = (charge: Charge, result: PayerResult, nowMs = T0) =>
  payerDecides(charge, result, nowMs, TIMINGS, planOf(charge));
const resume = (charge: Charge, nowMs = T0) => resumed(charge, nowMs, TIMINGS, planOf(charge));
const close = (charge: Charge, nowMs = T0) => closeCharge(charge, nowMs, TIMINGS, planOf(charge));

/** An order in each state that it can have, at the moment T0. */
const IN_STATE: Readonly<Record<string, () => Charge>> = {
  waiting: () => order('paypal'),
  approved: () => decides(order('paypal'), 'approve'),
  pending: () => resume(decides(order('paypal', { amount: 9_909n }), 'approve')),
  captured: () => resume(decides(order('paypal'), 'approve')),
  authorised: () => resume(decides(order('paypal', { capture: false }), 'approve')),
  'declined by the payer': () => decides(order('paypal'), 'decline'),
  'declined by the wallet': () => resume(decides(order('paypal', { amount: 9_903n }), 'approve')),
  expired: () => decides(order('paypal'), 'expire'),
  closed: () => close(order('paypal')).charge,
};
const EVENTS: Readonly<Record<string, (charge: Charge) => Charge>> = {
  approve: (charge) => decides(charge, 'approve'),
  decline: (charge) => decides(charge, 'decline'),
  expire: (charge) => decides(charge, 'expire'),
  resume: (charge) => resume(charge),
  close: (charge) => close(charge).charge,
};
/** The next status; `same`: the event changes nothing. */
const NEXT: Readonly<Record<string, Readonly<Record<string, ChargeStatus | 'same'>>>> = {
  waiting: { approve: 'approved', decline: 'declined', expire: 'declined', resume: 'same', close: 'declined' },
  approved: { approve: 'same', decline: 'same', expire: 'same', resume: 'captured', close: 'declined' },
  pending: { approve: 'same', decline: 'same', expire: 'same', resume: 'same', close: 'same' },
  captured: { approve: 'same', decline: 'same', expire: 'same', resume: 'same', close: 'same' },
  authorised: { approve: 'same', decline: 'same', expire: 'same', resume: 'same', close: 'same' },
  'declined by the payer': { approve: 'same', decline: 'same', expire: 'same', resume: 'same', close: 'same' },
  'declined by the wallet': { approve: 'same', decline: 'same', expire: 'same', resume: 'same', close: 'same' },
  expired: { approve: 'same', decline: 'same', expire: 'same', resume: 'same', close: 'same' },
  closed: { approve: 'same', decline: 'same', expire: 'same', resume: 'same', close: 'same' },
};
const pairs = Object.entries(NEXT).flatMap(([state, events]) =>
  Object.entries(events).map(([event, next]) => [state, event, next] as const),
);

describe('an order', () => {
  test.each(pairs)('that is %s, on %s: %s', (state, event, next) => {
    const before = IN_STATE[state]!();

    const after = EVENTS[event]!(before);

    expect(after === before ? 'same' : statusOf(after, T0)).toBe(next);
    expect(after.version).toBe(after === before ? before.version : before.version + 1);
  });

  test('every state has every event', () => {
    expect(Object.keys(NEXT)).toEqual(Object.keys(IN_STATE));
    for (const events of Object.values(NEXT)) expect(Object.keys(events)).toEqual(Object.keys(EVENTS));
  });

  test.each([
    ['alipay', 'captured'],
    ['wechat_pay', 'captured'],
    ['paypal', 'approved'],
  ] as const)('of %s that its payer approves is %s', (wallet, status) => {
    const approved = decides(order(wallet), 'approve');

    expect(statusOf(approved, T0)).toBe(status);
    expect(capturedOf(approved, T0)).toBe(status === 'captured' ? 1_000n : 0n);
  });

  test.each([
    ['decline', 'payer_declined'],
    ['expire', 'order_expired'],
  ] as const)('that ends by %s has the reason %s', (result, reason) => {
    expect(decides(order('alipay'), result).decision).toBe(reason);
  });

  test('expires by itself: until the last millisecond it can be paid, and then no longer', () => {
    const placed = order('wechat_pay');

    expect(statusOf(placed, T0 + HOUR - 1)).toBe('waiting');
    expect(statusOf(placed, T0 + HOUR)).toBe('declined');
    expect(placed.decision).toBe('order_expired');
    expect(decides(placed, 'approve', T0 + HOUR)).toBe(placed);
    expect(statusOf(decides(placed, 'approve', T0 + HOUR - 1), T0 + HOUR)).toBe('captured');
  });

  test('without an expiry can be paid for three hours', () => {
    const placed = order('alipay', { expiresMs: undefined });

    expect(statusOf(placed, T0 + 3 * HOUR - 1)).toBe('waiting');
    expect(statusOf(placed, T0 + 3 * HOUR)).toBe('declined');
  });

  test('that was approved can be resumed for three hours, also after its expiry, and then expires', () => {
    const approved = decides(order('paypal'), 'approve', T0 + HOUR - 1);

    expect(statusOf(approved, T0 + 4 * HOUR - 2)).toBe('approved');
    expect(statusOf(resume(approved, T0 + 4 * HOUR - 2), T0 + 4 * HOUR)).toBe('captured');
    expect(statusOf(approved, T0 + 4 * HOUR - 1)).toBe('declined');
    expect(resume(approved, T0 + 4 * HOUR - 1)).toBe(approved);
  });

  test('without its payer is declined at once (authentication_required)', () => {
    const declined = order('alipay', { offSession: true });

    expect([statusOf(declined, T0), declined.decision]).toEqual(['declined', 'authentication_required']);
  });

  test('that was paid or is being paid refuses to be closed', () => {
    const refusals = ['pending', 'captured', 'authorised'].map((state) => close(IN_STATE[state]!()).decline?.reason);

    expect(refusals).toEqual(['order_paid', 'order_paid', 'order_paid']);
    expect(close(IN_STATE.closed!()).decline).toBeUndefined();
  });

  test('pending for a day is captured a day after its payer paid', () => {
    const pending = decides(order('alipay', { amount: 9_909n }), 'approve');

    expect(statusOf(pending, T0 + 24 * HOUR - 1)).toBe('pending');
    expect(statusOf(pending, T0 + 24 * HOUR)).toBe('captured');
    expect(capturedOf(pending, T0 + 24 * HOUR)).toBe(9_909n);
  });

  test('approved in part takes half of its amount', () => {
    const partly = decides(order('wechat_pay', { amount: 9_908n }), 'approve');
    const resumedPartly = resume(decides(order('paypal', { amount: 29_908n }), 'approve'));

    expect(capturedOf(partly, T0)).toBe(4_954n);
    expect(capturedOf(resumedPartly, T0)).toBe(14_954n);
  });

  test('closed and paid late is captured two seconds after the close, over its amount', () => {
    const closed = close(order('alipay', { amount: 9_910n })).charge;

    expect(statusOf(closed, T0 + 1_999)).toBe('declined');
    expect(capturedOf(closed, T0 + 1_999)).toBe(0n);
    expect(statusOf(closed, T0 + 2_000)).toBe('captured');
    expect(capturedOf(closed, T0 + 2_000)).toBe(9_910n);
  });

  test('that is captured is returned by a refund, and not by a void', () => {
    const captured = IN_STATE.captured!();
    const voided = operate(captured, { number: 1, kind: 'void', amount: 0n }, T0) as Charge;

    expect(voided.operations[0]?.decline?.reason).toBe('not_voidable');
  });

  test('that is held is captured in part, and the rest is released', () => {
    const held = IN_STATE.authorised!();
    const captured = operate(held, { number: 1, kind: 'capture', amount: 400n }, T0) as Charge;
    const again = operate(captured, { number: 2, kind: 'capture', amount: 1n }, T0) as Charge;

    expect(capturedOf(again, T0)).toBe(400n);
    expect(again.operations[1]?.decline?.reason).toBe('not_capturable');
  });

  test('that waits for its payer has nothing to capture', () => {
    const failed = operate(order('paypal', { capture: false }), { number: 1, kind: 'capture', amount: 1n }, T0);

    expect((failed as Charge).operations[0]?.decline?.reason).toBe('not_capturable');
  });
});

describe('an order that is unknown until its payer opens it', () => {
  test('is known from the first view on', () => {
    const placed = order('alipay');
    const shown = opened(placed, T0 + 5);

    expect(isKnown(placed)).toBe(false);
    expect(isKnown(shown)).toBe(true);
    expect(shown.order?.openedMs).toBe(T0 + 5);
    expect(opened(shown, T0 + 9)).toBe(shown);
  });

  test('is known once it is closed', () => {
    expect(isKnown(close(order('alipay')).charge)).toBe(true);
  });

  test.each(['wechat_pay', 'paypal'] as const)('%s is always known, and its view is not stored', (wallet) => {
    const placed = order(wallet);

    expect(isKnown(placed)).toBe(true);
    expect(opened(placed, T0)).toBe(placed);
  });
});

describe('the receipt', () => {
  test.each([
    ['alipay', /^202701152200\d{16}$/, { payer_id: '2088000000000099' }],
    ['wechat_pay', /^420000\d{14}20270115$/, { payer_id: expect.stringMatching(/^o/) }],
    [
      'paypal',
      /^[0-9A-Z]{17}$/,
      { payer_id: 'SANDBOXPAYER9', email: 'payer@sandbox.example', name: 'Sandbox Payer', country: 'US' },
    ],
  ] as const)('of %s has the number of the payment and the payer', (wallet, transaction, payer) => {
    const receipt = receiptOf(order(wallet));

    expect(receipt).toEqual({ transaction: expect.stringMatching(transaction), ...payer });
  });
});

describe('the plan of an order', () => {
  test.each(WALLETS)('%s: an amount that selects no scenario is approved', (wallet) => {
    const { decision, refund, ...others } = walletPlanOf(wallet, 1_000n);

    expect([decision, refund]).toEqual(['approved', wallet === 'wechat_pay' ? 'pending' : undefined]);
    expect(others).toEqual({});
  });

  test('the last four digits select the scenario, whatever stands before them', () => {
    expect(walletPlanOf('alipay', 9_903n).decision).toBe('wallet_declined');
    expect(walletPlanOf('alipay', 129_903n).decision).toBe('wallet_declined');
    expect(walletPlanOf('alipay', 99_030n).decision).toBe('approved');
    expect(walletPlanOf('alipay', 903n).decision).toBe('approved');
  });

  test('no two scenarios have one plan', () => {
    const plans = Object.values(WALLET_SCENARIOS).map((plan) => JSON.stringify(plan));

    expect(new Set(plans).size).toBe(plans.length);
  });
});
