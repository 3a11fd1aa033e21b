/** Currencies that are not due with their period: put off with it, settled on their own day, once. */
import { beforeEach, describe, expect, it } from 'vitest';
import { timeText } from '../../../functions/kernel/ids.ts';
import { balanceKey, transactionIdOf } from '../../../functions/ledger/keys.ts';
import { loadBooks, loadPeriod } from '../../../functions/ledger/store.ts';
import { AFTER_MS, at, DAY_MS, EUR, netOf, SCOPE, SettlementFixture, THROUGH_MS, USD } from './closed-period.ts';

let fixture: SettlementFixture;
beforeEach(() => {
  fixture = new SettlementFixture();
});

describe('a currency that is not due', () => {
  const deferred = async () =>
    (await loadBooks(fixture.table, SCOPE)).deferred.map(({ currency, dueMs, throughMs, afterMs }) => [
      currency,
      dueMs,
      throughMs,
      afterMs,
    ]);
  /** What was released in USD, with the time, the shard and the object's part of the balance transaction's id. */
  const usdReleases = () =>
    fixture
      .journal()
      .filter(({ type, currency }) => type === 'released' && currency === 'usd')
      .map((entry) => [entry.legs[0]!.amount, transactionIdOf(entry).slice(4, -3)]);
  /** Two banking days after Friday: Monday 18 in no currency, Tuesday 19 in EUR, Wednesday 20 in USD. */
  const onTuesday = () => {
    fixture.sealed([netOf(EUR, 2_000n), netOf(USD, 1_000n)]);
    fixture.nowMs = at(19);
    return fixture.run(true);
  };

  it('is put off with the period, and the others are settled', async () => {
    expect((await onTuesday()).map(({ currency }) => currency)).toEqual(['eur']);
    expect(await deferred()).toEqual([['usd', at(20), THROUGH_MS, AFTER_MS]]);
    expect(await fixture.settledThrough()).toBe(THROUGH_MS);
    // The period and what it puts off are one commit.
    expect(fixture.table.history.at(-1)).toHaveLength(2);
  });

  it('is settled when it is due and not a millisecond before, once', async () => {
    await onTuesday();
    const period = await loadPeriod(fixture.table, SCOPE);
    fixture.nowMs = at(20) - 1;
    expect((await fixture.run(true)).map(({ currency }) => currency)).toEqual(['eur']);
    fixture.nowMs = at(20);

    const settled = await fixture.run(true);
    // First what was put off, then all batches of the period.
    expect(settled.map(({ currency, net }) => [currency, net])).toEqual([
      ['usd', 1_000n],
      ['eur', 2_000n],
      ['usd', 1_000n],
    ]);
    expect(settled[0]).toMatchObject({ afterMs: AFTER_MS, throughMs: THROUGH_MS, createdMs: at(20), paidOut: 1_000n });
    expect(settled[0]!.manifest).toEqual(period!.manifest);
    const entries = fixture.journal();
    fixture.nowMs = at(21);
    await fixture.run(true);
    expect(fixture.journal()).toEqual(entries);
    expect(await loadPeriod(fixture.table, SCOPE)).toEqual(period);
  });

  it('is settled at once by a run that does not wait for banking days', async () => {
    await onTuesday();

    expect((await fixture.run(false)).map(({ currency }) => currency)).toEqual(['usd', 'eur', 'usd']);
  });

  it('is not put off by such a run', async () => {
    fixture.sealed([netOf(USD, 1_000n), netOf(EUR, 2_000n)]);
    fixture.nowMs = at(17);

    expect((await fixture.run(false)).map(({ currency }) => currency)).toEqual(['eur', 'usd']);
    expect(await deferred()).toEqual([]);
  });

  it('is released with the next period in one millisecond, under a name of its own', async () => {
    await onTuesday();
    const { closing, version } = (await loadPeriod(fixture.table, SCOPE))!;
    const throughMs = THROUGH_MS + 3 * DAY_MS;
    fixture.sealed([netOf(USD, 400n)], {
      sealedThroughMs: throughMs,
      settledThroughMs: THROUGH_MS,
      previousMs: THROUGH_MS,
      closing,
      version,
    });
    fixture.nowMs = at(21);

    const settled = await fixture.run(true, throughMs);

    expect(settled.map(({ throughMs: of, net, createdMs }) => [of, net, createdMs])).toEqual([
      [THROUGH_MS, 1_000n, at(21)],
      [throughMs, 400n, at(21)],
    ]);
    expect(settled[1]).toMatchObject({ afterMs: THROUGH_MS });
    expect((await fixture.payouts()).map(({ createdMs }) => createdMs)).toEqual([at(19), at(21), at(21)]);
    expect(usdReleases()).toEqual([
      [1_000n, `${timeText(at(21))}0usd0000${timeText(THROUGH_MS)}`],
      [400n, `${timeText(at(21))}0usd0000${timeText(throughMs)}`],
    ]);
  });

  it('of several periods is settled from the oldest on, in one millisecond', async () => {
    await onTuesday();
    const first = (await loadPeriod(fixture.table, SCOPE))!;
    const throughMs = THROUGH_MS + DAY_MS;
    fixture.sealed([netOf(USD, 400n), netOf(EUR, 1n)], {
      sealedThroughMs: throughMs,
      settledThroughMs: THROUGH_MS,
      previousMs: THROUGH_MS,
      version: first.version,
    });
    fixture.nowMs += 1;
    await fixture.run(true, throughMs);
    expect(await deferred()).toEqual([
      ['usd', at(20), THROUGH_MS, AFTER_MS],
      ['usd', at(20), throughMs, THROUGH_MS],
    ]);
    fixture.nowMs = at(22);

    const settled = (await fixture.run(true, throughMs)).slice(0, 2);

    expect(settled.map(({ throughMs: of, afterMs, net, createdMs }) => [of, afterMs, net, createdMs])).toEqual([
      [THROUGH_MS, AFTER_MS, 1_000n, at(22)],
      [throughMs, THROUGH_MS, 400n, at(22)],
    ]);
    expect(usdReleases()).toHaveLength(2);
  });

  it('pays out its net less what refunds took from available meanwhile, where the merchant may overdraw it', async () => {
    await onTuesday();
    fixture.has('usd', -300n);
    fixture.nowMs = at(20);

    const [batch] = await fixture.run(true);

    expect(batch).toMatchObject({ currency: 'usd', opening: -300n, net: 1_000n, paidOut: 700n, closing: 0n });
  });

  it('settles nothing that its manifest has no net for', async () => {
    await onTuesday();
    fixture.nowMs = at(20);
    const [batch] = await fixture.run(true);

    expect(batch).toMatchObject({ currency: 'usd', net: 1_000n });
    expect((await fixture.table.get('ledger', balanceKey(SCOPE, 'eur')))!.v).toBe(1n);
  });
});
