/** A hotel: code from before there were payment intents holds a room with a token; longer stays are raised, and paid in parts. */
import type Stripe from 'stripe';
import { beforeAll, expect, it } from 'vitest';
import { deployed, eventually, type Merchant, newMerchant } from '../world/deployed.ts';
import { thrown } from '../world/sdk-errors.ts';

let merchant: Merchant;
let stripe: Stripe;
beforeAll(async () => {
  merchant = await newMerchant({ name: 'Hotel' });
  stripe = merchant.stripe;
});

const stay = (payment_method: string) =>
  stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method,
    confirm: true,
    capture_method: 'manual',
    payment_method_options: {
      card: { request_incremental_authorization: 'if_available', request_multicapture: 'if_available' },
    },
  });
/** Amounts of the balance transactions of a charge, newest first, once there are so many. */
const booked = (source: string, count: number): Promise<readonly number[]> =>
  eventually(async () => {
    const { data } = await stripe.balanceTransactions.list({ source });
    return data.length === count ? data.map(({ amount }) => amount) : undefined;
  });

it('a token that the payer made holds a charge, once; part of it is captured, and part of that given back', async () => {
  const payer = deployed().stripe(merchant.publishableKey);
  const token = await payer.tokens.create({
    card: { number: '4242424242424242', exp_month: '12', exp_year: '2034', cvc: '123' },
  });
  const hold = () => stripe.charges.create({ amount: 9_000, currency: 'usd', source: token.id, capture: false });

  const held = await hold();
  const again = await thrown(hold());
  const captured = await stripe.charges.capture(held.id, { amount: 6_000 });
  await stripe.refunds.create({ charge: held.id, amount: 1_000 });

  expect(held).toMatchObject({ status: 'succeeded', captured: false, payment_intent: null });
  expect(again).toMatchObject({ statusCode: 400, code: 'token_already_used' });
  expect((await stripe.tokens.retrieve(token.id)).used).toBe(true);
  expect(captured).toMatchObject({ captured: true, amount_captured: 6_000 });
  expect((await stripe.charges.retrieve(held.id)).amount_refunded).toBe(1_000);
  expect(await booked(held.id, 1)).toEqual([6_000]);
});

it('a hold is raised, captured in two parts, and each is in the books', async () => {
  const { id, latest_charge: charge } = await stay('pm_card_visa');

  const raised = await stripe.paymentIntents.incrementAuthorization(id, { amount: 15_000 });
  const first = await stripe.paymentIntents.capture(id, { amount_to_capture: 7_000, final_capture: false });
  const last = await stripe.paymentIntents.capture(id, { amount_to_capture: 5_000 });

  expect(raised).toMatchObject({ amount: 15_000, amount_capturable: 15_000 });
  expect(first).toMatchObject({ status: 'requires_capture', amount_received: 7_000, amount_capturable: 8_000 });
  expect(last).toMatchObject({ status: 'succeeded', amount_received: 12_000, amount_capturable: 0 });
  expect(await booked(charge as string, 2)).toEqual([5_000, 7_000]);
});

it('an increment that the channel took without an answer is queried, and can be captured', async () => {
  const { id } = await stay('pm_card_sandbox_incrementLost');

  expect(await stripe.paymentIntents.incrementAuthorization(id, { amount: 12_000 })).toMatchObject({ amount: 10_000 });

  await eventually(async () => ((await stripe.paymentIntents.retrieve(id)).amount === 12_000 ? true : undefined));
  expect(await stripe.paymentIntents.capture(id)).toMatchObject({ status: 'succeeded', amount_received: 12_000 });
});

it('what is pending is all that was captured less refunds and fees', async () => {
  // 6 000 − 1 000 − 204, 7 000 − 233, 5 000 − 175 and 12 000 − 378.
  await eventually(async () => ((await stripe.balance.retrieve()).pending[0]!.amount === 28_010 ? true : undefined));
});
