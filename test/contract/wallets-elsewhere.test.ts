/**
 * Wallets where cards were assumed, with the official SDK: risk and reviews, customers, payment methods, search, receipts, disputes, balance,
 * payouts and their reports.
 */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { settle } from '../scenarios/available-funds.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const payer = app.client({ key: app.merchant.test.publishableKey });

const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;
type Wallet = (typeof WALLETS)[number];

/** A payment that waits for its payer at the wallet. */
const pay = (type: Wallet, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    allowed_payment_method_types: [type],
    payment_method_data: { type },
    payment_method_options: { wechat_pay: { client: 'web' } },
    confirm: true,
    return_url: 'https://shop.example/done',
    ...more,
  });

async function decide(intent: Stripe.PaymentIntent, result: 'approve' | 'decline'): Promise<void> {
  const { alipay_handle_redirect: alipay, wechat_pay_display_qr_code: code, redirect_to_url } = intent.next_action!;
  const page = alipay?.url ?? code?.data ?? redirect_to_url!.url!;
  const { headers } = await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ result }) });
  const back = headers.get('location');
  if (back !== null) await app.sentOn(back);
  await app.settleDown();
}

/** A payment that its payer has approved, with its charge. */
async function paid(type: Wallet, more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const intent = await pay(type, more);
  await decide(intent, 'approve');
  return stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge.balance_transaction', 'payment_method'] });
}
const chargeOf = ({ latest_charge: charge }: Stripe.PaymentIntent) => charge as Stripe.Charge;

describe('risk', () => {
  /** Payments that this payer declined at the wallet. */
  async function declined(times: number, receipt_email: string): Promise<void> {
    for (let time = 0; time < times; time++) await decide(await pay('alipay', { receipt_email }), 'decline');
  }

  it('counts the declines of an e-mail address without a card, and asks for a review of the next payment', async () => {
    const receipt_email = 'five@example.com';
    await declined(5, receipt_email);

    const intent = await paid('paypal', { receipt_email });

    const charge = chargeOf(intent);
    expect(charge.outcome).toMatchObject({
      type: 'manual_review',
      risk_level: 'not_assessed',
      rule: 'email_declined_repeatedly',
    });
    expect(charge.outcome).not.toHaveProperty('risk_score');
    const review = await stripe.reviews.retrieve(intent.review as string);
    expect(review).toMatchObject({ open: true, charge: charge.id, payment_intent: intent.id });
    expect((await stripe.reviews.list()).data.map(({ id }) => id)).toEqual([review.id]);
    expect(await eventsWithObject(app, review.id, 'review.opened')).toHaveLength(1);
    expect(await stripe.reviews.approve(review.id)).toMatchObject({ open: false, closed_reason: 'approved' });
    // A refund of a reviewed payment is as any other.
    expect((await stripe.refunds.create({ payment_intent: intent.id })).status).toBe('succeeded');
  });

  it('opens no review before the payer has approved, nor where they never do', async () => {
    const receipt_email = 'six@example.com';
    await declined(5, receipt_email);

    const waiting = await pay('alipay', { receipt_email });

    expect(waiting).toMatchObject({ status: 'requires_action', review: null });
    expect((await stripe.reviews.list()).data).toEqual([]);
    await decide(waiting, 'decline');
    expect((await stripe.reviews.list()).data).toEqual([]);
  });

  it('blocks after ten declines: no order is placed, and no page is shown', async () => {
    const receipt_email = 'ten@example.com';
    await declined(10, receipt_email);
    const before = app.sandboxCharges().length;

    const error = await thrown(pay('wechat_pay', { receipt_email }));

    expect(error).toMatchObject({ statusCode: 402 });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', next_action: null });
    expect(app.sandboxCharges()).toHaveLength(before);
    const { outcome } = await stripe.charges.retrieve(error.payment_intent!.latest_charge as string);
    expect(outcome).toMatchObject({
      type: 'blocked',
      reason: 'highest_risk_level',
      rule: 'email_declined_often',
      risk_level: 'not_assessed',
    });
    expect(outcome).not.toHaveProperty('risk_score');
  });

  it.each(WALLETS)('has no level and no score where the payer of a wallet pays or declines: %s', async (type) => {
    const intent = await paid(type);
    const refused = await pay(type);
    await decide(refused, 'decline');

    const declined = (await stripe.charges.list({ payment_intent: refused.id })).data[0]!;
    const { data: events } = await stripe.events.list({ type: 'charge.succeeded', limit: 1 });

    expect(chargeOf(intent).outcome).toEqual({
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'not_assessed',
      seller_message: 'Payment complete.',
      type: 'authorized',
    });
    expect((events[0]!.data.object as Stripe.Charge).outcome).toEqual(chargeOf(intent).outcome);
    expect(declined.outcome!.risk_level).toBe('not_assessed');
    expect(declined.outcome).not.toHaveProperty('risk_score');
  });
});

describe('a payment method of a wallet', () => {
  it.each(WALLETS)('is neither updated nor detached, for it is attached to no customer: %s', async (type) => {
    const { id } = await payer.paymentMethods.create({ type, billing_details: { name: 'Ada' } });

    expect(await thrown(stripe.paymentMethods.update(id, { billing_details: { name: 'Eve' } }))).toMatchObject({
      statusCode: 400,
      code: 'payment_method_unexpected_state',
    });
    expect(await thrown(stripe.paymentMethods.detach(id))).toMatchObject({
      statusCode: 400,
      code: 'payment_method_unexpected_state',
    });
    expect((await stripe.paymentMethods.retrieve(id)).billing_details.name).toBe('Ada');
  });

  it.each(WALLETS)(
    'is no new customer’s first method, no customer’s default, and no source of a charge: %s',
    async (type) => {
      const { id } = await stripe.paymentMethods.create({ type });
      const customer = await stripe.customers.create({});
      const param = 'invoice_settings[default_payment_method]';

      expect(await thrown(stripe.customers.create({ payment_method: id }))).toMatchObject({
        statusCode: 400,
        code: 'payment_method_unsupported_type',
      });
      expect(
        await thrown(stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: id } })),
      ).toMatchObject({ statusCode: 400, param });
      expect(await thrown(stripe.charges.create({ amount: 2_000, currency: 'usd', source: id }))).toMatchObject({
        statusCode: 400,
        param: 'source',
      });
      expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
    },
  );

  it('is in no list of a customer whose payment it made, and is announced as attached to none', async () => {
    const customer = (await stripe.customers.create({})).id;

    const intent = await paid('alipay', { customer });

    const method = intent.payment_method as Stripe.PaymentMethod;
    expect(intent.customer).toBe(customer);
    expect(method).toMatchObject({ type: 'alipay', alipay: {}, customer: null });
    for (const type of [undefined, ...WALLETS]) {
      expect((await stripe.customers.listPaymentMethods(customer, type && { type })).data).toEqual([]);
      expect((await stripe.paymentMethods.list({ customer, ...(type && { type }) })).data).toEqual([]);
    }
    expect((await thrown(stripe.customers.retrievePaymentMethod(customer, method.id))).statusCode).toBe(404);
    expect(await eventsWithObject(app, method.id)).toEqual([]);
    expect((await stripe.paymentIntents.list({ customer })).data.map(({ id }) => id)).toEqual([intent.id]);
  });

  it('has the billing details that the payment was made with on its charge', async () => {
    const intent = await paid('wechat_pay', {
      payment_method_data: { type: 'wechat_pay', billing_details: { name: 'Ada', email: 'ada@example.com' } },
      receipt_email: 'receipts@example.com',
      statement_descriptor_suffix: 'TEA',
    });

    expect(chargeOf(intent)).toMatchObject({
      billing_details: { name: 'Ada', email: 'ada@example.com', phone: null },
      receipt_email: 'receipts@example.com',
      statement_descriptor_suffix: 'TEA',
    });
  });
});

describe('search', () => {
  it('finds charges by their type, and takes no wallet for a card', async () => {
    const amount = 4_321;
    const wallet = await paid('paypal', { amount });
    const card = await stripe.paymentIntents.create({
      amount,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    await app.settleDown();
    const found = async (query: string) =>
      (await stripe.charges.search({ query: `amount:${amount} AND ${query}` })).data.map(
        ({ payment_intent: id }) => id,
      );

    expect(await found('payment_method_details.type:"paypal"')).toEqual([wallet.id]);
    expect(await found('payment_method_details.card.brand:"visa"')).toEqual([card.id]);
    expect(await found('-payment_method_details.card.brand:"visa"')).toEqual([wallet.id]);
    expect(await found('payment_method_details.card.exp_year>2000')).toEqual([card.id]);
  });
});

describe('a dispute', () => {
  it.each(['alipay', 'wechat_pay'] as const)('is not opened where the wallet has none: %s', async (type) => {
    const { id } = chargeOf(await paid(type));

    const refused = await thrown(stripe.rawRequest('POST', `/v1/test_helpers/charges/${id}/dispute`, {}));

    expect(refused).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining(`none for the payment method type ${type}`),
    });
    expect((await stripe.charges.retrieve(id)).disputed).toBe(false);
  });
});

describe('the balance', () => {
  it('has the fee and the net of each wallet’s payment, and settles and pays them out with a report', async () => {
    const charges: Stripe.Charge[] = [];
    for (const type of WALLETS) charges.push(chargeOf(await paid(type, { amount: 10_000 })));

    for (const { balance_transaction: transaction, amount, id } of charges) {
      // 2.9 % and 30 cents.
      expect(transaction).toMatchObject({
        amount,
        fee: 320,
        net: 9_680,
        source: id,
        type: 'payment',
        reporting_category: 'charge',
        status: 'pending',
      });
      expect((await stripe.balanceTransactions.list({ source: id })).data).toHaveLength(1);
    }
    await settle(app, scopeOfApp(app));
    const payout = (await stripe.payouts.list({ limit: 1 })).data[0]!;
    const { data: settled } = await stripe.balanceTransactions.list({ payout: payout.id, type: 'payment', limit: 100 });
    expect(settled.map(({ source }) => source)).toEqual(expect.arrayContaining(charges.map(({ id }) => id)));
    const headers = { authorization: `Bearer ${app.merchant.test.secretKey}` };
    const report = await app.fetch(`/v1/payouts/${payout.id}/report`, { headers });
    const { lines } = (await report.json()) as {
      lines: { source: string; type: string; gross: string; fee: string }[];
    };
    for (const { id } of charges)
      expect(lines.find(({ source }) => source === id)).toMatchObject({ type: 'payment', gross: '10000', fee: '320' });
  });
});
