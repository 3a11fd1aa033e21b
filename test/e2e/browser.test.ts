/** A page of another origin at the deployed API's own door: what API Gateway makes of its preflight, and the account and empty lists beside it. */
import Stripe from 'stripe';
import { beforeAll, expect, it } from 'vitest';
import { deployed, type Merchant, newMerchant } from '../world/deployed.ts';

let merchant: Merchant;
beforeAll(async () => {
  merchant = await newMerchant();
});

const ORIGIN = { origin: 'https://shop.example' };

it('a preflight for what a publishable key may call is answered by the API', async () => {
  const preflight = await fetch(`${deployed().baseUrl}/v1/payment_methods`, {
    method: 'OPTIONS',
    headers: {
      ...ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,stripe-version',
    },
  });

  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST');
  for (const name of ['authorization', 'content-type', 'stripe-version', 'idempotency-key'])
    expect(preflight.headers.get('access-control-allow-headers')!.split(', ')).toContain(name);
});

it('the request that follows it is answered, and its headers can be read', async () => {
  const response = await fetch(`${deployed().baseUrl}/v1/payment_methods`, {
    method: 'POST',
    headers: {
      ...ORIGIN,
      authorization: `Bearer ${merchant.publishableKey}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'type=card&card[token]=tok_visa',
  });

  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ object: 'payment_method' });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-expose-headers')).toContain('request-id');
});

it('a preflight for what needs a secret key is refused', async () => {
  const preflight = await fetch(`${deployed().baseUrl}/v1/refunds`, { method: 'OPTIONS', headers: ORIGIN });

  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([404, null]);
});

it('a connector reads the account, and lists that are always empty', async () => {
  const { stripe } = merchant;
  const own = { stripeAccount: merchant.merchant };

  expect(await stripe.accounts.retrieveCurrent({}, own)).toMatchObject({
    id: merchant.merchant,
    charges_enabled: true,
  });
  expect((await stripe.subscriptions.list({ status: 'all' }, own)).data).toEqual([]);
  await expect(stripe.balance.retrieve({}, { stripeAccount: 'acct_other' })).rejects.toBeInstanceOf(
    Stripe.errors.StripePermissionError,
  );
});
