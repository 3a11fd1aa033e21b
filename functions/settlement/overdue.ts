/** What an operator began and did not end: statements whose booking broke off, and payout files that the bank has had for days without a word. */
import { readingSince } from '../statements/store.ts';
import type { Table } from '../table/table.ts';
import { filesPartition, payoutFileOf } from './files/payout-file.ts';

const HOUR_MS = 3_600_000;
/** The command line books a statement in minutes. */
const STATEMENT_MS = HOUR_MS;
/** Banks report within two banking days, over a weekend in four days. */
const FILE_MS = 4 * 24 * HOUR_MS;
/** Files that are looked at: older ones have been reported for long. */
const RECENT = 50;

/** One line for people each. */
export async function overdueOf(table: Table, nowMs: number): Promise<readonly string[]> {
  const statements = (await readingSince(table, nowMs - STATEMENT_MS)).map((name) => `statement ${name} is not booked`);
  const { items } = await table.query('ledger', { pk: filesPartition(true), newestFirst: true, limit: RECENT });
  const files = items.flatMap((item) => {
    const { file, n } = payoutFileOf(item);
    const { id, written, createdMs, confirmedMs } = file;
    if (confirmedMs !== undefined || n === 0 || (written?.atMs ?? createdMs) > nowMs - FILE_MS) return [];
    return [`payout file ${id} is not ${written ? 'confirmed' : 'written'}`];
  });
  return [...statements, ...files];
}
