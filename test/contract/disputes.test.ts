/** Disputes with the official SDK: magic cards open them through a signed callback; evidence decides how they end. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

/** A payment whose payer disputes it, and its disputes, newest first. */
async function disputed(method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const intent = await stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: method,
    confirm: true,
    ...more,
  });
  await app.settleDown();
  const disputes = (await stripe.disputes.list({ payment_intent: intent.id })).data;
  return { intent, charge: intent.latest_charge as string, dispute: disputes[0]!, disputes };
}
const eventsOf = async (id: string) =>
  (await stripe.events.list({ limit: 100, types: ['charge.dispute.*'] })).data
    .filter(({ data }) => (data.object as Stripe.Dispute).id === id)
    .map(({ type }) => type)
    .reverse();
const available = async () =>
  (await stripe.balance.retrieve()).available.find(({ currency }) => currency === 'usd')?.amount ?? 0;

describe('a chargeback', () => {
  it('is opened by the card, takes amount and fee from available, and blocks refunds', async () => {
    const before = await available();

    const { intent, charge, dispute } = await disputed('pm_card_createDispute');

    expect(dispute).toMatchObject({
      object: 'dispute',
      amount: 10_000,
      currency: 'usd',
      charge,
      payment_intent: intent.id,
      reason: 'fraudulent',
      status: 'needs_response',
      network_reason_code: '10.4',
      is_charge_refundable: false,
      livemode: false,
      metadata: {},
      evidence_details: {
        has_evidence: false,
        past_due: false,
        submission_count: 0,
        submission_method: 'not_submitted',
      },
      payment_method_details: { type: 'card', card: { brand: 'visa', case_type: 'chargeback' } },
    });
    expect(dispute.id).toMatch(/^du_[0-9A-Za-z]{22}$/);
    expect(dispute.evidence_details.due_by! - dispute.created).toBe(9 * 24 * 3600);
    expect(dispute.balance_transactions).toMatchObject([
      {
        amount: -10_000,
        fee: 1_500,
        net: -11_500,
        type: 'adjustment',
        reporting_category: 'dispute',
        source: dispute.id,
        description: `Chargeback withdrawal for ${charge}`,
        fee_details: [{ amount: 1_500, description: 'Dispute fee', type: 'stripe_fee' }],
        status: 'available',
      },
    ]);
    expect(await available()).toBe(before - 11_500);
    expect((await stripe.charges.retrieve(charge)).disputed).toBe(true);
    const refused = await thrown(stripe.refunds.create({ charge, amount: 99_999 }));
    expect(refused).toMatchObject({ statusCode: 400, code: 'charge_disputed', type: 'StripeInvalidRequestError' });
    expect(await eventsOf(dispute.id)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
  });

  it('of a card whose goods did not come has that reason; a capture by hand opens it too', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_card_createDisputeProductNotReceived',
      confirm: true,
      capture_method: 'manual',
    });
    await app.settleDown();
    expect((await stripe.disputes.list({ payment_intent: intent.id })).data).toEqual([]);

    await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 4_000 });
    await app.settleDown();

    expect((await stripe.disputes.list({ charge: intent.latest_charge as string })).data).toMatchObject([
      { amount: 4_000, reason: 'product_not_received' },
    ]);
  });

  it('is won by winning evidence: the amount comes back, the fee does not', async () => {
    const { dispute, charge } = await disputed('pm_card_createDispute');
    const before = await available();

    const submitted = await stripe.disputes.update(dispute.id, {
      evidence: { uncategorized_text: 'winning_evidence', customer_name: 'Jenny Rosen' },
      metadata: { case: '7' },
    });

    expect(submitted).toMatchObject({
      status: 'under_review',
      evidence: { uncategorized_text: 'winning_evidence', customer_name: 'Jenny Rosen', receipt: null },
      evidence_details: { has_evidence: true, submission_count: 1, submission_method: 'manual' },
      metadata: { case: '7' },
    });
    await app.settleDown();
    const won = await stripe.disputes.retrieve(dispute.id, { expand: ['charge', 'payment_intent'] });
    expect(won.status).toBe('won');
    expect(won.charge).toMatchObject({ object: 'charge', id: charge, disputed: true });
    expect(won.balance_transactions.map(({ net, reporting_category }) => [net, reporting_category])).toEqual([
      [-11_500, 'dispute'],
      [10_000, 'dispute_reversal'],
    ]);
    expect(await available()).toBe(before + 10_000);
    expect(await eventsOf(dispute.id)).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ]);
    const [updated] = (await stripe.events.list({ type: 'charge.dispute.updated', limit: 1 })).data;
    expect(updated!.data.previous_attributes).toMatchObject({
      status: 'needs_response',
      evidence: { uncategorized_text: null, customer_name: null },
      metadata: { case: null },
    });
    expect(await stripe.refunds.create({ charge, amount: 100 })).toMatchObject({ amount: 100 });
  });

  it('is lost by losing evidence: nothing comes back, and refunds stay blocked', async () => {
    const { dispute, charge } = await disputed('pm_card_createDispute');
    const before = await available();

    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'losing_evidence' } });
    await app.settleDown();

    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ status: 'lost' });
    expect(await available()).toBe(before);
    expect((await thrown(stripe.refunds.create({ charge }))).code).toBe('charge_disputed');
    expect((await eventsOf(dispute.id)).at(-1)).toBe('charge.dispute.closed');
  });

  it('stays under review with any other evidence, which cannot be changed then', async () => {
    const { dispute } = await disputed('pm_card_createDispute');
    await stripe.disputes.update(dispute.id, { evidence: { product_description: 'a hat' } });
    await app.settleDown();

    const again = await thrown(stripe.disputes.update(dispute.id, { evidence: { product_description: 'two hats' } }));

    expect(again).toMatchObject({ statusCode: 400, param: 'evidence' });
    expect(await stripe.disputes.update(dispute.id, { metadata: { a: 'b' } })).toMatchObject({
      status: 'under_review',
      metadata: { a: 'b' },
      evidence: { product_description: 'a hat' },
    });
  });

  it('keeps evidence that is not to be submitted yet, member by member', async () => {
    const { dispute } = await disputed('pm_card_createDispute');

    const staged = await stripe.disputes.update(dispute.id, {
      evidence: { product_description: 'a hat', shipping_carrier: 'UPS' },
      submit: false,
    });
    await stripe.disputes.update(dispute.id, { evidence: { shipping_carrier: '' }, submit: false });
    await stripe.disputes.update(dispute.id, { metadata: { a: 'b' } });
    const before = await stripe.disputes.retrieve(dispute.id);
    const submitted = await stripe.disputes.update(dispute.id, {});

    expect(staged).toMatchObject({
      status: 'needs_response',
      evidence_details: { has_evidence: true, submission_count: 0 },
    });
    expect(before).toMatchObject({
      status: 'needs_response',
      evidence: { product_description: 'a hat', shipping_carrier: null },
    });
    expect(submitted).toMatchObject({ status: 'under_review', evidence_details: { submission_count: 1 } });
  });

  it('is lost when it is closed, once', async () => {
    const { dispute } = await disputed('pm_card_createDispute');

    const closed = await stripe.disputes.close(dispute.id, {}, { idempotencyKey: `close-${dispute.id}` });
    const replayed = await stripe.disputes.close(dispute.id, {}, { idempotencyKey: `close-${dispute.id}` });
    await app.settleDown();
    const again = await thrown(stripe.disputes.close(dispute.id));
    const late = await thrown(stripe.disputes.update(dispute.id, { evidence: { customer_name: 'J' } }));

    expect(closed.status).toBe('lost');
    expect(replayed).toEqual(closed);
    expect(again).toMatchObject({ statusCode: 400, message: 'This dispute is already closed.' });
    expect(late).toMatchObject({ statusCode: 400, message: 'This dispute is already closed.' });
    expect(await eventsOf(dispute.id)).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.closed',
    ]);
  });

  it('an update under an idempotency key is answered again with the same bytes', async () => {
    const { dispute } = await disputed('pm_card_createDispute');
    const change = { evidence: { uncategorized_text: 'winning_evidence' } };

    const first = await stripe.disputes.update(dispute.id, change, { idempotencyKey: `u-${dispute.id}` });
    await app.settleDown();
    const replayed = await stripe.disputes.update(dispute.id, change, { idempotencyKey: `u-${dispute.id}` });

    expect(replayed).toEqual(first);
    expect(replayed.status).toBe('under_review');
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('won');
  });

  it('two of one charge share its amount', async () => {
    const { disputes, charge } = await disputed('pm_card_createMultipleDisputes', { amount: 10_001 });

    expect(disputes.map(({ amount }) => amount).toSorted((a, b) => a - b)).toEqual([5_000, 5_001]);
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ disputed: true });
    await stripe.disputes.update(disputes[0]!.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    await app.settleDown();
    expect((await thrown(stripe.refunds.create({ charge }))).code).toBe('charge_disputed');
  });
});

describe('an inquiry', () => {
  it('takes no money and leaves refunds possible; a full refund ends it', async () => {
    const before = await available();
    const { dispute, charge } = await disputed('pm_card_createDisputeInquiry');
    expect(dispute).toMatchObject({
      status: 'warning_needs_response',
      balance_transactions: [],
      is_charge_refundable: true,
      payment_method_details: { card: { case_type: 'inquiry' } },
    });
    expect(await available()).toBe(before);
    expect((await stripe.charges.retrieve(charge)).disputed).toBe(false);

    await stripe.refunds.create({ charge });
    await app.settleDown();

    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('warning_closed');
    expect(await eventsOf(dispute.id)).toEqual(['charge.dispute.created', 'charge.dispute.closed']);
  });

  it.each(['winning_evidence', 'losing_evidence'])('is closed by %s', async (text) => {
    const { dispute } = await disputed('pm_card_createDisputeInquiry');

    const submitted = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: text } });
    await app.settleDown();

    expect(submitted.status).toBe('warning_under_review');
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('warning_closed');
  });

  it('that is escalated becomes a chargeback, which takes an answer of its own', async () => {
    const before = await available();
    const { dispute, charge } = await disputed('pm_card_createDisputeInquiry');

    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'escalate_inquiry_evidence' } });
    await app.settleDown();
    const escalated = await stripe.disputes.retrieve(dispute.id);
    const taken = await available();
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    await app.settleDown();

    expect(escalated).toMatchObject({ status: 'needs_response', is_charge_refundable: false });
    expect(escalated.balance_transactions).toMatchObject([{ net: -11_500 }]);
    expect(taken).toBe(before - 11_500);
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'won',
      evidence_details: { submission_count: 2 },
    });
    expect((await stripe.charges.retrieve(charge)).disputed).toBe(true);
    expect(await eventsOf(dispute.id)).toEqual([
      'charge.dispute.created',
      'charge.dispute.updated',
      'charge.dispute.updated',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ]);
  });

  it('that is closed is warning_closed', async () => {
    const { dispute } = await disputed('pm_card_createDisputeInquiry');

    expect((await stripe.disputes.close(dispute.id)).status).toBe('warning_closed');
  });
});

it('leaves no failure behind', () => {
  expect(app.world.failures).toEqual([]);
});
