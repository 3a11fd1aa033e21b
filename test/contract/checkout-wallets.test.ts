/** Checkout Sessions that are paid with a wallet, with the official SDK: from the payer's choice to their return, and what they abandon. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../functions/checkout/session.ts';
import { unpack } from '../../functions/table/pack.ts';
import { recordsOf } from '../audit/records.ts';
import { checkoutOf, item, SETUP } from '../scenarios/checkout-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { open, complete, eventsOf, intentOf } = checkoutOf(app);
const payer = app.client({ key: app.merchant.test.publishableKey });

const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;
type Wallet = (typeof WALLETS)[number];

/** A total whose last four digits select what the sandbox does. */
const totalling = (amount: number) => ({ line_items: [item(amount, 1)] });
const by = (type: Wallet) => ({ payment_method_data: { type } });
const sessionOf = (id: string) => stripe.checkout.sessions.retrieve(id);
const chargesOf = async (session: Stripe.Checkout.Session) =>
  (await stripe.charges.list({ payment_intent: session.payment_intent as string })).data;

const attemptsOf = ({ payment_intent: id }: Stripe.Checkout.Session) =>
  recordsOf(app.world).payments.find(({ body }) => id === `pi_${body}`)!.attempts;

/** Where the payer decides. */
async function pageOf(session: Stripe.Checkout.Session): Promise<string> {
  const action = (await intentOf(session)).next_action!;
  return action.alipay_handle_redirect?.url ?? action.wechat_pay_display_qr_code?.data ?? action.redirect_to_url!.url!;
}

/** The payer decides on the wallet's page. Returns the address of ours to which the page sends them, if it does. */
async function decided(page: string, result: 'approve' | 'decline' | 'expire'): Promise<string | null> {
  const { headers } = await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ result }) });
  return headers.get('location');
}

describe('completing with a wallet', () => {
  it.each(WALLETS)('asks the payer to act, and is complete once %s has taken the money', async (type) => {
    const { id } = await open({ success_url: 'https://shop.example/done?session={CHECKOUT_SESSION_ID}' });

    const asked = await complete(id, by(type));
    const waiting = await intentOf(asked);
    const back = await decided(await pageOf(asked), 'approve');
    const sentOn = back === null ? undefined : await app.sentOn(back);
    await app.settleDown();

    expect(asked).toMatchObject({ status: 'open', payment_status: 'unpaid' });
    expect(waiting).toMatchObject({
      status: 'requires_action',
      payment_method_types: ['card', 'alipay', 'wechat_pay', 'paypal'],
      automatic_payment_methods: null,
      payment_method_options: { wechat_pay: { client: 'web' } },
    });
    // WeChat Pay is paid on a phone: the browser stays where it is.
    expect(sentOn?.href).toBe(type === 'wechat_pay' ? undefined : `https://shop.example/done?session=${id}`);
    const paid = await sessionOf(id);
    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(await chargesOf(paid)).toMatchObject([{ amount: 3000, payment_method_details: { type } }]);
    expect(await eventsOf(id, waiting.id)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ]);
  });

  it('is complete when the payer is back, before any callback arrives', async () => {
    const { id } = await open();
    const page = await pageOf(await complete(id, by('paypal')));

    await app.sentOn((await decided(page, 'approve'))!);

    expect(await sessionOf(id)).toMatchObject({ status: 'complete', payment_status: 'paid' });
  });

  it('is complete by the callback, and the payer who is back later goes to the same page', async () => {
    const { id } = await open();
    const page = await pageOf(await complete(id, by('alipay')));
    const back = await decided(page, 'approve');
    await app.settleDown();
    const before = await sessionOf(id);

    const sentOn = await app.sentOn(back!);

    expect(before).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(sentOn.href).toBe('https://shop.example/done');
    expect(await sessionOf(id)).toEqual(before);
  });

  it('sends the payer to the address that the completion names', async () => {
    const { id } = await open();
    const asked = await complete(id, { ...by('paypal'), return_url: 'https://page.example/back' });
    const intent = await intentOf(asked);

    const sentOn = await app.sentOn((await decided(await pageOf(asked), 'approve'))!);

    expect(intent.next_action?.redirect_to_url?.return_url).toBe('https://page.example/back');
    expect(`${sentOn.origin}${sentOn.pathname}`).toBe('https://page.example/back');
    expect(sentOn.searchParams.get('redirect_status')).toBe('succeeded');
  });

  it('takes a method that the payer’s page made, once', async () => {
    const { id: method } = await payer.paymentMethods.create({ type: 'alipay' });
    const [first, second] = [await open(), await open()];
    await decided(await pageOf(await complete(first.id, { payment_method: method })), 'approve');
    await app.settleDown();

    expect((await sessionOf(first.id)).status).toBe('complete');
    expect((await thrown(complete(second.id, { payment_method: method }))).message).toMatch(/may not be used again/);
  });

  it('stays open when the payer declines, and is paid with another method by the same intent', async () => {
    const { id } = await open();
    const asked = await complete(id, by('alipay'));

    const back = await decided(await pageOf(asked), 'decline');
    const page = await fetch(back!, { redirect: 'manual' });
    const declined = await sessionOf(id);
    const paid = await complete(id);

    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('was not confirmed')]);
    expect(declined).toMatchObject({ status: 'open', payment_status: 'unpaid' });
    expect(paid).toMatchObject({ status: 'complete', payment_intent: asked.payment_intent });
    expect((await chargesOf(paid)).map(({ status }) => status)).toEqual(['succeeded', 'failed']);
  });

  it('is complete once PayPal holds the amount, and paid once that is captured', async () => {
    const { id } = await open({ payment_method_options: { paypal: { capture_method: 'manual' } } });
    await app.sentOn((await decided(await pageOf(await complete(id, by('paypal'))), 'approve'))!);

    const held = await sessionOf(id);
    await stripe.paymentIntents.capture(held.payment_intent as string);

    expect(held).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect((await sessionOf(id)).payment_status).toBe('paid');
    expect((await eventsOf(id)).filter((type) => type.startsWith('checkout'))).toEqual(['checkout.session.completed']);
  });

  it('is refused for a type that the session does not take, and for two methods at once', async () => {
    const { id } = await open({ allowed_payment_method_types: ['card', 'alipay'] });

    expect(await thrown(complete(id, by('paypal')))).toMatchObject({
      statusCode: 400,
      param: 'payment_method',
      message: 'This Checkout Session takes payment methods of the following types: card, alipay, and not paypal.',
    });
    expect(await thrown(complete(id, { ...by('alipay'), payment_method: 'pm_card_visa' }))).toMatchObject({
      code: 'parameters_exclusive',
    });
    expect((await sessionOf(id)).payment_intent).toBeNull();
  });

  it('leaves one order of several completions at once', async () => {
    const { id } = await open();

    const sent = await Promise.allSettled(WALLETS.map((type) => complete(id, by(type))));

    const begun = sent.filter(({ status }) => status === 'fulfilled').length;
    const statuses = attemptsOf(await sessionOf(id)).map(({ status }) => status);
    expect(statuses).toEqual([...Array.from({ length: begun - 1 }, () => 'closed'), 'requires_action']);
  });
});

describe('the options of cards', () => {
  const OPTIONS = {
    payment_method_options: { card: { capture_method: 'manual', setup_future_usage: 'off_session' } },
  } as const satisfies Partial<Stripe.Checkout.SessionCreateParams>;

  it('are shown, and are for payments by card alone', async () => {
    const customer = (await stripe.customers.create({})).id;
    const [byCard, byWallet] = [await open({ customer, ...OPTIONS }), await open({ customer, ...OPTIONS })];

    const held = await complete(byCard.id);
    await decided(await pageOf(await complete(byWallet.id, by('alipay'))), 'approve');
    await app.settleDown();

    expect(byCard.payment_method_types).toEqual(['card', 'alipay', 'wechat_pay', 'paypal']);
    expect(byCard.payment_method_options!.card).toMatchObject({
      capture_method: 'manual',
      setup_future_usage: 'off_session',
    });
    expect(await intentOf(held)).toMatchObject({ status: 'requires_capture', setup_future_usage: 'off_session' });
    expect(await intentOf(await sessionOf(byWallet.id))).toMatchObject({
      status: 'succeeded',
      capture_method: 'automatic_async',
      setup_future_usage: null,
    });
    expect((await stripe.customers.listPaymentMethods(customer)).data).toMatchObject([{ type: 'card' }]);
  });

  it('are stored as version 0.1 reads them: a function that knows cards alone holds the amount', async () => {
    const { id } = await open(OPTIONS);

    const stored = app.world.table.items('payments').find(({ sk }) => id === `cs_test_${sk}`)!;
    const { paymentData } = unpack<Pick<Session, 'paymentData'>>(stored.doc as Uint8Array);
    expect(paymentData).toEqual({
      metadata: {},
      manual: true,
      setupFutureUsage: 'off_session',
      others: {},
      cardUsage: true,
    });
  });

  it('stay when the general ones are changed', async () => {
    const { id } = await open({
      payment_method_options: { card: { setup_future_usage: 'none' as never } },
      payment_intent_data: { setup_future_usage: 'on_session' },
    });
    const shownIn = ({ payment_method_options: options }: Stripe.Checkout.Session) => options!.card!.setup_future_usage;

    const cleared = await stripe.checkout.sessions.update(id, { payment_intent_data: { setup_future_usage: '' } });
    const kept = await stripe.checkout.sessions.update(id, {
      payment_intent_data: { setup_future_usage: 'off_session' },
    });

    expect([cleared.payment_method_types!.length, kept.payment_method_types]).toEqual([4, ['card']]);
    expect(shownIn(kept)).toBe('none');
    expect((await intentOf(await complete(id))).setup_future_usage).toBeNull();
  });

  it('are those of the method that pays, also after another was declined', async () => {
    const { id } = await open(OPTIONS);
    await decided(await pageOf(await complete(id, by('alipay'))), 'decline');
    await app.settleDown();

    const held = await complete(id);

    expect(await intentOf(held)).toMatchObject({ status: 'requires_capture', capture_method: 'manual' });
  });
});

describe('what the payer abandons', () => {
  it.each(WALLETS)('is closed before another method pays: %s', async (type) => {
    const { id } = await open();
    const page = await pageOf(await complete(id, by(type)));

    const paid = await complete(id);
    await decided(page, 'approve');
    await app.settleDown();

    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(await chargesOf(paid)).toMatchObject([{ status: 'succeeded', payment_method_details: { type: 'card' } }]);
    expect(attemptsOf(paid)).toMatchObject([{ status: 'closed' }, { status: 'captured' }]);
  });

  it('is a challenge as well: it is closed, and passing it then takes nothing', async () => {
    const { id } = await open();
    const asked = await complete(id, { payment_method: 'pm_card_authenticationRequired' });
    const challenge = await pageOf(asked);

    const again = await complete(id, by('alipay'));
    await app.finishChallenge(challenge, true);
    await app.settleDown();
    const still = await sessionOf(id);
    await decided(await pageOf(again), 'approve');
    await app.settleDown();

    expect(again.payment_intent).toBe(asked.payment_intent);
    expect(still.status).toBe('open');
    const paid = await sessionOf(id);
    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(await chargesOf(paid)).toMatchObject([{ payment_method_details: { type: 'alipay' } }]);
  });

  it('may be begun once more with the same method', async () => {
    const { id: method } = await stripe.paymentMethods.create({ type: 'alipay' });
    const { id } = await open();
    await complete(id, { payment_method: method });

    const again = await complete(id, { payment_method: method });

    expect((await intentOf(again)).status).toBe('requires_action');
    await decided(await pageOf(again), 'approve');
    await app.settleDown();
    expect((await sessionOf(id)).status).toBe('complete');
  });

  it('pays the session where the payer had paid already: nothing else is sent', async () => {
    const { id } = await open(totalling(9905));
    await decided(await pageOf(await complete(id, by('alipay'))), 'approve');

    const paid = await complete(id);

    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(await chargesOf(paid)).toMatchObject([{ payment_method_details: { type: 'alipay' } }]);
  });

  it('goes on where it cannot be closed: the other method is refused until it is', async () => {
    const { id } = await open(totalling(9911));
    await complete(id, by('wechat_pay'));

    const refused = await thrown(complete(id));
    const still = await sessionOf(id);
    const paid = await complete(id);

    expect(refused).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect(still.status).toBe('open');
    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(await chargesOf(paid)).toHaveLength(1);
  });

  it('is closed before a card that the rules refuse: the session is open for the next', async () => {
    const { id } = await open();
    await complete(id, by('alipay'));

    const blocked = await thrown(complete(id, { payment_method: 'pm_card_radarBlock' }));
    const still = await sessionOf(id);
    const paid = await complete(id);

    expect(blocked).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(still.status).toBe('open');
    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(attemptsOf(paid).map(({ status }) => status)).toEqual(['closed', 'failed', 'captured']);
  });

  it('goes on where the other method is refused', async () => {
    const { id } = await open({ allowed_payment_method_types: ['card', 'alipay'] });
    const page = await pageOf(await complete(id, by('alipay')));

    await thrown(complete(id, by('paypal')));
    await thrown(complete(id, { payment_method: 'pm_0000000000000000000000' }));
    await decided(page, 'approve');
    await app.settleDown();

    expect((await sessionOf(id)).status).toBe('complete');
  });

  it('is a challenge for a card that is kept', async () => {
    const { id } = await stripe.checkout.sessions.create({ ...SETUP, customer_creation: 'always' });
    const asked = await complete(id, { payment_method: 'pm_card_authenticationRequired' });
    const { next_action: action } = await stripe.setupIntents.retrieve(asked.setup_intent as string);

    const done = await complete(id);
    await app.finishChallenge(action!.redirect_to_url!.url!, true);
    await app.settleDown();

    expect(asked.status).toBe('open');
    expect(done.status).toBe('complete');
    expect((await stripe.customers.listPaymentMethods(done.customer as string)).data).toMatchObject([
      { card: { last4: '4242' } },
    ]);
  });
});

describe('expiring a session whose payer is at a wallet', () => {
  it.each(WALLETS)('closes the order at %s: it cannot be paid any more', async (type) => {
    const { id } = await open();
    const asked = await complete(id, by(type));
    const page = await pageOf(asked);

    const expired = await stripe.checkout.sessions.expire(id);
    const back = await decided(page, 'approve');
    const shown = back === null ? undefined : await fetch(back, { redirect: 'manual' });
    await app.settleDown();

    expect(expired).toMatchObject({ status: 'expired', payment_status: 'unpaid' });
    if (shown) expect([shown.status, shown.headers.get('location')]).toEqual([200, null]);
    expect(await intentOf(expired)).toMatchObject({ status: 'canceled', cancellation_reason: 'expired' });
    expect((await eventsOf(id, asked.payment_intent)).slice(-2)).toEqual([
      'payment_intent.canceled',
      'checkout.session.expired',
    ]);
    expect(await thrown(complete(id))).toMatchObject({ statusCode: 400 });
  });

  it('is refused where the payer has paid: the session is complete', async () => {
    const { id } = await open(totalling(9905));
    const back = await decided(await pageOf(await complete(id, by('alipay'))), 'approve');

    const refused = await thrown(stripe.checkout.sessions.expire(id));
    const sentOn = await app.sentOn(back!);

    expect(refused).toMatchObject({
      statusCode: 400,
      message:
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `complete`.',
    });
    expect(sentOn.href).toBe('https://shop.example/done');
    expect(await sessionOf(id)).toMatchObject({ status: 'complete', payment_status: 'paid' });
  });

  it('returns money that arrives afterwards, and raises an alarm', async () => {
    const { id } = await open(totalling(9910));
    const asked = await complete(id, by('alipay'));
    const reference = attemptsOf(asked)[0]!.reference;

    await stripe.checkout.sessions.expire(id);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await app.settleDown();
    const { unreturned } = await app.world.janitor(Date.now() + 180_000);
    await app.settleDown();

    expect(app.world.alarms).toContain(`UnappliedMoney ${reference}`);
    expect(unreturned).toEqual([]);
    const expired = await sessionOf(id);
    expect(expired).toMatchObject({ status: 'expired', payment_status: 'unpaid' });
    expect(await chargesOf(expired)).toMatchObject([{ amount_captured: 9910, amount_refunded: 9910, refunded: true }]);
  });
});
