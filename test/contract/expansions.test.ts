/** Expansions that connectors ask for and that have nothing in them: an honest empty value, or no change. */
import { expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const checkout = () =>
  stripe.checkout.sessions.create({
    mode: 'payment',
    success_url: 'https://shop.example/',
    line_items: [{ price_data: { currency: 'usd', unit_amount: 900, product_data: { name: 'Tea' } }, quantity: 2 }],
  });

it('a session has no discounts and no taxes in its total', async () => {
  const { id, total_details: short } = await checkout();

  const [session] = (await stripe.checkout.sessions.list({ limit: 1, expand: ['data.total_details.breakdown'] })).data;
  const shown = await stripe.checkout.sessions.retrieve(id, {
    expand: ['total_details.breakdown', 'line_items.data.discounts', 'line_items.data.taxes', 'discounts.coupon'],
  });

  expect(short).not.toHaveProperty('breakdown');
  expect(session!.total_details).toEqual({ ...short, breakdown: { discounts: [], taxes: [] } });
  expect(shown.total_details).toEqual(session!.total_details);
  expect(shown.line_items!.data).toMatchObject([{ discounts: [], taxes: [] }]);
});

it('line items have no discounts and no taxes', async () => {
  const { id } = await checkout();
  const items = await stripe.checkout.sessions.listLineItems(id, { expand: ['data.discounts', 'data.taxes'] });

  expect(items.data).toMatchObject([{ discounts: [], taxes: [] }]);
  expect((await stripe.checkout.sessions.listLineItems(id)).data[0]).not.toHaveProperty('taxes');
});

it('a session without a total, and a charge without files and rules, stay as they are', async () => {
  const session = await stripe.checkout.sessions.create({ mode: 'setup', success_url: 'https://shop.example/' });
  const charge = await stripe.charges.create({ amount: 900, currency: 'usd', source: 'tok_visa' });

  const { lastResponse: _, ...expanded } = await stripe.charges.retrieve(charge.id, {
    expand: ['outcome.rule', 'transfer_data.destination', 'application_fee'],
  });

  expect(
    (await stripe.checkout.sessions.retrieve(session.id, { expand: ['total_details.breakdown'] })).total_details,
  ).toBeNull();
  expect(expanded).toEqual({ ...charge, lastResponse: undefined });
});

it('what is in no object is refused', async () => {
  const { id } = await checkout();

  expect(
    await thrown(stripe.checkout.sessions.retrieve(id, { expand: ['total_details.breakdown.taxes'] })),
  ).toMatchObject({
    statusCode: 400,
    message: 'This property cannot be expanded (total_details.breakdown.taxes).',
  });
});
