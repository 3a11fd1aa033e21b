/** What the operator agrees with a merchant: seen from then on, by what comes from then on. */
import { beforeEach, describe, expect, it } from 'vitest';
import { CACHE_MS } from '../../../functions/kernel/remembered.ts';
import { type OperatorDeps, operate } from '../../../functions/operator/operator.ts';
import { changeSettings, type RenderedSettings } from '../../../functions/operator/settings.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { PAID } from '../../simulators/bank.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

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
const set = (changes: object) => told<{ old: RenderedSettings; new: RenderedSettings }>({ command: 'set', ...changes });
const shown = async () => (await told<{ settings: RenderedSettings }>({ command: 'settings' })).settings;

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
      reserveDays: 30,
      delayDays: 3,
      minimumPayout: '500',
      refundOverdraft: true,
      bankLast4: '4321',
      requestsPerSecond: 7,
      searchFields: ['email', 'metadata.order'],
    };
    const { old, new: now } = await set(changes);

    expect(old).toEqual({
      version: 1,
      country: 'US',
      currency: 'usd',
      bankingDays: 'calendar through 2030-12-31',
      timeZone: 'UTC',
      feeBps: 290,
      feeFixed: expect.objectContaining({ usd: '30', jpy: '40', huf: '8500', kwd: '90' }) as object,
      feesByMethod: {},
      reserveBps: 0,
      reserveDays: 90,
      termsVersion: 1,
      delayDays: 0,
      minimumPayout: expect.objectContaining({ usd: '100', jpy: '1', krw: '1', kwd: '1000' }) as object,
      refundOverdraft: false,
      bankLast4: '6789',
      accounts: [expect.stringMatching(/^sandbox\/sba/)],
      requestsPerSecond: null,
      searchFields: ['metadata', 'email', 'name', 'phone'],
    });
    expect(now).toEqual({
      ...old,
      ...changes,
      feeFixed: { ...old.feeFixed, usd: '25' },
      minimumPayout: { ...old.minimumPayout, usd: '500' },
      version: 2,
      termsVersion: 2,
    });
    expect(await shown()).toEqual({ ...now, bankDisabled: null });
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
    const { table, clock } = sim.world;
    const { random } = sim.world.payments;
    const both = await Promise.allSettled([
      changeSettings({ table, random, clock }, sim.scope, { delayDays: 1 }),
      changeSettings({ table, random, clock }, sim.scope, { delayDays: 2 }),
    ]);

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([
      'CommandError: set: another command changed the settings; read them, and try again',
    ]);
    expect((await shown()).version).toBe(2);
  });

  it.each([
    [{}, 'set: nothing to change'],
    [{ feeBps: 9_000, reserveBps: 1_001 }, 'feeBps, reserveBps: together they are more than 10000'],
    [{ feeBps: 1.5 }, 'feeBps'],
    [{ feeFixed: '-1' }, 'feeFixed: minor units, or minor units by currency'],
    [{ reserveDays: 0 }, 'reserveDays'],
    [{ reserveDays: 181 }, 'reserveDays'],
    [{ reserveDays: 1.5 }, 'reserveDays'],
    [{ feeFixed: 30 }, 'feeFixed'],
    [{ feeFixed: { zzz: '30' } }, 'feeFixed: not a currency that can be charged in'],
    [{ feeFixed: { usd: '1000000000000' } }, 'feeFixed'],
    [{ minimumPayout: { usd: '1', eur: '0' } }, 'minimumPayout: at least 1'],
    [{ minimumPayout: '0' }, 'minimumPayout: at least 1'],
    [{ delayDays: 31 }, 'delayDays'],
    [{ bankLast4: '12' }, 'bankLast4: four digits'],
    [{ requestsPerSecond: 0 }, 'requestsPerSecond'],
    [{ searchFields: ['amount'] }, 'searchFields.0: must be metadata, email, name, phone'],
    [{ scopeSecret: 'x' }, 'scopeSecret: not a member'],
    [{ feeBps: 'default' }, 'method: default is for one method alone'],
    [{ feeFixed: 'default' }, 'method: default is for one method alone'],
    [{ feeBps: 'none' }, 'feeBps: hundredths of a per cent'],
    [{ method: 'alipay' }, 'method: give the feeBps or the feeFixed of it'],
    [{ method: 'link', feeBps: 1 }, 'method'],
    [{ method: 'alipay', feeBps: 10_001 }, 'feeBps'],
    [{ method: 'alipay', feeBps: 1, reserveBps: 1 }, 'method: only feeBps and feeFixed are agreed by method'],
    [{ method: 'alipay', feeFixed: { zzz: '30' } }, 'feeFixed: not a currency that can be charged in'],
    [{ method: 'alipay', feeFixed: { afn: '30' } }, 'feeFixed: set the one in afn of all methods first'],
    [{ mode: 'live', feeBps: 1 }, 'has no live mode'],
  ])('refuses %j, and changes nothing', async (changes, why) => {
    await expect(set(changes)).rejects.toThrow(why);
    expect((await shown()).version).toBe(1);
  });
});

describe('fees of one method', () => {
  it('are set and taken away one by one, in new versions of the terms; the others stay', async () => {
    const { old, new: first } = await set({ method: 'paypal', feeBps: 349, feeFixed: '49' });
    const { new: second } = await set({ method: 'card', feeFixed: { eur: '20', usd: '25' } });
    const { new: third } = await set({ method: 'paypal', feeBps: 'default' });

    const paypal = { feeBps: 349, feeFixed: { usd: '49' } };
    const card = { feeFixed: { eur: '20', usd: '25' } };
    expect(first).toEqual({ ...old, version: 2, termsVersion: 2, feesByMethod: { paypal } });
    expect(second).toEqual({ ...old, version: 3, termsVersion: 3, feesByMethod: { card, paypal } });
    expect(third.feesByMethod).toEqual({ card, paypal: { feeFixed: { usd: '49' } } });
    expect((await set({ method: 'paypal', feeFixed: 'default' })).new.feesByMethod).toEqual({ card });
    expect((await set({ method: 'card', feeFixed: 'default' })).new).toEqual({ ...old, version: 6, termsVersion: 6 });
  });

  it('that are so already make no version', async () => {
    await set({ method: 'alipay', feeBps: 100 });

    expect((await set({ method: 'alipay', feeBps: 100 })).new.version).toBe(2);
    expect((await set({ method: 'wechat_pay', feeBps: 'default' })).new.version).toBe(2);
  });

  it('stay where the fees of the others change', async () => {
    await set({ method: 'alipay', feeBps: 100 });

    expect((await set({ feeBps: 200, feeFixed: '20' })).new).toMatchObject({
      feeBps: 200,
      feesByMethod: { alipay: { feeBps: 100 } },
    });
  });

  it('are not more than a payment with the reserve', async () => {
    await set({ reserveBps: 1_000 });

    const tooMuch = 'feeBps, reserveBps: together they are more than 10000';
    await expect(set({ method: 'alipay', feeBps: 9_001 })).rejects.toThrow(tooMuch);
    await set({ method: 'alipay', feeBps: 9_000 });
    await expect(set({ reserveBps: 1_001 })).rejects.toThrow(tooMuch);
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

describe('amounts per currency', () => {
  it('are set one by one: the others stay, and the terms have a new version', async () => {
    const { old, new: now } = await set({ feeFixed: { huf: '9000', afn: '2000' }, minimumPayout: { huf: '50000' } });

    expect(now.feeFixed).toEqual({ ...old.feeFixed, huf: '9000', afn: '2000' });
    expect(now.minimumPayout).toEqual({ ...old.minimumPayout, huf: '50000' });
    expect([old.termsVersion, now.termsVersion]).toEqual([1, 2]);
    expect((await set({ feeFixed: { huf: '9000' } })).new.version).toBe(2);
  });

  it.each([
    ['kwd', '10000', 90n, 290n],
    ['jpy', '10000', 40n, 290n],
    ['huf', '1000000', 8_500n, 29_000n],
  ])('are what a capture in %s costs beside its percentage', async (currency, amount, fixed, share) => {
    const params = { amount, currency, payment_method: 'pm_card_visa', confirm: 'true' };
    await sim.request('POST', '/v1/payment_intents', params, 'one');

    expect(recordsOf(sim.world).payments.map(({ capture }) => [capture?.fee, capture?.terms.fixed])).toEqual([
      [fixed + share, fixed],
    ]);
  });

  it('must be there before a payment is taken: it is refused with the command that sets them', async () => {
    const params = { amount: '10000', currency: 'afn', payment_method: 'pm_card_visa', confirm: 'true' };
    const intent = await sim.request('POST', '/v1/payment_intents', params, 'one');
    const error = (answer: { body: Record<string, unknown> }) =>
      answer.body.error as { message: string; param: string };
    expect(intent.status).toBe(400);
    expect(error(intent).param).toBe('currency');
    expect(error(intent).message).toContain(`npm run -s merchant -- set --merchant ${merchant} --fee-fixed afn=AMOUNT`);
    const { body: made } = await sim.request(
      'POST',
      '/v1/payment_intents',
      { ...params, currency: 'usd', confirm: 'false' },
      'two',
    );
    const updated = await sim.request('POST', `/v1/payment_intents/${String(made.id)}`, { currency: 'afn' }, 'three');
    expect([updated.status, error(updated).param]).toEqual([400, 'currency']);

    await set({ feeFixed: { afn: '2000' } });
    sim.move(CACHE_MS + 1);
    const next = await sim.request('POST', '/v1/payment_intents', params, 'four');
    expect(error(next).message).toContain(`--minimum-payout afn=AMOUNT`);
    await set({ minimumPayout: { afn: '10000' } });
    sim.move(CACHE_MS + 1);

    expect((await sim.request('POST', '/v1/payment_intents', params, 'five')).body.status).toBe('succeeded');
    expect(recordsOf(sim.world).payments.flatMap(({ capture }) => (capture ? [capture.fee] : []))).toEqual([2_290n]);
  });
});
