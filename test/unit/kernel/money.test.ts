/** Money as integers of minor units (I14): each rounding, each exponent, each step and the text that people read. */

import { describe, expect, it } from 'vitest';
import { jsonText } from '../../../functions/kernel/json.ts';
import {
  type Currency,
  decimalText,
  exponentOf,
  highAmountOf,
  maximumOf,
  minimumOf,
  mulDiv,
  parseCurrency,
  SUPPORTED_CURRENCIES,
  stepOf,
  wireAmount,
  wireTotal,
} from '../../../functions/kernel/money.ts';
import { DEFAULT_FIXED_FEES } from '../../../functions/merchants/terms.ts';

const currency = (text: string): Currency => parseCurrency(text)!;

describe('mulDiv', () => {
  it.each([
    // amount × numerator ÷ denominator, then floor, half_up and half_even
    [10n, 1n, 4n, 2n, 3n, 2n],
    [13n, 1n, 4n, 3n, 3n, 3n],
    [14n, 1n, 4n, 3n, 4n, 4n],
    [11n, 1n, 4n, 2n, 3n, 3n],
    [9n, 1n, 4n, 2n, 2n, 2n],
    [8n, 1n, 4n, 2n, 2n, 2n],
    [0n, 7n, 4n, 0n, 0n, 0n],
    [-10n, 1n, 4n, -3n, -3n, -2n],
    [-14n, 1n, 4n, -4n, -4n, -4n],
    [-11n, 1n, 4n, -3n, -3n, -3n],
    [-9n, 1n, 4n, -3n, -2n, -2n],
    [-8n, 1n, 4n, -2n, -2n, -2n],
    [2000n, 290n, 10_000n, 58n, 58n, 58n],
    [1999n, 290n, 10_000n, 57n, 58n, 58n],
    [1n, -1n, 2n, -1n, -1n, 0n],
    [3n, -1n, 2n, -2n, -2n, -2n],
  ])('%i × %i ÷ %i is %i, %i or %i', (amount, numerator, denominator, floor, halfUp, halfEven) => {
    expect(mulDiv(amount, numerator, denominator, 'floor')).toBe(floor);
    expect(mulDiv(amount, numerator, denominator, 'half_up')).toBe(halfUp);
    expect(mulDiv(amount, numerator, denominator, 'half_even')).toBe(halfEven);
  });

  it('is exact where a double is not', () => {
    expect(mulDiv(90_071_992_547_409_931n, 10_000n, 10_000n, 'half_even')).toBe(90_071_992_547_409_931n);
  });

  it.each([0n, -1n])('refuses the denominator %i', (denominator) => {
    expect(() => mulDiv(1n, 1n, denominator, 'floor')).toThrow(new RangeError('denominator must be positive'));
  });
});

describe('a currency', () => {
  it('is read in either case, and only if payments are taken in it', () => {
    expect(parseCurrency('USD')).toBe('usd');
    expect(parseCurrency('usd')).toBe('usd');
    for (const text of ['', 'us', 'usd ', 'xxx', 'btc', 'usdeur', 'constructor'])
      expect(parseCurrency(text)).toBeUndefined();
  });

  it('is one of 139, each of three lower-case letters, each once', () => {
    expect(SUPPORTED_CURRENCIES).toHaveLength(139);
    expect(new Set(SUPPORTED_CURRENCIES).size).toBe(139);
    for (const code of SUPPORTED_CURRENCIES) expect(code).toMatch(/^[a-z]{3}$/);
    for (const code of ['usd', 'aed', 'eur', 'gbp', 'jpy', 'cny', 'kwd', 'zmw', 'huf', 'twd', 'isk', 'ugx'])
      expect(SUPPORTED_CURRENCIES).toContain(code);
  });

  it('has no decimals in the fifteen that Stripe lists', () => {
    const zero = SUPPORTED_CURRENCIES.filter((code) => exponentOf(code as Currency) === 0);
    expect(zero.toSorted().join(' ')).toBe('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf');
  });

  it('has three decimals in the five that Stripe lists, else two', () => {
    const three = SUPPORTED_CURRENCIES.filter((code) => exponentOf(code as Currency) === 3);
    expect(three.toSorted()).toEqual(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
    expect(exponentOf(currency('usd'))).toBe(2);
    expect(exponentOf(currency('isk'))).toBe(2);
  });

  it.each([
    ['usd', 1n, 1n],
    ['jpy', 1n, 1n],
    ['kwd', 10n, 10n],
    ['tnd', 10n, 10n],
    ['isk', 100n, 100n],
    ['ugx', 100n, 100n],
    ['huf', 1n, 100n],
    ['twd', 1n, 100n],
  ])('%s is charged in steps of %i and paid out in steps of %i', (code, payment, payout) => {
    expect(stepOf(currency(code))).toBe(payment);
    expect(stepOf(currency(code), 'payment')).toBe(payment);
    expect(stepOf(currency(code), 'payout')).toBe(payout);
  });

  it('has the smallest charge that Stripe documents, 50 where it names none', () => {
    const named = {
      usd: 50n,
      gbp: 30n,
      dkk: 250n,
      sek: 300n,
      czk: 1500n,
      huf: 17500n,
      hkd: 400n,
      mxn: 1000n,
      bgn: 100n,
      pln: 200n,
      zmw: 50n,
    };
    for (const [code, least] of Object.entries(named)) expect(minimumOf(currency(code))).toBe(least);
  });

  it.each([
    ['usd', 99_999_999n],
    ['jpy', 99_999_999n],
    ['inr', 999_999_999n],
    ['cop', 9_999_999_999n],
    ['idr', 999_999_999_999n],
  ])('%s is charged up to %i', (code, most) => {
    expect(maximumOf(currency(code))).toBe(most);
  });
});

describe('a high amount', () => {
  it('is known in every currency, in minor units by its decimals', () => {
    for (const code of SUPPORTED_CURRENCIES) expect(highAmountOf(parseCurrency(code)!), code).toBeGreaterThan(0n);
    expect(highAmountOf(parseCurrency('jpy')!)).toBe(800_000n);
    expect(highAmountOf(parseCurrency('usd')!)).toBe(500_000n);
    expect(highAmountOf(parseCurrency('isk')!)).toBe(60_000_000n);
    expect(highAmountOf(parseCurrency('bhd')!)).toBe(2_000_000n);
  });

  it('is worth about as much as the fixed fees say: 5,000 to 0.30 dollars, give or take the PSPs', () => {
    const far = Object.entries(DEFAULT_FIXED_FEES).filter(([code, fee]) => {
      const expected = (fee * 500_000n) / 30n;
      const high = highAmountOf(parseCurrency(code)!);
      return high * 7n < expected * 2n || high * 2n > expected * 7n;
    });
    expect(far).toEqual([]);
  });
});

describe('the text of an amount', () => {
  it.each([
    [1050n, 'usd', '10.50'],
    [5n, 'usd', '0.05'],
    [50n, 'usd', '0.50'],
    [0n, 'usd', '0.00'],
    [-5n, 'usd', '-0.05'],
    [-1050n, 'usd', '-10.50'],
    [1050n, 'jpy', '1050'],
    [0n, 'jpy', '0'],
    [-7n, 'jpy', '-7'],
    [1050n, 'kwd', '1.050'],
    [5n, 'kwd', '0.005'],
    [-5n, 'kwd', '-0.005'],
    [123_456_789_012n, 'idr', '1234567890.12'],
  ])('%i %s is %s', (amount, code, text) => {
    expect(decimalText(amount, currency(code))).toBe(text);
  });
});

describe('an amount on the wire', () => {
  it('is the same number up to the largest that JSON holds exactly', () => {
    expect(wireAmount(-5n)).toBe(-5);
    expect(wireAmount(9_007_199_254_740_991n)).toBe(9_007_199_254_740_991);
    expect(() => wireAmount(9_007_199_254_740_992n)).toThrow(new RangeError('amount does not fit a JSON number'));
    expect(() => wireAmount(-9_007_199_254_740_992n)).toThrow(RangeError);
  });

  it('of a sum is exact beyond that too, as an integer of JSON', () => {
    expect(wireTotal(-5n)).toBe(-5);
    expect(wireTotal(9_007_199_254_740_991n)).toBe(9_007_199_254_740_991);
    const amounts = [wireTotal(9_007_199_254_740_993n), wireTotal(-90_071_992_547_409_931n), 7];
    expect(jsonText({ amounts })).toBe('{"amounts":[9007199254740993,-90071992547409931,7]}');
  });

  it('is written like JSON.stringify beside it', () => {
    const value = { a: [1, null, undefined, 'x"\u2028\ud800'], b: undefined, c: { d: true, e: {} }, f: [] };

    expect(jsonText(value)).toBe(JSON.stringify(value));
    expect(jsonText({ ...value, g: 2n ** 60n })).toBe(
      JSON.stringify({ ...value, g: 0 }).replace('"g":0', '"g":1152921504606846976'),
    );
    expect([jsonText(undefined), jsonText(2n ** 60n), jsonText('x')]).toEqual([
      undefined,
      '1152921504606846976',
      '"x"',
    ]);
  });
});
