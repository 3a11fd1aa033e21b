/** Captures, cancels and refunds at a channel that answers no queries: they are sent again for as long as that is the same request. */
import { describe, expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { lose } from '../../scenarios/lost-answers.ts';
import { minutes, paymentOf, sentTo, statusesOf } from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const PAY = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

async function assertSound(sim: Simulation): Promise<void> {
  await sim.world.runQueues();
  expect(sim.world.failures).toEqual([]);
  expect(await audit(sim)).toEqual([]);
}

async function delivered(sim: Simulation, options = {}): Promise<void> {
  await sim.deliverCallbacks(options);
  await sim.world.runQueues();
}

describe('what is sent again', () => {
  const DAY_MS = 24 * 3_600_000;

  async function paid(params: Record<string, string> = {}) {
    const sim = await simulate(1, 'later');
    const { body } = await sim.request('POST', '/v1/payment_intents', { ...PAY, ...params });
    await delivered(sim);
    return { sim, intent: String(body.id) };
  }

  /** The janitor visits every minute of a week in which it did not run. Returns how often something was open for too long. */
  async function afterAWeek(sim: Simulation): Promise<number> {
    sim.move(7 * DAY_MS + 120_000);
    let overdue = 0;
    for (let run = 0; run < 50; run++) overdue += (await sim.world.janitor(sim.world.clock.nowMs())).overdue.length;
    return overdue;
  }

  it('a refund whose answer was lost, within the lifetime of its reference', async () => {
    const { sim, intent } = await paid();
    lose(sim, 'refund', 'answer');
    const { body } = await sim.request('POST', '/v1/refunds', { payment_intent: intent, amount: '4000' });
    expect(body.status).toBe('pending');
    sim.channel.callbacks.splice(0);
    await sim.world.runQueues();

    await minutes(sim, 3);

    expect(recordsOf(sim.world).refunds.map(({ status }) => status)).toEqual(['succeeded']);
    expect(sentTo(sim, 'refund')).toBe(2);
    await assertSound(sim);
  });

  it('a refund that is refused for now, once at each visit of the janitor', async () => {
    const { sim, intent } = await paid();
    const decline = { code: 'insufficient_funds', message: 'Not now.' };
    let sent = 0;
    const refund = async () => ({ kind: 'failed', decline, retryable: true, sent: ++sent });
    Object.assign(sim.world.payments.channel('sandbox'), { refund });
    await sim.request('POST', '/v1/refunds', { payment_intent: intent, amount: '4000' });
    await sim.world.runQueues();
    expect(sent).toBe(1);

    sim.move(121_000);
    await sim.janitor();

    expect(sent).toBe(2);
    expect(recordsOf(sim.world).refunds.map(({ status }) => status)).toEqual(['pending']);
  });

  it('a refund is not sent again after that, and stays pending until a callback says what became of it', async () => {
    const { sim, intent } = await paid();
    lose(sim, 'refund', 'answer');
    await sim.request('POST', '/v1/refunds', { payment_intent: intent, amount: '4000' }, 'key');
    const late = sim.channel.callbacks.splice(0);
    await sim.world.runQueues();
    const alarmed = await afterAWeek(sim);

    expect(alarmed).toBeGreaterThan(0);
    expect(sentTo(sim, 'refund')).toBe(1);
    expect(recordsOf(sim.world).refunds.map(({ status }) => status)).toEqual(['pending']);
    for (const fact of late) await sim.takeOne(fact);
    expect(recordsOf(sim.world).refunds.map(({ status }) => status)).toEqual(['succeeded']);
    await assertSound(sim);
  });

  it.each(['request', 'answer'] as const)('a capture whose %s was lost', async (what) => {
    const { sim, intent } = await paid({ capture_method: 'manual' });
    lose(sim, 'capture', what);
    await sim.request('POST', `/v1/payment_intents/${intent}/capture`);
    sim.channel.callbacks.splice(0);
    await sim.world.runQueues();
    expect(statusesOf(sim, intent)).toBe('requires_capture authorized');

    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    await assertSound(sim);
  });

  it('a capture is not sent again after the lifetime of its number', async () => {
    const { sim, intent } = await paid({ capture_method: 'manual' });
    lose(sim, 'capture', 'request');
    await sim.request('POST', `/v1/payment_intents/${intent}/capture`);
    await sim.world.runQueues();

    expect(await afterAWeek(sim)).toBeGreaterThan(0);

    expect(sentTo(sim, 'capture')).toBe(0);
    expect(paymentOf(sim, intent).pending).toMatchObject({ kind: 'capture' });
  });

  it('a cancel that the channel has only received ends with its callback', async () => {
    const { sim, intent } = await paid({ capture_method: 'manual' });
    await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
    expect(statusesOf(sim, intent)).toBe('requires_capture authorized');

    await delivered(sim, { times: 2 });

    expect(statusesOf(sim, intent)).toBe('canceled voided');
    await assertSound(sim);
  });
});
