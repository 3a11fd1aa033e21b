/** Money that no payment waits for, learned by asking the channel or by the reply to the request itself (I15). */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { HOLD, held, MEMO, minutes, RECEIVED, RETURNED, refundsSent } from '../../scenarios/unapplied-holds.ts';
import { endState, simulate } from '../../world/simulation.ts';

describe('money that is learned by asking', () => {
  it('the janitor queries a void without an answer, and finds the hold captured', async () => {
    const { sim, id, reference } = await held();
    await sim.broken({ n: 10, how: 'dies' }, () =>
      sim.request('POST', `/v1/payment_intents/${id}/cancel`, {}, 'cancel'),
    );
    expect(recordsOf(sim.world).payments[0]?.pending?.kind).toBe('void');
    sim.channel.takeAnyway(reference, 10_000n);
    sim.channel.callbacks.splice(0);
    await minutes(sim, 4);

    expect(endState(sim).payments).toEqual(['canceled captured 0 refunded 0 attempts voided']);
    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED].sort());
    expect(await audit(sim)).toEqual([]);
  });

  it('a callback that comes while the void is under way is not lost: the channel is asked once the void is decided', async () => {
    const { sim, id, reference } = await held();
    sim.onChannel = async (name) => {
      if (name !== 'void') return;
      sim.onChannel = undefined;
      const outcome = { kind: 'captured', authorizationCode: 'A', amount: 10_000n } as const;
      await sim.takeOne({ about: 'attempt', reference, outcome });
    };
    await sim.request('POST', `/v1/payment_intents/${id}/cancel`, {}, 'cancel');
    sim.channel.takeAnyway(reference, 10_000n);
    sim.channel.callbacks.splice(0);
    await minutes(sim, 3);

    expect(endState(sim).entries).toEqual([...MEMO, RECEIVED, RETURNED].sort());
    expect(recordsOf(sim.world).payments[0]?.attempts[0]?.reported?.resolvedMs).toBeGreaterThan(0);
    expect(await audit(sim)).toEqual([]);
  });

  it('the reply to the request itself comes after the cancel, whose void returned the money: the channel is asked', async () => {
    const sim = await simulate();
    const answers: { status: number }[] = [];
    sim.onPoint = async (label) => {
      if (label !== 'after authorize') return;
      sim.onPoint = undefined;
      // The channel has taken the money. The payer is asked, and the merchant cancels, before the request itself has its answer.
      const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
      const outcome = {
        kind: 'requires_action',
        action: { kind: 'redirect', url: 'http://channel/challenge' },
      } as const;
      await sim.takeOne({ about: 'attempt', reference, outcome });
      const [payment] = recordsOf(sim.world).payments;
      answers.push(await sim.request('POST', `/v1/payment_intents/pi_${payment!.body}/cancel`, {}, 'cancel'));
    };
    const { body } = await sim.request('POST', '/v1/payment_intents', { ...HOLD, capture_method: 'automatic' }, 'pay');
    const reported = () => recordsOf(sim.world).payments[0]?.attempts[0]?.reported;
    expect([answers.map(({ status }) => status), body.status]).toEqual([[200], 'canceled']);
    expect(reported()).toEqual({ amount: 10_000n });
    sim.channel.callbacks.splice(0);
    await sim.world.runQueues();
    await minutes(sim, 3);

    expect(reported()?.resolvedMs).toBeGreaterThan(0);
    expect(endState(sim)).toMatchObject({
      payments: ['canceled captured 0 refunded 0 attempts closed'],
      entries: [],
      channel: ['10000 captured 0'],
    });
    expect([refundsSent(sim), sim.world.alarms]).toEqual([[], []]);
    expect(await audit(sim)).toEqual([]);
  });

  it('an amount that was not requested is booked and goes back when the janitor finds it', async () => {
    const { sim, reference } = await held({
      ...HOLD,
      capture_method: 'automatic',
      payment_method: 'pm_card_sandbox_pendingThenSucceeds',
    });
    sim.channel.takeAnyway(reference, 9_999n);
    sim.channel.callbacks.splice(0);
    sim.move(181_000);
    await sim.janitor();

    await sim.world.runQueues();

    expect(sim.channel.charges.get(reference)?.outcome.kind).toBe('captured');
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
    expect(endState(sim)).toMatchObject({
      payments: ['requires_payment_method captured 0 refunded 0 attempts voided'],
      channel: ['10000 captured 0'],
    });
    expect(await audit(sim)).toEqual([]);
  });
});
