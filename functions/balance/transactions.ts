/**
 * Balance transactions: retrieve and list. What an object or a payout is behind of is known by name, so those lists look nothing up but
 * what they show; the others walk the journal.
 */
import * as z from 'zod/mini';
import { noSuch } from '../api/errors.ts';
import { listBody, listShards, pageOf, rangeOf } from '../api/list.ts';
import type { Call, Caller, Operation, Reply } from '../api/operation.ts';
import { currency, type ListParams, listShape, nonEmpty, noParams } from '../api/params.ts';
import { fromBase62, shardsOf } from '../kernel/ids.ts';
import { type JournalEntry, transactionType } from '../ledger/entry.ts';
import { journalPartition, parseTransactionId, transactionIdOf } from '../ledger/keys.ts';
import { entryById, entryOf, loadSettled } from '../ledger/store.ts';
import { renderTransaction, TYPES } from '../ledger/wire.ts';
import { entriesAhead } from '../stream/ahead.ts';
import type { LedgerDeps } from './deps.ts';
import { type ListedTransaction, transactionsOfPayout, transactionsOfSource } from './listed-transactions.ts';

const listParams = z.strictObject({
  ...listShape,
  type: z.optional(nonEmpty(100)),
  source: z.optional(nonEmpty()),
  currency: z.optional(currency),
  payout: z.optional(nonEmpty()),
});
type TransactionListParams = ListParams & {
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly currency?: string | undefined;
  readonly payout?: string | undefined;
};

/**
 * @throws 400 for a payout that is not there, or that no settlement made
 * @see https://docs.stripe.com/api/balance_transactions/list
 */
async function list(deps: LedgerDeps, call: Call<TransactionListParams>, path: string): Promise<Reply> {
  const { caller, params } = call;
  const { payout, source } = params;
  const books = await loadSettled(deps.table, caller.scope);
  const page =
    payout !== undefined
      ? await pageOfListed(deps, call, await transactionsOfPayout(deps, caller.scope, payout))
      : source !== undefined
        ? await pageOfListed(deps, call, await transactionsOfSource(deps.table, caller.scope, source))
        : await walked(deps, call);
  const body = listBody(page, path, (entry) => renderTransaction(entry, books, caller.settings));
  return { status: 200, body };
}

async function walked(deps: LedgerDeps, { caller, params }: Call<TransactionListParams>) {
  const { created, starting_after: after } = params;
  const { to } = rangeOf(created, after === undefined ? undefined : parseTransactionId(after)?.sk, undefined);
  const ahead = new Map((await entriesAhead(deps, caller, to)).map(({ key, entry }) => [key.sk, entry]));
  return listShards(deps.table, {
    tableName: 'ledger',
    partitions: shardsOf(caller.settings.shards).map((shard) => journalPartition(caller.scope, shard)),
    params,
    skOf: (id) => parseTransactionId(id)?.sk,
    exists: async (id) => (await find(deps, caller, id))?.transaction !== undefined,
    object: 'balance_transaction',
    ahead: { places: [...ahead.keys()] },
    decode: (item) => (item.doc === undefined ? ahead.get(item.sk)! : entryOf(item)),
    keep: ({ transaction, currency: inCurrency }) =>
      transaction !== undefined &&
      (params.type === undefined || TYPES[transactionType(transaction)] === params.type) &&
      (params.currency === undefined || inCurrency === params.currency),
  });
}

/** The entry that `txn_…` names, also while it is on its way to the journal. */
async function find(
  deps: LedgerDeps,
  caller: Pick<Caller, 'scope' | 'settings'>,
  id: string,
): Promise<JournalEntry | undefined> {
  const sk = parseTransactionId(id)?.sk;
  if (sk === undefined) return undefined;
  const stored = await entryById(deps.table, caller.scope, id);
  return stored ?? (await entriesAhead(deps, caller, sk)).find(({ entry }) => transactionIdOf(entry) === id)?.entry;
}

/** In the order of the journal: by time, then by the rest of the key. */
const sortKeyOf = ({ id }: ListedTransaction): string => parseTransactionId(id)!.sk;
const createdSecondsOf = ({ id }: ListedTransaction): number =>
  Math.floor(fromBase62(sortKeyOf({ id } as ListedTransaction).slice(0, 7)) / 1000);

async function pageOfListed(
  deps: LedgerDeps,
  { caller, params }: Call<TransactionListParams>,
  all: readonly ListedTransaction[],
) {
  const wanted = all
    .filter(({ type }) => params.type === undefined || TYPES[type] === params.type)
    .filter(({ source }) => params.source === undefined || source === params.source)
    .filter((one) => params.currency === undefined || one.currency === params.currency)
    .sort((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? 1 : -1));
  const page = pageOf(wanted, { params, object: 'balance_transaction', idOf: ({ id }) => id, createdSecondsOf });
  const entries = await Promise.all(
    page.items.map(async ({ id, entry }) => (await entryById(deps.table, caller.scope, id)) ?? entry),
  );
  return { ...page, items: entries.filter((entry): entry is JournalEntry => entry?.transaction !== undefined) };
}

/** @see https://docs.stripe.com/api/balance_transactions/retrieve */
async function retrieve(deps: LedgerDeps, { caller, path }: Call): Promise<Reply> {
  const id = path.id ?? '';
  const [entry, books] = await Promise.all([find(deps, caller, id), loadSettled(deps.table, caller.scope)]);
  if (!entry?.transaction) throw noSuch('balance_transaction', id);
  return { status: 200, body: renderTransaction(entry, books, caller.settings) };
}

const returns = { object: 'balance_transaction' };

/** `balance/history` is the older name of the list. */
export const balanceTransactionOperations = ['/v1/balance_transactions', '/v1/balance/history'].flatMap((path) => {
  const listAll: Operation<LedgerDeps, TransactionListParams> = {
    method: 'GET',
    path,
    params: listParams,
    returns: { ...returns, list: true },
    run: (deps, call) => list(deps, call, path),
  };
  const retrieveOne: Operation<LedgerDeps, object> = {
    method: 'GET',
    path: `${path}/{id}`,
    params: noParams,
    returns,
    run: retrieve,
  };
  return [listAll, retrieveOne] as const;
});
