/** Checkout Sessions that are paid with a wallet, with the official SDK: from the payer's choice to their return. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../functions/checkout/session.ts';
import { unpack } from '../../functions/table/pack.ts';
import { recordsOf } from '../audit/records.ts';
import { attemptsOf, by, checkoutOf, decided, totalling, WALLETS } from '../scenarios/checkout-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { open, complete, eventsOf, intentOf, sessionOf, chargesOf, pageOf } = checkoutOf(app);
const payer = app.client({ key: app.merchant.test.publishableKey });

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

  it('places an order that expires with the session, and in its own time where that is sooner', async () => {
    const nowSeconds = Math.floor(app.world.clock.nowMs() / 1000);
    const soon = await open({ expires_at: nowSeconds + 40 * 60 });
    const late = await open({ expires_at: nowSeconds + 20 * 3600 });

    const asked = [await complete(soon.id, by('alipay')), await complete(late.id, by('alipay'))];
    const [first, second] = await Promise.all(asked.map(async (session) => (await intentOf(session)).id));

    const orderOf = (intent: string) =>
      recordsOf(app.world).payments.find(({ body }) => intent === `pi_${body}`)!.attempts[0]!;
    expect(orderOf(first!).expiresMs).toBe(soon.expires_at * 1000);
    const { createdMs, expiresMs } = orderOf(second!);
    expect(expiresMs! - createdMs).toBe(3_600_000);
    const minute = new Date(soon.expires_at * 1000).toISOString().slice(0, 16).replace('T', ' ');
    expect(await (await fetch(await pageOf(asked[0]!))).text()).toContain(`It can be paid until ${minute} UTC`);
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
    const statuses = attemptsOf(app, await sessionOf(id)).map(({ status }) => status);
    expect(statuses).toEqual([...Array.from({ length: begun - 1 }, () => 'closed'), 'requires_action']);
  });
});

describe('a payment that its channel decides a day later', () => {
  it('completes the session when the payer is back, unpaid; other methods are refused', async () => {
    const { id } = await open(totalling(9909));
    const asked = await complete(id, by('alipay'));

    const sentOn = await app.sentOn((await decided(await pageOf(asked), 'approve'))!);

    expect(sentOn.href).toBe('https://shop.example/done');
    const waiting = await sessionOf(id);
    expect(waiting).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect((await intentOf(waiting)).status).toBe('processing');
    expect((await thrown(complete(id))).statusCode).toBe(400);
    expect((await thrown(stripe.checkout.sessions.expire(id))).statusCode).toBe(400);
    expect(await eventsOf(id, asked.payment_intent)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'payment_intent.processing',
      'checkout.session.completed',
    ]);
  });

  it('completes the session where the payer comes with another method instead of coming back', async () => {
    const { id } = await open(totalling(9909));
    await decided(await pageOf(await complete(id, by('alipay'))), 'approve');

    const completed = await complete(id);

    expect(completed).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect((await chargesOf(completed)).map(({ status }) => status)).toEqual(['pending']);
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
      payment_method_options: { card: { setup_future_usage: 'none' } },
      payment_intent_data: { setup_future_usage: 'on_session' },
    });
    const shownIn = ({ payment_method_options: options }: Stripe.Checkout.Session) => options!.card!.setup_future_usage;

    const cleared = await stripe.checkout.sessions.update(id, { payment_intent_data: { setup_future_usage: '' } });
    const kept = await stripe.checkout.sessions.update(id, {
      payment_intent_data: { setup_future_usage: 'off_session' },
    });

    expect([cleared.payment_method_types.length, kept.payment_method_types]).toEqual([4, ['card']]);
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
