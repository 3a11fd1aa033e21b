/** Stripe's parameters that Sluice does not use: ignored where they change nothing, otherwise refused with a reason, and never as unknown. */
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;
const { post, send } = rawOf(app);

const TELEMETRY =
  'guid=a&muid=b&sid=c&payment_user_agent=stripe.js&time_on_page=1234&referrer=https%3A%2F%2Fshop.example&pasted_fields=number&client_attribution_metadata[client_session_id]=x';

describe('what changes nothing', () => {
  it('is accepted when a payment is created, changed, confirmed and captured', async () => {
    const details = { amount_details: { shipping: { amount: 100 } }, payment_details: { order_reference: 'o-1' } };
    const created = await stripe.paymentIntents.create({
      amount: 2_000,
      currency: 'usd',
      capture_method: 'manual',
      payment_method_configuration: 'pmc_1',
      radar_options: { session: 'rse_1' },
      payment_method_options: {
        affirm: { capture_method: 'manual' },
        us_bank_account: { verification_method: 'instant' },
      },
      ...details,
    });
    await stripe.paymentIntents.update(created.id, { payment_method_configuration: 'pmc_1', ...details });
    const held = await stripe.paymentIntents.confirm(created.id, {
      payment_method: 'pm_card_visa',
      radar_options: { session: 'rse_1' },
      ...details,
    });
    const captured = await stripe.paymentIntents.capture(created.id, details);

    expect(created.payment_method_options).toEqual({ card: expect.anything() as unknown });
    expect([held.status, captured.status]).toEqual(['requires_capture', 'succeeded']);
  });

  it('is accepted from Stripe.js: with a payment method, a token and the data of a confirmation', async () => {
    const intent = await stripe.paymentIntents.create({ amount: 2_000, currency: 'usd' });
    const data = TELEMETRY.replaceAll(/(^|&)(\w+)/g, '$1payment_method_data[$2]');
    const method = await send('POST', '/v1/payment_methods', `type=card&card[token]=tok_visa&${TELEMETRY}`);
    const token = await send(
      'POST',
      '/v1/tokens',
      `card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&${TELEMETRY}`,
    );
    const paid = await send(
      'POST',
      `/v1/payment_intents/${intent.id}/confirm`,
      `payment_method_data[type]=card&payment_method_data[card][token]=tok_visa&expected_payment_method_type=card&${data}&${TELEMETRY}`,
    );

    expect([method.status, token.status, paid.status]).toEqual([200, 200, 200]);
  });

  it.each([
    [
      'payment_intents',
      'payment_method_options[card][moto]=False&payment_method_options[card][installments][enabled]=false',
    ],
    ['setup_intents', 'payment_method_options[card][moto]=false&attach_to_self=false'],
    ['customers', 'balance=0&cash_balance[settings][reconciliation_mode]=automatic&tax[ip_address]='],
    [
      'checkout/sessions',
      'after_expiration[recovery][enabled]=false&name_collection[business][enabled]=false&consent_collection[terms_of_service]=none&wallet_options[link][display]=never&payment_method_collection=always&customer_update[name]=never',
    ],
  ])('is accepted where a value means what happens anyway: %s', async (path, idle) => {
    const needed: Readonly<Record<string, string>> = {
      payment_intents: 'amount=2000&currency=usd',
      'checkout/sessions': 'mode=setup&currency=usd&success_url=https%3A%2F%2Fshop.example%2F',
    };

    expect((await send('POST', `/v1/${path}`, `${needed[path] ?? ''}&${idle}`)).status).toBe(200);
  });

  it.each([
    ['payment_method_options[card][moto]=true', 'payment_method_options[card][moto]'],
    ['payment_method_options[card][installments][enabled]=true', 'payment_method_options[card][installments]'],
    [
      'payment_method_options[card][installments][enabled]=false&payment_method_options[card][installments][plan][count]=3',
      'payment_method_options[card][installments]',
    ],
    ['payment_method_options[card][moto][x]=false', 'payment_method_options[card][moto]'],
  ])('any other value is refused: %s', async (body, param) => {
    expect(await post('/v1/payment_intents', `amount=2000&currency=usd&${body}`)).toMatchObject({ status: 400, param });
  });

  it('is accepted from Stripe.js: its headers among the parameters count as headers', async () => {
    const { id, client_secret: secret } = await stripe.paymentIntents.create({ amount: 2_000, currency: 'usd' });
    const asked = `/v1/payment_intents/${id}?client_secret=${secret}&is_stripe_sdk=false&key=${app.merchant.test.publishableKey}`;
    const own = app.merchant.merchant;
    const read = async (more: string, headers = {}) => {
      const response = await app.fetch(`${asked}&${more}`, { headers });
      const { error } = (await response.json()) as { error?: object };
      const version = response.headers.get('stripe-version');
      return { status: response.status, version, account: response.headers.get('stripe-account'), ...error };
    };

    expect(await read(`_stripe_version=2024-06-20&_stripe_account=${own}`)).toEqual({
      status: 200,
      version: '2024-06-20',
      account: own,
    });
    expect(await read('_stripe_version=2024-06-20', { 'stripe-version': '2023-10-16' })).toMatchObject({
      version: '2023-10-16',
    });
    expect(await read('_stripe_version=latest')).toMatchObject({ status: 400 });
    expect(await read('_stripe_account=acct_other')).toMatchObject({ status: 403, code: 'account_invalid' });
    const confirmed = await post(
      `/v1/payment_intents/${id}/confirm`,
      `payment_method=pm_card_visa&_stripe_account=${own}&_stripe_version=2024-06-20&is_stripe_sdk=true`,
    );
    expect(confirmed).toMatchObject({ id, invoice: null });
  });

  it('is accepted from Stripe.js with what is created', async () => {
    for (const path of ['payment_intents?amount=2000&currency=usd', 'setup_intents?', 'customers?'])
      expect((await send('POST', `/v1/${path}`, TELEMETRY)).status).toBe(200);
  });

  it('is accepted in each line item of a session', async () => {
    const line = {
      price_data: { currency: 'usd', unit_amount: 900, tax_behavior: 'inclusive', product_data: { name: 'Tea' } },
      quantity: 1,
    } as const;

    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'https://shop.example/',
      payment_method_configuration: 'pmc_1',
      line_items: [line, line],
    });

    expect(session.amount_total).toBe(1_800);
  });

  it('counts as part of the request under its idempotency key', async () => {
    const create = (session: string) =>
      stripe.paymentIntents.create(
        { amount: 2_000, currency: 'usd', radar_options: { session } },
        { idempotencyKey: 'radar-1' },
      );
    const first = await create('rse_1');

    expect((await create('rse_1')).id).toBe(first.id);
    expect(await thrown(create('rse_2'))).toMatchObject({ type: 'StripeIdempotencyError' });
  });
});

describe('what would change something', () => {
  it.each([
    ['/v1/payment_intents', 'amount=2000&currency=usd&on_behalf_of=acct_1', 'on_behalf_of', /connected accounts/],
    ['/v1/payment_intents', 'amount=2000&currency=usd&application_fee_amount=1', 'application_fee_amount', /fees/],
    [
      '/v1/payment_intents',
      'amount=2000&currency=usd&confirmation_token=ctoken_1',
      'confirmation_token',
      /payment_method/,
    ],
    [
      '/v1/payment_intents',
      'amount=2000&currency=usd&payment_method_options[card][moto]=true',
      'payment_method_options[card][moto]',
      /telephone/,
    ],
    [
      '/v1/payment_intents',
      'amount=2000&currency=usd&payment_method_data[type]=affirm&payment_method_data[affirm][a]=b',
      'payment_method_data[affirm]',
      /not served/,
    ],
    ['/v1/setup_intents', 'single_use[amount]=1', 'single_use', /more than once/],
    ['/v1/charges', 'amount=2000&currency=usd&destination=acct_1', 'destination', /connected accounts/],
    ['/v1/refunds', 'charge=ch_1&customer=cus_1', 'customer', /customer balance/],
    ['/v1/disputes/du_1', 'evidence[appeal][card][reason_for_filing]=x', 'evidence[appeal]', /appealed/],
    ['/v1/customers', 'coupon=C', 'coupon', /coupons/],
    ['/v1/customers/cus_1', 'promotion_code=promo_1', 'promotion_code', /promotion codes/],
    ['/v1/customers/cus_1', 'default_card=card_1', 'default_card', /default_source/],
    ['/v1/customers/cus_1', 'bank_account[country]=US', 'bank_account', /Bank accounts/],
    ['/v1/payment_methods/pm_1', 'payto[pay_id]=1', 'payto', /not served/],
    ['/v1/payment_methods/pm_1', 'card[exp_year]=2034&naver_pay[funding]=card', 'naver_pay', /not served/],
    ['/v1/products', 'name=A&attributes[0]=size', 'attributes', /SKUs/],
    ['/v1/products/prod_1', 'features[0][name]=A', 'features', /marketing_features/],
    ['/v1/prices/price_1', 'recurring[trial_period_days]=1', 'recurring', /subscriptions/],
    ['/v1/checkout/sessions', 'shipping_rates[0]=shr_1', 'shipping_rates', /shipping rates/],
    [
      '/v1/checkout/sessions',
      'line_items[0][price]=price_1&line_items[0][dynamic_tax_rates][0]=txr_1',
      'line_items[0][dynamic_tax_rates]',
      /Billing/,
    ],
    ['/v1/checkout/sessions', 'line_items[0][name]=Tea&line_items[0][amount]=1', 'line_items[0][amount]', /price_data/],
    ['/v1/tokens', 'pii[id_number]=1', 'pii', /Only cards/],
    ['/v1/payouts', 'amount=1&currency=usd&payout_method=pm_1', 'payout_method', /bank account/],
    ['/v1/checkout/sessions', 'discounts[0][coupon]=C', 'discounts', /coupons/],
    [
      '/v1/checkout/sessions',
      'line_items[0][price]=price_1&line_items[1][price_data][recurring][interval]=month',
      'line_items[1][price_data][recurring]',
      /Billing/,
    ],
    [
      '/v1/prices',
      'currency_options[eur][unit_amount]=1&currency_options[jpy][tiers][0][up_to]=inf',
      'currency_options[jpy][tiers]',
      /Tiers/,
    ],
    [
      '/v1/products',
      'default_price_data[currency_options][4242424242424242][tiers][0][up_to]=inf',
      'default_price_data[currency_options][…][tiers]',
      /Tiers/,
    ],
  ])('%s %s is refused with its reason', async (path, body, param, reason) => {
    const refusal = await post(path, body);

    expect(refusal).toMatchObject({ status: 400, type: 'invalid_request_error', param });
    expect(refusal.message).toMatch(reason);
    expect(refusal.code).toBeUndefined();
  });

  it('is unknown elsewhere (parameter_unknown)', async () => {
    expect(await post('/v1/customers', 'radar_options[session]=rse_1')).toMatchObject({ code: 'parameter_unknown' });
  });
});

describe('transfer_group', () => {
  it('of a payment is on its charge, and each may be given another', async () => {
    const paid = await stripe.paymentIntents.create({
      amount: 2_000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
      transfer_group: 'ORDER_1',
    });
    const id = paid.latest_charge as string;
    const charge = await stripe.charges.retrieve(id);
    const changed = await stripe.charges.update(id, { transfer_group: 'ORDER_2' });
    const intent = await stripe.paymentIntents.update(paid.id, { transfer_group: 'ORDER_3' });

    expect([paid.transfer_group, charge.transfer_group]).toEqual(['ORDER_1', 'ORDER_1']);
    expect([changed.transfer_group, intent.transfer_group]).toEqual(['ORDER_2', 'ORDER_3']);
    expect((await stripe.charges.retrieve(id)).transfer_group).toBe('ORDER_2');
  });

  it('is kept by charges without an intent, also from their capture', async () => {
    const made = await stripe.charges.create({
      amount: 900,
      currency: 'usd',
      source: 'tok_visa',
      capture: false,
      transfer_group: 'ORDER_1',
    });
    const captured = await stripe.charges.capture(made.id, { transfer_group: 'ORDER_2' });

    expect([made.transfer_group, captured.transfer_group]).toEqual(['ORDER_1', 'ORDER_2']);
  });
});

it('a setup intent keeps automatic_payment_methods', async () => {
  const { id, automatic_payment_methods: automatic } = await stripe.setupIntents.create({
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  });

  expect(automatic).toEqual({ enabled: true, allow_redirects: 'never' });
  expect((await stripe.setupIntents.retrieve(id)).automatic_payment_methods).toEqual(automatic);
  expect((await stripe.setupIntents.create({})).automatic_payment_methods).toBeNull();
});

it('a declined attach carries the whole payment method', async () => {
  const { id } = await stripe.customers.create({});
  const declined = await thrown(stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer: id }));

  expect(declined).toMatchObject({
    code: 'card_declined',
    payment_method: { object: 'payment_method', type: 'card', card: { brand: 'visa', last4: '0002' }, customer: null },
  });
});

it.each([
  ['2023-10-16', 'automatic'],
  ['2024-04-10', 'automatic_async'],
])('as of %s a payment is captured %s unless it says otherwise', async (version, method) => {
  const intent = await stripe.paymentIntents.create({ amount: 2_000, currency: 'usd' }, { apiVersion: version });

  expect(intent.capture_method).toBe(method);
});
