/**
 * Whether records and journal entries agree (I18). Both ways: every record that moved money has its entries, and every entry has a record
 * that makes exactly it. What a period's records are, is found by keys: by the time in their own key, and for what moved money a day or
 * more later by the index `moved`; settled batches and booked statements by their own times (ADR 0022).
 */

import { type Scope, shardsOf, timeText } from '../kernel/ids.ts';
import type { EntryType, JournalEntry } from '../ledger/entry.ts';
import { committedMsAt, entryKey, transactionIdOf } from '../ledger/keys.ts';
import { keyText } from '../ledger/late-entries.ts';
import type { StoredEntry } from '../ledger/store.ts';
import { entriesOfStatement, statementKey, statementOf, statementRange } from '../statements/record.ts';
import { changeOf } from '../stream/change.ts';
import { everyEntryOf } from '../stream/posting.ts';
import { MONEY_KINDS, type MoneyKind, moneyOf, RECORD_OF } from '../stream/records.ts';
import { getAll, pagesOf } from '../table/bulk.ts';
import { keyOf, LATE_MOVE_MS, movedPartition, partitionOf } from '../table/record.ts';
import type { Item, Key, Table, TableName } from '../table/table.ts';
import { batchesSince, batchKeyOf } from './batch-reads.ts';
import { batchOf, entriesOfBatch } from './batch-record.ts';

/**
 * entry_missing: a record moved money, and the journal has no entry of it. record_missing: an entry is about a record that does not exist.
 * entry_unexplained: its record exists and makes no such entry. entry_differs: the record makes it with other money.
 */
export type EntryProblem = 'entry_missing' | 'record_missing' | 'entry_unexplained' | 'entry_differs';

/** One record and one entry that do not agree. */
export interface EntryDifference {
  readonly problem: EntryProblem;
  /** `pi_…`, `re_…`, `po_…`, `du_…`, or the name of the batch or the statement. */
  readonly record: string;
  /** The entry's balance transaction, whether or not the merchant sees it as one. */
  readonly entry: string;
  readonly type: EntryType;
  readonly committedMs: number;
}

/** For people: what is wrong, by name. */
export const differenceText = ({ problem, record, type, entry }: EntryDifference): string =>
  `${problem} ${record} ${type} ${entry}`;

/** A day that cannot be closed because records and entries do not agree; the message names them. */
export class BooksDiffer extends Error {
  override readonly name = 'BooksDiffer';
  readonly differences: readonly EntryDifference[];
  constructor(scope: Scope, differences: readonly EntryDifference[]) {
    const listed = differences.slice(0, NAMED).map(differenceText).join('; ');
    const more = differences.length > NAMED ? ` and ${differences.length - NAMED} more` : '';
    super(`the books of ${scope} cannot be closed: ${listed}${more}. See docs/runbook.md, books-differ.`);
    this.differences = differences;
  }
}
const NAMED = 20;

/** The name of the record that the entry is about. */
export function recordIdOf({ type, body, currency }: JournalEntry): string {
  const kind = RECORD_OF[type];
  if (kind === 'batch') return `batch_${body.slice(0, 7)}_${currency}`;
  return kind === 'statement' ? `statement_${body}` : `${MONEY_KINDS[kind].prefix}_${body}`;
}

export const differenceOf = (problem: EntryProblem, entry: JournalEntry): EntryDifference => ({
  problem,
  record: recordIdOf(entry),
  entry: transactionIdOf(entry),
  type: entry.type,
  committedMs: entry.committedMs,
});

/** Entries that records make, by their keys as text. */
export type Expected = Map<string, JournalEntry>;

/** The entries that records and batches make between `afterMs` (excluded) and `throughMs`, as the records stand now. */
export async function expectedBetween(
  table: Table,
  scope: Scope,
  shards: number,
  afterMs: number,
  throughMs: number,
): Promise<Expected> {
  const expected: Expected = new Map();
  const expect = (entries: readonly JournalEntry[]): void => {
    for (const entry of entries)
      if (entry.committedMs > afterMs && entry.committedMs <= throughMs)
        expected.set(keyText(entryKey(scope, entry)), entry);
  };
  const made = { from: timeText(Math.max(0, afterMs + 1 - LATE_MOVE_MS)), to: timeText(throughMs + 1) };
  const walk = async (kind: MoneyKind, shard: string): Promise<void> => {
    const query = { pk: partitionOf(MONEY_KINDS[kind], scope, shard), ...made };
    for await (const items of pagesOf(table, 'payments', query)) for (const item of items) expect(entriesOfItem(item));
  };
  const walkMoved = async (shard: string): Promise<void> => {
    const query = { index: 'moved', pk: movedPartition(scope, shard), from: timeText(afterMs + 1) } as const;
    for await (const keys of pagesOf(table, 'payments', query)) {
      const reads = keys.map(({ pk, sk }) => ({ table: 'payments', key: { pk, sk } }) as const);
      for (const item of await getAll(table, reads)) if (item) expect(entriesOfItem(item));
    }
  };
  for (const kind of KINDS) await Promise.all(shardsOf(shards).map((shard) => walk(kind, shard)));
  await Promise.all(shardsOf(shards).map(walkMoved));
  for (const batch of await batchesSince(table, scope, afterMs)) expect(entriesOfBatch(batch));
  for await (const items of pagesOf(table, 'ledger', statementRange(scope, afterMs, throughMs)))
    for (const item of items) expect(entriesOfStatement(statementOf(item)));
  return expected;
}

const KINDS = Object.keys(MONEY_KINDS) as MoneyKind[];

/** Every entry of the record that the item of the payments table holds. */
export const entriesOfItem = (item: Item): readonly JournalEntry[] => everyEntryOf(changeOf(undefined, item)!);

const entriesOfRecord: Readonly<Record<(typeof RECORD_OF)[EntryType], (item: Item) => readonly JournalEntry[]>> = {
  payment: entriesOfItem,
  refund: entriesOfItem,
  payout: entriesOfItem,
  dispute: entriesOfItem,
  batch: (item) => entriesOfBatch(batchOf(item)),
  statement: (item) => entriesOfStatement(statementOf(item)),
};

export interface Compared {
  /** Entries that no record explains as they are. */
  readonly wrong: readonly EntryDifference[];
  /** Entries that a record makes and the journal has not: lost, or still on their way. */
  readonly missing: readonly EntryDifference[];
}

/**
 * Compares what the records make with what the journal has. An entry that was not expected is looked up: its record may be older than
 * what was walked, or newer than the walk.
 */
export async function compareEntries(
  table: Table,
  scope: Scope,
  expected: Expected,
  stored: readonly StoredEntry[],
): Promise<Compared> {
  const missing = new Map(expected);
  const wrong: EntryDifference[] = [];
  const unexpected: StoredEntry[] = [];
  for (const one of stored) {
    const name = keyText(one.key);
    const made = expected.get(name);
    missing.delete(name);
    if (!made) unexpected.push(one);
    else if (moneyOf(made) !== moneyOf(one.entry)) wrong.push(differenceOf('entry_differs', one.entry));
  }
  wrong.push(...(await unexplained(table, scope, unexpected)));
  return { wrong, missing: [...missing.values()].map((entry) => differenceOf('entry_missing', entry)) };
}

/** Those of the entries whose record does not exist or does not make them, with why. */
export async function unexplained(
  table: Table,
  scope: Scope,
  stored: readonly StoredEntry[],
): Promise<readonly EntryDifference[]> {
  const items = await getAll(
    table,
    stored.map(({ entry }) => recordKeyOf(scope, entry)),
  );
  return stored.flatMap(({ key, entry }, index): EntryDifference[] => {
    const item = items[index];
    if (!item) return [differenceOf('record_missing', entry)];
    const made = entriesOfRecord[RECORD_OF[entry.type]](item);
    const same = made.find((candidate) => keyText(entryKey(scope, candidate)) === keyText(key));
    if (!same) return [differenceOf('entry_unexplained', entry)];
    return moneyOf(same) === moneyOf(entry) ? [] : [differenceOf('entry_differs', entry)];
  });
}

function recordKeyOf(scope: Scope, entry: JournalEntry): { readonly table: TableName; readonly key: Key } {
  const kind = RECORD_OF[entry.type];
  if (kind === 'batch') return { table: 'ledger', key: batchKeyOf(scope, entry) };
  return kind === 'statement'
    ? { table: 'ledger', key: statementKey(scope, entry.body) }
    : { table: 'payments', key: keyOf(MONEY_KINDS[kind], scope, entry.body) };
}

/** Whether the entry stands under the key that its own facts give it (I4). */
export const isInPlace = (scope: Scope, { key, entry }: StoredEntry): boolean =>
  keyText(entryKey(scope, entry)) === keyText(key) && committedMsAt(key) === entry.committedMs;
