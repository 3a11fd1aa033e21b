/** What `expand[]` may load of the caller's own account: there is no other. */
import { listBody } from '../api/list.ts';
import type { Caller, Loaders } from '../api/operation.ts';
import { disabledBecause } from '../payouts/bank-account.ts';
import type { Table } from '../table/table.ts';
import { renderAccount, renderBank } from './wire.ts';

export function accountLoaders(table: Pick<Table, 'get'>): Loaders {
  const disabled = ({ scope, settings }: Caller) => disabledBecause(table, scope, settings.bankAccount);
  const ownBank = async (caller: Caller) => renderBank(caller.settings, await disabled(caller));
  return {
    account: async (caller, id) =>
      id === caller.merchant ? renderAccount(caller.settings, await disabled(caller)) : undefined,
    // A bank account that payouts no longer go to is not kept.
    bank_account: async (caller, id) => (id === caller.settings.bankAccount.id ? ownBank(caller) : undefined),
    external_accounts: async (caller, id) =>
      listBody(
        { items: [await ownBank(caller)], hasMore: false },
        `/v1/accounts/${id}/external_accounts`,
        (bank) => bank,
      ),
  };
}
