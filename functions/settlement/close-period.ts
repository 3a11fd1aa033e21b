/**
 * Sealing a period: a line is drawn, behind which nothing is posted but as late; the records that moved money are compared with their
 * entries in the ledger (I18, compare.ts), the entries are written down in a manifest, and one write closes the period. What comes later
 * keeps its key and becomes a late entry (docs/architecture.md, Books). The close that takes it first marks it with its manifest's digest.
 * A reader of the books therefore knows from the period alone whether the entry is taken.
 */

import type { Scope } from '../kernel/ids.ts';
import { nonZero, putCheckpoint, totalsWith } from '../ledger/checkpoint.ts';
import { allLateEntries, forgetLate, keyText, type LateEntry, takeLate } from '../ledger/late-entries.ts';
import { POSTED_MS } from '../ledger/post.ts';
import { reserveDaysOf } from '../ledger/reserve.ts';
import {
  entriesBetween,
  loadBooks,
  loadPeriod,
  type Period,
  putPeriod,
  type StoredEntry,
  setWatermark,
} from '../ledger/store.ts';
import { commitNamed, LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import { compareEntries, type EntryDifference, expectedBetween } from './compare.ts';
import type { SettlementDeps } from './deps.ts';
import { manifestFile } from './manifest.ts';
import { netOf } from './netting.ts';

/** A close leaves this much of the present open: whatever is older has been posted, or becomes a late entry (ledger/post.ts). */
const OPEN_MS = POSTED_MS;
/** The same for a day that is closed before it is over, which test mode may do: every entry is looked for, and this long waited. */
export const FORCED_OPEN_MS = 5_000;
/** So much of the period before is compared again: a record may carry a time from before the close that read it, and come after it. */
const OVERLAP_MS = POSTED_MS;
/** Late entries marked or forgotten side by side. */
const PARALLEL = 25;

export interface ClosePeriodRequest {
  readonly scope: Scope;
  /** The last millisecond of the period. */
  readonly throughMs: number;
  /** The period is not over yet (test mode). */
  readonly force: boolean;
}

/**
 * An entry that is still missing so long after its record's commit is lost: what carries it there tries for minutes, and has alarms of its
 * own. Test mode closes days that are not over, and waits less.
 */
const lostAfterMs = (livemode: boolean): number => (livemode ? 3_600_000 : 300_000);

/**
 * waiting: too early, or an entry is still on its way. differs: records and entries do not agree, so nothing is closed. `again`: an earlier
 * close has to be settled before this one can be made.
 */
export type PeriodClose =
  | { readonly status: 'waiting'; readonly waitSeconds: number; readonly missing?: readonly EntryDifference[] }
  | { readonly status: 'differs'; readonly differences: readonly EntryDifference[] }
  | { readonly status: 'sealed'; readonly throughMs: number; readonly again: boolean };

/** Closes the scope's books through `throughMs`. Sealing what is closed changes nothing. */
export async function closePeriod(deps: SettlementDeps, request: ClosePeriodRequest): Promise<PeriodClose> {
  const period = await loadPeriod(deps.table, request.scope);
  if (period && period.settledThroughMs < period.sealedThroughMs) {
    return { status: 'sealed', throughMs: period.sealedThroughMs, again: period.sealedThroughMs < request.throughMs };
  }
  if (period && period.sealedThroughMs >= request.throughMs)
    return { status: 'sealed', throughMs: period.sealedThroughMs, again: false };
  const openForMs = request.throughMs + (request.force ? FORCED_OPEN_MS : OPEN_MS) - deps.clock.nowMs();
  if (openForMs >= 0) return { status: 'waiting', waitSeconds: Math.ceil((openForMs + 1) / 1000) };
  return closeNow(deps, request, period);
}

async function closeNow(
  deps: SettlementDeps,
  { scope, throughMs }: ClosePeriodRequest,
  period: Period | undefined,
): Promise<PeriodClose> {
  const { shards, livemode, fees } = await deps.settings(scope);
  const afterMs = period?.sealedThroughMs ?? 0;
  const comparedMs = Math.max(0, afterMs - OVERLAP_MS);
  // Before anything is read: a capture that the payments do not show yet will find the line there, and is late.
  await tryCommit(deps.table, setWatermark(scope, throughMs));
  // The records before the journal: what they know of by then is in it, or on its way.
  const expected = await expectedBetween(deps.table, scope, shards, comparedMs, throughMs);
  const compared = await entriesBetween(deps.table, scope, shards, comparedMs, throughMs);
  const range = compared.filter(({ entry }) => entry.committedMs > afterMs);
  // What the last close took off the list must be gone before another manifest is the period's: only that one's marks are heeded.
  await inParallel(await takenLateEntries(deps.table, scope, period), (late) =>
    tryCommit(deps.table, forgetLate(late)),
  );
  // After the range: an entry and its place on the list are written together.
  const late = (await allLateEntries(deps.table, scope)).filter(({ committedMs }) => committedMs <= throughMs);
  const { wrong, missing } = await compareEntries(deps.table, scope, expected, onceEach([...compared, ...late]));
  const lost = missing.filter((one) => deps.clock.nowMs() - one.committedMs > lostAfterMs(livemode));
  if (wrong.length + lost.length > 0) return { status: 'differs', differences: [...wrong, ...lost] };
  if (missing.length > 0) return { status: 'waiting', waitSeconds: 2, missing };
  const taken = [...new Map([...range, ...late].map((stored) => [nameOf(stored.key), stored.entry])).entries()];
  const entries = taken.map(([, entry]) => entry);
  const file = manifestFile({
    scope,
    afterMs,
    throughMs,
    entries: taken.map(([name]) => name).sort(),
    nets: netOf(entries, reserveDaysOf(fees)),
  });
  await deps.files.put(file.key, file.content, 'application/json');
  // False: another close was quicker.
  const marked = await inParallel(late, (entry) => tryCommit(deps.table, takeLate(entry, file.sha256)));
  if (marked.includes(false)) return CLOSED_MEANWHILE;
  const closedPeriod: Period = {
    scope,
    version: (period?.version ?? 0) + 1,
    sealedThroughMs: throughMs,
    settledThroughMs: afterMs,
    previousMs: afterMs,
    closing: nonZero(totalsWith(period?.closing ?? {}, entries)),
    manifest: { key: file.key, sha256: file.sha256 },
  };
  if (!(await commitClosed(deps.table, closedPeriod, range, late))) return CLOSED_MEANWHILE;
  await inParallel(late, (entry) => tryCommit(deps.table, forgetLate(entry)));
  return { status: 'sealed', throughMs, again: false };
}

/**
 * Closes the period. The checkpoint goes on with what it holds of the time behind the line, in the same transaction, so that readers have
 * one at any time. Returns false when another writer was first.
 */
async function commitClosed(
  table: Table,
  closedPeriod: Period,
  range: readonly StoredEntry[],
  late: readonly LateEntry[],
): Promise<boolean> {
  const { scope, sealedThroughMs, previousMs } = closedPeriod;
  const onList = new Set(late.map(({ key }) => keyText(key)));
  const taken = range.filter(({ key }) => !onList.has(keyText(key))).map(({ entry }) => entry);
  return retryRaces(
    async () => {
      const { checkpoint } = await loadBooks(table, scope);
      const goesOn = checkpoint?.afterMs === previousMs && checkpoint.throughMs > sealedThroughMs;
      const next = goesOn && {
        ...checkpoint,
        version: checkpoint.version + 1,
        afterMs: sealedThroughMs,
        totals: nonZero(totalsWith(checkpoint.totals, taken, -1n)),
      };
      const conflict = await commitNamed(table, {
        period: putPeriod(closedPeriod),
        checkpoint: next ? putCheckpoint(next) : undefined,
      });
      if (!conflict) return true;
      // A conflict on the checkpoint: it was made again meanwhile.
      return conflict.on === 'period' ? false : LOST;
    },
    () => false,
  );
}

/** Someone else closed first: what they did is seen at the next look. */
const CLOSED_MEANWHILE: PeriodClose = { status: 'waiting', waitSeconds: 1 };

/** What the last close took and did not live to take off the list. */
async function takenLateEntries(table: Table, scope: Scope, period: Period | undefined): Promise<readonly LateEntry[]> {
  if (!period) return [];
  return (await allLateEntries(table, scope)).filter(({ takenBy }) => takenBy.has(period.manifest.sha256));
}

async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += PARALLEL)
    results.push(...(await Promise.all(items.slice(from, from + PARALLEL).map(run))));
  return results;
}

const nameOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }): string => `${pk.slice(-1)} ${sk}`;

/** An entry that is late stands in the journal all the same. */
const onceEach = (entries: readonly StoredEntry[]): readonly StoredEntry[] => [
  ...new Map(entries.map((stored) => [keyText(stored.key), stored])).values(),
];
