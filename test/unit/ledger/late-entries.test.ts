/** The late list and the balance checkpoint: what is on them, what is not, and under which conditions they are written (I5). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { accounts } from '../../../functions/ledger/accounts.ts';
import { checkpointOf, nonZero, putCheckpoint, totalsWith, without } from '../../../functions/ledger/checkpoint.ts';
import type { JournalEntry } from '../../../functions/ledger/entry.ts';
import { checkpointKey, entryKey } from '../../../functions/ledger/keys.ts';
import {
  allLateEntries,
  forgetLate,
  keyText,
  lateNames,
  latePut,
  openLateEntries,
  takeLate,
} from '../../../functions/ledger/late-entries.ts';
import { move } from '../../../functions/ledger/rules.ts';
import { journalPut, type Period } from '../../../functions/ledger/store.ts';
import { Conflict } from '../../../functions/table/table.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';

const SCOPE = 'Scope001' as Scope;
const [USD, EUR] = [parseCurrency('usd')!, parseCurrency('eur')!];
const NOW_MS = Date.UTC(2027, 0, 15, 12);
let table: MemoryTable;
beforeEach(() => {
  table = memoryTable();
});
const entry = (letter: string, amount = 5n, changes: Partial<JournalEntry> = {}): JournalEntry => ({
  type: 'captured',
  body: `0ABCDEF0${letter.repeat(14)}` as ObjectKey,
  step: 1,
  currency: USD,
  committedMs: NOW_MS,
  legs: move(accounts.pending, accounts.fees, amount),
  ...changes,
});
const [one, two] = [entry('A'), entry('B', 7n, { committedMs: NOW_MS + 1 })];
const post = (...entries: readonly JournalEntry[]) =>
  Promise.all(entries.map((each) => table.commit(journalPut(SCOPE, each), latePut(SCOPE, each))));
const sealedBy = (sha256: string) => ({ manifest: { key: 'k', sha256 } }) as Period;

describe('the late list', () => {
  it('has the entries that were put on it, with their times', async () => {
    await post(one, two);

    const list = await allLateEntries(table, SCOPE);
    expect(list.map(({ entry: of, committedMs, takenBy }) => [of, committedMs, takenBy])).toEqual([
      [one, NOW_MS, new Set()],
      [two, NOW_MS + 1, new Set()],
    ]);
    expect(list.map(({ key }) => key)).toEqual([entryKey(SCOPE, one), entryKey(SCOPE, two)]);
    expect(await allLateEntries(table, 'Scope002' as Scope)).toEqual([]);
    expect(await lateNames(table, SCOPE)).toEqual(new Set([one, two].map((each) => keyText(entryKey(SCOPE, each)))));
    expect(keyText({ pk: 'a', sk: 'b' })).toBe('a b');
  });

  it('passes over a place without its entry, and takes the entry there again', async () => {
    await table.commit(latePut(SCOPE, one));
    await post(two);
    expect((await allLateEntries(table, SCOPE)).map(({ entry: of }) => of)).toEqual([two]);

    await table.commit(journalPut(SCOPE, one), latePut(SCOPE, one));
    expect(await allLateEntries(table, SCOPE)).toHaveLength(2);
  });

  it('counts an entry until the last seal has taken it', async () => {
    await post(one, two);
    const [first] = await allLateEntries(table, SCOPE);
    await table.commit(takeLate(first!, 'seal'));
    await table.commit(takeLate(first!, 'another'));

    const counted = async (period: Period | undefined) =>
      (await openLateEntries(table, SCOPE, period)).map(({ entry: of }) => of);
    expect(await counted(undefined)).toEqual([one, two]);
    expect(await counted(sealedBy('seal'))).toEqual([two]);
    expect(await counted(sealedBy('another'))).toEqual([two]);
    expect(await counted(sealedBy('third'))).toEqual([one, two]);
    expect((await allLateEntries(table, SCOPE))[0]!.takenBy).toEqual(new Set(['seal', 'another']));
  });

  it('does not put an entry back that a seal has taken', async () => {
    await post(one);
    await table.commit(takeLate((await allLateEntries(table, SCOPE))[0]!, 'seal'));

    await expect(table.commit(latePut(SCOPE, one))).rejects.toBeInstanceOf(Conflict);
  });

  it('takes and forgets only what is on it', async () => {
    await post(one);
    const [late] = await allLateEntries(table, SCOPE);
    await table.commit(forgetLate(late!));

    expect(await allLateEntries(table, SCOPE)).toEqual([]);
    await expect(table.commit(forgetLate(late!))).rejects.toBeInstanceOf(Conflict);
    await expect(table.commit(takeLate(late!, 'seal'))).rejects.toBeInstanceOf(Conflict);
  });
});

describe('a subtotal', () => {
  const checkpoint = { scope: SCOPE, version: 1, afterMs: 5, throughMs: 9, totals: { 'usd a': 3n } };

  it('is written after the version that it was made from', async () => {
    await table.commit(putCheckpoint(checkpoint));
    await table.commit(putCheckpoint({ ...checkpoint, version: 2 }));
    const item = (await table.get('ledger', checkpointKey(SCOPE)))!;
    expect(item.v).toBe(2n);
    expect(checkpointOf(item)).toEqual({ ...checkpoint, version: 2 });

    for (const version of [1, 2, 4])
      await expect(table.commit(putCheckpoint({ ...checkpoint, version }))).rejects.toBeInstanceOf(Conflict);
  });

  it('can be followed by one that belongs to no period', () => {
    expect(without(checkpoint)).toEqual({ scope: SCOPE, version: 2, afterMs: -1, throughMs: -1, totals: {} });
  });

  it('sums the legs per currency and account, or takes them away', () => {
    const entries = [one, entry('B', 7n), entry('C', 2n, { currency: EUR })];
    const totals = totalsWith({ 'usd income:fees': 100n, 'usd x': 1n }, entries);

    expect(totals).toEqual({
      'usd x': 1n,
      'usd income:fees': 88n,
      'usd liab:merchant:pending': 12n,
      'eur income:fees': -2n,
      'eur liab:merchant:pending': 2n,
    });
    expect(nonZero(totalsWith(totals, entries, -1n))).toEqual({ 'usd income:fees': 100n, 'usd x': 1n });
  });
});
