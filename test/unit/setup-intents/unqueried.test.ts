/** Setup intents at a channel that answers no queries: a try is given up without a void, for it holds no money. */
import { describe, expect, it } from 'vitest';
import { SETUP_INTENT, type SetupIntent } from '../../../functions/setup-intents/setup-intent.ts';
import { ofKind } from '../../audit/cards.ts';
import { hours, lose } from '../../scenarios/lost-answers.ts';
import { minutes, payerReturns, sentTo } from '../../scenarios/wallet-payments.ts';
import { UNQUERIED } from '../../simulators/unqueried.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

describe('a setup intent', () => {
  const made = async (sim: Simulation, card: string): Promise<SetupIntent> => {
    const params = { payment_method: card, confirm: 'true', usage: 'off_session', return_url: 'https://shop.example/' };
    await sim.request('POST', '/v1/setup_intents', params);
    await sim.world.runQueues();
    return current(sim);
  };
  const current = (sim: Simulation): SetupIntent => ofKind<SetupIntent>(sim, SETUP_INTENT.name)[0]!;

  it('whose answer was lost fails after the settling time, without a void; a success that is reported later counts', async () => {
    const sim = await simulate(1, 'later');
    lose(sim, 'authorize', 'answer');
    expect((await made(sim, 'pm_card_visa')).status).toBe('processing');
    const late = sim.channel.callbacks.splice(0);

    await minutes(sim, 3);
    expect([current(sim).status, sentTo(sim, 'void')]).toEqual(['requires_payment_method', 0]);

    for (const fact of late) await sim.takeOne(fact);
    expect(current(sim).status).toBe('succeeded');
  });

  it('whose challenge nothing reports fails when it can no longer be passed', async () => {
    const sim = await simulate(1, 'later');
    expect((await made(sim, 'pm_card_authenticationRequired')).status).toBe('requires_action');

    await hours(sim, 24);
    expect(current(sim).status).toBe('requires_action');
    await hours(sim, 2);

    expect(current(sim).status).toBe('requires_payment_method');
  });

  it('is completed by the return of its payer where cards are resumed', async () => {
    const sim = await simulate(1, 'later');
    const card = { ...UNQUERIED.card, resumes: true } as const;
    Object.assign(sim.world.payments.channel('sandbox'), { capabilities: { ...UNQUERIED, card } });
    const { reference } = (await made(sim, 'pm_card_authenticationRequired')).attempts[0]!;
    sim.channel.finishChallenge(reference, true);

    await payerReturns(sim, reference);

    expect(current(sim).status).toBe('succeeded');
  });
});
