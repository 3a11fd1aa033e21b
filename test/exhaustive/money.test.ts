/**
 * Random lives of a merchant's money (test/scenarios/money-commands.ts), after which all invariants (docs/invariants.md) must hold, whatever broke off and
 * whatever went on at once. A failure prints its seed and the shortest life found. Other lives: see "Chance" in CONTRIBUTING.md.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isUnresolved } from '../../functions/payments/payment.ts';
import { postAll } from '../../functions/stream/consume.ts';
import { audit } from '../audit/audit.ts';
import { differencesOf } from '../audit/auditor.ts';
import { recordsOf, reservesOf } from '../audit/records.ts';
import { withFurtherAccounts } from '../scenarios/further-accounts.ts';
import { booksOf, misremembered, repairAll, withoutEntries } from '../scenarios/lost-stream.ts';
import { agreements, comeToRest, lostAnswers, moneyCommands, reserveEnds } from '../scenarios/money-commands.ts';
import type { Model, Real } from '../scenarios/money-model.ts';
import { persistedRecords } from '../world/persisted.ts';
import { firstDifference, numRuns } from '../world/seed.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

/** What `ledger -- audit` finds, the channel's and the bank's own lists included, however young it is. */
const found = ({ fork }: Simulation): Promise<readonly string[]> => {
  const sim = fork();
  sim.move(1_000);
  return differencesOf(sim, { clock: { ...sim.world.clock, sleep: async () => {} } });
};

it.each([
  ['', undefined, 200, moneyCommands],
  [' at a channel without queries', 'later', 60, [...moneyCommands, lostAnswers, lostAnswers]],
] as const)(
  'the invariants hold after any life%s, nothing is left open, and repeated callbacks and records change nothing',
  async (_, unqueried, runs, commands) => {
    await fc.assert(
      fc.asyncProperty(
        fc.commands([...commands], { maxCommands: 30, size: 'max' }),
        agreements,
        fc.scheduler(),
        async (life, { reserveBps, reserveDays, ...agreed }, scheduler) => {
          const real: Real = { sim: await simulate(1, unqueried), scheduler };
          await withFurtherAccounts(real.sim);
          const { fees } = await real.sim.world.payments.settings(real.sim.scope);
          await real.sim.agree({ ...agreed, fees: { ...fees, reserveBps, reserveDays, version: 2 } });
          const model: Model = { requests: [], delivered: [], lagMs: 0 };
          await fc.asyncModelRun(() => ({ model, real }), life);
          await comeToRest(real);

          const { sim } = real;
          expect(await audit(sim)).toEqual([]);
          expect(await found(sim)).toEqual([]);
          const { payments, refunds, payouts } = recordsOf(sim.world);
          expect(payments.filter(isUnresolved)).toEqual([]);
          expect(refunds.filter(({ status }) => status === 'pending')).toEqual([]);
          expect(payouts.filter(({ status }) => status === 'pending' || status === 'in_transit')).toEqual([]);

          // I13: every callback and every record of the stream once more, newest first.
          const before = persistedRecords(sim);
          for (const fact of model.delivered.toReversed()) await sim.takeOne(fact);
          await postAll(sim.world, sim.world.table.stream().toReversed(), () => {});
          expect(firstDifference(before, persistedRecords(sim))).toBeUndefined();

          // The journal can be written again from the objects alone (I4), and what their last commits announced is not forgotten.
          const lost = await withoutEntries(sim, 'ledger');
          await repairAll(lost);
          expect(booksOf(lost)).toEqual(booksOf(sim));
          expect(misremembered(sim)).toEqual([]);

          // Every reserve of a payment is released in the end, once (I9). The janitor has not run for all that time.
          await reserveEnds(sim);
          expect((await audit(sim)).filter((what) => what.startsWith('I'))).toEqual([]);
          expect(reservesOf(sim)).toEqual([]);
          expect(await found(sim)).toEqual([]);
        },
      ),
      numRuns(runs),
    );
  },
);
