/** Payments at a channel that answers no queries: an unknown outcome is decided by a void under our reference (I15). */
import { describe, expect, it } from 'vitest';
import { channelReference } from '../../../functions/kernel/ids.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { lose, lostPayment } from '../../scenarios/lost-answers.ts';
import { minutes, paymentOf, sentTo, statusesOf } from '../../scenarios/wallet-payments.ts';
import type { VoidAnswers } from '../../simulators/unqueried.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const PAY = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
const WAYS: readonly VoidAnswers[] = ['at_once', 'later'];

/** A payment whose request or answer was lost. */
async function lostAt(...lost: Parameters<typeof lostPayment>) {
  const { sim, intent } = await lostPayment(...lost);
  return { sim, intent, reference: paymentOf(sim, intent).attempts[0]!.reference };
}

async function assertSound(sim: Simulation): Promise<void> {
  await sim.world.runQueues();
  expect(sim.channel.state.violations).toEqual([]);
  expect(sim.world.failures).toEqual([]);
  expect(await audit(sim)).toEqual([]);
}

const entriesOf = (sim: Simulation): readonly string[] =>
  recordsOf(sim.world)
    .journal.map(({ entry }) => entry.type)
    .toSorted();

async function delivered(sim: Simulation, options = {}): Promise<void> {
  await sim.deliverCallbacks(options);
  await sim.world.runQueues();
}

describe.each(WAYS)('a channel without queries that answers a void %s', (voids) => {
  it('a payment that never arrived fails, and is not voided before the settling time', async () => {
    const { sim, intent } = await lostAt(voids, 'request');
    sim.move(59_000);
    await sim.janitor();
    expect(sentTo(sim, 'void')).toBe(0);

    await minutes(sim, 3);
    await delivered(sim);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    await assertSound(sim);
  });

  it('a payment that arrived is voided, and its late callback brings unapplied money that is back already', async () => {
    const { sim, intent, reference } = await lostAt(voids, 'answer');
    const late = sim.channel.callbacks.splice(0);

    await minutes(sim, 3);
    await delivered(sim);
    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect(sim.channel.charges.get(reference)!.voided).toBe(true);
    expect(late).toMatchObject([{ about: 'attempt', outcome: { kind: 'captured' } }]);
    for (const fact of late) expect((await sim.takeOne(fact)).applied).toBe('applied');
    await sim.world.runQueues();
    for (const fact of late) expect((await sim.takeOne(fact)).applied).toBe('known');
    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
    expect(entriesOf(sim)).toEqual(['surplus_received', 'surplus_returned']);
    // The return was refused, for nothing was left. Its callback may not say why.
    const about = { about: 'refund', reference: channelReference(sim.scope, paymentOf(sim, intent).body, 31) } as const;
    const decline = { code: 'processing_error', message: 'No.' };
    for (const found of [{ found: { kind: 'released' } }, {}] as const)
      expect((await sim.takeOne({ ...about, outcome: { kind: 'failed', decline, ...found } })).applied).toBe('known');
    await assertSound(sim);
  });

  it('a hold that arrived is voided, and its late callback is a hold that is voided again', async () => {
    const { sim, intent, reference } = await lostAt(voids, 'answer', { capture_method: 'manual' });
    const late = sim.channel.callbacks.splice(0);

    await minutes(sim, 3);
    await delivered(sim);
    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    for (const fact of late) await sim.takeOne(fact);
    await sim.world.runQueues();
    await minutes(sim, 3);
    await delivered(sim);
    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method voided');
    expect(paymentOf(sim, intent).attempts[0]!.decline).toBeUndefined();
    expect(sim.world.alarms).toEqual([`UnappliedMoney ${reference}`]);
    await assertSound(sim);
  });

  it('a callback in time pays, and nothing is voided', async () => {
    const { sim, intent } = await lostAt(voids, 'answer');

    await delivered(sim);
    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    expect(sentTo(sim, 'void')).toBe(0);
    await assertSound(sim);
  });

  it('a decline that was lost is what the refused void says', async () => {
    const { sim, intent } = await lostAt(voids, 'answer', { payment_method: 'pm_card_visa_chargeDeclined' });
    sim.channel.callbacks.splice(0);

    await minutes(sim, 3);
    await delivered(sim);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect(paymentOf(sim, intent).attempts[0]!.decline).toMatchObject({ code: 'card_declined' });
    await assertSound(sim);
  });

  it('a payment that can no longer be voided is paid', async () => {
    const { sim, intent } = await lostAt(voids, 'answer');
    sim.channel.callbacks.splice(0);
    sim.channel.refuse('void');

    await minutes(sim, 3);
    await delivered(sim);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    await assertSound(sim);
  });

  it.each(['request', 'answer'] as const)('a void whose %s is lost is sent again under its number', async (what) => {
    const { sim, intent } = await lostAt(voids, 'answer');
    sim.channel.callbacks.splice(0);
    lose(sim, 'void', what, 2);

    await minutes(sim, 8);
    await delivered(sim);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect([...sim.channel.state.requests.keys()]).toEqual([`void ${paymentOf(sim, intent).attempts[0]!.reference} 1`]);
    await assertSound(sim);
  });
});

describe('reports in any order and number', () => {
  /** The callback of the payment and that of the void, delivered after both are under way. */
  async function bothOnTheWay(params: Record<string, string> = {}) {
    const paid = await lostAt('later', 'answer', params);
    const late = paid.sim.channel.callbacks.splice(0);
    await minutes(paid.sim, 2);
    paid.sim.channel.callbacks.unshift(...late);
    expect(paymentOf(paid.sim, paid.intent).attempts[0]!.recoveryVoid).toMatchObject({ operation: 1 });
    return paid;
  }

  it.each([
    ['captured', {}, 'requires_payment_method failed'],
    ['held', { capture_method: 'manual' }, 'requires_payment_method voided'],
  ] as const)('what was %s ends alike, whichever report is first', async (_, params, end) => {
    const ends: object[] = [];
    for (const reversed of [false, true]) {
      const { sim, intent } = await bothOnTheWay(params);
      const facts = [...sim.channel.callbacks];
      await delivered(sim, { times: 2, reversed });
      await minutes(sim, 4);
      await delivered(sim, { times: 2 });
      await minutes(sim, 10);
      expect(statusesOf(sim, intent)).toBe(end);
      await assertSound(sim);
      for (const fact of facts) expect((await sim.takeOne(fact)).applied).toBe('known');
      await minutes(sim, 4);
      await assertSound(sim);
      const { status, attempts, capture } = paymentOf(sim, intent);
      ends.push({ status, capture, statuses: attempts.map((one) => one.status), entries: entriesOf(sim) });
    }
    expect(ends[1]).toEqual(ends[0]);
  });

  it.each([
    ['captured', {}, 'succeeded captured'],
    ['held', { capture_method: 'manual' }, 'requires_capture authorized'],
  ] as const)(
    'what is reported as %s while the void is under way is the payment’s once that was refused',
    async (_, params, end) => {
      const { sim, intent, reference } = await lostAt('later', 'answer', params);
      const late = sim.channel.callbacks.splice(0);
      sim.channel.refuse('void');
      await minutes(sim, 2);
      const refusal = sim.channel.callbacks.splice(0);
      expect(refusal).not.toEqual([]);

      for (const fact of late) expect((await sim.takeOne(fact)).applied).toBe('applied');
      await sim.world.runQueues();
      await minutes(sim, 3);
      sim.channel.callbacks.splice(0);
      expect(statusesOf(sim, intent)).toBe('processing sent');
      // The channel does not say why.
      const outcome = { kind: 'failed', decline: { code: 'processing_error', message: 'No.' } } as const;
      await sim.takeOne({ about: 'operation', reference, operation: 1, outcome });
      await sim.world.runQueues();
      await minutes(sim, 5);

      expect(statusesOf(sim, intent)).toBe(end);
      expect(paymentOf(sim, intent).attempts[0]!.surplus).toBeUndefined();
      expect(sim.world.alarms).toEqual([]);
      await assertSound(sim);
    },
  );

  it('a success that is reported after a decline, while the void is under way, pays once that was refused', async () => {
    const { sim, intent, reference } = await lostAt('later', 'answer');
    const late = sim.channel.callbacks.splice(0);
    sim.channel.refuse('void');
    await minutes(sim, 2);
    sim.channel.callbacks.splice(0);
    const outcome = { kind: 'failed', decline: { code: 'card_declined', message: 'No.' } } as const;

    await sim.takeOne({ about: 'attempt', reference, outcome });
    for (const fact of late) await sim.takeOne(fact);
    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    await sim.takeOne({ about: 'operation', reference, operation: 1, outcome });
    await sim.world.runQueues();
    await minutes(sim, 4);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    await assertSound(sim);
  });

  it('money for a payment that was paid otherwise is refunded, and not voided first', async () => {
    const sim = await simulate(1, 'later');
    const declined = { ...PAY, payment_method: 'pm_card_visa_chargeDeclined' };
    await sim.request('POST', '/v1/payment_intents', declined);
    const [{ body, attempts }] = recordsOf(sim.world).payments as [Payment];
    const { reference } = attempts[0]!;
    await sim.request('POST', `/v1/payment_intents/pi_${body}/confirm`, { payment_method: 'pm_card_visa' });
    await delivered(sim);

    const outcome = sim.channel.decide(reference, 'captured');
    await sim.takeOne({ about: 'attempt', reference, outcome });
    await sim.world.runQueues();
    await minutes(sim, 4);

    expect(statusesOf(sim, `pi_${body}`)).toBe('succeeded voided,captured');
    expect([sentTo(sim, 'void'), sentTo(sim, 'refund')]).toEqual([0, 1]);
    await assertSound(sim);
  });

  it('a void that is refused without a reason is sent again under another number', async () => {
    const { sim, intent, reference } = await lostAt('at_once', 'answer');
    sim.channel.callbacks.splice(0);
    const client = sim.world.payments.channel('sandbox');
    const release = client.void.bind(client);
    const refusal = { kind: 'failed', decline: { code: 'processing_error', message: 'Not now.' } } as const;
    Object.assign(client, { void: async () => refusal });
    await minutes(sim, 2);
    expect(statusesOf(sim, intent)).toBe('processing sent');
    Object.assign(client, { void: release });

    await minutes(sim, 4);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect(paymentOf(sim, intent).attempts[0]!.recoveryVoid!.operation).toBeGreaterThan(1);
    expect(sim.channel.charges.get(reference)!.voided).toBe(true);
    await assertSound(sim);
  });
});
