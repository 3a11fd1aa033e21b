/** What Alipay's callbacks do to payments: twice, late, in another order, contradicting, about other money and about another account. */
import { afterEach, describe, expect, it } from 'vitest';
import { alipayCallbacks } from '../../../../functions/channels/alipay/callback.ts';
import { alipayChannel } from '../../../../functions/channels/alipay/client.ts';
import type { CallbackFact } from '../../../../functions/channels/port/port.ts';
import { httpClient } from '../../../../functions/kernel/http-client.ts';
import { clientOf, minutes, ordered, paymentOf, statusesOf } from '../../../scenarios/wallet-payments.ts';
import type { Notification } from '../../../simulators/alipay/notifications.ts';
import { type AlipaySimulator, startAlipay } from '../../../simulators/alipay/server.ts';
import { credentialsFor, followAction } from '../../../simulators/alipay/under-test.ts';
import { type Simulation, simulate } from '../../../world/simulation.ts';

const started: AlipaySimulator[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await each.close();
});

/** The product with Alipay behind the merchant's account, and a payment by a page that its payer has not paid. */
async function begin() {
  const sim = await simulate();
  const simulator = await startAlipay({ clock: sim.world.clock, mode: 'keys' });
  started.push(simulator);
  const credentials = credentialsFor(simulator);
  const channel = alipayChannel({
    http: httpClient,
    nowMs: () => sim.world.clock.nowMs(),
    credentials: async (_, schema) => schema.parse(credentials),
    callbackUrl: () => 'https://pay.example/callbacks',
    baseUrl: simulator.baseUrl,
  });
  Object.assign(clientOf(sim), channel);
  const { answer, intent, reference } = await ordered(sim, 'alipay', { currency: 'cny', amount: '8800' });
  const { next_action: action } = answer.body as { next_action: { alipay_handle_redirect: { url: string } } };
  const { url } = action.alipay_handle_redirect;
  const pay = () => followAction(simulator, { kind: 'redirect', url }, 'approve');
  /** Verifies the message as it is sent now, and applies each of its facts. */
  const take = async (notification: Notification): Promise<readonly string[]> => {
    const { raw, headers } = simulator.signed(notification);
    const verified = await alipayCallbacks.verify(raw, headers, credentials, sim.world.clock.nowMs());
    if (verified.kind !== 'verified') throw new Error(verified.kind);
    return apply(sim, verified.facts);
  };
  const refund = async (amount: string): Promise<string> => {
    const { body } = await sim.request('POST', '/v1/refunds', { payment_intent: intent, amount }, `refund ${amount}`);
    return String(body.id);
  };
  const statusOf = async (id: string) => (await sim.request('GET', `/v1/refunds/${id}`)).body.status;
  return { sim, simulator, intent, reference, pay, take, refund, statusOf };
}

async function apply(sim: Simulation, facts: readonly CallbackFact[]): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const fact of facts) applied.push((await sim.takeOne(fact)).applied);
  await sim.world.runQueues();
  return applied;
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
