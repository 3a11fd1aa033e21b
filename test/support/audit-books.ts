/** I1 to I5 and I8: the journal, and the balances that are kept beside it. */
import { accounts } from '../../functions/ledger/accounts.ts';
import { readBooks } from '../../functions/ledger/books.ts';
import { credited, entryId, fold, type JournalEntry } from '../../functions/ledger/entry.ts';
import { balanceKey, entryKey } from '../../functions/ledger/keys.ts';
import { entryOf } from '../../functions/ledger/store.ts';
import type { Written } from './memory-table.ts';
import { type Expect, isJournal, type Records } from './records.ts';
import type { Simulation } from './simulation.ts';

export async function auditBooks(sim: Simulation, { journal }: Records, expect: Expect): Promise<void> {
  const entries = journal.map(({ entry }) => entry);
  for (const { item, entry } of journal) {
    const sum = entry.legs.reduce((total, leg) => total + (leg.side === 'debit' ? leg.amount : -leg.amount), 0n);
    expect(sum === 0n && entry.legs.every(({ amount }) => amount > 0n), `I1 ${entryId(entry)} balances`);
    const key = entryKey(sim.scope, entry);
    expect(key.pk === item.pk && key.sk === item.sk, `I4 ${entryId(entry)} stands where its facts say`);
  }
  expect(new Set(entries.map(entryId)).size === entries.length, 'I4 one entry per type, business id and step');
  const { refundOverdraft } = await sim.world.payments.settings(sim.scope);
  auditHistory(sim.world.table.history, refundOverdraft, expect);
  await auditBalances(sim, entries, expect);
}

/** I2, I5: stored balances, and the books as they are read, are the fold of the entries. Holds at any moment at which nothing is under way. */
export async function auditBalances(sim: Simulation, entries: readonly JournalEntry[], expect: Expect): Promise<void> {
  const folded = new Map<string, bigint>();
  for (const [currency, byAccount] of fold(entries)) {
    let sum = 0n;
    for (const [account, amount] of byAccount) {
      sum += amount;
      if (amount !== 0n) folded.set(`${currency} ${account}`, amount);
    }
    expect(sum === 0n, `I2 the trial balance of ${currency} is ${sum}`);
  }
  const { balances, totals } = await readBooks(sim.world.table, sim.scope, 4, sim.world.clock.nowMs());
  for (const { currency, available, reserve } of balances) {
    for (const [account, stored] of [
      [accounts.available, available],
      [accounts.reserve, reserve],
    ] as const)
      expect(
        -(folded.get(`${currency} ${account}`) ?? 0n) === stored,
        `I5 ${currency} ${account} is stored as ${stored}`,
      );
  }
  const read = Object.entries(totals).filter(([, amount]) => amount !== 0n);
  expect(read.length === folded.size, 'I5 the books as they are read have the accounts of all entries');
  for (const [name, amount] of read)
    expect(folded.get(name) === amount, `I5 ${name} is read as ${amount}, its entries fold to ${folded.get(name)}`);
}

/** I3: entries are put where nothing was, and never touched again. I5, I8: a commit moves `available` by what its entries say. */
function auditHistory(history: readonly (readonly Written[])[], refundOverdraft: boolean, expect: Expect): void {
  for (const commit of history) {
    const ledger = commit.filter(({ write }) => write.table === 'ledger');
    if (ledger.length === 0) continue;
    const posted: JournalEntry[] = [];
    for (const { write, old, now } of ledger) {
      const key = write.kind === 'put' ? write.item : write.key;
      if (!isJournal(key.pk)) continue;
      expect(write.kind === 'put' && old === undefined, `I3 the entry ${key.sk} is written once`);
      if (now) posted.push(entryOf(now));
    }
    for (const { write, old, now } of ledger) {
      const key = write.kind === 'put' ? write.item : write.key;
      if (write.kind === 'check' || key.pk !== balanceKey(key.pk.slice(0, 8) as never, '').pk || key.sk.startsWith('#'))
        continue;
      const change = BigInt(now?.available as bigint) - BigInt((old?.available as bigint | undefined) ?? 0n);
      const ofCurrency = posted.filter(({ currency }) => currency === key.sk);
      const credit = ofCurrency.reduce((sum, entry) => sum + credited(entry, accounts.available), 0n);
      expect(change === credit, `I5 available of ${key.sk} moves by ${change} with entries over ${credit}`);
      const voluntary = ofCurrency.some(
        ({ type }) => type === 'payout_created' || (type === 'refund_requested' && !refundOverdraft),
      );
      expect(!voluntary || BigInt(now?.available as bigint) >= 0n, `I8 a refund or payout leaves available negative`);
    }
  }
}
