/** Mandates with the official SDK: what a payer agreed to when a card was set up. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const newCustomer = async (): Promise<string> => (await stripe.customers.create({})).id;

describe('a mandate', () => {
  const online = { ip_address: '203.0.113.7', user_agent: 'Mozilla/5.0' };

  it('is what the payer agreed to, until the card is detached', async () => {
    const customer = await newCustomer();
    const intent = await stripe.setupIntents.create({
      customer,
      payment_method: 'pm_card_visa',
      confirm: true,
      mandate_data: { customer_acceptance: { type: 'online', accepted_at: 1_700_000_000, online } },
      expand: ['mandate'],
    });
    const { id } = intent.mandate as Stripe.Mandate;

    const mandate = await stripe.mandates.retrieve(id, { expand: ['payment_method'] });

    expect(mandate).toMatchObject({
      id: expect.stringMatching(/^mandate_[0-9A-Za-z]{22}$/),
      object: 'mandate',
      customer_acceptance: { type: 'online', accepted_at: 1_700_000_000, online },
      livemode: false,
      multi_use: {},
      payment_method: { id: intent.payment_method, customer },
      payment_method_details: { type: 'card', card: {} },
      status: 'active',
      type: 'multi_use',
    });
    expect(intent.mandate).toEqual({ ...mandate, payment_method: intent.payment_method });
    await stripe.paymentMethods.detach(intent.payment_method as string);
    expect((await stripe.mandates.retrieve(id)).status).toBe('inactive');
  });

  it('is made by the confirmation that succeeds, and of an agreement only', async () => {
    const offline = { mandate_data: { customer_acceptance: { type: 'offline' as const, offline: {} } } };
    const [asked, silent] = [await stripe.setupIntents.create({}), await stripe.setupIntents.create({})];

    const declined = await thrown(
      stripe.setupIntents.confirm(asked.id, { payment_method: 'pm_card_visa_chargeDeclined', ...offline }),
    );
    const agreed = await stripe.setupIntents.confirm(asked.id, { payment_method: 'pm_card_visa', ...offline });
    const quiet = await stripe.setupIntents.confirm(silent.id, { payment_method: 'pm_card_visa' });

    expect((declined.raw as { setup_intent: Stripe.SetupIntent }).setup_intent.mandate).toBeNull();
    expect((await stripe.mandates.retrieve(agreed.mandate as string)).customer_acceptance).toEqual({
      type: 'offline',
      offline: {},
      accepted_at: expect.any(Number),
    });
    expect(quiet.mandate).toBeNull();
  });

  it('is refused without its place, and is not found where there is none', async () => {
    const { id } = await stripe.setupIntents.create({ payment_method: 'pm_card_visa' });
    const mandate_data = { customer_acceptance: { type: 'online' as const, online: { ...online, user_agent: '' } } };

    expect(await thrown(stripe.setupIntents.confirm(id, { mandate_data }))).toMatchObject({
      code: 'parameter_missing',
      param: 'mandate_data[customer_acceptance][online][user_agent]',
    });
    expect(await thrown(stripe.mandates.retrieve(id.replace('seti', 'mandate')))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });

  it('still holds when the card is attached after it was set up', async () => {
    const offline = { customer_acceptance: { type: 'offline' as const, offline: {} } };
    const intent = await stripe.setupIntents.create({
      payment_method: 'pm_card_visa',
      confirm: true,
      mandate_data: offline,
    });
    const mandate = intent.mandate as string;
    const before = await stripe.mandates.retrieve(mandate);

    await stripe.paymentMethods.attach(intent.payment_method as string, { customer: await newCustomer() });
    const attached = await stripe.mandates.retrieve(mandate);
    await stripe.paymentMethods.detach(intent.payment_method as string);

    expect([before.status, attached.status]).toEqual(['active', 'active']);
    expect((await stripe.mandates.retrieve(mandate)).status).toBe('inactive');
  });
});
