/**
 * Sealing a period: a line is drawn, behind which nothing is posted but as late; the records that moved money are compared with their
 * entries in the ledger (I18, compare.ts), the entries are written down in a manifest, and one write closes the period. What comes later
 * keeps its key and becomes a late entry (docs/architecture.md, Books). The close that takes it first marks it with its manifest's digest.
 * A reader of the books therefore knows from the period alone whether the entry is taken.
 */

import type { Scope } from '../kernel/ids.ts';
import { kept, putSubtotal, totalsWith } from '../ledger/checkpoint.ts';
import { forgetLate, keyText, type LateEntry, lateList, takeLate } from '../ledger/late-entries.ts';
import { POSTED_MS } from '../ledger/post.ts';
import { reserveDaysOf } from '../ledger/reserve.ts';
import {
  drawLine,
  entriesBetween,
  loadBooks,
  loadPeriod,
  type Period,
  putPeriod,
  type StoredEntry,
} from '../ledger/store.ts';
import { commitNamed, LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import { compareEntries, type EntryDifference, expectedBetween } from './compare.ts';
import type { SettlementDeps } from './deps.ts';
import { manifestFile } from './manifest.ts';
import { netOf } from './netting.ts';

/** A seal leaves this much of the present open: whatever is older has been posted, or goes on the late list (ledger/post.ts). */
const OPEN_MS = POSTED_MS;
/** The same for a day that is sealed before it is over, which test mode may do: every entry is looked for, and this long waited. */
export const FORCED_OPEN_MS = 5_000;
/** So much of the period before is compared again: a record may carry a time from before the seal that read it, and come after it. */
const OVERLAP_MS = POSTED_MS;
/** Late entries marked or forgotten side by side. */
const PARALLEL = 25;

export interface SealRequest {
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
 * seal has to be settled before this one can be made.
 */
export type Sealed =
  | { readonly status: 'waiting'; readonly waitSeconds: number; readonly missing?: readonly EntryDifference[] }
  | { readonly status: 'differs'; readonly differences: readonly EntryDifference[] }
  | { readonly status: 'sealed'; readonly throughMs: number; readonly again: boolean };

/** Seals the scope's books through `throughMs`. Sealing what is sealed changes nothing. */
export async function seal(deps: SettlementDeps, request: SealRequest): Promise<Sealed> {
  const period = await loadPeriod(deps.table, request.scope);
  if (period && period.settledThroughMs < period.sealedThroughMs) {
    return { status: 'sealed', throughMs: period.sealedThroughMs, again: period.sealedThroughMs < request.throughMs };
  }
  if (period && period.sealedThroughMs >= request.throughMs)
    return { status: 'sealed', throughMs: period.sealedThroughMs, again: false };
  const openForMs = request.throughMs + (request.force ? FORCED_OPEN_MS : OPEN_MS) - deps.clock.nowMs();
  if (openForMs >= 0) return { status: 'waiting', waitSeconds: Math.ceil((openForMs + 1) / 1000) };
  return sealNow(deps, request, period);
}

async function sealNow(
  deps: SettlementDeps,
  { scope, throughMs }: SealRequest,
  period: Period | undefined,
): Promise<Sealed> {
  const { shards, livemode, fees } = await deps.settings(scope);
  const afterMs = period?.sealedThroughMs ?? 0;
  const comparedMs = Math.max(0, afterMs - OVERLAP_MS);
  // Before anything is read: a capture that the payments do not show yet will find the line there, and is late.
  await tryCommit(deps.table, drawLine(scope, throughMs));
  // The records before the journal: what they know of by then is in it, or on its way.
  const expected = await expectedBetween(deps.table, scope, shards, comparedMs, throughMs);
  const compared = await entriesBetween(deps.table, scope, shards, comparedMs, throughMs);
  const range = compared.filter(({ entry }) => entry.committedMs > afterMs);
  // What the last seal took off the list must be gone before another manifest is the period's: only that one's marks are heeded.
  await inParallel(await takenOffList(deps.table, scope, period), (late) => tryCommit(deps.table, forgetLate(late)));
  // After the range: an entry and its place on the list are written together.
  const late = (await lateList(deps.table, scope)).filter(({ committedMs }) => committedMs <= throughMs);
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
  // False: another seal was quicker.
  const marked = await inParallel(late, (entry) => tryCommit(deps.table, takeLate(entry, file.sha256)));
  if (marked.includes(false)) return SEALED_MEANWHILE;
  const sealed: Period = {
    scope,
    version: (period?.version ?? 0) + 1,
    sealedThroughMs: throughMs,
    settledThroughMs: afterMs,
    previousMs: afterMs,
    closing: kept(totalsWith(period?.closing ?? {}, entries)),
    manifest: { key: file.key, sha256: file.sha256 },
  };
  if (!(await closed(deps.table, sealed, range, late))) return SEALED_MEANWHILE;
  await inParallel(late, (entry) => tryCommit(deps.table, forgetLate(entry)));
  return { status: 'sealed', throughMs, again: false };
}

/**
 * Closes the period. The subtotal goes on with what it holds of the time behind the line, in the same transaction, so that readers have
 * one at any time. Returns false when another writer was first.
 */
async function closed(
  table: Table,
  sealed: Period,
  range: readonly StoredEntry[],
  late: readonly LateEntry[],
): Promise<boolean> {
  const { scope, sealedThroughMs, previousMs } = sealed;
  const onList = new Set(late.map(({ key }) => keyText(key)));
  const taken = range.filter(({ key }) => !onList.has(keyText(key))).map(({ entry }) => entry);
  return retryRaces(
    async () => {
      const { subtotal } = await loadBooks(table, scope);
      const goesOn = subtotal?.afterMs === previousMs && subtotal.throughMs > sealedThroughMs;
      const next = goesOn && {
        ...subtotal,
        version: subtotal.version + 1,
        afterMs: sealedThroughMs,
        totals: kept(totalsWith(subtotal.totals, taken, -1n)),
      };
      const conflict = await commitNamed(table, {
        period: putPeriod(sealed),
        subtotal: next ? putSubtotal(next) : undefined,
      });
      if (!conflict) return true;
      // A conflict on the subtotal: it was made again meanwhile.
      return conflict.on === 'period' ? false : LOST;
    },
    () => false,
  );
}

/** Someone else sealed first: what they did is seen at the next look. */
const SEALED_MEANWHILE: Sealed = { status: 'waiting', waitSeconds: 1 };

/** What the last seal took and did not live to take off the list. */
async function takenOffList(table: Table, scope: Scope, period: Period | undefined): Promise<readonly LateEntry[]> {
  if (!period) return [];
  return (await lateList(table, scope)).filter(({ takenBy }) => takenBy.has(period.manifest.sha256));
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
