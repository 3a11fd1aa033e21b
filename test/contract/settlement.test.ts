import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { type OperatorDeps, operate } from '../../functions/operator/operator.ts';
import { changeSettings } from '../../functions/operator/settings.ts';
import { runStep, type SettlementInput, type SettlementState } from '../../functions/settlement/step.ts';
import { settle } from '../scenarios/available-funds.ts';
import { scopeOfApp, startApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';

const app = await contractApp();
const { stripe } = app;

const paid = (amount: number, currency = 'usd', more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount, currency, payment_method: 'pm_card_visa', confirm: true, ...more });

/** The state machine, without the waiting: what lib/settlement-machine.ts does with the same steps. */
async function settleNow(): Promise<SettlementState> {
  await app.settleDown();
  const input: SettlementInput = {
    scope: scopeOfApp(app),
    date: '2026-01-01',
    throughMs: app.world.clock.nowMs(),
    force: true,
  };
  const deps = { ...app.world.settlement, clock: { ...app.world.clock, nowMs: () => app.world.clock.nowMs() + 6_000 } };
  let state = await runStep(deps, 'seal', { ...input, status: 'waiting' });
  expect(state.status).toBe('sealed');
  state = await runStep(deps, 'settle', state);
  state = await runStep(deps, 'report', state);
  for (let look = 0; look < 50; look++) {
    state = await runStep(deps, 'pay', state);
    await app.settleDown();
    if (state.status === 'done') return state;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the bank never answered');
}

const trialBalance = async () =>
  (await operate(
    {
      ...app.world.deps,
      start: async () => undefined,
      executionOf: async () => ({ status: 'SUCCEEDED' }),
    } as unknown as OperatorDeps,
    {
      command: 'trial-balance',
    },
  )) as {
    balanced: boolean;
    differences: unknown[];
    totals: { currency: string; balance: string }[];
    rows: { account: string; currency: string; balance: string }[];
  };

describe('a day', () => {
  it('pending funds become a payout whose report adds up, and the books stay balanced', async () => {
    const first = await paid(10_000);
    await paid(6_000);
    await paid(4_200, 'eur');
    await stripe.refunds.create({ payment_intent: first.id, amount: 2_500 });
    await app.settleDown();
    const before = await stripe.balance.retrieve();
    // 10000 − 320 + 6000 − 204 − 2500
    expect(before.pending.find(({ currency }) => currency === 'usd')?.amount).toBe(12_976);
    expect(before.available.find(({ currency }) => currency === 'usd')?.amount).toBe(0);

    const state = await settleNow();

    expect(state.payouts).toHaveLength(2);
    const payouts = (await stripe.payouts.list()).data;
    const usd = payouts.find(({ currency }) => currency === 'usd')!;
    expect(usd).toMatchObject({ amount: 12_976, status: 'paid', automatic: true });
    expect(payouts.find(({ currency }) => currency === 'eur')).toMatchObject({ amount: 4_200 - 147, status: 'paid' });
    const report = (await (
      await app.fetch(`/v1/payouts/${usd.id}/report`, {
        headers: { authorization: `Bearer ${app.merchant.test.secretKey}` },
      })
    ).json()) as {
      net: string;
      lines: { net: string; type: string }[];
    };
    expect(report.net).toBe('12976');
    expect(report.lines.map(({ net, type }) => [type, net])).toEqual([
      ['charge', '9680'],
      ['charge', '5796'],
      ['refund', '-2500'],
    ]);
    const csv = await (
      await app.fetch(`/v1/payouts/${usd.id}/report?format=csv`, {
        headers: { authorization: `Bearer ${app.merchant.test.secretKey}` },
      })
    ).text();
    expect(csv.split('\n')).toHaveLength(5);
    const after = await stripe.balance.retrieve();
    expect(after.pending.every(({ amount }) => amount === 0)).toBe(true);
    expect(after.available.every(({ amount }) => amount === 0)).toBe(true);
    const trial = await trialBalance();
    expect(trial).toMatchObject({ balanced: true, differences: [] });
    expect(
      trial.rows.find(({ account, currency }) => account === 'liab:payout_clearing' && currency === 'usd')?.balance ??
        '0',
    ).toBe('0');
    expect(trial.rows.find(({ account, currency }) => account === 'assets:bank' && currency === 'usd')?.balance).toBe(
      '-12976',
    );
  });

  it('settled twice is settled once', async () => {
    await paid(5_000);
    const first = await settleNow();
    const again = await settleNow();

    expect(first.payouts).toHaveLength(1);
    expect(again.payouts).toHaveLength(0);
    expect((await trialBalance()).balanced).toBe(true);
  });

  it('a refund of a settled payment takes from available, or is refused when there is too little', async () => {
    const settled = await paid(8_000);
    await settleNow();

    await expect(stripe.refunds.create({ payment_intent: settled.id })).rejects.toMatchObject({
      code: 'balance_insufficient',
    });
    const charge = await stripe.charges.retrieve(settled.latest_charge as string);
    expect(charge.amount_refunded).toBe(0);
  });

  it('balance transactions tell every movement, pending until settled', async () => {
    const intent = await paid(7_000);
    await app.settleDown();
    const charge = await stripe.charges.retrieve(intent.latest_charge as string, { expand: ['balance_transaction'] });
    expect(charge.balance_transaction).toMatchObject({
      amount: 7_000,
      fee: 233,
      net: 6_767,
      status: 'pending',
      type: 'charge',
    });

    await settleNow();

    const id = (charge.balance_transaction as Stripe.BalanceTransaction).id;
    expect(await stripe.balanceTransactions.retrieve(id, { expand: ['source'] })).toMatchObject({
      status: 'available',
      source: { object: 'charge' },
    });
    const listed = await stripe.balanceTransactions.list({ type: 'payout', limit: 3 });
    expect(listed.data.map(({ amount, type }) => [type, amount])[0]).toEqual(['payout', -6_767]);
  });

  it('a chargeback of a payment that is still pending is paid by the payout that the payment is in', async () => {
    const kept = await paid(20_000);
    await paid(10_000, 'usd', { payment_method: 'pm_card_createDispute' });
    await app.settleDown();
    const before = await stripe.balance.retrieve();
    // 20000 − 610 + 10000 − 320, and all that the dispute took: 10000 + 1500.
    expect(before.pending.find(({ currency }) => currency === 'usd')?.amount).toBe(29_070);
    expect(before.available.find(({ currency }) => currency === 'usd')?.amount).toBe(-11_500);

    const state = await settleNow();

    expect(state.payouts).toHaveLength(1);
    const payout = await stripe.payouts.retrieve(state.payouts![0]!);
    expect(payout.amount).toBe(17_570);
    const report = (await (
      await app.fetch(`/v1/payouts/${payout.id}/report`, {
        headers: { authorization: `Bearer ${app.merchant.test.secretKey}` },
      })
    ).json()) as { opening: string; net: string; paid_out: string; closing: string };
    expect(report).toMatchObject({ opening: '-11500', net: '29070', paid_out: '17570', closing: '0' });
    expect(await trialBalance()).toMatchObject({ balanced: true, differences: [] });
    await expect(stripe.refunds.create({ payment_intent: kept.id, amount: 1 })).rejects.toMatchObject({
      code: 'balance_insufficient',
    });
  });

  it('a chargeback after the payout leaves available negative, and the next payout makes it good', async () => {
    await paid(10_000, 'usd', { payment_method: 'pm_card_createDispute' });
    await settleNow();
    const carried = (await stripe.balance.retrieve()).available.find(({ currency }) => currency === 'usd')?.amount;
    await paid(5_000);

    const state = await settleNow();

    // 10000 − 320 − 11500; then 5000 − 175 more.
    expect(carried).toBe(-1_820);
    expect(state.payouts).toHaveLength(1);
    expect((await stripe.payouts.retrieve(state.payouts![0]!)).amount).toBe(3_005);
    expect((await trialBalance()).balanced).toBe(true);
  });

  it('events announce the payout', async () => {
    const types = (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type);

    expect(types).toEqual(
      expect.arrayContaining([
        'payout.created',
        'payout.paid',
        'charge.succeeded',
        'payment_intent.succeeded',
        'refund.created',
        'charge.refunded',
      ]),
    );
  });

  it('leaves no failure behind', () => {
    expect(app.world.failures).toEqual([]);
  });
});

describe('a payout to a bank account that sends the money back', () => {
  it('is paid, then failed: callbacks of the bank say so, the money is available again and the account is disabled', async () => {
    const own = await startApp();
    const { table, payments } = own.world;
    await changeSettings({ table, clock: own.world.clock, random: payments.random }, scopeOfApp(own), {
      bankLast4: '9511',
    });
    const card = { payment_method: 'pm_card_visa', confirm: true };
    await own.stripe.paymentIntents.create({ amount: 10_000, currency: 'usd', ...card });

    await settle(own, scopeOfApp(own));
    await own.settleDown();

    const [payout] = (await own.stripe.payouts.list()).data;
    expect(payout).toMatchObject({ amount: 9_680, status: 'failed', failure_code: 'account_closed' });
    expect((await own.stripe.balance.retrieve()).available).toMatchObject([{ amount: 9_680, currency: 'usd' }]);
    const types = ['payout.created', 'payout.paid', 'payout.failed', 'account.external_account.updated'];
    const events = (await own.stripe.events.list({ types })).data.toReversed();
    expect(events.map(({ type }) => type)).toEqual(types);
    expect(events.at(-1)!.data).toMatchObject({
      object: { object: 'bank_account', last4: '9511', status: 'errored' },
      previous_attributes: { status: 'new' },
    });
    await expect(own.stripe.payouts.create({ amount: 1_000, currency: 'usd' })).rejects.toMatchObject({
      statusCode: 400,
      code: 'payouts_not_allowed',
    });
    await own.stop();
  });
});
