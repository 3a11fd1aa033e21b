/** The rules of the rolling reserve: dates, shares, holds. */
import { describe, expect, it } from 'vitest';
import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import type { Currency } from '../../../functions/kernel/money.ts';
import type { JournalEntry } from '../../../functions/ledger/entry.ts';
import { freedBy, isDue, reserveDate, reserveDaysOf, sharesOf } from '../../../functions/ledger/reserve.ts';
import { addedBy, netOf } from '../../../functions/settlement/netting.ts';
import { heldIn, settleReserve } from '../../../functions/settlement/reserve.ts';
import { putHolds, withUndated } from '../../../functions/settlement/reserve-store.ts';
import { Conflict } from '../../../functions/table/table.ts';
import { memoryTable } from '../../world/memory-table.ts';

const DAY_MS = 86_400_000;
const usd = 'usd' as Currency;
const noon = Date.UTC(2027, 0, 15, 12);

describe('the release date', () => {
  it.each([
    ['noon', noon, 90, '2027-04-16'],
    ['the first millisecond of a day', Date.UTC(2027, 0, 15), 90, '2027-04-16'],
    ['the last millisecond of a day', Date.UTC(2027, 0, 16) - 1, 90, '2027-04-16'],
    ['one day', noon, 1, '2027-01-17'],
    ['over a leap day', Date.UTC(2028, 1, 28, 12), 1, '2028-03-01'],
  ])('is the midnight that ends the last day: %s', (_name, ms, days, date) => {
    expect(reserveDate(ms, days)).toBe(date);
  });
});

describe('what a return releases', () => {
  const capture = { amount: 10_000n, reserve: 1_000n, capturedMs: noon, terms: { reserveDays: 90 } };
  const sum = (returned: bigint, ...captures: (typeof capture)[]): bigint => heldIn(freedBy(captures, returned));

  it.each([
    [0n, 0n],
    [2_500n, 250n],
    // 100.00 × 9,995 ÷ 10,000 = 999.5 are left, which round to 1,000.
    [5n, 0n],
    [6n, 1n],
    [10_000n, 1_000n],
    [99_999n, 1_000n],
  ])('%d of 10,000 release %d of 1,000', (returned, freed) => {
    expect(sum(returned, capture)).toBe(freed);
  });

  it('counts against the oldest capture first, under its own date', () => {
    const second = { ...capture, amount: 5_000n, reserve: 500n, capturedMs: noon + 2 * DAY_MS };
    expect(freedBy([capture, second], 11_000n)).toEqual({ '2027-04-16': 1_000n, '2027-04-18': 100n });
  });
});

describe('what a period holds back', () => {
  const leg = { account: 'liab:merchant:pending', amount: 10_000n };
  const captured: JournalEntry = {
    type: 'captured',
    body: '0WXYZab1nmlkjihgfedcba' as ObjectKey,
    step: 1,
    currency: usd,
    committedMs: noon,
    legs: [
      { ...leg, side: 'credit' },
      { ...leg, account: 'assets:channel:sandbox', side: 'debit' },
    ],
    reserve: 1_000n,
  };

  it('has the date of the capture, or of the terms now where 0.1 captured it', () => {
    const [dated] = netOf([{ ...captured, reserveDate: '2027-03-01' }], 30);
    const [undated] = netOf([captured], 30);

    expect([dated!.holds, undated!.holds]).toEqual([{ '2027-03-01': 1_000n }, { '2027-02-15': 1_000n }]);
  });

  it('is in the lines of a manifest of 0.1', () => {
    const { holds: _, freed: __, ...net } = netOf([captured], 30)[0]!;
    expect(addedBy(net, 30)).toEqual({ '2027-02-15': 1_000n });
    expect(addedBy(undefined, 30)).toEqual({});
  });

  it('and what it released are in the net of a currency that has no line', () => {
    const returned: JournalEntry = {
      ...captured,
      type: 'refund_succeeded',
      legs: [],
      freed: [{ date: '2027-03-01', amount: 10n }],
    };
    const { reserve: _, ...entry } = returned;
    expect(netOf([entry, { ...entry, step: 2 }], 30)).toMatchObject([
      { currency: 'usd', lines: [], net: 0n, holds: {}, freed: { '2027-03-01': 20n } },
    ]);
  });
});

describe('holds', () => {
  it('are written after the version that they were made from', async () => {
    const table = memoryTable();
    const scope = 'scope123' as Scope;
    await table.commit(putHolds(scope, usd, { version: 1, holds: { '2027-03-01': 1n } }));
    await table.commit(putHolds(scope, usd, { version: 2, holds: {} }));

    for (const version of [1, 2, 4])
      await expect(table.commit(putHolds(scope, usd, { version, holds: {} }))).rejects.toThrow(Conflict);
  });
});

describe('a settlement of holds', () => {
  const throughMs = Date.UTC(2027, 3, 16) - 1;

  it('releases what falls due at its end, and not what falls due a day later', () => {
    const before = { '2027-04-16': 700n, '2027-04-17': 500n };
    expect(settleReserve(before, {}, {}, throughMs)).toEqual({
      holds: { '2027-04-17': 500n },
      withheld: 0n,
      released: 700n,
      releases: [{ date: '2027-04-16', amount: 700n }],
    });
  });

  it('holds back and releases what is captured and returned in one period', () => {
    expect(settleReserve({}, { '2027-07-15': 1_000n }, { '2027-07-15': 1_000n }, throughMs)).toEqual({
      holds: {},
      withheld: 1_000n,
      released: 1_000n,
      releases: [{ date: '2027-07-15', amount: 1_000n }],
    });
  });

  it('does not release again what an earlier period released, nor out of the holds of others', () => {
    expect(settleReserve({ '2027-04-17': 500n }, {}, { '2027-04-15': 300n }, throughMs)).toMatchObject({
      holds: { '2027-04-17': 500n },
      released: 0n,
    });
  });

  it('remembers a return that is settled before its late capture', () => {
    const first = settleReserve({ '2027-05-01': 40n }, {}, { '2027-05-01': 100n }, throughMs);
    expect(first).toMatchObject({ holds: { '2027-05-01': -60n }, released: 40n });
    expect(heldIn(first.holds)).toBe(0n);
    expect(settleReserve(first.holds, { '2027-05-01': 100n }, {}, throughMs)).toMatchObject({
      holds: { '2027-05-01': 40n },
      withheld: 100n,
      released: 60n,
    });
  });
});

describe('a reserve that 0.1 holds', () => {
  const at = { days: 90, throughMs: Date.UTC(2027, 3, 16) - 1 };
  const batch = (day: number, reserve: bigint) => ({ currency: usd, throughMs: Date.UTC(2027, 3, day) - 1, reserve });

  it('falls due by the periods of its batches, what is older at once', () => {
    expect(withUndated({}, 1_000n, [batch(1, 300n), batch(2, 200n)], at)).toEqual({
      '2027-07-01': 200n,
      '2027-06-30': 300n,
      '2027-04-15': 500n,
    });
  });

  it('is added to what has dates, newest first, and no more than the balance has', () => {
    expect(withUndated({ '2027-07-01': 50n }, 350n, [batch(1, 300n), batch(2, 200n)], at)).toEqual({
      '2027-07-01': 250n,
      '2027-06-30': 100n,
    });
  });

  it('is an error where the balance has less than its holds', () => {
    expect(() => withUndated({ '2027-07-01': 50n }, 49n, [], at)).toThrow('1 more than its balance');
  });
});

describe('the terms of a reserve', () => {
  it('hold it for 90 days unless they say otherwise', () => {
    expect([reserveDaysOf({}), reserveDaysOf({ reserveDays: 30 })]).toEqual([90, 30]);
    const capture = { amount: 100n, reserve: 10n, capturedMs: noon, terms: {} };
    expect(freedBy([capture], 100n)).toEqual({ '2027-04-16': 10n });
  });

  it('have it fall due with the period whose last millisecond is the one before its date', () => {
    const midnight = Date.UTC(2027, 3, 16);
    expect([midnight - 2, midnight - 1, midnight].map((throughMs) => isDue('2027-04-16', throughMs))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('list shares by date, and sum those of one date', () => {
    const shares = [
      { date: '2027-04-17', amount: 1n },
      { date: '2027-04-16', amount: 2n },
      { date: '2027-04-18', amount: 3n },
      { date: '2027-04-17', amount: 4n },
    ];
    expect(Object.entries(sharesOf(shares))).toEqual([
      ['2027-04-16', 2n],
      ['2027-04-17', 5n],
      ['2027-04-18', 3n],
    ]);
  });
});
