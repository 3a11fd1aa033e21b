/** Damage by hand: one record or one entry of a simulation is changed or lost, as no code of the product does it. */
import type { EntryType, JournalEntry } from '../../functions/ledger/entry.ts';
import { MONEY_KINDS, RECORD_OF } from '../../functions/ledger/records.ts';
import { batchKeyOf } from '../../functions/settlement/batch.ts';
import type { Scope } from '../../functions/shared/ids.ts';
import { keyOf } from '../../functions/shared/record.ts';
import type { Key, TableName } from '../../functions/shared/table.ts';
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
