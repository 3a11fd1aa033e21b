/**
 * Repair (docs/runbook.md, Repair): after more than 24 hours of lost stream, or a restore, walks a merchant's objects by key and writes again what
 * their stream would have written: journal entries exactly, the rest as far as the objects tell. In steps of bounded work, each of which may
 * be repeated; the last one audits the books.
 */
import { endOfDate, parseDate, startOfDate } from '../kernel/calendar.ts';
import type { Clock } from '../kernel/clock.ts';
import { type RandomText, type Scope, shardsOf, timeText } from '../kernel/ids.ts';
import { makeCheckpoint, resetCheckpoint } from '../ledger/make-checkpoint.ts';
import type { Settings } from '../merchants/merchant.ts';
import type { SearchFields } from '../merchants/search-fields.ts';
import { changesOf } from '../stream/change.ts';
import { KINDS } from '../stream/kinds.ts';
import { partitionOf } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import { auditBooks, openPlaces, orphansAt, sumsOf } from './audit-balances.ts';
import { CommandError } from './command-error.ts';
import { repairBooks } from './repair-books.ts';
import { repairProjections } from './repair-events.ts';

/** One step: so many queries, of so many objects at most. */
const QUERIES = 20;
const OBJECTS = 100;
const MOST_ORPHANS = 20;

export interface RepairDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
}

export interface RepairRequest {
  /** Days, both included, in the merchant's time zone: when the objects were made. */
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
  /** Where the step before this one ended. */
  readonly cursor?: string | undefined;
}

/** What a step found missing, and wrote unless it was a dry run. */
export interface Repaired {
  readonly looked: number;
  readonly entries: number;
  readonly events: number;
  readonly tokens: number;
  readonly reviews: number;
  readonly open: number;
  /** Objects that this release cannot read. */
  readonly unread: number;
}

export interface RepairStep extends Repaired {
  /** Set while there is more: the next step's. */
  readonly cursor?: string;
  /** After the last step. */
  readonly audit?: object;
}

const NOTHING: Repaired = { looked: 0, entries: 0, events: 0, tokens: 0, reviews: 0, open: 0, unread: 0 };

/**
 * Carries out one step.
 * @throws CommandError for days or a cursor that are none
 */
export async function repair(
  deps: RepairDeps,
  scope: Scope,
  settings: Settings,
  request: RepairRequest,
): Promise<RepairStep> {
  const { from, to } = rangeOf(request, settings.timeZone);
  const { table, clock } = deps;
  const { shards, searchFields } = settings;
  const { dryRun } = request;
  const partitions = Object.values(KINDS).flatMap(({ record }) =>
    shardsOf(shards).map((shard) => partitionOf(record, scope, shard)),
  );
  const open = openPlaces(scope, shards);
  if (request.cursor === undefined && !request.dryRun) await resetCheckpoint(table, scope);
  let { at, after, orphans } = placeOf(request.cursor);
  let sum = NOTHING;
  for (let query = 0; query < QUERIES && at < partitions.length + open.length; query++) {
    const pk = partitions[at];
    if (pk === undefined) {
      const page = await orphansAt(table, scope, open[at - partitions.length]!, { limit: OBJECTS, after });
      orphans = [...new Set([...orphans, ...page.orphans])].slice(0, MOST_ORPHANS);
      after = page.after;
    } else {
      const page = await table.query('payments', {
        pk,
        from,
        to,
        limit: OBJECTS,
        ...(after !== undefined && { after }),
      });
      sum = added(sum, await repairPage(deps, page.items, { dryRun, searchFields }));
      after = page.after;
    }
    if (after === undefined) at += 1;
  }
  const cursor = [at, after ?? '', orphans.join()].join(':');
  if (at < partitions.length + open.length) return { ...sum, cursor };
  // Balances are read from their checkpoint, which is computed again from the posted entries.
  for (let step = 0; !request.dryRun && (await makeCheckpoint(table, scope, shards, clock.nowMs())); step++)
    if (step === QUERIES) return { ...sum, cursor };
  return { ...sum, audit: await audited(deps, scope, shards, orphans) };
}

type Items = Awaited<ReturnType<Table['query']>>['items'];

async function repairPage(
  deps: RepairDeps,
  items: Items,
  how: { readonly dryRun: boolean; readonly searchFields: SearchFields | undefined },
): Promise<Repaired> {
  let unread = 0;
  const images = items.map((item) => ({ new: item }));
  const { changes } = changesOf(images, () => {
    unread += 1;
  });
  const entries = await repairBooks(deps, changes, how.dryRun);
  return { looked: items.length, entries, ...(await repairProjections(deps, changes, how)), unread };
}

const added = (sum: Repaired, more: Repaired): Repaired => ({
  looked: sum.looked + more.looked,
  entries: sum.entries + more.entries,
  events: sum.events + more.events,
  tokens: sum.tokens + more.tokens,
  reviews: sum.reviews + more.reviews,
  open: sum.open + more.open,
  unread: sum.unread + more.unread,
});

/** The sort keys of what was made on these days. */
function rangeOf({ from, to }: RepairRequest, timeZone: string): { readonly from: string; readonly to: string } {
  const [first, last] = [parseDate(from), parseDate(to)];
  if (!first || !last || first > last)
    throw new CommandError(`from, to: ${from} and ${to} are no days of the calendar in this order (YYYY-MM-DD)`);
  return { from: timeText(startOfDate(first, timeZone)), to: timeText(endOfDate(last, timeZone)) };
}

interface Place {
  readonly at: number;
  readonly after: string | undefined;
  readonly orphans: readonly string[];
}

/** The partition, what of it has been looked at, and entries without their object that were found so far. */
function placeOf(cursor: string | undefined): Place {
  if (cursor === undefined) return { at: 0, after: undefined, orphans: [] };
  const match = /^(\d{1,4}):([0-9A-Za-z]{0,25}):((?:txn_[0-9A-Za-z]{25},?)*)$/.exec(cursor);
  if (!match) throw new CommandError(`cursor: ${cursor} is none`);
  const [, at, after, orphans] = match as unknown as [string, string, string, string];
  return { at: Number(at), after: after === '' ? undefined : after, orphans: orphans.split(',').filter(Boolean) };
}

/** I2, I5, and entries whose object a restore did not bring back. */
async function audited(
  { table, clock }: RepairDeps,
  scope: Scope,
  shards: number,
  orphans: readonly string[],
): Promise<object> {
  const { totals, differences } = await auditBooks(table, scope, shards, clock.nowMs());
  const sums = [...sumsOf(totals)];
  return {
    balanced: sums.every(([, amount]) => amount === 0n) && differences.length === 0 && orphans.length === 0,
    totals: sums.map(([currency, amount]) => ({ currency, balance: String(amount) })),
    differences,
    orphans,
  };
}
