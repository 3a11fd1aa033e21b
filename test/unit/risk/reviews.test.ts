import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { outcomeOf } from '../../../functions/payments/risk-outcome.ts';
import { PAYMENT } from '../../../functions/payments/store.ts';
import { countAttempts } from '../../../functions/risk/features/count.ts';
import { riskOperations } from '../../../functions/risk/reviews/operations/reviews.ts';
import { reviewId, reviewOf } from '../../../functions/risk/reviews/review.ts';
import { renderReview } from '../../../functions/risk/reviews/wire.ts';
import { putRecord } from '../../../functions/table/record.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import { callOf } from '../notifications/call.ts';
import { authorizedAttempt, BODY, capturedAttempt, failedAttempt, paid } from '../notifications/images.ts';

const [list, retrieve, approve] = riskOperations;
const ID = 'prv_VVrda1w2abcdefghijklmn1';
const risk = { action: 'review', level: 'elevated', score: 68, rule: 'card_declined_often', reasons: [] } as const;
const risky: Payment = { ...paid, version: 1, attempts: [{ ...capturedAttempt, risk }] };
const review = reviewOf(risky, risky.attempts[0]!);

let table: MemoryTable;
const deps = () => ({ table, clock: { nowMs: () => 1_790_000_600_000, sleep: async () => undefined } });
const opened = () => countAttempts(table, { attempts: [], reviews: [review] });
const load = (id = ID, scope?: string) => retrieve.read!(deps(), callOf({}, { id }, scope));
const approved = async (resumed = false) => {
  const call = callOf({}, { id: ID }, undefined, { resumed });
  return approve.run(deps(), call, await approve.read!(deps(), call));
};
beforeEach(() => {
  table = memoryTable();
});

describe('a review', () => {
  it('has Stripe’s members, and an id that follows from the attempt’s', () => {
    expect(reviewId(review)).toBe('prv_VVrda1w2abcdefghijklmn1');
    expect(renderReview(review)).toEqual({
      id: 'prv_VVrda1w2abcdefghijklmn1',
      object: 'review',
      billing_zip: null,
      charge: 'ch_VVrda1w2abcdefghijklmn1',
      closed_reason: null,
      created: 1_790_000_000,
      ip_address: null,
      ip_address_location: null,
      livemode: false,
      open: true,
      opened_reason: 'rule',
      payment_intent: 'pi_VVrda1w2abcdefghijklmn',
      reason: 'rule',
      session: null,
    });
  });

  it('is there at once, before the stream has made its item', async () => {
    await table.commit(putRecord(PAYMENT, risky));

    expect(await load()).toEqual(review);
    await opened();
    expect(await load()).toEqual(review);
  });

  it('is not there for other attempts, other scopes and what is no id', async () => {
    await table.commit(putRecord(PAYMENT, { ...risky, attempts: [capturedAttempt] }));
    await expect(load()).rejects.toMatchObject({ status: 404, body: { code: 'resource_missing' } });

    await opened();
    await expect(load(ID, 'OtherOne')).rejects.toMatchObject({ status: 404 });
    await expect(load('prv_1')).rejects.toMatchObject({ status: 404 });
  });
});

describe('approve', () => {
  it('closes it and takes it off the list', async () => {
    await opened();
    const open = await list.run(deps(), callOf(z.parse(list.params, {})), undefined);
    const reply = await approved();
    const left = await list.run(deps(), callOf(z.parse(list.params, {})), undefined);

    expect(open.body).toMatchObject({ data: [{ id: ID }], has_more: false, url: '/v1/reviews' });
    expect(reply.body).toMatchObject({ id: ID, open: false, closed_reason: 'approved', reason: 'approved' });
    expect(left.body).toMatchObject({ data: [] });
    expect(await load()).toMatchObject({ open: false, version: 2, closedMs: 1_790_000_600_000 });
  });

  it('closes it before the stream has made its item, and the stream does not open it again', async () => {
    await table.commit(putRecord(PAYMENT, risky));

    expect((await approved()).body).toMatchObject({ open: false });
    await opened();
    expect(await load()).toMatchObject({ open: false, closedReason: 'approved' });
  });

  it('refuses one that is closed; a request that is carried on finds its own work done', async () => {
    await opened();
    await approved();

    await expect(approved()).rejects.toMatchObject({ status: 400, body: { type: 'invalid_request_error' } });
    expect((await approved(true)).body).toMatchObject({ open: false, closed_reason: 'approved' });
  });

  it('refuses the request that loses the race', async () => {
    await opened();
    const call = callOf({}, { id: ID });
    const loaded = await approve.read!(deps(), call);
    await approve.run(deps(), call, loaded);

    await expect(approve.run(deps(), call, loaded)).rejects.toMatchObject({ status: 400 });
  });

  it('closes it also when the stream makes the item between its first two tries', async () => {
    await table.commit(putRecord(PAYMENT, risky));
    let tries = 0;
    table.onCall = async ({ operation, when }) => {
      if (operation !== 'commit' || when !== 'before' || ++tries !== 2) return;
      table.onCall = undefined;
      await opened();
    };

    expect((await approved()).body).toMatchObject({ open: false, closed_reason: 'approved' });
    expect(tries).toBe(2);
    expect(await load()).toMatchObject({ open: false, version: 2 });
  });
});

describe('list', () => {
  it('pages newest first over all shards', async () => {
    const bodies = ['VVrda1w0aaaaaaaaaaaaaa', 'VVrda1x1aaaaaaaaaaaaaa', 'VVrda1y3aaaaaaaaaaaaaa'];
    for (const payment of bodies)
      await countAttempts(table, { attempts: [], reviews: [{ ...review, payment: payment as ObjectKey }] });
    const page = async (params: object) => {
      const { body } = await list.run(deps(), callOf(z.parse(list.params, params)), undefined);
      const { data, has_more } = body as { data: { id: string }[]; has_more: boolean };
      return [data.map(({ id }) => id), has_more];
    };

    expect(await page({ limit: 2 })).toEqual([['prv_VVrda1y3aaaaaaaaaaaaaa1', 'prv_VVrda1x1aaaaaaaaaaaaaa1'], true]);
    expect(await page({ starting_after: 'prv_VVrda1x1aaaaaaaaaaaaaa1' })).toEqual([
      ['prv_VVrda1w0aaaaaaaaaaaaaa1'],
      false,
    ]);
    await expect(page({ starting_after: `prv_${BODY}1` })).rejects.toMatchObject({ status: 400 });
  });
});

describe('charge.outcome', () => {
  const common = { advice_code: null, network_advice_code: null, network_decline_code: null };

  it('authorised', () =>
    expect(outcomeOf(capturedAttempt)).toEqual({
      ...common,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      risk_score: 10,
      seller_message: 'Payment complete.',
      type: 'authorized',
    }));

  it('under review', () =>
    expect(outcomeOf({ ...authorizedAttempt, risk })).toEqual({
      ...common,
      network_status: 'approved_by_network',
      reason: 'elevated_risk_level',
      risk_level: 'elevated',
      risk_score: 68,
      rule: 'card_declined_often',
      seller_message: 'Sluice evaluated this payment as having elevated risk.',
      type: 'manual_review',
    }));

  it('declined by the issuer, not assessed', () =>
    expect(outcomeOf({ ...failedAttempt, decline: { ...failedAttempt.decline!, networkCode: '51' } })).toEqual({
      ...common,
      network_decline_code: '51',
      network_status: 'declined_by_network',
      reason: 'generic_decline',
      risk_level: 'not_assessed',
      seller_message: 'The bank did not return any further details with this decline.',
      type: 'issuer_declined',
    }));

  it('blocked: never sent to the network', () =>
    expect(
      outcomeOf({ ...failedAttempt, blocked: true, risk: { ...risk, action: 'block', level: 'highest', score: 90 } }),
    ).toEqual({
      ...common,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      risk_level: 'highest',
      risk_score: 90,
      rule: 'card_declined_often',
      seller_message: 'Sluice blocked this payment as too risky.',
      type: 'blocked',
    }));
});
