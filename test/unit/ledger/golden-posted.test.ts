/** The golden entries once more, as what the product itself posts: from commits, settlements and banks, not from the rules alone. */
import { describe, expect, it } from 'vitest';
import { type FeeTerms, parseCurrency } from '../../../functions/kernel/money.ts';
import { loadBalance } from '../../../functions/ledger/store.ts';
import { captureFacts } from '../../../functions/payments/commit.ts';
import { capturedEntries } from '../../../functions/payments/entries.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import golden from '../../fixtures/golden-ledger.json' with { type: 'json' };
import { PAID } from '../../simulators/bank.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const TERMS: FeeTerms = { feeBps: 290, fixed: 30n, fixedIn: { usd: 30n, kwd: 100n }, reserveBps: 1_000, version: 2 };
const card = { currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

/** The channel's own fee is reported by its statement, not by a capture. */
const COST = 'expense:channel_cost';
function legsOf(id: string): readonly string[] {
  const { legs } = golden.scenarios.flatMap(({ journals }) => journals).find((journal) => journal.id === id)!;
  const cost = legs.findIndex(({ account }) => account === COST);
  return (cost < 0 ? legs : legs.toSpliced(cost, 2))
    .map(({ dc, account, amount }) => `${dc} ${account.replace(':m1', '').replace(/:(chA|b1)$/, '')} ${amount}`)
    .toSorted();
}

/** Entries of this type in order of commit, as the golden file writes them. */
const posted = (sim: Simulation, type: string): readonly (readonly string[])[] =>
  recordsOf(sim.world)
    .journal.map(({ entry }) => entry)
    .filter((entry) => entry.type === type)
    .toSorted((a, b) => a.committedMs - b.committedMs)
    .map(({ legs }) =>
      legs
        .map(
          ({ side, account, amount }) =>
            `${side === 'debit' ? 'D' : 'C'} ${account.replace(/:sandbox$/, '')} ${amount}`,
        )
        .toSorted(),
    );

async function agreed(changes: Parameters<Simulation['agree']>[0]): Promise<Simulation> {
  const sim = await simulate();
  await sim.agree(changes);
  return sim;
}

async function pay(sim: Simulation, amount: string, key: string, more: Record<string, string> = {}): Promise<string> {
  const { body } = await sim.request('POST', '/v1/payment_intents', { ...card, amount, ...more }, key);
  sim.move(1_000);
  return String(body.id);
}

const act = async (sim: Simulation, id: string, name: string, params: Record<string, string> = {}): Promise<void> => {
  await sim.request('POST', `/v1/payment_intents/${id}/${name}`, params, `${name} ${id}`);
  sim.move(1_000);
};

const refund = async (sim: Simulation, id: string, amount: string): Promise<void> => {
  const params = { payment_intent: id, amount };
  expect(await sim.request('POST', '/v1/refunds', params, `refund ${id} ${amount}`)).toMatchObject({ status: 200 });
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  sim.move(1_000);
};

async function settle(sim: Simulation): Promise<void> {
  await sim.world.runQueues();
  await sim.settle();
  await sim.world.runQueues();
  sim.move(1_000);
}

describe('G1', () => {
  it('authorize, capture, void, release with a reserve, refund, payouts that fail and that are paid', async () => {
    const sim = await agreed({ fees: TERMS });
    const manual = { capture_method: 'manual' };
    const p1 = await pay(sim, '10000', 'p1', manual);
    await act(sim, p1, 'capture');
    const p2 = await pay(sim, '10000', 'p2', manual);
    await act(sim, p2, 'capture', { amount_to_capture: '6000' });
    const p3 = await pay(sim, '5000', 'p3', manual);
    await act(sim, p3, 'cancel');
    sim.bank.answer = { kind: 'failed', code: 'account_closed' };
    await settle(sim);
    await refund(sim, p1, '2500');
    await refund(sim, p2, '1000');
    sim.channel.takeBackRefund([...sim.channel.refunds.keys()][1] as never);
    await sim.deliverCallbacks();
    await sim.world.runQueues();

    expect(posted(sim, 'authorized')).toEqual([legsOf('j01'), legsOf('j03'), legsOf('j05')]);
    expect(posted(sim, 'captured')).toEqual([legsOf('j02'), legsOf('j04')]);
    expect(posted(sim, 'voided')).toEqual([legsOf('j06')]);
    expect(posted(sim, 'released')).toEqual([legsOf('j07')]);
    expect(posted(sim, 'refund_requested')).toEqual([legsOf('j09'), legsOf('j11')]);
    expect(posted(sim, 'refund_succeeded')[0]).toEqual(legsOf('j10'));
    // 154.76 less the reserve of 16.00 went out, came back, and 25.00 of it was refunded.
    expect(posted(sim, 'payout_created')).toEqual([
      ['C liab:payout_clearing 13876', 'D liab:merchant:available 13876'],
    ]);
    expect(posted(sim, 'payout_failed')).toEqual([['C liab:merchant:available 13876', 'D liab:payout_clearing 13876']]);
    expect(await loadBalance(sim.world.table, sim.scope, 'usd')).toMatchObject({ available: 11_376n, reserve: 1_600n });

    sim.bank.answer = PAID;
    // A payout failed at the bank account: the operator enters another one.
    const { bankAccount } = await sim.world.payments.settings(sim.scope);
    await sim.agree({ bankAccount: { ...bankAccount, id: 'ba_other' } });
    await settle(sim);

    // The refunds of 25.00 of 100.00 and of 10.00 of 60.00 released as much of the reserve.
    expect(posted(sim, 'reserve_released')).toEqual([['C liab:merchant:available 350', 'D liab:merchant:reserve 350']]);
    expect(posted(sim, 'payout_paid')).toEqual([['C assets:bank 11726', 'D liab:payout_clearing 11726']]);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('G2', () => {
  it('a refund beyond what is available, allowed by policy, is paid back by the next day’s captures', async () => {
    const sim = await agreed({ fees: { ...TERMS, reserveBps: 0 }, refundOverdraft: true });
    const p0 = await pay(sim, '8000', 'p0');
    await settle(sim);
    await pay(sim, '2000', 'p1');
    await refund(sim, p0, '5000');
    await settle(sim);
    expect((await loadBalance(sim.world.table, sim.scope, 'usd'))?.available).toBe(-3_088n);
    expect([...sim.bank.orders.values()].map(({ order }) => order.amount)).toEqual([7_738n]);

    await pay(sim, '10000', 'p2');
    await settle(sim);

    expect((await loadBalance(sim.world.table, sim.scope, 'usd'))?.available).toBe(0n);
    expect([...sim.bank.orders.values()].map(({ order }) => order.amount)).toEqual([7_738n, 6_592n]);
    expect(await audit(sim)).toEqual([]);
  });
});

describe.each([
  ['G3 yen', 'e01', 1_050n, 'jpy'],
  ['G3 dinar', 'e02', 12_345n, 'kwd'],
  ['G6 a tenth of a dollar', 't01', 10n, 'usd'],
] as const)('%s', (_name, id, amount, code) => {
  it('is posted with its own exponent and fee, as the commit of a capture freezes it', () => {
    const currency = parseCurrency(code)!;
    const payment = {
      body: '0WXYZab1nmlkjihgfedcba',
      currency,
      committedMs: 1,
      attempts: [
        {
          ordinal: 1,
          status: 'captured',
          method: {},
          amount,
          currency,
          channel: { channel: 'chA', account: 'a' },
          settledMs: 2,
        },
      ],
    } as unknown as Payment;
    const captured: Payment = { ...payment, capture: captureFacts(payment, payment.attempts[0]!, amount, TERMS, 2) };

    const legs = capturedEntries(captured)[0]!.legs.map(
      ({ side, account, amount: of }) => `${side === 'debit' ? 'D' : 'C'} ${account.replace(/:chA$/, '')} ${of}`,
    );

    expect(legs.toSorted()).toEqual(legsOf(id));
  });
});
