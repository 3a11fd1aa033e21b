/** Accounts at channels in the settings of a merchant, as each release wrote them. */
import { expect, it } from 'vitest';
import { withAccounts } from '../../../functions/merchants/accounts.ts';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { pack, unpack } from '../../../functions/table/pack.ts';
import { equal } from '../../../functions/table/table.ts';
import { simulate } from '../../world/simulation.ts';

const SANDBOX = { channel: 'sandbox', account: 'sba1' };

it('settings of 0.1 and 0.2 name one account, which pays and pays out', () => {
  expect(withAccounts({ livemode: false, sandboxAccount: 'sba1' })).toMatchObject({
    accounts: [SANDBOX],
    payoutAccount: SANDBOX,
  });
});

it('settings of live mode name none', () => {
  expect(withAccounts({ livemode: true })).toEqual({ livemode: true, accounts: [] });
});

it('settings with accounts stay as they are', () => {
  const settings = {
    livemode: false,
    accounts: [SANDBOX, { channel: 'sandbox', account: 'sba2' }],
    payoutAccount: SANDBOX,
  };

  expect(withAccounts({ ...settings, sandboxAccount: 'sba3' })).toMatchObject(settings);
});

it('new and changed settings still name the account that functions of an earlier release read', async () => {
  const sim = await simulate();
  await sim.agree({ refundOverdraft: true });
  const [account] = (await loadSettings(sim.world.table, sim.scope)).accounts;
  const stored = sim.world.table.items('merchants').find(({ pk }) => pk === `scope#${sim.scope}`)!;

  expect(unpack(stored.doc as Uint8Array)).toMatchObject({ version: 2, sandboxAccount: account!.account });
});

it('a payment goes through the account of settings that an earlier release stored', async () => {
  const sim = await simulate();
  const { table } = sim.world;
  const stored = table.items('merchants').find(({ pk }) => pk === `scope#${sim.scope}`)!;
  const {
    accounts: _,
    payoutAccount: _payouts,
    ...earlier
  } = unpack<Record<string, unknown>>(stored.doc as Uint8Array);
  await table.commit({
    kind: 'put',
    table: 'merchants',
    item: { ...stored, v: 2, doc: pack({ ...earlier, version: 2 }) },
    when: equal('v', 1),
  });
  const pay = { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'key');

  expect(body.status).toBe('succeeded');
});
