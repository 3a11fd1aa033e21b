/** Refunds after the days that a channel takes them: the merchant's is refused, and money that must go back is sent all the same. */
import { describe, expect, it } from 'vitest';
import type { WalletType } from '../../../functions/channels/port/instrument.ts';
import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import { resolvePayment, resolveRefund } from '../../../functions/recovery/resolve.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { callsBack, clientOf, ordered, payerAt, payerReturns, paymentOf } from '../../scenarios/wallet-payments.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';

const DAY_MS = 24 * 3_600_000;

async function paid(type: WalletType) {
  const sim = await simulate();
  const { intent, reference } = await ordered(sim, type);
  payerAt(sim, reference, 'approve');
  await payerReturns(sim, reference);
  await sim.world.runQueues();
  return { sim, intent, endsMs: (days: number) => paymentOf(sim, intent).capture!.capturedMs + days * DAY_MS };
}
const refund = (sim: Simulation, named: Record<string, string>) =>
  sim.request('POST', '/v1/refunds', { ...named, amount: '4000' }, JSON.stringify(named));
const recheck = (sim: Simulation, intent: string) =>
  resolvePayment(sim.world.payments, sim.scope, intent.slice(3) as ObjectKey, sim.world.clock.nowMs());
const moveTo = (sim: Simulation, ms: number) => sim.move(ms - sim.world.clock.nowMs());

describe('a refund', () => {
  it.each([
    ['alipay', 90],
    ['wechat_pay', 180],
    ['paypal', 180],
  ] as const)(
    'to %s is possible until %i days after the capture, and refused without a trace later',
    async (type, days) => {
      const { sim, intent, endsMs } = await paid(type);
      moveTo(sim, endsMs(days));
      expect((await refund(sim, { payment_intent: intent })).status).toBe(200);
      sim.move(1);
      await sim.world.runQueues();
      expect(endState(sim).refunds).toEqual(['succeeded 4000']);
      const [before, payment] = [endState(sim), paymentOf(sim, intent)];

      const { body: charge } = await sim.request('GET', `/v1/payment_intents/${intent}`);
      const answers = [
        await refund(sim, { payment_intent: intent, reason: 'duplicate' }),
        await refund(sim, { charge: String(charge.latest_charge) }),
      ];
      await sim.world.runQueues();

      for (const { status, body } of answers) {
        expect([status, body.error]).toMatchObject([
          400,
          {
            type: 'invalid_request_error',
            code: 'charge_not_refundable',
            message: `Charge ${String(charge.latest_charge)} cannot be refunded: payments with ${type} can be refunded for ${days} days after their capture.`,
          },
        ]);
      }
      expect(endState(sim)).toEqual(before);
      expect(paymentOf(sim, intent)).toEqual(payment);
      expect(await audit(sim)).toEqual([]);
    },
  );

  it('of a card is not limited', async () => {
    const sim = await simulate();
    const params = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
    const { body } = await sim.request('POST', '/v1/payment_intents', params);
    sim.move(400 * DAY_MS);

    expect((await refund(sim, { payment_intent: String(body.id) })).body.status).toBe('succeeded');
  });

  it('that was made in time is carried on after it', async () => {
    const { sim, intent, endsMs } = await paid('alipay');
    moveTo(sim, endsMs(90));
    const client = clientOf(sim);
    const { refund: send } = client;
    client.refund = async () => ({
      kind: 'failed',
      retryable: true,
      decline: { code: 'insufficient_funds', message: 'The balance is too low.' },
    });
    expect((await refund(sim, { payment_intent: intent })).body.status).toBe('pending');
    await sim.world.runQueues();
    client.refund = send;

    sim.move(121_000);
    const [made] = recordsOf(sim.world).refunds;
    const result = await resolveRefund(sim.world.payments, sim.scope, made!.body, sim.world.clock.nowMs());
    await sim.world.runQueues();

    expect(result).toEqual({ kind: 'done' });
    expect(endState(sim).refunds).toEqual(['succeeded 4000']);
  });
});

describe('the return of unapplied money', () => {
  /** An order that was canceled, and whose money the channel reports after the days in which it takes refunds. */
  async function late() {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay', { amount: '19910' });
    await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
    sim.move(100 * DAY_MS);
    await callsBack(sim, reference);
    await sim.world.runQueues();
    return { sim, intent };
  }

  it('is sent however late it is', async () => {
    const { sim, intent } = await late();

    const sent: bigint[] = [];
    clientOf(sim).refund = async ({ amount }) => {
      sent.push(amount);
      return { kind: 'succeeded' };
    };

    expect(await recheck(sim, intent)).toEqual({ kind: 'done' });
    expect(sent).toEqual([19_910n]);
  });

  it('that the channel refuses raises the alarm of the janitor, again and again, and is booked all the time', async () => {
    const { sim, intent } = await late();
    clientOf(sim).refund = async () => ({
      kind: 'failed',
      decline: { code: 'charge_not_refundable', message: 'The time for refunds is over.' },
    });

    for (const _again of [1, 2, 3])
      expect(await recheck(sim, intent)).toMatchObject({ kind: 'open', unreturned: true });
    await sim.world.runQueues();
    expect(endState(sim).entries.filter((entry) => entry.startsWith('surplus'))).toHaveLength(1);
  });
});
