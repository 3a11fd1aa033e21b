/** The main job on the deployed stack, as a merchant sees it: pay, receive events, be settled and paid out, and read books that balance. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deployed,
  differencesOf,
  eventually,
  type Merchant,
  newMerchant,
  settle,
  type WebhookListener,
  webhookListener,
} from '../world/deployed.ts';
import { thrown } from '../world/sdk-errors.ts';

let merchant: Merchant;
let stripe: Stripe;
let listener: WebhookListener;
beforeAll(async () => {
  merchant = await newMerchant();
  stripe = merchant.stripe;
  listener = await webhookListener();
});
afterAll(() => listener.close());

const read = (path: string, key = merchant.secretKey): Promise<Response> =>
  fetch(`${deployed().baseUrl}${path}`, { headers: { authorization: `Bearer ${key}` } });
const pay = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    ...params,
  });
const pageOf = (intent: Stripe.PaymentIntent): string => intent.next_action!.redirect_to_url!.url!;
const passChallenge = (intent: Stripe.PaymentIntent): Promise<Response> =>
  fetch(pageOf(intent), {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'result=complete',
  });

describe('a day of a shop', () => {
  it('a payment succeeds, and its signed webhooks arrive in order', async () => {
    const endpoint = await stripe.webhookEndpoints.create({ url: listener.url, enabled_events: ['*'] });
    const intent = await pay({ metadata: { order: '1001' } });
    expect(intent.status).toBe('succeeded');

    const events = await eventually(() => {
      const own = listener.deliveries
        .map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, endpoint.secret!))
        .filter((event) => JSON.stringify(event.data.object).includes(intent.id));
      return own.length >= 3 ? own : undefined;
    });
    expect(events.map(({ type }) => type)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
    ]);
    expect(events[2]!.data.object).toMatchObject({ id: intent.id, metadata: { order: '1001' }, client_secret: null });
    expect((await stripe.events.retrieve(events[0]!.id)).type).toBe('payment_intent.created');
    await stripe.webhookEndpoints.del(endpoint.id);
  });

  it('a card that is typed in goes to the vault, and pays', async () => {
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '5555555555554444', exp_month: 12, exp_year: 2034, cvc: '123' },
    });
    const intent = await pay({ payment_method: method.id });

    expect(method.card).toMatchObject({ brand: 'mastercard', last4: '4444' });
    expect(intent.status).toBe('succeeded');
    const charge = await stripe.charges.retrieve(intent.latest_charge as string);
    expect(charge.payment_method_details?.card).toMatchObject({
      fingerprint: method.card!.fingerprint,
      checks: { cvc_check: 'pass' },
    });
  });

  it('a challenge is finished by the payer, and the intent is paid when the payer is back at the shop', async () => {
    const intent = await pay({
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'http://127.0.0.1:9/back',
    });
    expect(intent.status).toBe('requires_action');
    expect(await (await fetch(pageOf(intent))).text()).toContain('<form');

    const left = await passChallenge(intent);
    const back = await fetch(left.headers.get('location')!, { redirect: 'manual' });

    expect([left.status, back.status]).toEqual([303, 303]);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
    expect(back.headers.get('location')).toBe(
      `http://127.0.0.1:9/back?payment_intent=${intent.id}&payment_intent_client_secret=${intent.client_secret}&redirect_status=succeeded`,
    );
  });

  it('a merchant who confirms by hand is asked again once the payer has passed the challenge, and a typed card then pays', async () => {
    const { id: method } = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4000002760003184', exp_month: 12, exp_year: 2034, cvc: '123' },
    });
    const intent = await pay({
      payment_method: method,
      confirmation_method: 'manual',
      return_url: 'http://127.0.0.1:9/back',
    });
    await passChallenge(intent);
    await eventually(async () =>
      (await stripe.paymentIntents.retrieve(intent.id)).status === 'requires_confirmation' ? true : undefined,
    );

    expect(await stripe.paymentIntents.confirm(intent.id)).toMatchObject({
      status: 'succeeded',
      amount_received: 2000,
    });
  });

  it('an answer that is lost leaves the payment processing until the callback arrives', async () => {
    const intent = await pay({ payment_method: 'pm_card_sandbox_lostResponse' });
    expect(['processing', 'succeeded']).toContain(intent.status);

    await eventually(async () =>
      (await stripe.paymentIntents.retrieve(intent.id)).status === 'succeeded' ? true : undefined,
    );
    expect((await stripe.charges.list({ payment_intent: intent.id })).data).toHaveLength(1);
  });

  it('risk blocks, and lets a person review', async () => {
    const blocked = await thrown(pay({ payment_method: 'pm_card_riskLevelHighest' }));
    expect((await stripe.charges.retrieve(blocked.charge as string)).outcome?.type).toBe('blocked');

    const reviewed = await pay({ payment_method: 'pm_card_riskLevelElevated' });
    const review = await stripe.reviews.retrieve(reviewed.review as string);
    expect(review).toMatchObject({ open: true, payment_intent: reviewed.id });
    await eventually(async () =>
      (await stripe.reviews.list()).data.some(({ id }) => id === review.id) ? true : undefined,
    );
    expect(await stripe.reviews.approve(review.id)).toMatchObject({ open: false, closed_reason: 'approved' });
  });

  it('holds, captures in part, refunds', async () => {
    const held = await pay({ amount: 10_000, capture_method: 'manual' });
    const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 6_000 });
    const refund = await stripe.refunds.create({ payment_intent: held.id, amount: 1_000 });

    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 6_000 });
    expect(refund.status).toBe('succeeded');
    expect((await stripe.charges.retrieve(captured.latest_charge as string)).amount_refunded).toBe(1_000);
  });

  it('the day is settled: payout, report and a trial balance of zero', async () => {
    // Seven captures so far; wait until the last of them is in the books.
    const expected = await eventually(async () => {
      const charges = (await stripe.charges.list({ limit: 100 })).data.filter(({ captured }) => captured);
      const gross = charges.reduce((sum, charge) => sum + charge.amount_captured - charge.amount_refunded, 0);
      const fees = charges.reduce((sum, charge) => sum + Math.round(charge.amount_captured * 0.029) + 30, 0);
      const { pending } = await stripe.balance.retrieve();
      return pending[0]!.amount === gross - fees && charges.length === 7 ? pending[0]!.amount : undefined;
    });

    await settle(merchant.merchant);

    const payout = await eventually(async () =>
      (await stripe.payouts.list()).data.find(({ status }) => status === 'paid'),
    );
    expect(payout).toMatchObject({ amount: expected, currency: 'usd', automatic: true });
    const report = (await (await read(`/v1/payouts/${payout.id}/report`)).json()) as {
      net: string;
      lines: { net: string }[];
    };
    expect(report.net).toBe(String(expected));
    expect(report.lines.reduce((sum, line) => sum + Number(line.net), 0)).toBe(expected);
    expect(await (await read(`/v1/payouts/${payout.id}/report?format=csv`)).text()).toMatch(
      /^balance_transaction,type,source/,
    );
    const trial = await eventually(async () => {
      const balance = await deployed().operator<{
        balanced: boolean;
        differences: unknown[];
        rows: { account: string; balance: string }[];
      }>('trial-balance', {});
      return balance.rows.find(({ account }) => account === 'liab:payout_clearing')?.balance === '0'
        ? balance
        : undefined;
    });
    expect(trial).toMatchObject({ balanced: true, differences: [] });
    const accounts = (await (await read('/v1/ledger/accounts')).json()) as {
      data: { account: string; balance: string }[];
    };
    expect(accounts.data.reduce((sum, { balance }) => sum + Number(balance), 0)).toBe(0);
    expect(accounts.data.find(({ account }) => account === 'assets:bank')?.balance).toBe(String(-expected));
    expect((await stripe.balanceTransactions.list({ type: 'payout' })).data[0]).toMatchObject({
      amount: -expected,
      source: payout.id,
    });
  });

  it('the audit finds no difference between records, books and the list of the sandbox', async () => {
    expect(await differencesOf(merchant.merchant)).toEqual([]);
  });

  it("another merchant's ids name nothing", async () => {
    const intent = await pay();
    const other = await newMerchant();

    expect(await thrown(other.stripe.paymentIntents.retrieve(intent.id))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    expect(await thrown(other.stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
    });
    expect(
      await thrown(deployed().stripe(merchant.publishableKey).refunds.create({ payment_intent: intent.id })),
    ).toMatchObject({
      statusCode: 403,
      code: 'secret_key_required',
    });
  });
});
