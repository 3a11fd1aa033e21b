/** What finance and the platform engineer ask of the operator function, and what it refuses. */
import { beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import { settingsReader } from '../../../functions/merchants/store.ts';
import { type OperatorDeps, operate } from '../../../functions/operator/operator.ts';
import { runStep, type SettlementInput } from '../../../functions/settlement/step.ts';
import { connecting } from '../../scenarios/connected-accounts.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const HOUR = 3_600_000;

let sim: Simulation;
let started: (Pick<SettlementInput, 'date' | 'throughMs' | 'force'> & { readonly name: string })[];
let deps: OperatorDeps;
beforeEach(async () => {
  // Friday, 15 January 2027, at noon, UTC.
  sim = await simulate();
  started = [];
  const { table, clock } = sim.world;
  let opened = 0;
  deps = {
    table,
    clock,
    random: systemRandom,
    openSandbox: async () => ({
      account: `opened${++opened}`,
      credentials: { apiKey: 'key', callbackSecrets: ['secret'] },
    }),
    encryptBank: async () => 'encrypted',
    encryptAccount: async ({ channel, account }) => ({
      kind: 'put',
      table: 'channels',
      item: { pk: `a#${channel}#${account}`, sk: 'account' },
      when: { is: 'absent' },
    }),
    settings: settingsReader(table, clock),
    start: async ({ date, throughMs, force }, name) => {
      started.push({ date, throughMs, force, name: name.slice(9) });
      return `arn:${name}`;
    },
    executionOf: async () => ({ status: 'RUNNING' }),
    channels: connecting(sim.world),
  };
});

const told = (command: object): Promise<object> => operate(deps, command);
const refusal = (command: object): Promise<string> =>
  told(command).then(
    () => 'it was carried out',
    (error: Error) => `${error.name}: ${error.message}`,
  );

interface Made {
  readonly merchant: string;
  readonly test: { readonly secretKey: string; readonly publishableKey: string };
  readonly live?: { readonly secretKey: string; readonly publishableKey: string };
}
const create = (more: object = {}) => told({ command: 'create-merchant', name: 'Acme', ...more }) as Promise<Made>;

describe('a command that is not understood', () => {
  const bank = { holder: 'Shop', country: 'DE', iban: 'GB29NWBK60161331926819' };
  it.each<[object, string]>([
    [{}, 'command: is missing'],
    [{ command: 'pay' }, 'command: not a command'],
    [{ command: 'keys' }, 'merchant: is missing'],
    [{ command: 'keys', merchant: 7 }, 'merchant: must be of type string'],
    [{ command: 'keys', merchant: 'm', key: 'secret-1' }, 'key: not a member that is known'],
    [{ command: 'set', merchant: 'm', method: 'cash' }, 'method: must be card, alipay, wechat_pay, paypal'],
    [{ command: 'set', merchant: 'm', reserveBps: -1 }, 'reserveBps: at least 0'],
    [{ command: 'set', merchant: 'm', reserveDays: 181 }, 'reserveDays: at most 180'],
    [
      { command: 'set-bank', merchant: 'm', bank: { ...bank, pin: 'secret-1' } },
      'bank.pin: not a member that is known',
    ],
    [{ command: 'set-bank', merchant: 'm', bank: { ...bank, country: 'secret-1' } }, 'bank.country: not in the form'],
    [{ command: 'set-bank', merchant: 'm', bank: { ...bank, holder: undefined } }, 'bank.holder: is missing'],
    [
      { command: 'set-bank', merchant: 'm', bank: { holder: 'Shop', country: 'DE' } },
      'bank: an iban, or an account_number',
    ],
    [{ command: 'channel-priority', account: 'a/b', priority: 6 }, 'priority: at most 5'],
    [{ command: 'channel-switch', account: 'a/b', on: true, currencies: ['xxx'] }, 'currencies.0: not a currency'],
  ])('%j: the refusal names the member and the fault, and repeats nothing', async (command, why) => {
    const said = await refusal(command);

    expect(said).toMatch(`CommandError: ${why}`);
    expect(said).not.toContain('secret-1');
  });
});

describe('create-merchant', () => {
  it('makes keys of test mode, and of live mode when it is asked to', async () => {
    expect(Object.keys(await create()).sort()).toEqual(['merchant', 'name', 'test']);
    const { merchant, test, live } = await create({ live: true });

    expect(merchant).toMatch(/^acct_[0-9A-Za-z]{22}$/);
    expect([test.secretKey.slice(0, 8), test.publishableKey.slice(0, 8)]).toEqual(['sk_test_', 'pk_test_']);
    expect([live!.secretKey.slice(0, 8), live!.publishableKey.slice(0, 8)]).toEqual(['sk_live_', 'pk_live_']);
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ country: 'usa' }, 'country: two capital letters, e.g. US'],
    [{ currency: 'xxx' }, 'currency: not a currency that can be charged in'],
    [{ timeZone: 'Mars/Olympus' }, 'timeZone: not an IANA time zone, e.g. Europe/Berlin'],
    [{ delayDays: 31 }, 'delayDays'],
    [{ fee: 1 }, 'fee: not a member'],
  ])('refuses %j', async (more, why) => {
    expect(await refusal({ command: 'create-merchant', name: 'Acme', ...more })).toContain(`CommandError: ${why}`);
  });
});

describe('settle', () => {
  const noon = Date.UTC(2027, 0, 15, 12);

  it('test mode settles a day that is not over, as far as it has come', async () => {
    const { merchant } = await create({ delayDays: 0 });
    await told({ command: 'settle', date: '2027-01-15', merchant });

    expect(started).toEqual([{ date: '2027-01-15', throughMs: noon, force: true, name: `2027-01-15-${noon}` }]);
  });

  it('a day that is over is settled whole, in its merchant’s own time zone', async () => {
    const { merchant } = await create({ timeZone: 'America/New_York' });
    await told({ command: 'settle', date: '2027-01-14', merchant });

    expect(started).toMatchObject([{ throughMs: Date.UTC(2027, 0, 15, 5) - 1, force: false }]);
  });

  it('live mode settles neither a day that is not over nor one whose payout is not due', async () => {
    const { merchant } = await create({ live: true });
    const live = { command: 'settle', mode: 'live', merchant };

    expect(await refusal({ ...live, date: '2027-01-15' })).toBe(
      'CommandError: date: 2027-01-15 is not over in UTC; only test mode may settle it',
    );
    // T+2 of Thursday is Tuesday: Monday is a holiday of the Fed.
    expect(await refusal({ ...live, date: '2027-01-14' })).toBe(
      'CommandError: date: the payout of 2027-01-14 is not due before 2027-01-19T00:00:00.000Z',
    );
    await told({ ...live, date: '2027-01-14', asOfMs: Date.UTC(2027, 0, 19) });
    expect(started).toMatchObject([{ date: '2027-01-14', throughMs: Date.UTC(2027, 0, 15) - 1, force: false }]);
  });

  it.each([
    ['2027-01-16', 'date: 2027-01-16 has not begun in UTC'],
    ['2027-02-30', 'date: 2027-02-30 is no day of the calendar (YYYY-MM-DD)'],
  ])('refuses %s', async (date, why) => {
    expect(await refusal({ command: 'settle', date })).toBe(`CommandError: ${why}`);
  });

  it('refuses a merchant that has no such mode', async () => {
    const { merchant } = await create();

    expect(await refusal({ command: 'settle', date: '2027-01-14', mode: 'live', merchant })).toBe(
      `CommandError: merchant: ${merchant} has no live mode`,
    );
  });
});

describe('trial-balance', () => {
  interface Balance {
    readonly rows: readonly { readonly mode: string; readonly account: string; readonly balance: string }[];
    readonly totals: readonly object[];
    readonly differences: readonly object[];
    readonly balanced: boolean;
  }
  const balance = () => told({ command: 'trial-balance' }) as Promise<Balance>;
  const pay = async (key: string): Promise<void> => {
    const params = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
    await sim.request('POST', '/v1/payment_intents', params, key);
    await sim.world.runQueues();
  };

  it('is zero per mode and currency, and lists every account', async () => {
    await pay('one');
    const { rows, totals, balanced } = await balance();

    expect(rows.map(({ mode, account, balance: left }) => `${mode} ${account} ${left}`)).toEqual([
      'test assets:channel:sandbox 10000',
      'test income:fees -320',
      'test liab:merchant:pending -9680',
    ]);
    expect(totals).toEqual([{ mode: 'test', currency: 'usd', balance: '0' }]);
    expect(balanced).toBe(true);
  });

  it('reports a stored balance that is not the sum of its entries (I5)', async () => {
    await pay('one');
    const [scope] = sim.world.table.items('merchants').filter(({ pk }) => pk === 'scopes');
    sim.move(24 * HOUR);
    const state = { scope: scope!.sk, date: '2027-01-15', throughMs: sim.world.clock.nowMs() - HOUR, force: true };
    let settlement = { ...state, status: 'waiting' } as Parameters<typeof runStep>[2];
    for (const step of ['seal', 'settle'] as const) settlement = await runStep(sim.world.settlement, step, settlement);
    expect((await balance()).balanced).toBe(true);

    const stored = sim.world.table
      .items('ledger')
      .find(({ pk, sk }) => pk === `${String(state.scope)}#b` && sk === 'usd')!;
    await sim.world.table.commit({
      kind: 'put',
      table: 'ledger',
      item: { ...stored, available: (stored.available as bigint) + 1n },
      when: { is: 'present' },
    });

    const { balanced, differences } = await balance();
    expect(balanced).toBe(false);
    expect(differences).toEqual([
      { scope: state.scope, currency: 'usd', account: 'liab:merchant:available', stored: '1', posted: '0' },
    ]);
  });
});

describe('channel commands', () => {
  const account = async (): Promise<string> => {
    const { accounts } = (await told({ command: 'channel-list' })) as { accounts: { account: string }[] };
    return accounts[0]!.account;
  };

  it('are carried out by the name of the account', async () => {
    const { merchant, live } = await create({ live: true });
    const added = (await told({
      command: 'channel-add',
      merchant,
      mode: 'live',
      channel: 'psp',
      environment: 'live',
      credentials: { secretKey: 'psp-secret' },
    })) as { account: { account: string } };
    const of = { account: added.account.account };

    expect(live).toBeDefined();
    expect(await told({ command: 'channel-show', ...of })).toEqual(added);
    expect(await told({ command: 'channel-list', merchant, mode: 'live' })).toEqual({ accounts: [added.account] });
    expect(await told({ command: 'channel-list', merchant })).toMatchObject({
      accounts: expect.arrayContaining([
        expect.objectContaining({ mode: 'test' }),
        expect.objectContaining({ mode: 'live' }),
      ]) as unknown,
    });
    expect(await told({ command: 'channel-switch', ...of, on: false })).toMatchObject({
      account: { status: 'disabled' },
    });
    expect(await told({ command: 'channel-priority', ...of, priority: 1 })).toMatchObject({ account: { priority: 1 } });
    expect(await told({ command: 'channel-check', ...of })).toEqual({ check: { kind: 'accepted' } });
    expect(await told({ command: 'channel-rotate', ...of, credentials: { secretKey: 'next' } })).toMatchObject({
      account: { rotatedSince: expect.any(String) as string },
    });
    expect(await told({ command: 'channel-callbacks', ...of })).toEqual({ callbacks: [] });
    expect(await told({ command: 'channel-health', ...of })).toMatchObject({
      health: { attempts: 0, last_callback: null },
    });
  });

  it.each([
    [{ command: 'channel-show', account: 'psp/none' }, 'account: no merchant has an account psp/none'],
    [
      { command: 'channel-add', merchant: 'acct_none', channel: 'psp', environment: 'test' },
      'merchant: acct_none has no test mode',
    ],
    [{ command: 'channel-add', merchant: 'acct_1', channel: 'psp', environment: 'sandbox' }, 'environment'],
    [{ command: 'channel-switch', account: 'psp/none', on: false, methods: ['cheque'] }, 'methods'],
    [
      { command: 'channel-switch', account: 'psp/none', on: false, currencies: ['xxx'] },
      'currencies.0: not a currency',
    ],
    [{ command: 'channel-priority', account: 'psp/none', priority: 6 }, 'priority'],
    [{ command: 'channel-callbacks', account: 'psp/none', limit: 101 }, 'limit'],
  ])('refuse %j', async (command, why) => {
    expect(await refusal(command)).toContain(`CommandError: ${why}`);
  });

  it('refuse to end a rotation that was not begun, and to replay a callback that is not there', async () => {
    const of = { account: await account() };

    expect(await refusal({ command: 'channel-finish-rotation', ...of })).toContain('no rotation of this account');
    expect(await refusal({ command: 'channel-replay', ...of, callback: 'none' })).toContain('has no callback none');
  });
});
