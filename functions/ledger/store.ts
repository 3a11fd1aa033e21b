/** Journal entries, the balance item per currency, the sealed period and the late list: reads and writes. */
import type { Scope } from '../shared/ids.ts';
import { shardsOf, timeText } from '../shared/ids.ts';
import type { Currency } from '../shared/money.ts';
import { pack, unpack } from '../shared/pack.ts';
import { absent, type Item, type Key, type Table, type Write } from '../shared/table.ts';
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

/** Notes that the entry came after its period was (or may have been) sealed: the next batch takes it. */
export const latePut = (scope: Scope, entry: JournalEntry): Write => ({
  kind: 'put',
  table: 'ledger',
  item: { ...lateKey(scope, entryKey(scope, entry)), committedMs: entry.committedMs },
  when: absent,
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
  let after: string | undefined;
  do {
    const page = await table.query('ledger', { pk: balanceKey(scope, '').pk, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.after;
  } while (after !== undefined);
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
  let after: string | undefined;
  do {
    // A sort key is longer than the time it begins with, so both bounds exclude what is exactly that time or later.
    const page = await table.query('ledger', {
      pk,
      from: timeText(afterMs + 1),
      to: timeText(throughMs + 1),
      ...(after !== undefined && { after }),
    });
    entries.push(...page.items.map((item) => ({ key: { pk: item.pk, sk: item.sk }, entry: entryOf(item) })));
    after = page.after;
  } while (after !== undefined);
  return entries;
}

/** Members of the late list, oldest first, at most `limit`. */
export async function lateEntries(
  table: Table,
  scope: Scope,
  limit = 1_000,
): Promise<readonly (StoredEntry & { readonly late: Key })[]> {
  const page = await table.query('ledger', { pk: latePartition(scope), limit });
  const keys = page.items.map((item) => entryOfLate(scope, item.sk));
  const found: (Item | undefined)[] = [];
  for (let from = 0; from < keys.length; from += 100) {
    found.push(
      ...(await table.getMany(keys.slice(from, from + 100).map((key) => ({ table: 'ledger' as const, key })))),
    );
  }
  return page.items.flatMap((late, index) => {
    const item = found[index];
    return item ? [{ late: { pk: late.pk, sk: late.sk }, key: keys[index]!, entry: entryOf(item) }] : [];
  });
}

/** The entry that `txn_…` names in this scope. */
export async function entryById(table: Table, scope: Scope, id: string): Promise<JournalEntry | undefined> {
  const parsed = parseTransactionId(id);
  const item = parsed && (await table.get('ledger', { pk: journalPartition(scope, parsed.shard), sk: parsed.sk }));
  return item && entryOf(item);
}
