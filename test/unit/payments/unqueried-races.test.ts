/** Reports and requests that come while a void under our reference is under way, at a channel that answers no queries. */
import { describe, expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { lose, lostPayment } from '../../scenarios/lost-answers.ts';
import { clientOf, minutes, paymentOf, statusesOf } from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const DECLINE = { code: 'processing_error', message: 'No.' };

async function assertSound(sim: Simulation): Promise<void> {
  await sim.world.runQueues();
  expect(sim.channel.state.violations).toEqual([]);
  expect(sim.world.failures).toEqual([]);
  expect(await audit(sim)).toEqual([]);
}

async function delivered(sim: Simulation): Promise<void> {
  await sim.deliverCallbacks({});
  await sim.world.runQueues();
}

describe('a hold that was reported while its void was under way', () => {
  it('and that the merchant cancels before the janitor looks is not held again', async () => {
    const { sim, intent } = await lostPayment('later', 'answer', { capture_method: 'manual' });
    const late = sim.channel.callbacks.splice(0);
    lose(sim, 'void', 'request');
    await minutes(sim, 2);
    const { reference } = paymentOf(sim, intent).attempts[0]!;
    const found = { kind: 'authorized', authorizationCode: 'A1' } as const;
    const outcome = { kind: 'failed', decline: DECLINE, found } as const;
    const refusal = { about: 'operation', reference, operation: 1, outcome } as const;
    for (const fact of [...late, refusal]) expect((await sim.takeOne(fact)).applied).toBe('applied');
    await sim.world.runQueues();
    expect(statusesOf(sim, intent)).toBe('requires_capture authorized');
    const { settledMs } = paymentOf(sim, intent).attempts[0]!;

    await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
    await delivered(sim);
    expect(statusesOf(sim, intent)).toBe('canceled voided');
    await minutes(sim, 4);
    await delivered(sim);

    expect(statusesOf(sim, intent)).toBe('canceled voided');
    expect(paymentOf(sim, intent).attempts[0]).toMatchObject({ settledMs, reportedHold: 'resolved' });
    expect(sim.world.alarms).toEqual([]);
    await assertSound(sim);
  });
});

describe('two attempts without an outcome', () => {
  it('the second is voided although nothing is known of the void of the first', async () => {
    const { sim, intent } = await lostPayment('at_once', 'request');
    const { reference } = paymentOf(sim, intent).attempts[0]!;
    const client = clientOf(sim);
    const release = client.void.bind(client);
    const unheard = { kind: 'unknown', reason: 'lost' } as const;
    client.void = (request) => (request.reference === reference ? Promise.resolve(unheard) : release(request));
    await minutes(sim, 3);
    const outcome = { kind: 'failed', decline: DECLINE } as const;
    await sim.takeOne({ about: 'attempt', reference, outcome });
    lose(sim, 'authorize', 'answer');
    await sim.request('POST', `/v1/payment_intents/${intent}/confirm`, { payment_method: 'pm_card_visa' });
    sim.channel.callbacks.splice(0);
    await sim.world.runQueues();
    expect(statusesOf(sim, intent)).toBe('processing failed,sent');

    await minutes(sim, 4);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed,failed');
    expect(paymentOf(sim, intent).attempts.map(({ recoveryVoid }) => recoveryVoid)).toMatchObject([
      { operation: 1 },
      { operation: 2, outcome: 'succeeded' },
    ]);
    client.void = release;
    await minutes(sim, 10);
    expect(paymentOf(sim, intent).attempts[0]!.recoveryVoid).toMatchObject({ operation: 1, outcome: 'failed' });
    await assertSound(sim);
  });
});

describe.each(['at_once', 'later'] as const)(
  'a hold that the channel has released, where voids are answered %s',
  (voids) => {
    async function releasedThere(params: Record<string, string> = {}) {
      const sim = await simulate(1, voids);
      const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
      const { body } = await sim.request('POST', '/v1/payment_intents', {
        ...pay,
        capture_method: 'manual',
        ...params,
      });
      await delivered(sim);
      const { reference, channel, createdMs, currency } = paymentOf(sim, String(body.id)).attempts[0]!;
      // By hand, at the channel.
      await sim.channel.client.void({
        reference,
        account: channel,
        createdMs,
        operation: 30,
        sentMs: createdMs,
        currency,
      });
      sim.channel.callbacks.splice(0);
      return { sim, intent: String(body.id) };
    }

    it('is canceled', async () => {
      const { sim, intent } = await releasedThere();

      const answer = await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
      expect(answer.status).toBe(200);
      await delivered(sim);
      const { reference } = paymentOf(sim, intent).attempts[0]!;
      const about = { about: 'operation', reference, operation: 1 } as const;
      for (const [found, applied] of [
        [{ found: { kind: 'released' } }, 'known'],
        [{}, 'weaker'],
      ] as const) {
        const outcome = { kind: 'failed', decline: DECLINE, ...found } as const;
        expect((await sim.takeOne({ ...about, outcome })).applied).toBe(applied);
      }

      expect(statusesOf(sim, intent)).toBe('canceled voided');
      await assertSound(sim);
    });

    it('ends when its time is over, and is asked for once', async () => {
      const { sim, intent } = await releasedThere();

      sim.move(8 * 24 * 3_600_000);
      for (let run = 0; run < 50; run++) await sim.janitor();
      await delivered(sim);

      expect(statusesOf(sim, intent)).toBe('canceled voided');
      expect(paymentOf(sim, intent).operations).toBe(1);
      await assertSound(sim);
    });

    it('and of which a part was captured is not released by that: the refusal contradicts the capture', async () => {
      const sim = await simulate(1, voids);
      const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
      const held = {
        ...pay,
        capture_method: 'manual',
        'payment_method_options[card][request_multicapture]': 'if_available',
      };
      const { body } = await sim.request('POST', '/v1/payment_intents', held);
      const intent = String(body.id);
      await delivered(sim);
      await sim.request('POST', `/v1/payment_intents/${intent}/capture`, {
        amount_to_capture: '4000',
        final_capture: 'false',
      });
      await delivered(sim);
      expect(paymentOf(sim, intent).capture).toMatchObject({ amount: 4_000n, keepsRest: true });
      const refusal = { kind: 'failed', decline: DECLINE, found: { kind: 'released' } } as const;
      Object.assign(sim.world.payments.channel('sandbox'), { void: async () => refusal });

      expect((await sim.request('POST', `/v1/payment_intents/${intent}/cancel`)).status).toBe(400);

      expect(statusesOf(sim, intent)).toBe('requires_capture authorized');
    });
  },
);
