/** Journal entries, the balance item per currency, the sealed period and the late list: reads and writes. */
import type { Scope } from '../shared/ids.ts';
import { shardsOf, timeText } from '../shared/ids.ts';
import type { Currency } from '../shared/money.ts';
import { pack, unpack } from '../shared/pack.ts';
import {
  absent,
  any,
  type Item,
  type Key,
  missing,
  present,
  type Query,
  type Table,
  type Write,
} from '../shared/table.ts';
import { assertBalanced, type JournalEntry } from './entry.ts';
import {
  balanceKey,
  entryKey,
  entryOfLate,
  journalPartition,
  lateKey,
  latePartition,
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

/**
 * Notes that the entry came after its period was (or may have been) sealed: the next seal takes it. A note without its entry, which no seal
 * has taken, is half a transaction that a restore brought back.
 */
export const latePut = (scope: Scope, entry: JournalEntry): Write => ({
  kind: 'put',
  table: 'ledger',
  item: { ...lateKey(scope, entryKey(scope, entry)), committedMs: entry.committedMs },
  when: any(absent, missing('takenBy')),
});

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

/** Where the books of a scope were last closed: everything committed up to then is settled or on the late list. */
export interface Period {
  readonly scope: Scope;
  readonly version: number;
  readonly sealedThroughMs: number;
  /** Up to here every currency's batch has been made. */
  readonly settledThroughMs: number;
  /** The seal before this one; 0 for the first. */
  readonly previousMs: number;
  /** Sum per `currency account` of every entry that was ever part of a seal (debits − credits). */
  readonly closing: Readonly<Record<string, bigint>>;
  /** S3 key and digest of the list of entries that the last seal took. */
  readonly manifest: { readonly key: string; readonly sha256: string };
}

const periodOf = (item: Item): Period => unpack<Period>(item.doc as Uint8Array);

export async function loadPeriod(table: Table, scope: Scope): Promise<Period | undefined> {
  const item = await table.get('ledger', periodKey(scope));
  return item && periodOf(item);
}

export const periodItem = (period: Period): Item => ({
  ...periodKey(period.scope),
  sealedThroughMs: period.sealedThroughMs,
  v: period.version,
  doc: pack(period),
});

/** The period and every currency's balance, in one query. */
export async function loadBooks(
  table: Table,
  scope: Scope,
): Promise<{ readonly period: Period | undefined; readonly balances: readonly Balance[] }> {
  const items: Item[] = [];
  for await (const page of pagesOf(table, { pk: balanceKey(scope, '').pk })) items.push(...page);
  const period = items.find((item) => item.sk === '#period');
  return { period: period && periodOf(period), balances: items.filter((item) => item.sk !== '#period').map(balanceOf) };
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
  const partitions = shardsOf(shards);
  const read = await Promise.all(
    partitions.map((shard) => shardEntries(table, journalPartition(scope, shard), afterMs, throughMs)),
  );
  return read.flat();
}

async function shardEntries(
  table: Table,
  pk: string,
  afterMs: number,
  throughMs: number,
): Promise<readonly StoredEntry[]> {
  const entries: StoredEntry[] = [];
  // A sort key is longer than the time it begins with, so both bounds exclude what is exactly that time or later.
  const range = { pk, from: timeText(afterMs + 1), to: timeText(throughMs + 1) };
  for await (const page of pagesOf(table, range))
    entries.push(...page.map((item) => ({ key: { pk: item.pk, sk: item.sk }, entry: entryOf(item) })));
  return entries;
}

export interface LateEntry extends StoredEntry {
  /** Its place on the late list. */
  readonly late: Key;
  readonly committedMs: number;
  /** Digests of the manifests that name it: of the seal that took it, and of seals that broke off. */
  readonly takenBy: ReadonlySet<string>;
}

/** The late list, without what the last seal took: that is part of what the period closed with. */
export async function lateEntries(
  table: Table,
  scope: Scope,
  period: Period | undefined,
): Promise<readonly LateEntry[]> {
  const all = await lateList(table, scope);
  return all.filter(({ takenBy }) => !period || !takenBy.has(period.manifest.sha256));
}

/** Everything on the late list. */
export async function lateList(table: Table, scope: Scope): Promise<readonly LateEntry[]> {
  const items: Item[] = [];
  for await (const page of pagesOf(table, { pk: latePartition(scope) })) items.push(...page);
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
  const found: (StoredEntry | undefined)[] = [];
  for (let from = 0; from < keys.length; from += 100) {
    const asked = keys.slice(from, from + 100);
    const items = await table.getMany(asked.map((key) => ({ table: 'ledger' as const, key })));
    found.push(...items.map((item, index) => item && { key: asked[index]!, entry: entryOf(item) }));
  }
  return found;
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

async function* pagesOf(table: Table, query: Omit<Query, 'after'>): AsyncGenerator<readonly Item[]> {
  let after: string | undefined;
  do {
    const page = await table.query('ledger', { ...query, ...(after !== undefined && { after }) });
    yield page.items;
    after = page.after;
  } while (after !== undefined);
}

/** The entry that `txn_…` names in this scope. */
export async function entryById(table: Table, scope: Scope, id: string): Promise<JournalEntry | undefined> {
  const parsed = parseTransactionId(id);
  const item = parsed && (await table.get('ledger', { pk: journalPartition(scope, parsed.shard), sk: parsed.sk }));
  return item && entryOf(item);
}
