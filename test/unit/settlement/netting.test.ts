/** The sums of a sealed period, from its entries alone (I9). */
import { describe, expect, it } from 'vitest';
import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { accounts } from '../../../functions/ledger/accounts.ts';
import type { EntryType, JournalEntry, Leg } from '../../../functions/ledger/entry.ts';
import { addedBy, netOf, payable } from '../../../functions/settlement/netting.ts';

const [USD, EUR, JPY] = [parseCurrency('usd')!, parseCurrency('eur')!, parseCurrency('jpy')!];
const DAY_MS = Date.UTC(2027, 0, 15);
const bodyOf = (letter: string): ObjectKey => `0ABCDEF0${letter.repeat(14)}` as ObjectKey;

/** An entry that adds `net` to pending (takes from it where negative), and what the merchant sees of it. */
function entry(type: EntryType, letter: string, net: bigint, more: Partial<JournalEntry> = {}): JournalEntry {
  const [side, other] = net >= 0n ? (['credit', 'debit'] as const) : (['debit', 'credit'] as const);
  const amount = net >= 0n ? net : -net;
  const legs: Leg[] =
    net === 0n
      ? []
      : [
          { side, account: accounts.pending, amount },
          { side: other, account: 'assets:channel:chA', amount },
        ];
  return { type, body: bodyOf(letter), step: 1, currency: USD, committedMs: DAY_MS, legs, ...more };
}
const charge = (letter: string, gross: bigint, fee: bigint, more: Partial<JournalEntry> = {}): JournalEntry =>
  entry('captured', letter, gross - fee, {
    transaction: { type: 'charge', amount: gross, fee, source: `ch_${letter}` },
    ...more,
  });
const refund = (letter: string, amount: bigint, more: Partial<JournalEntry> = {}): JournalEntry =>
  entry('refund_requested', letter, -amount, {
    transaction: { type: 'refund', amount: -amount, fee: 0n, source: `re_${letter}` },
    ...more,
  });

describe('a period', () => {
  it('without entries owes nothing', () => {
    expect(netOf([], 90)).toEqual([]);
  });

  it('sums gross, fees, refunds, net and reserve of its lines', () => {
    const [net, ...others] = netOf(
      [
        charge('A', 10_000n, 320n, { reserve: 1_000n, reserveDate: '2027-04-16' }),
        charge('B', 6_000n, 204n, { committedMs: DAY_MS + 1 }),
        refund('C', 2_500n, { committedMs: DAY_MS + 2 }),
      ],
      90,
    );

    expect(others).toEqual([]);
    expect(net).toMatchObject({
      currency: 'usd',
      gross: 16_000n,
      fees: 524n,
      refunds: -2_500n,
      net: 12_976n,
      reserve: 1_000n,
    });
    expect(net!.lines).toEqual([
      {
        id: 'txn_VgkRieO0AAAAAAAAAAAAAAc01',
        type: 'charge',
        source: 'ch_A',
        committedMs: DAY_MS,
        gross: 10_000n,
        fee: 320n,
        net: 9_680n,
        reserve: 1_000n,
      },
      {
        id: 'txn_VgkRieP0BBBBBBBBBBBBBBc01',
        type: 'charge',
        source: 'ch_B',
        committedMs: DAY_MS + 1,
        gross: 6_000n,
        fee: 204n,
        net: 5_796n,
        reserve: 0n,
      },
      {
        id: 'txn_VgkRieQ0CCCCCCCCCCCCCCr01',
        type: 'refund',
        source: 're_C',
        committedMs: DAY_MS + 2,
        gross: -2_500n,
        fee: 0n,
        net: -2_500n,
        reserve: 0n,
      },
    ]);
  });

  it('has its currencies apart, in alphabetical order', () => {
    const nets = netOf(
      [
        charge('A', 100n, 1n),
        charge('C', 200n, 2n, { currency: EUR }),
        charge('B', 300n, 3n, { currency: JPY }),
        charge('D', 50n, 1n),
      ],
      90,
    );

    expect(nets.map(({ currency, net }) => [currency, net])).toEqual([
      ['eur', 198n],
      ['jpy', 297n],
      ['usd', 148n],
    ]);
  });

  it('has its lines in order of time, and of id within one millisecond', () => {
    const [net] = netOf(
      [
        charge('Z', 1n, 0n, { committedMs: DAY_MS + 5 }),
        charge('B', 1n, 0n),
        charge('C', 1n, 0n),
        charge('A', 1n, 0n),
        charge('Y', 1n, 0n, { committedMs: DAY_MS + 2 }),
      ],
      90,
    );

    expect(net!.lines.map(({ source }) => source)).toEqual(['ch_A', 'ch_B', 'ch_C', 'ch_Y', 'ch_Z']);
  });

  it('leaves out what moves no pending funds, and its own settlement', () => {
    const available: Leg[] = [
      { side: 'debit', account: accounts.available, amount: 5n },
      { side: 'credit', account: accounts.payoutClearing, amount: 5n },
    ];
    expect(
      netOf([entry('released', 'A', -12_976n), entry('payout_created', 'B', 0n, { legs: available })], 90),
    ).toEqual([]);
  });

  it('keeps a capture whose fee takes all of it', () => {
    const [net] = netOf([charge('A', 30n, 30n)], 90);

    expect(net).toMatchObject({ gross: 30n, fees: 30n, net: 0n });
    expect(net!.lines).toHaveLength(1);
  });

  it('names an entry without a balance transaction by its type and its object', () => {
    const [net] = netOf([entry('surplus_received', 'A', 700n)], 90);

    expect(net!.lines).toMatchObject([
      { type: 'surplus_received', source: bodyOf('A'), gross: 700n, fee: 0n, net: 700n },
    ]);
  });

  it('counts failed refunds among the refunds, not as gross', () => {
    const failed = entry('refund_failed', 'C', 400n, {
      transaction: { type: 'refund_failure', amount: 400n, fee: 0n, source: 're_C' },
    });
    expect(netOf([charge('A', 1_000n, 10n), refund('C', 400n), failed], 90)).toMatchObject([
      { gross: 1_000n, refunds: 0n, net: 990n },
    ]);
  });

  it('counts refunds of other methods than cards among the refunds, under the types that Stripe has for them', () => {
    const by = (one: JournalEntry): JournalEntry => ({ ...one, transaction: { ...one.transaction!, nonCard: true } });
    const failed = entry('refund_failed', 'C', 300n, {
      transaction: { type: 'refund_failure', amount: 300n, fee: 0n, source: 're_C', nonCard: true },
    });

    const [net] = netOf([by(charge('A', 1_000n, 10n)), by(refund('B', 400n)), by(refund('C', 300n)), failed], 90);

    expect(net).toMatchObject({ gross: 1_000n, fees: 10n, refunds: -400n, net: 590n });
    expect(net!.lines.map(({ type, net: moved }) => `${type} ${moved}`).sort()).toEqual([
      'payment 990',
      'payment_refund -300',
      'payment_refund -400',
      'payment_refund 300',
    ]);
  });

  it('has its holds by the date that each capture froze, or by the term for captures of 0.1', () => {
    const [net] = netOf(
      [
        charge('A', 1_000n, 0n, { reserve: 100n, reserveDate: '2027-04-16' }),
        charge('B', 2_000n, 0n, { reserve: 200n, reserveDate: '2027-04-16' }),
        charge('C', 3_000n, 0n, { reserve: 300n }),
        charge('D', 4_000n, 0n, { committedMs: DAY_MS + 86_400_000 }),
      ],
      30,
    );

    expect(net!.holds).toEqual({ '2027-04-16': 300n, '2027-02-15': 300n });
    expect(net!.freed).toEqual({});
  });

  it('has what returns freed, also by an entry that moves no pending funds', () => {
    const success = entry('refund_succeeded', 'A', 0n, {
      freed: [
        { date: '2027-04-16', amount: 25n },
        { date: '2027-04-17', amount: 5n },
      ],
    });
    const [net] = netOf([success, { ...success, body: bodyOf('B') }], 90);

    expect(net).toMatchObject({ currency: 'usd', lines: [], net: 0n, reserve: 0n, holds: {} });
    expect(net!.freed).toEqual({ '2027-04-16': 50n, '2027-04-17': 10n });
  });
});

describe('the holds that a manifest adds', () => {
  it('are its own, or those of its lines where 0.1 wrote it', () => {
    const [net] = netOf(
      [
        charge('A', 1_000n, 0n, { reserve: 100n, reserveDate: '2027-04-16' }),
        charge('B', 10n, 0n, { committedMs: DAY_MS + 86_400_000 }),
      ],
      90,
    );
    const { holds: _holds, freed: _freed, ...ofOld } = net!;

    expect(addedBy(net, 30)).toEqual({ '2027-04-16': 100n });
    expect(addedBy(ofOld, 30)).toEqual({ '2027-02-15': 100n });
    expect(addedBy(undefined, 30)).toEqual({});
  });
});

describe('what is paid out of an available balance', () => {
  it.each([
    // available, least payout, step
    [12_976n, 1n, 1n, 12_976n],
    [0n, 0n, 1n, 0n],
    [-5n, 0n, 1n, 0n],
    [-500n, -1_000n, 100n, 0n],
    [99n, 100n, 1n, 0n],
    [100n, 100n, 1n, 100n],
    [101n, 100n, 1n, 101n],
    [1_215_697n, 1n, 100n, 1_215_600n],
    [199n, 100n, 100n, 100n],
    [199n, 101n, 100n, 0n],
    [99n, 1n, 100n, 0n],
  ])('of %i, at least %i, in steps of %i is %i', (available, minimum, step, amount) => {
    expect(payable(available, minimum, step)).toBe(amount);
  });
});
