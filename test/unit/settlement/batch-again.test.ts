/** A batch is written once: whatever runs beside it, after it or in its place, and whatever changes the balance meanwhile (I9, I10). */
import { beforeEach, describe, expect, it } from 'vitest';
import { balanceKey } from '../../../functions/ledger/keys.ts';
import { loadPeriod, type Period } from '../../../functions/ledger/store.ts';
import { loadBatches } from '../../../functions/settlement/batch.ts';
import {
  AFTER_MS,
  DAY_MS,
  EUR,
  isBatch,
  isPeriod,
  netOf,
  periodItem,
  SATURDAY_MS,
  SCOPE,
  SettlementFixture,
  THROUGH_MS,
  USD,
} from './closed-period.ts';

let fixture: SettlementFixture;
beforeEach(() => {
  fixture = new SettlementFixture();
});

describe('a second settlement', () => {
  it('of the same period changes nothing and gives the same batches', async () => {
    fixture.sealed([netOf(USD, 10_000n), netOf(EUR, 50n)]);
    const first = await fixture.run();
    const after = fixture.table.dump();
    fixture.nowMs += 60_000;

    expect(await fixture.run()).toEqual(first);
    expect(fixture.table.dump()).toEqual(after);
  });

  it('makes no batch of a balance that has come since', async () => {
    fixture.sealed([netOf(USD, 10_000n)]);
    await fixture.run();
    fixture.has('eur', 700n);

    expect((await fixture.run()).map(({ currency }) => currency)).toEqual(['usd']);
    expect(await fixture.balance('eur')).toEqual([700n, 0n, 3n]);
  });

  it('goes on where the first one died, and repeats nothing', async () => {
    const period = fixture.sealed([netOf(USD, 10_000n), netOf(EUR, 500n)]);
    fixture.table.onCall = ({ operation, when, writes }) => {
      if (operation === 'commit' && when === 'before' && 'item' in writes[0]! && writes[0].item.sk.endsWith('usd'))
        throw new Error('died');
    };
    await expect(fixture.run()).rejects.toThrow('died');
    expect(await fixture.settledThrough()).toBe(AFTER_MS);
    fixture.table.onCall = undefined;
    fixture.nowMs += 60_000;

    expect((await fixture.run()).map(({ currency, createdMs }) => [currency, createdMs])).toEqual([
      ['eur', SATURDAY_MS],
      ['usd', SATURDAY_MS + 60_000],
    ]);
    expect((await fixture.payouts()).map(({ amount }) => amount)).toEqual([500n, 10_000n]);
    expect(await loadPeriod(fixture.table, SCOPE)).toEqual({ ...period, version: 8, settledThroughMs: THROUGH_MS });
  });

  it('makes no batch again whose period is not marked as settled', async () => {
    const period = fixture.sealed([netOf(USD, 10_000n)]);
    await fixture.run();
    fixture.stored(periodItem(period));
    const entries = fixture.journal();

    expect(await fixture.run()).toHaveLength(1);
    expect(fixture.journal()).toEqual(entries);
    expect(await fixture.payouts()).toHaveLength(1);
    expect(await fixture.settledThrough()).toBe(THROUGH_MS);
  });

  it('that runs beside the first makes no second batch: the first write decides', async () => {
    fixture.sealed([netOf(USD, 10_000n)]);
    let other: Promise<unknown> = Promise.resolve();
    const raced = fixture.beforeCommit(isBatch, async () => {
      fixture.table.onCall = undefined;
      fixture.nowMs += 1;
      other = fixture.run();
      await other;
    });

    expect(await fixture.run()).toHaveLength(1);
    await other;
    expect(raced()).toBe(1);
    expect(fixture.batches()).toHaveLength(1);
    expect((await fixture.payouts()).map(({ amount }) => amount)).toEqual([10_000n]);
    expect(await fixture.balance('usd')).toEqual([0n, 0n, 1n]);
    expect((await loadPeriod(fixture.table, SCOPE))!.version).toBe(8);
  });

  it('may mark the period as settled first', async () => {
    const period = fixture.sealed([netOf(USD, 10_000n)]);
    fixture.beforeCommit(isPeriod, () =>
      fixture.stored(periodItem({ ...period, version: 8, settledThroughMs: THROUGH_MS })),
    );

    expect(await fixture.run()).toHaveLength(1);
    expect((await loadPeriod(fixture.table, SCOPE))!.version).toBe(8);
  });

  it.each<[string, Partial<Period>]>([
    ['was marked as settled', { settledThroughMs: THROUGH_MS }],
    ['was settled further', { settledThroughMs: THROUGH_MS + 1 }],
    ['was followed by another', { sealedThroughMs: THROUGH_MS + DAY_MS }],
  ])('does not mark a period that meanwhile %s', async (_what, changes) => {
    const period = fixture.sealed([netOf(USD, 10_000n)]);
    const now = { ...period, version: 8, ...changes };
    fixture.table.onCall = ({ operation, when, writes }) => {
      if (operation !== 'commit' || when !== 'after' || !('item' in writes[0]!)) return;
      fixture.stored(periodItem(now));
    };

    await fixture.run();

    expect(await loadPeriod(fixture.table, SCOPE)).toEqual(now);
    expect(fixture.table.history).toHaveLength(1);
  });

  it('passes on that the table fails when it marks the period', async () => {
    fixture.sealed([]);
    fixture.beforeCommit(isPeriod, () => {
      throw new Error('no table');
    });

    await expect(fixture.run()).rejects.toThrow('no table');
    expect(await fixture.settledThrough()).toBe(AFTER_MS);
  });
});

describe('a balance that changes meanwhile', () => {
  it('is read again: what a refund took is not paid out', async () => {
    fixture.sealed([netOf(USD, 10_000n)]);
    fixture.has('usd', 500n);
    const raced = fixture.beforeCommit(isBatch, () =>
      fixture.stored({ ...balanceKey(SCOPE, 'usd'), available: 200n, reserve: 0n, v: 4n }),
    );

    expect(await fixture.run()).toMatchObject([{ opening: 200n, paidOut: 10_200n, closing: 0n }]);
    expect(raced()).toBe(1);
    expect(await fixture.balance('usd')).toEqual([0n, 0n, 5n]);
    expect(await fixture.payouts()).toHaveLength(1);
  });

  it('may be made meanwhile', async () => {
    fixture.sealed([netOf(USD, 10_000n)]);
    fixture.beforeCommit(isBatch, () => fixture.has('usd', -100n));

    expect(await fixture.run()).toMatchObject([{ opening: -100n, paidOut: 9_900n }]);
  });

  it('is tried eight times, then left to the next run', async () => {
    fixture.sealed([netOf(USD, 10_000n)]);
    let version = 3n;
    const change = () => {
      version += 1n;
      fixture.stored({ ...balanceKey(SCOPE, 'usd'), available: 0n, reserve: 0n, v: version });
    };
    const raced = fixture.beforeCommit(isBatch, change, 8);

    await expect(fixture.run()).rejects.toThrow('the usd balance of Scope001 changes too often to settle it');
    expect(raced()).toBe(8);
    expect(fixture.batches()).toEqual([]);
    expect(await fixture.settledThrough()).toBe(AFTER_MS);

    fixture.beforeCommit(isBatch, change, 7);
    expect(await fixture.run()).toMatchObject([{ paidOut: 10_000n }]);
  });

  it('is not tried again when the table fails', async () => {
    fixture.sealed([netOf(USD, 10_000n)]);
    const tried = fixture.beforeCommit(
      isBatch,
      () => {
        throw new Error('no table');
      },
      2,
    );

    await expect(fixture.run()).rejects.toThrow('no table');
    expect(tried()).toBe(1);
  });

  it('does not hide a bank account that is disabled meanwhile', async () => {
    fixture.sealed([netOf(USD, 10_000n)]);
    fixture.beforeCommit(isBatch, fixture.disable);

    expect(await fixture.run()).toMatchObject([{ paidOut: 0n, closing: 10_000n }]);
    expect(await fixture.payouts()).toEqual([]);
  });
});

describe('a period that is not the sealed one', () => {
  it('has the batches that it has, in order of currency, and no others', async () => {
    fixture.sealed([netOf(USD, 500n), netOf(EUR, 500n)]);
    await fixture.run();
    fixture.ofOld(THROUGH_MS - DAY_MS, 'usd', {});
    fixture.ofOld(THROUGH_MS + DAY_MS, 'usd', {});
    const writes = fixture.table.history.length;

    const found = await loadBatches(fixture.table, SCOPE, THROUGH_MS);
    expect(found.map(({ currency, throughMs }) => [currency, throughMs])).toEqual([
      ['eur', THROUGH_MS],
      ['usd', THROUGH_MS],
    ]);
    expect(await fixture.run(false, THROUGH_MS - DAY_MS)).toMatchObject([{ throughMs: THROUGH_MS - DAY_MS }]);
    expect(await fixture.run(false, THROUGH_MS + 1)).toEqual([]);
    expect(fixture.table.history).toHaveLength(writes);
  });

  it('is not settled before a seal', async () => {
    fixture.has('usd', 700n);

    expect(await fixture.run()).toEqual([]);
    expect(await fixture.run(true)).toEqual([]);
    expect(fixture.table.history).toEqual([]);
  });

  it('is not settled in the place of the one that is sealed', async () => {
    fixture.sealed([netOf(USD, 500n)]);

    expect(await fixture.run(false, THROUGH_MS - 1)).toEqual([]);
    expect(await fixture.run(false, THROUGH_MS + 1)).toEqual([]);
    expect(fixture.table.history).toEqual([]);
  });
});
