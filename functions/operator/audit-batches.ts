/** The audit of one page of batches: whether they add up, and agree with their manifest, its entries and their payout (I9). */
import { accounts } from '../ledger/accounts.ts';
import { credited } from '../ledger/entry.ts';
import { entryKey, journalPartition } from '../ledger/keys.ts';
import { type Books, entryOf, loadBooks } from '../ledger/store.ts';
import { PAYOUT } from '../payouts/store.ts';
import { loadBatches } from '../settlement/batch.ts';
import { type Batch, entriesOfBatch } from '../settlement/batch-record.ts';
import { differenceOf, differenceText } from '../settlement/compare.ts';
import { type Manifest, readManifest } from '../settlement/manifest.ts';
import { addsUp } from '../settlement/report.ts';
import { holdsKey } from '../settlement/reserve-store.ts';
import { RECORD_OF } from '../stream/records.ts';
import { getAll } from '../table/bulk.ts';
import type { Files } from '../table/files.ts';
import { keyOf } from '../table/record.ts';
import type { Key } from '../table/table.ts';
import type { AuditDeps } from './audit-records.ts';

/** Entries of a manifest that are read at a time. */
const READ_AT_ONCE = 1_000;

export interface BatchAuditDeps extends AuditDeps {
  readonly files: Pick<Files, 'get'>;
}

/** What does not agree with these batches. The manifest of a period is compared with its first batch. */
export async function auditBatches(deps: BatchAuditDeps, batches: readonly Batch[]): Promise<readonly string[]> {
  const wrong = [...(await entriesAndPayouts(deps, batches))];
  for (const batch of batches) {
    // After the batch, whose period was closed before. Before the batches: a currency leaves the list of what is put off once its batch is there.
    const books = await loadBooks(deps.table, batch.scope);
    wrong.push(...periodOf(batch, books), ...(await holdsOf(deps, batch)));
    const ofPeriod = await loadBatches(deps.table, batch.scope, batch.throughMs);
    if (ofPeriod[0]?.currency === batch.currency)
      wrong.push(...(await auditManifest(deps, batch, { books, batches: ofPeriod })));
  }
  return wrong;
}

/**
 * A batch is of a closed period, and the last one's names the period's manifest. Books whose period is older than a batch would take the batch's
 * entries again, and pay them out again.
 */
function periodOf(batch: Batch, { period }: SettledSoFar): readonly string[] {
  if (!period || period.sealedThroughMs < batch.throughMs) {
    const through = period ? `through ${new Date(period.sealedThroughMs).toISOString()}` : 'nowhere';
    return [`period_differs ${nameOf(batch)} is settled, the books are closed ${through}`];
  }
  const isOther = period.sealedThroughMs === batch.throughMs && period.manifest.sha256 !== batch.manifest.sha256;
  return isOther ? [`period_differs ${nameOf(batch)} has the manifest ${batch.manifest.key}, its period another`] : [];
}

/**
 * What a batch holds back has a date, unless the batch itself released it. A reserve without dates is taken for one of 0.1 by the next settlement,
 * which may release all of it.
 */
async function holdsOf({ table }: AuditDeps, batch: Batch): Promise<readonly string[]> {
  // Batches of 0.1 have no `withheld`, and dated nothing.
  const hasReserve = batch.withheld !== undefined && batch.reserve > 0n;
  if (!hasReserve || (await table.get('ledger', holdsKey(batch.scope, batch.currency)))) return [];
  return [`holds_missing ${batch.currency} of ${nameOf(batch)}`];
}

const nameOf = ({ throughMs, currency }: Pick<Batch, 'throughMs' | 'currency'>): string =>
  `batch ${new Date(throughMs).toISOString()} ${currency}`;

/** The entries that were posted with the batches, and the payouts that they made. */
async function entriesAndPayouts({ table }: AuditDeps, batches: readonly Batch[]): Promise<readonly string[]> {
  const entries = batches.flatMap((batch) => entriesOfBatch(batch).map((entry) => ({ scope: batch.scope, entry })));
  const paid = batches.filter(({ payout }) => payout !== undefined);
  const [posted, payouts] = await Promise.all([
    getAll(
      table,
      entries.map(({ scope, entry }) => ({ table: 'ledger', key: entryKey(scope, entry) })),
    ),
    getAll(
      table,
      paid.map(({ scope, payout }) => ({ table: 'payments', key: keyOf(PAYOUT, scope, payout!) })),
    ),
  ]);
  return [
    ...entries.filter((_, at) => !posted[at]).map(({ entry }) => differenceText(differenceOf('entry_missing', entry))),
    ...paid.filter((_, at) => !payouts[at]).map((batch) => `record_missing po_${batch.payout} of ${nameOf(batch)}`),
  ];
}

/** The manifest that the batches of a period name: its digest, its sums, and the entries that it lists. */
async function auditManifest(
  { table, files }: BatchAuditDeps,
  { throughMs, manifest }: Batch,
  { books, batches }: { readonly books: SettledSoFar; readonly batches: readonly Batch[] },
): Promise<readonly string[]> {
  const read = await readManifest(files, manifest).catch((error: Error) => error.message);
  if (typeof read === 'string') return [`manifest_differs ${read}`];
  const wrong: string[] = [];
  for (const batch of batches)
    if (
      !addsUp(
        batch,
        read.nets.find(({ currency }) => currency === batch.currency),
      )
    )
      wrong.push(`batch_differs ${nameOf(batch)} does not add up`);
  for (const { currency } of read.nets)
    if (!batches.some((batch) => batch.currency === currency) && isSettledIn(books, throughMs, currency))
      wrong.push(`batch_missing ${nameOf({ throughMs, currency })}`);
  const { pending, missing } = await foldOf({ table }, read);
  wrong.push(...missing.map((name) => `entry_missing ${name} of manifest ${manifest.key}`));
  for (const { currency, net } of read.nets)
    if ((pending.get(currency) ?? 0n) !== net)
      wrong.push(
        `manifest_differs ${manifest.key} nets ${net} ${currency}, its entries ${pending.get(currency) ?? 0n}`,
      );
  return wrong;
}

type SettledSoFar = Pick<Books, 'period' | 'deferred'>;

/**
 * Whether the currency of the period must have its batch. A settlement makes one batch after the other and then notes that the period is
 * settled, and a currency that its banking days put off has none before it is due.
 */
const isSettledIn = ({ period, deferred }: SettledSoFar, throughMs: number, currency: string): boolean =>
  throughMs <= (period?.settledThroughMs ?? 0) &&
  !deferred.some((one) => one.throughMs === throughMs && one.currency === currency);

/** What the entries of a manifest add to `pending` by currency, read a thousand at a time, and those that are not there. */
async function foldOf({ table }: Pick<AuditDeps, 'table'>, { scope, entries }: Manifest) {
  const pending = new Map<string, bigint>();
  const missing: string[] = [];
  for (let from = 0; from < entries.length; from += READ_AT_ONCE) {
    const names = entries.slice(from, from + READ_AT_ONCE);
    const items = await getAll(
      table,
      names.map((name) => ({ table: 'ledger', key: keyOfName(scope, name) })),
    );
    for (const [at, item] of items.entries()) {
      if (!item) missing.push(names[at]!);
      const entry = item && entryOf(item);
      // What a settlement moves out of `pending` is the batch, not one of its lines.
      if (!entry || RECORD_OF[entry.type] === 'batch') continue;
      pending.set(entry.currency, (pending.get(entry.currency) ?? 0n) + credited(entry, accounts.pending));
    }
  }
  return { pending, missing };
}

/** A manifest names an entry by its shard and sort key. */
const keyOfName = (scope: Manifest['scope'], name: string): Key => ({
  pk: journalPartition(scope, name.charAt(0)),
  sk: name.slice(2),
});
