/** `ledger -- audit`: the batches of a settled period are all there; a settlement that is at work has made some of them. */
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../functions/ledger/entry.ts';
import { putDeferred } from '../../../functions/settlement/deferred.ts';
import { differencesOf } from '../../audit/auditor.ts';
import { all, change, first, lose } from '../../audit/damage.ts';
import { post, taken } from '../../scenarios/busy-day.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

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

    const differences = await found(sim);
    expect(differences).toContain(`batch_missing batch ${new Date(yen!.doc.throughMs).toISOString()} jpy`);
    expect(differences).toContain(`record_missing po_${yen!.doc.payout} its batch`);
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

  it('of books whose period is lost, or older than a batch, is named: its entries would be paid out again', async () => {
    const sim = await threeCurrencies();
    await sim.settle();
    await sim.world.runQueues();
    const [batch] = all(sim, 'batch');
    const name = `batch ${new Date(batch!.doc.throughMs).toISOString()}`;
    const lost = sim.fork();
    await lose(lost, first(lost, 'period'));
    const older = sim.fork();
    const { doc, ...at } = first(older, 'period');
    await change(older, { ...at, doc }, { ...doc, sealedThroughMs: 0, settledThroughMs: 0 });

    const differs = async (of: Simulation) => (await found(of)).filter((one) => one.startsWith('period_differs'));
    expect(await differs(lost)).toEqual(
      ['eur', 'jpy', 'usd'].map(
        (currency) => `period_differs ${name} ${currency} is settled, the books are closed nowhere`,
      ),
    );
    expect((await differs(older))[0]).toBe(
      `period_differs ${name} eur is settled, the books are closed through 1970-01-01T00:00:00.000Z`,
    );
  });

  it('of a period that has another manifest is named', async () => {
    const sim = await threeCurrencies();
    await sim.settle();
    const period = first(sim, 'period');
    await change(sim, period, { ...period.doc, manifest: { ...period.doc.manifest, sha256: 'x' } });

    expect((await found(sim)).filter((one) => one.startsWith('period_differs'))).toHaveLength(3);
  });

  it('that hold a reserve without its dates are named: the next settlement would release it', async () => {
    const sim = await simulate();
    const { fees } = await sim.world.payments.settings(sim.scope);
    await sim.agree({ fees: { ...fees, reserveBps: 1_000, reserveDays: 30, version: 2 } });
    await taken(sim, 'held', { amount: '500000' });
    await sim.world.runQueues();
    sim.move(16 * 60_000);
    await sim.settle();
    await sim.world.runQueues();
    const [batch] = all(sim, 'batch');
    expect(await found(sim)).toEqual([]);
    await lose(sim, first(sim, 'holds'));

    expect(await found(sim)).toEqual([
      `holds_missing usd of batch ${new Date(batch!.doc.throughMs).toISOString()} usd`,
    ]);
  });

  it('that hold back and release a reserve at once need no dates', async () => {
    const sim = await simulate();
    const { fees } = await sim.world.payments.settings(sim.scope);
    await sim.agree({ fees: { ...fees, reserveBps: 1_000, reserveDays: 30, version: 2 } });
    const paid = await taken(sim, 'returned');
    await post(sim, '/v1/refunds', { payment_intent: paid });
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    sim.move(20_000);
    await sim.settle();
    await sim.world.runQueues();

    expect(all(sim, 'holds')).toEqual([]);
    expect(all(sim, 'batch').map(({ doc }) => [doc.withheld, doc.reserve])).toEqual([[1_000n, 0n]]);
    expect(await found(sim)).toEqual([]);
  });

  it('whose manifest lists an entry that is lost are named, and its net', async () => {
    const sim = await threeCurrencies();
    await sim.settle();
    await sim.world.runQueues();
    const isEuro = ({ type, currency }: JournalEntry): boolean => type === 'captured' && currency === 'eur';
    const { key } = all(sim, 'batch')[0]!.doc.manifest;
    const lost = sim.fork();
    const { item } = first(lost, 'entry', isEuro);
    await lose(lost, first(lost, 'entry', isEuro));

    expect(await found(lost)).toContain(`entry_missing ${item.pk.slice(-1)} ${item.sk} of manifest ${key}`);
    expect((await found(lost)).join('\n')).toMatch(/^manifest_differs \S+ nets \d+ eur, its entries 0$/m);
  });
});
