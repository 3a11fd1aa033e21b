/** A period that is sealed and not settled, in a table of its own, and what a settlement of it leaves there. */

import { type Scope, timeText } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { balanceKey, periodKey } from '../../../functions/ledger/keys.ts';
import type { Holds } from '../../../functions/ledger/reserve.ts';
import { entryOf, loadPeriod, type Period, putPeriod } from '../../../functions/ledger/store.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import { disabledBankKey } from '../../../functions/payouts/bank-account.ts';
import { payoutsSince } from '../../../functions/payouts/store.ts';
import { settle } from '../../../functions/settlement/batch.ts';
import type { Batch } from '../../../functions/settlement/batch-record.ts';
import type { SettlementDeps } from '../../../functions/settlement/deps.ts';
import { manifestFile } from '../../../functions/settlement/manifest.ts';
import type { Net } from '../../../functions/settlement/netting.ts';
import { holdsKey, holdsOf } from '../../../functions/settlement/reserve-store.ts';
import { attributesOf } from '../../../functions/table/dynamo-item.ts';
import { pack } from '../../../functions/table/pack.ts';
import type { Item, TableName } from '../../../functions/table/table.ts';
import { memoryTable } from '../../world/memory-table.ts';

export const SCOPE = 'Scope001' as Scope;
export const [USD, EUR, TWD] = [parseCurrency('usd')!, parseCurrency('eur')!, parseCurrency('twd')!];
export const DAY_MS = 86_400_000;
/** The end of Friday 15 January 2027. Monday 18 is a holiday of the Fed and not of T2. */
export const THROUGH_MS = Date.UTC(2027, 0, 16) - 1;
export const AFTER_MS = THROUGH_MS - DAY_MS;
export const SATURDAY_MS = Date.UTC(2027, 0, 16, 1);
/** Midnight of a day of that January. */
export const at = (day: number): number => Date.UTC(2027, 0, day);

export const SETTINGS = {
  version: 1,
  livemode: false,
  defaultCurrency: USD,
  timeZone: 'UTC',
  fees: { feeBps: 290, fixed: 30n, reserveBps: 0, reserveDays: 30, version: 1 },
  payoutDelayDays: 2,
  minimumPayouts: { usd: 100n, eur: 100n, twd: 100n },
  minimumPayout: 1n,
  bankAccount: { id: 'ba_1', holder: 'Shop', bankName: 'Bank', country: 'US', last4: '6789' },
  accounts: [{ channel: 'sandbox', account: 'acc1' }],
  payoutAccount: { channel: 'sandbox', account: 'acc1' },
  shards: 1,
} as unknown as Settings;

export const netOf = (currency: Net['currency'], net: bigint, more: Partial<Net> = {}): Net => ({
  currency,
  lines: [],
  gross: net,
  fees: 0n,
  refunds: 0n,
  net,
  reserve: 0n,
  holds: {},
  freed: {},
  ...more,
});

/** The period's item, as a seal writes it. */
export function periodItem(period: Period): Item {
  const write = putPeriod(period);
  if (write.kind !== 'put') throw new Error('a period is put');
  return write.item;
}

/** Whether a commit writes a batch of the period, or the period itself, by the sort keys of its writes. */
export const isBatch = (sks: readonly string[]): boolean => sks[0]!.startsWith(timeText(THROUGH_MS));
export const isPeriod = (sks: readonly string[]): boolean => sks[0] === periodKey(SCOPE).sk;

export class SettlementFixture {
  readonly table = memoryTable();
  readonly files = new Map<string, string>();
  nowMs = SATURDAY_MS;
  settings = SETTINGS;
  private drawn = 0;

  readonly run = (asDue = false, throughMs = THROUGH_MS) => settle(this.deps(), SCOPE, throughMs, asDue);

  readonly stored = (item: Item, where: TableName = 'ledger') => this.table.store(where, attributesOf(item));
  /** Keeps the period with the manifest of these nets. */
  readonly sealed = (nets: readonly Net[], changes: Partial<Period> = {}): Period => {
    const { throughMs, afterMs } = { throughMs: changes.sealedThroughMs ?? THROUGH_MS, afterMs: AFTER_MS };
    const { key, sha256, content } = manifestFile({ scope: SCOPE, afterMs, throughMs, entries: [], nets });
    this.files.set(key, content);
    const period: Period = {
      scope: SCOPE,
      version: 7,
      sealedThroughMs: throughMs,
      settledThroughMs: afterMs,
      previousMs: afterMs,
      closing: {},
      manifest: { key, sha256 },
      ...changes,
    };
    this.stored(periodItem(period));
    return period;
  };
  readonly has = (currency: string, available: bigint, reserve = 0n) =>
    this.stored({ ...balanceKey(SCOPE, currency), available, reserve, v: 3n });
  readonly holds = (currency: string, of: Holds, v = 4) =>
    this.stored({ ...holdsKey(SCOPE, currency), v, doc: pack(of) });
  readonly disable = () =>
    this.stored({ ...disabledBankKey(SCOPE, SETTINGS.bankAccount), code: 'could_not_process' }, 'payments');
  /** Keeps a batch as 0.1 wrote it. */
  readonly ofOld = (throughMs: number, currency: string, changes: Partial<Batch>) =>
    this.stored({
      pk: `${SCOPE}#batch`,
      sk: `${timeText(throughMs)}#${currency}`,
      doc: pack({ scope: SCOPE, currency, throughMs, ...changes }),
    });

  readonly journal = () =>
    this.table
      .items('ledger')
      .filter(({ pk }) => pk.startsWith(`${SCOPE}#j#`))
      .map(entryOf);
  readonly batches = () => this.table.items('ledger').filter(({ pk }) => pk === `${SCOPE}#batch`);
  /** Available, reserve and version. */
  readonly balance = async (currency: string) => {
    const item = await this.table.get('ledger', balanceKey(SCOPE, currency));
    return item && [item.available, item.reserve, item.v];
  };
  readonly heldOf = async (currency: string) => holdsOf(await this.table.get('ledger', holdsKey(SCOPE, currency)));
  readonly payouts = () => payoutsSince(this.table, SCOPE, 1, 0);
  readonly settledThrough = async () => (await loadPeriod(this.table, SCOPE))!.settledThroughMs;

  /** Runs `act` before the first commits that match, so many times; the result is how often it ran. */
  readonly beforeCommit = (
    matches: (sks: readonly string[]) => boolean,
    act: () => void | Promise<void>,
    times = 1,
  ): (() => number) => {
    let left = times;
    this.table.onCall = async ({ operation, when, writes }) => {
      if (operation !== 'commit' || when !== 'before' || left === 0) return;
      if (!matches(writes.map((write) => ('item' in write ? write.item : write.key).sk))) return;
      left -= 1;
      await act();
    };
    return () => times - left;
  };

  private readonly deps = (): SettlementDeps =>
    ({
      table: this.table,
      clock: { nowMs: () => this.nowMs, sleep: async () => {} },
      random: (count: number) => String(++this.drawn).padStart(count, 'R'),
      files: {
        put: async (key, content) => void this.files.set(key, content),
        get: async (key) => this.files.get(key),
      },
      settings: async () => this.settings,
    }) satisfies Partial<SettlementDeps> as unknown as SettlementDeps;
}
