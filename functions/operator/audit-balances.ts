/** Checks the books of a scope: I2 (zero in sum), I5 (stored balances are the fold of their entries), and that each entry has an object. */

import { readBooks } from '../balance/books.ts';
import { type Scope, shardsOf, timeText } from '../kernel/ids.ts';
import { accounts } from '../ledger/accounts.ts';
import type { AccountTotals } from '../ledger/checkpoint.ts';
import type { JournalEntry } from '../ledger/entry.ts';
import { entryOfLate, journalPartition, latePartition, transactionIdOf } from '../ledger/keys.ts';
import { type Balance, entryOf, loadPeriod } from '../ledger/store.ts';
import { heldIn } from '../settlement/reserve.ts';
import { loadHolds } from '../settlement/reserve-store.ts';
import { MONEY_KINDS, moneyKindOf } from '../stream/records.ts';
import { missingAmong } from '../table/missing-items.ts';
import { keyOf } from '../table/record.ts';
import type { Table } from '../table/table.ts';

/** A stored balance and the sum of its entries, in minor units as text. */
export interface Difference {
  readonly scope: Scope;
  readonly currency: string;
  readonly account: string;
  readonly stored: string;
  readonly posted: string;
}

export interface Audit {
  readonly totals: AccountTotals;
  readonly differences: readonly Difference[];
}

/** Reads the books as they stand at `nowMs`. */
export async function auditBooks(table: Table, scope: Scope, shards: number, nowMs: number): Promise<Audit> {
  const { balances, totals } = await readBooks(table, scope, shards, nowMs);
  const differences = balances.flatMap(({ currency, available, reserve }) =>
    ([[accounts.available, available] as const, [accounts.reserve, reserve] as const] as const).flatMap(
      ([account, stored]): Difference[] => {
        const posted = -(totals[`${currency} ${account}`] ?? 0n);
        if (posted === stored) return [];
        return [{ scope, currency, account, stored: String(stored), posted: String(posted) }];
      },
    ),
  );
  return { totals, differences: [...differences, ...(await holdsApart(table, scope, balances))] };
}

/** Reserves that differ from the sum of their holds. A currency that this version has not settled yet has no holds to compare. */
export async function holdsApart(
  table: Table,
  scope: Scope,
  balances: readonly Balance[],
): Promise<readonly Difference[]> {
  const stored = await loadHolds(table, scope);
  return balances.flatMap(({ currency, reserve }): readonly Difference[] => {
    const holds = stored.get(currency);
    if (!holds || heldIn(holds) === reserve) return [];
    const account = `holds of ${accounts.reserve}`;
    return [{ scope, currency, account, stored: String(heldIn(holds)), posted: String(reserve) }];
  });
}

/** Sum per currency; all zero when the books balance (I2). */
export function sumsOf(totals: AccountTotals): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const [name, amount] of Object.entries(totals)) {
    const currency = name.slice(0, name.indexOf(' '));
    sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  }
  return sums;
}

/** Where the entries stand that no close has taken: each shard of the journal, and the late entries. */
export const openPlaces = (scope: Scope, shards: number): readonly string[] => [
  ...shardsOf(shards).map((shard) => journalPartition(scope, shard)),
  latePartition(scope),
];

/**
 * Names of the entries on one page of such a place whose object does not exist: a restore may have brought back one half of a transaction.
 * `after`: where the next page begins.
 */
export async function orphansAt(
  table: Table,
  scope: Scope,
  pk: string,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<{ readonly orphans: readonly string[]; readonly after: string | undefined }> {
  const closedThroughMs = (await loadPeriod(table, scope))?.sealedThroughMs ?? 0;
  const onList = pk === latePartition(scope);
  const { items, after } = await table.query('ledger', {
    pk,
    limit: page.limit,
    ...(!onList && { from: timeText(closedThroughMs + 1) }),
    ...(page.after !== undefined && { after: page.after }),
  });
  const keys = items.map(({ sk }) => ({ table: 'ledger', key: entryOfLate(scope, sk) }) as const);
  const found = onList ? (await table.getMany(keys)).filter((item) => item !== undefined) : items;
  return { orphans: await orphansAmong(table, scope, found.map(entryOf)), after };
}

async function orphansAmong(table: Table, scope: Scope, entries: readonly JournalEntry[]): Promise<readonly string[]> {
  const about = entries.flatMap((entry) => {
    const kind = moneyKindOf(entry.type);
    return kind === undefined ? [] : [{ entry, key: keyOf(MONEY_KINDS[kind], scope, entry.body) }];
  });
  const orphans = await missingAmong(table, about, ({ key }) => ({ table: 'payments', key }));
  return orphans.map(({ entry }) => transactionIdOf(entry));
}
