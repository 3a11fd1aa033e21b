/** A merchant's further account at the sandbox. Accounts at other channels are connected by `npm run channel` (channels.ts). */
import { MAXIMUM_ACCOUNTS } from '../merchants/accounts.ts';
import { loadSettings, type ScopeEntry, writeSettings } from '../merchants/store.ts';
import { tryCommit } from '../table/commit.ts';
import { CommandError } from './command-error.ts';
import { type MerchantsDeps, openTestAccount } from './create.ts';
import { accountNames } from './settings.ts';

/**
 * Opens an account, which is tried after those that the merchant has.
 * @throws CommandError in live mode, for one more than a merchant may have, or when another command changed the settings meanwhile
 */
export async function addAccount(
  deps: MerchantsDeps,
  { scope, livemode }: Pick<ScopeEntry, 'scope' | 'livemode'>,
): Promise<{ readonly accounts: readonly string[] }> {
  if (livemode)
    throw new CommandError(
      'add-account: the sandbox has no live mode; connect a channel by npm run channel -- add --live',
    );
  const old = await loadSettings(deps.table, scope);
  if (old.accounts.length >= MAXIMUM_ACCOUNTS)
    throw new CommandError(
      `add-account: the merchant has ${MAXIMUM_ACCOUNTS} accounts, which is the most there may be`,
    );
  const account = await openTestAccount(deps, scope, { further: true });
  const next = { ...old, version: old.version + 1, accounts: [...old.accounts, account] };
  if (!(await tryCommit(deps.table, writeSettings(scope, next))))
    throw new CommandError('add-account: another command changed the settings; try again');
  return { accounts: accountNames(next) };
}
