/** The rule that makes checkpoints keeps up with busy merchants, and a balance is read page by page (ADR 0013). */
import { describe, expect, it } from 'vitest';
import { readBooks } from '../../../functions/balance/books.ts';
import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import { timeText } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { accounts } from '../../../functions/ledger/accounts.ts';
import { move } from '../../../functions/ledger/rules.ts';
import { journalPut, loadBooks } from '../../../functions/ledger/store.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import { makeCheckpoints } from '../../../functions/settlement/due.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import { simulate } from '../../world/simulation.ts';

const HOUR_MS = 3_600_000;
const USD = parseCurrency('usd')!;

/** So many entries of one unit each, a millisecond apart from `fromMs` on. */
async function post(table: MemoryTable, scope: Scope, entries: number, fromMs: number): Promise<void> {
  for (let index = 0; index < entries; index++) {
    const committedMs = fromMs + index;
    const body = `${timeText(committedMs)}0${'B'.repeat(14)}` as ObjectKey;
    const legs = move(accounts.pending, accounts.fees, 1n);
    await table.commit(journalPut(scope, { type: 'captured', body, step: 1, currency: USD, committedMs, legs }));
  }
}

const settingsOf = async (): Promise<Settings> => ({ shards: 1 }) as Settings;
const fail = (error: Error): never => {
  throw error;
};

describe('a busy merchant', () => {
  it('has a checkpoint of all of its older entries after one run of the rule', async () => {
    const { world, scope } = await simulate();
    const fromMs = world.clock.nowMs() - HOUR_MS;
    await post(world.table, scope, 12_500, fromMs);

    await makeCheckpoints(world.table, settingsOf, world.clock, Number.POSITIVE_INFINITY, fail);

    const { checkpoint } = await loadBooks(world.table, scope);
    expect(checkpoint?.throughMs).toBe(world.clock.nowMs() - HOUR_MS / 4);
    expect(checkpoint?.totals).toEqual({ 'usd income:fees': -12_500n, 'usd liab:merchant:pending': 12_500n });
  });

  it('gets no step when the time of the run is over', async () => {
    const { world, scope } = await simulate();
    await post(world.table, scope, 200, world.clock.nowMs() - HOUR_MS);

    await makeCheckpoints(world.table, settingsOf, world.clock, world.clock.nowMs(), fail);

    expect((await loadBooks(world.table, scope)).checkpoint).toBeUndefined();
  });
});

describe('a balance', () => {
  it('counts each entry once, however many pages there are', async () => {
    const table = memoryTable();
    const scope = 'Scope001' as Scope;
    const nowMs = Date.UTC(2027, 0, 15, 12);
    await post(table, scope, 300, nowMs - 1_000);
    const query = table.query.bind(table);
    let pages = 0;
    table.query = (name, options) => {
      pages += 1;
      return query(name, { ...options, limit: Math.min(options.limit ?? 50, 50) });
    };

    const { totals } = await readBooks(table, scope, 1, nowMs);

    expect(totals).toEqual({ 'usd income:fees': -300n, 'usd liab:merchant:pending': 300n });
    expect(pages).toBeGreaterThan(6);
  });
});
