/** What the lines of a statement book: golden sums and entries, with fees that have fractions of a minor unit. */
import { describe, expect, it } from 'vitest';
import type { StatementLine } from '../../../functions/channels/port/statement.ts';
import type { Scope } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { assertBalanced } from '../../../functions/ledger/entry.ts';
import { checkedLine, moneyOfLine } from '../../../functions/statements/checked-line.ts';
import { exact, exactOf, exactText, minorOf } from '../../../functions/statements/exact.ts';
import { entriesOfStatement, type Statement, statementBody } from '../../../functions/statements/record.ts';
import { costsOf, type Sums, unroundedOf, type Verdict, withLine } from '../../../functions/statements/sums.ts';

const [USD, CNY, JPY, KWD] = ['usd', 'cny', 'jpy', 'kwd'].map((code) => parseCurrency(code)!) as [
  NonNullable<ReturnType<typeof parseCurrency>>,
  NonNullable<ReturnType<typeof parseCurrency>>,
  NonNullable<ReturnType<typeof parseCurrency>>,
  NonNullable<ReturnType<typeof parseCurrency>>,
];
const BOOKED: Verdict = { as: 'booked' };
const UNKNOWN: Verdict = { as: 'suspended', reason: 'unknown' };

const line = (
  type: StatementLine['type'],
  gross: bigint,
  fee: string,
  net: bigint,
  more: Partial<StatementLine> = {},
) =>
  checkedLine({
    type,
    id: `${type}-${gross}-${net}`,
    gross,
    currency: 'usd',
    fee,
    net,
    netCurrency: more.currency ?? 'usd',
    occurredMs: 1,
    at: { line: 1 },
    ...more,
  });

const summed = (...lines: readonly (readonly [ReturnType<typeof line>, Verdict])[]): Sums =>
  lines.reduce((sums: Sums, [one, verdict]) => withLine(sums, one, verdict), {});

function statementOf(sums: Sums): Statement {
  const of = { channel: 'chA', account: 'a1', sha256: 'f'.repeat(64) };
  const lines = { read: 0, booked: 0, suspended: 0, known: 0 };
  return { ...of, scope: 'Scope001' as Scope, body: statementBody(of, 5), lines, sums, createdMs: 5 };
}

const entriesIn = (sums: Sums): readonly string[] =>
  entriesOfStatement(statementOf(sums)).map((entry) => {
    assertBalanced(entry);
    const legs = entry.legs.map(({ side, account, amount }) => `${side === 'debit' ? 'D' : 'C'} ${account} ${amount}`);
    return `${entry.type}#${entry.step} ${entry.currency}: ${legs.join('; ')}`;
  });

describe('exact decimals', () => {
  it.each([
    ['0.38000', 380_000_000_000n, '0.38'],
    ['-1.005', -1_005_000_000_000n, '-1.005'],
    ['12', 12_000_000_000_000n, '12.00'],
    ['0.000000000001', 1n, '0.000000000001'],
  ])('read %s and write it', (text, value, written) => {
    expect([exact(text), exactText(value)]).toEqual([value, written]);
  });

  it.each(['', '1.', '.5', '1e3', '0.0000000000001', '1 ', '+1', '--1', '1,5'])('refuse %j', (text) => {
    expect(exact(text)).toBeUndefined();
  });

  it('round half up to minor units of the currency, and away from zero below it', () => {
    expect([minorOf(exact('0.005')!, USD), minorOf(exact('0.00499')!, USD), minorOf(exact('-0.005')!, USD)]).toEqual([
      1n,
      0n,
      -1n,
    ]);
    expect([minorOf(exact('0.5')!, JPY), minorOf(exact('0.0005')!, KWD), exactOf(5n, KWD)]).toEqual([
      1n,
      1n,
      exact('0.005'),
    ]);
  });
});

describe('the sums of a statement', () => {
  it('book costs and what arrived: the receivable of the settled lines is zero (j02, j04, j08 of the golden entries)', () => {
    const sums = summed(
      [line('payment', 10_000n, '1.80', 9_820n), BOOKED],
      [line('payment', 6_000n, '1.08', 5_892n), BOOKED],
      [line('payout', -15_712n, '0', -15_712n), BOOKED],
    );

    expect(entriesIn(sums)).toEqual([
      'channel_costs#1 usd: D expense:channel_cost 288; C assets:channel:chA 288',
      'channel_settled#1 usd: D assets:bank 15712; C assets:channel:chA 15712',
    ]);
  });

  it('round the exact sum of the fees once, and book what the channel rounds per line apart', () => {
    // Three fees of 0.0054: 0.0162 in all, of which the channel keeps 0.01 each time.
    const one = (id: string) => line('payment', 90n, '0.0054', 89n, { id, currency: 'cny' });
    const sums = summed([one('a'), BOOKED], [one('b'), BOOKED], [one('c'), BOOKED]);

    expect(costsOf(CNY, sums.cny!)).toEqual({ cost: 2n, disputeCost: 0n, rounding: 1n });
    expect(exactText(unroundedOf(CNY, sums.cny!))).toBe('-0.0038');
    expect(entriesIn(sums)).toEqual([
      'channel_costs#1 cny: D expense:channel_cost 2; C assets:channel:chA 2; D expense:recon_rounding 1; C assets:channel:chA 1',
    ]);
  });

  it('give a fee back that a refund returns', () => {
    expect(entriesIn(summed([line('refund', -1_000n, '-0.06', -994n), BOOKED]))).toEqual([
      'channel_costs#1 usd: D assets:channel:chA 6; C expense:channel_cost 6',
    ]);
  });

  it.each([
    ['in the fee', line('fee', 0n, '2.50', -250n)],
    ['in the gross', line('fee', -250n, '0', -250n)],
  ])('book a fee that is %s', (_where, fee) => {
    expect(entriesIn(summed([fee, BOOKED]))).toEqual([
      'channel_costs#1 usd: D expense:channel_cost 250; C assets:channel:chA 250',
    ]);
  });

  it('book of a dispute what the channel keeps beyond the fee that the dispute booked', () => {
    const verdict: Verdict = { as: 'booked', expectedFee: 1_500n };
    expect(entriesIn(summed([line('dispute', -7_500n, '15.00', -9_000n), verdict]))).toEqual([]);
    expect(entriesIn(summed([line('dispute', -7_500n, '20.00', -9_500n), verdict]))).toEqual([
      'channel_costs#1 usd: D expense:dispute_cost 500; C assets:channel:chA 500',
    ]);
    expect(entriesIn(summed([line('dispute_reversed', 7_500n, '-15.00', 9_000n), BOOKED]))).toEqual([
      'channel_costs#1 usd: D assets:channel:chA 1500; C expense:dispute_cost 1500',
    ]);
  });

  it('put what no record explains into suspense, both ways, with its fee as a cost (j26, j28)', () => {
    const sums = summed(
      [line('payment', 4_200n, '0.76', 4_124n), UNKNOWN],
      [line('refund', -3_000n, '0', -3_000n), UNKNOWN],
      [line('adjustment', 5n, '0', 5n), { as: 'suspended', reason: 'adjustment' }],
    );

    expect(entriesIn(sums)).toEqual([
      'channel_costs#1 usd: D expense:channel_cost 76; C assets:channel:chA 76',
      'suspended#1 usd: D assets:channel:chA 4205; C liab:suspense_over:chA 4205; D assets:suspense_short:chA 3000; C assets:channel:chA 3000',
    ]);
  });

  it('book a negative settlement as what the channel takes from the bank (j32)', () => {
    expect(entriesIn(summed([line('payout', 7_381n, '0', 7_381n), BOOKED]))).toEqual([
      'channel_settled#1 usd: D assets:channel:chA 7381; C assets:bank 7381',
    ]);
  });

  it('move what the channel exchanged through the position of both currencies, each balanced', () => {
    const sums = summed([line('payment', 10_000n, '3.20', 9_009n, { netCurrency: 'eur', rate: '0.9329' }), BOOKED]);

    expect(entriesIn(sums)).toEqual([
      'channel_costs#1 eur: D expense:channel_cost 320; C assets:channel:chA 320',
      'exchanged#1 eur: D assets:channel:chA 9329; C fx:position 9329',
      'exchanged#2 usd: D fx:position 10000; C assets:channel:chA 10000',
    ]);
  });
});

describe('a line', () => {
  const good = {
    type: 'payment',
    id: 'a',
    gross: 100n,
    currency: 'usd',
    fee: '0.03',
    net: 97n,
    netCurrency: 'usd',
  } as const;
  const checked = (changes: Partial<StatementLine>) =>
    checkedLine({ ...good, occurredMs: 1, at: { line: 7, column: 'fee' }, ...changes });

  it('may differ from gross less fee by less than a minor unit', () => {
    expect(() => checked({ fee: '0.0399' })).not.toThrow();
    expect(() => checked({ fee: '0.0201' })).not.toThrow();
  });

  it.each([
    ['gross, fee and net do not agree', { fee: '0.04' }],
    ['gross, fee and net do not agree', { net: 98n }],
    ['the currency xyz is not known', { currency: 'xyz' }],
    ['the currency xyz is not known', { netCurrency: 'xyz' }],
    ['the fee is no decimal', { fee: 'free' }],
    ['the name of the line is empty', { id: '' }],
    ['longer than 200', { id: 'x'.repeat(201) }],
    ['the time of the line is none', { occurredMs: Number.NaN }],
    ['the time of the line is none', { occurredMs: 62 ** 7 }],
    ['too large', { gross: 10n ** 16n }],
    ['a payout in two currencies', { type: 'payout', netCurrency: 'eur' }],
  ] as const)('is refused: %s', (reason, changes) => {
    expect(() => checked(changes)).toThrow(new RegExp(`^line 7, fee: .*${reason}`));
  });

  it('says its money as text', () => {
    expect(moneyOfLine(checked({}))).toBe('payment 100 usd 30000000000 97 usd');
  });
});
