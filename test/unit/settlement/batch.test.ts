/** Settling a sealed period: what one batch writes, and that it writes it once, whatever runs beside it or again (I9, I10). */
import { beforeEach, describe, expect, it } from 'vitest';
import { balanceKey, periodKey } from '../../../functions/ledger/keys.ts';
import type { Holds } from '../../../functions/ledger/reserve.ts';
import { entryOf, loadBooks, loadPeriod, type Period, periodItem } from '../../../functions/ledger/store.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import { disabledBankKey } from '../../../functions/settlement/bank-account.ts';
import {
  type Batch,
  loadBatches,
  releaseBody,
  releasedBy,
  settle,
  withheldBy,
} from '../../../functions/settlement/batch.ts';
import type { SettlementDeps } from '../../../functions/settlement/deps.ts';
import { manifestFile } from '../../../functions/settlement/manifest.ts';
import type { Net } from '../../../functions/settlement/netting.ts';
import { type Payout, payoutsSince } from '../../../functions/settlement/payout.ts';
import { holdsKey, holdsOf } from '../../../functions/settlement/reserve-store.ts';
import { attributesOf } from '../../../functions/shared/dynamo-item.ts';
import { type Body, type Scope, timeText } from '../../../functions/shared/ids.ts';
import { parseCurrency } from '../../../functions/shared/money.ts';
import { pack } from '../../../functions/shared/pack.ts';
import type { Item, TableName } from '../../../functions/shared/table.ts';
import { type MemoryTable, memoryTable } from '../../support/memory-table.ts';

const SCOPE = 'Scope001' as Scope;
const [USD, EUR, TWD] = [parseCurrency('usd')!, parseCurrency('eur')!, parseCurrency('twd')!];
const DAY_MS = 86_400_000;
/** The end of Friday 15 January 2027. Monday 18 is a holiday of the Fed and not of T2. */
const THROUGH_MS = Date.UTC(2027, 0, 16) - 1;
const AFTER_MS = THROUGH_MS - DAY_MS;
const SATURDAY_MS = Date.UTC(2027, 0, 16, 1);
const at = (day: number, ms = 0): number => Date.UTC(2027, 0, day) + ms;

const SETTINGS = {
  version: 1,
  livemode: false,
  defaultCurrency: USD,
  timeZone: 'UTC',
  fees: { feeBps: 290, fixed: 30n, reserveBps: 0, reserveDays: 30, version: 1 },
  payoutDelayDays: 2,
  minimumPayouts: { usd: 100n, eur: 100n, twd: 100n },
  minimumPayout: 1n,
  bankAccount: { id: 'ba_1', holder: 'Shop', bankName: 'Bank', country: 'US', last4: '6789' },
  sandboxAccount: 'acc1',
  shards: 1,
} as unknown as Settings;

const netOf = (currency: Net['currency'], net: bigint, more: Partial<Net> = {}): Net => ({
  currency,
  lines: [],
  gross: net,
  fees: 0n,
  refunds: 0n,
  net,
  reserve: 0n,
  holds: {},
  freed: {},
  ...more,
});

let table: MemoryTable;
let files: Map<string, string>;
let nowMs: number;
let drawn: number;
let settings: Settings;
beforeEach(() => {
  table = memoryTable();
  files = new Map();
  nowMs = SATURDAY_MS;
  drawn = 0;
  settings = SETTINGS;
});
const deps = (): SettlementDeps =>
  ({
    table,
    clock: { nowMs: () => nowMs, sleep: async () => {} },
    random: (count: number) => String(++drawn).padStart(count, 'R'),
    files: { put: async (key, content) => void files.set(key, content), get: async (key) => files.get(key) },
    settings: async () => settings,
  }) satisfies Partial<SettlementDeps> as unknown as SettlementDeps;
const run = (asDue = false, throughMs = THROUGH_MS) => settle(deps(), SCOPE, throughMs, asDue);

const stored = (item: Item, where: TableName = 'ledger') => table.store(where, attributesOf(item));

/** Keeps a period that is sealed and not settled, with its manifest. */
function sealed(nets: readonly Net[], changes: Partial<Period> = {}): Period {
  const { throughMs, afterMs } = { throughMs: changes.sealedThroughMs ?? THROUGH_MS, afterMs: AFTER_MS };
  const { key, sha256, content } = manifestFile({ scope: SCOPE, afterMs, throughMs, entries: [], nets });
  files.set(key, content);
  const period: Period = {
    scope: SCOPE,
    version: 7,
    sealedThroughMs: throughMs,
    settledThroughMs: afterMs,
    previousMs: afterMs,
    closing: {},
    manifest: { key, sha256 },
    ...changes,
  };
  stored(periodItem(period));
  return period;
}
const has = (currency: string, available: bigint, reserve = 0n) =>
  stored({ ...balanceKey(SCOPE, currency), available, reserve, v: 3n });
const holds = (currency: string, of: Holds, v = 4) => stored({ ...holdsKey(SCOPE, currency), v, doc: pack(of) });
const disable = () => stored({ ...disabledBankKey(SCOPE, SETTINGS.bankAccount), code: 'x' }, 'payments');
const ofOld = (throughMs: number, currency: string, changes: Partial<Batch>) =>
  stored({
    pk: `${SCOPE}#batch`,
    sk: `${timeText(throughMs)}#${currency}`,
    doc: pack({ scope: SCOPE, currency, throughMs, ...changes }),
  });

const journal = () =>
  table
    .items('ledger')
    .filter(({ pk }) => pk.startsWith(`${SCOPE}#j#`))
    .map(entryOf);
const batches = () => table.items('ledger').filter(({ pk }) => pk === `${SCOPE}#batch`);
const balance = async (currency: string) => {
  const item = await table.get('ledger', balanceKey(SCOPE, currency));
  return item && [item.available, item.reserve, item.v];
};
const heldOf = async (currency: string) => holdsOf(await table.get('ledger', holdsKey(SCOPE, currency)));
const payouts = (): Promise<readonly Payout[]> => payoutsSince(table, SCOPE, 1, 0);
const settledThrough = async () => (await loadPeriod(table, SCOPE))!.settledThroughMs;
/** Runs `first` before the commit for which this holds, once. */
function beforeCommit(
  matches: (sks: readonly string[]) => boolean,
  first: () => void | Promise<void>,
  times = 1,
): () => number {
  let left = times;
  table.onCall = async ({ operation, when, writes }) => {
    if (operation !== 'commit' || when !== 'before' || left === 0) return;
    if (!matches(writes.map((write) => ('item' in write ? write.item : write.key).sk))) return;
    left -= 1;
    await first();
  };
  return () => times - left;
}
const isBatch = (sks: readonly string[]): boolean => sks[0]!.startsWith(timeText(THROUGH_MS));
const isPeriod = (sks: readonly string[]): boolean => sks[0] === periodKey(SCOPE).sk;

describe('a settlement', () => {
  it('moves the net to available and pays it out, in one transaction with its batch', async () => {
    const period = sealed([netOf(USD, 10_000n)]);
    has('usd', 25n);

    const [batch, ...others] = await run();

    expect(others).toEqual([]);
    const payout = `${timeText(SATURDAY_MS)}0RRRRRRRRRRRRR1` as Body;
    expect(batch).toEqual({
      scope: SCOPE,
      currency: 'usd',
      afterMs: AFTER_MS,
      throughMs: THROUGH_MS,
      opening: 25n,
      net: 10_000n,
      reserve: 0n,
      withheld: 0n,
      releases: [],
      paidOut: 10_025n,
      closing: 0n,
      payout,
      createdMs: SATURDAY_MS,
      manifest: period.manifest,
    });
    expect(batches()).toMatchObject([{ sk: `${timeText(THROUGH_MS)}#usd`, status: 'paid_out', v: 1n }]);
    expect(await balance('usd')).toEqual([0n, 0n, 4n]);
    expect(await table.get('ledger', holdsKey(SCOPE, 'usd'))).toBeUndefined();
    const [paid, moved] = journal();
    expect(paid).toMatchObject({ type: 'payout_created', body: payout });
    expect([moved]).toEqual([
      {
        type: 'released',
        body: releaseBody(THROUGH_MS, USD),
        step: 1,
        currency: 'usd',
        committedMs: SATURDAY_MS,
        legs: [
          { side: 'debit', account: 'liab:merchant:pending', amount: 10_000n },
          { side: 'credit', account: 'liab:merchant:available', amount: 10_000n },
        ],
      },
    ]);
    expect(await payouts()).toEqual([
      {
        scope: SCOPE,
        body: payout,
        version: 1,
        livemode: false,
        status: 'pending',
        amount: 10_025n,
        currency: 'usd',
        createdMs: SATURDAY_MS,
        committedMs: SATURDAY_MS,
        // Saturday, Sunday and the Fed's holiday are no banking days.
        arrivalMs: at(19),
        bank: SETTINGS.bankAccount,
        account: { channel: 'sandbox', account: 'acc1' },
        reference: `${SCOPE}${payout}`,
        sealedThroughMs: THROUGH_MS,
      },
    ]);
    expect(await loadPeriod(table, SCOPE)).toEqual({ ...period, version: 8, settledThroughMs: THROUGH_MS });
    expect(table.history.map((writes) => writes.length)).toEqual([6, 1]);
  });

  it('names its entries by the end of the period and the currency', () => {
    expect(releaseBody(THROUGH_MS, USD)).toBe(`${timeText(THROUGH_MS)}0usd00000000000`);
  });

  it('makes a payout for a bank that is not connected, and without a first balance', async () => {
    sealed([netOf(USD, 500n)]);
    const { sandboxAccount: _none, ...live } = SETTINGS;
    settings = { ...live, livemode: true };

    expect(await run()).toMatchObject([{ opening: 0n, paidOut: 500n, closing: 0n }]);
    expect(await balance('usd')).toEqual([0n, 0n, 1n]);
    expect(await payouts()).toMatchObject([{ livemode: true }]);
    expect((await payouts())[0]).not.toHaveProperty('account');
  });

  it.each([
    ['less than the least payout', 99n, 0n, 99n],
    ['what a debt takes', 100n, -50n, 50n],
    ['a debt that is larger than the net', 100n, -500n, -400n],
  ])('carries forward %s', async (_what, net, opening, closing) => {
    sealed([netOf(USD, net)]);
    has('usd', opening);

    const [batch] = await run();

    expect(batch).toMatchObject({ opening, net, paidOut: 0n, closing });
    expect(batch).not.toHaveProperty('payout');
    expect(batches()).toMatchObject([{ status: 'carried_forward' }]);
    expect(await balance('usd')).toEqual([closing, 0n, 4n]);
    expect(await payouts()).toEqual([]);
    expect(journal().map(({ type }) => type)).toEqual(['released']);
  });

  it('pays out whole steps of the currency, and carries the rest forward', async () => {
    sealed([netOf(TWD, 1_215_697n)]);

    expect(await run()).toMatchObject([{ paidOut: 1_215_600n, closing: 97n }]);
    expect(await balance('twd')).toEqual([97n, 0n, 1n]);
  });

  it('pays nothing to a disabled bank account', async () => {
    sealed([netOf(USD, 10_000n)]);
    disable();

    expect(await run()).toMatchObject([{ paidOut: 0n, closing: 10_000n }]);
    expect(await payouts()).toEqual([]);
    expect(await balance('usd')).toEqual([10_000n, 0n, 1n]);
  });

  it('makes no entry where nothing moves, and a payout of what is there', async () => {
    sealed([netOf(EUR, 0n)]);
    has('usd', 700n);
    has('twd', 0n);

    expect((await run()).map(({ currency, paidOut }) => [currency, paidOut])).toEqual([
      ['eur', 0n],
      ['usd', 700n],
    ]);
    expect(journal().map(({ type, currency }) => [type, currency])).toEqual([['payout_created', 'usd']]);
  });

  it('settles its currencies in alphabetical order, each from its own net', async () => {
    sealed([netOf(USD, 300n), netOf(TWD, 200n), netOf(EUR, 100n)]);

    expect((await run()).map(({ currency, net }) => [currency, net])).toEqual([
      ['eur', 100n],
      ['twd', 200n],
      ['usd', 300n],
    ]);
    expect(table.history.map(([first]) => first!.now!.sk.slice(8))).toEqual(['eur', 'twd', 'usd', '']);
  });
});

describe('the reserve of a settlement', () => {
  it('is held back of the net, released when it is due, and kept by date', async () => {
    sealed([netOf(USD, 10_000n, { reserve: 1_000n, holds: { '2027-02-15': 1_000n }, freed: { '2027-02-15': 400n } })]);
    has('usd', 0n, 300n);
    holds('usd', { '2027-01-16': 200n, '2027-01-17': 100n });

    const [batch] = await run();

    expect(batch).toMatchObject({
      net: 10_000n,
      withheld: 1_000n,
      reserve: 400n,
      releases: [
        { date: '2027-01-16', amount: 200n },
        { date: '2027-02-15', amount: 400n },
      ],
      paidOut: 9_600n,
      closing: 0n,
    });
    expect([withheldBy(batch!), releasedBy(batch!)]).toEqual([1_000n, 600n]);
    expect(await balance('usd')).toEqual([0n, 700n, 4n]);
    expect(await heldOf('usd')).toEqual({ version: 5, holds: { '2027-01-17': 100n, '2027-02-15': 600n } });
    expect(journal().filter(({ type }) => type !== 'payout_created')).toMatchObject([
      {
        type: 'released',
        transaction: { type: 'reserve_hold', amount: -1_000n, fee: 0n, source: null, description: 'Reserve' },
      },
      {
        type: 'reserve_released',
        transaction: { type: 'reserve_release', amount: 600n, fee: 0n, source: null, description: 'Reserve release' },
        legs: [
          { side: 'debit', account: 'liab:merchant:reserve', amount: 600n },
          { side: 'credit', account: 'liab:merchant:available', amount: 600n },
        ],
      },
    ]);
  });

  it('is kept by date from the first hold on', async () => {
    sealed([netOf(USD, 1_000n, { reserve: 1_000n, holds: { '2027-02-15': 1_000n } })]);

    expect(await run()).toMatchObject([{ withheld: 1_000n, reserve: 1_000n, paidOut: 0n, closing: 0n }]);
    expect(await heldOf('usd')).toEqual({ version: 1, holds: { '2027-02-15': 1_000n } });
    expect(journal().map(({ type }) => type)).toEqual(['released']);
  });

  it('is held back also where fees take the rest of the net', async () => {
    sealed([netOf(USD, 0n, { reserve: 50n, holds: { '2027-02-15': 50n } })]);

    expect(await run()).toMatchObject([{ net: 0n, reserve: 50n, closing: -50n }]);
    expect(journal()).toMatchObject([{ type: 'released', transaction: { amount: -50n } }]);
  });

  it('is released whole with the last hold, also in a currency without a net', async () => {
    sealed([]);
    has('eur', 0n, 200n);
    holds('eur', { '2027-01-16': 200n });

    expect(await run()).toMatchObject([{ currency: 'eur', net: 0n, reserve: -200n, paidOut: 200n, closing: 0n }]);
    expect(await heldOf('eur')).toEqual({ version: 5, holds: {} });
    expect(await balance('eur')).toEqual([0n, 0n, 4n]);
  });

  it('that 0.1 held gets its dates from the batches of the last days, without those of other currencies', async () => {
    sealed([netOf(USD, 100n)]);
    has('usd', 0n, 900n);
    // The term is 30 days; batches of two days more are looked at.
    ofOld(THROUGH_MS - 33 * DAY_MS, 'usd', { reserve: 100n });
    ofOld(THROUGH_MS - 32 * DAY_MS, 'usd', { reserve: 200n });
    ofOld(THROUGH_MS - 3 * DAY_MS, 'eur', { reserve: 70n });
    ofOld(THROUGH_MS - 2 * DAY_MS, 'usd', { reserve: 300n });
    ofOld(THROUGH_MS - DAY_MS, 'usd', { reserve: 50n, withheld: 50n });

    // 300 is dated, 200 was due before, and the 400 that no batch of these days explains are due now.
    expect(await run()).toMatchObject([{ reserve: -600n, paidOut: 700n }]);
    expect(await heldOf('usd')).toEqual({ version: 1, holds: { '2027-02-13': 300n } });
  });

  it('that 0.1 held is found from the first day on', async () => {
    const throughMs = 2 * DAY_MS - 1;
    nowMs = 2 * DAY_MS + 3_600_000;
    sealed([netOf(USD, 100n)], { sealedThroughMs: throughMs, settledThroughMs: 0, previousMs: 0 });
    has('usd', 0n, 40n);
    ofOld(DAY_MS - 1, 'usd', { reserve: 40n });

    expect(await run(false, throughMs)).toMatchObject([{ reserve: 0n, paidOut: 100n }]);
    expect((await heldOf('usd')).holds).toEqual({ '1970-02-01': 40n });
  });

  it('of a batch of 0.1 is what it held back: it released nothing', () => {
    const batch = { reserve: 30n } as Batch;
    expect([withheldBy(batch), releasedBy(batch)]).toEqual([30n, 0n]);
  });
});

describe('a second settlement', () => {
  it('of the same period changes nothing and gives the same batches', async () => {
    sealed([netOf(USD, 10_000n), netOf(EUR, 50n)]);
    const first = await run();
    const after = table.dump();
    nowMs += 60_000;

    expect(await run()).toEqual(first);
    expect(table.dump()).toEqual(after);
  });

  it('goes on where the first one died, and repeats nothing', async () => {
    const period = sealed([netOf(USD, 10_000n), netOf(EUR, 500n)]);
    table.onCall = ({ operation, when, writes }) => {
      if (operation === 'commit' && when === 'before' && 'item' in writes[0]! && writes[0].item.sk.endsWith('usd'))
        throw new Error('died');
    };
    await expect(run()).rejects.toThrow('died');
    expect(await settledThrough()).toBe(AFTER_MS);
    table.onCall = undefined;
    nowMs += 60_000;

    expect((await run()).map(({ currency, createdMs }) => [currency, createdMs])).toEqual([
      ['eur', SATURDAY_MS],
      ['usd', SATURDAY_MS + 60_000],
    ]);
    expect((await payouts()).map(({ amount }) => amount)).toEqual([500n, 10_000n]);
    expect(await loadPeriod(table, SCOPE)).toEqual({ ...period, version: 8, settledThroughMs: THROUGH_MS });
  });

  it('makes no batch again whose period is not marked as settled', async () => {
    const period = sealed([netOf(USD, 10_000n)]);
    await run();
    stored(periodItem(period));
    const entries = journal();

    expect(await run()).toHaveLength(1);
    expect(journal()).toEqual(entries);
    expect(await payouts()).toHaveLength(1);
    expect(await settledThrough()).toBe(THROUGH_MS);
  });

  it('that runs beside the first makes no second batch: the first write decides', async () => {
    sealed([netOf(USD, 10_000n)]);
    let other: Promise<unknown> = Promise.resolve();
    const raced = beforeCommit(isBatch, async () => {
      table.onCall = undefined;
      nowMs += 1;
      other = run();
      await other;
    });

    expect(await run()).toHaveLength(1);
    await other;
    expect(raced()).toBe(1);
    expect(batches()).toHaveLength(1);
    expect((await payouts()).map(({ amount }) => amount)).toEqual([10_000n]);
    expect(await balance('usd')).toEqual([0n, 0n, 1n]);
    expect((await loadPeriod(table, SCOPE))!.version).toBe(8);
  });

  it('may mark the period as settled first', async () => {
    const period = sealed([netOf(USD, 10_000n)]);
    beforeCommit(isPeriod, () => stored(periodItem({ ...period, version: 8, settledThroughMs: THROUGH_MS })));

    expect(await run()).toHaveLength(1);
    expect((await loadPeriod(table, SCOPE))!.version).toBe(8);
  });

  it.each<[string, Partial<Period>]>([
    ['was marked as settled', { settledThroughMs: THROUGH_MS }],
    ['was settled further', { settledThroughMs: THROUGH_MS + 1 }],
    ['was followed by another', { sealedThroughMs: THROUGH_MS + DAY_MS }],
  ])('does not mark a period that meanwhile %s', async (_what, changes) => {
    const period = sealed([netOf(USD, 10_000n)]);
    const now = { ...period, version: 8, ...changes };
    table.onCall = ({ operation, when, writes }) => {
      if (operation !== 'commit' || when !== 'after' || !('item' in writes[0]!)) return;
      stored(periodItem(now));
    };

    await run();

    expect(await loadPeriod(table, SCOPE)).toEqual(now);
    expect(table.history).toHaveLength(1);
  });

  it('passes on that the table fails when it marks the period', async () => {
    sealed([]);
    beforeCommit(isPeriod, () => {
      throw new Error('no table');
    });

    await expect(run()).rejects.toThrow('no table');
    expect(await settledThrough()).toBe(AFTER_MS);
  });
});

describe('a balance that changes meanwhile', () => {
  it('is read again: what a refund took is not paid out', async () => {
    sealed([netOf(USD, 10_000n)]);
    has('usd', 500n);
    const raced = beforeCommit(isBatch, () =>
      stored({ ...balanceKey(SCOPE, 'usd'), available: 200n, reserve: 0n, v: 4n }),
    );

    expect(await run()).toMatchObject([{ opening: 200n, paidOut: 10_200n, closing: 0n }]);
    expect(raced()).toBe(1);
    expect(await balance('usd')).toEqual([0n, 0n, 5n]);
    expect(await payouts()).toHaveLength(1);
  });

  it('may be made meanwhile', async () => {
    sealed([netOf(USD, 10_000n)]);
    beforeCommit(isBatch, () => has('usd', -100n));

    expect(await run()).toMatchObject([{ opening: -100n, paidOut: 9_900n }]);
  });

  it('is tried eight times, then left to the next run', async () => {
    sealed([netOf(USD, 10_000n)]);
    let version = 3n;
    const change = () => {
      version += 1n;
      stored({ ...balanceKey(SCOPE, 'usd'), available: 0n, reserve: 0n, v: version });
    };
    const raced = beforeCommit(isBatch, change, 8);

    await expect(run()).rejects.toThrow('the usd balance of Scope001 changes too often to settle it');
    expect(raced()).toBe(8);
    expect(batches()).toEqual([]);
    expect(await settledThrough()).toBe(AFTER_MS);

    beforeCommit(isBatch, change, 7);
    expect(await run()).toMatchObject([{ paidOut: 10_000n }]);
  });

  it('is not tried again when the table fails', async () => {
    sealed([netOf(USD, 10_000n)]);
    const tried = beforeCommit(
      isBatch,
      () => {
        throw new Error('no table');
      },
      2,
    );

    await expect(run()).rejects.toThrow('no table');
    expect(tried()).toBe(1);
  });

  it('does not hide a bank account that is disabled meanwhile', async () => {
    sealed([netOf(USD, 10_000n)]);
    beforeCommit(isBatch, disable);

    expect(await run()).toMatchObject([{ paidOut: 0n, closing: 10_000n }]);
    expect(await payouts()).toEqual([]);
  });
});

describe('a period that is not the sealed one', () => {
  it('has the batches that it has, in order of currency, and no others', async () => {
    sealed([netOf(USD, 500n), netOf(EUR, 500n)]);
    await run();
    ofOld(THROUGH_MS - DAY_MS, 'usd', {});
    ofOld(THROUGH_MS + DAY_MS, 'usd', {});
    const writes = table.history.length;

    const found = await loadBatches(table, SCOPE, THROUGH_MS);
    expect(found.map(({ currency, throughMs }) => [currency, throughMs])).toEqual([
      ['eur', THROUGH_MS],
      ['usd', THROUGH_MS],
    ]);
    expect(await run(false, THROUGH_MS - DAY_MS)).toMatchObject([{ throughMs: THROUGH_MS - DAY_MS }]);
    expect(await run(false, THROUGH_MS + 1)).toEqual([]);
    expect(table.history).toHaveLength(writes);
  });

  it('is settled by nobody before a seal', async () => {
    has('usd', 700n);

    expect(await run()).toEqual([]);
    expect(await run(true)).toEqual([]);
    expect(table.history).toEqual([]);
  });

  it('is not settled in the place of the one that is sealed', async () => {
    sealed([netOf(USD, 500n)]);

    expect(await run(false, THROUGH_MS - 1)).toEqual([]);
    expect(await run(false, THROUGH_MS + 1)).toEqual([]);
    expect(table.history).toEqual([]);
  });
});

describe('a currency that is not due', () => {
  const deferred = async () =>
    (await loadBooks(table, SCOPE)).deferred.map(({ currency, dueMs, throughMs, afterMs }) => [
      currency,
      dueMs,
      throughMs,
      afterMs,
    ]);
  /** Monday 18, two banking days after Friday for nobody; Tuesday 19 for EUR, Wednesday 20 for USD. */
  const onTuesday = () => {
    sealed([netOf(USD, 1_000n), netOf(EUR, 2_000n)]);
    nowMs = at(19);
    return run(true);
  };

  it('is put off with the period, and the others are settled', async () => {
    expect((await onTuesday()).map(({ currency }) => currency)).toEqual(['eur']);
    expect(await deferred()).toEqual([['usd', at(20), THROUGH_MS, AFTER_MS]]);
    expect(await settledThrough()).toBe(THROUGH_MS);
    // The period and what it puts off are one commit.
    expect(table.history.at(-1)).toHaveLength(2);
  });

  it('is settled when it is due and not a millisecond before, once', async () => {
    await onTuesday();
    const period = await loadPeriod(table, SCOPE);
    nowMs = at(20) - 1;
    expect((await run(true)).map(({ currency }) => currency)).toEqual(['eur']);
    nowMs = at(20);

    const settled = await run(true);
    // First what was put off, then all batches of the period.
    expect(settled.map(({ currency, net }) => [currency, net])).toEqual([
      ['usd', 1_000n],
      ['eur', 2_000n],
      ['usd', 1_000n],
    ]);
    expect(settled[0]).toMatchObject({ afterMs: AFTER_MS, throughMs: THROUGH_MS, createdMs: at(20), paidOut: 1_000n });
    expect(settled[0]!.manifest).toEqual(period!.manifest);
    const entries = journal();
    nowMs = at(21);
    await run(true);
    expect(journal()).toEqual(entries);
    expect(await loadPeriod(table, SCOPE)).toEqual(period);
  });

  it('is settled at once by a run that does not wait for banking days', async () => {
    await onTuesday();

    expect((await run(false)).map(({ currency }) => currency)).toEqual(['usd', 'eur', 'usd']);
  });

  it('is not put off by such a run', async () => {
    sealed([netOf(USD, 1_000n), netOf(EUR, 2_000n)]);
    nowMs = at(17);

    expect((await run(false)).map(({ currency }) => currency)).toEqual(['eur', 'usd']);
    expect(await deferred()).toEqual([]);
  });

  it('has its release some milliseconds before that of the next period, which has another name', async () => {
    await onTuesday();
    const { closing, version } = (await loadPeriod(table, SCOPE))!;
    const throughMs = THROUGH_MS + 3 * DAY_MS;
    sealed([netOf(USD, 400n)], {
      sealedThroughMs: throughMs,
      settledThroughMs: THROUGH_MS,
      previousMs: THROUGH_MS,
      closing,
      version,
    });
    nowMs = at(21);

    const settled = await run(true, throughMs);

    expect(settled.map(({ throughMs: of, net, createdMs }) => [of, net, createdMs])).toEqual([
      [THROUGH_MS, 1_000n, at(21)],
      [throughMs, 400n, at(21) + 1],
    ]);
    expect(settled[1]).toMatchObject({ afterMs: THROUGH_MS });
    expect((await payouts()).map(({ createdMs }) => createdMs)).toEqual([at(19), at(21), at(21) + 1]);
  });

  it('of several periods is settled from the oldest on, each later by a millisecond', async () => {
    await onTuesday();
    const first = (await loadPeriod(table, SCOPE))!;
    const throughMs = THROUGH_MS + DAY_MS;
    sealed([netOf(USD, 400n), netOf(EUR, 1n)], {
      sealedThroughMs: throughMs,
      settledThroughMs: THROUGH_MS,
      previousMs: THROUGH_MS,
      version: first.version,
    });
    nowMs += 1;
    await run(true, throughMs);
    expect(await deferred()).toEqual([
      ['usd', at(20), THROUGH_MS, AFTER_MS],
      ['usd', at(20), throughMs, THROUGH_MS],
    ]);
    nowMs = at(22);

    const settled = (await run(true, throughMs)).slice(0, 2);

    expect(settled.map(({ throughMs: of, afterMs, net, createdMs }) => [of, afterMs, net, createdMs])).toEqual([
      [THROUGH_MS, AFTER_MS, 1_000n, at(22)],
      [throughMs, THROUGH_MS, 400n, at(22) + 1],
    ]);
  });

  it('settles nothing that its manifest has no net for', async () => {
    await onTuesday();
    nowMs = at(20);
    const [batch] = await run(true);

    expect(batch).toMatchObject({ currency: 'usd', net: 1_000n });
    expect((await table.get('ledger', balanceKey(SCOPE, 'eur')))!.v).toBe(1n);
  });
});
