/**
 * The current books of a scope: the closing balances, the balance checkpoint of the open period, and every entry since, including
 * late entries.
 */
import { racesLost } from '../api/lock.ts';
import type { Scope } from '../kernel/ids.ts';
import { type AccountTotals, plusSums } from '../ledger/checkpoint.ts';
import { fold } from '../ledger/entry.ts';
import { keyText, openLateEntries } from '../ledger/late-entries.ts';
import { type Balance, eachEntryBetween, loadBooks, loadPeriod, type StoredEntry } from '../ledger/store.ts';
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
 * last quarter of an hour, and what came since the rule that makes it) and of the late entries; it does not grow with the period. Entries are added page
 * by page, so that memory does not grow with them. `ahead`: for
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
    const unposted = new Map((await ahead(sinceMs)).map(({ key, entry }) => [keyText(key), entry]));
    // Before the range: an entry that is posted late in between is in the range, and counted once.
    const late = new Map((await openLateEntries(table, scope, period)).map(({ key, entry }) => [keyText(key), entry]));
    const sums = fold(late.values());
    for (const name of late.keys()) unposted.delete(name);
    await eachEntryBetween(table, scope, shards, sinceMs, nowMs + AHEAD_MS, (page) => {
      const fresh = page.filter(({ key }) => !late.has(keyText(key)));
      fold(
        fresh.map(({ entry }) => entry),
        sums,
      );
      for (const { key } of fresh) unposted.delete(keyText(key));
    });
    fold(unposted.values(), sums);
    // A close takes entries off the late entries: what was read of it goes with the period only while there is no other.
    if ((await loadPeriod(table, scope))?.version !== period?.version) return LOST;
    return { balances, totals: plusSums(added(period?.closing ?? {}, checkpoint?.totals ?? {}), sums) };
  }, racesLost);
}

function added(totals: AccountTotals, more: AccountTotals): AccountTotals {
  const sums = { ...totals };
  for (const [name, amount] of Object.entries(more)) sums[name] = (sums[name] ?? 0n) + amount;
  return sums;
}
