/** Fees that are agreed for a type of payment method, with the official SDK: from the capture to the balance, the payout and its report. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { MethodType } from '../../functions/channels/port/instrument.ts';
import { type OperatorDeps, operate } from '../../functions/operator/operator.ts';
import { settle } from '../scenarios/available-funds.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';

const app = await contractApp();
const { stripe } = app;

/** What the operator agrees with the merchant. */
async function agree(wanted: object): Promise<void> {
  const { table, clock, payments } = app.world;
  const deps = { table, clock, random: payments.random, settings: payments.settings };
  const { merchant } = app.merchant;
  await operate(deps as unknown as OperatorDeps, { command: 'set', merchant, ...wanted });
  app.later(60_000);
}

/** A payment of 100.00 that succeeded, with its charge and balance transaction. */
async function paid(type: MethodType, more: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<Stripe.Charge> {
  const wallet: Partial<Stripe.PaymentIntentCreateParams> = {
    allowed_payment_method_types: [type],
    payment_method_data: { type },
    payment_method_options: { wechat_pay: { client: 'web' } },
    return_url: 'https://shop.example/done',
  };
  const intent = await stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    confirm: true,
    ...(type === 'card' ? { payment_method: 'pm_card_visa' } : wallet),
    ...more,
  });
  if (intent.next_action) {
    const { alipay_handle_redirect: alipay, wechat_pay_display_qr_code: code, redirect_to_url } = intent.next_action;
    const page = alipay?.url ?? code?.data ?? redirect_to_url!.url!;
    const body = new URLSearchParams({ result: 'approve' });
    const { headers } = await fetch(page, { method: 'POST', redirect: 'manual', body });
    const back = headers.get('location');
    if (back !== null) await app.sentOn(back);
    await app.settleDown();
  }
  const { latest_charge } = await stripe.paymentIntents.retrieve(intent.id, {
    expand: ['latest_charge.balance_transaction'],
  });
  return latest_charge as Stripe.Charge;
}
const feeOf = ({ balance_transaction: transaction }: Stripe.Charge) => (transaction as Stripe.BalanceTransaction).fee;

describe('fees by type of payment method', () => {
  it('are in the balance transaction, the balance, the payout and its report, and stay as they were agreed at the capture', async () => {
    await agree({ method: 'alipay', feeBps: 100, feeFixed: '5' });
    await agree({ method: 'wechat_pay', feeBps: 55 });
    const charges = {
      card: await paid('card'),
      alipay: await paid('alipay'),
      wechat_pay: await paid('wechat_pay'),
      paypal: await paid('paypal'),
    };

    const fees = { card: 320, alipay: 105, wechat_pay: 85, paypal: 320 };
    for (const type of ['card', 'alipay', 'wechat_pay', 'paypal'] as const)
      expect([type, charges[type].balance_transaction]).toEqual([
        type,
        expect.objectContaining({
          fee: fees[type],
          net: 10_000 - fees[type],
          fee_details: [
            {
              amount: fees[type],
              application: null,
              currency: 'usd',
              description: 'Sluice processing fees',
              type: 'stripe_fee',
            },
          ],
        }),
      ]);
    expect((await stripe.balance.retrieve()).pending).toEqual([
      { amount: 39_170, currency: 'usd', source_types: { card: 39_170 } },
    ]);

    await agree({ method: 'alipay', feeBps: 'default', feeFixed: 'default' });
    expect(feeOf(await stripe.charges.retrieve(charges.alipay.id, { expand: ['balance_transaction'] }))).toBe(105);
    await stripe.refunds.create({ charge: charges.alipay.id, amount: 1_000 });
    await settle(app, scopeOfApp(app));

    const payout = (await stripe.payouts.list({ limit: 1 })).data[0]!;
    expect(payout).toMatchObject({ amount: 38_170, currency: 'usd', status: 'paid' });
    const headers = { authorization: `Bearer ${app.merchant.test.secretKey}` };
    const report = (await (await app.fetch(`/v1/payouts/${payout.id}/report`, { headers })).json()) as {
      lines: { source: string; type: string; gross: string; fee: string }[];
    };
    for (const type of ['card', 'alipay', 'wechat_pay', 'paypal'] as const)
      expect(report.lines.find(({ source }) => source === charges[type].id)).toMatchObject({
        gross: '10000',
        fee: String(fees[type]),
      });
    expect(feeOf(await paid('alipay'))).toBe(320);
  });

  it('are those of the method that paid, with the fixed part of the currency or the default one', async () => {
    await agree({ method: 'paypal', feeBps: 349, feeFixed: { usd: '49' } });
    await agree({ method: 'card', feeBps: 150 });

    const held = await paid('paypal', { payment_method_options: { paypal: { capture_method: 'manual' } } });
    await stripe.paymentIntents.capture(held.payment_intent as string, { amount_to_capture: 5_000 });
    const captured = await stripe.charges.retrieve(held.id, { expand: ['balance_transaction'] });

    expect(feeOf(captured)).toBe(224);
    expect(feeOf(await paid('paypal', { currency: 'eur' }))).toBe(374);
    expect(feeOf(await paid('card', { currency: 'eur' }))).toBe(175);
  });
});
