/** What the operator agrees with a merchant: seen from then on, by what comes from then on. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type OperatorDeps, operate } from '../../../functions/merchants/operator.ts';
import { changeSettings, type ShownSettings } from '../../../functions/merchants/settings.ts';
import { CACHE_MS } from '../../../functions/shared/remembered.ts';
import { audit } from '../../support/audit.ts';
import { PAID } from '../../support/memory-bank.ts';
import { recordsOf } from '../../support/records.ts';
import { type Simulation, simulate } from '../../support/simulation.ts';

let sim: Simulation;
let merchant: string;
beforeEach(async () => {
  sim = await simulate();
  merchant = String(sim.world.table.items('merchants').find(({ pk }) => pk === 'scopes')!.merchant);
});

const told = <T>(command: object): Promise<T> => {
  const { table, clock } = sim.world;
  const deps = { table, clock, random: sim.world.payments.random, settings: sim.world.payments.settings };
  return operate(deps as unknown as OperatorDeps, { merchant, ...command }) as Promise<T>;
};
const set = (changes: object) => told<{ old: ShownSettings; new: ShownSettings }>({ command: 'set', ...changes });
const shown = async () => (await told<{ settings: ShownSettings }>({ command: 'settings' })).settings;

const pay = async (key: string): Promise<void> => {
  const params = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  await sim.request('POST', '/v1/payment_intents', params, key);
  await sim.world.runQueues();
};

describe('set', () => {
  it('writes the next version and shows it beside the old one; what opens anything is in neither', async () => {
    const changes = {
      feeBps: 150,
      feeFixed: '25',
      reserveBps: 1_000,
      delayDays: 3,
      minimumPayout: '500',
      refundOverdraft: true,
      bankLast4: '4321',
      requestsPerSecond: 7,
    };
    const { old, new: now } = await set(changes);

    expect(old).toEqual({
      version: 1,
      timeZone: 'UTC',
      feeBps: 290,
      feeFixed: '30',
      feeFixedIn: { bhd: '100', jod: '100', kwd: '100', omr: '100', tnd: '100' },
      reserveBps: 0,
      termsVersion: 1,
      delayDays: 0,
      minimumPayout: '1',
      refundOverdraft: false,
      bankLast4: '6789',
      requestsPerSecond: null,
    });
    expect(now).toEqual({ ...old, ...changes, version: 2, termsVersion: 2 });
    expect(await shown()).toEqual(now);
  });

  it('changes what is given and nothing else: terms keep their version, a bank account its id', async () => {
    const before = await sim.world.payments.settings(sim.scope);
    await set({ delayDays: 5 });
    sim.move(CACHE_MS + 1);

    const after = await sim.world.payments.settings(sim.scope);
    expect(after).toEqual({ ...before, version: 2, payoutDelayDays: 5 });
    await set({ bankLast4: '4321' });
    sim.move(CACHE_MS + 1);
    expect((await sim.world.payments.settings(sim.scope)).bankAccount.id).not.toBe(before.bankAccount.id);
  });

  it('what is so already makes no version', async () => {
    const { old, new: now } = await set({ feeBps: 290, refundOverdraft: false });

    expect([old.version, now.version]).toEqual([1, 1]);
    expect((await shown()).version).toBe(1);
  });

  it('of two at once one is refused', async () => {
    const { table } = sim.world;
    const { random } = sim.world.payments;
    const both = await Promise.allSettled([
      changeSettings({ table, random }, sim.scope, { delayDays: 1 }),
      changeSettings({ table, random }, sim.scope, { delayDays: 2 }),
    ]);

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([
      'CommandError: set: the settings were changed by somebody else just now; look, and try again',
    ]);
    expect((await shown()).version).toBe(2);
  });

  it.each([
    [{}, 'set: nothing to change'],
    [{ feeBps: 9_000, reserveBps: 1_001 }, 'feeBps, reserveBps: together they are more than 10000'],
    [{ feeBps: 1.5 }, 'feeBps'],
    [{ feeFixed: '-1' }, 'feeFixed: minor units, up to 99999999'],
    [{ feeFixed: 30 }, 'feeFixed'],
    [{ minimumPayout: '0' }, 'minimumPayout: at least 1'],
    [{ delayDays: 31 }, 'delayDays'],
    [{ bankLast4: '12' }, 'bankLast4: four digits'],
    [{ requestsPerSecond: 0 }, 'requestsPerSecond'],
    [{ scopeSecret: 'x' }, 'command'],
    [{ mode: 'live', feeBps: 1 }, 'has no live mode'],
  ])('refuses %j, and changes nothing', async (changes, why) => {
    await expect(set(changes)).rejects.toThrow(why);
    expect((await shown()).version).toBe(1);
  });
});

describe('what is agreed', () => {
  it('a captured payment keeps its terms, the next one takes the new ones', async () => {
    await pay('before');
    await set({ feeBps: 100, feeFixed: '10' });
    sim.move(CACHE_MS + 1);
    await pay('after');

    const captures = recordsOf(sim.world).payments.map(({ capture }) => [capture?.fee, capture?.terms.version]);
    expect(new Map(captures as [bigint, number][])).toEqual(
      new Map([
        [320n, 1],
        [110n, 2],
      ]),
    );
  });

  it('a reserve is held back by the settlement: the payout, the balance and the books say so', async () => {
    await set({ reserveBps: 1_000 });
    sim.move(CACHE_MS + 1);
    await pay('one');
    sim.bank.answer = PAID;
    sim.move(10_000);
    await sim.settle();
    await sim.world.runQueues();

    expect(recordsOf(sim.world).payouts.map(({ amount, status }) => [amount, status])).toEqual([[8_680n, 'paid']]);
    const { body: balance } = await sim.request('GET', '/v1/balance');
    expect(balance.connect_reserved).toEqual([{ amount: 1_000, currency: 'usd' }]);
    const { body: books } = await sim.request('GET', '/v1/ledger/accounts');
    const lines = (books.data as { account: string; balance: string }[]).map((line) => [line.account, line.balance]);
    expect(lines.filter(([, amount]) => amount !== '0')).toEqual([
      ['assets:bank', '-8680'],
      ['assets:channel:sandbox', '10000'],
      ['income:fees', '-320'],
      ['liab:merchant:reserve', '-1000'],
    ]);
    expect(await audit(sim)).toEqual([]);
  });

  it('less than the minimum is carried forward', async () => {
    await set({ minimumPayout: '9681' });
    sim.move(CACHE_MS + 1);
    await pay('one');
    sim.move(10_000);
    await sim.settle();

    expect(recordsOf(sim.world).payouts).toEqual([]);
  });
});
