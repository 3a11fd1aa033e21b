/** What a frequent rule does, so that no merchant or time zone needs a schedule of its own: which business days are due, and the checkpoints of open ones. */

import {
  addBankingDays,
  addDays,
  dateOf,
  dueMs,
  endOfDate,
  type IsoDate,
  isBeyondCalendar,
} from '../kernel/calendar.ts';
import type { Clock } from '../kernel/clock.ts';
import { type Scope, shardsOf } from '../kernel/ids.ts';
import type { Checkpoint } from '../ledger/checkpoint.ts';
import { journalPartition } from '../ledger/keys.ts';
import { makeCheckpoint } from '../ledger/make-checkpoint.ts';
import { type Balance, loadBooks } from '../ledger/store.ts';
import type { Settings } from '../merchants/merchant.ts';
import { listScopes, type ScopeEntry } from '../merchants/store.ts';
import type { Table } from '../table/table.ts';
import type { SettlementInput } from './step.ts';

/** Longer than the longest delay (30 banking days, operator/operator.ts) with its weekends and holidays. */
const LOOKBACK_DAYS = 60;
/** A settlement that has closed or settled nothing for so long is started again: its execution has failed, or will find nothing to do. */
const RESTART_MS = 3_600_000;

/** When a business date is due in the first of the currencies. */
const firstDueMs = (date: IsoDate, settings: Settings, currencies: readonly string[]): number =>
  Math.min(...currencies.map((currency) => dueMs(date, settings, currency)));

/** The latest business date whose payout is due in one of the currencies. */
export function latestDue(
  settings: Settings,
  nowMs: number,
  currencies: readonly string[] = [settings.defaultCurrency],
): IsoDate | undefined {
  let date = dateOf(nowMs, settings.timeZone);
  for (let back = 0; back < LOOKBACK_DAYS; back++) {
    date = addDays(date, -1);
    if (firstDueMs(date, settings, currencies) <= nowMs) return date;
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

export interface DueSettlement {
  readonly input: SettlementInput;
  /** Distinguishes the names of executions for one date: a failed one cannot be started again under its name. */
  readonly run?: number;
}

/**
 * What to start now: of every scope with business, the latest date that is due and not closed (earlier open days are closed with it),
 * or closed and not settled. `failed` receives a scope that cannot be read, which delays no other. `beyond` receives each currency whose
 * calendar has ended.
 */
export async function* dueSettlements(
  table: Table,
  settingsOf: (scope: Scope) => Promise<Settings>,
  asOfMs: number,
  failed: (error: Error, scope: Scope) => void,
  beyond: (currency: string, scope: Scope) => void = () => {},
): AsyncGenerator<DueSettlement> {
  for await (const entry of listScopes(table)) {
    try {
      const due = await dueIn(table, entry, await settingsOf(entry.scope), asOfMs, beyond);
      if (due) yield due;
    } catch (error) {
      failed(error as Error, entry.scope);
    }
  }
}

async function dueIn(
  table: Table,
  entry: ScopeEntry,
  settings: Settings,
  asOfMs: number,
  beyond: (currency: string, scope: Scope) => void,
): Promise<DueSettlement | undefined> {
  const { period, checkpoint, balances, deferred } = await loadBooks(table, entry.scope);
  const currencies = currenciesIn(settings, checkpoint, balances);
  if (period) for (const currency of beyondCalendar(settings, asOfMs, currencies)) beyond(currency, entry.scope);
  const date = latestDue(settings, asOfMs, currencies);
  if (date === undefined) return undefined;
  const input = { ...settlementOf(entry.scope, date, settings), asDue: true };
  const unfinished = period !== undefined && period.settledThroughMs < period.sealedThroughMs;
  const waited = deferred.some(({ dueMs: atMs }) => atMs <= asOfMs);
  if (!unfinished && !waited && (period?.sealedThroughMs ?? 0) >= input.throughMs) return undefined;
  if (!period && !(await hasBusiness(table, entry, settings.shards))) return undefined;
  const run = Math.floor((asOfMs - firstDueMs(date, settings, currencies)) / RESTART_MS);
  return { input, ...(run > 0 && { run }) };
}

/** The currencies whose calendar ends before the youngest business date that is over falls due: weekends alone are known for it. */
const beyondCalendar = (settings: Settings, asOfMs: number, currencies: readonly string[]): readonly string[] => {
  const last = addDays(dateOf(asOfMs, settings.timeZone), -1);
  return currencies.filter((currency) =>
    isBeyondCalendar(addBankingDays(last, settings.payoutDelayDays, currency), currency),
  );
};

/** The merchant's own currency, those of its balances, and those of the open period. */
const currenciesIn = (
  settings: Settings,
  checkpoint: Checkpoint | undefined,
  balances: readonly Balance[],
): readonly string[] => [
  ...new Set([
    settings.defaultCurrency,
    ...balances.map(({ currency }) => currency),
    ...Object.keys(checkpoint?.totals ?? {}).map((name) => name.split(' ')[0]!),
  ]),
];

async function hasBusiness(table: Table, { scope }: ScopeEntry, shards: number): Promise<boolean> {
  const pages = await Promise.all(
    shardsOf(shards).map((shard) => table.query('ledger', { pk: journalPartition(scope, shard), limit: 1 })),
  );
  return pages.some((page) => page.items.length > 0);
}

/**
 * Makes the checkpoints of every scope's open period, which is what keeps reading a balance cheap; nothing is wrong without them. Each scope gets one
 * step at a time, so that a busy merchant does not keep the others waiting. Scopes with more to do get further steps until `untilMs`.
 */
export async function makeCheckpoints(
  table: Table,
  settingsOf: (scope: Scope) => Promise<Settings>,
  clock: Pick<Clock, 'nowMs'>,
  untilMs: number,
  failed: (error: Error, scope: Scope) => void,
): Promise<void> {
  /** Whether there is more to do. */
  const step = async (scope: Scope): Promise<boolean> => {
    try {
      const { shards } = await settingsOf(scope);
      return await makeCheckpoint(table, scope, shards, clock.nowMs());
    } catch (error) {
      failed(error as Error, scope);
      return false;
    }
  };
  let busy: Scope[] = [];
  for await (const { scope } of listScopes(table)) {
    if (clock.nowMs() >= untilMs) return;
    if (await step(scope)) busy.push(scope);
  }
  while (busy.length > 0) {
    const more: Scope[] = [];
    for (const scope of busy) {
      if (clock.nowMs() >= untilMs) return;
      if (await step(scope)) more.push(scope);
    }
    busy = more;
  }
}
