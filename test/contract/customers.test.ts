/** Customers and their payment methods with the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const eventsOf = (type: string, id: string) => eventsWithObject(app, id, type);

describe('customers', () => {
  it('are created with all that is known of them, and retrieved', async () => {
    const made = await stripe.customers.create({
      name: 'Jenny Rosen',
      email: 'jenny@example.com',
      phone: '+15555550100',
      description: 'First',
      address: { line1: '1 Main St', city: 'Springfield', country: 'US' },
      shipping: { name: 'J. Rosen', address: { line1: '2 Side St' } },
      preferred_locales: ['en'],
      tax_exempt: 'exempt',
      metadata: { tier: 'gold' },
    });

    expect(made).toMatchObject({
      id: expect.stringMatching(/^cus_[0-9A-Za-z]{22}$/),
      object: 'customer',
      name: 'Jenny Rosen',
      email: 'jenny@example.com',
      address: { line1: '1 Main St', line2: null, city: 'Springfield', country: 'US' },
      shipping: { name: 'J. Rosen', address: { line1: '2 Side St', city: null }, phone: null },
      balance: 0,
      tax_exempt: 'exempt',
      metadata: { tier: 'gold' },
      livemode: false,
    });
    expect(await stripe.customers.retrieve(made.id)).toEqual(
      expect.objectContaining({ id: made.id, phone: '+15555550100' }),
    );
    expect(await eventsOf('customer.created', made.id)).toHaveLength(1);
  });

  it('are updated member by member: an empty value removes one, and the event shows the previous values', async () => {
    const { id } = await stripe.customers.create({
      name: 'A',
      email: 'a@example.com',
      metadata: { keep: '1', drop: '2' },
    });

    const updated = await stripe.customers.update(id, {
      name: '',
      description: 'new',
      metadata: { drop: '', more: '3' },
    });

    expect(updated).toMatchObject({
      name: null,
      email: 'a@example.com',
      description: 'new',
      metadata: { keep: '1', more: '3' },
    });
    const [event] = await eventsOf('customer.updated', id);
    expect(event!.data.previous_attributes).toEqual({
      name: 'A',
      description: null,
      metadata: { drop: '2', more: null },
    });
  });

  it('keep the lines of an address and of shipping that an update does not mention', async () => {
    const { id } = await stripe.customers.create({
      address: { line1: '1 Main St', line2: 'Back door', city: 'Springfield' },
      shipping: { name: 'A', phone: '1', address: { line1: '2 Side St', city: 'Springfield' } },
    });

    const updated = await stripe.customers.update(id, {
      address: { line1: '9 New St', line2: '' },
      shipping: { name: 'A', address: { city: 'Shelbyville' } },
    });

    expect(updated.address).toMatchObject({ line1: '9 New St', line2: null, city: 'Springfield' });
    expect(updated.shipping).toMatchObject({ phone: '1', address: { line1: '2 Side St', city: 'Shelbyville' } });
    expect((await stripe.customers.update(id, { address: '', shipping: '' })).address).toBeNull();
  });

  it('are found by e-mail address at once, at any place in the list, and by their new one after a change', async () => {
    const emails = ['Ann@example.com', 'ann@example.com'];
    const [upper, lower] = await Promise.all(emails.map((email) => stripe.customers.create({ email })));
    const listed = async (email: string) => (await stripe.customers.list({ email })).data.map(({ id }) => id);

    expect(await listed('ann@example.com')).toEqual([lower!.id]);
    await stripe.customers.update(lower!.id, { email: 'ann@new.example' });
    expect(await listed('ann@example.com')).toEqual([]);
    expect(await listed('ann@new.example')).toEqual([lower!.id]);
    await stripe.customers.update(lower!.id, { email: '' });
    expect(await listed('ann@new.example')).toEqual([]);
    expect(await listed('Ann@example.com')).toEqual([upper!.id]);
  });

  it('have their default payment method expanded', async () => {
    const { id } = await stripe.customers.create({
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });

    const customer = await stripe.customers.retrieve(id, { expand: ['invoice_settings.default_payment_method'] });

    expect(customer).toMatchObject({
      invoice_settings: { default_payment_method: { object: 'payment_method', card: { last4: '4242' }, customer: id } },
    });
    for (const path of ['invoice_settings', 'invoice_settings.footer'])
      expect(await thrown(stripe.customers.retrieve(id, { expand: [path] }))).toMatchObject({
        statusCode: 400,
        message: `This property cannot be expanded (${path}).`,
      });
  });

  it('are deleted: retrieved as deleted, listed no more, neither updated nor charged', async () => {
    const { id } = await stripe.customers.create({ email: 'gone@example.com', payment_method: 'pm_card_visa' });
    const [method] = (await stripe.customers.listPaymentMethods(id)).data;

    expect(await stripe.customers.del(id)).toEqual({ id, object: 'customer', deleted: true });

    expect(await stripe.customers.retrieve(id)).toEqual({ id, object: 'customer', deleted: true });
    expect((await stripe.customers.list({ email: 'gone@example.com' })).data).toEqual([]);
    expect(await thrown(stripe.customers.update(id, { name: 'x' }))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    expect(await thrown(stripe.customers.del(id))).toMatchObject({ statusCode: 404 });
    expect(await thrown(stripe.paymentIntents.create({ amount: 100, currency: 'usd', customer: id }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'customer',
    });
    expect((await stripe.paymentMethods.retrieve(method!.id)).customer).toBeNull();
    expect(await thrown(stripe.paymentMethods.attach(method!.id, { customer: id }))).toMatchObject({ statusCode: 400 });
    const [told, ...others] = await eventsOf('customer.deleted', id);
    expect(told!.data.object).toMatchObject({ id, object: 'customer', email: 'gone@example.com' });
    expect(told!.data.object).not.toHaveProperty('deleted');
    expect(others).toEqual([]);
  });

  it('are listed newest first, by e-mail address, and found', async () => {
    const first = await stripe.customers.create({ email: 'same@example.com', name: 'One' });
    const second = await stripe.customers.create({ email: 'same@example.com', name: 'Two' });
    await app.settleDown();

    const ids = (page: { data: readonly { id: string }[] }) => page.data.map(({ id }) => id);
    expect(ids(await stripe.customers.list({ email: 'same@example.com' }))).toEqual(newestFirst([second.id, first.id]));
    expect(ids(await stripe.customers.search({ query: 'email:"SAME@example.com" AND name~"one"' }))).toEqual([
      first.id,
    ]);
  });

  it('refuse what is no such thing, and change nothing', async () => {
    expect(await thrown(stripe.customers.retrieve('cus_nope'))).toMatchObject({ statusCode: 404, param: 'id' });
    expect(await thrown(stripe.customers.create({ email: 'no address' }))).toMatchObject({
      code: 'email_invalid',
      param: 'email',
    });
    expect(await thrown(stripe.customers.create({ colour: 'x' } as Stripe.CustomerCreateParams))).toMatchObject({
      code: 'parameter_unknown',
    });
    expect(await thrown(stripe.customers.create({ payment_method: 'pm_0000000000000000000000' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'payment_method',
    });
  });

  it('say why what belongs to Billing is not taken', async () => {
    const refusals: readonly [Stripe.CustomerCreateParams, string, RegExp][] = [
      [{ source: 'btok_us_verified' }, 'source', /^Bank accounts are not served/],
      [{ balance: 100 }, 'balance', /balance is 0/],
      [{ test_clock: 'clock_1' }, 'test_clock', /no test clocks/],
      [{ invoice_settings: { footer: 'Thanks' } }, 'invoice_settings[footer]', /no invoices/],
    ];
    for (const [params, param, message] of refusals) {
      const error = await thrown(stripe.customers.create(params));
      expect(error).toMatchObject({ statusCode: 400, param });
      expect(error.message).toMatch(message);
    }
    expect(await stripe.customers.create({ balance: 0, business_name: 'Rosen Ltd' })).toMatchObject({
      balance: 0,
      business_name: 'Rosen Ltd',
    });
  });

  it('the same request twice makes one', async () => {
    const before = app.itemCount('payments', 'customer');
    const key = { idempotencyKey: 'customer once' };

    const [one, two] = [
      await stripe.customers.create({ name: 'Once' }, key),
      await stripe.customers.create({ name: 'Once' }, key),
    ];

    expect(two.id).toBe(one.id);
    expect(app.itemCount('payments', 'customer')).toBe(before + 1);
  });
});
