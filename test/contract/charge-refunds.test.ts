/** Refunds by the path of their charge. */
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const paid = async (): Promise<string> =>
  (
    await stripe.paymentIntents.create({
      amount: 2_000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
    })
  ).latest_charge as string;
const post = <T>(path: string, params?: object, options?: Stripe.RequestOptions): Promise<T> =>
  stripe.rawRequest('POST', path, params, options);
const get = <T>(path: string): Promise<T> => stripe.rawRequest('GET', path);

it('are created, listed and retrieved there', async () => {
  const charge = await paid();
  const first = await post<Stripe.Refund>(`/v1/charges/${charge}/refunds`, { amount: 500, reason: 'duplicate' });
  const second = await post<Stripe.Refund>(`/v1/charges/${charge}/refunds`);

  const page = await get<Stripe.ApiList<Stripe.Refund>>(`/v1/charges/${charge}/refunds?limit=1`);
  const rest = await get<Stripe.ApiList<Stripe.Refund>>(`/v1/charges/${charge}/refunds?starting_after=${second.id}`);

  expect([first, second]).toMatchObject([
    { object: 'refund', amount: 500, charge, reason: 'duplicate' },
    { object: 'refund', amount: 1_500, charge },
  ]);
  expect(page).toMatchObject({ url: `/v1/charges/${charge}/refunds`, has_more: true, data: [{ id: second.id }] });
  expect(rest).toMatchObject({ has_more: false, data: [{ id: first.id }] });
  expect(await get(`/v1/charges/${charge}/refunds/${first.id}`)).toMatchObject({ id: first.id });
});

it('are of their charge only', async () => {
  const [one, other] = [await paid(), await paid()];
  const refund = await post<Stripe.Refund>(`/v1/charges/${one}/refunds`);

  expect(await get(`/v1/charges/${other}/refunds`)).toMatchObject({ data: [] });
  expect(await thrown(get(`/v1/charges/${other}/refunds/${refund.id}`))).toMatchObject({ statusCode: 404 });
  expect(await thrown(get('/v1/charges/ch_0/refunds'))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  expect(await thrown(post('/v1/charges/ch_0/refund'))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  expect(await thrown(post(`/v1/charges/${one}/refunds`))).toMatchObject({ code: 'charge_already_refunded' });
  expect(await thrown(post(`/v1/charges/${other}/refunds`, { charge: one }))).toMatchObject({
    code: 'parameter_unknown',
  });
});

it('the older form returns the charge, and once per key', async () => {
  const charge = await paid();
  const key = { idempotencyKey: `refund-${charge}` };
  const refund = () => post<Stripe.Charge>(`/v1/charges/${charge}/refund`, { amount: 700 }, key);
  const first = await refund();

  expect(first).toMatchObject({ object: 'charge', id: charge, amount_refunded: 700, refunded: false });
  expect(await refund()).toMatchObject({ object: 'charge', amount_refunded: 700 });
  expect((await stripe.charges.retrieve(charge)).amount_refunded).toBe(700);
});

it('a payout cannot be reversed, with the reason', async () => {
  const refusal = await thrown(stripe.payouts.reverse('po_0'));

  expect(refusal).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
  expect(refusal.message).toMatch(/while it is pending/);
});
