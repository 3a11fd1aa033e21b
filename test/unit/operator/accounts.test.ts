/** `merchant -- add-account`: a further account of a merchant, which is tried after the others. */
import { beforeEach, expect, it } from 'vitest';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { addAccount } from '../../../functions/operator/accounts.ts';
import type { MerchantsDeps } from '../../../functions/operator/create.ts';
import { NOT_ACCEPTED } from '../../scenarios/further-accounts.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

let sim: Simulation;
let deps: MerchantsDeps;
beforeEach(async () => {
  sim = await simulate();
  deps = sim.world.merchants;
});
const add = () => addAccount(deps, { scope: sim.scope, livemode: false });
const accountsOf = async () => (await loadSettings(sim.world.table, sim.scope)).accounts;

it('is in the settings behind the first, with its credentials stored, and payouts stay where they were', async () => {
  const before = await loadSettings(sim.world.table, sim.scope);
  const { accounts } = await add();
  const after = await loadSettings(sim.world.table, sim.scope);

  expect(accounts).toEqual(after.accounts.map(({ account }) => `sandbox/${account}`));
  expect(after.accounts).toEqual([before.accounts[0], expect.objectContaining({ channel: 'sandbox' })]);
  expect(after.payoutAccount).toEqual(before.payoutAccount);
  expect(sim.world.table.items('channels').map(({ pk }) => pk)).toContain(`a#sandbox#${after.accounts[1]!.account}`);
});

it('takes a payment that the first does not accept', async () => {
  await add();
  sim.move(60_000);
  const pay = { amount: '1000', currency: 'usd', payment_method: NOT_ACCEPTED, confirm: 'true' };
  const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'key');

  expect(body.status).toBe('succeeded');
});

it('is refused beyond five, and in live mode', async () => {
  for (let n = 0; n < 4; n++) await add();

  await expect(add()).rejects.toThrow('add-account: the merchant has 5 accounts, which is the most there may be');
  await expect(addAccount(deps, { scope: sim.scope, livemode: true })).rejects.toThrow(
    'add-account: the sandbox has no live mode',
  );
  expect(await accountsOf()).toHaveLength(5);
});

it('is refused where another command changed the settings meanwhile', async () => {
  const { encryptAccount } = deps;
  const raced = {
    ...deps,
    encryptAccount: async (account: Parameters<typeof encryptAccount>[0]) => {
      await sim.agree({ refundOverdraft: true });
      return encryptAccount(account);
    },
  };

  await expect(addAccount(raced, { scope: sim.scope, livemode: false })).rejects.toThrow('another command changed');
  expect(await accountsOf()).toHaveLength(1);
});
