/** The command line of `npm run settle`: each command with its options, and what is refused. */
import { describe, expect, it } from 'vitest';
import { argumentsOf, type SettleValues } from '../../../bin/local/settle-arguments.ts';

const STATEMENT = { merchant: 'acct_1', channel: 'stripe', account: 'a1' };

describe('settle', () => {
  it.each<[readonly string[], SettleValues, unknown]>([
    [[], { date: '2027-01-15' }, { what: 'day', date: '2027-01-15', mode: 'test' }],
    [
      [],
      { date: '2027-01-15', live: true, merchant: 'acct_1' },
      { what: 'day', date: '2027-01-15', mode: 'live', merchant: 'acct_1' },
    ],
    [
      ['statement', 'f.csv'],
      STATEMENT,
      { what: 'statement', of: { ...STATEMENT, mode: 'test' }, from: { file: 'f.csv' } },
    ],
    [
      ['statement'],
      { ...STATEMENT, date: '2027-01-15', mode: 'live' },
      { what: 'statement', of: { ...STATEMENT, mode: 'live' }, from: { date: '2027-01-15' } },
    ],
    [
      ['statement', 'f.csv'],
      { merchant: 'acct_1', account: 'stripe/a1' },
      { what: 'statement', of: { ...STATEMENT, mode: 'test' }, from: { file: 'f.csv' } },
    ],
    [
      ['unmatched'],
      { merchant: 'acct_1', live: true },
      { what: 'unmatched', of: { merchant: 'acct_1', mode: 'live' } },
    ],
    [
      ['file'],
      { debtor: 'd.json', out: 'o.xml' },
      { what: 'file', mode: 'test', format: 'pain.001', debtor: 'd.json', out: 'o.xml' },
    ],
    [
      ['file'],
      { id: 'pf_1', out: 'o.xml', live: true },
      { what: 'file-again', mode: 'live', id: 'pf_1', out: 'o.xml' },
    ],
    [
      ['confirm', 'pf_1'],
      { failed: ['po_1:no_account'] },
      { what: 'confirm', mode: 'test', id: 'pf_1', failed: ['po_1:no_account'] },
    ],
  ])('%j %j', (positionals, values, asked) => {
    expect(argumentsOf(positionals, values)).toEqual(asked);
  });

  it.each<[readonly string[], SettleValues, string]>([
    [[], {}, '--date is missing'],
    [[], { date: '2027-02-31' }, 'not a day of the calendar'],
    [[], { date: '2027-01-15', mode: 'both' }, 'must be test or live'],
    [[], { date: '2027-01-15', mode: 'test', live: true }, 'must be test or live'],
    [['day'], { date: '2027-01-15' }, 'Unexpected: day'],
    [['pay'], {}, 'Unexpected: pay'],
    [['toString'], {}, 'Unexpected: toString'],
    [[], { date: '2027-01-15', out: 'x' }, '--out: not an option of a day'],
    [['statement', 'a', 'b'], STATEMENT, 'Unexpected: b'],
    [['statement'], STATEMENT, 'one of the two'],
    [['statement', 'a'], { ...STATEMENT, date: '2027-01-15' }, 'one of the two'],
    [['statement', 'a'], { ...STATEMENT, account: '' }, '--account is missing'],
    [['statement', 'a'], { ...STATEMENT, channel: '' }, '--channel is missing'],
    [['statement', 'a'], { ...STATEMENT, account: 'alipay/a1' }, '--channel stripe: the account is at alipay'],
    [['statement', 'a'], { ...STATEMENT, account: 'stripe/a1/b' }, 'must be CHANNEL/ACCOUNT'],
    [['statement', 'a'], { ...STATEMENT, account: '/a1' }, 'must be CHANNEL/ACCOUNT'],
    [['statement', 'a'], { ...STATEMENT, merchant: '' }, '--merchant is missing'],
    [['unmatched'], {}, '--merchant is missing'],
    [['file'], { debtor: 'd' }, '--out is missing'],
    [['file'], { out: 'o' }, '--debtor is missing'],
    [['file'], { out: 'o', debtor: 'd', format: 'xls' }, 'must be pain.001 or csv'],
    [['file'], { out: 'o', debtor: 'd', id: 'pf_1' }, 'has its own'],
    [['confirm'], {}, 'The id of the payout file is missing'],
    [['confirm', 'pf_1'], { merchant: 'acct_1' }, '--merchant: not an option of confirm'],
  ])('refuses %j %j', (positionals, values, reason) => {
    expect(argumentsOf(positionals, values)).toContain(reason);
  });
});
