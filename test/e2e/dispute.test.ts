/** A payer goes to their bank: the merchant is notified, contests, and wins their money back. */
import { expect, it } from 'vitest';
import { eventually, newMerchant } from '../world/deployed.ts';

it('a disputed payment: announced, contested, won, and the balance shows it', async () => {
  const { stripe } = await newMerchant();
  const available = async () => (await stripe.balance.retrieve()).available[0]?.amount;
  const intent = await stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: 'pm_card_createDispute',
    confirm: true,
  });

  const dispute = await eventually(async () => (await stripe.disputes.list({ payment_intent: intent.id })).data[0]);
  expect(dispute).toMatchObject({ amount: 10_000, status: 'needs_response', charge: intent.latest_charge });
  await eventually(async () => ((await available()) === -11_500 ? true : undefined));
  await expect(stripe.refunds.create({ payment_intent: intent.id })).rejects.toMatchObject({ code: 'charge_disputed' });

  const answered = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
  expect(answered.status).toBe('under_review');
  const won = await eventually(async () => {
    const found = await stripe.disputes.retrieve(dispute.id);
    return found.status === 'won' ? found : undefined;
  });
  expect(won.balance_transactions.map(({ net }) => net)).toEqual([-11_500, 10_000]);
  await eventually(async () => ((await available()) === -1_500 ? true : undefined));
  const told = await eventually(async () => {
    const { data } = await stripe.events.list({ types: ['charge.dispute.*'] });
    return data.length === 5 ? data.map(({ type }) => type).toReversed() : undefined;
  });
  expect(told).toEqual([
    'charge.dispute.created',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.updated',
    'charge.dispute.closed',
    'charge.dispute.funds_reinstated',
  ]);
});
