/**
 * Settling what was sealed: per currency one transaction moves the net from `pending` to `available` (and the reserve), makes the
 * payout and posts both. The batch item is its first write, so settling twice is settling once (I9, I10).
 */
import { accounts } from '../ledger/accounts.ts';
import { credited, type JournalEntry } from '../ledger/entry.ts';
import { balanceKey } from '../ledger/keys.ts';
import { payoutCreatedEntry } from '../ledger/posting.ts';
import { released } from '../ledger/rules.ts';
import { type Balance, journalPut, loadBooks, loadPeriod, type Period } from '../ledger/store.ts';
import type { Settings } from '../merchants/merchant.ts';
import { minimumPayoutOf } from '../merchants/terms.ts';
import { type Body, newBody, type Scope, timeText } from '../shared/ids.ts';
import { type Currency, stepOf } from '../shared/money.ts';
import { pack, unpack } from '../shared/pack.ts';
import { absent, Conflict, equal, type Item, type Key, type Table, type Write } from '../shared/table.ts';
import { addBankingDays, dateOf, startOfDate } from './calendar.ts';
import type { SettlementDeps } from './deps.ts';
import { readManifest } from './manifest.ts';
import { type Net, payable } from './netting.ts';
import { type Payout, putPayout } from './payout.ts';
import { putPeriod } from './seal.ts';

const RACES = 8;

/** What became of one currency of one sealed period. */
export interface Batch {
  readonly scope: Scope;
  readonly currency: Currency;
  readonly afterMs: number;
  readonly throughMs: number;
  /** `available` before: what earlier batches carried forward, and what refunds took since. */
  readonly opening: bigint;
  readonly net: bigint;
  readonly reserve: bigint;
  readonly paidOut: bigint;
  /** `available` after. */
  readonly closing: bigint;
  readonly payout?: Body;
  readonly createdMs: number;
  readonly manifest: Period['manifest'];
}

const batchKey = (scope: Scope, throughMs: number, currency: string): Key => ({
  pk: `${scope}#batch`,
  sk: `${timeText(throughMs)}#${currency}`,
});
const batchOf = (item: Item): Batch => unpack<Batch>(item.doc as Uint8Array);

/** The batches of one sealed period, in order of currency. */
export async function loadBatches(table: Table, scope: Scope, throughMs: number): Promise<readonly Batch[]> {
  const page = await table.query('ledger', {
    pk: `${scope}#batch`,
    from: `${timeText(throughMs)}#`,
    to: `${timeText(throughMs)}$`,
  });
  return page.items.map(batchOf);
}

/** Settles every currency of the period sealed through `throughMs`; the ones that are settled stay as they are. */
export async function settle(deps: SettlementDeps, scope: Scope, throughMs: number): Promise<readonly Batch[]> {
  const { period, balances } = await loadBooks(deps.table, scope);
  // Nothing can be sealed after a period before that one is settled.
  if (period?.sealedThroughMs !== throughMs || period.settledThroughMs >= throughMs)
    return loadBatches(deps.table, scope, throughMs);
  const manifest = await readManifest(deps.files, period.manifest);
  const settings = await deps.settings(scope);
  const nets = new Map(manifest.nets.map((net) => [net.currency, net]));
  const currencies = new Set([
    ...nets.keys(),
    ...balances.filter((balance) => balance.available !== 0n).map((balance) => balance.currency),
  ]);
  for (const currency of [...currencies].sort())
    await settleCurrency(deps, settings, period, currency, nets.get(currency));
  await markSettled(deps.table, scope, throughMs);
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
  for (let race = 0; race < RACES; race++) {
    const [done, item] = await deps.table.getMany([
      { table: 'ledger', key: batchKey(scope, period.sealedThroughMs, currency) },
      { table: 'ledger', key: balanceKey(scope, currency) },
    ]);
    if (done) return;
    const balance = {
      available: (item?.available as bigint | undefined) ?? 0n,
      reserve: (item?.reserve as bigint | undefined) ?? 0n,
      v: item?.v as bigint | undefined,
    };
    try {
      await deps.table.commit(...batchWrites(deps, settings, period, currency, net, balance));
      return;
    } catch (error) {
      // A refund changed the balance meanwhile, or another run was first: looked at again.
      if (!(error instanceof Conflict)) throw error;
    }
  }
  throw new Error(`the ${currency} balance of ${scope} changes too often to settle it`);
}

interface BalanceNow extends Pick<Balance, 'available' | 'reserve'> {
  readonly v: bigint | undefined;
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
  const entry = releaseEntry(period, currency, net, nowMs);
  const added = entry ? credited(entry, accounts.available) : 0n;
  const amount = payable(balance.available + added, minimumPayoutOf(settings, currency), stepOf(currency, 'payout'));
  const payout = amount > 0n ? newPayout(deps, settings, period, currency, amount, nowMs) : undefined;
  const batch: Batch = {
    scope,
    currency,
    afterMs: period.previousMs,
    throughMs: period.sealedThroughMs,
    opening: balance.available,
    net: net?.net ?? 0n,
    reserve: net?.reserve ?? 0n,
    paidOut: amount,
    closing: balance.available + added - amount,
    ...(payout && { payout: payout.body }),
    createdMs: nowMs,
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
    ...(entry ? [journalPut(scope, entry)] : []),
    ...(payout ? [putPayout(payout), journalPut(scope, payoutCreatedEntry(payout))] : []),
  ];
}

/** Body of a release: its identity is the period's end and the currency. */
export const releaseBody = (throughMs: number, currency: Currency): Body =>
  `${timeText(throughMs)}0${currency.padEnd(14, '0')}` as Body;

/** The entry that moves a period's net out of `pending`. */
function releaseEntry(
  period: Period,
  currency: Currency,
  net: Net | undefined,
  nowMs: number,
): JournalEntry | undefined {
  if (!net || (net.net === 0n && net.reserve === 0n)) return undefined;
  return {
    type: 'released',
    body: releaseBody(period.sealedThroughMs, currency),
    step: 1,
    currency,
    committedMs: nowMs,
    legs: released(net.net, net.reserve),
    ...(net.reserve > 0n && {
      transaction: { type: 'reserve_hold', amount: -net.reserve, fee: 0n, source: null, description: 'Reserve' },
    }),
  };
}

function newPayout(
  deps: SettlementDeps,
  settings: Settings,
  period: Period,
  currency: Currency,
  amount: bigint,
  nowMs: number,
): Payout {
  const body = newBody(nowMs, deps.random, settings.shards);
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
    ...(settings.sandboxAccount !== undefined && { account: { channel: 'sandbox', account: settings.sandboxAccount } }),
    reference: `${period.scope}${body}`,
    sealedThroughMs: period.sealedThroughMs,
  };
}

async function markSettled(table: Table, scope: Scope, throughMs: number): Promise<void> {
  const period = await loadPeriod(table, scope);
  if (!period || period.sealedThroughMs !== throughMs || period.settledThroughMs >= throughMs) return;
  try {
    await table.commit(putPeriod({ ...period, version: period.version + 1, settledThroughMs: throughMs }));
  } catch (error) {
    // Another run of the same settlement was first.
    if (!(error instanceof Conflict)) throw error;
  }
}
