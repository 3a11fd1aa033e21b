/** The audit of one page of records: whether each has its entries, a payment its refunds, and an automatic payout its batch. */

import type { Clock } from '../kernel/clock.ts';
import type { Scope } from '../kernel/ids.ts';
import { entryKey } from '../ledger/keys.ts';
import { POSTED_MS } from '../ledger/post.ts';
import { entryOf } from '../ledger/store.ts';
import type { Payment } from '../payments/payment.ts';
import { linkedToPayment, loadPayment } from '../payments/store.ts';
import { isAutomatic, type Payout } from '../payouts/payout.ts';
import type { Refund } from '../refunds/refund.ts';
import { batchReadOf } from '../settlement/batch-reads.ts';
import { batchOf } from '../settlement/batch-record.ts';
import { differenceOf, differenceText, entriesOfItem } from '../settlement/compare.ts';
import { moneyOf } from '../stream/records.ts';
import { getAll, pagesOf } from '../table/bulk.ts';
import { recordOf } from '../table/record.ts';
import type { Item, Key, Table } from '../table/table.ts';

export interface AuditDeps {
  readonly table: Table;
  readonly clock: Clock;
}

/** An entry of a recent commit may still be on its way: it is looked for so often, a second apart. */
const LOOKS = 10;
const LOOK_MS = 1_000;
/** The index of links follows its table within seconds. */
const INDEXED_MS = 60_000;

/** What does not agree with the records on this page; only what was committed up to `untilMs` is compared. */
export async function auditRecords(
  deps: AuditDeps,
  scope: Scope,
  items: readonly Item[],
  untilMs: number,
): Promise<readonly string[]> {
  const ofKind = <T>(kind: string): readonly T[] =>
    items.filter((item) => item.kind === kind).map((item) => recordOf<T>(item));
  return [
    ...(await entriesOfRecords(deps, scope, items, untilMs)),
    ...(await refundsOfPayments(deps, ofKind<Payment>('payment'))),
    ...(await batchesOfPayouts(deps, ofKind<Payout>('payout'))),
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
  for (let look = 1; wanted.length > 0; look++) {
    const reads = wanted.map((entry) => ({ table: 'ledger', key: entryKey(scope, entry) }) as const);
    const found = await getAll(table, reads);
    const differs = wanted.filter((entry, at) => found[at] && moneyOf(entryOf(found[at])) !== moneyOf(entry));
    wrong.push(...differs.map((entry) => differenceText(differenceOf('entry_differs', entry))));
    wanted = wanted.filter((_, at) => !found[at]);
    const mayCome = wanted.some(({ committedMs }) => clock.nowMs() - committedMs < POSTED_MS);
    if (look === LOOKS || !mayCome) break;
    await clock.sleep(LOOK_MS);
  }
  return [...wrong, ...wanted.map((entry) => differenceText(differenceOf('entry_missing', entry)))];
}

/** Payments whose refunds are not those that the payment counts (I6). */
async function refundsOfPayments(
  { table, clock }: AuditDeps,
  payments: readonly Payment[],
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { scope, body, version, refunded, refundCount, committedMs } of payments) {
    if (refundCount === 0) continue;
    const keys: Key[] = [];
    const query = { index: 'links', pk: linkedToPayment(scope, body), from: 'r#', to: 'r#~' } as const;
    for await (const page of pagesOf(table, 'payments', query)) keys.push(...page.map(({ pk, sk }) => ({ pk, sk })));
    const items = await getAll(
      table,
      keys.map((key) => ({ table: 'payments', key })),
    );
    const refunds = items.flatMap((item) => (item ? [recordOf<Refund>(item)] : []));
    const live = refunds.filter(({ status }) => status !== 'failed' && status !== 'canceled');
    const sum = live.reduce((total, { amount }) => total + amount, 0n);
    const same = sum === refunded && refunds.length === refundCount;
    // One that is refunded at this moment is not a difference, and the index may not have its refund yet.
    if (same || (await loadPayment(table, scope, body))?.version !== version) continue;
    if (refunds.length < refundCount && clock.nowMs() - committedMs < INDEXED_MS) continue;
    wrong.push(`refunds_differ pi_${body} ${refundCount} refunds of ${refunded}, found ${refunds.length} of ${sum}`);
  }
  return wrong;
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
