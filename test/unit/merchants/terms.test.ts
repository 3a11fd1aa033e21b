/** Settings that 0.1 stored, with one fixed fee and one least payout for all currencies. */
import { describe, expect, it } from 'vitest';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { ByCurrency } from '../../../functions/merchants/merchant.ts';
import {
  currentSettings,
  DEFAULT_FIXED_FEES,
  DEFAULT_MINIMUM_PAYOUTS,
  type StoredSettings,
} from '../../../functions/merchants/terms.ts';

const MILLS = { bhd: 100n, jod: 100n, kwd: 100n, omr: 100n, tnd: 100n };
const stored = (fixed: bigint, minimumPayout: bigint, defaultCurrency = 'usd') =>
  ({
    version: 3,
    defaultCurrency,
    fees: { feeBps: 290, fixed, fixedIn: MILLS, reserveBps: 0, version: 2 },
    minimumPayout,
  }) as unknown as StoredSettings;
const some = (amounts: ByCurrency | undefined, ...currencies: readonly string[]) =>
  currencies.map((currency) => amounts?.[currency]);

describe('one number of 0.1', () => {
  it('that is the default holds in currencies like the dollar; the others have their defaults', () => {
    const { fees, minimumPayouts } = currentSettings(stored(30n, 1n));

    expect(some(fees.fixedIn, 'usd', 'eur', 'gbp', 'sgd', 'jpy', 'huf', 'kwd', 'afn')).toEqual([
      30n,
      30n,
      30n,
      30n,
      40n,
      8_500n,
      90n,
      undefined,
    ]);
    expect(minimumPayouts).toEqual(DEFAULT_MINIMUM_PAYOUTS);
    expect(fees).toMatchObject({ feeBps: 290, fixed: 30n, version: 2 });
  });

  it('that an operator chose holds in the merchant’s own currency too', () => {
    const { fees, minimumPayouts } = currentSettings(stored(60n, 2_500n, 'jpy'));

    expect(some(fees.fixedIn, 'usd', 'eur', 'jpy', 'huf')).toEqual([60n, 60n, 60n, 8_500n]);
    expect(some(minimumPayouts, 'usd', 'eur', 'jpy', 'huf')).toEqual([2_500n, 2_500n, 2_500n, 100n]);
  });

  it('that says there is no fixed fee says so in every currency', () => {
    const { fees } = currentSettings(stored(0n, 1n));

    expect(new Set(Object.values(fees.fixedIn ?? {}))).toEqual(new Set([0n]));
    expect(some(fees.fixedIn, 'usd', 'kwd', 'huf')).toEqual([0n, 0n, 0n]);
  });

  it('is read once: what is stored by currency stays as it is', () => {
    const read = currentSettings(stored(30n, 1n));
    const agreed = { ...read, fees: { ...read.fees, fixedIn: { usd: 5n } }, minimumPayouts: { usd: 7n } };

    expect(currentSettings(agreed)).toEqual(agreed);
  });
});

describe('the defaults', () => {
  it('are of chargeable currencies, and each currency with a fixed fee has a minimum payout', () => {
    expect(Object.keys(DEFAULT_FIXED_FEES).filter((currency) => !parseCurrency(currency))).toEqual([]);
    expect(Object.keys(DEFAULT_MINIMUM_PAYOUTS).sort()).toEqual(Object.keys(DEFAULT_FIXED_FEES).sort());
    expect(Object.values(DEFAULT_FIXED_FEES).every((amount) => amount > 0n)).toBe(true);
  });
});
