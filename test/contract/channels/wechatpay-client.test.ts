/** WeChat Pay when an order, a close or a refund is refused: by its state, by the account, or for the merchant's balance. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wechatpaySteps } from '../../simulators/wechatpay/steps.ts';
import { type WechatpayUnderTest, wechatpayUnderTest } from '../../simulators/wechatpay/under-test.ts';

let test: WechatpayUnderTest;
beforeEach(async () => {
  test = await wechatpayUnderTest();
});
afterEach(() => test.close());

const { request, paid, refundOf, clientWith } = wechatpaySteps(() => test);

const wallet = { kind: 'wallet', type: 'wechat_pay' } as const;

describe('an order that is refused', () => {
  it.each([
    ['FREQUENCY_LIMITED', 429, 'technical_not_accepted'],
    ['RULELIMIT', 403, 'technical_not_accepted'],
    ['SIGN_ERROR', 401, 'configuration'],
    ['NO_AUTH', 403, 'configuration'],
    ['OPENID_MISMATCH', 500, 'configuration'],
    ['INVALID_REQUEST', 400, 'configuration'],
    ['SOMETHING_NEW', 400, 'configuration'],
    ['ACCOUNT_ERROR', 403, 'hard'],
  ] as const)('with %s (%i) failed: %s', async (code, status, kind) => {
    test.simulator.controls.next({ status, code });

    expect(await test.channel.authorize(request())).toMatchObject({
      kind: 'failed',
      decline: { class: kind, networkCode: code },
    });
  });

  it.each([
    ['SYSTEM_ERROR', 500],
    ['BANK_ERROR', 500],
    ['USERPAYING', 202],
    ['BIZERR_NEED_RETRY', 400],
    ['SOMETHING_NEW', 500],
    ['INTERNAL_ERROR', 503],
  ] as const)('with %s (%i) is unknown', async (code, status) => {
    test.simulator.controls.next({ status, code });

    expect((await test.channel.authorize(request())).kind).toBe('unknown');
  });

  it('because it is paid is the paid order, and one of another request is unknown', async () => {
    const order = await paid();

    expect(await test.channel.authorize(order)).toMatchObject({ kind: 'captured', amount: 3_000n });
    expect((await test.channel.authorize({ ...order, amount: 1n })).kind).toBe('unknown');
    const open = request();
    await test.channel.authorize(open);
    expect((await test.channel.authorize({ ...open, amount: 1n })).kind).toBe('unknown');
  });

  it('is not sent where its payer is not there, or where the account does not have its app', async () => {
    expect(await test.channel.authorize(request({ offSession: true }))).toMatchObject({
      kind: 'failed',
      decline: { class: 'authentication', code: 'authentication_required' },
    });
    const instrument = { ...wallet, client: 'ios', appId: 'wx0000000000000000' } as const;
    expect(await test.channel.authorize(request({ instrument }))).toMatchObject({
      kind: 'failed',
      decline: { class: 'configuration', networkCode: 'app_id' },
    });
    expect(test.simulator.books.orders.size).toBe(0);
  });
});

describe('a close', () => {
  it('that WeChat Pay does not take yet is unknown, and succeeds later', async () => {
    const order = request();
    await test.channel.authorize(order);
    test.simulator.controls.closesAfter(300_000);

    expect((await test.channel.close(order)).kind).toBe('unknown');
    test.clock.move(300_000);

    expect(await test.channel.close(order)).toEqual({ kind: 'succeeded' });
  });

  it('of an order that does not exist uses its number up: the request that arrives later is refused', async () => {
    const late = request();

    expect(await test.channel.close(late)).toEqual({ kind: 'succeeded' });

    expect(test.simulator.books.orders.get(late.reference)).toMatchObject({ state: 'CLOSED', total: 1 });
    expect(await test.channel.authorize(late)).toMatchObject({ kind: 'failed', decline: { class: 'payer_action' } });
    expect(test.simulator.controls.pay(late.reference)).toBe(false);
  });

  it('of an order that can no longer arrive places nothing: its signature is too old', async () => {
    const [lost, early] = [request(), request()];
    test.clock.move(6 * 60_000);
    expect((await test.channel.close(early)).kind).toBe('succeeded');
    expect(test.simulator.books.orders.has(early.reference)).toBe(true);

    test.clock.move(1);

    expect(await test.channel.close(lost)).toEqual({ kind: 'succeeded' });
    expect(test.simulator.books.orders.has(lost.reference)).toBe(false);
  });

  it('is unknown where that order cannot be placed either', async () => {
    test.simulator.controls.next({ status: 404, code: 'ORDERNOTEXIST' }, { status: 403, code: 'NO_AUTH' });

    expect((await test.channel.close(request())).kind).toBe('unknown');
  });

  it('of an order that was placed in the meantime closes that', async () => {
    const order = request();
    await test.channel.authorize(order);
    test.simulator.controls.next({ status: 404, code: 'ORDERNOTEXIST' });

    expect(await test.channel.close(order)).toEqual({ kind: 'succeeded' });

    expect(test.simulator.books.orders.get(order.reference)).toMatchObject({ state: 'CLOSED', total: 3_000 });
  });
});

describe('a refund', () => {
  it('beyond the merchant’s balance is refused for now, and succeeds under its number once that is topped up', async () => {
    const order = await paid();
    test.simulator.controls.balance(99);
    const refund = refundOf(order);

    expect(await test.channel.refund(refund)).toMatchObject({
      kind: 'failed',
      retryable: true,
      decline: { code: 'insufficient_funds' },
    });
    expect(await test.channel.queryRefund(refund)).toEqual({ kind: 'not_found' });

    test.simulator.controls.balance(100);
    expect((await test.channel.refund(refund)).kind).toBe('pending');
    test.clock.move(5_000);
    expect((await test.channel.queryRefund(refund)).kind).toBe('succeeded');
  });

  it('that is abnormal waits for a person, and succeeds when the money was sent on', async () => {
    const order = await paid();
    test.simulator.controls.refunds('ABNORMAL', 0);
    const refund = refundOf(order);

    expect(await test.channel.refund(refund)).toMatchObject({ kind: 'pending', needsPerson: 'ABNORMAL' });
    expect(await test.channel.queryRefund(refund)).toMatchObject({ kind: 'pending', needsPerson: 'ABNORMAL' });
    expect((await test.callbacks()).at(-1)).toMatchObject({ outcome: { kind: 'pending', needsPerson: 'ABNORMAL' } });

    test.simulator.controls.resolveAbnormal(refund.reference);
    expect((await test.channel.queryRefund(refund)).kind).toBe('succeeded');
  });

  it('that WeChat Pay closes has failed, and its amount can be refunded again', async () => {
    const order = await paid();
    test.simulator.controls.refunds('CLOSED', 0);
    const refund = refundOf(order, 3_000n);

    expect((await test.channel.refund(refund)).kind).toBe('failed');
    expect((await test.channel.queryRefund(refund)).kind).toBe('failed');

    test.simulator.controls.refunds('SUCCESS', 0);
    expect((await test.channel.refund(refundOf(order, 3_000n))).kind).toBe('succeeded');
  });

  it('is the payment’s alone: under a number of another payment’s refund it is unknown', async () => {
    const [one, other] = [await paid(), await paid()];
    const refund = refundOf(one);
    await test.channel.refund(refund);

    expect((await test.channel.refund({ ...refund, payment: other.reference })).kind).toBe('unknown');
    expect((await test.channel.queryRefund({ ...refund, payment: other.reference })).kind).toBe('unknown');
  });

  it('is unknown where WeChat Pay is at fault in words that it does not document', async () => {
    const order = await paid();
    test.simulator.controls.next('none', { status: 502, code: 'UPSTREAM_ERROR' });

    expect((await test.channel.refund(refundOf(order))).kind).toBe('unknown');
  });

  it('is sent only where its order is known to be paid', async () => {
    const order = await paid();
    test.simulator.controls.next('drop_response');
    const refund = refundOf(order);

    expect((await test.channel.refund(refund)).kind).toBe('unknown');

    expect(test.simulator.books.refunds.size).toBe(0);
    const unpaid = request();
    await test.channel.authorize(unpaid);
    const targets: string[] = [];
    expect(await clientWith({}, targets).refund(refundOf(unpaid))).toMatchObject({
      kind: 'failed',
      decline: { code: 'charge_not_refundable' },
    });
    expect(targets).toEqual([expect.stringContaining(unpaid.reference)]);
  });
});
