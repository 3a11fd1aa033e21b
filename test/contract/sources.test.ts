/** A customer's cards as clients read them from before there were payment methods. */
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

it('are views of its payment methods, newest first', async () => {
  const { id: customer } = await stripe.customers.create({});
  const first = await stripe.paymentMethods.attach('pm_card_visa', { customer });
  const second = await stripe.paymentMethods.attach('pm_card_mastercard', { customer });
  const cards = [second, first].map(({ id }) => id.replace('pm_', 'card_'));

  const all = await stripe.customers.listSources(customer, { object: 'card' });
  const page = await stripe.customers.listSources(customer, { limit: 1, starting_after: cards[0]! });
  const { sources } = (await stripe.customers.retrieve(customer, { expand: ['sources'] })) as Stripe.Customer;

  expect(all.data).toMatchObject([
    { id: cards[0], object: 'card', brand: 'MasterCard', last4: '4444', customer },
    { id: cards[1], object: 'card', brand: 'Visa', last4: '4242', customer },
  ]);
  expect(page.data).toMatchObject([{ id: cards[1] }]);
  expect(sources).toEqual({ ...all, lastResponse: undefined });
  expect(await stripe.customers.retrieveSource(customer, cards[1]!)).toMatchObject({ id: cards[1], object: 'card' });
  expect((await stripe.customers.listSources(customer, { object: 'bank_account' })).data).toEqual([]);
});

it('of another customer, and after they were detached, are not there', async () => {
  const [one, other] = [await stripe.customers.create({}), await stripe.customers.create({})];
  const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: one.id });
  const card = id.replace('pm_', 'card_');

  expect(await thrown(stripe.customers.retrieveSource(other.id, card))).toMatchObject({ statusCode: 404 });
  expect((await stripe.customers.listSources(other.id)).data).toEqual([]);
  await stripe.paymentMethods.detach(id);
  expect(await thrown(stripe.customers.retrieveSource(one.id, card))).toMatchObject({ statusCode: 404 });
  expect((await stripe.customers.listSources(one.id)).data).toEqual([]);
});
