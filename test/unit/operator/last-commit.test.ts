/** What an object says of its last commit is what the stream said of it: a confirmation that breaks off anywhere, or has no outcome. */
import { expect, it } from 'vitest';
import { everyAwait, LEASE_OVER_MS } from '../../scenarios/every-await.ts';
import { misremembered } from '../../scenarios/lost-stream.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

it.each(['pm_card_visa', 'pm_card_sandbox_pendingThenSucceeds', 'pm_card_riskLevelElevated'])(
  'confirm with %s: the stored last commit equals the announced one, at whatever await it dies and whichever run continues it',
  async (method) => {
    const from = await simulate();
    const { body } = await from.request('POST', '/v1/payment_intents', { amount: '5000', currency: 'usd' });
    const confirm = (sim: Simulation) =>
      sim.request('POST', `/v1/payment_intents/${String(body.id)}/confirm`, { payment_method: method }, 'pay');
    await everyAwait({ from, operation: confirm, hows: ['dies'], atLeast: 10 }, async (sim) => {
      expect(misremembered(sim)).toEqual([]);
      sim.move(LEASE_OVER_MS);
      await confirm(sim);
      expect(misremembered(sim)).toEqual([]);
    });
  },
);
