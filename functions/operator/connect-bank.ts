/** A live merchant's bank account, as an operator enters it: its payouts leave in payout files from then on. */
import { FILE_BANK } from '../channels/file/bank.ts';
import type { RandomText, Scope } from '../kernel/ids.ts';
import { type BankDetails, last4Of } from '../merchants/bank-details.ts';
import type { BankAccount } from '../merchants/merchant.ts';
import { loadSettings, type ScopeEntry, writeSettings } from '../merchants/store.ts';
import { tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import { CommandError } from './command-error.ts';

export interface ConnectBankDeps {
  readonly table: Table;
  readonly random: RandomText;
  /** The details as settings keep them: encrypted for exactly this bank account. */
  readonly encryptBank: (scope: Scope, id: BankAccount['id'], details: BankDetails) => Promise<string>;
}

/**
 * Connects the account. It is another object than the one before, so it is enabled; payouts that were made keep theirs. The reply shows the last four
 * characters and no more.
 * @throws CommandError in test mode, whose bank is the sandbox's, and when another command changed the settings meanwhile
 */
export async function connectBank(
  { table, random, encryptBank }: ConnectBankDeps,
  { scope, livemode }: Pick<ScopeEntry, 'scope' | 'livemode'>,
  details: BankDetails,
): Promise<{ readonly bank: { readonly id: string; readonly last4: string } }> {
  if (!livemode) throw new CommandError('bank: payouts of test mode go to the sandbox’s bank; use --bank-last4');
  const old = await loadSettings(table, scope);
  const id: BankAccount['id'] = `ba_${random(24)}`;
  const bankAccount: BankAccount = {
    id,
    holder: details.holder,
    bankName: details.bank_name ?? '',
    country: details.country,
    last4: last4Of(details),
    encrypted: await encryptBank(scope, id, details),
  };
  const next = { ...old, version: old.version + 1, bankAccount, payoutAccount: FILE_BANK };
  if (!(await tryCommit(table, writeSettings(scope, next))))
    throw new CommandError('bank: another command changed the settings; try again');
  return { bank: { id, last4: bankAccount.last4 } };
}
