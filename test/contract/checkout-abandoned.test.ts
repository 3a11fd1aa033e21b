/** What the payers of Checkout Sessions abandon at a wallet or at their bank, with the official SDK: another method pays, or the session ends. */
import { describe, expect, it } from 'vitest';
import { attemptsOf, by, checkoutOf, decided, SETUP, totalling, WALLETS } from '../scenarios/checkout-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { open, complete, eventsOf, intentOf, sessionOf, chargesOf, pageOf } = checkoutOf(app);

describe('what the payer abandons', () => {
  it.each(WALLETS)('is closed before another method pays: %s', async (type) => {
    const { id } = await open();
    const page = await pageOf(await complete(id, by(type)));

    const paid = await complete(id);
    await decided(page, 'approve');
    await app.settleDown();

    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(await chargesOf(paid)).toMatchObject([{ status: 'succeeded', payment_method_details: { type: 'card' } }]);
    expect(attemptsOf(app, paid)).toMatchObject([{ status: 'closed' }, { status: 'captured' }]);
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
    expect(attemptsOf(app, paid).map(({ status }) => status)).toEqual(['closed', 'failed', 'captured']);
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

  it('is decided when the payer comes back, where the channel did not say whether it closed the order', async () => {
    const { id } = await open(totalling(9911));
    const asked = await complete(id, by('alipay'));
    const page = await pageOf(asked);
    const refused = await thrown(stripe.checkout.sessions.expire(id));
    const still = await sessionOf(id);

    const back = await decided(page, 'approve');
    const shown = await fetch(back!, { redirect: 'manual' });

    expect(refused).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect([still.status, shown.status, shown.headers.get('location')]).toEqual(['open', 200, null]);
    const expired = await sessionOf(id);
    expect(expired).toMatchObject({ status: 'expired', payment_status: 'unpaid' });
    expect(await intentOf(expired)).toMatchObject({ status: 'canceled', cancellation_reason: 'expired' });
    expect((await eventsOf(id, asked.payment_intent)).slice(-3)).toEqual([
      'payment_intent.requires_action',
      'payment_intent.canceled',
      'checkout.session.expired',
    ]);
    expect(await chargesOf(expired)).toEqual([]);
  });

  it('returns money that arrives afterwards, and raises an alarm', async () => {
    const { id } = await open(totalling(9910));
    const asked = await complete(id, by('alipay'));
    const reference = attemptsOf(app, asked)[0]!.reference;

    await stripe.checkout.sessions.expire(id);
    app.later(2_100);
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
