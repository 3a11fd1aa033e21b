/** Balance transactions through the SDK: what they are of, what paid them out, and when they are available. */
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import { runStep, type SettlementState } from '../../functions/settlement/step.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';

let first: Stripe.PaymentIntent;
let second: Stripe.PaymentIntent;
let refund: Stripe.Refund;
let payout: Stripe.Payout;

const paid = (amount: number, currency = 'usd') =>
  stripe.paymentIntents.create({ amount, currency, payment_method: 'pm_card_visa', confirm: true });
const ids = async (params: Stripe.BalanceTransactionListParams) =>
  (await stripe.balanceTransactions.list(params)).data.map(({ id }) => id);
const rows = async (params: Stripe.BalanceTransactionListParams) =>
  (await stripe.balanceTransactions.list(params)).data.map(({ type, net, source }) => [type, net, source]);

/** Two payments in dollars, one in euros, a refund; settled; then one payment that is not. */
const app = await contractApp();
const { stripe } = app;
beforeAll(async () => {
  first = await paid(10_000);
  second = await paid(6_000);
  await paid(4_200, 'eur');
  refund = await stripe.refunds.create({ payment_intent: first.id, amount: 2_500 });
  await app.settleDown();
  const deps = { ...app.world.settlement, clock: { ...app.world.clock, nowMs: () => app.world.clock.nowMs() + 6_000 } };
  let state: SettlementState = {
    scope: scopeOfApp(app),
    date: '2026-01-01',
    throughMs: app.world.clock.nowMs(),
    force: true,
    status: 'waiting',
  };
  for (const step of ['seal', 'settle', 'report'] as const) state = await runStep(deps, step, state);
  await app.settleDown();
  payout = (await stripe.payouts.list()).data.find(({ currency }) => currency === 'usd')!;
  await paid(5_000);
  await app.settleDown();
});

describe('payout', () => {
  it('lists what the settlement paid out, which sums to the payout', async () => {
    const all = await rows({ payout: payout.id });

    expect(all).toEqual([
      ['payout', -12_976, payout.id],
      ['refund', -2_500, refund.id],
      ['charge', 5_796, second.latest_charge],
      ['charge', 9_680, first.latest_charge],
    ]);
    expect(all.slice(1).reduce((sum, [, net]) => sum + (net as number), 0)).toBe(payout.amount);
  });

  it('combines with type, currency and source, and pages in both directions', async () => {
    const all = await ids({ payout: payout.id });

    expect(await rows({ payout: payout.id, type: 'refund' })).toEqual([['refund', -2_500, refund.id]]);
    expect(await ids({ payout: payout.id, currency: 'eur' })).toEqual([]);
    expect(await ids({ payout: payout.id, source: second.latest_charge as string })).toEqual([all[2]]);
    const walked: string[] = [];
    for await (const { id } of stripe.balanceTransactions.list({ payout: payout.id, limit: 1 })) walked.push(id);
    expect(walked).toEqual(all);
    expect(await ids({ payout: payout.id, ending_before: all[3]!, limit: 2 })).toEqual([all[1], all[2]]);
  });

  it('is refused for a payout that is not there', async () => {
    await expect(ids({ payout: 'po_nothing' })).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'payout',
    });
  });
});

describe('source', () => {
  it('lists those of a charge, a refund and a payout', async () => {
    const charge = await stripe.charges.retrieve(first.latest_charge as string);

    expect(await ids({ source: charge.id })).toEqual([charge.balance_transaction]);
    expect(await ids({ source: refund.id })).toEqual([refund.balance_transaction]);
    expect(await ids({ source: payout.id })).toEqual([payout.balance_transaction]);
  });

  it('lists none for what has none, is unknown, or is of another type', async () => {
    expect(await ids({ source: first.id })).toEqual([]);
    expect(await ids({ source: 'ch_nothing' })).toEqual([]);
    expect(await ids({ source: refund.id, type: 'charge' })).toEqual([]);
  });
});

it('type and currency filter, and created bounds', async () => {
  expect(await rows({ currency: 'eur', type: 'charge' })).toHaveLength(1);
  expect(await ids({ created: { gt: Math.ceil(Date.now() / 1000) + 60 } })).toEqual([]);
  expect(await ids({ type: 'topup' })).toEqual([]);
});

it('what is pending is expected on the day of its payout; what moved available funds was available at once', async () => {
  const [pending] = (await stripe.balanceTransactions.list({ type: 'charge', limit: 1 })).data;
  // The demo merchant is paid the day after, at midnight in its time zone, UTC.
  const midnight = new Date((pending!.created + 86_400) * 1000).setUTCHours(0, 0, 0, 0) / 1000;
  expect(pending).toMatchObject({ status: 'pending', type: 'charge', available_on: midnight });

  const out = await stripe.balanceTransactions.retrieve(payout.balance_transaction as string);
  expect(out).toMatchObject({ status: 'available', available_on: out.created });
});
