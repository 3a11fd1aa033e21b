/** Payouts that a merchant asks for: create, cancel; and the metadata of any. */

import { noSuch, noSuchReference, refused } from '../api/errors.ts';
import { racesLost } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata, noParams } from '../api/params.ts';
import type { ChannelAccount } from '../channels/port/port.ts';
import { addBankingDays, dateOf, startOfDate } from '../kernel/calendar.ts';
import { balanceKey, periodKey } from '../ledger/keys.ts';
import { isOpenAt, journalPut, loadBalance } from '../ledger/store.ts';
import { minimumPayoutOf } from '../merchants/terms.ts';
import { commitNamed, LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { firstVersion, nextRecord, requestOf } from '../table/record.ts';
import { atLeast, type Write } from '../table/table.ts';
import { bankIsEnabled, disabledBecause } from './bank-account.ts';
import type { PayoutsDeps } from './deps.ts';
import { payoutCreatedEntry } from './entries.ts';
import {
  assertPayable,
  type CreatePayoutParams,
  createPayoutParams,
  type UpdatePayoutParams,
  updatePayoutParams,
} from './params.ts';
import { canceled, isAutomatic, isCancelable, type Payout } from './payout.ts';
import { loadPayout, payoutById, putPayout } from './store.ts';
import { renderPayout } from './wire.ts';

const replyOf = (payout: Payout): Reply => ({ status: 200, body: renderPayout(payout) });

/** The payout in the path. @throws 404 */
export async function payoutInPath(deps: Pick<PayoutsDeps, 'table'>, call: Omit<Call, 'lock'>): Promise<Payout> {
  const id = call.path.id ?? '';
  const payout = await payoutById(deps.table, call.caller.scope, id);
  if (!payout) throw noSuch('payout', id);
  return payout;
}

/**
 * Pays out available funds. One transaction takes them from `available` (I8), makes the payout and posts it; the janitor orders it at the
 * bank after that, so until then it can be canceled.
 * @throws 400 balance_insufficient, payouts_not_allowed while the bank account is disabled, amount_too_small below the merchant's minimum payout; resource_missing for another destination than the merchant's bank account
 * @see https://docs.stripe.com/api/payouts/create
 */
async function create(deps: PayoutsDeps, call: Call<CreatePayoutParams>): Promise<Reply> {
  const { caller, lock, params } = call;
  const { settings, scope } = caller;
  // A try of this request that died may have made it: it is the same payout, whatever became of it since.
  const earlier = lock.resumed ? await loadPayout(deps.table, scope, lock.objectKey) : undefined;
  if (earlier) return replyOf(earlier);
  if (params.destination !== undefined && params.destination !== settings.bankAccount.id)
    throw noSuchReference('external account', params.destination, 'destination');
  const minimum = minimumPayoutOf(settings, params.currency);
  if (params.amount < minimum)
    throw refused(`The amount must be at least ${minimum}, the minimum payout in ${params.currency}.`, {
      code: 'amount_too_small',
      param: 'amount',
    });
  const { payoutAccount } = settings;
  if (!payoutAccount)
    throw refused('No bank account is connected for payouts: the operator of the platform has to enter it.');
  return retryRaces(async () => {
    await assertBankEnabled(deps, call);
    const payout = requested(deps, call, payoutAccount);
    const conflict = await commitNamed(deps.table, creationWrites(payout));
    if (!conflict) return replyOf(payout);
    const made = await loadPayout(deps.table, scope, lock.objectKey);
    if (made) return replyOf(made);
    if (conflict.on === 'balance') await assertFunded(deps, payout);
    // Otherwise a close came between: made again, with a time behind it.
    return LOST;
  }, racesLost);
}

/** @throws 400 payouts_not_allowed while the bank account is disabled */
async function assertBankEnabled(deps: PayoutsDeps, { caller }: Call): Promise<void> {
  const { scope, settings } = caller;
  const code = await disabledBecause(deps.table, scope, settings.bankAccount);
  if (code === undefined) return;
  throw refused(
    `The bank account ${settings.bankAccount.id} is disabled because a payout to it failed (${code}). Payouts go on once the operator of the platform has changed it.`,
    { code: 'payouts_not_allowed' },
  );
}

function requested(deps: PayoutsDeps, call: Call<CreatePayoutParams>, account: ChannelAccount): Payout {
  const { caller, lock, params } = call;
  const { scope, settings } = caller;
  const nowMs = deps.clock.nowMs();
  const today = dateOf(nowMs, settings.timeZone);
  return {
    ...firstVersion(call, nowMs),
    status: 'pending',
    amount: params.amount,
    currency: params.currency,
    arrivalMs: startOfDate(addBankingDays(today, 1, params.currency), settings.timeZone),
    bank: settings.bankAccount,
    merchant: settings.merchant,
    account,
    reference: `${scope}${lock.objectKey}`,
    ...(params.description !== undefined && { description: params.description }),
    ...(params.statement_descriptor !== undefined && { statementDescriptor: params.statement_descriptor }),
    metadata: params.metadata ?? {},
    request: requestOf(call),
  };
}

/** `balance` is the write that may find too little money. */
type CreationWrites = Readonly<Record<'balance' | 'payout' | 'entry' | 'period' | 'bank', Write>>;

function creationWrites(payout: Payout): CreationWrites {
  const { scope, currency, amount, createdMs } = payout;
  return {
    balance: {
      kind: 'update',
      table: 'ledger',
      key: balanceKey(scope, currency),
      add: { available: -amount, v: 1 },
      when: atLeast('available', amount),
    },
    payout: putPayout(undefined, payout),
    entry: journalPut(scope, payoutCreatedEntry(payout)),
    period: {
      kind: 'check',
      table: 'ledger',
      key: periodKey(scope),
      when: isOpenAt(createdMs),
    },
    bank: bankIsEnabled(scope, payout.bank),
  };
}

/** The balance could not give the amount: a refusal, unless it was only a race. */
async function assertFunded(deps: PayoutsDeps, { scope, currency, amount }: Payout): Promise<void> {
  const balance = await loadBalance(deps.table, scope, currency);
  if ((balance?.available ?? 0n) >= amount) return;
  throw refused('You have insufficient funds in your available balance for this payout.', {
    code: 'balance_insufficient',
  });
}

/** The payout as `change` makes it, from what is there now; `undefined` from it leaves everything as it is. */
async function changed(
  deps: PayoutsDeps,
  loaded: Payout,
  change: (payout: Payout) => Payout | undefined,
): Promise<Payout> {
  let current = loaded;
  return retryRaces(async () => {
    const next = change(current);
    if (!next) return current;
    if (await tryCommit(deps.table, putPayout(current, next))) return next;
    current = (await loadPayout(deps.table, loaded.scope, loaded.body)) ?? current;
    return LOST;
  }, racesLost);
}

/**
 * Cancels a payout whose order has not begun. The books return the money with the same commit.
 * @throws 400 for one that is automatic, ordered, or at its end
 * @see https://docs.stripe.com/api/payouts/cancel
 */
async function cancel(deps: PayoutsDeps, call: Call, loaded: Payout): Promise<Reply> {
  const ours = (payout: Payout): boolean =>
    payout.status === 'canceled' && call.lock.resumed && payout.request?.idempotencyKey === call.lock.key;
  const payout = await changed(deps, loaded, (current) => {
    // Called off by a try of this request that died.
    if (ours(current)) return undefined;
    if (!isCancelable(current)) throw refused(notCancelable(current));
    return canceled(current, deps.clock.nowMs(), requestOf(call));
  });
  return replyOf(payout);
}

function notCancelable(payout: Payout): string {
  if (isAutomatic(payout)) return 'Automatic payouts cannot be canceled.';
  return payout.status === 'pending'
    ? 'This payout cannot be canceled: it is being sent to the bank.'
    : `This payout cannot be canceled because it has a status of ${payout.status}. Only a payout with the status pending may be canceled.`;
}

/** @see https://docs.stripe.com/api/payouts/update */
async function update(deps: PayoutsDeps, call: Call<UpdatePayoutParams>, loaded: Payout): Promise<Reply> {
  const { metadata: change } = call.params;
  const payout = await changed(deps, loaded, (current) => {
    if (change === undefined) return undefined;
    const metadata = changedMetadata(current.metadata ?? {}, change);
    if (JSON.stringify(metadata) === JSON.stringify(current.metadata ?? {})) return undefined;
    return nextRecord(current, deps.clock.nowMs(), { metadata }, requestOf(call));
  });
  return replyOf(payout);
}

const returns = { object: 'payout' };
const one = '/v1/payouts/{id}';

const createPayout: Operation<PayoutsDeps, CreatePayoutParams> = {
  method: 'POST',
  path: '/v1/payouts',
  params: createPayoutParams,
  check: assertPayable,
  returns,
  run: create,
};
const cancelPayout: Operation<PayoutsDeps, object, Payout> = {
  method: 'POST',
  path: `${one}/cancel`,
  params: noParams,
  returns,
  read: payoutInPath,
  run: cancel,
};
const updatePayout: Operation<PayoutsDeps, UpdatePayoutParams, Payout> = {
  method: 'POST',
  path: one,
  params: updatePayoutParams,
  returns,
  read: payoutInPath,
  run: update,
};

export const payoutRequests = [createPayout, cancelPayout, updatePayout] as const;
