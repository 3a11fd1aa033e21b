/** Money of wallets that no payment waits for, refunds that a channel refuses for now, and declines that are ours. */
import { describe, expect, it } from 'vitest';
import type { DeclineClass } from '../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { differencesOf } from '../../audit/auditor.ts';
import { recordsOf } from '../../audit/records.ts';
import {
  callsBack,
  clientOf,
  minutes,
  ordered,
  payerAt,
  payerReturns,
  paymentOf,
  statusesOf,
} from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

/** Amounts that the sandbox's wallets know as scenarios (functions/sandbox/README.md). */
const PAID_AFTER_CLOSE = '19910';
const UNFUNDED = '19917';

describe('money that arrives for an order that was closed', () => {
  it.each([
    ['by a cancel', '/cancel', {}, 'canceled closed'],
    ['by a second confirmation', '/confirm', { payment_method: 'pm_card_visa' }, 'succeeded closed,captured'],
  ] as const)('%s goes back as a refund under its own reference', async (_name, path, params, expected) => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay', { amount: PAID_AFTER_CLOSE });
    await sim.request('POST', `/v1/payment_intents/${intent}${path}`, params, 'second');
    sim.move(5_000);
    expect(sim.channel.charges.get(reference)!.captured).toBe(19_910n);

    const { applied } = await callsBack(sim, reference);
    await sim.world.runQueues();
    const alarms = await sim.world.janitor(sim.world.clock.nowMs() + 120_000);
    await sim.world.runQueues();

    expect(applied).toBe('applied');
    expect(alarms.failures).toEqual([]);
    expect(statusesOf(sim, intent)).toBe(expected);
    const [returned] = [...sim.channel.refunds.values()];
    expect(returned).toMatchObject({
      request: { payment: reference, amount: 19_910n },
      outcome: { kind: 'succeeded' },
    });
    expect(paymentOf(sim, intent).attempts[0]?.unapplied).toMatchObject([{ number: 31, amount: 19_910n }]);
    const types = recordsOf(sim.world).journal.map(({ entry }) => entry.type);
    expect(types).toEqual(expect.arrayContaining(['surplus_received', 'surplus_returned']));
    expect(await audit(sim)).toEqual([]);
  });

  it('raises the alarm of the janitor until the channel gives it back', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay', { amount: PAID_AFTER_CLOSE });
    await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
    sim.move(5_000);
    const { refund } = clientOf(sim);
    clientOf(sim).refund = async () => ({ kind: 'unknown', reason: 'lost' });
    await callsBack(sim, reference);
    await sim.world.runQueues();

    const first = await sim.world.janitor(sim.world.clock.nowMs() + 120_000);
    clientOf(sim).refund = refund;
    const second = await sim.world.janitor(sim.world.clock.nowMs() + 600_000);
    await sim.world.runQueues();

    expect(first.unreturned.map(({ body }) => `pi_${body}`)).toEqual([intent]);
    expect(second.unreturned).toEqual([]);
    expect(await audit(sim)).toEqual([]);
  });

  it('stays with the operator when its return comes back: it is booked again, and not sent again by itself', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay', { amount: PAID_AFTER_CLOSE });
    await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
    sim.move(5_000);
    await callsBack(sim, reference);
    await sim.world.runQueues();
    await minutes(sim, 3);

    sim.channel.takeBackRefund([...sim.channel.refunds.keys()][0] as ChannelReference);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    const { unreturned } = await sim.world.janitor(sim.world.clock.nowMs() + 600_000);

    expect(unreturned.map(({ body }) => `pi_${body}`)).toEqual([intent]);
    expect(sim.channel.refunds.size).toBe(1);
    sim.move(1_000);
    expect(await differencesOf(sim, { clock: { ...sim.world.clock, sleep: async () => {} } })).toEqual([]);
  });

  it('that had expired is refunded too: nothing of a wallet is voided', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'wechat_pay');
    await minutes(sim, 185);
    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    await sim.request('POST', `/v1/payment_intents/${intent}/confirm`, { payment_method: 'pm_card_visa' }, 'second');

    sim.channel.takeAnyway(reference, 10_000n);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('succeeded voided,captured');
    expect([...sim.channel.sent.keys()].filter((request) => request.startsWith('void'))).toEqual([]);
    expect([...sim.channel.refunds.values()].map(({ request }) => request.payment)).toEqual([reference]);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a refund', () => {
  const refunded = async (sim: Simulation, type: 'alipay' | 'wechat_pay', params: Record<string, string>) => {
    const { intent, reference } = await ordered(sim, type, params);
    payerAt(sim, reference, 'approve');
    await payerReturns(sim, reference);
    await sim.world.runQueues();
    return sim.request('POST', '/v1/refunds', { payment_intent: intent, amount: '4000' }, 'refund');
  };
  const standing = (sim: Simulation) => recordsOf(sim.world).refunds.map(({ status, amount }) => `${status} ${amount}`);

  it('that the balance at the channel does not cover is sent again under its number, and is not failed', async () => {
    const sim = await simulate();

    const { body } = await refunded(sim, 'alipay', { amount: UNFUNDED });

    expect(body.status).toBe('pending');
    await sim.deliverCallbacks({ times: 2 });
    expect(standing(sim)).toEqual(['pending 4000']);
    await sim.world.runQueues();
    await minutes(sim, 3);
    expect(standing(sim)).toEqual(['succeeded 4000']);
    expect(sim.channel.refunds.size).toBe(1);
    expect(await audit(sim)).toEqual([]);
  });

  it('that succeeded stays so when the refusal for now comes again', async () => {
    const sim = await simulate();
    await refunded(sim, 'alipay', { amount: UNFUNDED });
    const refusal = sim.channel.callbacks.find(({ about }) => about === 'refund')!;
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    await minutes(sim, 3);
    expect(standing(sim)).toEqual(['succeeded 4000']);

    const { applied } = await sim.takeOne(refusal);

    expect(refusal.outcome).toMatchObject({ kind: 'failed', retryable: true });
    expect(applied).toBe('known');
    expect(standing(sim)).toEqual(['succeeded 4000']);
    expect(await audit(sim)).toEqual([]);
  });

  it('that was refused for now is sent again where the channel has kept no record of it', async () => {
    const sim = await simulate();
    const { refund } = clientOf(sim);
    const decline = { code: 'insufficient_funds', message: 'No.', class: 'technical_not_accepted' } as const;
    clientOf(sim).refund = async () => ({ kind: 'failed', decline });
    const { body } = await refunded(sim, 'alipay', {});
    await sim.world.runQueues();
    await minutes(sim, 20);
    expect([body.status, ...standing(sim)]).toEqual(['pending', 'pending 4000']);

    clientOf(sim).refund = refund;
    await minutes(sim, 61);

    expect(standing(sim)).toEqual(['succeeded 4000']);
    expect(await audit(sim)).toEqual([]);
  });

  it('of a wallet is pending until the wallet says that it is done', async () => {
    const sim = await simulate();

    const { body } = await refunded(sim, 'wechat_pay', {});

    expect(['pending', 'succeeded']).toContain(body.status);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    await minutes(sim, 3);
    expect(standing(sim)).toEqual(['succeeded 4000']);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a decline', () => {
  const declined = async (kind: DeclineClass | undefined) => {
    const sim = await simulate();
    const decline = { code: 'card_declined', declineCode: 'generic_decline', message: 'No.', networkCode: 'SIGN' };
    clientOf(sim).authorize = async () => ({ kind: 'failed', decline: { ...decline, ...(kind && { class: kind }) } });
    const { status, body } = await sim.request('POST', '/v1/payment_intents', {
      amount: '10000',
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: 'true',
    });
    const { code, decline_code } = body.error as { code: string; decline_code?: string };
    return {
      status,
      code,
      decline_code,
      stored: recordsOf(sim.world).payments[0]!.attempts[0]!.decline,
      alarms: sim.world.alarms,
    };
  };

  it('of our own configuration is no decline of the card, and the operator is notified', async () => {
    const { status, code, decline_code, stored, alarms } = await declined('configuration');

    expect([status, code, decline_code]).toEqual([402, 'processing_error', undefined]);
    expect(stored).toMatchObject({ networkCode: 'SIGN' });
    expect(alarms).toEqual(['CallbacksRefused configuration']);
  });

  it.each([['hard'], ['soft'], ['payer_action'], ['authentication'], [undefined]] as const)(
    'of class %s is shown as it is, and stored without the class',
    async (kind) => {
      const { code, decline_code, stored, alarms } = await declined(kind);

      expect([code, decline_code]).toEqual(['card_declined', 'generic_decline']);
      expect(stored).toEqual({ code, declineCode: decline_code, message: 'No.', networkCode: 'SIGN' });
      expect(alarms).toEqual([]);
    },
  );
});
