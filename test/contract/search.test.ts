/** Search with the official SDK: what is found, by what, and how it is paged. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { startApp } from '../world/app.ts';
import { eitherApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await eitherApp();
const { stripe } = app;

const pay = (amount: number, metadata: Record<string, string>, method = 'pm_card_visa') =>
  stripe.paymentIntents
    .create({ amount, currency: 'usd', payment_method: method, confirm: true, metadata })
    .catch((error: unknown) => (error as Stripe.errors.StripeCardError).payment_intent!);
const idsOf = (page: { data: readonly { id: string }[] }): readonly string[] => page.data.map(({ id }) => id);

describe('payment intents', () => {
  it('are found by metadata, status and amount, newest first, in Stripe’s shape', async () => {
    const first = await pay(1_000, { shop: 'north', order: '1' });
    const second = await pay(2_000, { shop: 'North', order: '2' });
    const declined = await pay(3_000, { shop: 'north', order: '3' }, 'pm_card_visa_chargeDeclined');
    await pay(4_000, { shop: 'south' });
    await app.settleDown();

    const all = await stripe.paymentIntents.search({ query: 'metadata["shop"]:"north"' });
    const paid = await stripe.paymentIntents.search({
      query: 'metadata["shop"]:"north" AND status:"succeeded" AND amount<2000',
    });

    expect(all).toEqual({
      object: 'search_result',
      data: expect.any(Array),
      has_more: false,
      next_page: null,
      url: '/v1/payment_intents/search',
    });
    expect(idsOf(all)).toEqual(newestFirst([declined.id, second.id, first.id]));
    expect(idsOf(paid)).toEqual([first.id]);
  });

  it('are found by what they are now, not by what they were', async () => {
    const intent = await stripe.paymentIntents.create({ amount: 5_100, currency: 'usd', metadata: { state: 'draft' } });
    await app.settleDown();
    await stripe.paymentIntents.cancel(intent.id);
    await app.settleDown();

    const open = { query: 'metadata["state"]:"draft" AND status:"requires_payment_method"' };
    const closed = { query: 'metadata["state"]:"draft" AND status:"canceled"' };

    expect(idsOf(await stripe.paymentIntents.search(open))).toEqual([]);
    expect(idsOf(await stripe.paymentIntents.search(closed))).toEqual([intent.id]);
  });

  it('are walked page by page, each once, with and without a token', async () => {
    const made: string[] = [];
    for (let n = 0; n < 7; n++) made.unshift((await pay(700 + n, { walk: 'yes' })).id);
    await app.settleDown();

    const byToken = await stripe.paymentIntents
      .search({ query: 'metadata["walk"]:"yes"', limit: 3 })
      .autoPagingToArray({ limit: 100 });
    const byRange = await stripe.paymentIntents
      .search({ query: 'amount>=700 AND amount<=706', limit: 2 })
      .autoPagingToArray({ limit: 100 });

    expect(byToken.map(({ id }) => id)).toEqual(newestFirst(made));
    expect(byRange.map(({ id }) => id)).toEqual(newestFirst(made));
  });

  it('of another merchant are not found', async () => {
    await pay(8_000, { secret: 'mine' });
    await app.settleDown();
    const other = await app.newMerchant();

    const found = await app.client({ key: other.test.secretKey }).paymentIntents.search({
      query: 'metadata["secret"]:"mine"',
    });

    expect(found.data).toEqual([]);
  });

  it('are found by when they were created', async () => {
    const made = await stripe.paymentIntents.create({ amount: 5_200, currency: 'usd', metadata: { when: 'now' } });
    await app.settleDown();
    const found = async (created: string) =>
      idsOf(await stripe.paymentIntents.search({ query: `metadata["when"]:"now" AND ${created}` }));

    expect(await found(`created:${made.created}`)).toEqual([made.id]);
    expect(await found(`created>=${made.created}`)).toEqual([made.id]);
    expect(await found(`created<=${made.created}`)).toEqual([made.id]);
    expect(await found(`created>${made.created}`)).toEqual([]);
    expect(await found(`created<${made.created}`)).toEqual([]);
    const other = await stripe.paymentIntents.search({ query: `created<${made.created - 3_600} OR created:1` });
    expect(other.data).toEqual([]);
  });

  it('a query that cannot be read is an invalid request', async () => {
    const error = await thrown(stripe.paymentIntents.search({ query: 'state=open' }));
    const field = await thrown(stripe.paymentIntents.search({ query: 'description:"x"' }));
    const page = await thrown(stripe.paymentIntents.search({ query: 'amount:1', page: 'nonsense' }));
    const none = await thrown(stripe.paymentIntents.search({} as Stripe.PaymentIntentSearchParams));

    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError', param: 'query' });
    expect(field.message).toContain('unsupported search field for resource `payment_intents`');
    expect(page).toMatchObject({ statusCode: 400, param: 'page' });
    expect(none).toMatchObject({ statusCode: 400, code: 'parameter_missing', param: 'query' });
  });
});

describe('charges', () => {
  it('are found one by one among the attempts of a payment', async () => {
    const intent = await stripe.paymentIntents.create({ amount: 6_400, currency: 'usd', metadata: { twice: 'tried' } });
    const attempt = (method: string) =>
      stripe.paymentIntents.confirm(intent.id, { payment_method: method }).catch(() => undefined);
    await attempt('pm_card_visa_chargeDeclined');
    await attempt('pm_card_mastercard');
    await app.settleDown();

    const failed = await stripe.charges.search({ query: 'metadata["twice"]:"tried" AND status:"failed"' });
    const both = await stripe.charges.search({ query: 'metadata["twice"]:"tried"', limit: 1 }).autoPagingToArray({
      limit: 10,
    });
    const card = await stripe.charges.search({
      query: 'metadata["twice"]:"tried" AND payment_method_details.card.brand:"mastercard"',
    });
    const last4 = await thrown(stripe.charges.search({ query: 'payment_method_details.card.last4:"4444"' }));

    expect(failed.data).toMatchObject([{ object: 'charge', status: 'failed', payment_intent: intent.id }]);
    expect(both.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    expect(card.data).toMatchObject([{ status: 'succeeded', payment_intent: intent.id }]);
    expect(last4).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(last4.message).toContain('--search-fields metadata,email,name,phone,payment_method_details.card.last4');
  });
});

it('a call looks at 500 objects at the most, and an empty page says where to go on', async () => {
  const far = await startApp();
  try {
    const { paymentIntents } = far.stripe;
    const wanted = await paymentIntents.create({ amount: 999, currency: 'usd' });
    for (let n = 0; n < 510; n++) await paymentIntents.create({ amount: 50_000, currency: 'usd' });

    const first = await paymentIntents.search({ query: 'amount:999' });
    const second = await paymentIntents.search({ query: 'amount:999', page: first.next_page! });

    expect(first).toMatchObject({ data: [], has_more: true, next_page: expect.any(String) });
    expect(idsOf(second)).toEqual([wanted.id]);
    expect(second).toMatchObject({ has_more: false, next_page: null });
  } finally {
    await far.stop();
  }
});
