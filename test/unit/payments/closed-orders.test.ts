/** Orders that are closed: before a second confirmation, by a cancel, and with a Checkout Session. */
import { describe, expect, it } from 'vitest';
import { letGo } from '../../../functions/payments/operations/expiry.ts';
import { audit } from '../../audit/audit.ts';
import {
  clientOf,
  minutes,
  ordered,
  payerAt,
  paymentOf,
  sentTo,
  statusesOf,
  walletMethod,
} from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const TERMS = { feeBps: 290, fixed: 30n, reserveBps: 0, version: 1 };

const cancel = (sim: Simulation, intent: string) =>
  sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');

describe('a second confirmation', () => {
  const confirm = (sim: Simulation, intent: string, params: Record<string, string>, key = 'confirm') =>
    sim.request('POST', `/v1/payment_intents/${intent}/confirm`, params, key);

  it('closes the open order first, in the first commit of the new attempt', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay');

    const { status, body } = await confirm(sim, intent, { payment_method: 'pm_card_visa' });

    expect([status, body.status]).toEqual([200, 'succeeded']);
    expect(statusesOf(sim, intent)).toBe('succeeded closed,captured');
    payerAt(sim, reference, 'approve');
    expect(sim.channel.charges.get(reference)!.captured).toBe(0n);
  });

  it('may be made with the same wallet: that order is a new one', async () => {
    const sim = await simulate();
    const { intent } = await ordered(sim, 'wechat_pay');

    const { body } = await confirm(sim, intent, {});

    expect(body.status).toBe('requires_action');
    expect(statusesOf(sim, intent)).toBe('requires_action closed,requires_action');
    const [first, second] = paymentOf(sim, intent).attempts;
    expect(second?.method.id).toBe(first?.method.id);
  });

  it('answers with the payment when its payer was faster, and sends nothing', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay');
    payerAt(sim, reference, 'approve');

    const { status, body } = await confirm(sim, intent, { payment_method: 'pm_card_visa' });
    const again = await confirm(sim, intent, { payment_method: 'pm_card_visa' });

    expect([status, body.status]).toEqual([200, 'succeeded']);
    expect(again.body).toEqual(body);
    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    expect(sim.channel.charges.size).toBe(1);
  });

  it('sends nothing while the channel does not say whether the order is closed', async () => {
    const sim = await simulate();
    const { intent } = await ordered(sim, 'alipay');
    const client = clientOf(sim);
    const { close } = client;
    client.close = async () => ({ kind: 'unknown', reason: 'lost' });

    const refused = await confirm(sim, intent, { payment_method: 'pm_card_visa' });
    client.close = close;
    const again = await confirm(sim, intent, { payment_method: 'pm_card_visa' });

    expect([refused.status, (refused.body.error as { code: string }).code]).toEqual([429, 'lock_timeout']);
    expect(again.body.status).toBe('succeeded');
    expect(sim.channel.charges.size).toBe(2);
  });

  it.each([
    ['a card', { payment_method: 'pm_card_visa' }, 'succeeded closed,captured'],
    ['the same wallet', {}, 'requires_action closed,requires_action'],
  ] as const)(
    'that loses the race for its first commit leaves the order closed, and succeeds when sent again at once: %s',
    async (_, params, end) => {
      const sim = await simulate();
      const { intent } = await ordered(sim, 'wechat_pay');
      const client = clientOf(sim);
      const { close } = client;
      client.close = async (request) => {
        const closed = await close(request);
        await sim.request('POST', `/v1/payment_intents/${intent}`, { description: 'changed meanwhile' });
        return closed;
      };

      const lost = await confirm(sim, intent, params);
      client.close = close;

      expect([lost.status, (lost.body.error as { code: string }).code]).toEqual([429, 'lock_timeout']);
      expect(statusesOf(sim, intent)).toBe('requires_confirmation closed');
      const read = await sim.request('GET', `/v1/payment_intents/${intent}`);
      expect(read.body).toMatchObject({ next_action: null, description: 'changed meanwhile', latest_charge: null });
      expect((await confirm(sim, intent, params)).status).toBe(200);
      expect(statusesOf(sim, intent)).toBe(end);
      expect(sentTo(sim, 'close')).toBe(1);
      await sim.world.runQueues();
      expect(await audit(sim)).toEqual([]);
    },
  );

  it('that loses it to a cancel is answered so', async () => {
    const sim = await simulate();
    const { intent } = await ordered(sim, 'wechat_pay');
    const client = clientOf(sim);
    const { close } = client;
    client.close = async (request) => {
      client.close = close;
      const closed = await close(request);
      expect((await cancel(sim, intent)).body.status).toBe('canceled');
      return closed;
    };

    const lost = await confirm(sim, intent, { payment_method: 'pm_card_visa' });

    expect(lost.status).toBe(429);
    expect(statusesOf(sim, intent)).toBe('canceled closed');
    expect(sim.channel.charges.size).toBe(1);
  });

  it('that loses it while a cancel is under way leaves the payment to that', async () => {
    const sim = await simulate();
    const { intent } = await ordered(sim, 'wechat_pay');
    const client = clientOf(sim);
    const { close } = client;
    client.close = async (request) => {
      client.close = async () => ({ kind: 'unknown', reason: 'lost' });
      const closed = await close(request);
      await cancel(sim, intent);
      return closed;
    };

    await confirm(sim, intent, { payment_method: 'pm_card_visa' });
    expect(paymentOf(sim, intent).pending?.kind).toBe('void');
    client.close = close;
    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('canceled closed');
    expect(sim.channel.charges.size).toBe(1);
  });

  it('is refused before anything is closed where it could not be made', async () => {
    const sim = await simulate();
    const { intent } = await ordered(sim, 'alipay');

    const { status } = await confirm(sim, intent, { payment_method: 'pm_0000000000000000000000' });

    expect(status).toBe(400);
    expect(sentTo(sim, 'close')).toBe(0);
  });

  it('stays refused while a bank asks the payer of a card', async () => {
    const sim = await simulate();
    const made = await sim.request('POST', '/v1/payment_intents', {
      amount: '10000',
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: 'true',
    });

    const { status, body } = await confirm(sim, String(made.body.id), {
      payment_method: await walletMethod(sim, 'alipay'),
    });

    expect([status, (body.error as { code: string }).code]).toEqual([400, 'payment_intent_unexpected_state']);
  });
});

describe('a cancel', () => {
  it('closes the order, and no hold is voided', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'wechat_pay');

    const { body } = await cancel(sim, intent);

    expect(body.status).toBe('canceled');
    expect(sentTo(sim, 'close')).toBe(1);
    expect(sentTo(sim, 'void')).toBe(0);
    payerAt(sim, reference, 'approve');
    expect(sim.channel.charges.get(reference)!.captured).toBe(0n);
  });

  it('is refused when the payer has paid, and the payment has succeeded', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay');
    payerAt(sim, reference, 'approve');

    const { status, body } = await cancel(sim, intent);

    expect([status, (body.error as { code: string }).code]).toEqual([400, 'payment_intent_unexpected_state']);
    expect(statusesOf(sim, intent)).toBe('succeeded captured');
  });

  it.each([[true], [false]])(
    'is pending while its answer is lost, and the janitor closes again (it arrived: %s)',
    async (arrives) => {
      const sim = await simulate();
      const { intent, reference } = await ordered(sim, 'wechat_pay');
      const client = clientOf(sim);
      const { close } = client;
      client.close = async (request) => {
        if (arrives) await close(request);
        return { kind: 'unknown', reason: 'lost' };
      };
      const { body } = await cancel(sim, intent);
      expect(body.status).toBe('requires_action');
      expect(paymentOf(sim, intent).pending?.kind).toBe('void');
      client.close = close;
      if (!arrives) payerAt(sim, reference, 'approve');

      await minutes(sim, 3);

      expect(statusesOf(sim, intent)).toBe(arrives ? 'canceled closed' : 'succeeded captured');
      expect(await audit(sim)).toEqual([]);
    },
  );
});

describe('the end of a Checkout Session', () => {
  const end = (sim: Simulation, intent: string) =>
    letGo(sim.world.payments, paymentOf(sim, intent), { nowMs: sim.world.clock.nowMs(), terms: TERMS }, 'expired');

  it('closes the order that its payer has not paid', async () => {
    const sim = await simulate();
    const { intent } = await ordered(sim, 'paypal');

    await end(sim, intent);

    expect(statusesOf(sim, intent)).toBe('canceled closed');
    expect([sentTo(sim, 'close'), sentTo(sim, 'void')]).toEqual([1, 0]);
  });

  it('leaves the payment to its payer who has paid', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay');
    payerAt(sim, reference, 'approve');

    await end(sim, intent);
    await sim.world.runQueues();
    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    expect(await audit(sim)).toEqual([]);
  });
});
