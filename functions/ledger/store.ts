/** Journal entries, the balance item per currency and the closed period: reads and writes. */

import type { Scope } from '../kernel/ids.ts';
import { shardsOf, timeText } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import { pagesOf } from '../table/bulk.ts';
import { pack, unpack } from '../table/pack.ts';
import {
  absent,
  all,
  any,
  below,
  type Condition,
  equal,
  type Item,
  type Key,
  missing,
  type Table,
  type Write,
} from '../table/table.ts';
import { type Checkpoint, checkpointOf } from './checkpoint.ts';
import { assertBalanced, type JournalEntry } from './entry.ts';
import {
  balanceKey,
  checkpointKey,
  committedMsAt,
  DEFERRED,
  entryKey,
  journalPartition,
  parseTransactionId,
  periodKey,
} from './keys.ts';

/** The write of an entry; conflicts when it is there, which means that it was posted before. */
export function journalPut(scope: Scope, entry: JournalEntry): Write {
  assertBalanced(entry);
  return {
    kind: 'put',
    table: 'ledger',
    item: { ...entryKey(scope, entry), kind: entry.type, doc: pack(entry) },
    when: absent,
  };
}

export const entryOf = (item: Item): JournalEntry => unpack<JournalEntry>(item.doc as Uint8Array);

export interface Balance {
  readonly currency: Currency;
  readonly available: bigint;
  readonly reserve: bigint;
  readonly version: bigint;
}

const balanceOf = (item: Item): Balance => ({
  currency: item.sk as Currency,
  available: (item.available as bigint | undefined) ?? 0n,
  reserve: (item.reserve as bigint | undefined) ?? 0n,
  version: (item.v as bigint | undefined) ?? 0n,
});

export async function loadBalance(table: Table, scope: Scope, currency: string): Promise<Balance | undefined> {
  const item = await table.get('ledger', balanceKey(scope, currency));
  return item && balanceOf(item);
}

/** Where the books of a scope were last closed: everything committed up to then is settled or a late entry. */
export interface Period {
  readonly scope: Scope;
  readonly version: number;
  readonly sealedThroughMs: number;
  /** Up to here every currency's batch has been made. */
  readonly settledThroughMs: number;
  /** The close before this one; 0 for the first. */
  readonly previousMs: number;
  /** Sum per `currency account` of every entry that was ever part of a close (debits − credits). */
  readonly closing: Readonly<Record<string, bigint>>;
  /** S3 key and digest of the list of entries that the last close took. */
  readonly manifest: { readonly key: string; readonly sha256: string };
}

/** Before the first close the item may stand for a line alone, which one has drawn and did not live to close. */
const periodOf = (item: Item | undefined): Period | undefined =>
  item?.doc === undefined ? undefined : unpack<Period>(item.doc as Uint8Array);

export const loadPeriod = async (table: Table, scope: Scope): Promise<Period | undefined> =>
  periodOf(await table.get('ledger', periodKey(scope)));

/**
 * Draws the line before a close looks at what it takes: from then on no entry that was committed up to `throughMs` is posted but as late
 * (`isOpenAt`), so none comes between what the close has read and its commit. Conflicts when there is a line that far already.
 */
export const setWatermark = (scope: Scope, throughMs: number): Write => ({
  kind: 'update',
  table: 'ledger',
  key: periodKey(scope),
  set: { closingMs: throughMs },
  when: any(missing('closingMs'), below('closingMs', throughMs)),
});

/** Holds of the period's item while what is committed at `ms` is the open period's: not closed, and no close at work on it. */
export const isOpenAt = (ms: number): Condition =>
  all(any(missing('sealedThroughMs'), below('sealedThroughMs', ms)), any(missing('closingMs'), below('closingMs', ms)));

/** Up to when the books are closed, or being closed. */
export async function closedThrough(table: Table, scope: Scope): Promise<number> {
  const item = await table.get('ledger', periodKey(scope));
  return Math.max(Number(item?.sealedThroughMs ?? 0), Number(item?.closingMs ?? 0));
}

const periodItem = (period: Period): Item => ({
  ...periodKey(period.scope),
  sealedThroughMs: period.sealedThroughMs,
  v: period.version,
  doc: pack(period),
});

/** Writes the period: version 1 must not exist yet, a later one must follow the one it was made from. */
export const putPeriod = (period: Period): Write => ({
  kind: 'put',
  table: 'ledger',
  item: periodItem(period),
  when: period.version === 1 ? missing('v') : equal('v', period.version - 1),
});

/** The net of a settled period in a currency whose banking days put it off: it stays pending until it is due. */
export interface Deferred {
  readonly scope: Scope;
  readonly currency: Currency;
  readonly afterMs: number;
  readonly throughMs: number;
  readonly dueMs: number;
  readonly manifest: Period['manifest'];
}

/** What is kept of a scope's books beside the entries, in one query. */
export interface Books {
  readonly period: Period | undefined;
  /** Of the open period; undefined where there is none yet. */
  readonly checkpoint: Checkpoint | undefined;
  /** Whatever checkpoint there is, also of an earlier period: the next version follows it. */
  readonly lastCheckpoint: Checkpoint | undefined;
  readonly balances: readonly Balance[];
  /** Oldest first. */
  readonly deferred: readonly Deferred[];
}

/** Up to when the books are settled, and in which currencies not yet: this separates pending funds from available ones. */
export interface SettledBooks {
  readonly settledThroughMs: number;
  readonly deferred: readonly Deferred[];
}

/** One query: the two stand side by side. */
export async function loadSettled(table: Table, scope: Scope): Promise<SettledBooks> {
  const { pk, sk } = periodKey(scope);
  const items: Item[] = [];
  for await (const page of pagesOf(table, 'ledger', { pk, from: DEFERRED, to: `${sk}~` })) items.push(...page);
  const period = periodOf(items.find((item) => item.sk === sk));
  return { settledThroughMs: period?.settledThroughMs ?? 0, deferred: deferredIn(items) };
}

/** Whether the entry's pending funds have left `pending`: its period is settled, and its currency was not put off. */
export const isSettled = ({ settledThroughMs, deferred }: SettledBooks, entry: JournalEntry): boolean =>
  settledThroughMs >= entry.committedMs &&
  !deferred.some(
    ({ currency, afterMs, throughMs }) =>
      currency === entry.currency && afterMs < entry.committedMs && entry.committedMs <= throughMs,
  );

const deferredIn = (items: readonly Item[]): readonly Deferred[] =>
  items.filter(({ sk }) => sk.startsWith(DEFERRED)).map((item) => unpack<Deferred>(item.doc as Uint8Array));

export async function loadBooks(table: Table, scope: Scope): Promise<Books> {
  const items: Item[] = [];
  for await (const page of pagesOf(table, 'ledger', { pk: balanceKey(scope, '').pk })) items.push(...page);
  const period = periodOf(items.find(({ sk }) => sk === periodKey(scope).sk));
  const stored = items.find(({ sk }) => sk === checkpointKey(scope).sk);
  const lastCheckpoint = stored && checkpointOf(stored);
  const checkpoint = lastCheckpoint?.afterMs === (period?.sealedThroughMs ?? 0) ? lastCheckpoint : undefined;
  const deferred = deferredIn(items);
  const balances = items.filter(({ sk }) => !sk.startsWith('#')).map(balanceOf);
  return { period, checkpoint, lastCheckpoint, balances, deferred };
}

export interface StoredEntry {
  readonly key: Key;
  readonly entry: JournalEntry;
}

/** Entries committed after `afterMs`, up to and with `throughMs`, of every shard; each shard in order. */
export async function entriesBetween(
  table: Table,
  scope: Scope,
  shards: number,
  afterMs: number,
  throughMs: number,
): Promise<readonly StoredEntry[]> {
  const read = await Promise.all(
    shardsOf(shards).map(async (shard) => {
      const entries: StoredEntry[] = [];
      for await (const page of entryPages(table, scope, shard, afterMs, throughMs)) entries.push(...page);
      return entries;
    }),
  );
  return read.flat();
}

/** The same entries page by page, in no order: memory does not grow with them. */
export async function eachEntryBetween(
  table: Table,
  scope: Scope,
  shards: number,
  afterMs: number,
  throughMs: number,
  visit: (page: readonly StoredEntry[]) => void,
): Promise<void> {
  const read = async (shard: string): Promise<void> => {
    for await (const page of entryPages(table, scope, shard, afterMs, throughMs)) visit(page);
  };
  await Promise.all(shardsOf(shards).map(read));
}

/** A shard's entries committed after `afterMs`, oldest first: all of them up to `throughMs`, which is `untilMs` when these are not too many. */
export async function firstEntries(
  table: Table,
  scope: Scope,
  shard: string,
  afterMs: number,
  untilMs: number,
  limit: number,
): Promise<{ readonly entries: readonly StoredEntry[]; readonly throughMs: number }> {
  const entries: StoredEntry[] = [];
  for await (const page of pagesOf(table, 'ledger', { ...rangeOf(scope, shard, afterMs, untilMs), limit })) {
    entries.push(...page.map(storedEntry));
    const last = entries.at(-1);
    const throughMs = last ? committedMsAt(last.key) - 1 : 0;
    // What else was committed in the last one's millisecond may be on the next page.
    if (entries.length >= limit && throughMs > afterMs) return { entries, throughMs };
  }
  return { entries, throughMs: untilMs };
}

const storedEntry = (item: Item): StoredEntry => ({ key: { pk: item.pk, sk: item.sk }, entry: entryOf(item) });

/** A sort key is longer than the time it begins with, so both bounds exclude what is exactly that time or later. */
const rangeOf = (scope: Scope, shard: string, afterMs: number, throughMs: number) => ({
  pk: journalPartition(scope, shard),
  from: timeText(afterMs + 1),
  to: timeText(throughMs + 1),
});

async function* entryPages(
  table: Table,
  scope: Scope,
  shard: string,
  afterMs: number,
  throughMs: number,
): AsyncGenerator<readonly StoredEntry[], void> {
  for await (const page of pagesOf(table, 'ledger', rangeOf(scope, shard, afterMs, throughMs)))
    yield page.map(storedEntry);
}

/** The entry that `txn_…` names in this scope. */
export async function entryById(table: Table, scope: Scope, id: string): Promise<JournalEntry | undefined> {
  const parsed = parseTransactionId(id);
  const item = parsed && (await table.get('ledger', { pk: journalPartition(scope, parsed.shard), sk: parsed.sk }));
  return item && entryOf(item);
}
