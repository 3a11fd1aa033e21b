/** A line of a statement whose members agree with each other, so that booking it needs no further check. */
import { type StatementLine, StatementRefused } from '../channels/port/statement.ts';
import { type Currency, parseCurrency } from '../kernel/money.ts';
import { exact, exactOf, isBelowOneUnit } from './exact.ts';

export interface CheckedLine extends Omit<StatementLine, 'currency' | 'netCurrency' | 'fee'> {
  readonly currency: Currency;
  readonly netCurrency: Currency;
  /** Exact, of the major unit of `netCurrency` (exact.ts). */
  readonly fee: bigint;
}

/** Times that a key can begin with. */
const LATEST_MS = 62 ** 7;
/** Minor units; a larger amount is a fault of the file. */
const LARGEST = 10n ** 15n;

/** @throws StatementRefused where the parser or the file breaks what port/statement.ts states of a line */
export function checkedLine(line: StatementLine): CheckedLine {
  const refuse = (reason: string): never => {
    throw new StatementRefused(reason, line.at);
  };
  const currency = parseCurrency(line.currency) ?? refuse(`the currency ${line.currency} is not known`);
  const netCurrency = parseCurrency(line.netCurrency) ?? refuse(`the currency ${line.netCurrency} is not known`);
  const fee = exact(line.fee) ?? refuse('the fee is no decimal of at most 12 digits');
  if (line.id.length === 0 || line.id.length > 200)
    refuse('the name of the line is empty, or longer than 200 characters');
  if (!Number.isSafeInteger(line.occurredMs) || line.occurredMs < 0 || line.occurredMs >= LATEST_MS)
    refuse('the time of the line is none');
  for (const amount of [line.gross, line.net])
    if (amount > LARGEST || amount < -LARGEST) refuse('an amount of the line is too large');
  if (currency === netCurrency && !isBelowOneUnit(exactOf(line.gross - line.net, currency) - fee, currency))
    refuse('gross, fee and net do not agree');
  if (currency !== netCurrency && (line.type === 'fee' || line.type === 'payout'))
    refuse(`a ${line.type} in two currencies is not known`);
  return { ...line, currency, netCurrency, fee };
}

/** What the line says of money, as text: two lines of one name must say the same. */
export const moneyOfLine = ({ type, gross, currency, fee, net, netCurrency }: CheckedLine): string =>
  [type, gross, currency, fee, net, netCurrency].join(' ');
