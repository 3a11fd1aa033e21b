/** A world whose stream was lost, or whose ledger was restored to its beginning: the input of repair. */
import { accounts } from '../../functions/ledger/accounts.ts';
import { credited, type EntryType } from '../../functions/ledger/entry.ts';
import { balanceKey } from '../../functions/ledger/keys.ts';
import { type Repaired, type RepairStep, repair } from '../../functions/operator/repair.ts';
import { changeOf } from '../../functions/stream/change.ts';
import { computedTypesOf, eventTypesOf, lastCommitOf, lastTypesOf } from '../../functions/stream/events.ts';
import { announcedBy } from '../../functions/table/announces.ts';
import { type Item, present } from '../../functions/table/table.ts';
import { isJournal, recordsOf } from '../audit/records.ts';
import type { Simulation } from '../world/simulation.ts';

/** Made by the settlement itself; all others follow from the objects. */
const OF_SETTLEMENT: readonly EntryType[] = ['released', 'reserve_released'];
/** Made by the requests' own transactions: lost in a restore only. */
const OF_REQUESTS: readonly EntryType[] = ['refund_requested', 'payout_created'];

/** Another simulation, without the entries that the stream posted and what they did to `available`; the notes of late ones are still there. */
export async function withoutEntries(sim: Simulation, lost: 'stream' | 'ledger'): Promise<Simulation> {
  const fork = sim.fork();
  const { table } = fork.world;
  const kept = lost === 'stream' ? [...OF_SETTLEMENT, ...OF_REQUESTS] : OF_SETTLEMENT;
  for (const { item, entry } of recordsOf(fork.world).journal) {
    if (kept.includes(entry.type)) continue;
    await table.commit({ kind: 'delete', table: 'ledger', key: item, when: present });
    const amount = credited(entry, accounts.available);
    if (amount === 0n) continue;
    const key = balanceKey(fork.scope, entry.currency);
    await table.commit({ kind: 'update', table: 'ledger', key, add: { available: -amount, v: -1 }, when: present });
  }
  return fork;
}

/** Journal and balances, to the byte; which entries a seal has still to take is not of the journal. */
export const booksOf = (sim: Simulation): readonly string[] =>
  sim.world.table
    .dump()
    .ledger!.filter(({ pk, sk }) => isJournal(pk) || (pk.endsWith('#b') && !sk.startsWith('#')))
    .filter((item) => isJournal(item.pk) || item.v !== 0n)
    .map(textOf);

export const textOf = (item: Item): string =>
  JSON.stringify(item, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });

/** Every step, as the command line takes them. */
export async function repairAll(sim: Simulation, dryRun = false): Promise<Repaired & { readonly audit: object }> {
  const settings = await sim.world.payments.settings(sim.scope);
  const { table, clock } = sim.world;
  const deps = { table, clock, random: sim.world.payments.random };
  const request = { from: '2027-01-01', to: '2027-03-31', dryRun };
  const steps: RepairStep[] = [];
  do {
    const cursor = steps.at(-1)?.cursor;
    steps.push(await repair(deps, sim.scope, settings, { ...request, ...(cursor !== undefined && { cursor }) }));
  } while (steps.at(-1)?.cursor !== undefined);
  const sum = (name: keyof Repaired): number => steps.reduce((total, step) => total + step[name], 0);
  return {
    looked: sum('looked'),
    entries: sum('entries'),
    events: sum('events'),
    tokens: sum('tokens'),
    reviews: sum('reviews'),
    open: sum('open'),
    unread: sum('unread'),
    audit: steps.at(-1)!.audit!,
  };
}

/**
 * Commits of which repair would write other events than their images tell, or which say other events themselves: none. Repair is asked with
 * and without what the commit says, for a record of 0.1 says nothing.
 */
export function misremembered({ world }: Simulation): readonly string[] {
  return world.table.stream().flatMap(({ old, new: now }) => {
    const change = changeOf(old, now);
    if (!change) return [];
    const computed = computedTypesOf(change).join();
    const guessed = lastCommitOf(change);
    const isSaid = announcedBy(change.new) !== undefined && change.old?.version !== change.new.version;
    const told = [
      eventTypesOf(change).join(),
      ...(guessed ? [computedTypesOf(guessed).join()] : []),
      ...(isSaid ? [lastTypesOf(change).join()] : []),
    ];
    return told
      .filter((types) => types !== computed)
      .map((types) => `${change.kind} ${'cause' in change.new ? change.new.cause : ''}: ${computed} ≠ ${types}`);
  });
}
