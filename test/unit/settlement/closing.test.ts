/**
 * Closing a period compares every record that moved money with its entries, and every entry with its record (I18). A test damages one of
 * them by hand; the close must refuse and name it.
 */

import { beforeAll, describe, expect, it } from 'vitest';
import type { EntryType } from '../../../functions/ledger/entry.ts';
import { lastCommittedMs } from '../../../functions/ledger/entry.ts';
import { journalPut, loadPeriod } from '../../../functions/ledger/store.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { BooksDiffer } from '../../../functions/settlement/compare.ts';
import { runStep } from '../../../functions/settlement/step.ts';
import { everyEntryOf } from '../../../functions/stream/posting.ts';
import { RECORD_OF } from '../../../functions/stream/records.ts';
import {
  changeEntry,
  changeRecord,
  damaged,
  entryOfType,
  loseEntry,
  loseRecord,
  recordOfEntry,
} from '../../audit/damage.ts';
import { recordsOf } from '../../audit/records.ts';
import { makeAvailable } from '../../scenarios/available-funds.ts';
import { daysPass, everyEntry, post, taken } from '../../scenarios/busy-day.ts';
import { PAID } from '../../simulators/bank.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const TYPES = Object.keys(RECORD_OF) as EntryType[];
const DAY = 24 * 3_600_000;

let day: Simulation;
beforeAll(async () => {
  day = await everyEntry();
});

/** What the close of the period says, and that it closed nothing. */
async function refusal(sim: Simulation): Promise<string> {
  const before = await loadPeriod(sim.world.table, sim.scope);
  const said = await sim.settle().then(
    () => 'closed',
    (error: Error) => `${error.name}: ${error.message}`,
  );
  if (said !== 'closed') expect(await loadPeriod(sim.world.table, sim.scope)).toEqual(before);
  return said;
}

describe('a period in which everything happened', () => {
  it('is closed, and has every type of entry', async () => {
    const sim = day.fork();
    const types = new Set(recordsOf(sim.world).journal.map(({ entry }) => entry.type));

    expect([...types].sort()).toEqual([...TYPES].sort());
    expect(await refusal(sim)).toBe('closed');
  });

  it.each(TYPES)('%s: is not closed without the entry', async (type) => {
    const { sim, entry } = await damaged(day, type, loseEntry);

    expect(await refusal(sim)).toMatch(
      new RegExp(`^BooksDiffer: .*entry_missing \\w+${entry.body.slice(0, 7)}\\w* ${type} txn_`),
    );
  });

  it.each(TYPES)('%s: is not closed without the record behind the entry', async (type) => {
    const { sim } = await damaged(day, type, loseRecord);

    expect(await refusal(sim)).toMatch(new RegExp(`^BooksDiffer: .*record_missing \\w+ ${type} txn_`));
  });

  it.each(TYPES)('%s: is not closed with another amount in the entry', async (type) => {
    const { sim } = await damaged(day, type, changeEntry);

    expect(await refusal(sim)).toMatch(new RegExp(`^BooksDiffer: .*entry_differs \\w+ ${type} txn_`));
  });

  it.each([
    ['an entry is lost', loseEntry],
    ['an entry has another amount', changeEntry],
    ['a record is lost', loseRecord],
  ])('is refused by the step itself when %s', async (_, damage) => {
    const { sim } = await damaged(day, 'refund_requested', damage);
    sim.move(6 * 60_000);
    const throughMs = sim.world.clock.nowMs() - 10_000;
    const asked = { scope: sim.scope, date: '2027-01-22', throughMs, force: true, status: 'waiting' } as const;

    await expect(runStep(sim.world.settlement, 'seal', asked)).rejects.toBeInstanceOf(BooksDiffer);
  });

  it('is not closed with an entry that its record does not make', async () => {
    const sim = day.fork();
    const entry = entryOfType(sim, 'refund_succeeded');
    const { table } = sim.world;
    await table.commit(
      journalPut(sim.scope, { ...entry, type: 'payout_paid', body: entryOfType(sim, 'payout_failed').body }),
    );

    expect(await refusal(sim)).toMatch(/entry_unexplained po_\w+ payout_paid txn_/);
  });

  it('is not closed when a capture in the record has another fee than its entry', async () => {
    const { sim } = await damaged(day, 'captured', (fork, entry) =>
      changeRecord<Payment>(fork, recordOfEntry(fork.scope, entry), ({ capture, ...payment }) => ({
        ...payment,
        capture: { ...capture!, fee: capture!.fee + 1n },
      })),
    );

    expect(await refusal(sim)).toMatch(/entry_differs pi_\w+ captured txn_/);
  });

  it('is closed once the entry is there', async () => {
    const { sim, entry } = await damaged(day, 'refund_requested', loseEntry);
    expect(await refusal(sim)).toContain('BooksDiffer');
    await sim.world.table.commit(journalPut(sim.scope, entry));

    expect(await refusal(sim)).toBe('closed');
  });
});

/** Money that moves long after its record was made; each returns what moved. */
const LATE: Readonly<Record<string, (sim: Simulation) => Promise<EntryType>>> = {
  'an intent that is confirmed a month later': async (sim) => {
    const id = await post(sim, '/v1/payment_intents', { amount: '10000', currency: 'usd' });
    await daysPassClosed(sim, 30);
    await post(sim, `/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' });
    return 'captured';
  },
  'a hold that is captured after six days': async (sim) => {
    const id = await taken(sim, 'held', { capture_method: 'manual' });
    await daysPassClosed(sim, 6);
    await post(sim, `/v1/payment_intents/${id}/capture`);
    return 'captured';
  },
  'a hold that ends by itself': async (sim) => {
    await taken(sim, 'held', { capture_method: 'manual' });
    await daysPassClosed(sim, 8);
    return 'voided';
  },
  'a refund that fails after twenty days': async (sim) => {
    const id = await taken(sim, 'refunded');
    await post(sim, '/v1/refunds', { payment_intent: id });
    await daysPassClosed(sim, 20);
    sim.channel.takeBackRefund([...sim.channel.refunds.keys()].at(-1) as never);
    await sim.deliverCallbacks();
    return 'refund_failed';
  },
  'a dispute that is lost after sixty days': async (sim) => {
    await taken(sim, 'disputed');
    sim.channel.openDispute([...sim.channel.charges.keys()].at(-1) as never, 'chargeback', 10_000n);
    await sim.deliverCallbacks();
    await daysPassClosed(sim, 60);
    await post(sim, `/v1/disputes/du_${recordsOf(sim.world).disputes[0]!.body}/close`);
    await sim.deliverCallbacks();
    return 'dispute_lost';
  },
  'a payout that is paid after five days': async (sim) => {
    await taken(sim, 'one');
    await makeAvailable(sim.world, sim.scope);
    sim.move(20_000);
    sim.bank.answer = { kind: 'pending' };
    await post(sim, '/v1/payouts', { amount: '500', currency: 'usd' });
    await daysPassClosed(sim, 5);
    sim.bank.answer = PAID;
    sim.bank.decide(PAID);
    await daysPass(sim, 1);
    return 'payout_paid';
  },
};

/** After two days a period is closed: what was made before it is too old for the next one to find by the time in its key. */
async function daysPassClosed(sim: Simulation, days: number): Promise<void> {
  await daysPass(sim, 2);
  await closeSoFar(sim);
  await daysPass(sim, days - 2);
}

/** Everything up to now is closed without paying it out, so that records made before it are of an earlier period. */
async function closeSoFar(sim: Simulation): Promise<void> {
  await makeAvailable(sim.world, sim.scope);
  sim.move(20_000);
}

describe('money that moves long after its record was made', () => {
  it.each(Object.entries(LATE))('%s: is not closed without the entry', async (_name, life) => {
    const sim = await simulate();
    await taken(sim, 'first');
    await closeSoFar(sim);
    const type = await life(sim);
    await sim.world.runQueues();
    sim.move(20_000);
    expect(await refusal(sim.fork())).toBe('closed');

    const entry = entryOfType(sim, type);
    await loseEntry(sim, entry);

    expect(await refusal(sim)).toMatch(new RegExp(`entry_missing \\w+_${entry.body} ${type} txn_`));
  });

  it('is found in the index by the time at which it last moved, and only then', async () => {
    const sim = await simulate();
    const id = await taken(sim, 'held', { capture_method: 'manual' });
    const item = () =>
      sim.world.table.items('payments').find(({ kind, sk }) => kind === 'payment' && `pi_${sk}` === id)!;
    expect(item().mpk).toBeUndefined();
    await daysPass(sim, 2);
    await post(sim, `/v1/payment_intents/${id}/capture`);

    const payment = recordsOf(sim.world).payments[0]!;
    expect(lastCommittedMs(everyEntryOf({ kind: 'payment', new: payment }))).toBe(payment.capture!.capturedMs);
    expect(item().mpk).toBe(`${sim.scope}#m#${payment.body.charAt(7)}`);
    expect(String(item().msk).slice(7)).toBe(`p${payment.body}`);
  });
});

describe('what closing costs', () => {
  /** Read units of closing a day with one payment, after so many payments of a week ago. */
  async function unitsOfClosing(before: number): Promise<number> {
    const sim = await simulate();
    for (let n = 0; n < before; n++) await taken(sim, `old ${n}`);
    await sim.world.runQueues();
    // A close reads records that were made up to a day before its period.
    sim.move(2 * DAY);
    await closeSoFar(sim);
    sim.move(7 * DAY);
    await taken(sim, 'new');
    await sim.world.runQueues();
    sim.move(20_000);
    const { consumed } = sim.world.table;
    const start = consumed.readUnits;
    const throughMs = sim.world.clock.nowMs() - 10_000;
    const asked = { scope: sim.scope, date: '2027-01-22', throughMs, force: true, status: 'waiting' } as const;
    expect(await runStep(sim.world.settlement, 'seal', asked)).toMatchObject({ status: 'sealed' });
    return consumed.readUnits - start;
  }

  it('does not grow with what earlier periods hold', async () => {
    const [few, many] = [await unitsOfClosing(5), await unitsOfClosing(60)];

    expect(many).toBe(few);
  });
});
