/** Balance transactions of payments by wallet, with the official SDK: Stripe's types for what no card paid, in lists, payouts and reports. */
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../functions/ledger/entry.ts';
import { moneyOf } from '../../functions/stream/records.ts';
import { pack, unpack } from '../../functions/table/pack.ts';
import { present } from '../../functions/table/table.ts';
import { settle } from '../scenarios/available-funds.ts';
import { walletSteps } from '../scenarios/wallet-sdk.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';

const app = await contractApp();
const { stripe } = app;
const { pay, decide } = walletSteps(app);
const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;

const rows = async (params: Stripe.BalanceTransactionListParams) =>
  (await stripe.balanceTransactions.list({ limit: 100, ...params })).data.map(
    ({ type, amount, source, reporting_category: category }) => [type, amount, source, category],
  );
const transactionOf = async (id: unknown) => {
  const { type, amount, reporting_category: category } = await stripe.balanceTransactions.retrieve(String(id));
  return [type, amount, category];
};

/** Of each wallet a payment with a refund of a fourth; and the same by card. */
const charges: Record<string, string> = {};
const refunds: Record<string, string> = {};
beforeAll(async () => {
  for (const type of WALLETS) {
    const intent = await pay(type, { amount: 8_000 });
    await decide(intent, 'approve');
    const paid = await stripe.paymentIntents.retrieve(intent.id);
    charges[type] = paid.latest_charge as string;
  }
  const card = { payment_method: 'pm_card_visa', confirm: true } as const;
  const { latest_charge } = await stripe.paymentIntents.create({ amount: 8_000, currency: 'usd', ...card });
  charges.card = latest_charge as string;
  for (const [type, charge] of Object.entries(charges))
    refunds[type] = (await stripe.refunds.create({ charge, amount: 2_000 })).id;
  await app.settleDown();
});

const paidBy = (of: Record<string, string>) => WALLETS.map((type) => of[type]!);

describe('a balance transaction of a wallet', () => {
  it.each(WALLETS)('is a payment, and a payment_refund: %s', async (type) => {
    const charge = await stripe.charges.retrieve(charges[type]!);
    const refund = await stripe.refunds.retrieve(refunds[type]!);

    expect(await transactionOf(charge.balance_transaction)).toEqual(['payment', 8_000, 'charge']);
    expect(await transactionOf(refund.balance_transaction)).toEqual(['payment_refund', -2_000, 'refund']);
    expect(await rows({ source: charge.id, type: 'payment' })).toHaveLength(1);
    expect(await rows({ source: charge.id, type: 'charge' })).toEqual([]);
    expect(await rows({ source: refund.id, type: 'payment_refund' })).toHaveLength(1);
  });

  it('is a payment_refund again where the refund comes back, under the category of failed refunds', async () => {
    const intent = await pay('paypal', { amount: 6_000 });
    await decide(intent, 'approve');
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 1_500 });
    await stripe.rawRequest('POST', `/v1/test_helpers/refunds/${refund.id}/fail`, {});
    await app.settleDown();

    const failed = await stripe.refunds.retrieve(refund.id);
    expect(failed.status).toBe('failed');
    expect(await transactionOf(failed.failure_balance_transaction)).toEqual([
      'payment_refund',
      1_500,
      'refund_failure',
    ]);
    await stripe.refunds.create({ payment_intent: intent.id });
    await app.settleDown();
  });

  it('is found by its type in the list, and one of a card by its own', async () => {
    const payments = await rows({ type: 'payment' });
    const refunded = await rows({ type: 'payment_refund' });

    for (const id of paidBy(charges)) expect(payments.filter(([, , source]) => source === id)).toHaveLength(1);
    for (const id of paidBy(refunds)) expect(refunded.filter(([, , source]) => source === id)).toHaveLength(1);
    expect(await rows({ type: 'charge' })).toEqual([['charge', 8_000, charges.card, 'charge']]);
    expect(await rows({ type: 'refund' })).toEqual([['refund', -2_000, refunds.card, 'refund']]);
  });

  it('has its type in the list of its payout, and in the report, whose sums count its refund as one', async () => {
    await settle(app, scopeOfApp(app));
    const payout = (await stripe.payouts.list({ limit: 1 })).data[0]!.id;
    const headers = { authorization: `Bearer ${app.merchant.test.secretKey}` };
    const report = (await (await app.fetch(`/v1/payouts/${payout}/report`, { headers })).json()) as {
      lines: { source: string; type: string; gross: string }[];
      gross: string;
      refunds: string;
    };
    const typeOf = (source: string) => report.lines.filter((line) => line.source === source).map(({ type }) => type);

    for (const id of paidBy(charges)) expect(typeOf(id)).toEqual(['payment']);
    for (const id of paidBy(refunds)) expect(typeOf(id)).toEqual(['payment_refund']);
    expect([typeOf(charges.card!), typeOf(refunds.card!)]).toEqual([['charge'], ['refund']]);
    // Four payments of 80.00 and one of 60.00; of each of the four 20.00 went back, and of the fifth 15.00 out, back and all of it out.
    expect([report.gross, report.refunds]).toEqual(['38000', '-14000']);
    const listed = (await rows({ payout, type: 'payment' })).map(([, , source]) => source);
    expect(listed).toEqual(expect.arrayContaining(paidBy(charges)));
    expect(await rows({ payout, type: 'payment_refund' })).toHaveLength(6);
    expect(await rows({ payout, type: 'charge' })).toHaveLength(1);
  });

  it('that an earlier build posted is read as it was posted', async () => {
    const intent = await pay('alipay', { amount: 4_000 });
    await decide(intent, 'approve');
    const paid = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    const charge = paid.latest_charge as Stripe.Charge;
    const { table } = app.world;
    const item = table
      .items('ledger')
      .find(({ doc }) => doc instanceof Uint8Array && unpack<JournalEntry>(doc).transaction?.source === charge.id)!;
    const entry = unpack<JournalEntry>(item.doc as Uint8Array);
    const { nonCard, ...transaction } = entry.transaction!;
    expect(nonCard).toBe(true);
    // Repair and audit compare what moved.
    expect(moneyOf({ ...entry, transaction })).toBe(moneyOf(entry));
    const earlier = { ...item, doc: pack({ ...entry, transaction }) };
    await table.commit({ kind: 'put', table: 'ledger', item: earlier, when: present });

    expect(await transactionOf(charge.balance_transaction)).toEqual(['charge', 4_000, 'charge']);
    expect((await rows({ type: 'charge' })).map(([, , source]) => source)).toContain(charge.id);
  });
});
