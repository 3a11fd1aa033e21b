/** A channel refuses because our own account or request is wrong: the operator is alarmed, and no payer or merchant reads a decline of a card. */
import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../../../functions/channels/port/port.ts';
import { applyCallback } from '../../../functions/recovery/apply-callback.ts';
import { resolveSetup } from '../../../functions/recovery/recheck.ts';
import { recordsOf } from '../../audit/records.ts';
import { clientOf } from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const HELD = { capture_method: 'manual' };

async function paid(params: Record<string, string> = {}) {
  const sim = await simulate();
  const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true', ...params };
  const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'pay');
  const id = String(body.id);
  const capture = () => sim.request('POST', `/v1/payment_intents/${id}/capture`, {}, 'capture');
  const refund = () => sim.request('POST', '/v1/refunds', { payment_intent: id, amount: '4000' }, 'refund');
  return { sim, id, capture, refund };
}

describe('a refusal for our own configuration', () => {
  const CONFIGURATION: OperationOutcome = {
    kind: 'failed',
    decline: {
      class: 'configuration',
      code: 'card_declined',
      declineCode: 'lost_card',
      message: 'Merchant 7 is blocked',
    },
  };
  const refusing = (sim: Simulation, name: 'authorize' | 'capture' | 'refund' | 'increment' | 'answerDispute') =>
    Object.assign(clientOf(sim), { [name]: async () => CONFIGURATION });

  it('of a payment is a processing error, alarmed, and no decline of the card', async () => {
    const sim = await simulate();
    refusing(sim, 'authorize');
    const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

    const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'pay');

    expect(JSON.stringify(body)).not.toMatch(/card_declined|lost_card|blocked/);
    expect(body).toMatchObject({ error: { code: 'processing_error' } });
    expect(sim.world.alarms).toContain('CallbacksRefused configuration');
  });

  it('of a capture, an increment and a refund is alarmed, and repeats nothing of the channel', async () => {
    const features = 'payment_method_options[card][request_incremental_authorization]';
    const held = await paid({ ...HELD, [features]: 'if_available' });
    refusing(held.sim, 'increment');
    const raise = { amount: '12000' };
    const path = `/v1/payment_intents/${held.id}/increment_authorization`;
    const increment = await held.sim.request('POST', path, raise, 'raise');
    refusing(held.sim, 'capture');
    const capture = await held.capture();
    const taken = await paid();
    refusing(taken.sim, 'refund');
    const refund = await taken.refund();

    const answers = JSON.stringify([increment.body, capture.body, refund.body]);
    expect(answers).not.toMatch(/card_declined|lost_card|blocked/);
    expect(increment.body).toMatchObject({ error: { code: 'processing_error' } });
    expect(refund.body).toMatchObject({ status: 'failed', failure_reason: 'unknown' });
    expect(held.sim.world.alarms).toEqual(['CallbacksRefused configuration', 'CallbacksRefused configuration']);
    expect(taken.sim.world.alarms).toEqual(['CallbacksRefused configuration']);
  });

  it('of a setup intent is alarmed once, and is no decline of the card', async () => {
    const sim = await simulate();
    refusing(sim, 'authorize');
    const setUp = { payment_method: 'pm_card_visa', confirm: 'true' };

    const { body } = await sim.request('POST', '/v1/setup_intents', setUp, 'set up');

    expect(JSON.stringify(body)).not.toMatch(/card_declined|lost_card|blocked/);
    expect(body).toMatchObject({ error: { code: 'processing_error' } });
    expect(sim.world.alarms).toEqual(['CallbacksRefused configuration']);
  });

  it('of a setup intent or a payment is alarmed once also where a query or a callback reports it', async () => {
    const sim = await simulate();
    Object.assign(clientOf(sim), { authorize: async () => ({ kind: 'unknown', reason: 'timed out' }) });
    const params = { payment_method: 'pm_card_visa', confirm: 'true' };
    await sim.request('POST', '/v1/setup_intents', params, 'set up');
    await sim.request('POST', '/v1/setup_intents', params, 'set up another');
    await sim.request('POST', '/v1/payment_intents', { ...params, amount: '1000', currency: 'usd' }, 'pay');
    const { setups, payments } = recordsOf(sim.world);
    const { clock, payments: deps } = sim.world;

    const state = { attempt: CONFIGURATION, operations: new Map() };
    Object.assign(clientOf(sim), { queryAttempt: async () => state });
    for (const nowMs of [clock.nowMs(), clock.nowMs() + 1]) await resolveSetup(deps, sim.scope, setups[0]!.body, nowMs);
    expect(sim.world.alarms).toEqual(['CallbacksRefused configuration']);

    for (const { attempts } of [setups[1]!, payments[0]!, setups[1]!, payments[0]!]) {
      const { reference, channel } = attempts[0]!;
      const fact = { about: 'attempt', reference, outcome: CONFIGURATION } as const;
      await applyCallback(deps, {
        ...channel,
        livemode: false,
        fact,
        dedupe: reference,
        rawBase64: '',
        receivedMs: clock.nowMs(),
      });
    }
    expect(sim.world.alarms).toEqual(Array.from({ length: 3 }, () => 'CallbacksRefused configuration'));
  });

  it('of the answer to a dispute is alarmed, and repeats nothing of the channel', async () => {
    const { sim } = await paid({ payment_method: 'pm_card_createDispute' });
    sim.move(60_000);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    const { body: list } = await sim.request('GET', '/v1/disputes');
    const [dispute] = list.data as { id: string }[];
    refusing(sim, 'answerDispute');

    const path = `/v1/disputes/${dispute!.id}`;
    const { status, body } = await sim.request('POST', `${path}/close`, {}, 'close');

    expect(status).toBe(400);
    expect(JSON.stringify(body)).not.toMatch(/card_declined|lost_card|blocked/);
    expect(sim.world.alarms).toEqual(['CallbacksRefused configuration']);
    expect((await sim.request('GET', path)).body).toMatchObject({ status: 'needs_response' });
  });
});

it('unknown credentials and an account that the channel does not know are one too, at the sandbox over its wire', async () => {
  const { sim, refund } = await paid();
  const { refund: send } = clientOf(sim);
  Object.assign(clientOf(sim), {
    refund: (request: Parameters<typeof send>[0]) => {
      const [account] = sim.channel.state.accounts.values();
      sim.channel.state.accounts.set(account!.account, { ...account!, apiKey: `sbk_${'x'.repeat(40)}` });
      return send(request);
    },
  });

  const { body } = await refund();

  expect(body).toMatchObject({ status: 'failed', failure_reason: 'unknown' });
  expect(sim.world.alarms).toEqual(['CallbacksRefused configuration']);
});
