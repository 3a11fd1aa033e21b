/** Entries that the stream may not have posted yet, for a balance that shows what was just written (I17). */
import type { Caller } from '../api/operation.ts';
import { entriesAhead } from '../stream/ahead.ts';
import { getAll } from '../table/bulk.ts';
import { scanWindowMs } from '../table/just-written.ts';
import type { EntriesAhead } from './books.ts';
import type { LedgerDeps } from './deps.ts';

/**
 * Those of the scope. An entry that was committed up to the checkpoint or the close may be part of it, unless it is not in the journal: it will
 * be posted as a late entry, and counts here until then.
 */
export const unpostedOf =
  (deps: LedgerDeps, caller: Pick<Caller, 'scope' | 'settings'>): EntriesAhead =>
  async (sinceMs) => {
    const recentMs = deps.clock.nowMs() - scanWindowMs;
    const ahead = await entriesAhead(deps, caller);
    const open = ahead.filter(({ entry }) => entry.committedMs > sinceMs);
    const closed = ahead.filter(({ entry }) => entry.committedMs <= sinceMs && entry.committedMs > recentMs);
    const reads = closed.map(({ key }) => ({ table: 'ledger' as const, key }));
    const stored = await getAll(deps.table, reads);
    return [...open, ...closed.filter((_, index) => stored[index] === undefined)];
  };
