/** Subtotals of the open period (ADR 0013): the books are the sum of their entries at any interleaving with posts, subtotals and closes. */
import { describe, expect, it } from 'vitest';
import { readBooks } from '../../../functions/balance/books.ts';
import { unpostedOf } from '../../../functions/balance/unposted.ts';
import { fold } from '../../../functions/ledger/entry.ts';
import { makeCheckpoint } from '../../../functions/ledger/make-checkpoint.ts';
import { loadBooks } from '../../../functions/ledger/store.ts';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { runStep, type SettlementState } from '../../../functions/settlement/step.ts';
import { recordsOf } from '../../audit/records.ts';
import { atEveryAwait } from '../../scenarios/at-every-await.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
const MINUTE_MS = 60_000;

/** A payment; what the stream says of it is posted `lateMs` later. */
async function paid(sim: Simulation, lateMs = 0): Promise<void> {
  await sim.request('POST', '/v1/payment_intents', pay, `at ${sim.world.clock.nowMs()}`);
  sim.move(lateMs);
  await sim.world.runQueues();
  sim.move(MINUTE_MS);
}

const summed = async (sim: Simulation): Promise<void> => {
  while (await makeCheckpoint(sim.world.table, sim.scope, 4, sim.world.clock.nowMs(), { least: 1 }));
};

/** Seals what is older than so long; the settlement that follows is another matter. */
const closed = async (sim: Simulation, olderMs: number): Promise<SettlementState> => {
  const throughMs = sim.world.clock.nowMs() - olderMs;
  // An entry that is on its way for so long is taken for lost.
  await sim.world.runQueues();
  return seal(sim, throughMs);
};
const sealed = (sim: Simulation) => seal(sim, sim.world.clock.nowMs() - 6_000);
const seal = (sim: Simulation, throughMs: number): Promise<SettlementState> =>
  runStep(sim.world.settlement, 'seal', {
    scope: sim.scope,
    date: '2027-01-15',
    throughMs,
    force: true,
    status: 'waiting',
  });

const nonZero = (totals: Iterable<readonly [string, bigint]>): object =>
  Object.fromEntries([...totals].filter(([, amount]) => amount !== 0n).sort(([a], [b]) => (a < b ? -1 : 1)));

const foldOf = (sim: Simulation): object =>
  nonZero(
    [...fold(recordsOf(sim.world).journal.map(({ entry }) => entry))].flatMap(([currency, totals]) =>
      [...totals].map(([account, amount]) => [`${currency} ${account}`, amount] as const),
    ),
  );
const readOf = async (sim: Simulation): Promise<object> =>
  nonZero(Object.entries((await readBooks(sim.world.table, sim.scope, 4, sim.world.clock.nowMs())).totals));

/** Two payments of yesterday's, one of them late; two of the last hour; each pair with one that is posted late. */
async function day(): Promise<Simulation> {
  const sim = await simulate();
  await paid(sim);
  await paid(sim, 20_000);
  sim.move(40 * MINUTE_MS);
  await paid(sim);
  await paid(sim, 20_000);
  sim.move(20 * MINUTE_MS);
  return sim;
}

describe('a subtotal', () => {
  it('holds what was posted in time up to a quarter of an hour ago, and is not written for few entries', async () => {
    const sim = await day();
    await paid(sim);
    await makeCheckpoint(sim.world.table, sim.scope, 4, sim.world.clock.nowMs());
    expect((await loadBooks(sim.world.table, sim.scope)).checkpoint).toBeUndefined();

    await summed(sim);

    const { checkpoint } = await loadBooks(sim.world.table, sim.scope);
    expect(checkpoint).toMatchObject({
      version: 1,
      afterMs: 0,
      throughMs: sim.world.clock.nowMs() - 15 * MINUTE_MS,
      totals: { 'usd liab:merchant:pending': -19_360n, 'usd assets:channel:sandbox': 20_000n },
    });
    expect(await readOf(sim)).toEqual(foldOf(sim));
  });

  it('is made in steps of so many entries, and goes on where the last one ended', async () => {
    const sim = await day();
    const versions: (number | undefined)[] = [];
    while (await makeCheckpoint(sim.world.table, sim.scope, 4, sim.world.clock.nowMs(), { limit: 1, least: 1 })) {
      versions.push((await loadBooks(sim.world.table, sim.scope)).checkpoint?.version);
      expect(await readOf(sim)).toEqual(foldOf(sim));
    }
    expect(versions.length).toBeGreaterThan(2);
    expect(await readOf(sim)).toEqual(foldOf(sim));
  });

  it('goes on behind a seal with what is not sealed', async () => {
    const sim = await day();
    await summed(sim);
    await closed(sim, 50 * MINUTE_MS);

    const { checkpoint, period } = await loadBooks(sim.world.table, sim.scope);
    expect(checkpoint).toMatchObject({
      version: 2,
      afterMs: period!.sealedThroughMs,
      totals: { 'usd liab:merchant:pending': -9_680n },
    });
    expect(await readOf(sim)).toEqual(foldOf(sim));
  });

  it('of a period that was sealed to its end belongs to no period', async () => {
    const sim = await day();
    await summed(sim);
    await closed(sim, 6_000);

    const { checkpoint, lastCheckpoint } = await loadBooks(sim.world.table, sim.scope);
    expect([checkpoint, lastCheckpoint?.version]).toEqual([undefined, 1]);
    expect(await readOf(sim)).toEqual(foldOf(sim));
  });
});

describe('at every await', () => {
  const MEANWHILE = {
    'an entry is posted late': (sim: Simulation) => sim.world.runQueues(),
    'a subtotal is made': (sim: Simulation) => summed(sim),
    'a seal is made in the middle': (sim: Simulation) => closed(sim, 50 * MINUTE_MS),
    'a seal is made to the end': (sim: Simulation) => closed(sim, 6_000),
    'two days are settled': async (sim: Simulation) => {
      await sim.settle(sim.world.clock.nowMs() - 50 * MINUTE_MS);
      await sim.world.runQueues();
      await sim.settle(sim.world.clock.nowMs() - 6_000);
    },
  } as const;
  const events = Object.entries(MEANWHILE);

  /** With a subtotal of half the day, and an entry on its way that is late by more than the subtotal has gone. */
  async function begun(): Promise<Simulation> {
    const sim = await day();
    await sim.request('POST', '/v1/payment_intents', pay, 'on its way');
    await summed(sim);
    sim.move(25 * MINUTE_MS);
    return sim;
  }

  it.each(events)('of a reader %s: it reads the books as they were or as they are', async (_, meanwhile) => {
    const begin = await begun();
    const before = foldOf(begin);
    const points = await atEveryAwait(begin, readOf, meanwhile, async (sim, read, where) => {
      expect([before, foldOf(sim)], where).toContainEqual(read);
      expect(await readOf(sim), where).toEqual(foldOf(sim));
    });
    expect(points).toBeGreaterThan(12);
  });

  it.each(events)('of a summing-up %s: the books are read right', async (_, meanwhile) => {
    const begin = await begun();
    const points = await atEveryAwait(begin, summed, meanwhile, async (sim, __, where) => {
      expect(await readOf(sim), where).toEqual(foldOf(sim));
      await sim.world.runQueues();
      sim.move(20 * MINUTE_MS);
      await summed(sim);
      expect(await readOf(sim), where).toEqual(foldOf(sim));
    });
    expect(points).toBeGreaterThan(8);
  });

  it.each(events.slice(0, 3))('of a seal %s: the books are read right', async (_, meanwhile) => {
    const begin = await begun();
    const close = (sim: Simulation) => closed(sim, 50 * MINUTE_MS);
    const points = await atEveryAwait(begin, close, meanwhile, async (sim, __, where) => {
      expect(await readOf(sim), where).toEqual(foldOf(sim));
      await sim.world.runQueues();
      await close(sim);
      expect(await readOf(sim), where).toEqual(foldOf(sim));
    });
    expect(points).toBeGreaterThan(20);
  });

  const readByMerchant = async (sim: Simulation): Promise<object> => {
    const { table, clock, deps } = sim.world;
    const caller = { scope: sim.scope, settings: await loadSettings(table, sim.scope) };
    const unposted = unpostedOf({ ...deps, table }, caller);
    return nonZero(Object.entries((await readBooks(table, sim.scope, 4, clock.nowMs(), unposted)).totals));
  };

  it.each([
    ...events.slice(0, 4),
    // The entry that is on its way does not come first.
    ['a seal passes over it', (sim: Simulation) => sealed(sim)] as const,
  ])('of a merchant, with an entry on its way, %s: what was answered counts once', async (_, meanwhile) => {
    const begin = await day();
    await summed(begin);
    await begin.request('POST', '/v1/payment_intents', pay, 'on its way');
    begin.move(20_000);
    const posted = begin.fork();
    await posted.world.runQueues();
    const whole = foldOf(posted);

    const points = await atEveryAwait(begin, readByMerchant, meanwhile, async (sim, read, where) => {
      expect(read, where).toEqual(whole);
      expect(await readByMerchant(sim), where).toEqual(whole);
    });
    expect(points).toBeGreaterThan(12);
  });
});
