/** What a merchant reads of their books: balance, balance transactions, accounts. */
import * as z from 'zod/mini';
import type { Clock } from '../shared/clock.ts';
import { noSuch } from '../shared/errors.ts';
import { shardsOf } from '../shared/ids.ts';
import { listShards } from '../shared/list.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { currency, type ListParams, listShape, named, noParams } from '../shared/params.ts';
import type { Table } from '../shared/table.ts';
import { readBooks } from './books.ts';
import { journalPartition, parseTransactionId } from './keys.ts';
import { entryById, entryOf, loadPeriod } from './store.ts';
import { renderAccounts, renderBalance, renderTransaction, TYPES, totalsOf } from './wire.ts';

export interface LedgerDeps {
  readonly table: Table;
  readonly clock: Clock;
}

/**
 * The balance now.
 * @see https://docs.stripe.com/api/balance/balance_retrieve
 */
async function balance(deps: LedgerDeps, { caller }: Call): Promise<Reply> {
  const { scope, settings, livemode } = caller;
  const books = await readBooks(deps.table, scope, settings.shards, deps.clock.nowMs());
  return {
    status: 200,
    body: renderBalance(livemode, settings.defaultCurrency, books.balances, totalsOf(books.period, books.open)),
  };
}

/** Ours: every ledger account of this merchant and mode, debits − credits; per currency they sum to zero (I2). */
async function ledgerAccounts(deps: LedgerDeps, { caller }: Call): Promise<Reply> {
  const books = await readBooks(deps.table, caller.scope, caller.settings.shards, deps.clock.nowMs());
  const data = renderAccounts(totalsOf(books.period, books.open));
  return { status: 200, body: { object: 'list', data, has_more: false, url: '/v1/ledger/accounts' } };
}

const transactionListParams = z.strictObject({
  ...listShape,
  type: z.optional(named(100)),
  source: z.optional(named()),
  currency: z.optional(currency),
});
type TransactionListParams = ListParams & {
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly currency?: string | undefined;
};

/** @see https://docs.stripe.com/api/balance_transactions/list */
async function listTransactions(deps: LedgerDeps, call: Call<TransactionListParams>): Promise<Reply> {
  const { caller, params } = call;
  const period = await loadPeriod(deps.table, caller.scope);
  const page = await listShards(deps.table, {
    tableName: 'ledger',
    partitions: shardsOf(caller.settings.shards).map((shard) => journalPartition(caller.scope, shard)),
    params,
    skOf: (id) => parseTransactionId(id)?.sk,
    exists: async (id) => (await entryById(deps.table, caller.scope, id))?.transaction !== undefined,
    object: 'balance_transaction',
    decode: entryOf,
    keep: ({ transaction, currency: inCurrency }) =>
      transaction !== undefined &&
      (params.type === undefined || TYPES[transaction.type] === params.type) &&
      (params.source === undefined || transaction.source === params.source) &&
      (params.currency === undefined || inCurrency === params.currency),
  });
  const data = page.items.map((entry) => renderTransaction(entry, period));
  return { status: 200, body: { object: 'list', data, has_more: page.hasMore, url: '/v1/balance_transactions' } };
}

/** @see https://docs.stripe.com/api/balance_transactions/retrieve */
async function retrieveTransaction(deps: LedgerDeps, { caller, path }: Call): Promise<Reply> {
  const id = path.id ?? '';
  const [entry, period] = await Promise.all([
    entryById(deps.table, caller.scope, id),
    loadPeriod(deps.table, caller.scope),
  ]);
  if (!entry?.transaction) throw noSuch('balance_transaction', id);
  return { status: 200, body: renderTransaction(entry, period) };
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
const transaction = { object: 'balance_transaction' };
const listBalanceTransactions: Operation<LedgerDeps, TransactionListParams> = {
  method: 'GET',
  path: '/v1/balance_transactions',
  params: transactionListParams,
  returns: { ...transaction, list: true },
  run: listTransactions,
};
const retrieveBalanceTransaction: Operation<LedgerDeps, object> = {
  method: 'GET',
  path: '/v1/balance_transactions/{id}',
  params: noParams,
  returns: transaction,
  run: retrieveTransaction,
};

export const ledgerOperations = [
  retrieveBalance,
  listAccounts,
  listBalanceTransactions,
  retrieveBalanceTransaction,
] as const;
