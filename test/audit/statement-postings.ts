/** I18: the entries that a booked statement makes, derived by the auditor from the record alone. */
import type { Statement } from '../../functions/statements/record.ts';
import { type Move, type Posting, posting } from './postings.ts';

const BANK = 'assets:bank';

/** Minor-unit digits that a statement of the tests may have. */
const DIGITS: Readonly<Record<string, bigint>> = { usd: 2n, eur: 2n, cny: 2n, jpy: 0n, kwd: 3n };

/** A decimal in steps of 10^-12 as minor units, a half rounded away from zero. */
function minor(value: bigint, currency: string): bigint {
  const step = 10n ** (12n - DIGITS[currency]!);
  const half = ((value < 0n ? -value : value) * 2n + step) / (step * 2n);
  return value < 0n ? -half : half;
}

/** What a statement books per currency: costs, what arrived, what no record explains, and what was exchanged. */
export function statementPostings(statement: Statement): readonly Posting[] {
  const { body, channel, sha256: reference, createdMs: ms, sums } = statement;
  const debt = `assets:channel:${channel}`;
  return Object.entries(sums)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([currency, of], at) => {
      const one = { body, step: at + 1, currency, ms, reference };
      const cost = minor(of.fees, currency);
      const disputes = minor(of.disputeFees, currency) - of.expected;
      const signed = (debit: string, credit: string, amount: bigint): Move =>
        amount < 0n ? [credit, debit, -amount] : [debit, credit, amount];
      const costs = [
        signed('expense:channel_cost', debt, cost),
        signed('expense:dispute_cost', debt, disputes),
        signed('expense:recon_rounding', debt, of.kept - cost - disputes),
      ];
      const made: readonly (readonly [string, readonly Move[]])[] = [
        ['channel_costs', costs],
        ['channel_settled', [signed(BANK, debt, of.settled)]],
        [
          'suspended',
          [
            [debt, `liab:suspense_over:${channel}`, of.over],
            [`assets:suspense_short:${channel}`, debt, of.short],
          ],
        ],
        ['exchanged', [signed(debt, 'fx:position', of.exchanged)]],
      ];
      return made
        .filter(([, list]) => list.some(([, , amount]) => amount !== 0n))
        .map(([type, list]) => posting({ ...one, type, moves: list }));
    });
}
