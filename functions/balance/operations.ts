/** What a merchant reads of their books: balance, balance transactions, accounts. */
import type { Call, Operation, Reply } from '../api/operation.ts';
import { noParams } from '../api/params.ts';
import { renderAccounts, renderBalance } from '../ledger/wire.ts';
import { readBooks } from './books.ts';
import type { LedgerDeps } from './deps.ts';
import { balanceTransactionOperations } from './transactions.ts';
import { unpostedOf } from './unposted.ts';

const currentBooks = (deps: LedgerDeps, caller: Call['caller']) =>
  readBooks(deps.table, caller.scope, caller.settings.shards, deps.clock.nowMs(), unpostedOf(deps, caller));

/**
 * The balance now.
 * @see https://docs.stripe.com/api/balance/balance_retrieve
 */
async function balance(deps: LedgerDeps, { caller }: Call): Promise<Reply> {
  const { settings, livemode } = caller;
  const books = await currentBooks(deps, caller);
  return { status: 200, body: renderBalance(livemode, settings.defaultCurrency, books.balances, books.totals) };
}

/** Ours: every ledger account of this merchant and mode, debits − credits; per currency they sum to zero (I2). */
async function ledgerAccounts(deps: LedgerDeps, { caller }: Call): Promise<Reply> {
  const books = await currentBooks(deps, caller);
  const data = renderAccounts(books.totals);
  return { status: 200, body: { object: 'list', data, has_more: false, url: '/v1/ledger/accounts' } };
}

const retrieveBalance: Operation<LedgerDeps, object> = {
  method: 'GET',
  path: '/v1/balance',
  params: noParams,
  returns: { object: 'balance' },
  run: balance,
};
const listAccounts: Operation<LedgerDeps, object> = {
  method: 'GET',
  path: '/v1/ledger/accounts',
  params: noParams,
  returns: { object: 'ledger_account', list: true },
  run: ledgerAccounts,
};
export const ledgerOperations = [retrieveBalance, listAccounts, ...balanceTransactionOperations] as const;
