/**
 * Settling what was closed: per currency one transaction moves the net from `pending` to `available` and the reserve, releases the
 * reserve that is due or was returned, makes the payout and posts all of it. The batch item is its first write, so settling twice is
 * settling once (I9, I10).
 */

import { addBankingDays, dateOf, startOfDate } from '../kernel/calendar.ts';
import { type Scope, timeText } from '../kernel/ids.ts';
import { type Currency, stepOf } from '../kernel/money.ts';
import { accounts } from '../ledger/accounts.ts';
import { credited } from '../ledger/entry.ts';
import { balanceKey } from '../ledger/keys.ts';
import { reserveDaysOf } from '../ledger/reserve.ts';
import {
  type Balance,
  type Deferred,
  journalPut,
  loadBooks,
  loadPeriod,
  type Period,
  putPeriod,
} from '../ledger/store.ts';
import type { Settings } from '../merchants/merchant.ts';
import { minimumPayoutOf } from '../merchants/terms.ts';
import { bankIsEnabled, disabledBankKey } from '../payouts/bank-account.ts';
import { payoutCreatedEntry } from '../payouts/entries.ts';
import { namesOfAutomatic, type Payout } from '../payouts/payout.ts';
import { putPayout } from '../payouts/store.ts';
import { pagesOf } from '../table/bulk.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { pack } from '../table/pack.ts';
import { absent, equal, type Table, type Write } from '../table/table.ts';
import { type Batch, batchKey, batchOf, batchPartition, entriesOfBatch } from './batch-record.ts';
import { deferredOf, putDeferred } from './deferred.ts';
import type { SettlementDeps } from './deps.ts';
import { readManifest } from './manifest.ts';
import { addedBy, type Net, payable } from './netting.ts';
import { heldIn, settleReserve } from './reserve.ts';
import { currenciesToRelease, holdsKey, holdsOf, putHolds, type StoredHolds, withUndated } from './reserve-store.ts';

/** The batches of one closed period, in order of currency. */
export async function loadBatches(table: Table, scope: Scope, throughMs: number): Promise<readonly Batch[]> {
  const page = await table.query('ledger', {
    pk: batchPartition(scope),
    from: `${timeText(throughMs)}#`,
    to: `${timeText(throughMs)}$`,
  });
  return page.items.map(batchOf);
}

/**
 * Settles the currencies of the period closed through `throughMs`; the ones that are settled stay as they are. `asDue`: a currency in which the
 * period's date is not due yet is put off until it is. Also settles what earlier periods put off and is due by now; its batches come first.
 */
export async function settle(
  deps: SettlementDeps,
  scope: Scope,
  throughMs: number,
  asDue: boolean,
): Promise<readonly Batch[]> {
  const earlier = await settleDeferred(deps, scope, asDue);
  return [...earlier, ...(await settlePeriod(deps, scope, throughMs, asDue))];
}

async function settleDeferred(deps: SettlementDeps, scope: Scope, asDue: boolean): Promise<readonly Batch[]> {
  const { period, deferred } = await loadBooks(deps.table, scope);
  const nowMs = deps.clock.nowMs();
  const due = deferred.filter(({ dueMs: atMs }) => !asDue || atMs <= nowMs);
  if (!period || due.length === 0) return [];
  const settings = await deps.settings(scope);
  const batches: Batch[] = [];
  for (const { throughMs, afterMs, manifest, currency } of due) {
    const { nets } = await readManifest(deps.files, manifest);
    const its = { ...period, sealedThroughMs: throughMs, previousMs: afterMs, manifest };
    await settleCurrency(
      deps,
      settings,
      its,
      currency,
      nets.find((net) => net.currency === currency),
    );
    batches.push(...(await loadBatches(deps.table, scope, throughMs)).filter((batch) => batch.currency === currency));
  }
  return batches;
}

async function settlePeriod(
  deps: SettlementDeps,
  scope: Scope,
  throughMs: number,
  asDue: boolean,
): Promise<readonly Batch[]> {
  const { period, balances } = await loadBooks(deps.table, scope);
  // Nothing can be closed after a period before that one is settled.
  if (period?.sealedThroughMs !== throughMs || period.settledThroughMs >= throughMs)
    return loadBatches(deps.table, scope, throughMs);
  const manifest = await readManifest(deps.files, period.manifest);
  const settings = await deps.settings(scope);
  const nets = new Map(manifest.nets.map((net) => [net.currency, net]));
  const currencies = new Set([
    ...nets.keys(),
    ...balances.filter((balance) => balance.available !== 0n).map((balance) => balance.currency),
    ...(await currenciesToRelease(deps.table, scope, throughMs, balances)),
  ]);
  const deferred = asDue ? deferredOf(settings, period, manifest.nets, deps.clock.nowMs()) : [];
  for (const { currency } of deferred) currencies.delete(currency);
  for (const currency of [...currencies].sort())
    await settleCurrency(deps, settings, period, currency, nets.get(currency));
  await markSettled(deps.table, scope, throughMs, deferred);
  return loadBatches(deps.table, scope, throughMs);
}

async function settleCurrency(
  deps: SettlementDeps,
  settings: Settings,
  period: Period,
  currency: Currency,
  net: Net | undefined,
): Promise<void> {
  const { scope } = period;
  return retryRaces(
    async () => {
      const [done, item, holdsItem, disabled] = await deps.table.getMany([
        { table: 'ledger', key: batchKey(scope, period.sealedThroughMs, currency) },
        { table: 'ledger', key: balanceKey(scope, currency) },
        { table: 'ledger', key: holdsKey(scope, currency) },
        { table: 'payments', key: disabledBankKey(scope, settings.bankAccount) },
      ]);
      if (done) return undefined;
      const balance = {
        available: (item?.available as bigint | undefined) ?? 0n,
        reserve: (item?.reserve as bigint | undefined) ?? 0n,
        v: item?.v as bigint | undefined,
        noBank: disabled !== undefined || settings.payoutAccount === undefined,
      };
      const storedHolds = await datedHolds(deps.table, settings, period, currency, balance.reserve, holdsOf(holdsItem));
      const writes = batchWrites(deps, settings, period, currency, net, { ...balance, storedHolds });
      // A conflict: a refund changed the balance meanwhile, or another run was first.
      return (await tryCommit(deps.table, ...writes)) ? undefined : LOST;
    },
    () => {
      throw new Error(`the ${currency} balance of ${scope} changes too often to settle it`);
    },
  );
}

const DAY_MS = 86_400_000;

/**
 * The holds as they stand, those that 0.1 made included: from the batches of the last days, which is as far back as they can matter. Also
 * from later ones: a function of 0.1 may have settled a later period before what this one put off.
 */
async function datedHolds(
  table: Table,
  settings: Settings,
  { scope, sealedThroughMs: throughMs }: Period,
  currency: Currency,
  reserve: bigint,
  storedHolds: StoredHolds,
): Promise<StoredHolds> {
  if (heldIn(storedHolds.holds) === reserve) return storedHolds;
  const days = reserveDaysOf(settings.fees);
  const range = { pk: batchPartition(scope), from: timeText(Math.max(0, throughMs - (days + 2) * DAY_MS)) };
  const batches: Batch[] = [];
  for await (const page of pagesOf(table, 'ledger', range)) batches.push(...page.map(batchOf));
  const undated = batches.filter((batch) => batch.currency === currency && batch.withheld === undefined);
  return { ...storedHolds, holds: withUndated(storedHolds.holds, reserve, undated, { days, throughMs }) };
}

interface BalanceNow extends Pick<Balance, 'available' | 'reserve'> {
  readonly v: bigint | undefined;
  readonly storedHolds: StoredHolds;
  /** Nothing is paid to a disabled bank account, or while no bank is connected: all is carried forward. */
  readonly noBank: boolean;
}

function batchWrites(
  deps: SettlementDeps,
  settings: Settings,
  period: Period,
  currency: Currency,
  net: Net | undefined,
  balance: BalanceNow,
): [Write, ...Write[]] {
  const { scope } = period;
  const nowMs = deps.clock.nowMs();
  const { storedHolds } = balance;
  const reserve = settleReserve(
    storedHolds.holds,
    addedBy(net, reserveDaysOf(settings.fees)),
    net?.freed ?? {},
    period.sealedThroughMs,
  );
  const moved = {
    currency,
    throughMs: period.sealedThroughMs,
    net: net?.net ?? 0n,
    reserve: reserve.withheld - reserve.released,
    withheld: reserve.withheld,
    createdMs: nowMs,
    namedByPeriod: true,
  } as const;
  const entries = entriesOfBatch(moved);
  const added = entries.reduce((sum, entry) => sum + credited(entry, accounts.available), 0n);
  const least = minimumPayoutOf(settings, currency);
  const amount = balance.noBank ? 0n : payable(balance.available + added, least, stepOf(currency, 'payout'));
  const payout = amount > 0n ? newPayout(settings, period, currency, amount, nowMs) : undefined;
  const batch: Batch = {
    scope,
    afterMs: period.previousMs,
    opening: balance.available,
    ...moved,
    releases: reserve.releases,
    paidOut: amount,
    closing: balance.available + added - amount,
    ...(payout && { payout: payout.body }),
    manifest: period.manifest,
  };
  const key = batchKey(scope, period.sealedThroughMs, currency);
  return [
    {
      kind: 'put',
      table: 'ledger',
      item: { ...key, status: payout ? 'paid_out' : 'carried_forward', v: 1, doc: pack(batch) },
      when: absent,
    },
    {
      kind: 'put',
      table: 'ledger',
      item: {
        ...balanceKey(scope, currency),
        available: batch.closing,
        reserve: balance.reserve + batch.reserve,
        v: (balance.v ?? 0n) + 1n,
      },
      when: balance.v === undefined ? absent : equal('v', balance.v),
    },
    ...(Object.keys({ ...storedHolds.holds, ...reserve.holds }).length > 0
      ? [putHolds(scope, currency, { version: storedHolds.version + 1, holds: reserve.holds })]
      : []),
    ...entries.map((entry) => journalPut(scope, entry)),
    ...(payout
      ? [putPayout(undefined, payout), journalPut(scope, payoutCreatedEntry(payout)), bankIsEnabled(scope, payout.bank)]
      : []),
  ];
}

function newPayout(settings: Settings, period: Period, currency: Currency, amount: bigint, nowMs: number): Payout {
  const { body, reference } = namesOfAutomatic(period, currency, nowMs);
  const today = dateOf(nowMs, settings.timeZone);
  return {
    scope: period.scope,
    body,
    version: 1,
    livemode: settings.livemode,
    status: 'pending',
    amount,
    currency,
    createdMs: nowMs,
    committedMs: nowMs,
    arrivalMs: startOfDate(addBankingDays(today, 1, currency), settings.timeZone),
    bank: settings.bankAccount,
    merchant: settings.merchant,
    ...(settings.payoutAccount && { account: settings.payoutAccount }),
    reference,
    sealedThroughMs: period.sealedThroughMs,
  };
}

async function markSettled(
  table: Table,
  scope: Scope,
  throughMs: number,
  deferred: readonly Deferred[],
): Promise<void> {
  const period = await loadPeriod(table, scope);
  if (!period || period.sealedThroughMs !== throughMs || period.settledThroughMs >= throughMs) return;
  const settled = putPeriod({ ...period, version: period.version + 1, settledThroughMs: throughMs });
  // A conflict: another run of the same settlement was first.
  await tryCommit(table, settled, ...deferred.map(putDeferred));
}
