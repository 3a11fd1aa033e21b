/** What would keep a wallet for later payments, with the official SDK: each request is refused before anything is written or sent (ADR 0033). */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { BACK, walletSteps } from '../scenarios/wallet-sdk.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { create, pay, decide } = walletSteps(app);
const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;

const refused = { statusCode: 400, type: 'StripeInvalidRequestError' };
const wallet = async (type: (typeof WALLETS)[number]) => (await stripe.paymentMethods.create({ type })).id;
/** Every item of the payments table, and what the channel was sent. */
const traces = () => [
  app.world.table
    .items('payments')
    .map(({ pk, sk, v }) => `${pk} ${sk} ${v}`)
    .sort(),
  app.sandboxCharges().length,
];
/** The refusal, after which nothing has changed. */
async function refusalOf(request: () => Promise<unknown>) {
  await app.settleDown();
  const before = traces();
  const error = await thrown(request());
  await app.settleDown();
  expect(traces()).toEqual(before);
  return error;
}

describe.each(WALLETS)('%s', (type) => {
  it('is attached to no customer, also after it has paid', async () => {
    const customer = (await stripe.customers.create({})).id;
    const id = await wallet(type);
    const unsupported = {
      ...refused,
      code: 'payment_method_unsupported_type',
      message: `PaymentMethods of type '${type}' cannot be saved to customers.`,
    };

    expect(await refusalOf(() => stripe.paymentMethods.attach(id, { customer }))).toMatchObject(unsupported);
    const intent = await pay(type, { payment_method_data: undefined as never, payment_method: id, customer });
    await decide(intent, 'approve');
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
    expect(await refusalOf(() => stripe.paymentMethods.attach(id, { customer }))).toMatchObject(refused);
    expect((await stripe.paymentMethods.retrieve(id)).customer).toBeNull();
  });

  it('is no default of a customer, and no source', async () => {
    const customer = (await stripe.customers.create({})).id;
    const id = await wallet(type);

    for (const request of [
      () => stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } }),
      () => stripe.customers.update(customer, { source: id }),
      () => stripe.customers.update(customer, { default_source: id }),
      () => stripe.customers.createSource(customer, { source: id }),
      () => stripe.customers.create({ payment_method: id }),
      () => stripe.customers.create({ source: id }),
    ])
      expect(await refusalOf(request)).toMatchObject(refused);
  });

  it('pays no payment whose method is to be kept', async () => {
    const kept = { setup_future_usage: 'off_session' } as const;
    const { id } = await create({ payment_method_types: [type] });
    const message = `The payer approves each payment with ${type}: \`setup_future_usage\` cannot be used where payment_method_types include \`${type}\`.`;

    for (const request of [
      () => create({ payment_method_types: ['card', type], ...kept }),
      () => pay(type, kept),
      () => stripe.paymentIntents.update(id, kept),
      () =>
        stripe.paymentIntents.confirm(id, {
          ...kept,
          payment_method_data: { type },
          payment_method_options: { wechat_pay: { client: 'web' } },
          return_url: BACK,
        }),
    ])
      expect(await refusalOf(request)).toMatchObject({ ...refused, param: 'setup_future_usage', message });
  });

  it('is left out of automatic payment methods there, and the card is kept', async () => {
    const customer = (await stripe.customers.create({})).id;
    const intent = await create({
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      setup_future_usage: 'off_session',
      customer,
      payment_method: 'pm_card_visa',
      confirm: true,
    });

    expect(intent).toMatchObject({ status: 'succeeded', payment_method_types: ['card'] });
    expect((await stripe.customers.listPaymentMethods(customer)).data.map((method) => method.type)).toEqual(['card']);
  });

  it('is set up by no setup intent, and by no Checkout Session', async () => {
    const id = await wallet(type);
    const setup = await stripe.setupIntents.create({});
    const names = { ...refused, message: expect.stringContaining('one of the following types: card') };
    const session = {
      mode: 'setup',
      currency: 'usd',
      success_url: BACK,
      payment_method_types: [type],
    } as unknown as Stripe.Checkout.SessionCreateParams;

    for (const request of [
      () => stripe.setupIntents.create({ payment_method: id }),
      () => stripe.setupIntents.create({ payment_method: id, confirm: true, return_url: BACK }),
      () => stripe.setupIntents.update(setup.id, { payment_method: id }),
      () => stripe.setupIntents.confirm(setup.id, { payment_method: id, return_url: BACK }),
    ])
      expect(await refusalOf(request)).toMatchObject({ ...names, param: 'payment_method' });
    expect(await refusalOf(() => stripe.setupIntents.create({ payment_method_types: [type] } as object))).toMatchObject(
      {
        ...refused,
        param: expect.stringMatching(/^payment_method_types/),
      },
    );
    expect(await refusalOf(() => stripe.checkout.sessions.create(session))).toMatchObject({
      ...refused,
      param: 'payment_method_types',
    });
  });

  it('is offered by no Checkout Session whose payment method is kept', async () => {
    const sold: Stripe.Checkout.SessionCreateParams = {
      mode: 'payment',
      success_url: BACK,
      line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 2_000, product_data: { name: 'Tea' } } }],
      payment_intent_data: { setup_future_usage: 'off_session' },
      payment_method_options: { wechat_pay: { client: 'web' } },
    };
    const listed = { ...sold, payment_method_types: ['card', type] };

    expect(await refusalOf(() => stripe.checkout.sessions.create(listed))).toMatchObject({
      ...refused,
      param: 'payment_intent_data[setup_future_usage]',
    });
    expect((await stripe.checkout.sessions.create(sold)).payment_method_types).toEqual(['card']);
  });

  it('pays nothing without its payer, and has no mandate', async () => {
    const acceptance = { customer_acceptance: { type: 'offline', offline: {} } } as const;

    expect(await refusalOf(() => pay(type, { off_session: true }))).toMatchObject({ ...refused, param: 'off_session' });
    expect(await refusalOf(() => pay(type, { mandate_data: acceptance }))).toMatchObject({
      ...refused,
      param: 'mandate_data',
      message: `The payer approves each payment with ${type}, so there are no mandates for it.`,
    });
  });
});

describe('setup_future_usage of a wallet’s options', () => {
  it.each(['alipay', 'wechat_pay', 'paypal'] as const)('is `none` alone: %s', async (type) => {
    const by = (setup_future_usage: string) => ({ [type]: { setup_future_usage } }) as object;
    const reason = {
      ...refused,
      param: `payment_method_options[${type}][setup_future_usage]`,
      message:
        'The payer approves each payment by wallet: no channel of this account keeps a wallet for later payments.',
    };
    const { id } = await create({ payment_method_types: ['card', type] });

    for (const request of [
      () => create({ payment_method_types: ['card', type], payment_method_options: by('off_session') }),
      () => stripe.paymentIntents.update(id, { payment_method_options: by('off_session') }),
      () =>
        stripe.paymentIntents.confirm(id, {
          payment_method: 'pm_card_visa',
          payment_method_options: by('off_session'),
        }),
    ])
      expect(await refusalOf(request)).toMatchObject(reason);
    const none = await create({ payment_method_types: ['card', type], payment_method_options: by('none') });
    expect(none.status).toBe('requires_payment_method');
  });
});
