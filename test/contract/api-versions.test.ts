/** API versions: what a client asks for with each request, and what an endpoint’s events are sent in. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { PUBLISHED_VERSIONS } from '../../functions/api/versions/published.ts';
import { startReceiver } from '../simulators/webhook-receiver.ts';
import { eitherApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';

const app = await eitherApp();
const { stripe } = app;
const { get, post, send } = rawOf(app);
const PAID = 'amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa&expand[]=latest_charge';
const at = (version: string) => ({ 'stripe-version': version });

describe('the header Stripe-Version', () => {
  it('takes every version that Stripe published, and repeats it', async () => {
    for (const version of PUBLISHED_VERSIONS) {
      const response = await send('GET', '/v1/balance', undefined, at(version));

      expect([version, response.status, response.headers.get('stripe-version')]).toEqual([version, 200, version]);
    }
  });

  it.each(['2024-04-11', '2025-03-31', '2026-10-28.endives', 'latest'])(
    'refuses %s, which never was one',
    async (version) => {
      expect(await get('/v1/balance', at(version))).toMatchObject({
        status: 400,
        message: `Invalid Stripe API version: ${version}`,
      });
    },
  );

  it('decides the shape of responses, of replays and of declines', async () => {
    const key = { 'idempotency-key': 'versions' };
    const old = await post('/v1/payment_intents', PAID, { ...at('2024-06-20'), ...key });
    const replayed = await post('/v1/payment_intents', PAID, { ...at('2025-03-31.basil'), ...key });
    const declined = await post('/v1/payment_intents', PAID.replace('visa', 'chargeDeclined'), at('2022-11-15'));

    expect(old).toMatchObject({ status: 'succeeded', invoice: null, latest_charge: { invoice: null } });
    expect(replayed.id).toBe(old.id);
    expect(replayed).not.toHaveProperty('invoice');
    expect(declined).toMatchObject({ code: 'card_declined', payment_intent: { invoice: null } });
    expect(await get(`/v1/payment_intents/${String(old.id)}`)).not.toHaveProperty('invoice');
  });

  it('decides which members can be expanded', async () => {
    const { id } = await post('/v1/payment_intents', PAID);
    const expanded = `/v1/payment_intents/${String(id)}?expand[]=invoice&expand[]=latest_charge.invoice`;

    expect(await get(expanded, at('2024-06-20'))).toMatchObject({ invoice: null, latest_charge: { invoice: null } });
    expect(await get('/v1/charges?limit=1&expand[]=data.invoice', at('2024-06-20'))).toMatchObject({
      data: [{ invoice: null }],
    });
    expect(await get(expanded)).toMatchObject({
      status: 400,
      message: 'This property cannot be expanded (invoice).',
    });
  });

  it('a charge names its dispute in every version, and a destination before 2023-08-16', async () => {
    const disputed = await post('/v1/payment_intents', PAID.replace('visa', 'createDispute'), at('2022-11-15'));
    const { dispute, ...charge } = disputed.latest_charge as { id: string; dispute: string };
    const path = `/v1/charges/${charge.id}?expand[]=dispute.charge`;

    expect(dispute).toMatch(/^du_/);
    expect(charge).toMatchObject({ disputed: true, destination: null, refunds: null });
    for (const version of ['2022-11-15', '2023-08-16', '2026-10-28.endive'])
      expect(await get(path, at(version))).toMatchObject({
        dispute: { id: dispute, charge: { id: charge.id, dispute } },
      });
    expect(await get(`/v1/charges/${charge.id}`, at('2023-08-16'))).not.toHaveProperty('destination');
    expect(await get('/v1/charges?limit=1&expand[]=data.invoice.subscription', at('2024-06-20'))).toMatchObject({
      data: [{ dispute, invoice: null }],
    });
  });

  it('decides the name of the features of a product', async () => {
    const old = at('2023-10-16');
    const made = await post('/v1/products', 'name=Tea&features[0][name]=Green', old);
    const path = `/v1/products/${String(made.id)}`;

    expect(made).toMatchObject({ status: 200, features: [{ name: 'Green' }] });
    expect(await post(path, 'features[0][name]=Black', old)).toMatchObject({ features: [{ name: 'Black' }] });
    expect(await get(path)).toMatchObject({ marketing_features: [{ name: 'Black' }] });
    expect(await post('/v1/products', 'name=Tea&features[0][name]=Green')).toMatchObject({
      status: 400,
      message: expect.stringContaining('marketing_features'),
      param: 'features',
    });
  });

  it('takes the preview of a release, and renders it as the release', async () => {
    const response = await send('GET', '/v1/payment_intents?limit=1', undefined, at('2025-02-24.preview'));
    const { data } = (await response.json()) as { data: object[] };

    expect(response.headers.get('stripe-version')).toBe('2025-02-24.preview');
    expect(data[0]).toHaveProperty('invoice', null);
    expect((await get('/v1/payment_intents?limit=1', at('2025-09-30.preview'))).data).not.toHaveProperty('0.invoice');
  });

  it('decides the values of a Checkout Session', async () => {
    const body = 'mode=setup&success_url=https://shop.example/';

    expect(await post('/v1/checkout/sessions', body, at('2025-12-15.clover'))).toMatchObject({ ui_mode: 'hosted' });
    expect(await post('/v1/checkout/sessions', body, at('2026-03-25.dahlia'))).toMatchObject({
      ui_mode: 'hosted_page',
    });
  });
});

describe('the api_version of a webhook endpoint', () => {
  it.each(['2026-10-28.endive', '2025-09-30.clover', '2024-06-20', '2022-11-15', '2019-03-14'])(
    'in %s: its events say so, and hold objects of that version',
    async (version) => {
      const made = await app.newMerchant();
      const client = app.client({ key: made.test.secretKey });
      const receiver = await startReceiver();
      const endpoint = await client.webhookEndpoints.create({
        url: receiver.url,
        enabled_events: ['charge.succeeded'],
        api_version: version as Stripe.WebhookEndpointCreateParams.ApiVersion,
      });
      await client.paymentIntents.create({
        amount: 900,
        currency: 'usd',
        confirm: true,
        payment_method: 'pm_card_visa',
      });
      await app.settleDown();
      await receiver.close();

      expect(endpoint.api_version).toBe(version);
      const [event] = receiver.received.map((each) => each.event);
      // stripe-go's ConstructEvent and stripe-java's getObject() compare this with the SDK's own version.
      expect(event).toMatchObject({ type: 'charge.succeeded', api_version: version });
      expect('invoice' in event!.data.object).toBe(version < '2025-03-31');
      // A list has the events as of the account's version, whatever the request asks for.
      const [listed] = (await client.events.list({ type: 'charge.succeeded' }, { apiVersion: '2022-11-15' })).data;
      expect(listed).toMatchObject({ api_version: '2026-10-28.endive' });
      expect(listed!.data.object).not.toHaveProperty('invoice');
    },
  );

  it('that Stripe never published is refused', async () => {
    const params = { url: 'http://127.0.0.1:9/', enabled_events: ['*'] as const, api_version: '2024-04-11' as never };

    await expect(stripe.webhookEndpoints.create({ ...params, enabled_events: ['*'] })).rejects.toMatchObject({
      statusCode: 400,
      param: 'api_version',
      message: 'Invalid Stripe API version: 2024-04-11',
    });
  });
});
