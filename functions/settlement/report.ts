/** Settlement reports: one CSV and one JSON file per batch, whose lines sum to its net. Written once; written again they are the same bytes. */
import { createHash } from 'node:crypto';
import { stringify } from 'csv-stringify/sync';
import type { Scope } from '../shared/ids.ts';
import { decimalText } from '../shared/money.ts';
import { type Batch, loadBatches } from './batch.ts';
import type { SettlementDeps } from './deps.ts';
import { readManifest } from './manifest.ts';
import type { Line, Net } from './netting.ts';
import { reportKey } from './report-key.ts';

/** Writes the reports of every batch of the period that ends at `throughMs`. Throws when the lines do not sum to what was settled. */
export async function writeReports(deps: SettlementDeps, scope: Scope, throughMs: number): Promise<number> {
  const batches = await loadBatches(deps.table, scope, throughMs);
  for (const batch of batches) {
    const manifest = await readManifest(deps.files, batch.manifest);
    const report = reportOf(
      batch,
      manifest.nets.find((net) => net.currency === batch.currency),
    );
    await Promise.all([
      deps.files.put(reportKey(scope, batch.throughMs, batch.currency, 'json'), report.json, 'application/json'),
      deps.files.put(reportKey(scope, batch.throughMs, batch.currency, 'csv'), report.csv, 'text/csv'),
    ]);
  }
  return batches.length;
}

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

/** Both files of one batch. Amounts are minor units as text in the JSON, decimals in the CSV. */
export function reportOf(batch: Batch, net: Net | undefined): { readonly json: string; readonly csv: string } {
  const lines = net?.lines ?? [];
  const total = lines.reduce((sum, line) => sum + line.net, 0n);
  if (total !== batch.net || batch.opening + batch.net - batch.reserve - batch.paidOut !== batch.closing) {
    throw new Error(`the report of ${batch.scope} ${batch.currency} through ${batch.throughMs} does not add up`);
  }
  const csv = stringify(
    lines.map((line) => rowOf(line, batch)),
    { header: true, columns: [...COLUMNS] },
  );
  const json = JSON.stringify(
    {
      object: 'settlement_report',
      payout: batch.payout ? `po_${batch.payout}` : null,
      currency: batch.currency,
      period: { after: iso(batch.afterMs), through: iso(batch.throughMs) },
      created: iso(batch.createdMs),
      opening: String(batch.opening),
      gross: String(net?.gross ?? 0n),
      fees: String(net?.fees ?? 0n),
      refunds: String(net?.refunds ?? 0n),
      net: String(batch.net),
      reserve: String(batch.reserve),
      paid_out: String(batch.paidOut),
      closing: String(batch.closing),
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
});
