/** Accounts whose callbacks stay away while payments go through them. */
import { beforeEach, expect, it } from 'vitest';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { findSilence, looksForSilence } from '../../../functions/recovery/silence.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const MINUTE = 60_000;

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate();
});
const pay = async (count: number, method = 'pm_card_visa') => {
  for (let n = 0; n < count; n++)
    await sim.request(
      'POST',
      '/v1/payment_intents',
      { amount: '1000', currency: 'usd', payment_method: method, confirm: 'true' },
      `${method} ${sim.world.clock.nowMs()} ${n}`,
    );
};
const silent = async () => {
  const { table, clock } = sim.world;
  return findSilence({ table, settings: (scope) => loadSettings(table, scope) }, clock.nowMs());
};

it('five payments without a callback are silence, once a callback would be late', async () => {
  await pay(5);
  expect(await silent()).toEqual([]);
  sim.move(11 * MINUTE);
  const [{ account }] = (await loadSettings(sim.world.table, sim.scope)).accounts as unknown as [{ account: string }];

  expect(await silent()).toEqual([{ channel: 'sandbox', account, scope: sim.scope, livemode: false }]);
});

it('four are not, nor are payments that were declined, nor those of more than an hour ago', async () => {
  await pay(4);
  await pay(5, 'pm_card_chargeDeclined');
  sim.move(11 * MINUTE);
  expect(await silent()).toEqual([]);
  await pay(5);
  sim.move(71 * MINUTE);
  expect(await silent()).toEqual([]);
});

it('a callback after the payments ends it, and one from before does not', async () => {
  await pay(1);
  await sim.deliverCallbacks();
  sim.move(MINUTE);
  await pay(5);
  sim.move(11 * MINUTE);
  expect(await silent()).toHaveLength(1);
  await sim.deliverCallbacks();

  expect(await silent()).toEqual([]);
});

it('is looked for every 15 minutes', () => {
  const minutes = Array.from({ length: 60 }, (_, minute) => minute).filter((minute) =>
    looksForSilence(minute * MINUTE + 5_000),
  );

  expect(minutes).toEqual([0, 15, 30, 45]);
});
