/** Damage by hand: one record or one entry of a simulation is changed or lost, as no code of the product does it. */
import type { EntryType, JournalEntry } from '../../functions/ledger/entry.ts';
import { entryKey } from '../../functions/ledger/keys.ts';
import { MONEY_KINDS, RECORD_OF } from '../../functions/ledger/records.ts';
import { batchKeyOf } from '../../functions/settlement/batch-reads.ts';
import type { Scope } from '../../functions/shared/ids.ts';
import { pack, unpack } from '../../functions/shared/pack.ts';
import { keyOf } from '../../functions/shared/record.ts';
import { type Key, present, type TableName } from '../../functions/shared/table.ts';
import { recordsOf } from './records.ts';
import type { Simulation } from './simulation.ts';

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
  return kind === 'batch'
    ? { table: 'ledger', key: batchKeyOf(scope, entry) }
    : { table: 'payments', key: keyOf(MONEY_KINDS[kind], scope, entry.body) };
}

/** The entry is gone, and nothing else: not even what it did to a balance. */
export const loseEntry = ({ world, scope }: Simulation, entry: JournalEntry): Promise<void> =>
  world.table.commit({ kind: 'delete', table: 'ledger', key: entryKey(scope, entry), when: present });

export const loseRecord = ({ world, scope }: Simulation, entry: JournalEntry): Promise<void> =>
  world.table.commit({ kind: 'delete', ...recordOfEntry(scope, entry), when: present });

/** Each leg is a minor unit more: the entry still balances. */
export async function changeEntry({ world, scope }: Simulation, entry: JournalEntry): Promise<void> {
  const item = (await world.table.get('ledger', entryKey(scope, entry)))!;
  const legs = entry.legs.map((leg) => ({ ...leg, amount: leg.amount + 1n }));
  const doc = pack({ ...entry, legs });
  await world.table.commit({ kind: 'put', table: 'ledger', item: { ...item, doc }, when: present });
}

/** The record at the key is another one. */
export async function changeRecord<T extends object>(
  { world }: Simulation,
  { table, key }: { readonly table: TableName; readonly key: Key },
  change: (record: T) => T,
): Promise<void> {
  const item = (await world.table.get(table, key))!;
  const doc = pack(change(unpack<T>(item.doc as Uint8Array)));
  await world.table.commit({ kind: 'put', table, item: { ...item, doc }, when: present });
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
