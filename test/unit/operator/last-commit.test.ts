/** What an object says of its last commit is what the stream said of it: a confirmation that breaks off anywhere, or has no outcome. */
import { expect, it } from 'vitest';
import { misremembered } from '../../scenarios/lost-stream.ts';
import { simulate } from '../../world/simulation.ts';

it.each(['pm_card_visa', 'pm_card_sandbox_pendingThenSucceeds', 'pm_card_riskLevelElevated'])(
  'confirm with %s: remembered as it was told, wherever it dies and whoever carries it on',
  async (method) => {
    for (let n = 1; n <= 20; n++) {
      const sim = await simulate();
      const { body } = await sim.request('POST', '/v1/payment_intents', { amount: '5000', currency: 'usd' });
      const confirm = () =>
        sim.request('POST', `/v1/payment_intents/${String(body.id)}/confirm`, { payment_method: method }, 'pay');

      await sim.broken({ n, how: 'dies' }, confirm);
      expect([n, misremembered(sim)]).toEqual([n, []]);
      sim.move(41_000);
      await confirm();
      expect([n, misremembered(sim)]).toEqual([n, []]);
    }
  },
);
