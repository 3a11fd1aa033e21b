/** A payout file as CSV, for banks without pain.001: one line per transfer, amounts as decimals. Pure. */
import { stringify } from 'csv-stringify/sync';
import { amountText } from './pain001.ts';
import type { Transfer } from './payout-file.ts';

const COLUMNS = [
  'reference',
  'amount',
  'currency',
  'holder',
  'country',
  'iban',
  'account_number',
  'routing_number',
  'bic',
  'bank_name',
  'text',
] as const;

/** A cell that a spreadsheet would take for a formula is text. */
const plain = (value = ''): string => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);

export const payoutCsv = (transfers: readonly Transfer[]): string =>
  stringify(
    transfers.map(({ reference, amount, currency, to, text }) => ({
      reference,
      amount: amountText(amount, currency),
      currency: currency.toUpperCase(),
      holder: plain(to.holder),
      country: to.country,
      iban: to.iban ?? '',
      account_number: plain(to.account_number),
      routing_number: to.routing_number ?? '',
      bic: to.bic ?? '',
      bank_name: plain(to.bank_name),
      text: plain(text),
    })),
    { header: true, columns: [...COLUMNS] },
  );
