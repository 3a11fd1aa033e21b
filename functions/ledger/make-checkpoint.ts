/** Making the checkpoint of an open period (checkpoint.ts), step by step: what a reader would have to read, read once for all of them. */
import { type Scope, shardsOf } from '../kernel/ids.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import { nonZero, putCheckpoint, totalsWith, without } from './checkpoint.ts';
import { committedMsAt } from './keys.ts';
import { keyText, lateNames } from './late-entries.ts';
import { POSTED_MS } from './post.ts';
import { firstEntries, loadBooks, type StoredEntry } from './store.ts';

/** Entries of each shard that one step looks at: more than a minute of the largest merchants. */
const ENTRIES_PER_STEP = 2_000;
/** So few are read quickly enough, and are not worth a write. */
const LEAST = 100;

/**
 * Adds the entries up to a quarter of an hour ago to the checkpoint of the scope's open period: one conditional write, which
 * yields to an earlier writer. One step is bounded work. Returns whether there is more to do.
 */
export async function makeCheckpoint(
  table: Table,
  scope: Scope,
  shards: number,
  nowMs: number,
  { limit = ENTRIES_PER_STEP, least = LEAST }: { readonly limit?: number; readonly least?: number } = {},
): Promise<boolean> {
  const { period, checkpoint, lastCheckpoint } = await loadBooks(table, scope);
  const afterMs = period?.sealedThroughMs ?? 0;
  const sinceMs = checkpoint?.throughMs ?? afterMs;
  const untilMs = nowMs - POSTED_MS;
  if (untilMs <= sinceMs) return false;
  const { entries, throughMs } = await firstOf(table, scope, shards, sinceMs, untilMs, limit);
  const more = throughMs < untilMs;
  if (entries.length < least && !more) return false;
  // The list after the range: what is posted late in between is on it, and must not be summed up. What a close takes off it meanwhile belongs to a period whose checkpoint this is not.
  const late = await lateNames(table, scope);
  const counted = entries.filter(({ key }) => !late.has(keyText(key))).map(({ entry }) => entry);
  const totals = nonZero(totalsWith(checkpoint?.totals ?? {}, counted));
  const next = { scope, version: (lastCheckpoint?.version ?? 0) + 1, afterMs, throughMs, totals };
  return (await tryCommit(table, putCheckpoint(next))) ? more : true;
}

/** Deletes the checkpoint, so that it is computed again: after a restore, it may no longer match the entries. */
export async function resetCheckpoint(table: Table, scope: Scope): Promise<void> {
  return retryRaces(
    async () => {
      const { lastCheckpoint } = await loadBooks(table, scope);
      // A conflict: another function has added to it, and knows no better.
      return !lastCheckpoint || (await tryCommit(table, putCheckpoint(without(lastCheckpoint)))) ? undefined : LOST;
    },
    () => {
      throw new Error(`the checkpoint of ${scope} changes too often to forget it`);
    },
  );
}

/** The first entries of every shard behind `sinceMs`, cut where all shards have been read: whole milliseconds, for they have no order within. */
async function firstOf(
  table: Table,
  scope: Scope,
  shards: number,
  sinceMs: number,
  untilMs: number,
  limit: number,
): Promise<{ readonly entries: readonly StoredEntry[]; readonly throughMs: number }> {
  const read = await Promise.all(
    shardsOf(shards).map((shard) => firstEntries(table, scope, shard, sinceMs, untilMs, limit)),
  );
  const throughMs = Math.min(...read.map((shard) => shard.throughMs));
  const entries = read.flatMap((shard) => shard.entries).filter(({ key }) => committedMsAt(key) <= throughMs);
  return { entries, throughMs };
}
