/** Settlement reports: one CSV and one JSON file per batch, whose lines sum to its net and its reserve. Written once; written again they are the same bytes. */
import { createHash } from 'node:crypto';
import { stringify } from 'csv-stringify/sync';
import { bankingDaysOf } from '../kernel/calendar.ts';
import type { Scope } from '../kernel/ids.ts';
import { decimalText } from '../kernel/money.ts';
import { transactionId } from '../ledger/keys.ts';
import { loadBooks } from '../ledger/store.ts';
import { tryCommit } from '../table/commit.ts';
import { loadBatches } from './batch.ts';
import { type Batch, batchEntryKey, reserveReleasedBy, withheldBy } from './batch-record.ts';
import { removeDeferred } from './deferred.ts';
import type { SettlementDeps } from './deps.ts';
import { readManifest } from './manifest.ts';
import type { Line, Net } from './netting.ts';
import { LINES_PER_PART, type ReportFormat, reportKey } from './report-key.ts';

/** Writes the reports of every batch of the period that ends at `throughMs`. Throws when the lines do not sum to what was settled. */
export async function writeReports(deps: SettlementDeps, scope: Scope, throughMs: number): Promise<void> {
  const batches = await loadBatches(deps.table, scope, throughMs);
  const [first] = batches;
  if (!first) return;
  // One close made them all.
  const { nets } = await readManifest(deps.files, first.manifest);
  for (const batch of batches) {
    const net = nets.find(({ currency }) => currency === batch.currency);
    assertSums(batch, net);
    const lines = [...(net?.lines ?? []), ...releaseLines(batch)];
    const parts = Math.max(1, Math.ceil(lines.length / LINES_PER_PART));
    for (let part = 1; part <= parts; part++) {
      const { json, csv } = reportOf(batch, net, { lines, part, parts });
      const keyOf = (format: ReportFormat) => reportKey(scope, batch.throughMs, batch.currency, format, part);
      await Promise.all([
        deps.files.put(keyOf('json'), json, 'application/json'),
        deps.files.put(keyOf('csv'), csv, 'text/csv'),
      ]);
    }
  }
}

/** Writes the reports of batches that were put off, and forgets that they were: from then on they are like any other. */
export async function reportDeferred(deps: SettlementDeps, scope: Scope): Promise<void> {
  const { deferred } = await loadBooks(deps.table, scope);
  for (const one of deferred) {
    const batches = await loadBatches(deps.table, scope, one.throughMs);
    if (!batches.some(({ currency }) => currency === one.currency)) continue;
    await writeReports(deps, scope, one.throughMs);
    // A conflict: another execution did the same.
    await tryCommit(deps.table, removeDeferred(one));
  }
}

/** Whether the lines sum to the batch's net and reserve, and the batch's own sums to what it carries forward (I9). */
export function addsUp(batch: Batch, net: Net | undefined): boolean {
  const lines = [...(net?.lines ?? []), ...releaseLines(batch)];
  const total = (of: 'net' | 'reserve'): bigint => lines.reduce((sum, line) => sum + line[of], 0n);
  const { opening, reserve, paidOut, closing } = batch;
  return (
    total('net') === batch.net && total('reserve') === reserve && opening + batch.net - reserve - paidOut === closing
  );
}

function assertSums(batch: Batch, net: Net | undefined): void {
  if (!addsUp(batch, net))
    throw new Error(`the report of ${batch.scope} ${batch.currency} through ${batch.throughMs} does not add up`);
}

/** One line for each hold of which the batch released something: all are of one balance transaction, and the source is the hold's date. */
const releaseLines = (batch: Batch): readonly Line[] =>
  (batch.releases ?? []).map(({ date, amount }) => ({
    id: transactionId('reserve_released', batchEntryKey(batch), batch.createdMs, 1),
    type: 'reserve_release',
    source: date,
    committedMs: batch.createdMs,
    gross: 0n,
    fee: 0n,
    net: 0n,
    reserve: -amount,
  }));

const COLUMNS = [
  'balance_transaction',
  'type',
  'source',
  'created',
  'currency',
  'gross',
  'fee',
  'net',
  'reserve',
] as const;

/** A column, and a member of the JSON, only where a capture of the period was available at once: gross = fee + net + this. */
const AHEAD = 'available_at_capture';

/** Both files of one part of a batch's report. Amounts are minor units as text in the JSON, decimals in the CSV; sums are the batch's. */
function reportOf(
  batch: Batch,
  net: Net | undefined,
  { lines: all, part, parts }: { readonly lines: readonly Line[]; readonly part: number; readonly parts: number },
): { readonly json: string; readonly csv: string } {
  const lines = all.slice((part - 1) * LINES_PER_PART, part * LINES_PER_PART);
  const csv = stringify(
    lines.map((line) => rowOf(line, batch)),
    { header: true, columns: net?.ahead === undefined ? [...COLUMNS] : [...COLUMNS, AHEAD] },
  );
  const json = JSON.stringify(
    {
      object: 'settlement_report',
      payout: batch.payout ? `po_${batch.payout}` : null,
      currency: batch.currency,
      banking_days: bankingDaysOf(batch.currency),
      period: { after: iso(batch.afterMs), through: iso(batch.throughMs) },
      created: iso(batch.createdMs),
      opening: String(batch.opening),
      gross: String(net?.gross ?? 0n),
      fees: String(net?.fees ?? 0n),
      refunds: String(net?.refunds ?? 0n),
      net: String(batch.net),
      ...(net?.ahead !== undefined && { [AHEAD]: String(net.ahead) }),
      reserve: String(batch.reserve),
      reserve_withheld: String(withheldBy(batch)),
      reserve_released: String(reserveReleasedBy(batch)),
      paid_out: String(batch.paidOut),
      closing: String(batch.closing),
      part,
      parts,
      lines: lines.map(jsonLine),
      csv_sha256: createHash('sha256').update(csv).digest('hex'),
    },
    undefined,
    1,
  );
  return { json: `${json}\n`, csv };
}

const iso = (ms: number): string => new Date(ms).toISOString();

const rowOf = (line: Line, { currency }: Batch) => ({
  balance_transaction: line.id,
  type: line.type,
  source: line.source,
  created: iso(line.committedMs),
  currency,
  gross: decimalText(line.gross, currency),
  fee: decimalText(line.fee, currency),
  net: decimalText(line.net, currency),
  reserve: decimalText(line.reserve, currency),
  [AHEAD]: decimalText(line.ahead ?? 0n, currency),
});

const jsonLine = (line: Line) => ({
  balance_transaction: line.id,
  type: line.type,
  source: line.source,
  created: iso(line.committedMs),
  gross: String(line.gross),
  fee: String(line.fee),
  net: String(line.net),
  reserve: String(line.reserve),
  ...(line.ahead !== undefined && { [AHEAD]: String(line.ahead) }),
});
