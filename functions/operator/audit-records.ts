/** The audit of one page of records: whether each has its entries, a payment its refunds and chargebacks, and an automatic payout its batch. */

import type { Clock } from '../kernel/clock.ts';
import type { Scope } from '../kernel/ids.ts';
import { entryKey } from '../ledger/keys.ts';
import { POSTED_MS } from '../ledger/post.ts';
import { entryOf } from '../ledger/store.ts';
import { isAutomatic, type Payout } from '../payouts/payout.ts';
import { PAYOUT } from '../payouts/store.ts';
import { batchReadOf } from '../settlement/batch-reads.ts';
import { batchOf } from '../settlement/batch-record.ts';
import { differenceOf, differenceText, entriesOfItem } from '../settlement/compare.ts';
import { entriesOfStatement, type Statement } from '../statements/record.ts';
import { moneyOf } from '../stream/records.ts';
import { getAll } from '../table/bulk.ts';
import { recordOf } from '../table/record.ts';
import type { Item, Table } from '../table/table.ts';
import { auditFamilies } from './audit-families.ts';

export interface AuditDeps {
  readonly table: Table;
  readonly clock: Clock;
}

/** An entry of a recent commit may still be on its way: it is looked for so often, a second apart. */
const READS = 10;
const READ_INTERVAL_MS = 1_000;

/** What does not agree with the records on this page; only what was committed up to `untilMs` is compared. */
export async function auditRecords(
  deps: AuditDeps,
  scope: Scope,
  items: readonly Item[],
  untilMs: number,
): Promise<readonly string[]> {
  const payouts = items.filter(({ kind }) => kind === PAYOUT.name).map((item) => recordOf(PAYOUT, item));
  return [
    ...(await entriesOfRecords(deps, scope, items, untilMs)),
    ...(await auditFamilies(deps, scope, items)),
    ...(await batchesOfPayouts(deps, payouts)),
  ];
}

/** Entries that the journal has not, or has with other money. */
async function entriesOfRecords(
  { table, clock }: AuditDeps,
  scope: Scope,
  items: readonly Item[],
  untilMs: number,
): Promise<readonly string[]> {
  let wanted = items.flatMap(entriesOfItem).filter(({ committedMs }) => committedMs <= untilMs);
  const wrong: string[] = [];
  for (let read = 1; wanted.length > 0; read++) {
    const reads = wanted.map((entry) => ({ table: 'ledger', key: entryKey(scope, entry) }) as const);
    const found = await getAll(table, reads);
    const differs = wanted.filter((entry, at) => found[at] && moneyOf(entryOf(found[at])) !== moneyOf(entry));
    wrong.push(...differs.map((entry) => differenceText(differenceOf('entry_differs', entry))));
    wanted = wanted.filter((_, at) => !found[at]);
    const mayCome = wanted.some(({ committedMs }) => clock.nowMs() - committedMs < POSTED_MS);
    if (read === READS || !mayCome) break;
    await clock.sleep(READ_INTERVAL_MS);
  }
  return [...wrong, ...wanted.map((entry) => differenceText(differenceOf('entry_missing', entry)))];
}

/** Statements whose entries, which one transaction posted with them, the journal has not, or has with other money. */
export async function auditStatements(
  { table }: AuditDeps,
  scope: Scope,
  statements: readonly Statement[],
): Promise<readonly string[]> {
  const made = statements.flatMap(entriesOfStatement);
  const found = await getAll(
    table,
    made.map((entry) => ({ table: 'ledger', key: entryKey(scope, entry) })),
  );
  return made.flatMap((entry, at) => {
    const item = found[at];
    if (!item) return [differenceText(differenceOf('entry_missing', entry))];
    return moneyOf(entryOf(item)) === moneyOf(entry) ? [] : [differenceText(differenceOf('entry_differs', entry))];
  });
}

/** Payouts of settlements whose batch does not pay them out (I9, I10). */
async function batchesOfPayouts({ table }: AuditDeps, payouts: readonly Payout[]): Promise<readonly string[]> {
  const automatic = payouts.filter(isAutomatic);
  const items = await getAll(
    table,
    automatic.map(({ scope, sealedThroughMs, currency }) => batchReadOf(scope, sealedThroughMs!, currency)),
  );
  return automatic.flatMap(({ body, amount }, at) => {
    const batch = items[at] && batchOf(items[at]);
    if (!batch) return [`record_missing po_${body} its batch`];
    return batch.payout === body && batch.paidOut === amount
      ? []
      : [`payout_differs po_${body} pays ${amount}, its batch pays ${batch.paidOut} by ${batch.payout ?? 'nothing'}`];
  });
}
