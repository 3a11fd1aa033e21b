/** Repair: after the stream was lost, or the ledger restored, the books are what they would have been (I4). */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { repair } from '../../../functions/operator/repair.ts';
import { present } from '../../../functions/table/table.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { makeAvailable } from '../../scenarios/available-funds.ts';
import { busyDay, payouts, post, taken } from '../../scenarios/busy-day.ts';
import { booksOf, repairAll, textOf, withoutEntries } from '../../scenarios/lost-stream.ts';
import { PAID } from '../../simulators/bank.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const BALANCED = { balanced: true, totals: [{ currency: 'usd', balance: '0' }], differences: [], orphans: [] };

/** A merchant with 9,680 available: what is lost from then on is what the tests are about. */
async function funded(): Promise<Simulation> {
  const sim = await simulate();
  await taken(sim, 'first');
  await makeAvailable(sim.world, sim.scope);
  sim.move(20_000);
  return sim;
}

describe('the journal', () => {
  it('is after a lost stream, to the byte, that of a twin who lost nothing; and so it stays', async () => {
    const sim = await funded();
    await sim.agree({ refundOverdraft: true });
    const twin = sim.fork();
    // No consumer posts: the records expire before the ledger reads them.
    sim.world.state.read.ledger = Number.MAX_SAFE_INTEGER;
    for (const life of [sim, twin]) {
      await busyDay(life);
      await payouts(life);
      await life.world.runQueues();
    }
    expect(sim.world.table.dump().payments!.map(textOf)).toEqual(twin.world.table.dump().payments!.map(textOf));
    const [lost, posted] = [booksOf(sim).length, booksOf(twin).length];

    const dry = await repairAll(sim, true);
    expect(booksOf(sim)).toHaveLength(lost);
    const { entries, events, tokens, audit: found, looked } = await repairAll(sim);

    expect(booksOf(sim)).toEqual(booksOf(twin));
    expect({ entries, dry: dry.entries }).toEqual({ entries: posted - lost, dry: posted - lost });
    expect([...new Set(recordsOf(sim.world).journal.map(({ entry }) => entry.type))].sort()).toEqual([
      'authorized',
      'captured',
      'dispute_opened',
      'dispute_won',
      'incremented',
      'payout_canceled',
      'payout_created',
      'payout_failed',
      'payout_paid',
      'refund_failed',
      'refund_requested',
      'refund_succeeded',
      'released',
      'voided',
    ]);
    expect({ events, tokens, found, looked }).toEqual({ events: 0, tokens: 0, found: BALANCED, looked: 24 });
    const once = sim.world.table.dump().ledger!.map(textOf);
    expect(await repairAll(sim)).toMatchObject({ entries: 0, audit: BALANCED });
    expect(sim.world.table.dump().ledger!.map(textOf)).toEqual(once);
  });

  it('is after a restored ledger what it was, with what requests had posted in their own transactions', async () => {
    const sim = await funded();
    await busyDay(sim);
    await payouts(sim);
    await sim.world.runQueues();
    const restored = await withoutEntries(sim, 'ledger');
    expect(booksOf(restored)).not.toEqual(booksOf(sim));

    await repairAll(restored);

    expect(booksOf(restored)).toEqual(booksOf(sim));
  });

  it('is settled as late: the next seal takes what repair has posted', async () => {
    const sim = await simulate();
    sim.world.state.read.ledger = Number.MAX_SAFE_INTEGER;
    await taken(sim, 'one');
    await sim.world.runQueues();
    sim.move(25 * 3_600_000);
    await repairAll(sim);
    sim.bank.answer = PAID;

    await sim.settle();
    sim.world.state.read.ledger = 0;
    await sim.world.runQueues();

    expect(recordsOf(sim.world).payouts.map(({ amount, status }) => [amount, status])).toEqual([[9_680n, 'paid']]);
    expect(await audit(sim)).toEqual([]);
  });

  it('has an orphaned entry when a restore did not bring back its object: reported by its id', async () => {
    const sim = await simulate();
    await taken(sim, 'one');
    await sim.world.runQueues();
    const [payment] = sim.world.table.items('payments').filter(({ kind }) => kind === 'payment');
    await sim.world.table.commit({ kind: 'delete', table: 'payments', key: payment!, when: present });

    const { body } = await sim.request('GET', '/v1/balance_transactions');
    const [{ id }] = body.data as [{ id: string }];
    expect(await repairAll(sim)).toMatchObject({ entries: 0, audit: { balanced: false, orphans: [id] } });
  });
});

describe('what the fan-out writes', () => {
  it('lists charges again, finds by search, opens reviews, has the last events, and wakes the janitor', async () => {
    const sim = await simulate();
    const elevated = { payment_method: 'pm_card_riskLevelElevated', 'metadata[shop]': 'north' };
    const reviewed = await taken(sim, 'reviewed', elevated);
    await post(sim, `/v1/payment_intents/${reviewed}`, { 'metadata[late]': 'yes' });
    await taken(sim, 'declined', { payment_method: 'pm_card_visa_chargeDeclined' });
    await taken(sim, 'waits', { payment_method: 'pm_card_sandbox_pendingThenSucceeds' });
    const twin = sim.fork();
    await twin.world.runQueues();
    Object.assign(sim.world.state.read, { ledger: Number.MAX_SAFE_INTEGER, fanOut: Number.MAX_SAFE_INTEGER });

    const { events, tokens, reviews, open } = await repairAll(sim);

    const told = async (of: Simulation, path: string) =>
      ((await of.request('GET', path)).body.data as { id: string; type?: string }[]).map(({ id, type }) => type ?? id);
    for (const path of [
      '/v1/charges',
      '/v1/reviews',
      '/v1/payment_intents/search?query=metadata%5B%22shop%22%5D:%22north%22',
    ])
      expect(await told(sim, path)).toEqual(await told(twin, path));
    // Of the commit whose charge the repair lists there is a note: the charge is listed once, in both directions.
    const charged = (await told(sim, '/v1/events')).filter((type) => type === 'charge.succeeded');
    expect(charged).toHaveLength(1);
    const [last] = ((await sim.request('GET', '/v1/events?limit=100')).body.data as { id: string }[]).slice(-1);
    const later = await told(sim, `/v1/events?limit=100&ending_before=${last!.id}`);
    expect(later.filter((type) => type === 'charge.succeeded').length).toBeLessThanOrEqual(1);
    // Lists read the notes of what was just written no more.
    sim.move(70_000);
    // The update announced nothing; of the commit before it the charge's own event is left.
    expect(await told(sim, '/v1/events')).toEqual([
      'payment_intent.processing',
      'payment_intent.created',
      'payment_intent.payment_failed',
      'charge.failed',
      'payment_intent.created',
      'charge.succeeded',
    ]);
    // Of the payments' four notes of cards none: the merchant's settings do not name them.
    expect({ events, tokens, reviews, open }).toEqual({ events: 3, tokens: 2, reviews: 1, open: 1 });
    expect(await repairAll(sim)).toMatchObject({ entries: 0, events: 0, tokens: 0, reviews: 0, open: 1 });

    sim.channel.decide([...sim.channel.charges.keys()].at(-1) as ChannelReference, 'captured');
    sim.move(120_000);
    await sim.janitor();
    expect(
      recordsOf(sim.world)
        .payments.map(({ status }) => status)
        .sort(),
    ).toEqual(['requires_payment_method', 'succeeded', 'succeeded']);
  });

  it('is unchanged where the stream was complete: no event is sent twice', async () => {
    const sim = await funded();
    await busyDay(sim);
    await payouts(sim);
    await sim.world.runQueues();
    const before = sim.world.table.dump();

    expect(await repairAll(sim)).toMatchObject({ entries: 0, events: 0, tokens: 0, reviews: 0, unread: 0 });
    for (const table of ['events', 'ledger', 'search', 'risk', 'payments'])
      expect(sim.world.table.dump()[table]?.map(textOf)).toEqual(before[table]?.map(textOf));
  });
});

describe('a step', () => {
  const step = async (sim: Simulation, more: object) =>
    repair(
      { table: sim.world.table, clock: sim.world.clock, random: sim.world.payments.random },
      sim.scope,
      await sim.world.payments.settings(sim.scope),
      { from: '2027-01-15', to: '2027-01-15', dryRun: false, ...more },
    );

  it('is 20 queries, and says where the next one goes on', async () => {
    const sim = await simulate();
    await taken(sim, 'one');

    const first = await step(sim, {});
    expect(first).toMatchObject({ looked: 1, entries: 1, cursor: '20::' });
    expect(first).not.toHaveProperty('audit');
    expect(await step(sim, { cursor: '20::' })).toMatchObject({ looked: 1, entries: 0, cursor: '40::' });
    expect(await step(sim, { cursor: '40::' })).toMatchObject({ looked: 0, entries: 0, audit: BALANCED });
  });

  it('looks at what was made on the days that it is given, in the merchant’s time zone, and at nothing else', async () => {
    const sim = await simulate();
    await taken(sim, 'one');

    expect((await step(sim, { from: '2027-01-16', to: '2027-01-16' })).looked).toBe(0);
    expect((await step(sim, { from: '2027-01-14', to: '2027-01-14' })).looked).toBe(0);
    // Noon in London is the next day in Auckland.
    await sim.agree({ timeZone: 'Pacific/Auckland' });
    expect((await step(sim, {})).looked).toBe(0);
    expect((await step(sim, { from: '2027-01-16', to: '2027-01-16' })).looked).toBe(1);
  });

  it.each([
    [
      { from: '2027-02-30' },
      'from, to: 2027-02-30 and 2027-01-15 are no days of the calendar in this order (YYYY-MM-DD)',
    ],
    [
      { to: '2027-01-14' },
      'from, to: 2027-01-15 and 2027-01-14 are no days of the calendar in this order (YYYY-MM-DD)',
    ],
    [{ cursor: 'x' }, 'cursor: x is none'],
  ])('refuses %j', async (more, why) => {
    const sim = await simulate();
    await expect(step(sim, more)).rejects.toThrow(why);
  });
});
