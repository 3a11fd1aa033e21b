/** `npm run channel`: what an operator does with a merchant's accounts at channels, and what is refused. */
import { beforeEach, describe, expect, it } from 'vitest';
import { CACHED_MS, loadAccount } from '../../../functions/channels/accounts/store.ts';
import type { Scope } from '../../../functions/kernel/ids.ts';
import { loadSettings, type ScopeEntry } from '../../../functions/merchants/store.ts';
import { operateChannels } from '../../../functions/operator/channel-commands.ts';
import {
  type AskedAccount,
  checkAccount,
  connect,
  connections,
  finishRotation,
  foundAccount,
  prioritize,
  rotate,
  showAccount,
  switchAccount,
} from '../../../functions/operator/channels.ts';
import { type Connecting, connecting } from '../../scenarios/connected-accounts.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';
import { scopeOf } from '../../world/world.ts';

const CREDENTIALS = { secretKey: 'psp-secret-1' };

let sim: Simulation;
let deps: Connecting;
let test: ScopeEntry;
let live: ScopeEntry;
beforeEach(async () => {
  sim = await simulate();
  deps = connecting(sim.world);
  const made = await sim.world.merchant({ live: true });
  test = { scope: scopeOf(sim.world.table, made), merchant: made.merchant, livemode: false };
  const scopes = sim.world.table
    .items('merchants')
    .filter(({ pk, merchant }) => pk === 'scopes' && merchant === made.merchant);
  live = { ...test, scope: scopes.find(({ livemode }) => livemode === true)!.sk as Scope, livemode: true };
});

const add = (changes: Partial<AskedAccount> = {}, to = test) =>
  connect(deps, to, {
    channel: 'psp',
    environment: to.livemode ? 'live' : 'test',
    credentials: CREDENTIALS,
    ...changes,
  });
const accountsOf = async ({ scope }: ScopeEntry) => (await loadSettings(sim.world.table, scope)).accounts;
const found = (name: string) => foundAccount(deps, name);
const unchanged = async (attempt: () => Promise<unknown>, why: string) => {
  const before = sim.world.table.dump();
  await expect(attempt()).rejects.toThrow(why);
  expect(sim.world.table.dump()).toEqual(before);
};

describe('add', () => {
  it('connects an account once its channel has accepted the credentials, which no answer repeats', async () => {
    const account = await add({}, live);

    expect(account).toEqual({
      account: expect.stringMatching(/^psp\/cha_[0-9A-Za-z]{20}$/) as string,
      merchant: live.merchant,
      mode: 'live',
      environment: 'live',
      status: 'enabled',
      priority: 1,
      methods: 'all',
      currencies: 'all',
      rotatedSince: null,
      callbacks: `https://pay.example.com/v1/channels/${account.account.replace('/', '/callbacks/')}`,
    });
    expect(deps.tried).toEqual([JSON.stringify(['psp', { ...CREDENTIALS, environment: 'live' }])]);
    expect(
      JSON.stringify([account, await found(account.account)], (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    ).not.toContain('psp-secret-1');
    expect(await accountsOf(live)).toEqual([{ channel: 'psp', account: account.account.slice(4) }]);
    expect(await accountsOf(test)).toHaveLength(1);
  });

  it('puts it at the place that is asked for, with the methods and currencies that are asked for', async () => {
    const account = await add({ priority: 1, methods: ['card'], currencies: ['eur', 'usd'] });

    expect(account).toMatchObject({ priority: 1, methods: 'only card', currencies: 'only eur, usd' });
    expect((await accountsOf(test)).map(({ channel }) => channel)).toEqual(['psp', 'sandbox']);
    expect(await add({ channel: 'sandbox', credentials: undefined })).toMatchObject({ priority: 3 });
  });

  it.each<[string, Partial<AskedAccount>, string]>([
    [
      'an environment of the other mode',
      { environment: 'live' },
      'environment: an account of test mode must be in the test environment',
    ],
    [
      'credentials of the other environment',
      { credentials: { ...CREDENTIALS, environment: 'live' } },
      'another environment than test',
    ],
    ['a channel that is none', { channel: 'nobank' }, 'channel: there is no channel nobank'],
    ['no credentials', { credentials: undefined }, 'credentials: an account at psp needs them'],
    ['a member that is missing', { credentials: {} }, 'secretKey'],
    ['a member too many', { credentials: { ...CREDENTIALS, extra: 'psp-secret-2' } }, 'extra'],
    ['a method that it does not take', { methods: ['paypal'] }, 'method: the channel does not take paypal'],
    ['credentials that are no object', { credentials: 'psp-secret-1' }, 'all'],
    [
      'a method with currencies of another one',
      { methods: ['alipay'], currencies: ['usd'] },
      'no method that is named takes a currency that is named',
    ],
    [
      'a currency that it does not take',
      { methods: ['alipay'], currencies: ['gbp'] },
      'currency: the channel does not take gbp',
    ],
  ])('refuses %s, and stores nothing', async (_, changes, why) => {
    await unchanged(() => add(changes), why);
    expect(deps.tried).toEqual([]);
  });

  it('notes that the credentials let it hold nothing, and forgets that with others', async () => {
    const limited = { secretKey: 'psp-without-holds' };
    const { account } = await add({ credentials: limited, methods: ['card'] }, live);
    const connected = { channel: 'psp', account: account.slice(4), methods: { only: ['card'] } };

    expect(await accountsOf(live)).toEqual([{ ...connected, atOnce: true }]);
    await switchAccount(deps, await found(account), { on: false });
    expect(await accountsOf(live)).toEqual([{ ...connected, atOnce: true, disabled: true }]);
    await rotate(deps, await found(account), CREDENTIALS);
    expect(await accountsOf(live)).toEqual([{ ...connected, disabled: true }]);
    sim.move(CACHED_MS);
    await finishRotation(deps, await found(account));
    await rotate(deps, await found(account), limited);
    expect(await accountsOf(live)).toEqual([{ ...connected, disabled: true, atOnce: true }]);
  });

  it('refuses a live account of the test environment, so that nothing is mixed', async () => {
    await unchanged(() => add({ environment: 'test' }, live), 'must be in the live environment');
  });

  it('refuses the sandbox in live mode, whose payments would be paid with nothing', async () => {
    await unchanged(
      () => add({ channel: 'sandbox', credentials: undefined }, live),
      'environment: sandbox has no live environment',
    );
  });

  it.each([
    [{ kind: 'refused', reason: 'invalid_api_key' }, 'psp refuses them (invalid_api_key)'],
    [{ kind: 'unknown', reason: 'no answer' }, 'psp did not say whether it takes them (no answer); nothing is stored'],
  ] as const)('stores nothing where the channel answers %j', async (answer, why) => {
    deps.answer = answer;

    await unchanged(() => add(), why);
  });

  it('names members of wrong credentials, and never what they hold', async () => {
    const error = (await add({ credentials: { secretKey: 7, other: 'psp-secret-2' } }).catch(
      (thrown: unknown) => thrown,
    )) as Error;

    expect(error.message).toMatch(/psp: (secretKey, other|other, secretKey)$/);
    expect(error.message).not.toContain('psp-secret-2');
  });

  it('refuses a sixth account, and settings that another command changed meanwhile', async () => {
    for (let n = 0; n < 4; n++) await add();
    await unchanged(() => add(), 'the merchant has 5 accounts');

    const raced = {
      ...deps,
      cipher: {
        ...deps.cipher,
        encrypt: async (...given: Parameters<typeof deps.cipher.encrypt>) => {
          await add({}, live);
          return connecting(sim.world).cipher.encrypt(...given);
        },
      },
    };
    const asked = { channel: 'psp', environment: 'live', credentials: CREDENTIALS } as const;
    await expect(connect(raced, live, asked)).rejects.toThrow('another command changed');
    expect(await accountsOf(live)).toHaveLength(1);
    expect(sim.world.table.items('channels').filter(({ pk }) => pk.startsWith('a#psp#'))).toHaveLength(5);
  });
});

describe('list and show', () => {
  it('print every account of the merchant in the order in which a payment tries them', async () => {
    const [one, two] = [await add({}, live), await add({}, live)];

    expect(await connections(deps, [test, live])).toEqual([
      expect.objectContaining({ mode: 'test', priority: 1, environment: 'test' }),
      one,
      two,
    ]);
    expect(showAccount(deps, await found(two.account))).toEqual(two);
  });

  it('refuse a merchant that there is not', async () => {
    const list = (changes: object) =>
      operateChannels({ ...deps, scopeOf: async () => test }, { command: 'channel-list', ...changes });

    await expect(list({ merchant: 'acct_none' })).rejects.toThrow('merchant: there is no merchant acct_none');
    expect(await list({ merchant: test.merchant })).toMatchObject({ accounts: [{ mode: 'test' }] });
  });

  it.each(['psp/none', 'psp', 'psp/a/b', ''])('refuse %j, which is no account', async (name) => {
    await expect(found(name)).rejects.toThrow(`account: no merchant has an account ${name}`);
  });
});

describe('disable and enable', () => {
  it('switch the account, or methods and currencies of it, off and on', async () => {
    const { account } = await add();
    const switched = async (on: boolean, changes: object = {}) => {
      const { status, methods, currencies } = await switchAccount(deps, await found(account), { on, ...changes });
      return [status, methods, currencies];
    };

    expect(await switched(false)).toEqual(['disabled', 'all', 'all']);
    expect(await switched(false, { methods: ['alipay'] })).toEqual(['disabled', 'all but alipay', 'all']);
    expect(await switched(true)).toEqual(['enabled', 'all but alipay', 'all']);
    expect(await switched(false, { currencies: ['usd', 'cny'] })).toEqual([
      'enabled',
      'all but alipay',
      'all but usd, cny',
    ]);
    expect(await switched(true, { methods: ['alipay'], currencies: ['usd', 'cny'] })).toEqual([
      'enabled',
      'all',
      'all',
    ]);
    expect((await accountsOf(test))[1]).toEqual({ channel: 'psp', account: account.slice(4) });
  });

  it('change a list of the only ones, which never becomes empty', async () => {
    const { account } = await add({ methods: ['card'], currencies: ['eur'] });
    const off = async (changes: object) => switchAccount(deps, await found(account), { on: false, ...changes });

    await unchanged(() => off({ methods: ['card'] }), 'disable the whole account');
    await unchanged(() => off({ currencies: ['eur'] }), 'disable the whole account');
    const more = { on: true, methods: ['alipay'], currencies: ['cny'] } as const;
    expect(await switchAccount(deps, await found(account), more)).toMatchObject({ methods: 'only card, alipay' });
    expect(await off({ methods: ['card'] })).toMatchObject({ methods: 'only alipay' });
  });

  it('refuse to leave no method', async () => {
    const { account } = await add();
    const methods = ['card', 'alipay'] as const;

    await unchanged(
      async () => switchAccount(deps, await found(account), { on: false, methods }),
      'no method would be left',
    );
  });

  it('refuse to leave no currency of the methods that are left', async () => {
    const { account } = await add();
    const off = async (changes: object) => switchAccount(deps, await found(account), { on: false, ...changes });

    await unchanged(() => off({ currencies: ['usd', 'eur', 'cny'] }), 'no currency would be left');
    await off({ currencies: ['usd', 'eur'] });
    await unchanged(() => off({ methods: ['alipay'] }), 'no currency would be left');
    expect(await switchAccount(deps, await found(account), { on: true, currencies: ['usd'] })).toMatchObject({
      currencies: 'all but eur',
    });
  });

  it('write nothing where nothing changes', async () => {
    const { account } = await add();
    const before = sim.world.table.dump();
    await switchAccount(deps, await found(account), { on: true });

    expect(sim.world.table.dump()).toEqual(before);
  });
});

it('priority moves an account, and keeps the others in their order', async () => {
  const [one, two] = [await add(), await add()];
  const names = async () => (await accountsOf(test)).map(({ account }) => account);
  const [sandbox] = await names();

  expect(await prioritize(deps, await found(two.account), 1)).toMatchObject({ priority: 1 });
  expect(await names()).toEqual([two.account.slice(4), sandbox, one.account.slice(4)]);
  expect(await prioritize(deps, await found(two.account), 5)).toMatchObject({ priority: 3 });
});

describe('rotate', () => {
  const NEXT = { secretKey: 'psp-secret-2' };

  it('keeps both until it is finished, and not before functions have forgotten the old', async () => {
    const { account } = await add();
    const first = (await found(account)).stored.encrypted;
    const rotated = await rotate(deps, await found(account), NEXT);
    const { stored } = await found(account);

    expect(rotated.rotatedSince).toBe(new Date(sim.world.clock.nowMs()).toISOString());
    expect([stored.before!.encrypted, Buffer.compare(stored.encrypted, first) === 0]).toEqual([first, false]);
    expect(deps.tried.at(-1)).toBe(JSON.stringify(['psp', { ...NEXT, environment: 'test' }]));
    await unchanged(async () => rotate(deps, await found(account), NEXT), 'a rotation of this account has not ended');
    await unchanged(
      async () => finishRotation(deps, await found(account)),
      'may still send with the credentials before',
    );

    sim.move(CACHED_MS);
    expect((await finishRotation(deps, await found(account))).rotatedSince).toBeNull();
    const after = await loadAccount(sim.world.table, stored);
    expect([after!.before, after!.encrypted]).toEqual([undefined, stored.encrypted]);
    await unchanged(async () => finishRotation(deps, await found(account)), 'no rotation of this account is under way');
  });

  it('stores nothing that the channel or the schema refuses', async () => {
    const { account } = await add();
    await unchanged(async () => rotate(deps, await found(account), {}), 'secretKey');
    await unchanged(
      async () => rotate(deps, await found(account), { ...NEXT, environment: 'live' }),
      'another environment',
    );
    deps.answer = { kind: 'refused', reason: 'revoked' };
    await unchanged(async () => rotate(deps, await found(account), NEXT), 'psp refuses them (revoked)');
  });

  it('is refused where another command was faster', async () => {
    const { account } = await add();
    const [one, other] = [await found(account), await found(account)];
    await rotate(deps, one, NEXT);

    await expect(rotate(deps, other, { secretKey: 'psp-secret-3' })).rejects.toThrow('another command changed');
  });
});

it('check tries what is stored, and says what the channel says', async () => {
  const { account } = await add();
  deps.answer = { kind: 'refused', reason: 'expired' };

  expect(await checkAccount(deps, await found(account))).toEqual({ kind: 'refused', reason: 'expired' });
  expect(deps.tried.at(-1)).toBe(JSON.stringify(['psp', { environment: 'test', secretKey: 'psp-secret-1' }]));
});
