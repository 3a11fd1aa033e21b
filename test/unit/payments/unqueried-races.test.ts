/** Reports and requests that come while a void under our reference is under way, at a channel that answers no queries. */
import { describe, expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { lose, lostPayment } from '../../scenarios/lost-answers.ts';
import { clientOf, minutes, paymentOf, statusesOf } from '../../scenarios/wallet-payments.ts';
import type { Simulation } from '../../world/simulation.ts';

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
    const decline = { code: 'processing_error', message: 'No.' };
    const outcome = { kind: 'failed', decline, found } as const;
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
    const outcome = { kind: 'failed', decline: { code: 'card_declined', message: 'No.' } } as const;
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
