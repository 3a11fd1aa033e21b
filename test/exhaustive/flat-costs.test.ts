/**
 * What every read and every list costs does not grow with what is stored: calls and read units are the same with 1,000 payments and with
 * 100,000, with a tenth as many of everything else. What looks for something that is rare is bounded. Counts, never times.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Busy, busyMerchant } from '../scenarios/busy-merchant.ts';
import { isOfGateway, operations } from '../world/api.ts';

/** Every read that is served, with what it may be asked for: lists from the newest on, behind a cursor, before one, within times. */
const READS = [
  '/v1/payment_intents',
  '/v1/payment_intents?limit=100',
  '/v1/payment_intents?starting_after={payment}',
  '/v1/payment_intents?ending_before={payment}',
  '/v1/payment_intents?created[lt]={recently}&created[gte]={earlier}',
  '/v1/payment_intents?customer={customer}',
  '/v1/payment_intents?customer={customer}&ending_before={payment}',
  '/v1/payment_intents?expand[]=data.customer&expand[]=data.latest_charge.balance_transaction',
  '/v1/payment_intents/{payment}',
  '/v1/payment_intents/search?query=metadata["shop"]:"north"',
  '/v1/payment_intents/search?query=status:"succeeded"',
  '/v1/payment_intents/search?query=status:"succeeded" AND created<{recently}',
  '/v1/charges',
  '/v1/charges?starting_after={charge}',
  '/v1/charges?ending_before={charge}',
  '/v1/charges?created[lt]={recently}',
  '/v1/charges?payment_intent={payment}',
  '/v1/charges?customer={customer}',
  '/v1/charges?customer={customer}&starting_after={charge}',
  '/v1/charges?customer={customer}&ending_before={charge}',
  '/v1/charges?customer={customer}&created[lt]={recently}',
  '/v1/charges/{charge}',
  '/v1/charges/search?query=payment_method_details.card.last4:"4242"',
  '/v1/refunds',
  '/v1/refunds?starting_after={refund}',
  '/v1/refunds?payment_intent={payment}',
  '/v1/refunds?payment_intent={payment}&ending_before={refund}',
  '/v1/refunds?charge={charge}&created[lt]={recently}',
  '/v1/refunds/{refund}',
  '/v1/customers',
  '/v1/customers?starting_after={customer}',
  '/v1/customers?email=payer@example.com',
  '/v1/customers?email=payer@example.com&ending_before={customer}',
  '/v1/customers/{customer}',
  '/v1/customers/search?query=email:"payer@example.com"',
  '/v1/customers/{customer}/payment_methods',
  '/v1/customers/{customer}/payment_methods?allow_redisplay=unspecified',
  '/v1/customers/{customer}/payment_methods/{method}',
  '/v1/payment_methods?customer={customer}',
  '/v1/payment_methods?customer={customer}&ending_before={method}',
  '/v1/payment_methods/{method}',
  '/v1/setup_intents',
  '/v1/setup_intents?customer={customer}',
  '/v1/setup_intents?customer={customer}&ending_before={setup}',
  '/v1/setup_intents/{setup}',
  '/v1/setup_attempts?setup_intent={setup}',
  '/v1/mandates/{mandate}',
  '/v1/tokens/{token}',
  '/v1/checkout/sessions',
  '/v1/customers/{customer}/sources',
  '/v1/customers/{customer}/sources/{source}',
  '/v1/customers/{customer}/cards',
  '/v1/customers/{customer}/cards/{source}',
  '/v1/customers/{customer}/subscriptions',
  '/v1/customers/{customer}/bank_accounts',
  '/v1/customers/{customer}/cash_balance',
  '/v1/customers/{customer}/cash_balance_transactions',
  '/v1/charges/{charge}/refunds',
  '/v1/charges/{charge}/refunds/{refund}',
  '/v1/customers/{customer}/balance_transactions',
  '/v1/customers/{customer}/tax_ids',
  '/v1/account',
  '/v1/country_specs',
  '/v1/subscriptions',
  '/v1/checkout/sessions?status=open',
  '/v1/checkout/sessions?customer={customer}&status=open',
  '/v1/checkout/sessions/{session}',
  '/v1/checkout/sessions/{session}/line_items',
  '/v1/products',
  '/v1/products?ids[]={product}',
  '/v1/products?ending_before={product}',
  '/v1/products/{product}',
  '/v1/products/{product}/features',
  '/v1/products/search?query=metadata["shop"]:"north"',
  '/v1/prices',
  '/v1/prices/search?query=metadata["shop"]:"north"',
  '/v1/prices?starting_after={price}',
  '/v1/prices?lookup_keys[]=standard',
  '/v1/prices?product={product}&ending_before={price}',
  '/v1/prices/{price}',
  '/v1/disputes',
  '/v1/disputes?payment_intent={payment}',
  '/v1/disputes?ending_before={dispute}',
  '/v1/disputes/{dispute}',
  '/v1/payouts',
  '/v1/payouts?status=paid',
  '/v1/payouts?ending_before={payout}',
  '/v1/payouts/{payout}',
  '/v1/payouts/{payout}/report',
  '/v1/reviews',
  '/v1/reviews?ending_before={review}',
  '/v1/reviews/{review}',
  '/v1/balance',
  '/v1/ledger/accounts',
  '/v1/channels',
  '/v1/channels/{account}',
  '/v1/balance_transactions',
  '/v1/balance_transactions?type=charge&currency=usd',
  '/v1/balance_transactions?starting_after={transaction}',
  '/v1/balance_transactions?ending_before={transaction}',
  '/v1/balance_transactions?source={charge}',
  '/v1/balance_transactions?payout={payout}',
  '/v1/balance_transactions/{transaction}',
  '/v1/balance/history',
  '/v1/balance/history/{transaction}',
  '/v1/events',
  '/v1/events?type=charge.succeeded',
  '/v1/events?types[]=charge.*',
  '/v1/events?delivery_success=true',
  '/v1/events?delivery_success=false',
  '/v1/events?ending_before={event}',
  '/v1/events/{event}',
  '/v1/webhook_endpoints',
  '/v1/webhook_endpoints/{endpoint}',
  '/v1/webhook_endpoints/{endpoint}/deliveries',
] as const;

/** Filters that reject most objects read the rejected ones too, up to a limit. */
const RARE = [
  '/v1/payouts?status=failed',
  '/v1/prices/search?query=lookup_key:"standard"',
  '/v1/setup_intents?payment_method=pm_none',
  '/v1/setup_intents?customer={customer}&payment_method=pm_none',
  '/v1/payment_methods?customer={customer}&allow_redisplay=always',
  '/v1/balance_transactions?type=payout',
  '/v1/balance_transactions?currency=eur',
  '/v1/events?type=payout.failed',
  '/v1/payment_intents/search?query=amount:1',
  '/v1/payment_intents/search?query=metadata["shop"]:"north" AND amount:1',
] as const;

interface Cost {
  readonly status: number;
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

async function costOf({ sim, ids }: Busy, path: string): Promise<Cost> {
  const { table, clock } = sim.world;
  const seconds = Math.floor(clock.nowMs() / 1000);
  const names: Readonly<Record<string, string | number>> = {
    ...ids,
    source: ids.method!.replace('pm_', 'card_'),
    recently: seconds - 1_200,
    earlier: seconds - 1_500,
  };
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(names[name]));
  const before = { calls: table.calls, ...table.consumed };
  const { status } = await sim.request('GET', url);
  return {
    status,
    calls: table.calls - before.calls,
    readUnits: table.consumed.readUnits - before.readUnits,
    writeUnits: table.consumed.writeUnits - before.writeUnits,
  };
}

describe('with 100,000 payments stored', () => {
  let few: Busy;
  let many: Busy;
  beforeAll(async () => {
    [few, many] = [await busyMerchant(1_000), await busyMerchant(100_000)];
    // Keys, settings and tokens of the rate limit are at hand.
    for (const busy of [few, many]) await costOf(busy, '/v1/payouts?limit=1');
  });

  it.each(READS)('GET %s costs what it costs with 1,000', async (path) => {
    const [cheap, same] = [await costOf(few, path), await costOf(many, path)];

    expect(same).toEqual(cheap);
    expect(same).toMatchObject({ status: 200, writeUnits: 0 });
    // A page of a hundred, from 16 partitions and with the objects behind it, costs no more than this.
    expect(same.readUnits).toBeLessThanOrEqual(120);
  });

  it.each(RARE)('GET %s looks at 5,000 objects at the most', async (path) => {
    const { calls, readUnits, writeUnits } = await costOf(many, path);

    expect(calls).toBeLessThanOrEqual(130);
    expect(readUnits).toBeLessThanOrEqual(6_000);
    expect(writeUnits).toBe(0);
  });

  it('is asked for every read that is served', () => {
    const asked = new Set(READS.map((path) => path.split('?')[0]!.replaceAll(/\{\w+\}/g, '{}')));
    // The gateway's operations read the settings at most: a few of them stand for all.
    const served = operations.flatMap(({ method, path }) =>
      method === 'GET' && !isOfGateway(path) ? [path.replaceAll(/\{\w+\}/g, '{}')] : [],
    );
    expect(served.filter((path) => !asked.has(path))).toEqual([]);
  });
});
