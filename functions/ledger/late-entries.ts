/**
 * Late entries: entries that were posted after their period was closed, or may have been. The next close takes them. Until then readers of
 * the books count them from here.
 */

import type { Scope } from '../kernel/ids.ts';
import { getAll, pagesOf } from '../table/bulk.ts';
import { absent, any, type Item, type Key, missing, present, type Table, type Write } from '../table/table.ts';
import type { JournalEntry } from './entry.ts';
import { entryKey, entryOfLate, lateKey, latePartition } from './keys.ts';
import { entryOf, type Period, type StoredEntry } from './store.ts';

/**
 * Notes that the entry came after its period was (or may have been) closed: the next close takes it. A note without its entry, which no close
 * has taken, is half a transaction that a restore brought back.
 */
export const latePut = (scope: Scope, entry: JournalEntry): Write => ({
  kind: 'put',
  table: 'ledger',
  item: { ...lateKey(scope, entryKey(scope, entry)), committedMs: entry.committedMs },
  when: any(absent, missing('takenBy')),
});

export interface LateEntry extends StoredEntry {
  /** Its place among the late entries. */
  readonly late: Key;
  readonly committedMs: number;
  /** Digests of the manifests that name it: of the close that took it, and of closes that broke off. */
  readonly takenBy: ReadonlySet<string>;
}

/** The late entries, without what the last close took: that is part of what the period closed with. */
export async function openLateEntries(
  table: Table,
  scope: Scope,
  period: Period | undefined,
): Promise<readonly LateEntry[]> {
  const all = await allLateEntries(table, scope);
  return all.filter(({ takenBy }) => !period || !takenBy.has(period.manifest.sha256));
}

/** Everything among the late entries. */
export async function allLateEntries(table: Table, scope: Scope): Promise<readonly LateEntry[]> {
  const items: Item[] = [];
  for await (const page of pagesOf(table, 'ledger', { pk: latePartition(scope) })) items.push(...page);
  const entries = await entriesAt(
    table,
    items.map(({ sk }) => entryOfLate(scope, sk)),
  );
  return items.flatMap(({ pk, sk, committedMs, takenBy }, index) => {
    const found = entries[index];
    return found
      ? [
          {
            ...found,
            late: { pk, sk },
            committedMs: Number(committedMs),
            takenBy: (takenBy as ReadonlySet<string> | undefined) ?? new Set<string>(),
          },
        ]
      : [];
  });
}

async function entriesAt(table: Table, keys: readonly Key[]): Promise<readonly (StoredEntry | undefined)[]> {
  const items = await getAll(
    table,
    keys.map((key) => ({ table: 'ledger', key })),
  );
  return items.map((item, index) => item && { key: keys[index]!, entry: entryOf(item) });
}

/** Notes that the manifest with this digest names the late entry. Conflicts when it is no longer on the list. */
export const takeLate = ({ late }: LateEntry, sha256: string): Write => ({
  kind: 'update',
  table: 'ledger',
  key: late,
  add: { takenBy: new Set([sha256]) },
  when: present,
});

export const forgetLate = ({ late }: LateEntry): Write => ({
  kind: 'delete',
  table: 'ledger',
  key: late,
  when: present,
});

/** The keys of the entries that are on the list, as text. */
export async function lateNames(table: Table, scope: Scope): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const page of pagesOf(table, 'ledger', { pk: latePartition(scope) }))
    for (const { sk } of page) names.add(keyText(entryOfLate(scope, sk)));
  return names;
}

/** The key of an entry as text, which identifies it among others. */
export const keyText = ({ pk, sk }: Key): string => `${pk} ${sk}`;
