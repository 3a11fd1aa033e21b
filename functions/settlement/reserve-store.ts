/** Where the holds of a scope's reserve are kept: one item per currency, written by the transaction that settles the currency. */

import type { Scope } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import { dayText, type Holds, isDue, type ReserveShare, reserveDate, sharesOf } from '../ledger/reserve.ts';
import type { Balance } from '../ledger/store.ts';
import { pagesOf } from '../table/bulk.ts';
import { pack, unpack } from '../table/pack.ts';
import { absent, equal, type Item, type Key, type Table, type Write } from '../table/table.ts';
import { heldIn } from './reserve.ts';

/** The holds of one currency; version 0 when there is no item yet. */
export interface StoredHolds {
  readonly version: number;
  readonly holds: Holds;
}

const partition = (scope: Scope): string => `${scope}#reserve`;
export const holdsKey = (scope: Scope, currency: string): Key => ({ pk: partition(scope), sk: currency });
export const holdsOf = (item: Item | undefined): StoredHolds =>
  item ? { version: Number(item.v), holds: unpack<Holds>(item.doc as Uint8Array) } : { version: 0, holds: {} };

/** The holds of every currency of which there ever were some. */
export async function loadHolds(table: Table, scope: Scope): Promise<ReadonlyMap<string, Holds>> {
  const found = new Map<string, Holds>();
  for await (const page of pagesOf(table, 'ledger', { pk: partition(scope) }))
    for (const item of page) found.set(item.sk, holdsOf(item).holds);
  return found;
}

/** Currencies of which a hold falls due, or of which 0.1 holds a reserve that has no dates yet. */
export async function currenciesToRelease(
  table: Table,
  scope: Scope,
  throughMs: number,
  balances: readonly Balance[],
): Promise<readonly Currency[]> {
  const reserved = balances.filter(({ reserve }) => reserve !== 0n);
  if (reserved.length === 0) return [];
  const stored = await loadHolds(table, scope);
  return reserved.flatMap(({ currency, reserve }) => {
    const holds = stored.get(currency) ?? {};
    const due = Object.keys(holds).some((date) => isDue(date, throughMs));
    return due || heldIn(holds) !== reserve ? [currency] : [];
  });
}

/** Writes the holds after the version they were made from. */
export const putHolds = (scope: Scope, currency: string, { version, holds }: StoredHolds): Write => ({
  kind: 'put',
  table: 'ledger',
  item: { ...holdsKey(scope, currency), v: version, doc: pack(holds) },
  when: version === 1 ? absent : equal('v', version - 1),
});

/** A batch of 0.1 says what it held back, and not for how long. */
export interface UndatedBatch {
  readonly currency: Currency;
  readonly throughMs: number;
  readonly reserve: bigint;
}

/**
 * The holds with what the balance holds beside them, which settlements of 0.1 held back: newest first, each batch's reserve falls due `days`
 * after its period. What no batch of these days explains is older and due by `throughMs`.
 * @throws when the holds are more than the balance: then a person must look
 */
export function withUndated(
  holds: Holds,
  reserve: bigint,
  batches: readonly UndatedBatch[],
  { days, throughMs }: { readonly days: number; readonly throughMs: number },
): Holds {
  let rest = reserve - heldIn(holds);
  if (rest < 0n) throw new Error(`the holds of a reserve are ${-rest} more than its balance`);
  const shares: ReserveShare[] = [];
  for (const batch of [...batches].sort((a, b) => b.throughMs - a.throughMs)) {
    const amount = batch.reserve < rest ? batch.reserve : rest;
    rest -= amount;
    if (amount > 0n) shares.push({ date: reserveDate(batch.throughMs, days), amount });
  }
  if (rest > 0n) shares.push({ date: dayText(throughMs), amount: rest });
  return shares.length === 0 ? holds : addedTo(holds, sharesOf(shares));
}

/** What is added must be held: it is not set off against a negative hold. */
const addedTo = (holds: Holds, more: Holds): Holds =>
  Object.fromEntries(
    Object.keys({ ...holds, ...more }).map((date) => {
      const held = holds[date] ?? 0n;
      const added = more[date] ?? 0n;
      return [date, added > 0n && held < 0n ? added : held + added];
    }),
  );
