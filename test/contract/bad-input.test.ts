/** Bad input, whatever it is: Stripe's shape, never a 5xx, nothing written, no card number repeated (I12, I16). */

import fc from 'fast-check';
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import { type GatewayResult, rawRequestOf } from '../../functions/api/raw-request.ts';
import { badRequests, CARD_NUMBER, type Known } from '../scenarios/bad-requests.ts';
import { apiOf, operations } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';
import { written } from '../world/recorded-writes.ts';
import { numRuns } from '../world/seed.ts';

const TYPES = ['api_error', 'card_error', 'idempotency_error', 'invalid_request_error'];

let known: Known;
const app = await contractApp();
beforeAll(async () => {
  const other = await app.newMerchant();
  known = {
    routes: operations.map(({ method, path }) => ({ method, path })),
    ids: [
      ...(await objectsOf(app.stripe)),
      ...(await objectsOf(app.client({ key: other.test.secretKey }))),
      ...NOTHINGS,
    ],
    secretKey: app.merchant.test.secretKey,
    publishableKey: app.merchant.test.publishableKey,
    account: app.world.table
      .items('sandbox')
      .find(({ pk }) => pk.startsWith('acct#'))!
      .pk.slice('acct#'.length),
  };
  await app.settleDown();
});

/** Well-formed ids of nothing, and others that only look like ids. */
const NOTHINGS = ['pi', 'ch', 're', 'po', 'txn', 'evt', 'pm', 'prv', 'we'].flatMap((prefix) => [
  `${prefix}_0000000000000000000000`,
  `${prefix}_zzzzzzzzzzzzzzzzzzzzzzzzzz`,
  `${prefix}_`,
]);

async function objectsOf(stripe: Stripe): Promise<readonly string[]> {
  const base = { amount: 2000, currency: 'usd' };
  const open = await stripe.paymentIntents.create(base);
  const paid = await stripe.paymentIntents.create({
    ...base,
    payment_method: 'pm_card_riskLevelElevated',
    confirm: true,
  });
  const held = await stripe.paymentIntents.create({
    ...base,
    payment_method: 'pm_card_visa',
    confirm: true,
    capture_method: 'manual',
  });
  const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 100 });
  const endpoint = await stripe.webhookEndpoints.create({
    url: 'http://127.0.0.1:9/',
    enabled_events: ['payout.paid'],
  });
  await app.settleDown();
  const [event] = (await stripe.events.list({ limit: 1 })).data;
  const [transaction] = (await stripe.balanceTransactions.list({ limit: 1 })).data;
  return [
    open.id,
    paid.id,
    held.id,
    refund.id,
    endpoint.id,
    event!.id,
    transaction!.id,
    paid.latest_charge as string,
    paid.payment_method as string,
    paid.review as string,
  ];
}

function assertRefusal({ statusCode, headers, body }: GatewayResult): void {
  expect(headers?.['content-type']).toBe('application/json');
  const { error, ...others } = JSON.parse(body!) as { error: Record<string, string> };
  expect(others).toEqual({});
  expect(TYPES).toContain(error.type);
  expect(error.message).toMatch(/\S/);
  for (const member of Object.values(error)) expect(member).not.toBeNull();
  if (error.code !== undefined && error.code !== '')
    expect(error.doc_url).toBe(`https://stripe.com/docs/error-codes/${error.code.replaceAll('_', '-')}`);
  if (statusCode !== 402) expect(body!.replaceAll(/[ -]/g, '')).not.toContain(CARD_NUMBER);
}

describe('whatever is sent', () => {
  it('is served, or refused in Stripe’s shape with nothing written', async () => {
    const api = apiOf(app.world);
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(badRequests(known), async (event) => {
        const { result, writes } = await written(app.world.table, () => api(event));

        const status = result.statusCode ?? 0;
        seen.set(status, (seen.get(status) ?? 0) + 1);
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(500);
        if (status < 400) return;
        assertRefusal(result);
        // Idempotency keys keep refusals too.
        const keyed = rawRequestOf(event).headers['idempotency-key'] !== undefined;
        if (status !== 402) expect(writes.filter(({ table }) => !keyed || table !== 'idempotency')).toEqual([]);
      }),
      numRuns(1_500),
    );
    // The noise is not all alike: some of it is served, and most kinds of refusal are met.
    for (const status of [200, 400, 401, 404]) expect(seen.get(status) ?? 0).toBeGreaterThan(0);
    expect(app.world.failures).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
