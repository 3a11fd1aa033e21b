/** What Alipay's callbacks do to payments: twice, late, in another order, contradicting, about other money and about another account. */
import { afterEach, describe, expect, it } from 'vitest';
import { minutes, ordered, paymentOf, statusesOf } from '../../../scenarios/wallet-payments.ts';
import { type BehindAlipay, behindAlipay } from '../../../simulators/alipay/behind.ts';

const started: BehindAlipay[] = [];
afterEach(async () => {
  for (const { simulator } of started.splice(0)) await simulator.close();
});

/** A payment by a page that its payer has not paid. */
async function begin() {
  const behind = await behindAlipay();
  started.push(behind);
  const { answer, intent, reference } = await ordered(behind.sim, 'alipay', { currency: 'cny', amount: '8800' });
  const refund = async (amount: string): Promise<string> =>
    String((await behind.post('/v1/refunds', { payment_intent: intent, amount })).id);
  const statusOf = async (id: string) => (await behind.get(`/v1/refunds/${id}`)).status;
  return { ...behind, intent, reference, pay: () => behind.approve(answer.body), refund, statusOf };
}

describe('a callback of Alipay', () => {
  it('takes the payment on, and changes nothing when it comes again', async () => {
    const { sim, simulator, intent, pay, take } = await begin();
    await pay();
    const [paid] = simulator.due;

    expect(await take(paid!)).toEqual(['applied']);
    const once = structuredClone(paymentOf(sim, intent));
    sim.move(25 * 3_600_000);
    expect(await take(paid!)).toEqual(['known']);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    expect(paymentOf(sim, intent)).toEqual(once);
  });

  it('that comes late, after a query has found the payment, changes nothing', async () => {
    const { sim, simulator, intent, pay, take } = await begin();
    await pay();
    await minutes(sim, 90);
    expect(statusesOf(sim, intent)).toBe('succeeded captured');

    expect(await take(simulator.due[0]!)).toEqual(['known']);
  });

  it('about a refund may come before the one about its payment', async () => {
    const { sim, simulator, intent, pay, take, refund, statusOf } = await begin();
    await pay();
    await minutes(sim, 90);
    const id = await refund('800');
    const [paid, refunded] = simulator.due;

    expect(await take(refunded!)).toEqual(['known', 'known']);
    expect(await take(paid!)).toEqual(['known']);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    expect(await statusOf(id)).toBe('succeeded');
  });

  it('about a refund succeeds a refund whose answer was lost, and the second partial one is another message', async () => {
    const { sim, simulator, pay, take, refund, statusOf } = await begin();
    await pay();
    await take(simulator.due[0]!);
    simulator.faults.losing.push({ what: 'response' });
    const first = await refund('800');
    simulator.faults.losing.push({ what: 'response' });
    const second = await refund('900');
    expect([await statusOf(first), await statusOf(second)]).toEqual(['pending', 'pending']);

    const [, one, other] = simulator.due;
    expect(await take(other!)).toEqual(['known', 'applied']);
    expect([await statusOf(first), await statusOf(second)]).toEqual(['pending', 'succeeded']);
    expect(await take(one!)).toEqual(['known', 'applied']);
    expect(await take(one!)).toEqual(['known', 'known']);

    expect([await statusOf(first), await statusOf(second)]).toEqual(['succeeded', 'succeeded']);
    expect(sim.world.alarms).toEqual([]);
  });

  it('that takes back a success is a contradiction, and changes nothing', async () => {
    const { sim, simulator, intent, pay, take } = await begin();
    await pay();
    const { url, fields } = simulator.due[0]!;
    await take({ url, fields });
    const before = structuredClone(paymentOf(sim, intent));
    const { gmt_payment: _, ...unpaid } = fields;
    const zero = { receipt_amount: '0.00', buyer_pay_amount: '0.00' };

    expect(await take({ url, fields: { ...unpaid, ...zero, trade_status: 'TRADE_CLOSED' } })).toEqual(['weaker']);

    expect(paymentOf(sim, intent)).toEqual(before);
  });

  it('about another amount than was asked for never succeeds the payment: that money goes back', async () => {
    const { sim, simulator, intent, reference, pay, take } = await begin();
    await pay();
    const { url, fields } = simulator.due[0]!;

    expect(await take({ url, fields: { ...fields, total_amount: '80.00' } })).toEqual(['applied']);
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
    await minutes(sim, 5);

    const { refunds } = simulator.books.trades.get(reference)!;
    expect([...refunds.values()].map(({ amount }) => amount)).toEqual([8_000n]);
    expect(statusesOf(sim, intent)).toBe('requires_payment_method voided');
  });

  it('of another account is about none of this account’s payments', async () => {
    const { sim, reference, intent } = await begin();
    const outcome = { kind: 'captured', authorizationCode: '1', amount: 8_800n } as const;
    const before = structuredClone(paymentOf(sim, intent));

    const taken = await sim.takeOne({ about: 'attempt', reference, outcome }, { account: 'another' });

    expect(taken.applied).toBe('foreign');
    expect(paymentOf(sim, intent)).toEqual(before);
  });

  it('about money that came although the order was canceled leads to its return', async () => {
    const { sim, simulator, intent, reference, pay, take } = await begin();
    await sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');
    expect(statusesOf(sim, intent)).toBe('canceled closed');
    // Alipay does not keep what its cancel promises.
    simulator.books.canceled.clear();
    await pay();

    expect(await take(simulator.due[0]!)).toEqual(['applied']);
    await minutes(sim, 5);

    const trade = simulator.books.trades.get(reference)!;
    expect([...trade.refunds.values()].map(({ amount }) => amount)).toEqual([8_800n]);
    expect(statusesOf(sim, intent)).toBe('canceled closed');
    expect(sim.world.alarms).toContain(`UnappliedMoney ${reference}`);
  });
});
