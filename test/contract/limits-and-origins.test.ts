/** The limits before the operations: the rate limit, and the routes that a browser may call. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { rateLimit } from '../../functions/api/rate-limit.ts';
import { apiOf, eventOf } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';

const app = await contractApp();

describe('the rate limit', () => {
  it('answers 429 with when to come again, and lets the merchant’s other key through', async () => {
    const { world, merchant } = app;
    // A clock that stands still: all of it is one window.
    const nowMs = world.clock.nowMs();
    const limit = rateLimit({
      table: world.table,
      clock: { ...world.clock, nowMs: () => nowMs },
      failed: () => undefined,
    });
    const api = apiOf({ ...world, deps: { ...world.deps, limit } });
    const ask = async (key: string, path: string) => api(eventOf('GET', path, { authorization: `Bearer ${key}` }));
    const statuses: unknown[] = [];
    for (let request = 0; request < 1_021; request++)
      statuses.push((await ask(merchant.test.secretKey, '/v1/balance')).statusCode);

    const refused = await ask(merchant.test.secretKey, '/v1/balance');
    const other = await ask(merchant.test.publishableKey, '/v1/balance');

    expect(statuses.filter((status) => status === 200)).toHaveLength(1_020);
    expect(refused).toMatchObject({
      statusCode: 429,
      headers: { 'stripe-should-retry': 'true', 'retry-after': expect.stringMatching(/^([1-9]|10)$/) },
    });
    expect(JSON.parse(refused.body!)).toMatchObject({ error: { type: 'invalid_request_error', code: 'rate_limit' } });
    expect(other.statusCode).toBe(403);
  });
});

describe('a page of another origin', () => {
  const origin = { origin: 'https://shop.example' };
  const allowed = (response: Response): string | null => response.headers.get('access-control-allow-origin');

  it('may call what publishable keys may', async () => {
    const preflight = await app.fetch('/v1/payment_methods', {
      method: 'OPTIONS',
      headers: { ...origin, 'access-control-request-method': 'POST' },
    });
    const refused = await app.fetch('/v1/payment_methods', { method: 'POST', headers: origin, body: '' });

    expect(preflight.status).toBe(204);
    expect(allowed(preflight)).toBe('*');
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(Number(preflight.headers.get('access-control-max-age'))).toBeGreaterThan(60);
    const exposed = refused.headers.get('access-control-expose-headers')!.split(', ');
    expect(exposed).toEqual(expect.arrayContaining(['request-id', 'stripe-manage-version', 'stripe-should-retry']));
    expect(refused.status).toBe(401);
    expect(allowed(refused)).toBe('*');
  });

  it('may send every header that the SDK sends', async () => {
    const sent = new Set<string>();
    const client = new Stripe(app.merchant.test.publishableKey, {
      httpClient: Stripe.createFetchHttpClient((_input, init) => {
        for (const [name] of new Headers(init?.headers)) sent.add(name);
        return Promise.resolve(Response.json({ id: 'tok_1' }, { headers: { 'request-id': 'req_1' } }));
      }),
      stripeAccount: app.merchant.merchant,
      stripeContext: app.merchant.merchant,
    });
    // The second request carries the telemetry of the first one.
    for (let request = 0; request < 2; request++)
      await client.tokens.create({ card: { number: '4242424242424242' } } as never);
    const preflight = await app.fetch('/v1/tokens', { method: 'OPTIONS', headers: origin });
    const allowedHeaders = preflight.headers.get('access-control-allow-headers')!.split(', ');

    expect([...sent]).toEqual(expect.arrayContaining(['authorization', 'x-stripe-client-telemetry', 'stripe-account']));
    // A browser sets the length itself.
    expect([...sent].filter((name) => name !== 'content-length' && !allowedHeaders.includes(name))).toEqual([]);
  });

  it('may not call what needs a secret key', async () => {
    const preflight = await app.fetch('/v1/refunds', { method: 'OPTIONS', headers: origin });
    const list = await app.fetch('/v1/refunds', {
      headers: { ...origin, authorization: `Bearer ${app.merchant.test.secretKey}` },
    });

    expect([preflight.status, allowed(preflight)]).toEqual([404, null]);
    expect([list.status, allowed(list)]).toEqual([200, null]);
  });

  it('a request without an origin gets no header about origins', async () => {
    const response = await app.fetch('/v1/payment_methods', { method: 'POST', body: '' });

    expect(allowed(response)).toBeNull();
  });
});
