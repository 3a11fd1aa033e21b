/** A payer who comes back, on the deployed stack: the card is kept, found, charged without the payer, disputed, and detached. */
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Merchant, newMerchant } from '../world/deployed.ts';

let merchant: Merchant;
let stripe: Stripe;
let customer: string;
beforeAll(async () => {
  merchant = await newMerchant();
  stripe = merchant.stripe;
  customer = (await stripe.customers.create({ email: 'ada@example.com', metadata: { tier: 'gold' } })).id;
});

const idsOf = (page: { data: readonly { id: string }[] }): readonly string[] => page.data.map(({ id }) => id);
const found = async (search: () => Promise<{ data: readonly { id: string }[] }>) =>
  eventually(async () => {
    const ids = idsOf(await search());
    return ids.length > 0 ? ids : undefined;
  });

describe('a returning payer', () => {
  it('types the card in once: it is kept with the first payment, and pays again without its owner', async () => {
    const typed = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' },
    });
    const first = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      customer,
      payment_method: typed.id,
      setup_future_usage: 'off_session',
      confirm: true,
    });

    expect(idsOf(await stripe.customers.listPaymentMethods(customer))).toEqual([first.payment_method]);
    const again = await stripe.paymentIntents.create({
      amount: 900,
      currency: 'usd',
      customer,
      payment_method: typed.id,
      off_session: true,
      confirm: true,
      metadata: { plan: 'monthly' },
    });
    expect(again.status).toBe('succeeded');
    await eventually(async () =>
      (await stripe.paymentIntents.list({ customer })).data.length === 2 ? true : undefined,
    );
    expect(await found(() => stripe.paymentIntents.search({ query: 'metadata["plan"]:"monthly"' }))).toEqual([
      again.id,
    ]);
    expect(await found(() => stripe.customers.search({ query: 'email:"ada@example.com"' }))).toEqual([customer]);
    const charges = { query: `customer:"${customer}" AND amount:900` };
    expect(await found(() => stripe.charges.search(charges))).toEqual([again.latest_charge]);
  });

  it('updates the expiry and agrees to later charges: the next charge is made with both', async () => {
    const [method] = idsOf(await stripe.customers.listPaymentMethods(customer));
    await stripe.paymentMethods.update(method!, { card: { exp_month: 2, exp_year: 2041 } });
    const intent = await stripe.setupIntents.create({
      customer,
      payment_method: method!,
      confirm: true,
      mandate_data: { customer_acceptance: { type: 'offline', offline: {} } },
    });

    const paid = await stripe.paymentIntents.create({
      amount: 700,
      currency: 'usd',
      customer,
      payment_method: method!,
      off_session: true,
      confirm: true,
      expand: ['latest_charge'],
    });

    const { payment_method_details: details } = paid.latest_charge as Stripe.Charge;
    expect(details!.card).toMatchObject({ exp_month: 2, exp_year: 2041 });
    expect(await stripe.mandates.retrieve(intent.mandate as string)).toMatchObject({
      payment_method: method,
      status: 'active',
    });
  });

  it('disputes a charge, and the merchant wins it with evidence: the money comes back', async () => {
    const paid = await stripe.paymentIntents.create({
      amount: 5000,
      currency: 'usd',
      customer,
      payment_method: 'pm_card_createDispute',
      confirm: true,
    });
    const [opened] = await eventually(async () => {
      const { data } = await stripe.disputes.list({ payment_intent: paid.id });
      return data.length > 0 ? data : undefined;
    });
    expect(opened).toMatchObject({ status: 'needs_response', amount: 5000, reason: 'fraudulent' });

    await stripe.disputes.update(opened!.id, { evidence: { uncategorized_text: 'winning_evidence' } });

    expect(
      await eventually(async () => {
        const { status } = await stripe.disputes.retrieve(opened!.id);
        return status === 'won' ? status : undefined;
      }),
    ).toBe('won');
  });

  it('asks to be forgotten: the card is detached and pays no more', async () => {
    const [method] = idsOf(await stripe.customers.listPaymentMethods(customer));
    await stripe.customers.update(customer, {
      email: 'ada@new.example',
      invoice_settings: { default_payment_method: method! },
    });
    expect(idsOf(await stripe.customers.list({ email: 'ada@example.com' }))).toEqual([]);
    expect(idsOf(await stripe.customers.list({ email: 'ada@new.example' }))).toEqual([customer]);

    await stripe.paymentMethods.detach(method!);
    expect(idsOf(await stripe.customers.listPaymentMethods(customer))).toEqual([]);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({
      invoice_settings: { default_payment_method: null },
    });
    const other = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    expect(await stripe.customers.del(customer)).toMatchObject({ deleted: true });
    const error = await stripe.paymentIntents
      .create({ amount: 900, currency: 'usd', payment_method: method!, confirm: true })
      .catch((thrown: unknown) => thrown as Stripe.errors.StripeError);
    expect(error).toMatchObject({ statusCode: 400 });
    expect((await stripe.paymentMethods.retrieve(other.id)).customer).toBeNull();
    expect(idsOf(await stripe.customers.list({ email: 'ada@new.example' }))).toEqual([]);
  });
});
