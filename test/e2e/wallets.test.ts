/** A shop that takes a card and three wallets on the deployed stack: paid, refunded in part, in the balance, paid out and reported. */
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import { deployed, eventually, type Merchant, newMerchant, settle } from '../world/deployed.ts';

let merchant: Merchant;
let stripe: Stripe;
beforeAll(async () => {
  merchant = await newMerchant();
  stripe = merchant.stripe;
});

const BACK = 'http://127.0.0.1:9/back';
const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;
type Create = Stripe.PaymentIntentCreateParams & { readonly payment_method_types?: string[] };

const pay = (type: (typeof WALLETS)[number]) => payWith(stripe, type, 5_000);
const payWith = (client: Stripe, type: (typeof WALLETS)[number], amount: number) =>
  client.paymentIntents.create({
    amount,
    currency: 'usd',
    payment_method_types: [type],
    payment_method_data: { type },
    payment_method_options: { wechat_pay: { client: 'web' } },
    confirm: true,
    return_url: BACK,
  } as Create);
const pageOf = ({ next_action: action }: Stripe.PaymentIntent): string =>
  action!.alipay_handle_redirect?.url ?? action!.wechat_pay_display_qr_code?.data ?? action!.redirect_to_url!.url!;
const decide = (intent: Stripe.PaymentIntent, result: string): Promise<Response> =>
  fetch(pageOf(intent), { method: 'POST', redirect: 'manual', body: new URLSearchParams({ result }) });
const statusOf = async (id: string): Promise<string> => (await stripe.paymentIntents.retrieve(id)).status;

describe('a shop with wallets', () => {
  it.each(['alipay', 'paypal'] as const)('%s is paid when the payer is back at the shop', async (type) => {
    const intent = await pay(type);
    expect(intent.status).toBe('requires_action');
    expect(await (await fetch(pageOf(intent))).text()).toContain('<form');

    const left = await decide(intent, 'approve');
    const back = await fetch(left.headers.get('location')!, { redirect: 'manual' });

    expect(back.headers.get('location')).toContain('redirect_status=succeeded');
    expect(await statusOf(intent.id)).toBe('succeeded');
  });

  it('WeChat Pay is paid by a phone that opens the address in the code', async () => {
    const intent = await pay('wechat_pay');

    expect((await decide(intent, 'approve')).status).toBe(200);

    await eventually(async () => ((await statusOf(intent.id)) === 'succeeded' ? true : undefined));
  });

  it('PayPal is paid by the callback where the payer does not come back, before the janitor asks', async () => {
    // The browser stays on the page (functions/sandbox/README.md). The test has a merchant of its own, and so the balance of the others is as it was.
    const { stripe: own } = await newMerchant();
    const intent = await payWith(own, 'paypal', 9_906);

    expect((await decide(intent, 'approve')).status).toBe(200);

    await eventually(async () => {
      const { status } = await own.paymentIntents.retrieve(intent.id);
      return status === 'succeeded' ? true : undefined;
    }, 45_000);
  });

  it('a refusal at the wallet leaves the intent to another payment method', async () => {
    const intent = await pay('alipay');
    const left = await decide(intent, 'decline');
    await fetch(left.headers.get('location')!, { redirect: 'manual' });
    expect(await statusOf(intent.id)).toBe('requires_payment_method');

    await stripe.paymentIntents.cancel(intent.id);
  });

  it('refunds each in part; the balance, the payout and its report have all of them', async () => {
    await stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    const charges = (await stripe.charges.list({ limit: 100 })).data.filter((charge) => charge.paid);
    const types = charges.map((charge) => charge.payment_method_details!.type).sort();
    expect(types).toEqual(['alipay', 'card', 'paypal', 'wechat_pay']);
    for (const charge of charges) await stripe.refunds.create({ charge: charge.id, amount: 1_000 });
    const net = await eventually(async () => {
      const { data } = await stripe.balanceTransactions.list({ limit: 100 });
      const refunds = await stripe.refunds.list({ limit: 100 });
      const done = refunds.data.every(({ status }) => status === 'succeeded');
      return done && data.length === 8 ? data.reduce((sum, transaction) => sum + transaction.net, 0) : undefined;
    });

    await settle(merchant.merchant);

    const payout = await eventually(async () =>
      (await stripe.payouts.list()).data.find(({ status }) => status === 'paid'),
    );
    expect(payout.amount).toBe(net);
    const headers = { authorization: `Bearer ${merchant.secretKey}` };
    const answer = await fetch(`${deployed().baseUrl}/v1/payouts/${payout.id}/report`, { headers });
    const { lines } = (await answer.json()) as { lines: readonly { type: string; source: string }[] };
    expect(
      lines
        .filter(({ type }) => type === 'charge' || type === 'payment')
        .map(({ source }) => source)
        .sort(),
    ).toEqual(charges.map(({ id }) => id).sort());
    expect(lines.filter(({ type }) => type === 'refund')).toHaveLength(1);
    expect(lines.filter(({ type }) => type === 'payment_refund')).toHaveLength(3);
  });
});
