/** Journal entries: the balance of one (I1), its identity (I4) and the fold of many (I5). */
import { describe, expect, it } from 'vitest';
import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import {
  assertBalanced,
  credited,
  entryId,
  fold,
  type JournalEntry,
  type Leg,
} from '../../../functions/ledger/entry.ts';

const USD = parseCurrency('usd')!;
const EUR = parseCurrency('eur')!;
const entry = (legs: readonly Leg[], more: Partial<JournalEntry> = {}): JournalEntry => ({
  type: 'captured',
  body: '0ABCDEF0ZZZZZZZZZZZZZZ' as ObjectKey,
  step: 2,
  currency: USD,
  committedMs: 0,
  legs,
  ...more,
});
const debit = (account: string, amount: bigint): Leg => ({ side: 'debit', account, amount });
const credit = (account: string, amount: bigint): Leg => ({ side: 'credit', account, amount });

describe('an entry', () => {
  it('is named by its type, its object and its step', () => {
    expect(entryId(entry([]))).toBe('captured#0ABCDEF0ZZZZZZZZZZZZZZ#2');
  });

  it.each([
    ['one debit and one credit', [debit('a', 5n), credit('b', 5n)]],
    ['one debit and two credits', [debit('a', 5n), credit('b', 2n), credit('c', 3n)]],
    ['two debits and one credit', [debit('a', 2n), debit('b', 3n), credit('c', 5n)]],
  ])('balances with %s of one sum', (_what, legs) => {
    expect(() => assertBalanced(entry(legs))).not.toThrow();
  });

  it.each([
    ['no legs', []],
    ['a debit alone', [debit('a', 5n)]],
    ['a credit alone', [credit('a', 5n)]],
    ['two debits', [debit('a', 5n), debit('b', 5n)]],
    ['two credits', [credit('a', 5n), credit('b', 5n)]],
    ['a cent too much', [debit('a', 5n), credit('b', 6n)]],
    ['a cent too little', [debit('a', 5n), credit('b', 4n)]],
    ['legs of zero', [debit('a', 0n), credit('b', 0n)]],
    ['a leg of zero beside legs that balance', [debit('a', 5n), credit('b', 5n), debit('c', 0n)]],
    ['negative legs', [debit('a', -5n), credit('b', -5n)]],
    ['a negative debit instead of a credit', [debit('a', 5n), debit('b', -5n)]],
  ])('is refused with %s, by its name', (_what, legs) => {
    expect(() => assertBalanced(entry(legs))).toThrow('entry captured#0ABCDEF0ZZZZZZZZZZZZZZ#2 does not balance');
  });
});

describe('what an entry adds to an account', () => {
  it('is its credits less its debits there, and zero elsewhere', () => {
    const legs = [debit('a', 7n), credit('b', 9n), debit('b', 2n), credit('c', 0n)];
    expect(credited(entry(legs), 'b')).toBe(7n);
    expect(credited(entry(legs), 'a')).toBe(-7n);
    expect(credited(entry(legs), 'd')).toBe(0n);
  });
});

describe('the fold of entries', () => {
  it('sums debits less credits per currency and account', () => {
    const totals = fold([
      entry([debit('a', 5n), credit('b', 5n)]),
      entry([debit('a', 2n), credit('c', 2n)]),
      entry([debit('b', 1n), credit('a', 1n)]),
      entry([debit('a', 3n), credit('b', 3n)], { currency: EUR }),
    ]);
    expect(Object.fromEntries([...totals].map(([code, sums]) => [code, Object.fromEntries(sums)]))).toEqual({
      usd: { a: 6n, b: -4n, c: -2n },
      eur: { a: 3n, b: -3n },
    });
  });

  it('adds to the totals that it is given', () => {
    const totals = fold([entry([debit('a', 5n), credit('b', 5n)])]);
    expect(fold([entry([debit('a', 1n), credit('b', 1n)])], totals)).toBe(totals);
    expect(totals.get(USD)!.get('a')).toBe(6n);
  });
});
