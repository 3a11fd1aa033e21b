/** The audit that the operator runs: balances that differ from their entries, sums that are not zero, entries without their object. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { accounts } from '../../../functions/ledger/accounts.ts';
import type { EntryType, JournalEntry } from '../../../functions/ledger/entry.ts';
import { balanceKey, transactionIdOf } from '../../../functions/ledger/keys.ts';
import { latePut } from '../../../functions/ledger/late-entries.ts';
import { move } from '../../../functions/ledger/rules.ts';
import { journalPut, type Period } from '../../../functions/ledger/store.ts';
import { auditBooks, openPlaces, orphansAt, sumsOf } from '../../../functions/operator/audit-balances.ts';
import { holdsKey } from '../../../functions/settlement/reserve-store.ts';
import { attributesOf } from '../../../functions/table/dynamo-item.ts';
import { pack } from '../../../functions/table/pack.ts';
import { keyOf } from '../../../functions/table/record.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import { periodItem } from '../settlement/closed-period.ts';

const SCOPE = 'Scope001' as Scope;
const [USD, EUR] = [parseCurrency('usd')!, parseCurrency('eur')!];
const NOW_MS = Date.UTC(2027, 0, 15, 12);
let table: MemoryTable;
beforeEach(() => {
  table = memoryTable();
});

const bodyOf = (letter: string): ObjectKey => `0ABCDEF0${letter.repeat(14)}` as ObjectKey;
const entry = (type: EntryType, letter: string, changes: Partial<JournalEntry> = {}): JournalEntry => ({
  type,
  body: bodyOf(letter),
  step: 1,
  currency: USD,
  committedMs: NOW_MS,
  legs: move(accounts.pending, accounts.available, 500n),
  ...changes,
});
const post = (...entries: readonly JournalEntry[]) =>
  Promise.all(entries.map((each) => table.commit(journalPut(SCOPE, each))));
const balance = (currency: string, available: bigint, reserve = 0n) =>
  table.store('ledger', attributesOf({ ...balanceKey(SCOPE, currency), available, reserve, v: 1 }));
const holds = (currency: string, of: Readonly<Record<string, bigint>>) =>
  table.store('ledger', attributesOf({ ...holdsKey(SCOPE, currency), v: 1, doc: pack(of) }));
const audit = () => auditBooks(table, SCOPE, 1, NOW_MS);

describe('balances', () => {
  it('that are the sum of their entries differ in nothing', async () => {
    await post(
      entry('released', 'A'),
      entry('released', 'B', { legs: move(accounts.pending, accounts.reserve, 70n) }),
      entry('captured', 'C', { legs: move('assets:channel:chA', accounts.pending, 570n) }),
    );
    balance('usd', 500n, 70n);
    balance('eur', 0n);

    const { differences, totals } = await audit();
    expect(differences).toEqual([]);
    expect(totals).toEqual({
      'usd liab:merchant:available': -500n,
      'usd liab:merchant:reserve': -70n,
      'usd liab:merchant:pending': 0n,
      'usd assets:channel:chA': 570n,
    });
  });

  it('that are not are named, with both amounts', async () => {
    await post(entry('released', 'A'));
    balance('usd', 499n, 3n);
    balance('eur', -1n);

    const base = { scope: SCOPE, currency: 'usd' };
    expect((await audit()).differences).toEqual([
      { ...base, currency: 'eur', account: 'liab:merchant:available', stored: '-1', posted: '0' },
      { ...base, account: 'liab:merchant:available', stored: '499', posted: '500' },
      { ...base, account: 'liab:merchant:reserve', stored: '3', posted: '0' },
    ]);
  });

  it('whose holds are another amount are named; without holds there is nothing to compare', async () => {
    await post(
      ...(['A', 'B', 'C'] as const).map((letter, index) =>
        entry('released', letter, {
          currency: [USD, EUR, parseCurrency('jpy')!][index]!,
          legs: move(accounts.pending, accounts.reserve, 70n),
        }),
      ),
    );
    for (const currency of ['usd', 'eur', 'jpy']) balance(currency, 0n, 70n);
    holds('usd', { '2027-02-01': 30n, '2027-02-02': 41n });
    holds('eur', { '2027-02-01': 70n, '2027-02-02': -5n });

    expect((await audit()).differences).toEqual([
      { scope: SCOPE, currency: 'usd', account: 'holds of liab:merchant:reserve', stored: '71', posted: '70' },
    ]);
  });
});

it('the sums of a currency are those of its accounts', () => {
  expect(
    sumsOf({ 'usd assets:bank': 5n, 'usd liab:merchant:pending': -5n, 'eur assets:bank': 3n, 'eur x': 4n }),
  ).toEqual(
    new Map([
      ['usd', 0n],
      ['eur', 7n],
    ]),
  );
});

describe('entries without their object', () => {
  const JOURNAL = `${SCOPE}#j#0`;
  const LATE = `${SCOPE}#late`;
  const at = async (
    pk = JOURNAL,
    page: { limit: number; after: string | undefined } = { limit: 100, after: undefined },
  ) => orphansAt(table, SCOPE, pk, page);
  const ids = (...entries: readonly JournalEntry[]) => entries.map(transactionIdOf);
  const exists = (letter: string, body: ObjectKey) =>
    table.store('payments', attributesOf({ ...keyOf({ letter }, SCOPE, body), kind: 'x' }));

  it('are looked for in each shard of the journal and on the late list', () => {
    expect(openPlaces(SCOPE, 2)).toEqual([`${SCOPE}#j#0`, `${SCOPE}#j#1`, `${SCOPE}#late`]);
  });

  it.each<[string, readonly EntryType[]]>([
    ['p', ['authorized', 'incremented', 'captured', 'voided', 'surplus_received', 'surplus_returned']],
    ['r', ['refund_requested', 'refund_succeeded', 'refund_failed']],
    ['o', ['payout_created', 'payout_paid', 'payout_failed', 'payout_returned', 'payout_canceled']],
    ['d', ['dispute_opened', 'dispute_won', 'dispute_lost']],
  ])('have an object of kind %s: %j', async (letter, types) => {
    const entries = types.map((type, step) => entry(type, 'A', { step, committedMs: NOW_MS + step }));
    await post(...entries);
    expect((await at()).orphans).toEqual(ids(...entries));

    for (const other of ['p', 'r', 'o', 'd']) if (other !== letter) exists(other, bodyOf('A'));
    expect((await at()).orphans).toEqual(ids(...entries));
    exists(letter, bodyOf('A'));
    expect((await at()).orphans).toEqual([]);
  });

  it('are none where a settlement made them', async () => {
    await post(entry('released', 'A'), entry('reserve_released', 'B'));
    expect(await at()).toEqual({ orphans: [], after: undefined });
  });

  it('are looked for after the last seal', async () => {
    const [sealed, open] = [entry('captured', 'A'), entry('captured', 'B', { committedMs: NOW_MS + 1 })];
    await post(sealed, open);
    expect((await at()).orphans).toEqual(ids(sealed, open));

    const period = { scope: SCOPE, version: 1, sealedThroughMs: NOW_MS } as Period;
    table.store('ledger', attributesOf(periodItem(period)));
    expect((await at()).orphans).toEqual(ids(open));
  });

  it('are read page by page', async () => {
    const entries = ['A', 'B', 'C'].map((letter, n) => entry('captured', letter, { committedMs: NOW_MS + n }));
    await post(...entries);

    const first = await at(JOURNAL, { limit: 2, after: undefined });
    expect(first.orphans).toEqual(ids(...entries.slice(0, 2)));
    const second = await at(JOURNAL, { limit: 2, after: first.after });
    expect(second.orphans).toEqual(ids(entries[2]!));
  });

  it('are found on the late list, also of a sealed period; a place without an entry is none', async () => {
    const [late, lost] = [entry('captured', 'A'), entry('captured', 'B')];
    await table.commit(journalPut(SCOPE, late), latePut(SCOPE, late));
    await table.commit(latePut(SCOPE, lost));
    const period = { scope: SCOPE, version: 1, sealedThroughMs: NOW_MS + 5 } as Period;
    table.store('ledger', attributesOf(periodItem(period)));

    expect((await at(LATE)).orphans).toEqual(ids(late));
    expect((await at()).orphans).toEqual([]);
  });
});
