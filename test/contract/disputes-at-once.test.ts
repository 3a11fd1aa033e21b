/** A card whose payer disputes the payment: the dispute exists when the payment answers, and its callback adds nothing. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';

const app = await contractApp();
const { stripe } = app;

const pay = (method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({ amount: 10_000, currency: 'usd', payment_method: method, confirm: true, ...more });
const disputesOf = async (intent: Stripe.PaymentIntent) =>
  (await stripe.disputes.list({ payment_intent: intent.id })).data;

describe('the dispute of a test card', () => {
  it.each([
    ['pm_card_createDispute', [['needs_response', 'fraudulent', 10_000]], true],
    ['pm_card_createDisputeProductNotReceived', [['needs_response', 'product_not_received', 10_000]], true],
    ['pm_card_createDisputeInquiry', [['warning_needs_response', 'fraudulent', 10_000]], false],
    [
      'pm_card_createMultipleDisputes',
      [
        ['needs_response', 'fraudulent', 5_000],
        ['needs_response', 'fraudulent', 5_000],
      ],
      true,
    ],
  ] as const)('%s exists when the payment answers', async (method, wanted, disputed) => {
    const intent = await pay(method);

    const disputes = await disputesOf(intent);
    expect(disputes.map(({ status, reason, amount }) => [status, reason, amount])).toEqual(wanted);
    const charge = await stripe.charges.retrieve(intent.latest_charge as string);
    expect(charge.disputed).toBe(disputed);
    const { dispute: named } = charge as unknown as { dispute: string | null };
    expect(disputed ? disputes.map(({ id }) => id) : [null]).toContain(named);
    expect((await stripe.disputes.list({ charge: charge.id })).data).toEqual(disputes);
    const [dispute] = disputes;
    expect(await stripe.disputes.retrieve(dispute!.id, { expand: ['charge', 'payment_intent'] })).toMatchObject({
      charge: { id: charge.id },
      payment_intent: { id: intent.id, status: 'succeeded' },
    });
  });

  it('can be answered at once: evidence is submitted, or the dispute is closed', async () => {
    const [contested] = await disputesOf(await pay('pm_card_createDispute'));
    const [accepted] = await disputesOf(await pay('pm_card_createDispute'));

    const answered = await stripe.disputes.update(contested!.id, { evidence: { product_description: 'Tea' } });
    const closed = await stripe.disputes.close(accepted!.id);

    expect([answered.status, closed.status]).toEqual(['under_review', 'lost']);
  });

  it('is one, whose events are sent once, after its callback has come too', async () => {
    const intent = await pay('pm_card_createDispute');
    const before = await disputesOf(intent);

    await app.settleDown();

    expect(await disputesOf(intent)).toEqual(before);
    const events = (await stripe.events.list({ limit: 100, types: ['charge.dispute.*'] })).data;
    const own = events.filter(({ data }) => (data.object as Stripe.Dispute).id === before[0]!.id);
    expect(own.map(({ type }) => type).reverse()).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
  });

  it('leaves the answer to the payment as it was, also when that is requested again', async () => {
    const key = { idempotencyKey: 'disputed-1' };
    const params = { amount: 900, currency: 'usd', payment_method: 'pm_card_createDispute', confirm: true };

    const first = await stripe.paymentIntents.create(params, key);
    await app.world.runQueues();
    const again = await stripe.paymentIntents.create(params, key);

    expect(again).toEqual(first);
    expect(await disputesOf(first)).toHaveLength(1);
  });

  it('exists when a confirmation, a capture and a charge without an intent answer', async () => {
    const draft = await stripe.paymentIntents.create({ amount: 900, currency: 'usd' });
    const confirmed = await stripe.paymentIntents.confirm(draft.id, { payment_method: 'pm_card_createDispute' });
    const held = await pay('pm_card_createDispute', { capture_method: 'manual' });
    const charged = await stripe.charges.create({ amount: 700, currency: 'usd', source: 'tok_createDispute' });

    expect(await disputesOf(held)).toEqual([]);
    const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 4_000 });

    expect((await disputesOf(confirmed)).map(({ amount }) => amount)).toEqual([900]);
    expect((await disputesOf(captured)).map(({ amount }) => amount)).toEqual([4_000]);
    expect((await stripe.disputes.list({ charge: charged.id })).data.map(({ amount }) => amount)).toEqual([700]);
  });

  it('of a typed card exists too: the vault passes on what the channel said', async () => {
    const card = { number: '4000000000000259', exp_month: 12, exp_year: 2034 };
    const { id } = await stripe.paymentMethods.create({ type: 'card', card });

    expect(await disputesOf(await pay(id))).toMatchObject([{ status: 'needs_response' }]);
  });

  it('of a Checkout Session exists when its payer has paid', async () => {
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'https://shop.example/',
      line_items: [{ price_data: { currency: 'usd', unit_amount: 900, product_data: { name: 'Tea' } }, quantity: 1 }],
    });
    await stripe.rawRequest('POST', `/v1/test_helpers/checkout/sessions/${session.id}/complete`, {
      payment_method: 'pm_card_createDispute',
    });
    const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(session.id);

    const disputes = await stripe.disputes.list({ payment_intent: intent as string });
    expect(disputes.data).toMatchObject([{ amount: 900 }]);
  });
});
