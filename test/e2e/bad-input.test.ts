/** Bad input at the deployed API's own door: whatever API Gateway makes of a request, the answer is Stripe's, and no 5xx. */
import { beforeAll, expect, it } from 'vitest';
import { deployed, type Merchant, newMerchant } from '../world/deployed.ts';

let merchant: Merchant;
beforeAll(async () => {
  merchant = await newMerchant();
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };
const post = (headers: Readonly<Record<string, string>>, body: string | Uint8Array<ArrayBuffer>): RequestInit => ({
  method: 'POST',
  headers,
  body,
});

it.each<readonly [string, string, RequestInit, number, string | undefined | readonly (string | undefined)[]]>([
  ['an unknown path', '/v1/unheard_of', {}, 404, undefined],
  ['an unknown method', '/v1/payment_intents', { method: 'PATCH' }, 404, undefined],
  ['a broken escape in the path', '/v1/payment_intents/%zz', {}, 400, undefined],
  ['a zero byte in the path', '/v1/payment_intents/%00', {}, 404, 'resource_missing'],
  // LocalStack's gateway has made text of such bytes before a function sees them: refused all the same, for what they are then.
  [
    'bytes that are no text in the query',
    '/v1/payment_intents?limit=%ff',
    {},
    400,
    [undefined, 'parameter_invalid_integer'],
  ],
  ['a parameter that there is not', '/v1/payment_intents?nope=1', {}, 400, 'parameter_unknown'],
  ['two values for one parameter', '/v1/charges?limit=1&limit=x', {}, 400, 'parameter_invalid_integer'],
  ['no body', '/v1/payment_intents', post(FORM, ''), 400, 'parameter_missing'],
  [
    'bytes that are no text',
    '/v1/payment_intents',
    post(FORM, Uint8Array.of(0x61, 0x3d, 0xff)),
    400,
    [undefined, 'parameter_missing'],
  ],
  ['JSON without end', '/v1/payment_intents', post(JSON_TYPE, '['.repeat(100_000)), 400, undefined],
  ['a very wide JSON', '/v1/payment_intents', post(JSON_TYPE, `{"a":[${'1,'.repeat(130_000)}1]}`), 400, undefined],
  ['XML', '/v1/payment_intents', post({ 'content-type': 'text/xml' }, '<a/>'), 400, undefined],
  ['a very large body', '/v1/payment_intents', post(FORM, 'a'.repeat(1_000_000)), 413, undefined],
  ['a wrong key', '/v1/balance', { headers: { authorization: 'Bearer sk_test_0000000000000000' } }, 401, undefined],
  ['a callback without a signature', '/v1/channels/sandbox/callbacks/x', post(JSON_TYPE, '{}'), 404, undefined],
])('%s: is refused in Stripe’s shape', async (_what, path, init, status, code) => {
  const response = await fetch(`${deployed().baseUrl}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${merchant.secretKey}`, ...init.headers },
  });

  const { error } = (await response.json()) as { error: { type: string; message: string; code?: string } };
  expect([response.status, error.type]).toEqual([status, 'invalid_request_error']);
  expect([code].flat()).toContain(error.code);
  expect(error.message).toMatch(/\S/);
});
