import { describe, expect, it } from 'vitest';
import { payable } from '../../../functions/settlement/netting.ts';
import { type Currency, stepOf } from '../../../functions/shared/money.ts';

describe('payable', () => {
  it.each([
    ['huf', 1_215_697n, 1_215_600n],
    ['twd', 4_874n, 4_800n],
    ['isk', 195_081n, 195_000n],
    ['ugx', 533_990n, 533_900n],
    ['kwd', 97_109_364n, 97_109_360n],
    ['huf', 99n, 0n],
    ['jpy', 4_874n, 4_874n],
    ['usd', 9_681n, 9_681n],
    ['usd', 0n, 0n],
    ['usd', -1n, 0n],
    ['huf', -250n, 0n],
  ])('of an available balance of %s %s pays %s', (currency, available, paid) => {
    expect(payable(available, 1n, stepOf(currency as Currency, 'payout'))).toBe(paid);
  });

  it('compares what it would pay, not the balance, with the least payout', () => {
    expect(payable(15_050n, 15_000n, 100n)).toBe(15_000n);
    expect(payable(15_050n, 15_001n, 100n)).toBe(0n);
  });
});
