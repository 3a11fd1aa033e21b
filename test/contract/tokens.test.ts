/** Tokens: a card that is typed in, once; used once, in each place where Stripe takes one, and never again. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { allThrown, thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const CARD = { number: '4242424242424242', exp_month: '12', exp_year: '2034', cvc: '123' };
const newToken = (card: Partial<Stripe.TokenCreateParams.Card> = {}) =>
  stripe.tokens.create({ card: { ...CARD, ...card } });
const data = (token: string) => ({ type: 'card', card: { token } }) as const;

describe('a token', () => {
  it('shows the card as Stripe does, and is found again', async () => {
    const token = await newToken({
      name: 'Ada',
      address_line1: 'Via Po 1',
      address_zip: '10124',
      address_country: 'IT',
    });

    expect(token).toMatchObject({
      id: expect.stringMatching(/^tok_[0-9A-Za-z]{22}$/),
      object: 'token',
      client_ip: null,
      livemode: false,
      type: 'card',
      used: false,
    });
    expect(token.card).toEqual({
      id: `card_${token.id.slice(4)}`,
      object: 'card',
      address_city: null,
      address_country: 'IT',
      address_line1: 'Via Po 1',
      address_line1_check: 'unchecked',
      address_line2: null,
      address_state: null,
      address_zip: '10124',
      address_zip_check: 'unchecked',
      brand: 'Visa',
      country: 'US',
      cvc_check: 'unchecked',
      dynamic_last4: null,
      exp_month: 12,
      exp_year: 2034,
      fingerprint: expect.stringMatching(/^[0-9A-Za-z]{16}$/),
      funding: 'credit',
      last4: '4242',
      metadata: {},
      name: 'Ada',
      networks: { preferred: null },
      regulated_status: 'unregulated',
      tokenization_method: null,
    });
    const { lastResponse: _, ...found } = await stripe.tokens.retrieve(token.id);
    expect(found).toEqual(JSON.parse(JSON.stringify(token)));
  });

  it('is made with a publishable key too, and is not shown to one', async () => {
    const payer = app.client({ key: app.merchant.test.publishableKey });

    const token = await payer.tokens.create({ card: CARD });

    expect(token.id).toMatch(/^tok_/);
    expect(await thrown(payer.tokens.retrieve(token.id))).toMatchObject({
      statusCode: 403,
      code: 'secret_key_required',
    });
  });

  it('is not found under another id', async () => {
    expect(await thrown(stripe.tokens.retrieve('tok_0000000000000000000000'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such token: 'tok_0000000000000000000000'",
    });
  });

  it('is made once under one key', async () => {
    const twice = () => stripe.tokens.create({ card: CARD }, { idempotencyKey: 'one token' });

    expect((await twice()).id).toBe((await twice()).id);
  });
});

describe('what is refused as a token', () => {
  it.each([
    [{}, 400, 'parameter_missing', undefined, /^You must supply either a card, customer, PII data, bank account/],
    [{ card: 'card_1' }, 400, undefined, 'card', /needs connected accounts/],
    [{ card: { number: CARD.number } }, 400, 'parameter_missing', 'card[exp_month]', /^Missing required param/],
    [{ card: { ...CARD, pan: '1' } }, 400, 'parameter_unknown', 'card[pan]', /^Received unknown parameter/],
    [{ card: { ...CARD, exp_month: '13' } }, 402, 'invalid_expiry_month', 'exp_month', /expiration month is invalid/],
    [{ card: { ...CARD, number: '4242424242424241' } }, 402, 'incorrect_number', 'number', /number is incorrect/],
    [{ card: { ...CARD, number: '4111111111111111' } }, 402, 'card_declined', undefined, /non test \(live\) card/],
    [
      { bank_account: { country: 'US', account_number: '1' } },
      400,
      undefined,
      'bank_account',
      /Only cards are made into tokens/,
    ],
    [{ pii: { id_number: '1' } }, 400, undefined, 'pii', /Only cards are made into tokens/],
    [{ account: { business_type: 'company' } }, 400, undefined, 'account', /no platform account/],
    [{ person: { first_name: 'Ada' } }, 400, undefined, 'person', /no platform account/],
    [{ cvc_update: { cvc: '123' } }, 400, undefined, 'cvc_update', /security code is given with its card/],
    [{ card: CARD, customer: 'cus_1' }, 400, undefined, 'customer', /no platform account/],
  ] as const)('%j', async (params, statusCode, code, param, message) => {
    const before = app.itemCount('payments');

    const error = await thrown(stripe.tokens.create(params as unknown as Stripe.TokenCreateParams));

    expect([error.statusCode, error.code, error.param]).toEqual([statusCode, code, param]);
    expect(error.message).toMatch(message);
    expect(app.itemCount('payments')).toBe(before);
  });
});

describe('a token is used once', () => {
  const USES: Readonly<Record<string, (token: string) => Promise<unknown>>> = {
    'for a payment method': (token) => stripe.paymentMethods.create(data(token)),
    'for a payment': (token) =>
      stripe.paymentIntents.create({ amount: 900, currency: 'usd', confirm: true, payment_method_data: data(token) }),
    'for a payment intent that waits': (token) =>
      stripe.paymentIntents.create({ amount: 900, currency: 'usd', payment_method_data: data(token) }),
    'for a setup intent': (token) => stripe.setupIntents.create({ confirm: true, payment_method_data: data(token) }),
    'for a charge': (token) => stripe.charges.create({ amount: 900, currency: 'usd', source: token }),
  };

  it.each(Object.keys(USES))('%s', async (name) => {
    const token = await newToken();

    await USES[name]!(token.id);

    expect((await stripe.tokens.retrieve(token.id)).used).toBe(true);
    for (const again of Object.values(USES)) {
      expect(await thrown(again(token.id))).toMatchObject({
        statusCode: 400,
        code: 'token_already_used',
        message: `You cannot use a Stripe token more than once: ${token.id}.`,
      });
    }
  });

  it('by the confirmation of a payment, whose method has the billing details of the token', async () => {
    const token = await newToken({ name: 'Ada', address_city: 'Turin' });
    const intent = await stripe.paymentIntents.create({ amount: 900, currency: 'usd' });

    const paid = await stripe.paymentIntents.confirm(intent.id, {
      payment_method_data: data(token.id),
      expand: ['payment_method', 'latest_charge'],
    });

    expect(paid.status).toBe('succeeded');
    expect(paid.payment_method).toMatchObject({
      billing_details: { name: 'Ada', address: { city: 'Turin' } },
      card: { last4: '4242', fingerprint: token.card!.fingerprint },
    });
    // The security code came along: it was kept apart until this, its first authorization.
    expect((paid.latest_charge as Stripe.Charge).payment_method_details!.card!.checks!.cvc_check).toBe('pass');
    expect(app.world.table.items('cvc').some(({ sk }) => sk === token.id.slice(4))).toBe(false);
  });

  it('also where the card was declined', async () => {
    const token = await newToken({ number: '4000000000000002' });
    const pay = () => stripe.charges.create({ amount: 900, currency: 'usd', source: token.id });

    expect(await thrown(pay())).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect((await thrown(pay())).code).toBe('token_already_used');
  });

  it('by the first of five requests', async () => {
    const token = await newToken();

    const made = await Promise.allSettled(
      Array.from({ length: 5 }, () => stripe.charges.create({ amount: 900, currency: 'usd', source: token.id })),
    );

    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('to a saved card, which then pays as often as it is asked, with another expiry too', async () => {
    const token = await newToken();
    const { id: customer } = await stripe.customers.create({});
    const method = await stripe.paymentMethods.create({ ...data(token.id), metadata: { of: 'token' } });
    await stripe.paymentMethods.attach(method.id, { customer });
    await stripe.paymentMethods.update(method.id, { card: { exp_month: 11, exp_year: 2035 } });
    const pay = () =>
      stripe.paymentIntents.create({
        amount: 900,
        currency: 'usd',
        customer,
        payment_method: method.id,
        confirm: true,
      });

    expect([(await pay()).status, (await pay()).status]).toEqual(['succeeded', 'succeeded']);
    expect(await stripe.paymentMethods.retrieve(method.id)).toMatchObject({
      metadata: { of: 'token' },
      card: { exp_month: 11, exp_year: 2035 },
    });
    expect(app.world.table.items('vault').filter(({ sk }) => sk === token.id.slice(4))).toMatchObject([
      { expMonth: 11n, expYear: 2035n },
    ]);
  });

  it('and never by another merchant, nor in the other mode', async () => {
    const token = await newToken();
    const other = app.client({ key: (await app.newMerchant()).test.secretKey });

    for (const error of await allThrown([
      other.paymentMethods.create(data(token.id)),
      other.paymentIntents.create({ amount: 900, currency: 'usd', payment_method_data: data(token.id) }),
      other.setupIntents.create({ payment_method_data: data(token.id) }),
      other.charges.create({ amount: 900, currency: 'usd', source: token.id }),
    ]))
      expect(error).toMatchObject({ statusCode: 400, code: 'resource_missing' });
    expect((await stripe.tokens.retrieve(token.id)).used).toBe(false);
  });
});
