/** Settling a sealed period: what one batch writes, in one transaction (I9). */
import { beforeEach, describe, expect, it } from 'vitest';
import { type ObjectKey, timeText } from '../../../functions/kernel/ids.ts';
import { transactionIdOf } from '../../../functions/ledger/keys.ts';
import { loadPeriod } from '../../../functions/ledger/store.ts';
import {
  type Batch,
  batchEntryKey,
  entriesOfBatch,
  reserveReleasedBy,
  withheldBy,
} from '../../../functions/settlement/batch-record.ts';
import { holdsKey } from '../../../functions/settlement/reserve-store.ts';
import {
  AFTER_MS,
  at,
  DAY_MS,
  EUR,
  netOf,
  SATURDAY_MS,
  SCOPE,
  SETTINGS,
  SettlementFixture,
  THROUGH_MS,
  TWD,
  USD,
} from './closed-period.ts';

let fixture: SettlementFixture;
beforeEach(() => {
  fixture = new SettlementFixture();
});

describe('a settlement', () => {
  it('moves the net to available and pays it out, in one transaction with its batch', async () => {
    const period = fixture.sealed([netOf(USD, 10_000n)]);
    fixture.has('usd', 25n);

    const [batch, ...others] = await fixture.run();

    expect(others).toEqual([]);
    const payout = `${timeText(SATURDAY_MS)}07Acz9e0fg3Twe3` as ObjectKey;
    expect(batch).toEqual({
      scope: SCOPE,
      currency: 'usd',
      afterMs: AFTER_MS,
      throughMs: THROUGH_MS,
      opening: 25n,
      net: 10_000n,
      reserve: 0n,
      withheld: 0n,
      releases: [],
      paidOut: 10_025n,
      closing: 0n,
      payout,
      createdMs: SATURDAY_MS,
      manifest: period.manifest,
      namedByPeriod: true,
    });
    expect(fixture.batches()).toMatchObject([{ sk: `${timeText(THROUGH_MS)}#usd`, status: 'paid_out', v: 1n }]);
    expect(await fixture.balance('usd')).toEqual([0n, 0n, 4n]);
    expect(await fixture.table.get('ledger', holdsKey(SCOPE, 'usd'))).toBeUndefined();
    const [paid, moved] = fixture.journal();
    expect(paid).toMatchObject({ type: 'payout_created', body: payout });
    expect([moved]).toEqual([
      {
        type: 'released',
        body: `${timeText(THROUGH_MS)}0usd0000${timeText(THROUGH_MS)}`,
        step: 1,
        currency: 'usd',
        committedMs: SATURDAY_MS,
        legs: [
          { side: 'debit', account: 'liab:merchant:pending', amount: 10_000n },
          { side: 'credit', account: 'liab:merchant:available', amount: 10_000n },
        ],
      },
    ]);
    expect(await fixture.payouts()).toEqual([
      {
        scope: SCOPE,
        body: payout,
        version: 1,
        livemode: false,
        status: 'pending',
        amount: 10_025n,
        currency: 'usd',
        createdMs: SATURDAY_MS,
        committedMs: SATURDAY_MS,
        // Saturday, Sunday and the Fed's holiday are no banking days.
        arrivalMs: at(19),
        bank: SETTINGS.bankAccount,
        account: { channel: 'sandbox', account: 'acc1' },
        reference: `${SCOPE}${timeText(THROUGH_MS)}${payout.slice(7)}`,
        sealedThroughMs: THROUGH_MS,
        announces: { version: 1, types: ['payout.created'] },
      },
    ]);
    expect(await loadPeriod(fixture.table, SCOPE)).toEqual({ ...period, version: 8, settledThroughMs: THROUGH_MS });
    expect(fixture.table.history.map((writes) => writes.length)).toEqual([6, 1]);
  });

  it('names its entries by the end of the period and the currency', () => {
    const nameOf = (throughMs: number) => batchEntryKey({ throughMs, currency: USD, namedByPeriod: true });

    expect(nameOf(THROUGH_MS)).toBe(`${timeText(THROUGH_MS)}0usd0000${timeText(THROUGH_MS)}`);
    // The part that is in the key and in the balance transaction's id.
    expect(nameOf(THROUGH_MS).slice(8)).not.toBe(nameOf(THROUGH_MS + DAY_MS).slice(8));
  });

  it('of an earlier version keeps the names of its entries', () => {
    const batch = {
      throughMs: THROUGH_MS,
      currency: USD,
      net: 300n,
      reserve: -5n,
      withheld: 0n,
      createdMs: SATURDAY_MS,
    };

    expect(batchEntryKey(batch)).toBe(`${timeText(THROUGH_MS)}0usd00000000000`);
    expect(entriesOfBatch(batch).map(transactionIdOf)).toEqual([
      `txn_${timeText(SATURDAY_MS)}0usd00000000000l01`,
      `txn_${timeText(SATURDAY_MS)}0usd00000000000u01`,
    ]);
  });

  it('carries all forward while no bank is connected, also without a first balance', async () => {
    fixture.sealed([netOf(USD, 500n)]);
    const { payoutAccount: _none, ...live } = SETTINGS;
    fixture.settings = { ...live, livemode: true };

    expect(await fixture.run()).toMatchObject([{ opening: 0n, paidOut: 0n, closing: 500n }]);
    expect(await fixture.balance('usd')).toEqual([500n, 0n, 1n]);
    expect(await fixture.payouts()).toEqual([]);
  });

  it('pays out in live mode once a bank is connected', async () => {
    fixture.sealed([netOf(USD, 500n)]);
    const file = { channel: 'file', account: 'platform' };
    fixture.settings = { ...SETTINGS, livemode: true, payoutAccount: file };

    expect(await fixture.run()).toMatchObject([{ opening: 0n, paidOut: 500n, closing: 0n }]);
    expect(await fixture.payouts()).toMatchObject([{ livemode: true, account: file }]);
  });

  it.each([
    ['less than the least payout', 99n, 0n, 99n],
    ['what a debt takes', 100n, -50n, 50n],
    ['a debt that is larger than the net', 100n, -500n, -400n],
  ])('carries forward %s', async (_what, net, opening, closing) => {
    fixture.sealed([netOf(USD, net)]);
    fixture.has('usd', opening);

    const [batch] = await fixture.run();

    expect(batch).toMatchObject({ opening, net, paidOut: 0n, closing });
    expect(batch).not.toHaveProperty('payout');
    expect(fixture.batches()).toMatchObject([{ status: 'carried_forward' }]);
    expect(await fixture.balance('usd')).toEqual([closing, 0n, 4n]);
    expect(await fixture.payouts()).toEqual([]);
    expect(fixture.journal().map(({ type }) => type)).toEqual(['released']);
  });

  it('pays out whole steps of the currency, and carries the rest forward', async () => {
    fixture.sealed([netOf(TWD, 1_215_697n)]);

    expect(await fixture.run()).toMatchObject([{ paidOut: 1_215_600n, closing: 97n }]);
    expect(await fixture.balance('twd')).toEqual([97n, 0n, 1n]);
  });

  it('pays nothing to a disabled bank account', async () => {
    fixture.sealed([netOf(USD, 10_000n)]);
    fixture.disable();

    expect(await fixture.run()).toMatchObject([{ paidOut: 0n, closing: 10_000n }]);
    expect(await fixture.payouts()).toEqual([]);
    expect(await fixture.balance('usd')).toEqual([10_000n, 0n, 1n]);
  });

  it('makes no entry where nothing moves, and a payout of what is there', async () => {
    fixture.sealed([netOf(EUR, 0n)]);
    fixture.has('usd', 700n);
    fixture.has('twd', 0n);

    expect((await fixture.run()).map(({ currency, paidOut }) => [currency, paidOut])).toEqual([
      ['eur', 0n],
      ['usd', 700n],
    ]);
    expect(fixture.journal().map(({ type, currency }) => [type, currency])).toEqual([['payout_created', 'usd']]);
  });

  it('settles its currencies in alphabetical order, each from its own net', async () => {
    fixture.sealed([netOf(USD, 300n), netOf(TWD, 200n), netOf(EUR, 100n)]);

    expect((await fixture.run()).map(({ currency, net }) => [currency, net])).toEqual([
      ['eur', 100n],
      ['twd', 200n],
      ['usd', 300n],
    ]);
    expect(fixture.table.history.map(([first]) => first!.now!.sk.slice(8))).toEqual(['eur', 'twd', 'usd', '']);
  });
});

describe('the reserve of a settlement', () => {
  it('is held back of the net, released when it is due, and kept by date', async () => {
    fixture.sealed([
      netOf(USD, 10_000n, { reserve: 1_000n, holds: { '2027-02-15': 1_000n }, freed: { '2027-02-15': 400n } }),
    ]);
    fixture.has('usd', 0n, 300n);
    fixture.holds('usd', { '2027-01-16': 200n, '2027-01-17': 100n });

    const [batch] = await fixture.run();

    expect(batch).toMatchObject({
      net: 10_000n,
      withheld: 1_000n,
      reserve: 400n,
      releases: [
        { date: '2027-01-16', amount: 200n },
        { date: '2027-02-15', amount: 400n },
      ],
      paidOut: 9_600n,
      closing: 0n,
    });
    expect([withheldBy(batch!), reserveReleasedBy(batch!)]).toEqual([1_000n, 600n]);
    expect(await fixture.balance('usd')).toEqual([0n, 700n, 4n]);
    expect(await fixture.heldOf('usd')).toEqual({ version: 5, holds: { '2027-01-17': 100n, '2027-02-15': 600n } });
    expect(fixture.journal().filter(({ type }) => type !== 'payout_created')).toMatchObject([
      {
        type: 'released',
        transaction: { type: 'reserve_hold', amount: -1_000n, fee: 0n, source: null, description: 'Reserve' },
      },
      {
        type: 'reserve_released',
        transaction: { type: 'reserve_release', amount: 600n, fee: 0n, source: null, description: 'Reserve release' },
        legs: [
          { side: 'debit', account: 'liab:merchant:reserve', amount: 600n },
          { side: 'credit', account: 'liab:merchant:available', amount: 600n },
        ],
      },
    ]);
  });

  it('is kept by date from the first hold on', async () => {
    fixture.sealed([netOf(USD, 1_000n, { reserve: 1_000n, holds: { '2027-02-15': 1_000n } })]);

    expect(await fixture.run()).toMatchObject([{ withheld: 1_000n, reserve: 1_000n, paidOut: 0n, closing: 0n }]);
    expect(await fixture.heldOf('usd')).toEqual({ version: 1, holds: { '2027-02-15': 1_000n } });
    expect(fixture.journal().map(({ type }) => type)).toEqual(['released']);
  });

  it('is held back also where fees take the rest of the net', async () => {
    fixture.sealed([netOf(USD, 0n, { reserve: 50n, holds: { '2027-02-15': 50n } })]);

    expect(await fixture.run()).toMatchObject([{ net: 0n, reserve: 50n, closing: -50n }]);
    expect(fixture.journal()).toMatchObject([{ type: 'released', transaction: { amount: -50n } }]);
  });

  it('is released whole with the last hold, also in a currency without a net', async () => {
    fixture.sealed([]);
    fixture.has('eur', 0n, 200n);
    fixture.holds('eur', { '2027-01-16': 200n });

    expect(await fixture.run()).toMatchObject([
      { currency: 'eur', net: 0n, reserve: -200n, paidOut: 200n, closing: 0n },
    ]);
    expect(await fixture.heldOf('eur')).toEqual({ version: 5, holds: {} });
    expect(await fixture.balance('eur')).toEqual([0n, 0n, 4n]);
  });

  it('that 0.1 held gets its dates from the batches of the last days, without those of other currencies', async () => {
    fixture.sealed([netOf(USD, 100n)]);
    fixture.has('usd', 0n, 900n);
    // The term is 30 days; batches of two days more are looked at.
    fixture.ofOld(THROUGH_MS - 33 * DAY_MS, 'usd', { reserve: 100n });
    fixture.ofOld(THROUGH_MS - 32 * DAY_MS, 'usd', { reserve: 200n });
    fixture.ofOld(THROUGH_MS - 29 * DAY_MS, 'usd', { reserve: 60n });
    fixture.ofOld(THROUGH_MS - 3 * DAY_MS, 'eur', { reserve: 70n });
    fixture.ofOld(THROUGH_MS - 2 * DAY_MS, 'usd', { reserve: 300n });
    fixture.ofOld(THROUGH_MS - DAY_MS, 'usd', { reserve: 50n, withheld: 50n });

    // 360 are dated, 200 were due before, and the 340 that no batch of these days explains are due now.
    expect(await fixture.run()).toMatchObject([{ reserve: -540n, paidOut: 640n }]);
    expect(await fixture.heldOf('usd')).toEqual({ version: 1, holds: { '2027-01-17': 60n, '2027-02-13': 300n } });
  });

  it('that 0.1 held is found from the first day on', async () => {
    const throughMs = 2 * DAY_MS - 1;
    fixture.nowMs = 2 * DAY_MS + 3_600_000;
    fixture.sealed([netOf(USD, 100n)], { sealedThroughMs: throughMs, settledThroughMs: 0, previousMs: 0 });
    fixture.has('usd', 0n, 40n);
    fixture.ofOld(DAY_MS - 1, 'usd', { reserve: 40n });

    expect(await fixture.run(false, throughMs)).toMatchObject([{ reserve: 0n, paidOut: 100n }]);
    expect((await fixture.heldOf('usd')).holds).toEqual({ '1970-02-01': 40n });
  });

  it('of a batch of 0.1 is what it held back: it released nothing', () => {
    const batch = { reserve: 30n } as Batch;
    expect([withheldBy(batch), reserveReleasedBy(batch)]).toEqual([30n, 0n]);
  });
});
