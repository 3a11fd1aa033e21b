/** Booking a statement breaks at each of its awaits, in either way. Booked again it has counted every line once, and the books agree. */
import { expect, it } from 'vitest';
import { suspendedLines } from '../../../functions/statements/store.ts';
import { audit } from '../../audit/audit.ts';
import { balancesOf } from '../../audit/facts.ts';
import { recordsOf } from '../../audit/records.ts';
import { everyAwait } from '../../scenarios/every-await.ts';
import { bookLines, bytesOfLines, type Line, stepOf, storeStatement } from '../../scenarios/statement-files.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const books = (sim: Simulation): Record<string, bigint> =>
  Object.fromEntries(
    [...balancesOf(recordsOf(sim.world).journal.map(({ entry }) => entry))].filter(([name]) =>
      /assets:|expense:|suspense/.test(name),
    ),
  );

async function withPayment(): Promise<{ sim: Simulation; reference: string }> {
  const sim = await simulate(3);
  const params = { amount: '10000', currency: 'usd', confirm: 'true', payment_method: 'pm_card_visa' };
  expect((await sim.request('POST', '/v1/payment_intents', params)).body.status).toBe('succeeded');
  await sim.world.runQueues();
  return { sim, reference: recordsOf(sim.world).payments[0]!.attempts[0]!.reference };
}

const linesOf = (reference: string): readonly Line[] => [
  { type: 'payment', reference, gross: 10_000n, fee: '180.5400' },
  { type: 'payment', id: 'foreign', gross: 4_200n },
  { type: 'payment', id: 'foreign', gross: 4_200n },
  { type: 'payout', id: 'payout', gross: -9_819n },
];

const BOOKED = {
  'usd assets:bank': 9_819n,
  'usd assets:channel:sandbox': 4_200n,
  'usd expense:channel_cost': 181n,
  'usd liab:suspense_over:sandbox': -4_200n,
};

it('whatever breaks, and whether the same function or a day later goes on', async () => {
  const { sim: from, reference } = await withPayment();
  const stored = await storeStatement(from, bytesOfLines(linesOf(reference)), 100);

  await everyAwait({ from, operation: (sim) => stepOf(sim, stored), atLeast: 20 }, async (sim) => {
    sim.move(86_400_000);
    const file = await stepOf(sim, stored);

    expect(file).toMatchObject({ status: 'booked', counts: { read: 4, booked: 2, suspended: 1, known: 1 } });
    expect(await stepOf(sim, stored)).toEqual(file);
    expect(books(sim)).toEqual(BOOKED);
    expect((await suspendedLines(sim.world.table, sim.scope, {})).lines).toMatchObject([{ id: 'foreign' }]);
    expect(await audit(sim)).toEqual([]);
  });
});

it('another file with the same lines comes between: each line counts once, in one of the two', async () => {
  const { sim: from, reference } = await withPayment();
  const lines = linesOf(reference);
  const stored = await storeStatement(from, bytesOfLines(lines), 100);

  await everyAwait({ from, operation: (sim) => stepOf(sim, stored), atLeast: 20, hows: ['dies'] }, async (sim) => {
    await bookLines(sim, [...lines].reverse());
    await stepOf(sim, stored);

    expect(books(sim)).toEqual(BOOKED);
    expect(await audit(sim)).toEqual([]);
  });
});

it('its period is closed between any two calls: it is booked behind the close', async () => {
  const { sim: from, reference } = await withPayment();
  const stored = await storeStatement(from, bytesOfLines(linesOf(reference)));
  let points = 1;
  for (let at = 1; at <= points; at++) {
    const sim = from.fork();
    let passed = 0;
    sim.onPoint = async () => {
      passed += 1;
      if (passed !== at) return;
      const { onPoint } = sim;
      sim.onPoint = undefined;
      expect((await sim.settle()).status).toBe('done');
      sim.onPoint = onPoint;
    };

    expect((await stepOf(sim, stored)).status).toBe('booked');
    sim.onPoint = undefined;
    points = Math.max(points, passed);
    sim.move(60_000);

    expect(books(sim)).toEqual(BOOKED);
    expect((await sim.settle()).status).toBe('done');
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  }
  expect(points).toBeGreaterThan(20);
});
