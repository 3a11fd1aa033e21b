/** The books of a scope as they stand: what was closed, and every entry since, those on the late list included. */
import type { Scope } from '../shared/ids.ts';
import type { Table } from '../shared/table.ts';
import type { JournalEntry } from './entry.ts';
import { type Balance, entriesBetween, lateEntries, loadBooks, type Period } from './store.ts';

export interface Books {
  readonly period: Period | undefined;
  readonly balances: readonly Balance[];
  /** Entries that no seal has taken. */
  readonly open: readonly JournalEntry[];
}

/** Reads them; the cost grows with the entries of the open period. */
export async function readBooks(table: Table, scope: Scope, shards: number, nowMs: number): Promise<Books> {
  const { period, balances } = await loadBooks(table, scope);
  const sealed = period?.sealedThroughMs ?? 0;
  // The range first, the late list after it: an entry and its place on the list are written together, so none is counted twice.
  const range = await entriesBetween(table, scope, shards, sealed, nowMs + 60_000);
  const late = await lateEntries(table, scope, period);
  const counted = new Set(range.map(({ key }) => `${key.pk} ${key.sk}`));
  const more = late.filter(({ key }) => !counted.has(`${key.pk} ${key.sk}`));
  return { period, balances, open: [...range, ...more].map(({ entry }) => entry) };
}
