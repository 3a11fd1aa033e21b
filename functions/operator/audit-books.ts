/**
 * The audit of the books: every entry in its place, balanced and with its record; then the sum of all entries, compared with the stored figures.
 * The entries are walked in pages while new ones are posted, so the sum is of those that were committed before a time and are not on the
 * late entries; what is later or on the list is read at the end, all at once.
 */

import type { Scope } from '../kernel/ids.ts';
import { accounts } from '../ledger/accounts.ts';
import { type AccountTotals, totalsWith } from '../ledger/checkpoint.ts';
import { assertBalanced } from '../ledger/entry.ts';
import { transactionIdOf } from '../ledger/keys.ts';
import { keyText, openLateEntries } from '../ledger/late-entries.ts';
import { type Books, entriesBetween, loadBooks, type Period, type StoredEntry } from '../ledger/store.ts';
import { differenceText, isInPlace, unexplained } from '../settlement/compare.ts';
import { LOST, retryRaces } from '../table/commit.ts';
import { type Difference, holdsApart } from './audit-balances.ts';
import type { AuditDeps } from './audit-records.ts';

/** The clocks of those who post may be ahead of the reader's. */
const AHEAD_MS = 60_000;

/** What does not agree with these entries: out of place, not balanced, or without a record that makes them. */
export async function auditEntries(
  { table }: AuditDeps,
  scope: Scope,
  stored: readonly StoredEntry[],
): Promise<readonly string[]> {
  const wrong = stored.flatMap((one) => [
    ...(isInPlace(scope, one) ? [] : [`entry_misplaced ${transactionIdOf(one.entry)} stands at ${keyText(one.key)}`]),
    ...(isBalanced(one) ? [] : [`entry_unbalanced ${transactionIdOf(one.entry)}`]),
  ]);
  const inPlace = stored.filter((one) => isInPlace(scope, one));
  return [...wrong, ...(await unexplained(table, scope, inPlace)).map(differenceText)];
}

function isBalanced({ entry }: StoredEntry): boolean {
  try {
    assertBalanced(entry);
    return true;
  } catch {
    return false;
  }
}

/** `totals` and the entries of this page that were committed up to `asOfMs` and are not late entries. */
export async function walkedTotals(
  { table }: AuditDeps,
  scope: Scope,
  period: Period | undefined,
  walk: { readonly stored: readonly StoredEntry[]; readonly asOfMs: number; readonly totals: AccountTotals },
): Promise<AccountTotals> {
  // The list after the page, as every reader of the books does: an entry and its place on the list are written together.
  const late = new Set((await openLateEntries(table, scope, period)).map(({ key }) => keyText(key)));
  const counted = walk.stored.filter(({ key, entry }) => entry.committedMs <= walk.asOfMs && !late.has(keyText(key)));
  return totalsWith(
    walk.totals,
    counted.map(({ entry }) => entry),
  );
}

export interface BooksAudit {
  readonly wrong: readonly string[];
  /** Sum of every account per currency: zero (I2). */
  readonly sums: readonly { readonly currency: string; readonly balance: string }[];
}

/** Compares the walked entries, and what came since, with what is stored of them. Undefined when the period was closed meanwhile. */
export async function auditTotals(
  { table, clock }: AuditDeps,
  scope: Scope,
  shards: number,
  walk: { readonly totals: AccountTotals; readonly asOfMs: number; readonly periodVersion: number },
): Promise<BooksAudit | undefined> {
  return retryRaces<BooksAudit | undefined>(
    async () => {
      const books = await loadBooks(table, scope);
      if ((books.period?.version ?? 0) !== walk.periodVersion) return undefined;
      const sinceMs = books.checkpoint?.throughMs ?? books.period?.sealedThroughMs ?? 0;
      const fromMs = Math.min(sinceMs, walk.asOfMs);
      const range = await entriesBetween(table, scope, shards, fromMs, clock.nowMs() + AHEAD_MS);
      const late = await openLateEntries(table, scope, books.period);
      const holds = await holdsApart(table, scope, books.balances);
      if (versionsOf(await loadBooks(table, scope)) !== versionsOf(books)) return LOST;
      const after = (ms: number) =>
        [...new Map([...range.filter(({ entry }) => entry.committedMs > ms), ...late].map(byKey)).values()].map(
          ({ entry }) => entry,
        );
      const posted = totalsWith(walk.totals, after(walk.asOfMs));
      const stored = totalsWith(added(books.period?.closing ?? {}, books.checkpoint?.totals ?? {}), after(sinceMs));
      const wrong = [...compared(posted, stored), ...comparedBalances(posted, books), ...holds.map(holdsText)];
      return { wrong, sums: sumsOf(posted) };
    },
    () => {
      throw new Error(`the books of ${scope} change too often to compare them`);
    },
  );
}

const holdsText = ({ currency, account, stored, posted }: Difference): string =>
  `holds_differ ${currency} ${account} are ${stored}, the reserve is ${posted}`;

const byKey = (stored: StoredEntry): readonly [string, StoredEntry] => [keyText(stored.key), stored];

const versionsOf = ({ period, checkpoint, balances }: Books): string =>
  [period?.version, checkpoint?.version, ...balances.map(({ currency, version }) => `${currency}${version}`)].join();

function added(totals: AccountTotals, more: AccountTotals): AccountTotals {
  const sums = { ...totals };
  for (const [name, amount] of Object.entries(more)) sums[name] = (sums[name] ?? 0n) + amount;
  return sums;
}

/** Accounts whose closed and open periods are not the sum of all their entries (I5, I9). */
const compared = (posted: AccountTotals, stored: AccountTotals): readonly string[] =>
  [...new Set([...Object.keys(posted), ...Object.keys(stored)])].sort().flatMap((name) => {
    const [is, was] = [posted[name] ?? 0n, stored[name] ?? 0n];
    return is === was ? [] : [`books_differ ${name} is ${was} by its periods, its entries are ${is}`];
  });

/** Balances that are not the sum of their entries (I5). */
function comparedBalances(posted: AccountTotals, { balances }: Books): readonly string[] {
  const currencies = new Set([
    ...balances.map(({ currency }) => String(currency)),
    ...Object.keys(posted).map(currencyIn),
  ]);
  return [...currencies].sort().flatMap((currency) => {
    const balance = balances.find((one) => one.currency === currency);
    const pairs = [
      [accounts.available, balance?.available ?? 0n],
      [accounts.reserve, balance?.reserve ?? 0n],
    ] as const;
    return pairs.flatMap(([account, stored]) => {
      const entries = -(posted[`${currency} ${account}`] ?? 0n);
      return entries === stored
        ? []
        : [`balance_differs ${currency} ${account} is ${stored}, its entries are ${entries}`];
    });
  });
}

const currencyIn = (name: string): string => name.slice(0, name.indexOf(' '));

function sumsOf(totals: AccountTotals): BooksAudit['sums'] {
  const sums = new Map<string, bigint>();
  for (const [name, amount] of Object.entries(totals))
    sums.set(currencyIn(name), (sums.get(currencyIn(name)) ?? 0n) + amount);
  return [...sums].map(([currency, balance]) => ({ currency, balance: String(balance) }));
}
