/**
 * The line that a seal draws before it looks (ledger/store.ts): what is posted while it is at work is in its manifest or on the late list,
 * at any interleaving, also where nothing is waited for and the merchant has no balance in the currency yet (I5, I9).
 */

import { expect, it } from 'vitest';
import { readBooks } from '../../../functions/balance/books.ts';
import { openedDispute } from '../../../functions/disputes/dispute.ts';
import { disputeTransactions } from '../../../functions/disputes/entries.ts';
import { putDispute } from '../../../functions/disputes/store.ts';
import { newObjectKey } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { fold } from '../../../functions/ledger/entry.ts';
import { postEntries } from '../../../functions/ledger/post.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { PAYMENT } from '../../../functions/payments/store.ts';
import { runStep } from '../../../functions/settlement/step.ts';
import { entriesOf } from '../../../functions/stream/posting.ts';
import { putRecord } from '../../../functions/table/record.ts';
import type { Table } from '../../../functions/table/table.ts';
import { recordsOf } from '../../audit/records.ts';
import { makeAvailable } from '../../scenarios/available-funds.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
const euro = parseCurrency('eur')!;

/** The dispute's record, and then its entry, as the stream posts it. */
async function openDispute(sim: Simulation): Promise<void> {
  const { table, clock } = sim.world;
  const payment = recordsOf(sim.world).payments[0]!;
  const nowMs = clock.nowMs();
  const dispute = openedDispute(
    { ...payment, currency: euro },
    payment.attempts[0]!,
    {
      id: 'd1',
      kind: 'chargeback',
      amount: 500n,
      currency: 'eur',
      fee: 0n,
      reason: 'fraudulent',
      openedMs: nowMs,
      dueMs: nowMs + 1_000_000,
    },
    nowMs,
  );
  await table.commit(putDispute(undefined, dispute));
  await postEntries({ table, clock }, dispute, disputeTransactions(dispute));
}

/** The record of a hold, and then its entry. */
async function authorize(sim: Simulation): Promise<void> {
  const { table, clock } = sim.world;
  const { capture: _, ...paid } = recordsOf(sim.world).payments[0]!;
  const nowMs = clock.nowMs();
  const held: Payment = {
    ...paid,
    body: newObjectKey(nowMs, sim.world.payments.random),
    version: 1,
    status: 'requires_capture',
    committedMs: nowMs,
    attempts: paid.attempts.map((attempt) => ({ ...attempt, status: 'authorized', settledMs: nowMs })),
  };
  await table.commit(putRecord(PAYMENT, held));
  await postEntries({ table, clock }, held, entriesOf({ kind: 'payment', new: held }));
}

/** The record of an intent that is confirmed a day after it was made, and then its capture's entry. */
async function captureLate(sim: Simulation): Promise<void> {
  const { table, clock } = sim.world;
  const paid = recordsOf(sim.world).payments[0]!;
  const nowMs = clock.nowMs();
  const late: Payment = {
    ...paid,
    body: newObjectKey(nowMs - 25 * 3_600_000, sim.world.payments.random),
    version: 1,
    committedMs: nowMs,
    capture: { ...paid.capture!, capturedMs: nowMs },
    attempts: paid.attempts.map((attempt) => ({ ...attempt, settledMs: nowMs })),
  };
  await table.commit(putRecord(PAYMENT, late));
  await postEntries({ table, clock }, late, entriesOf({ kind: 'payment', new: late }));
}

/** The index of late moves follows its table: for the seal it shows nothing yet. */
const indexLags = (table: Table): Table => ({
  get: (name, key) => table.get(name, key),
  getMany: (reads) => table.getMany(reads),
  commit: (...writes) => table.commit(...writes),
  query: async (name, query) => {
    const page = await table.query(name, query);
    return query.index === 'moved' ? { items: [] } : page;
  },
});

const POSTERS: Readonly<Record<string, (sim: Simulation) => Promise<unknown>>> = {
  'a chargeback in a currency without a balance': openDispute,
  'an authorization, which moves no balance': authorize,
  'a capture of a payment that was made a day before': captureLate,
  'a refund, in its own transaction': (sim) =>
    sim.request('POST', '/v1/refunds', { payment_intent: newestPayment(sim), amount: '300' }, 'refund'),
};

const newestPayment = (sim: Simulation): string => `pi_${recordsOf(sim.world).payments.at(-1)!.body}`;

/** The close of everything up to five seconds ago, without a settlement. */
const close = (sim: Simulation, throughMs: number) =>
  runStep({ ...sim.world.settlement, table: indexLags(sim.world.table) }, 'seal', {
    scope: sim.scope,
    date: '2027-01-15',
    throughMs,
    force: true,
    status: 'waiting',
  });

/** The poster stops before its `at`-th call, and goes on when the seal is before its `until`-th; the calls that each of them made. */
async function meet(sim: Simulation, poster: (sim: Simulation) => Promise<unknown>, at: number, until: number) {
  const points = { poster: 0, seal: 0 };
  let goOn = (): void => {};
  const stopped = new Promise<void>((stop) => {
    sim.onPoint = async (label) => {
      if (!label.startsWith('before')) return;
      points.poster += 1;
      if (points.poster !== at) return;
      const release = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      stop();
      await release;
    };
  });
  const posting = poster(sim);
  await Promise.race([stopped, posting]);
  const throughMs = sim.world.clock.nowMs();
  sim.move(5_001);
  sim.onPoint = async (label) => {
    if (!label.startsWith('before')) return;
    points.seal += 1;
    if (points.seal !== until) return;
    sim.onPoint = undefined;
    goOn();
    await posting;
  };
  await close(sim, throughMs);
  sim.onPoint = undefined;
  goOn();
  await posting;
  return points;
}

const nonZero = (totals: Iterable<readonly [string, bigint]>): object =>
  Object.fromEntries([...totals].filter(([, amount]) => amount !== 0n));

async function assertBooks(sim: Simulation, where: string): Promise<void> {
  const { totals } = await readBooks(sim.world.table, sim.scope, 4, sim.world.clock.nowMs());
  const folded = fold(recordsOf(sim.world).journal.map(({ entry }) => entry));
  const all = [...folded].flatMap(([currency, accounts]) =>
    [...accounts].map(([account, amount]) => [`${currency} ${account}`, amount] as const),
  );
  expect(nonZero(Object.entries(totals)), where).toEqual(nonZero(all));
}

it.each(Object.entries(POSTERS))(
  '%s, and a seal: every entry is taken or late, at any interleaving',
  async (_, poster) => {
    const begin = await simulate();
    // What was made a day before is too old for the next seal to find by its key.
    await makeAvailable(begin.world, begin.scope);
    begin.move(20_000);
    await begin.request('POST', '/v1/payment_intents', pay, 'one');
    await begin.world.runQueues();
    begin.move(1_000);
    let meetings = 0;
    for (let at = 1; ; at++) {
      let calls = 0;
      for (let until = 1; ; until++) {
        const sim = begin.fork();
        const points = await meet(sim, poster, at, until);
        calls = points.poster;
        if (points.poster < at || points.seal < until) break;
        meetings += 1;
        await assertBooks(sim, `poster ${at}, seal ${until}`);
      }
      if (calls < at) break;
    }
    expect(meetings).toBeGreaterThan(30);
  },
);
