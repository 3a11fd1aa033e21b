import { describe, expect, it } from 'vitest';
import { argumentsOf } from '../../../bin/local/merchant-arguments.ts';

const of = { merchant: 'acct_1' };
const given = (positionals: readonly string[], values: object) => argumentsOf(positionals, values);

describe('merchant set', () => {
  it.each([
    ['30', '30'],
    ['usd=30', { usd: '30' }],
    ['usd=30,HUF=8500', { usd: '30', huf: '8500' }],
    ['idr=999999999999', { idr: '999999999999' }],
  ])('--fee-fixed and --minimum-payout %s', (text, amounts) => {
    expect(given(['set'], { ...of, 'fee-fixed': text, 'minimum-payout': text })).toEqual({
      command: 'set',
      given: { merchant: 'acct_1', mode: 'test', feeFixed: amounts, minimumPayout: amounts },
    });
  });

  it.each(['', '-1', '0.30', '1e3', 'usd', 'usd=', 'usd=30,', 'usd=30,usd=40', 'usd=30 huf=85', '1000000000000'])(
    '--fee-fixed %j is refused',
    (text) => {
      expect(given(['set'], { ...of, 'fee-fixed': text })).toMatch(/^--fee-fixed .*: not minor units/);
    },
  );
});

describe('merchant set --method', () => {
  it('names the type that the fees are for, or takes its own fees away', () => {
    const changes = { ...of, method: 'alipay', 'fee-bps': '150', 'fee-fixed': 'usd=5' };
    const agreed = { merchant: 'acct_1', mode: 'test', method: 'alipay' };

    expect(given(['set'], changes)).toEqual({
      command: 'set',
      given: { ...agreed, feeBps: 150, feeFixed: { usd: '5' } },
    });
    expect(given(['set'], { ...changes, 'fee-bps': 'default', 'fee-fixed': 'default' })).toEqual({
      command: 'set',
      given: { ...agreed, feeBps: 'default', feeFixed: 'default' },
    });
  });

  it.each([
    [{ 'fee-bps': 'default' }, '--fee-bps default: not a whole number'],
    [{ 'fee-fixed': 'default' }, '--fee-fixed default: not minor units'],
    [{ method: 'alipay', 'reserve-bps': 'default' }, '--reserve-bps default: not a whole number'],
    [{ method: 'alipay', 'minimum-payout': 'default' }, '--minimum-payout default: not minor units'],
  ])('default is refused of %j', (values, why) => {
    expect(given(['set'], { ...of, ...values })).toContain(why);
  });
});

describe('merchant create', () => {
  it('names country and currency in either case', () => {
    expect(given(['create'], { name: 'Shop', country: 'jp', currency: 'JPY' })).toEqual({
      command: 'create-merchant',
      given: { name: 'Shop', country: 'JP', currency: 'jpy' },
    });
  });
});

describe('merchant add-account', () => {
  it('names the merchant and the mode', () => {
    const added = { command: 'add-account', given: { merchant: 'acct_1', mode: 'test' } };

    expect(given(['add-account'], of)).toEqual(added);
    expect(given(['add-account'], { ...of, live: true })).toEqual({
      ...added,
      given: { ...added.given, mode: 'live' },
    });
    expect(given(['add-account'], {})).toBe('--merchant is missing');
  });
});
