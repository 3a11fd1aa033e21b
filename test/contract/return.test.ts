/** The payer is back from the bank: before anything else is delivered, every read has the right status. With the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { channelReference, type Scope } from '../../functions/kernel/ids.ts';
import { returnAddressOf } from '../../functions/payments/return-address.ts';
import { contractApp } from '../world/contract-app.ts';
import { scopeOf } from '../world/world.ts';

const app = await contractApp();
const { stripe } = app;
const page = app.client({ key: app.merchant.test.publishableKey });

const BACK = 'https://shop.example/done?cart=7';
const BASE = { amount: 2_000, currency: 'usd', confirm: true, return_url: BACK } as const;
const pay = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ ...BASE, payment_method: 'pm_card_authenticationRequired', ...more });
const pageOf = (intent: Stripe.PaymentIntent | Stripe.SetupIntent): string => intent.next_action!.redirect_to_url!.url!;
const statusIn = (url: URL): string | null => url.searchParams.get('redirect_status');
/** The payer answers; returns our address, which has not been visited yet. */
const answered = (intent: Stripe.PaymentIntent | Stripe.SetupIntent, passes = true) =>
  app.finishChallenge(pageOf(intent), passes);

/** The status of the newest payment intent: as the merchant and the payer read it, and as it is listed. */
async function readsOf({ id, client_secret: secret }: Stripe.PaymentIntent): Promise<readonly string[]> {
  const read = await stripe.paymentIntents.retrieve(id);
  const seen = await page.paymentIntents.retrieve(id, { client_secret: secret! });
  const [listed] = (await stripe.paymentIntents.list({ limit: 1 })).data;
  expect(listed!.id).toBe(id);
  return [read.status, seen.status, listed!.status];
}

describe('when the payer is back, the status is right', () => {
  const flows = [
    ['automatic capture', {}, true, 'succeeded', 'succeeded'],
    ['manual capture', { capture_method: 'manual' }, true, 'requires_capture', 'succeeded'],
    ['manual confirmation', { confirmation_method: 'manual' }, true, 'requires_confirmation', 'succeeded'],
    ['a failed challenge', {}, false, 'requires_payment_method', 'failed'],
    [
      'a decline after the challenge',
      { payment_method: 'pm_card_threeDSecureRequiredChargeDeclined' },
      true,
      'requires_payment_method',
      'failed',
    ],
  ] as const;

  it.each(flows)('with %s', async (_name, params, passes, status, redirect) => {
    const intent = await pay(params);
    expect(intent.status).toBe('requires_action');

    const back = await app.sentOn(await answered(intent, passes));

    expect(Object.fromEntries(back.searchParams)).toEqual({
      cart: '7',
      payment_intent: intent.id,
      payment_intent_client_secret: intent.client_secret,
      redirect_status: redirect,
    });
    expect(await readsOf(intent)).toEqual([status, status, status]);
    await app.settleDown();
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe(status);
  });

  it.each([
    ['alipay', {}, 'approve', 'succeeded', 'succeeded'],
    ['alipay', {}, 'decline', 'requires_payment_method', 'failed'],
    ['alipay', { amount: 19_909 }, 'approve', 'processing', 'pending'],
    ['paypal', {}, 'approve', 'succeeded', 'succeeded'],
    ['paypal', {}, 'expire', 'requires_payment_method', 'failed'],
    ['paypal', { capture_method: 'manual' }, 'approve', 'requires_capture', 'succeeded'],
  ] as const)('with %s (%j), whose payer decides: %s', async (type, more, result, status, redirect) => {
    const wallet = { allowed_payment_method_types: [type], payment_method_data: { type } };
    const intent = await stripe.paymentIntents.create({ ...BASE, ...wallet, ...more });
    const { alipay_handle_redirect: alipay, redirect_to_url: paypal } = intent.next_action!;
    const body = new URLSearchParams({ result });
    const left = await fetch((alipay ?? paypal)!.url!, { method: 'POST', redirect: 'manual', body });

    const back = await app.sentOn(left.headers.get('location')!);

    expect(statusIn(back)).toBe(redirect);
    expect(await readsOf(intent)).toEqual([status, status, status]);
  });

  it.each([
    [true, 'succeeded', 'succeeded'],
    [false, 'requires_payment_method', 'failed'],
  ] as const)('with a setup intent (passed: %s)', async (passes, status, redirect) => {
    const intent = await stripe.setupIntents.create({
      payment_method: 'pm_card_authenticationRequiredOnSetup',
      confirm: true,
      return_url: BACK,
    });

    const back = await app.sentOn(await answered(intent, passes));

    expect(back.searchParams.get('setup_intent')).toBe(intent.id);
    expect(back.searchParams.get('setup_intent_client_secret')).toBe(intent.client_secret);
    expect(statusIn(back)).toBe(redirect);
    expect((await stripe.setupIntents.retrieve(intent.id)).status).toBe(status);
    const seen = await page.setupIntents.retrieve(intent.id, { client_secret: intent.client_secret! });
    const [listed] = (await stripe.setupIntents.list({ limit: 1 })).data;
    expect([seen.status, listed!.id, listed!.status]).toEqual([status, intent.id, status]);
  });

  it('with a Checkout Session, which moves in the same commit', async () => {
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      line_items: [{ price_data: { currency: 'usd', product_data: { name: 'Tea' }, unit_amount: 900 }, quantity: 1 }],
      success_url: BACK,
    });
    const asked = (await stripe.rawRequest('POST', `/v1/test_helpers/checkout/sessions/${session.id}/complete`, {
      payment_method: 'pm_card_authenticationRequired',
      return_url: BACK,
    })) as unknown as Stripe.Checkout.Session;

    await app.sentOn(await answered(await stripe.paymentIntents.retrieve(asked.payment_intent as string)));

    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
    });
  });
});

/** The return address of the first attempt, which the payer has not been sent to. */
async function addressOf(intent: Stripe.PaymentIntent): Promise<string> {
  const scope = scopeOf(app.world.table, app.merchant);
  const settings = await app.world.payments.settings(scope);
  const reference = channelReference(scope, intent.id.slice(3) as never, 1);
  return returnAddressOf(`${app.baseUrl}/v1/return`, settings, reference);
}

describe('the return address', () => {
  it('is ours and holds neither the address of the merchant nor the client secret', async () => {
    const intent = await pay();

    const ours = new URL(await answered(intent));

    expect(ours.origin).toBe(app.baseUrl);
    expect(ours.pathname).toMatch(/^\/v1\/return\/[0-9A-Za-z]{31}-[0-9A-Za-z]{24}$/);
    expect(ours.href).not.toContain(intent.client_secret!.slice(-24));
  });

  it('may be visited again and again, by GET and by POST, and changes nothing more', async () => {
    const intent = await pay();
    const ours = await answered(intent);
    await app.sentOn(ours);
    await app.settleDown();
    const before = app.world.table.dump();

    const again = await fetch(ours, { redirect: 'manual' });
    const posted = await fetch(ours, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ MD: 'x', PaRes: 'y' }),
    });

    for (const { status, headers } of [again, posted]) {
      expect(status).toBe(303);
      expect(statusIn(new URL(headers.get('location')!))).toBe('succeeded');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect(app.world.table.dump()).toEqual(before);
  });

  it('says pending to a payer who comes back without an answer; nothing is decided by that', async () => {
    const intent = await pay();
    const ours = await addressOf(intent);

    expect(statusIn(await app.sentOn(ours))).toBe('pending');

    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_action');
    await answered(intent);
    expect(statusIn(await app.sentOn(ours))).toBe('succeeded');
  });

  it('leads to the result after the payment was canceled in between, and takes no money', async () => {
    const intent = await pay();
    const ours = await addressOf(intent);
    await stripe.paymentIntents.cancel(intent.id);

    expect(statusIn(await app.sentOn(ours))).toBe('failed');
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('canceled');
  });

  it('shows a page where the merchant named no address to return to', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 2_000,
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
    });

    const answer = await fetch(await answered(intent), { redirect: 'manual' });

    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('You can close this page.');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });

  it('is 404 with the secret of another attempt or merchant, and the channel is not queried', async () => {
    const [one, other] = [await pay(), await pay()];
    const [ours, theirs] = [await answered(one), await answered(other)];
    const [reference, secret] = new URL(ours).pathname.split('/').at(-1)!.split('-') as [string, string];
    const scope = scopeOf(app.world.table, app.merchant);
    const foreign = scopeOf(app.world.table, await app.newMerchant());
    const base = `${app.baseUrl}/v1/return`;
    const before = app.world.table.dump();
    const settings = await app.world.payments.settings(foreign);
    const forged = (as: Scope) => channelReference(as, one.id.slice(3) as never, 1);

    for (const address of [
      `${base}/${reference}-${new URL(theirs).pathname.split('-').at(-1)!}`,
      `${base}/${reference}-${'0'.repeat(24)}`,
      `${base}/${reference}`,
      `${base}/${channelReference(scope, one.id.slice(3) as never, 2)}-${secret}`,
      `${base}/${channelReference(scope, one.id.slice(3) as never, 0)}-${secret}`,
      `${base}/${forged(foreign)}-${secret}`,
      returnAddressOf(base, settings, forged(foreign)),
      returnAddressOf(base, settings, forged(scope)),
      `${base}/${forged('zzzzzzzz' as Scope)}-${secret}`,
      `${base}/`,
      `${base}/${'a'.repeat(500)}`,
      `${base}/${reference}-${secret}/more`,
    ]) {
      const answer = await fetch(address, { redirect: 'manual' });
      expect([address, answer.status, answer.headers.get('location')]).toEqual([address, 404, null]);
    }
    expect(app.world.table.dump()).toEqual(before);
    expect((await stripe.paymentIntents.retrieve(one.id)).status).toBe('requires_action');
  });

  it('is not answered for the preview of a link: HEAD is 405', async () => {
    const intent = await pay();
    const ours = await answered(intent);

    const answer = await fetch(ours, { method: 'HEAD', redirect: 'manual' });

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST');
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_action');
  });
});
