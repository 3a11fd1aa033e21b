/** Damage by hand: one record or one entry of a simulation is changed or lost, as no code of the product does it. */

import type { Dispute } from '../../functions/disputes/dispute.ts';
import type { Scope } from '../../functions/kernel/ids.ts';
import type { Checkpoint } from '../../functions/ledger/checkpoint.ts';
import type { EntryType, JournalEntry } from '../../functions/ledger/entry.ts';
import { entryKey } from '../../functions/ledger/keys.ts';
import type { Period } from '../../functions/ledger/store.ts';
import type { Attempt } from '../../functions/payments/attempt.ts';
import type { CaptureFacts, Payment } from '../../functions/payments/payment.ts';
import type { Payout } from '../../functions/payouts/payout.ts';
import type { Refund } from '../../functions/refunds/refund.ts';
import { batchKeyOf } from '../../functions/settlement/batch-reads.ts';
import type { Batch } from '../../functions/settlement/batch-record.ts';
import { statementKey } from '../../functions/statements/record.ts';
import { MONEY_KINDS, RECORD_OF } from '../../functions/stream/records.ts';
import { pack, unpack } from '../../functions/table/pack.ts';
import { keyOf } from '../../functions/table/record.ts';
import { absent, type Item, type Key, present, type TableName, type Write } from '../../functions/table/table.ts';
import type { Written } from '../world/memory-table.ts';
import type { Simulation } from '../world/simulation.ts';
import { isJournal, recordsOf } from './records.ts';

/** Writes without a trace in the history of commits: as a disk would change what it holds. */
export async function silently({ world: { table } }: Simulation, ...writes: [Write, ...Write[]]): Promise<void> {
  await table.commit(...writes);
  (table.history as (readonly Written[])[]).pop();
}

/** What is stored, by the name under which tests ask for it. */
export interface Docs {
  readonly payment: Payment;
  readonly refund: Refund;
  readonly dispute: Dispute;
  readonly payout: Payout;
  readonly entry: JournalEntry;
  readonly batch: Batch;
  readonly period: Period;
  readonly checkpoint: Checkpoint;
  readonly holds: Readonly<Record<string, bigint>>;
}

const IN_LEDGER: Readonly<Partial<Record<keyof Docs, (item: Item) => boolean>>> = {
  entry: ({ pk }) => isJournal(pk),
  batch: ({ pk }) => pk.endsWith('#batch'),
  period: ({ pk, sk }) => pk.endsWith('#b') && sk === '#period',
  checkpoint: ({ pk, sk }) => pk.endsWith('#b') && sk === '#subtotal',
  holds: ({ pk }) => pk.endsWith('#reserve'),
};

export interface Found<T> {
  readonly table: 'payments' | 'ledger';
  readonly item: Item;
  readonly doc: T;
}

/** Everything of this kind, in order of its keys. */
export function all<K extends keyof Docs>({ world }: Simulation, kind: K): readonly Found<Docs[K]>[] {
  const table = IN_LEDGER[kind] ? 'ledger' : 'payments';
  const is = IN_LEDGER[kind] ?? ((item) => item.kind === kind);
  return world.table
    .items(table)
    .filter(is)
    .map((item) => ({ table, item, doc: unpack<Docs[K]>(item.doc as Uint8Array) }));
}

/** The first of this kind of which that is true. */
export function first<K extends keyof Docs>(
  sim: Simulation,
  kind: K,
  is: (doc: Docs[K]) => boolean = () => true,
): Found<Docs[K]> {
  const found = all(sim, kind).find(({ doc }) => is(doc));
  if (!found) throw new Error(`there is no such ${kind}`);
  return found;
}

/** The record at its key is another one. */
export const change = <T extends object>(sim: Simulation, { table, item }: Found<T>, doc: T): Promise<void> =>
  silently(sim, { kind: 'put', table, item: { ...item, doc: pack(doc) }, when: present });

/** Another item with this record is in its place, or beside it. */
export const store = <T extends object>(
  sim: Simulation,
  { table, item }: Found<T>,
  at: Partial<Key>,
  doc?: T,
): Promise<void> =>
  silently(sim, { kind: 'put', table, item: { ...item, ...at, ...(doc && { doc: pack(doc) }) }, when: absent });

export const lose = (sim: Simulation, { table, item }: Found<object>): Promise<void> =>
  silently(sim, { kind: 'delete', table, key: { pk: item.pk, sk: item.sk }, when: present });

/** The last entry of this type, by its commit. */
export function entryOfType(sim: Simulation, type: EntryType): JournalEntry {
  const entries = recordsOf(sim.world).journal.map(({ entry }) => entry);
  const found = entries.toSorted((a, b) => a.committedMs - b.committedMs).findLast((entry) => entry.type === type);
  if (!found) throw new Error(`there is no ${type}`);
  return found;
}

/** Where the record stands that the entry is about. */
export function recordOfEntry(
  scope: Scope,
  entry: JournalEntry,
): { readonly table: TableName & ('payments' | 'ledger'); readonly key: Key } {
  const kind = RECORD_OF[entry.type];
  if (kind === 'batch') return { table: 'ledger', key: batchKeyOf(scope, entry) };
  return kind === 'statement'
    ? { table: 'ledger', key: statementKey(scope, entry.body) }
    : { table: 'payments', key: keyOf(MONEY_KINDS[kind], scope, entry.body) };
}

/** The entry is gone, and nothing else: not even what it did to a balance. */
export const loseEntry = (sim: Simulation, entry: JournalEntry): Promise<void> =>
  silently(sim, { kind: 'delete', table: 'ledger', key: entryKey(sim.scope, entry), when: present });

export const loseRecord = (sim: Simulation, entry: JournalEntry): Promise<void> =>
  silently(sim, { kind: 'delete', ...recordOfEntry(sim.scope, entry), when: present });

/** Each leg is a minor unit more: the entry still balances. */
export async function changeEntry(sim: Simulation, entry: JournalEntry): Promise<void> {
  const item = (await sim.world.table.get('ledger', entryKey(sim.scope, entry)))!;
  const legs = entry.legs.map((leg) => ({ ...leg, amount: leg.amount + 1n }));
  const doc = pack({ ...entry, legs });
  await silently(sim, { kind: 'put', table: 'ledger', item: { ...item, doc }, when: present });
}

/** The record at the key is another one. */
export async function changeRecord<T extends object>(
  sim: Simulation,
  { table, key }: { readonly table: TableName; readonly key: Key },
  change: (record: T) => T,
): Promise<void> {
  const item = (await sim.world.table.get(table, key))!;
  const doc = pack(change(unpack<T>(item.doc as Uint8Array)));
  await silently(sim, { kind: 'put', table, item: { ...item, doc }, when: present });
}

/** A fork of the simulation in which something was done to the entry of this type, or to its record. */
export async function damaged(
  day: Simulation,
  type: EntryType,
  damage: (sim: Simulation, entry: JournalEntry) => Promise<unknown>,
): Promise<{ readonly sim: Simulation; readonly entry: JournalEntry }> {
  const sim = day.fork();
  const entry = entryOfType(sim, type);
  await damage(sim, entry);
  return { sim, entry };
}

/** Does the damage, and returns what the audit has to say of it. */
export type Case = readonly [what: string, damage: (sim: Simulation) => Promise<string>];

/** Changes the first record of the kind of which that is true; its body stands in the finding for `#`. */
export const changed =
  <K extends 'payment' | 'refund' | 'dispute' | 'payout'>(
    kind: K,
    is: (doc: Docs[K]) => boolean,
    to: (doc: Docs[K]) => object,
    finding: string,
  ) =>
  async (sim: Simulation): Promise<string> => {
    const found = first(sim, kind, is) as Found<Docs[K] & { readonly body: string }>;
    await change(sim, found, { ...found.doc, ...to(found.doc) });
    return finding.replaceAll('#', found.doc.body);
  };

/** Payments, a refund and a dispute of the audited day (busy-day.ts). */
export const much = ({ amount }: Payment): boolean => amount === 500_000n;
/** 40.00 of 100.00 were captured. */
export const inPart = ({ capture }: Payment): boolean => capture?.amount === 4_000n && !capture.keepsRest;
export const twice = ({ laterCaptures = [] }: Payment): boolean => laterCaptures.length > 0;
export const held = ({ status }: Payment): boolean => status === 'requires_capture';
export const returned = ({ amount }: Payment): boolean => amount === 7_000n;
export const surplus = ({ attempts }: Payment): boolean => attempts.some((attempt) => attempt.surplus);
export const unapplied = ({ attempts }: Payment): boolean => attempts.some((attempt) => attempt.unapplied);
export const partly = ({ amount }: Refund): boolean => amount === 2_500n;
export const chargeback = ({ amount }: Dispute): boolean => amount === 7_000n;

/** Changes a member of the first capture, of its terms, of every attempt. */
export const capture = (changes: Partial<CaptureFacts>) => (payment: Payment) => ({
  capture: { ...payment.capture!, ...changes },
});
export const terms = (changes: object) => (payment: Payment) =>
  capture({ terms: { ...payment.capture!.terms, ...changes } })(payment);
export const attempt = (to: (one: Attempt) => Partial<Attempt>) => (payment: Payment) => ({
  attempts: payment.attempts.map((one) => ({ ...one, ...to(one) })),
});
