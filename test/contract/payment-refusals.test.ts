/** What a payment intent, a payment method and a setup intent refuse, each with its code and its `param`. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const { post } = rawOf(app);
const pay = (method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: method, confirm: true, ...more });
const draft = () => stripe.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: 'pm_card_visa' });
const hold = (method: string) => pay(method, { capture_method: 'manual' });

describe('a payment intent', () => {
  it('whose capture the channel refuses answers the refusal, and stays held (charge_expired_for_capture)', async () => {
    const { id } = await hold('pm_card_sandbox_captureFails');

    const error = await thrown(stripe.paymentIntents.capture(id));

    expect(error).toMatchObject({ statusCode: 400, code: 'charge_expired_for_capture' });
    expect(error.payment_intent).toEqual(await stripe.paymentIntents.retrieve(id));
    expect(error.payment_intent).toMatchObject({ id, status: 'requires_capture', amount_capturable: 2_000 });
  });

  it('keeps the customer that it has, and the refusal shows it', async () => {
    const [ada, eve] = [await stripe.customers.create({}), await stripe.customers.create({})];
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd', customer: ada.id });

    expect(await thrown(stripe.paymentIntents.update(id, { customer: eve.id }))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      param: 'customer',
      payment_intent: { id, customer: ada.id },
    });
  });

  it.each(['canceled', 'requires_capture'])('that is %s is not confirmed', async (status) => {
    const { id } = status === 'canceled' ? await draft() : await hold('pm_card_visa');
    if (status === 'canceled') await stripe.paymentIntents.cancel(id);

    const error = await thrown(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }));

    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(error.message).toContain(
      `because it has a status of ${status}. Only a PaymentIntent with one of the following`,
    );
    expect(error.payment_intent).toMatchObject({ id, status });
  });

  it('is confirmed 30 times at the most', async () => {
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });
    const confirm = () => thrown(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));
    for (let n = 0; n < 30; n++) expect((await confirm()).statusCode).toBe(402);

    expect(await confirm()).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
  });

  it.each(['requires_payment_method', 'succeeded', 'canceled'])('that is %s is not captured', async (status) => {
    const { id } =
      status === 'succeeded'
        ? await pay('pm_card_visa')
        : await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });
    if (status === 'canceled') await stripe.paymentIntents.cancel(id);

    const error = await thrown(stripe.paymentIntents.capture(id));

    expect(error).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      message: `This PaymentIntent could not be captured because it has a status of ${status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
      payment_intent: { id },
    });
  });

  it('that was captured in part has nothing left to capture', async () => {
    const { id } = await hold('pm_card_visa');
    await stripe.paymentIntents.capture(id, { amount_to_capture: 500 });

    expect(await thrown(stripe.paymentIntents.capture(id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      message:
        'The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released.',
    });
  });

  it.each([
    ['return_url', 'return_url=https://shop.example'],
    ['off_session', 'off_session=true'],
    ['error_on_requires_action', 'error_on_requires_action=true'],
  ])('takes %s only together with confirm', async (param, pair) => {
    expect(await post('/v1/payment_intents', `amount=2000&currency=usd&${pair}`)).toMatchObject({ status: 400, param });
  });

  it('takes no statement_descriptor for a card, but a suffix', async () => {
    expect(await post('/v1/payment_intents', 'amount=2000&currency=usd&statement_descriptor=SHOP')).toMatchObject({
      status: 400,
      param: 'statement_descriptor',
    });
    expect(
      await post('/v1/payment_intents', 'amount=2000&currency=usd&statement_descriptor_suffix=ORDER+7'),
    ).toMatchObject({ statement_descriptor: null, statement_descriptor_suffix: 'ORDER 7' });
    for (const suffix of ['x'.repeat(23), '1234', 'a<b', "a'b", 'a*b'])
      expect(
        await post('/v1/payment_intents', `amount=2000&currency=usd&statement_descriptor_suffix=${suffix}`),
      ).toMatchObject({ status: 400, param: 'statement_descriptor_suffix' });
  });

  it('may be confirmed with another way to capture', async () => {
    const { id } = await draft();

    expect(await stripe.paymentIntents.confirm(id, { capture_method: 'manual' })).toMatchObject({
      status: 'requires_capture',
      capture_method: 'manual',
    });
    const publishable = app.client({ key: app.merchant.test.publishableKey });
    const other = await draft();
    expect(
      await thrown(
        publishable.paymentIntents.confirm(other.id, {
          client_secret: other.client_secret!,
          capture_method: 'manual',
        } as never),
      ),
    ).toMatchObject({ statusCode: 403 });
  });

  it('of a live key has nowhere to go yet', async () => {
    const live = app.client({ key: (await app.world.merchant({ live: true })).live!.secretKey });
    const { id: method } = await live.paymentMethods.create({
      type: 'card',
      card: { number: '4111111111111111', exp_month: 12, exp_year: 2034, cvc: '123' },
    });

    const error = await thrown(
      live.paymentIntents.create({ amount: 2000, currency: 'usd', payment_method: method, confirm: true }),
    );

    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining('No live channel') as string });
  });
});

describe('a payment method', () => {
  it('of another customer, of none, and one that is spent do not pay', async () => {
    const [ada, eve] = [await stripe.customers.create({}), await stripe.customers.create({})];
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: ada.id });
    const spent = (await pay('pm_card_visa')).payment_method as string;

    expect(await thrown(pay(id, { customer: eve.id }))).toMatchObject({ statusCode: 400, param: 'payment_method' });
    expect(await thrown(pay(id))).toMatchObject({ statusCode: 400, code: 'parameter_missing', param: 'customer' });
    expect((await thrown(pay(spent))).message).toContain('It may not be used again');
    await stripe.paymentMethods.detach(id);
    expect((await thrown(pay(id, { customer: ada.id }))).message).toContain('It may not be used again');
    expect(await thrown(stripe.paymentMethods.attach(id, { customer: ada.id }))).toMatchObject({ statusCode: 400 });
  });

  it('is made of no token that is none, of no test card in live mode and of no live card in test mode', async () => {
    const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034 };
    const live = app.client({ key: (await app.world.merchant({ live: true })).live!.secretKey });
    const create = (of: Stripe, given: object) => thrown(of.paymentMethods.create({ type: 'card', card: given }));

    expect(await create(stripe, { token: 'tok_nope' })).toMatchObject({
      code: 'resource_missing',
      param: 'card[token]',
    });
    for (const given of [{ token: 'tok_visa' }, card])
      expect(await create(live, given)).toMatchObject({ code: 'card_declined', decline_code: 'live_mode_test_card' });
    expect(await create(stripe, { ...card, number: '4111111111111111' })).toMatchObject({
      code: 'card_declined',
      decline_code: 'test_mode_live_card',
    });
    expect(await create(stripe, { ...card, number: '42424242' })).toMatchObject({ code: 'invalid_number' });
  });

  it('expires in no past year and in no thirteenth month', async () => {
    const { id: customer } = await stripe.customers.create({});
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    const update = (card: Stripe.PaymentMethodUpdateParams.Card) => thrown(stripe.paymentMethods.update(id, { card }));

    expect(await update({ exp_month: 12, exp_year: 2020 })).toMatchObject({ code: 'invalid_expiry_year' });
    expect(await update({ exp_month: 13 })).toMatchObject({ code: 'invalid_expiry_month' });
  });

  it('is its customer’s only, in the path and as the default', async () => {
    const [ada, eve] = [await stripe.customers.create({}), await stripe.customers.create({})];
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: ada.id });
    const fallback = (method: string) => ({ invoice_settings: { default_payment_method: method } });
    const param = 'invoice_settings[default_payment_method]';

    expect(await thrown(stripe.customers.retrievePaymentMethod(eve.id, id))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'payment_method',
    });
    expect(await thrown(stripe.customers.update(eve.id, fallback(id)))).toMatchObject({ statusCode: 400, param });
    expect(await thrown(stripe.customers.update(eve.id, fallback('pm_0')))).toMatchObject({
      code: 'resource_missing',
      param,
    });
    expect(await thrown(stripe.customers.create(fallback(id)))).toMatchObject({ code: 'resource_missing', param });
  });
});

describe('a setup intent', () => {
  it('keeps its customer, and is confirmed 30 times at the most', async () => {
    const [ada, eve] = [await stripe.customers.create({}), await stripe.customers.create({})];
    const { id } = await stripe.setupIntents.create({ customer: ada.id });
    const confirm = () => thrown(stripe.setupIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));

    expect(await thrown(stripe.setupIntents.update(id, { customer: eve.id }))).toMatchObject({ param: 'customer' });
    for (let n = 0; n < 30; n++) expect((await confirm()).statusCode).toBe(402);
    expect(await confirm()).toMatchObject({
      statusCode: 400,
      code: 'setup_intent_unexpected_state',
      setup_intent: { id, status: 'requires_payment_method' },
    });
  });

  it.each([
    ['offline', { type: 'offline', online: { ip_address: '1.1.1.1', user_agent: 'x' } }, '[online]'],
    ['online', { type: 'online', offline: {}, online: { ip_address: '1.1.1.1', user_agent: 'x' } }, '[offline]'],
    ['online', { type: 'online', online: { ip_address: '1.1.1.1' } }, '[online][user_agent]'],
  ])('takes of an %s agreement what belongs to it alone, and all of it', async (_, acceptance, member) => {
    const params = {
      payment_method: 'pm_card_visa',
      confirm: true,
      mandate_data: { customer_acceptance: acceptance },
    };

    expect(
      await post('/v1/setup_intents', JSON.stringify(params), { 'content-type': 'application/json' }),
    ).toMatchObject({ status: 400, param: `mandate_data[customer_acceptance]${member}` });
  });
});
