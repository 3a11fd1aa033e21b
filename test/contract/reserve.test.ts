/** A reserve through the SDK: what is held, what a refund releases, and what the settlement says of both. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, writeSettings } from '../../functions/merchants/store.ts';
import { settle } from '../scenarios/available-funds.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';

const paid = (amount: number, currency = 'usd') =>
  stripe.paymentIntents.create({ amount, currency, payment_method: 'pm_card_visa', confirm: true });

/** 10.00 of 100.00 and 0.123 of KWD 1.230 are held; then half of the first is refunded, and a third payment is made. */
const app = await contractApp();
const { stripe } = app;
beforeAll(async () => {
  const scope = scopeOfApp(app);
  const settings = await loadSettings(app.world.table, scope);
  const fees = { ...settings.fees, reserveBps: 1_000, reserveDays: 30 };
  await app.world.table.commit(
    writeSettings(scope, { ...settings, version: settings.version + 1, refundOverdraft: true, fees }),
  );
  const first = await paid(10_000);
  await paid(1_230, 'kwd');
  await settle(app, scope);
  await stripe.refunds.create({ payment_intent: first.id, amount: 5_000 });
  await paid(20_000);
  await settle(app, scope);
});

describe('a reserve', () => {
  it('is in the balance, by currency', async () => {
    expect((await stripe.balance.retrieve()).connect_reserved).toEqual([
      { amount: 123, currency: 'kwd' },
      { amount: 2_500, currency: 'usd' },
    ]);
  });

  it('is listed by Stripe’s types, and each transaction is retrieved with its source expanded', async () => {
    const holds = await stripe.balanceTransactions.list({ type: 'reserve_hold', currency: 'usd' });
    const releases = await stripe.balanceTransactions.list({ type: 'reserve_release' });

    expect(holds.data.map(({ amount, status }) => [amount, status])).toEqual([
      [-2_000, 'available'],
      [-1_000, 'available'],
    ]);
    expect(releases.data).toHaveLength(1);
    expect(await stripe.balanceTransactions.retrieve(releases.data[0]!.id, { expand: ['source'] })).toMatchObject({
      amount: 500,
      net: 500,
      fee: 0,
      currency: 'usd',
      balance_type: 'payments',
      reporting_category: 'risk_reserved_funds',
      source: null,
      status: 'available',
      type: 'reserve_release',
    });
  });

  it('is listed with the payout that pays it, and its report adds up', async () => {
    const payout = (await stripe.payouts.list({ limit: 1 })).data[0]!;
    const { data } = await stripe.balanceTransactions.list({ payout: payout.id });
    expect(data.map(({ type }) => type).sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'charge',
      'payout',
      'reserve_hold',
      'reserve_release',
    ]);
    // What the refund took from available is carried into the period: opening.
    const report = (await (
      await app.fetch(`/v1/payouts/${payout.id}/report`, {
        headers: { authorization: `Bearer ${app.merchant.test.secretKey}` },
      })
    ).json()) as Record<string, string> & { lines: { net: string; reserve: string }[] };
    expect(report).toMatchObject({
      opening: '-5000',
      gross: '20000',
      fees: '610',
      refunds: '0',
      net: '19390',
      reserve: '1500',
      reserve_withheld: '2000',
      reserve_released: '500',
      paid_out: String(payout.amount),
    });
    expect(payout.amount).toBe(-5_000 + 19_390 - 2_000 + 500);
    const sum = (of: 'net' | 'reserve') => report.lines.reduce((total, line) => total + Number(line[of]), 0);
    expect([sum('net'), sum('reserve')]).toEqual([19_390, 1_500]);
  });
});
