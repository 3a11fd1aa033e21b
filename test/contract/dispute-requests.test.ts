/** What requests about disputes are refused for, and what their lists show. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

async function disputed() {
  const intent = await stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: 'pm_card_createDispute',
    confirm: true,
  });
  await app.settleDown();
  return { dispute: (await stripe.disputes.list({ payment_intent: intent.id })).data[0]! };
}

describe('requests about disputes', () => {
  it('name what is not there: 404 in the path, 400 in a list', async () => {
    const path = await thrown(stripe.disputes.retrieve('du_0000000000000000000000'));
    const list = await thrown(stripe.disputes.list({ charge: 'ch_00000000000000000000001' }));
    const cursor = await thrown(stripe.disputes.list({ starting_after: 'du_0000000000000000000000' }));

    expect(path).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'dispute' });
    expect(list).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'charge' });
    expect(cursor).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'starting_after' });
  });

  it('are refused where they ask for what there is not: files, enhanced evidence, smart disputes, unknown members', async () => {
    const { dispute } = await disputed();
    const refusedFor = async (params: Stripe.DisputeUpdateParams) => {
      const { statusCode, param, code } = await thrown(stripe.disputes.update(dispute.id, params));
      return [statusCode, param, code];
    };

    expect(await refusedFor({ evidence: { receipt: 'file_123' } })).toEqual([
      400,
      'evidence[receipt]',
      'resource_missing',
    ]);
    expect(
      await refusedFor({ evidence: { enhanced_evidence: { visa_compliance: { fee_acknowledged: true } } } }),
    ).toEqual([400, 'evidence[enhanced_evidence]', undefined]);
    expect(await refusedFor({ intended_submission_method: 'smart_disputes' })).toEqual([
      400,
      'intended_submission_method',
      undefined,
    ]);
    expect(await refusedFor({ evidence: { story: 'x' } as Stripe.DisputeUpdateParams.Evidence })).toEqual([
      400,
      'evidence[story]',
      'parameter_unknown',
    ]);
    expect(
      await refusedFor({
        evidence: {
          access_activity_log: 'x'.repeat(19_999),
          product_description: 'y'.repeat(19_999),
          billing_address: 'z'.repeat(19_999),
        },
      }),
    ).toEqual([400, 'evidence', undefined]);
  });

  it('lists walk every dispute once, and balance transactions of type adjustment tell the movements', async () => {
    const { dispute } = await disputed();
    const walked: string[] = [];
    for await (const each of stripe.disputes.list({ limit: 3 })) walked.push(each.id);

    const moved = await stripe.balanceTransactions.list({
      type: 'adjustment',
      source: dispute.id,
      expand: ['data.source'],
    });

    expect(new Set(walked).size).toBe(walked.length);
    expect(walked.length).toBe(app.itemCount('payments', 'dispute'));
    expect(moved.data).toMatchObject([{ net: -11_500, source: { object: 'dispute', id: dispute.id } }]);
  });

  it('of another merchant find nothing', async () => {
    const { dispute } = await disputed();
    const other = app.client({ key: (await app.newMerchant()).test.secretKey });

    expect(await thrown(other.disputes.retrieve(dispute.id))).toMatchObject({ statusCode: 404 });
    expect(await thrown(other.disputes.close(dispute.id))).toMatchObject({ statusCode: 404 });
    expect((await other.disputes.list()).data).toEqual([]);
  });
});
