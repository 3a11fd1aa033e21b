/** A channel refuses because our own account or request is wrong: the operator is alarmed, and no payer or merchant reads a decline of a card. */
import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../../../functions/channels/port/port.ts';
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
  const refusing = (sim: Simulation, name: 'authorize' | 'capture' | 'refund' | 'increment') =>
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
