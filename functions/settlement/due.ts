/** Which business days are due: a frequent rule asks, so that no merchant or time zone needs a schedule of its own. */

import { journalPartition } from '../ledger/keys.ts';
import { loadPeriod } from '../ledger/store.ts';
import type { Settings } from '../merchants/merchant.ts';
import { listScopes, type ScopeEntry } from '../merchants/store.ts';
import { type Scope, shardsOf } from '../shared/ids.ts';
import type { Table } from '../shared/table.ts';
import { addBankingDays, addDays, dateOf, endOfDate, type IsoDate, startOfDate } from './calendar.ts';
import type { SettlementInput } from './step.ts';

/** Longer than any delay and run of holidays. */
const LOOKBACK_DAYS = 40;

/** When the payout of a business date falls due. */
export const dueMs = (date: IsoDate, settings: Settings): number =>
  Math.max(
    endOfDate(date, settings.timeZone),
    startOfDate(addBankingDays(date, settings.payoutDelayDays, settings.defaultCurrency), settings.timeZone),
  );

/** The latest business date whose payout is due. */
export function latestDue(settings: Settings, nowMs: number): IsoDate | undefined {
  let date = dateOf(nowMs, settings.timeZone);
  for (let back = 0; back < LOOKBACK_DAYS; back++) {
    date = addDays(date, -1);
    if (dueMs(date, settings) <= nowMs) return date;
  }
  return undefined;
}

/** The settlement of a business date that is over. */
export const settlementOf = (scope: Scope, date: IsoDate, settings: Settings): SettlementInput => ({
  scope,
  date,
  throughMs: endOfDate(date, settings.timeZone) - 1,
  force: false,
});

/** What to start now: of every scope with business, the latest date that is due and not sealed; earlier open days are sealed with it. */
export async function* dueSettlements(
  table: Table,
  settingsOf: (scope: Scope) => Promise<Settings>,
  asOfMs: number,
): AsyncGenerator<SettlementInput> {
  for await (const entry of listScopes(table)) {
    const settings = await settingsOf(entry.scope);
    const date = latestDue(settings, asOfMs);
    if (date === undefined) continue;
    const input = settlementOf(entry.scope, date, settings);
    const period = await loadPeriod(table, entry.scope);
    const unfinished = period !== undefined && period.settledThroughMs < period.sealedThroughMs;
    if (!unfinished && (period?.sealedThroughMs ?? 0) >= input.throughMs) continue;
    if (period || (await hasBusiness(table, entry, settings.shards))) yield input;
  }
}

async function hasBusiness(table: Table, { scope }: ScopeEntry, shards: number): Promise<boolean> {
  const pages = await Promise.all(
    shardsOf(shards).map((shard) => table.query('ledger', { pk: journalPartition(scope, shard), limit: 1 })),
  );
  return pages.some((page) => page.items.length > 0);
}
