/** What happens at the payer's side of a payment: client secrets, challenges, and who may see what. With the official SDK. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

/** The SDK with the publishable key, as a page has it. */
const app = await contractApp();
const { stripe } = app;
const page = app.client({ key: app.merchant.test.publishableKey });

const draft = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', metadata: { internal: 'yes' }, ...more });

describe('a page with the publishable key', () => {
  it('retrieves and confirms the intent whose client secret it knows, and sees the payer’s part of it', async () => {
    const { id, client_secret: secret } = await draft();

    const seen = await page.paymentIntents.retrieve(id, { client_secret: secret! });
    const paid = await page.paymentIntents.confirm(id, {
      client_secret: secret!,
      payment_method: 'pm_card_visa',
    } as never);

    expect(seen).toMatchObject({ id, status: 'requires_payment_method', amount: 2_000, client_secret: secret });
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['metadata']));
    expect(paid.status).toBe('succeeded');
    expect(
      Object.keys(paid).filter((name) => ['metadata', 'latest_charge', 'customer', 'amount_received'].includes(name)),
    ).toEqual([]);
  });

  it.each(['javascript://shop.example/%0Aalert(1)', 'DATA://text/html,hello', 'vbscript://shop.example'])(
    'cannot make %s the place to return to, an app it can',
    async (url) => {
      const { id, client_secret: secret } = await draft();
      const confirm = (back: string) =>
        page.paymentIntents.confirm(id, {
          client_secret: secret!,
          payment_method: 'pm_card_authenticationRequired',
          return_url: back,
        } as never);

      expect(await thrown(confirm(url))).toMatchObject({ code: 'url_invalid', param: 'return_url' });
      expect((await confirm('shop-app://paid')).next_action?.redirect_to_url?.return_url).toBe('shop-app://paid');
    },
  );

  it('learns no fingerprint of a card, neither of one that it types in nor of one that was declined', async () => {
    const typed = { number: '4000000000000002', exp_month: '12', exp_year: '2035', cvc: '123' };
    const token = await page.tokens.create({ card: typed as never });
    const method = await page.paymentMethods.create({ type: 'card', card: typed as never });
    const { id, client_secret: secret } = await draft();
    const declined = await thrown(
      page.paymentIntents.confirm(id, { client_secret: secret!, payment_method: method.id } as never),
    );
    const seen = await page.paymentIntents.retrieve(id, { client_secret: secret!, expand: ['payment_method'] });

    expect([token.card?.last4, method.card?.last4]).toEqual(['0002', '0002']);
    expect(seen.last_payment_error?.payment_method?.card?.last4).toBe('0002');
    expect((declined as Stripe.errors.StripeCardError).payment_method?.card?.last4).toBe('0002');
    for (const told of [token, method, seen, declined.raw]) expect(JSON.stringify(told)).not.toContain('"fingerprint"');
    const { card } = await stripe.paymentMethods.retrieve(method.id);
    expect(card?.fingerprint).toMatch(/^[0-9A-Za-z]{16}$/);
  });

  it('receives a decline without the merchant’s data', async () => {
    const { id, client_secret: secret } = await draft();

    const error = await thrown(
      page.paymentIntents.confirm(id, {
        client_secret: secret!,
        payment_method: 'pm_card_visa_chargeDeclined',
      } as never),
    );

    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error.payment_intent).toMatchObject({ id, status: 'requires_payment_method' });
    expect(error.payment_intent).not.toHaveProperty('metadata');
  });

  it('gets nothing without the secret, with another intent’s, or where a secret key is needed', async () => {
    const [one, other] = [await draft(), await draft()];
    const before = app.world.table.dump();

    expect(await thrown(page.paymentIntents.retrieve(one.id))).toMatchObject({
      statusCode: 400,
      code: 'parameter_missing',
      param: 'client_secret',
    });
    for (const wrong of [other.client_secret!, `${one.id}_secret_x`, 'x'])
      expect(await thrown(page.paymentIntents.retrieve(one.id, { client_secret: wrong }))).toMatchObject({
        statusCode: 400,
        param: 'client_secret',
      });
    expect(await thrown(page.paymentIntents.list())).toMatchObject({ statusCode: 403, code: 'secret_key_required' });
    expect(await thrown(page.paymentIntents.cancel(one.id))).toMatchObject({ statusCode: 403 });
    expect(app.world.table.dump()).toEqual(before);
    const offSession = { client_secret: one.client_secret!, payment_method: 'pm_card_visa', off_session: true };
    expect(await thrown(page.paymentIntents.confirm(one.id, offSession as never))).toMatchObject({ statusCode: 403 });
    expect((await stripe.paymentIntents.retrieve(one.id)).status).toBe('requires_payment_method');
  });
});

describe('a challenge', () => {
  const challenged = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
    draft({
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
      return_url: 'https://shop.example/done?cart=7',
      ...more,
    });

  it.each([
    [true, 'succeeded', 'succeeded'],
    [false, 'failed', 'requires_payment_method'],
  ])(
    'that is passed (%s) leads back to the shop with the intent, its secret and how it went',
    async (passed, told, status) => {
      const intent = await challenged();
      const { url, return_url: shown } = intent.next_action!.redirect_to_url!;
      expect(shown).toBe('https://shop.example/done?cart=7');

      const back = await app.sentOn(await app.finishChallenge(url!, passed));

      expect(`${back.origin}${back.pathname}`).toBe('https://shop.example/done');
      expect(Object.fromEntries(back.searchParams)).toEqual({
        cart: '7',
        payment_intent: intent.id,
        payment_intent_client_secret: intent.client_secret,
        redirect_status: told,
      });
      expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe(status);
    },
  );

  it('is asked for by the merchant where the card would not need one', async () => {
    const wanted = { payment_method_options: { card: { request_three_d_secure: 'any' } } } as const;

    expect((await challenged({ payment_method: 'pm_card_visa', ...wanted })).status).toBe('requires_action');
    expect((await challenged({ payment_method: 'pm_card_amex', ...wanted })).status).toBe('succeeded');
  });

  it('that was asked for with the creation is asked for at the confirmation, which may take that back', async () => {
    const asking = (wish: 'any' | 'automatic') => ({
      payment_method_options: { card: { request_three_d_secure: wish } },
    });
    const [one, other] = [await draft(asking('any')), await draft(asking('any'))];
    const confirm = (id: string, more: Stripe.PaymentIntentConfirmParams = {}) =>
      stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa', ...more });

    expect(one.payment_method_options?.card?.request_three_d_secure).toBe('any');
    expect((await confirm(one.id)).status).toBe('requires_action');
    const taken = await confirm(other.id, asking('automatic'));
    expect(taken.status).toBe('succeeded');
    expect(taken.payment_method_options?.card?.request_three_d_secure).toBe('automatic');
  });

  it('and a hold are not the payer’s to take back or to ask for', async () => {
    const { id, client_secret: secret } = await draft({
      payment_method_options: { card: { request_three_d_secure: 'any' } },
    });

    for (const card of [{ request_three_d_secure: 'automatic' }, { capture_method: 'manual' }])
      expect(
        await thrown(
          page.paymentIntents.confirm(id, {
            client_secret: secret!,
            payment_method: 'pm_card_visa',
            payment_method_options: { card },
          } as never),
        ),
      ).toMatchObject({ statusCode: 403, code: 'secret_key_required' });
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_payment_method');
  });

  it('is a decline where the merchant would rather have that, and leaves no charge', async () => {
    const error = await thrown(challenged({ error_on_requires_action: true }));

    expect(error).toMatchObject({
      statusCode: 402,
      code: 'authentication_required',
      decline_code: 'authentication_not_handled',
    });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', latest_charge: null });
    expect((error.payment_intent as Stripe.PaymentIntent).last_payment_error).not.toHaveProperty('charge');
  });

  it('is a decline when the payer is not there: authentication_required, an event of the intent and none of a charge', async () => {
    const error = await thrown(challenged({ off_session: true }));
    await app.settleDown();

    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
    const id = (error.payment_intent as Stripe.PaymentIntent).id;
    const types = (await stripe.events.list({ limit: 100 })).data
      .filter(({ data: { object } }) => JSON.stringify(object).includes(id))
      .map(({ type }) => type);
    expect(types.sort()).toEqual(['payment_intent.created', 'payment_intent.payment_failed']);
  });
});

describe('payment_method_data', () => {
  it('pays with a token, and the method is made of what it says', async () => {
    const paid = await draft({
      confirm: true,
      payment_method_data: {
        type: 'card',
        card: { token: 'tok_mastercard' },
        billing_details: { name: 'J. Rosen' },
        metadata: { from: 'form' },
      } as never,
    });

    expect(paid.status).toBe('succeeded');
    expect(await stripe.paymentMethods.retrieve(paid.payment_method as string)).toMatchObject({
      billing_details: { name: 'J. Rosen' },
      card: { brand: 'mastercard' },
      metadata: { from: 'form' },
    });
  });

  it.each([
    [{ card: { number: '4242424242424242', exp_month: 12, exp_year: 2034 } }, 'payment_method_data[card][number]'],
    [{ card: { token: 'tok_nope' } }, 'payment_method_data[card][token]'],
    [{ card: {} }, 'payment_method_data[card][token]'],
    [{ card: { token: 'tok_visa', pan: '1' } }, 'payment_method_data[card][pan]'],
  ])('%j is refused and made nothing of, without repeating a number', async (data, param) => {
    const before = app.world.table.dump().payments;

    const error = await thrown(draft({ confirm: true, payment_method_data: { type: 'card', ...data } }));

    expect(error).toMatchObject({ statusCode: 400, param });
    expect(JSON.stringify(error.raw)).not.toContain('4242424242424242');
    expect(app.world.table.dump().payments).toEqual(before);
  });

  it('beside a payment method is refused', async () => {
    const both = { payment_method: 'pm_card_visa', payment_method_data: { type: 'card', card: { token: 'tok_visa' } } };

    expect(await thrown(draft(both as never))).toMatchObject({ statusCode: 400, code: 'parameters_exclusive' });
  });
});

it('a hold is asked for the card alone by payment_method_options', async () => {
  const held = await draft({
    payment_method: 'pm_card_visa',
    confirm: true,
    payment_method_options: { card: { capture_method: 'manual' } },
  });

  expect(held).toMatchObject({ status: 'requires_capture', capture_method: 'manual', amount_capturable: 2_000 });
});
