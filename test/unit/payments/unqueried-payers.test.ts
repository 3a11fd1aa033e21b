/** Orders and challenges at a channel that answers no queries: a payer may have done something that nothing reports. */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { resolvePayment } from '../../../functions/recovery/resolve.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { hours, lose } from '../../scenarios/lost-answers.ts';
import {
  minutes,
  ordered,
  payerAt,
  payerReturns,
  paymentOf,
  sentTo,
  statusesOf,
} from '../../scenarios/wallet-payments.ts';
import { UNQUERIED } from '../../simulators/unqueried.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const HOUR_MS = 3_600_000;

async function assertSound(sim: Simulation): Promise<void> {
  await sim.world.runQueues();
  expect(sim.world.failures).toEqual([]);
  expect(await audit(sim)).toEqual([]);
}

async function delivered(sim: Simulation): Promise<void> {
  await sim.deliverCallbacks({ times: 2 });
  await sim.world.runQueues();
}

describe('an order', () => {
  it.each(['request', 'answer'] as const)('whose %s was lost is closed under our reference', async (what) => {
    const sim = await simulate(1, 'later');
    lose(sim, 'authorize', what);
    const { intent } = await ordered(sim, 'wechat_pay');
    expect(statusesOf(sim, intent)).toBe('processing sent');

    await minutes(sim, 4);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect([sentTo(sim, 'close'), sentTo(sim, 'void')]).toEqual([1, 0]);
    await assertSound(sim);
  });

  it('that is not paid is closed after its expiry', async () => {
    const sim = await simulate(1, 'later');
    const { intent } = await ordered(sim, 'alipay');
    await hours(sim, 0.5);
    expect([statusesOf(sim, intent), sentTo(sim, 'close')]).toEqual(['requires_action requires_action', 0]);

    await hours(sim, 1);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    await assertSound(sim);
  });

  it('that was paid is found by the close that is refused after its expiry', async () => {
    const sim = await simulate(1, 'later');
    const { intent, reference } = await ordered(sim, 'alipay');
    payerAt(sim, reference, 'approve');

    await hours(sim, 2);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    await assertSound(sim);
  });

  it('that was paid is the answer to a second confirmation, where the refused close says so', async () => {
    const sim = await simulate(1, 'later');
    const { intent, reference } = await ordered(sim, 'alipay');
    payerAt(sim, reference, 'approve');

    const { body } = await sim.request('POST', `/v1/payment_intents/${intent}/confirm`, {
      payment_method: 'pm_card_visa',
      return_url: 'https://shop.example/done',
    });

    expect([body.status, statusesOf(sim, intent)]).toEqual(['succeeded', 'succeeded captured']);
    expect(sentTo(sim, 'authorize')).toBe(1);
    await assertSound(sim);
  });

  it('that was paid stays open, with an alarm, until its callback comes, where the close does not say so', async () => {
    const sim = await simulate(1, 'later');
    const refusal = { kind: 'failed', decline: { code: 'processing_error', message: 'It is paid.' } } as const;
    Object.assign(sim.world.payments.channel('sandbox'), { close: async () => refusal });
    const { intent, reference } = await ordered(sim, 'alipay');
    payerAt(sim, reference, 'approve');

    expect(await hours(sim, 1)).toBe(0);
    expect(await hours(sim, 3)).toBeGreaterThan(0);

    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');
    const { outcome } = sim.channel.charges.get(reference)!;
    await sim.takeOne({ about: 'attempt', reference, outcome });
    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    await assertSound(sim);
  });

  it.each([
    ['the return of its payer', (sim: Simulation, reference: ChannelReference) => payerReturns(sim, reference)],
    [
      'the callback of the approval',
      (sim: Simulation, reference: ChannelReference) =>
        sim.takeOne({ about: 'attempt', reference, outcome: { kind: 'approved' } }),
    ],
  ])('that is approved at PayPal is completed by %s', async (_, arrives) => {
    const sim = await simulate(1, 'later');
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');

    await arrives(sim, reference);
    await arrives(sim, reference);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    expect(sentTo(sim, 'resume')).toBe(1);
    await assertSound(sim);
  });

  it('is not resumed by the return of a payer who has not approved it', async () => {
    const sim = await simulate(1, 'later');
    const { intent, reference } = await ordered(sim, 'paypal');

    expect((await payerReturns(sim, reference)).location?.searchParams.get('redirect_status')).toBe('pending');

    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');
    await assertSound(sim);
  });
});

/** A card whose payer is challenged. */
async function challenged(sim: Simulation, params: Record<string, string> = {}) {
  const made = await sim.request('POST', '/v1/payment_intents', {
    amount: '10000',
    currency: 'usd',
    payment_method: 'pm_card_authenticationRequired',
    confirm: 'true',
    return_url: 'https://shop.example/done',
    ...params,
  });
  await sim.world.runQueues();
  const intent = String(made.body.id);
  return { intent, reference: paymentOf(sim, intent).attempts[0]!.reference };
}

describe('a challenge', () => {
  it.each([
    ['was abandoned', {}, () => {}],
    ['was passed, for money', {}, true],
    ['was passed, for a hold', { capture_method: 'manual' }, true],
    ['was failed', {}, false],
  ] as const)(
    'that %s, and of which nothing was reported, is voided when it can no longer be passed',
    async (_, params, passed) => {
      const sim = await simulate(1, 'later');
      const { intent, reference } = await challenged(sim, params);
      if (typeof passed === 'boolean') sim.channel.finishChallenge(reference, passed);
      sim.channel.callbacks.splice(0);

      await hours(sim, 24);
      expect([statusesOf(sim, intent), sentTo(sim, 'void')]).toEqual(['requires_action requires_action', 0]);
      await hours(sim, 1);
      await delivered(sim);
      await hours(sim, 2);

      expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
      expect(sentTo(sim, 'void')).toBeGreaterThan(0);
      await assertSound(sim);
    },
  );

  it('whose cancel is under way is not voided a second time', async () => {
    const sim = await simulate(1, 'later');
    const { intent, reference } = await challenged(sim);
    await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
    const late = sim.channel.callbacks.splice(0);
    await sim.world.runQueues();

    for (let hour = 0; hour < 26; hour++) {
      await hours(sim, 1);
      sim.channel.callbacks.splice(0);
    }

    expect([...sim.channel.state.requests.keys()]).toEqual([`void ${reference} 1`]);
    for (const fact of late) await sim.takeOne(fact);
    expect(statusesOf(sim, intent)).toBe('canceled closed');
    await assertSound(sim);
  });

  it('that is passed pays with its callback, or with the return of its payer where cards are resumed', async () => {
    for (const way of ['callback', 'return'] as const) {
      const sim = await simulate(1, 'later');
      const card = { ...UNQUERIED.card, resumes: true } as const;
      if (way === 'return')
        Object.assign(sim.world.payments.channel('sandbox'), { capabilities: { ...UNQUERIED, card } });
      const { intent, reference } = await challenged(sim);
      sim.channel.finishChallenge(reference, true);

      if (way === 'callback') await delivered(sim);
      else expect((await payerReturns(sim, reference)).location?.searchParams.get('redirect_status')).toBe('succeeded');

      expect([way, statusesOf(sim, intent)]).toEqual([way, 'succeeded captured']);
      await assertSound(sim);
    }
  });

  it.each([false, true])(
    'that is passed while it is canceled is unapplied money that is back already (newest first: %s)',
    async (reversed) => {
      const sim = await simulate(1, 'later');
      const { intent, reference } = await challenged(sim);
      sim.channel.finishChallenge(reference, true);
      await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
      await sim.world.runQueues();

      await sim.deliverCallbacks({ times: 2, reversed });
      await sim.world.runQueues();
      await minutes(sim, 6);
      await delivered(sim);

      expect(statusesOf(sim, intent)).toBe('canceled closed');
      const types = recordsOf(sim.world).journal.map(({ entry }) => entry.type);
      expect(types.toSorted()).toEqual(['surplus_received', 'surplus_returned']);
      expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
      await assertSound(sim);
    },
  );

  it('that was passed before a cancel which the channel refuses is paid, for the refusal says so', async () => {
    const sim = await simulate(1, 'at_once');
    const { intent, reference } = await challenged(sim);
    sim.channel.finishChallenge(reference, true);
    sim.channel.callbacks.splice(0);
    sim.channel.refuse('void');

    const { status } = await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);

    expect([status, statusesOf(sim, intent)]).toEqual([400, 'succeeded captured']);
    await assertSound(sim);
  });
});

describe('a void that is refused because the money was taken', () => {
  /** A payment whose payer passed the challenge, of which nothing was reported, and which the channel does not void. */
  async function taken(voids: 'at_once' | 'later') {
    const sim = await simulate(1, voids);
    const { intent, reference } = await challenged(sim);
    sim.channel.finishChallenge(reference, true);
    sim.channel.callbacks.splice(0);
    sim.channel.refuse('void');
    return { sim, intent };
  }
  const cancel = (sim: Simulation, intent: string) => sim.request('POST', `/v1/payment_intents/${intent}/cancel`);

  it('says so to a cancel by its callback', async () => {
    const { sim, intent } = await taken('later');
    await cancel(sim, intent);
    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');

    await delivered(sim);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    await assertSound(sim);
  });

  it('says so to the janitor, which sends a cancel again', async () => {
    const { sim, intent } = await taken('at_once');
    lose(sim, 'void', 'request');
    await cancel(sim, intent);
    await sim.world.runQueues();

    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    await assertSound(sim);
  });

  it('says so when a hold runs out', async () => {
    const sim = await simulate(1, 'at_once');
    const made = await sim.request('POST', '/v1/payment_intents', {
      amount: '10000',
      currency: 'usd',
      payment_method: 'pm_card_visa',
      capture_method: 'manual',
      confirm: 'true',
    });
    const intent = String(made.body.id);
    sim.channel.takeAnyway(paymentOf(sim, intent).attempts[0]!.reference, 10_000n);
    sim.channel.callbacks.splice(0);
    sim.channel.refuse('void');
    await sim.world.runQueues();
    sim.move(7 * 24 * HOUR_MS + 60_000);

    await resolvePayment(sim.world.payments, sim.scope, paymentOf(sim, intent).body, sim.world.clock.nowMs());

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    await assertSound(sim);
  });
});
