/** Payout files by hand: written, read again, and confirmed. */
import { decimalText, parseCurrency } from '../kernel/money.ts';
import { confirmFile } from '../settlement/files/confirm-file.ts';
import type { Debtor, PayoutFile, PayoutFormat } from '../settlement/files/payout-file.ts';
import {
  contentOf,
  loadPayoutFile,
  type PayoutFilesDeps,
  unconfirmedFiles,
  writePayoutFile,
} from '../settlement/files/write-file.ts';
import { CommandError } from './command-error.ts';

export type FilesDeps = PayoutFilesDeps;

type Mode = 'test' | 'live';
interface OfFile {
  readonly mode: Mode;
  readonly file: string;
}

/** Stripe's payout failure codes (docs.stripe.com/api/payouts/failures). */
const FAILURE_CODES: readonly string[] = [
  'account_closed',
  'account_frozen',
  'bank_account_restricted',
  'bank_ownership_changed',
  'could_not_process',
  'debit_not_authorized',
  'declined',
  'incorrect_account_holder_address',
  'incorrect_account_holder_name',
  'incorrect_account_holder_tax_id',
  'insufficient_funds',
  'invalid_account_number',
  'invalid_currency',
  'no_account',
  'unsupported_card',
];

/** The file with its bytes. Null where no order waits, with the files that the bank may not have: one whose reply was lost is among them. */
export async function writeFile(
  deps: FilesDeps,
  { mode, format, debtor }: { readonly mode: Mode; readonly format: PayoutFormat; readonly debtor: Debtor },
): Promise<object> {
  const livemode = mode === 'live';
  const file = await writePayoutFile(deps, { livemode, format, debtor });
  return file ? withContent(deps, file) : { file: null, unconfirmed: await unconfirmedFiles(deps.table, livemode) };
}

/** The same bytes again. @throws CommandError for a file that there is not */
export const readFile = async (deps: FilesDeps, command: OfFile): Promise<object> =>
  withContent(deps, await writtenFile(deps, command));

/** @throws CommandError for a code that is none of Stripe's, and a payout that is named twice, before anything is changed */
export async function confirm(
  deps: FilesDeps,
  command: OfFile & { readonly failed: readonly string[] },
): Promise<object> {
  const failures = new Map(command.failed.map((text) => text.split(':') as [string, string]));
  if (failures.size < command.failed.length) throw new CommandError('failed: a payout is named twice');
  for (const [payout, code] of failures)
    if (!FAILURE_CODES.includes(code))
      throw new CommandError(`failed: ${payout}:${code} has no failure code (${FAILURE_CODES.join(', ')})`);
  const file = await writtenFile(deps, command);
  return { file: file.id, ...(await confirmFile(deps, file, failures)) };
}

async function writtenFile({ table }: FilesDeps, { mode, file }: OfFile): Promise<PayoutFile> {
  const found = await loadPayoutFile(table, mode === 'live', file);
  if (!found?.written) throw new CommandError(`file: there is no payout file ${file} in ${mode} mode`);
  return found;
}

async function withContent(deps: FilesDeps, file: PayoutFile): Promise<object> {
  const { id, format, written } = file;
  const { count, sha256, sums, atMs } = written!;
  const totals = Object.entries(sums).map(([code, sum]) => {
    const currency = parseCurrency(code)!;
    return { currency, amount: decimalText(sum, currency) };
  });
  return {
    file: { id, format, written: new Date(atMs).toISOString(), transfers: count, totals, sha256 },
    content: await contentOf(deps, file),
  };
}
