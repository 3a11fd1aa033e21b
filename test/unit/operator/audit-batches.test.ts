/** `ledger -- audit`: the batches of a settled period are all there; a settlement that is at work has made some of them. */
import { describe, expect, it } from 'vitest';
import { putDeferred } from '../../../functions/settlement/deferred.ts';
import { differencesOf } from '../../support/auditor.ts';
import { taken } from '../../support/busy-day.ts';
import { all, lose } from '../../support/damage.ts';
import { type Simulation, simulate } from '../../support/simulation.ts';

/** Payments of three currencies that no period has taken. */
async function threeCurrencies(): Promise<Simulation> {
  const sim = await simulate();
  for (const currency of ['eur', 'jpy', 'usd']) await taken(sim, currency, { amount: '500000', currency });
  await sim.world.runQueues();
  sim.move(16 * 60_000);
  return sim;
}
/** What the audit finds here, while the entries that are on their way come. */
const found = (sim: Simulation): Promise<readonly string[]> =>
  differencesOf(sim, { clock: { ...sim.world.clock, sleep: sim.world.runQueues } }, undefined, 120);

describe('the batches of a period', () => {
  it('a settlement at work is not a difference, whichever commit was its last', async () => {
    const sim = await threeCurrencies();
    const differences: string[][] = [];
    let isAuditing = false;
    sim.onPoint = async (label) => {
      if (isAuditing || !label.startsWith('after commit')) return;
      isAuditing = true;
      const fork = sim.fork();
      differences.push([`${all(fork, 'batch').length} batches`, ...(await found(fork))]);
      isAuditing = false;
    };
    await sim.settle();
    sim.onPoint = undefined;

    const states = new Set(differences.map((one) => one.join('; ')));
    expect([...states]).toEqual(['0 batches', '1 batches', '2 batches', '3 batches']);
  });

  it('names one that is lost', async () => {
    const sim = await threeCurrencies();
    await sim.settle();
    await sim.world.runQueues();
    const [, yen] = all(sim, 'batch');
    await lose(sim, yen!);

    expect(await found(sim)).toContain(`batch_missing batch ${new Date(yen!.doc.throughMs).toISOString()} jpy`);
  });

  it('names none for a currency that was put off', async () => {
    const sim = await threeCurrencies();
    await sim.settle();
    await sim.world.runQueues();
    const [, yen] = all(sim, 'batch');
    await lose(sim, yen!);
    await sim.world.table.commit(putDeferred({ ...yen!.doc, dueMs: sim.world.clock.nowMs() + 1 }));

    expect((await found(sim)).filter((one) => one.startsWith('batch_missing'))).toEqual([]);
  });
});
