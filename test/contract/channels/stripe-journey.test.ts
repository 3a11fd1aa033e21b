/** Merchants' journeys with Stripe behind the product: payments, recoveries and disputes end alike at the merchant and in Stripe's books. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { payerReturned } from '../../../functions/returns/return.ts';
import { minutes } from '../../scenarios/wallet-payments.ts';
import { type BehindStripe, behindStripe } from '../../simulators/stripe/behind.ts';
import { balanceOf } from '../../simulators/stripe/books.ts';

let sim: BehindStripe['sim'];
let stripe: BehindStripe['stripe'];
let post: BehindStripe['post'];
let get: BehindStripe['get'];
let receive: BehindStripe['receive'];
let moved: BehindStripe['moved'];
beforeEach(async () => {
  ({ sim, stripe, post, get, receive, moved } = await behindStripe());
});
afterEach(() => stripe.close());

const PAID = { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
const lose = (kind: 'lose_response' | 'lose_request' | 'error_after') => stripe.faults.push({ kind, method: 'POST' });

describe.each([
  ['in order', { reversed: false, times: 1 }],
  ['newest first, and twice', { reversed: true, times: 2 }],
])('with events %s', (_, order) => {
  it('a payment is held, captured in part and refunded in two parts', async () => {
    const intent = await post('/v1/payment_intents', { ...PAID, capture_method: 'manual' });
    expect(intent.status).toBe('requires_capture');
    await post(`/v1/payment_intents/${intent.id}/capture`, { amount_to_capture: '700' });
    const refunds = [
      await post('/v1/refunds', { payment_intent: String(intent.id), amount: '200' }),
      await post('/v1/refunds', { payment_intent: String(intent.id), amount: '300' }),
    ];

    const applied = await receive(order);

    expect(refunds.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(await get(`/v1/payment_intents/${intent.id}`)).toMatchObject({ status: 'succeeded', amount_received: 700 });
    expect(new Set(applied)).toEqual(new Set(['known']));
    expect(moved()).toEqual({ charge: 700, refund: -500 });
    expect(sim.world.alarms).toEqual([]);
  });

  it('a payment whose answer was lost is paid by its event, once', async () => {
    lose('lose_response');
    const intent = await post('/v1/payment_intents', PAID);
    expect(intent.status).toBe('processing');

    const applied = await receive(order);

    expect(applied.filter((each) => each === 'applied')).toHaveLength(1);
    expect(await get(`/v1/payment_intents/${intent.id}`)).toMatchObject({ status: 'succeeded', amount_received: 1000 });
    await minutes(sim, 10);
    expect(moved()).toEqual({ charge: 1000 });
    expect(sim.world.alarms).toEqual([]);
  });

  it('a dispute is opened once, contested, and won', async () => {
    const intent = await post('/v1/payment_intents', { ...PAID, payment_method: 'pm_card_createDispute' });
    await receive(order);
    const { data } = await get('/v1/disputes');
    const [dispute] = data as { id: string; amount: number; payment_intent: string }[];
    expect([(data as unknown[]).length, dispute?.payment_intent, dispute?.amount]).toEqual([1, intent.id, 1000]);

    await post(`/v1/disputes/${dispute!.id}`, { 'evidence[uncategorized_text]': 'It was delivered.', submit: 'true' });
    const [stripes] = [...stripe.books.disputes.values()];
    expect(stripes).toMatchObject({ status: 'under_review', evidence: { uncategorized_text: 'It was delivered.' } });
    stripe.decideDispute(stripes!.id, 'won');
    await receive(order);

    expect(await get(`/v1/disputes/${dispute!.id}`)).toMatchObject({ status: 'won' });
    expect(balanceOf(stripe.books).usd).toBe(941);
  });
});

describe('what was lost is found by the janitor', () => {
  it.each(['lose_response', 'error_after'] as const)('a payment (%s): it is paid once', async (how) => {
    lose(how);
    const intent = await post('/v1/payment_intents', PAID);

    await minutes(sim, 5);

    expect(await get(`/v1/payment_intents/${intent.id}`)).toMatchObject({ status: 'succeeded' });
    expect(moved()).toEqual({ charge: 1000 });
  });

  it('a payment that never arrived: it failed, and Stripe has none', async () => {
    lose('lose_request');
    const intent = await post('/v1/payment_intents', PAID);

    await minutes(sim, 10);

    expect(await get(`/v1/payment_intents/${intent.id}`)).toMatchObject({ status: 'requires_payment_method' });
    expect(stripe.books.intents.size).toBe(0);
  });

  it.each(['lose_response', 'lose_request'] as const)('a capture (%s)', async (how) => {
    const intent = await post('/v1/payment_intents', { ...PAID, capture_method: 'manual' });
    lose(how);
    await post(`/v1/payment_intents/${intent.id}/capture`, { amount_to_capture: '600' });

    await minutes(sim, 10);

    const arrived = how === 'lose_response';
    expect(await get(`/v1/payment_intents/${intent.id}`)).toMatchObject({
      status: arrived ? 'succeeded' : 'requires_capture',
      amount_received: arrived ? 600 : 0,
    });
    expect(moved()).toEqual(arrived ? { charge: 600 } : {});
    expect(sim.world.alarms).toEqual([]);
  });

  it('a cancel of a hold', async () => {
    const intent = await post('/v1/payment_intents', { ...PAID, capture_method: 'manual' });
    stripe.faults.push({ kind: 'lose_response', method: 'POST' });
    await post(`/v1/payment_intents/${intent.id}/cancel`);

    await minutes(sim, 5);

    expect(await get(`/v1/payment_intents/${intent.id}`)).toMatchObject({ status: 'canceled' });
    expect([...stripe.books.intents.values()].map(({ status }) => status)).toEqual(['canceled']);
  });

  it.each(['lose_response', 'lose_request'] as const)('a refund (%s): it is made once', async (how) => {
    const intent = await post('/v1/payment_intents', PAID);
    lose(how);
    const refund = await post('/v1/refunds', { payment_intent: String(intent.id), amount: '400' });
    expect(refund.status).toBe('pending');

    await minutes(sim, 30);

    const { status } = await get(`/v1/refunds/${refund.id}`);
    expect([status, moved().refund]).toEqual(how === 'lose_response' ? ['succeeded', -400] : ['failed', undefined]);
  });

  it('a refund that the balance did not cover: it is made once, when the balance does', async () => {
    const intent = await post('/v1/payment_intents', PAID);
    stripe.leastBalance = 900;
    const refund = await post('/v1/refunds', { payment_intent: String(intent.id), amount: '400' });
    await minutes(sim, 20);
    expect((await get(`/v1/refunds/${refund.id}`)).status).toBe('pending');
    stripe.leastBalance = undefined;

    await minutes(sim, 90);

    expect((await get(`/v1/refunds/${refund.id}`)).status).toBe('succeeded');
    expect(moved()).toEqual({ charge: 1000, refund: -400 });
  });
});

describe('3-D Secure', () => {
  const challenged = { ...PAID, payment_method: 'pm_card_threeDSecure2Required', return_url: 'https://shop.example/' };

  it.each([
    [true, 'succeeded', 'succeeded'],
    [false, 'failed', 'requires_payment_method'],
  ])('that the payer passes (%s) has its result when they are back', async (passes, redirect, status) => {
    const intent = await post('/v1/payment_intents', challenged);
    expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
    const [atStripe] = [...stripe.books.intents.values()];
    stripe.answerChallenge(atStripe!.id, passes);

    const segment = atStripe!.returnUrl!.split('/').at(-1)!;
    const back = await payerReturned(
      { ...sim.world.payments, failed: (error) => expect(error).toBeUndefined() },
      segment,
      {},
    );

    expect(back?.status).toBe(redirect);
    expect((await get(`/v1/payment_intents/${intent.id}`)).status).toBe(status);
  });

  it('that no payer passes is closed by a cancel, and takes nothing afterwards', async () => {
    const intent = await post('/v1/payment_intents', challenged);
    await post(`/v1/payment_intents/${intent.id}/cancel`);
    const [atStripe] = [...stripe.books.intents.values()];

    stripe.answerChallenge(atStripe!.id, true);

    expect((await get(`/v1/payment_intents/${intent.id}`)).status).toBe('canceled');
    expect(moved()).toEqual({});
  });
});

it('a card is set up by a verification, and charged off session then', async () => {
  const customer = await post('/v1/customers');
  const setup = await post('/v1/setup_intents', {
    payment_method: 'pm_card_visa',
    confirm: 'true',
    customer: String(customer.id),
  });
  expect(setup.status).toBe('succeeded');

  const intent = await post('/v1/payment_intents', {
    amount: '1500',
    currency: 'usd',
    customer: String(customer.id),
    payment_method: String(setup.payment_method),
    off_session: 'true',
    confirm: 'true',
  });

  expect(intent.status).toBe('succeeded');
  expect(stripe.seen.at(-1)?.body).toContain('off_session=true');
  expect([...stripe.books.setups.values()].map(({ status }) => status)).toEqual(['succeeded']);
  expect(moved()).toEqual({ charge: 1500 });
});

it('a hold of less than was asked for is declined, and released at Stripe', async () => {
  lose('lose_response');
  const { id } = await post('/v1/payment_intents', { ...PAID, capture_method: 'manual' });
  const [held] = stripe.books.intents.values();
  held!.capturable = 400;

  await minutes(sim, 10);

  expect(await get(`/v1/payment_intents/${id}`)).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'processing_error' },
  });
  expect(held).toMatchObject({ status: 'canceled', capturable: 0 });
  expect(moved()).toEqual({});
});
