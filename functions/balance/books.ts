/**
 * The current books of a scope: the closing balances, the balance checkpoint of the open period, and every entry since, including
 * late entries.
 */
import { racesLost } from '../api/lock.ts';
import type { Scope } from '../kernel/ids.ts';
import { type AccountTotals, totalsWith } from '../ledger/checkpoint.ts';
import { keyText, openLateEntries } from '../ledger/late-entries.ts';
import { type Balance, entriesBetween, loadBooks, loadPeriod, type Period, type StoredEntry } from '../ledger/store.ts';
import { LOST, retryRaces } from '../table/commit.ts';
import type { Table } from '../table/table.ts';

export interface Books {
  readonly balances: readonly Balance[];
  /** Debits − credits per `currency account`, of every entry. */
  readonly totals: AccountTotals;
}

/** Entries that are not posted yet, where those up to `sinceMs` may be part of the checkpoint or of a close. */
export type EntriesAhead = (sinceMs: number) => Promise<readonly StoredEntry[]>;

/** The clocks of those who post may be ahead of the reader's. */
const AHEAD_MS = 60_000;

/**
 * Reads them: each entry once, whatever is posted, summed up or closed meanwhile. The cost is that of the entries since the checkpoint (the
 * last quarter of an hour, and what came since the rule that makes it) and of the late entries; it does not grow with the period. `ahead`: for
 * a merchant, who reads what was just written; the audit reads what is posted.
 */
export async function readBooks(
  table: Table,
  scope: Scope,
  shards: number,
  nowMs: number,
  ahead: EntriesAhead = async () => [],
): Promise<Books> {
  return retryRaces(async () => {
    const { period, checkpoint, balances } = await loadBooks(table, scope);
    const sinceMs = checkpoint?.throughMs ?? period?.sealedThroughMs ?? 0;
    // Before the entries that are posted: one that is posted in between is found among these, and counted once.
    const unposted = await ahead(sinceMs);
    const posted = await uncounted(table, scope, shards, period, sinceMs, nowMs);
    const entries = new Map([...unposted, ...posted].map(({ key, entry }) => [keyText(key), entry])).values();
    // A close takes entries off the late entries: what was read of it goes with the period only while there is no other.
    if ((await loadPeriod(table, scope))?.version !== period?.version) return LOST;
    const closed = period?.closing ?? {};
    return { balances, totals: totalsWith(added(closed, checkpoint?.totals ?? {}), [...entries]) };
  }, racesLost);
}

/** The entries committed after `sinceMs`, and those among the late entries, whenever they were committed. */
async function uncounted(
  table: Table,
  scope: Scope,
  shards: number,
  period: Period | undefined,
  sinceMs: number,
  nowMs: number,
): Promise<readonly StoredEntry[]> {
  // The range first, the late entries after it: an entry and its place on the list are written together, so none is counted twice.
  const range = await entriesBetween(table, scope, shards, sinceMs, nowMs + AHEAD_MS);
  return [...range, ...(await openLateEntries(table, scope, period))];
}

function added(totals: AccountTotals, more: AccountTotals): AccountTotals {
  const sums = { ...totals };
  for (const [name, amount] of Object.entries(more)) sums[name] = (sums[name] ?? 0n) + amount;
  return sums;
}
