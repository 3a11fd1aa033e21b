/** I2, I5 and I8: the trial balance, and the balances that are kept beside the entries. */
import { readBooks } from '../../functions/balance/books.ts';
import type { Scope } from '../../functions/kernel/ids.ts';
import type { JournalEntry } from '../../functions/ledger/entry.ts';
import { unpack } from '../../functions/table/pack.ts';
import type { Item } from '../../functions/table/table.ts';
import type { Simulation } from '../world/simulation.ts';
import { balancesOf, debited, type Facts, nameOf, sumOf, total } from './facts.ts';
import type { Expect } from './records.ts';

const AVAILABLE = 'liab:merchant:available';
const RESERVE = 'liab:merchant:reserve';

export async function auditBooks(sim: Simulation, facts: Facts, expect: Expect): Promise<void> {
  const entries = facts.entries.map(({ doc }) => doc);
  auditStored(facts, balancesOf(entries), expect);
  auditClosed(facts, expect);
  auditHistory(facts, expect);
  await auditBalances(sim, entries, expect, facts.scope as Scope);
}

/** The balance items: one for each currency that has an amount, and each the sum of its entries. */
function auditStored({ balances }: Facts, folded: ReadonlyMap<string, bigint>, expect: Expect): void {
  const currencies = new Set([...[...folded.keys()].map((name) => name.slice(0, 3)), ...balances.map(({ sk }) => sk)]);
  for (const currency of currencies) {
    const item = balances.find(({ sk }) => sk === currency);
    for (const [account, member] of [
      [AVAILABLE, 'available'],
      [RESERVE, 'reserve'],
    ] as const) {
      const stored = BigInt((item?.[member] as bigint | undefined) ?? 0n);
      const sum = -(folded.get(`${currency} ${account}`) ?? 0n);
      expect(stored === sum, `I5 ${currency} ${account} is stored as ${stored}, its entries sum to ${sum}`);
    }
  }
}

/** What periods closed with, and what the open one was summed up to: sums of the entries that each names. */
function auditClosed({ entries, closes, late, period, checkpoint }: Facts, expect: Expect): void {
  const taken = new Set(closes.flatMap(({ manifest }) => manifest.entries));
  const closed = entries.filter(({ item }) => taken.has(`${item.pk.slice(-1)} ${item.sk}`));
  if (period)
    compare(
      'the closed periods',
      period.closing,
      closed.map(({ doc }) => doc),
      expect,
    );
  // The subtotal of an earlier period is not read.
  if (!checkpoint || checkpoint.afterMs !== (period?.sealedThroughMs ?? 0)) return;
  const summed = entries.filter(
    ({ item, doc }) =>
      doc.committedMs > checkpoint.afterMs &&
      doc.committedMs <= checkpoint.throughMs &&
      !late.has(`${item.pk.slice(-1)}${item.sk}`),
  );
  compare(
    'the subtotal',
    checkpoint.totals,
    summed.map(({ doc }) => doc),
    expect,
  );
}

function compare(
  what: string,
  totals: Readonly<Record<string, bigint>>,
  entries: readonly JournalEntry[],
  expect: Expect,
): void {
  const sums = balancesOf(entries);
  for (const name of new Set([...Object.keys(totals), ...sums.keys()]))
    expect(
      (totals[name] ?? 0n) === (sums.get(name) ?? 0n),
      `I5 ${name} in ${what} is ${totals[name] ?? 0n}, its entries sum to ${sums.get(name) ?? 0n}`,
    );
}

/**
 * The trial balance is zero, and what the product reads as its books is the fold of the entries. Holds at any moment at which nothing is
 * under way.
 */
export async function auditBalances(
  sim: Simulation,
  entries: readonly JournalEntry[],
  expect: Expect,
  scope: Scope = sim.scope,
): Promise<void> {
  const folded = balancesOf(entries);
  const { balances, totals } = await readBooks(sim.world.table, scope, 4, sim.world.clock.nowMs());
  for (const [what, sums] of [
    ['of the entries', [...folded]],
    ['as it is read', Object.entries(totals)],
  ] as const)
    for (const currency of new Set(sums.map(([name]) => name.slice(0, 3)))) {
      const sum = total(sums.flatMap(([name, amount]) => (name.startsWith(currency) ? [amount] : [])));
      expect(sum === 0n, `I2 the trial balance of ${currency} ${what} is ${sum}`);
    }
  for (const { currency, available, reserve } of balances)
    for (const [account, read] of [
      [AVAILABLE, available],
      [RESERVE, reserve],
    ] as const)
      expect(-(folded.get(`${currency} ${account}`) ?? 0n) === read, `I5 ${currency} ${account} is read as ${read}`);
  for (const name of new Set([...folded.keys(), ...Object.keys(totals)]))
    expect(
      (folded.get(name) ?? 0n) === (totals[name] ?? 0n),
      `I5 ${name} is read as ${totals[name] ?? 0n}, its entries sum to ${folded.get(name) ?? 0n}`,
    );
}

const amountIn = (item: Item | undefined): bigint => BigInt((item?.available as bigint | undefined) ?? 0n);

/** A commit moves `available` by what its entries say (I5). A voluntary debit leaves it at zero or more (I8). */
function auditHistory({ scope, history, settings }: Facts, expect: Expect): void {
  const mayOverdraw = settings.at(-1)?.refundOverdraft === true;
  for (const commit of history) {
    const written = commit.filter(({ write }) => write.table === 'ledger' && write.kind !== 'check');
    const posted = written.flatMap(({ write, now }) =>
      write.kind === 'put' && write.item.pk.startsWith(`${scope}#j#`) && now
        ? [unpack<JournalEntry>(now.doc as Uint8Array)]
        : [],
    );
    for (const { write, old, now } of written) {
      const key = write.kind === 'put' ? write.item : write.key;
      if (key.pk !== `${scope}#b` || key.sk.startsWith('#')) continue;
      const own = posted.filter(({ currency }) => currency === key.sk);
      const change = amountIn(now) - amountIn(old);
      const credit = -sumOf(own, (entry) => debited(entry, AVAILABLE));
      const names = own.map(nameOf).join() || 'none';
      expect(change === credit, `I5 available of ${key.sk} moved by ${change}, its entries ${names} by ${credit}`);
      const voluntary = own.filter(
        ({ type }) => type === 'payout_created' || (type === 'refund_requested' && !mayOverdraw),
      );
      expect(
        voluntary.length === 0 || amountIn(now) >= 0n,
        `I8 ${voluntary.map(nameOf).join()} left ${amountIn(now)} available in ${key.sk}`,
      );
    }
  }
}
