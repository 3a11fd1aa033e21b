/** What arrives over real HTTP and is wrong: Stripe's shape and status, nothing written, never a 5xx. */
import { beforeAll, describe, expect, it } from 'vitest';
import { deployed, type Merchant, newMerchant } from '../world/deployed.ts';

let merchant: Merchant;
let baseUrl: string;
beforeAll(async () => {
  merchant = await newMerchant();
  baseUrl = deployed().baseUrl;
});

interface Wrong {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const json = { 'content-type': 'application/json' };
const FORGED = { ...json, 'sandbox-signature': `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}` };

const CASES: readonly (readonly [string, Wrong, number])[] = [
  ['a broken escape', { headers: form, body: 'amount=%zz' }, 400],
  ['invalid UTF-8', { headers: form, body: new Uint8Array([0x61, 0x3d, 0xff, 0xfe]) }, 400],
  ['malformed JSON', { headers: json, body: '{"amount":' }, 400],
  ['JSON that is no object', { headers: json, body: '[1,2]' }, 400],
  ['another content type', { headers: { 'content-type': 'text/xml' }, body: '<a/>' }, 400],
  ['a missing parameter', { headers: form, body: 'amount=100' }, 400],
  ['an unknown parameter', { headers: form, body: 'amount=100&currency=usd&foo=bar' }, 400],
  ['a mistyped parameter', { headers: form, body: 'amount=abc&currency=usd' }, 400],
  ['an amount beyond 2^53', { headers: json, body: '{"amount":9007199254740993,"currency":"usd"}' }, 400],
  ['a nested value where there is a string', { headers: form, body: 'amount=100&currency[a]=usd' }, 400],
  ['a body of 300 KB', { headers: form, body: `amount=100&currency=usd&description=${'x'.repeat(300_000)}` }, 413],
  ['two thousand parameters', { headers: form, body: 'a[]=1&'.repeat(2_000) }, 400],
  ['an unknown route', { path: '/v1/nothing' }, 404],
  ['an unknown route below a known prefix', { path: '/v1/payment_intents/pi_1/nothing' }, 404],
  ['an unknown method', { method: 'PUT' }, 404],
  ['an id of another shape', { method: 'GET', path: '/v1/payment_intents/pi_%20x%2f' }, 404],
  ['no key', { headers: { authorization: '' }, body: '' }, 401],
  ['a wrong key', { headers: { authorization: 'Bearer sk_test_00000000000000000000000000000000' } }, 401],
  ['a key that is none', { headers: { authorization: 'Bearer hello' } }, 401],
  [
    'an idempotency key of 300 characters',
    { headers: { ...form, 'idempotency-key': 'k'.repeat(300) }, body: 'amount=100&currency=usd' },
    400,
  ],
  ['an expansion that cannot be', { headers: form, body: 'amount=100&currency=usd&expand[]=nothing' }, 400],
  ['a callback to an unknown channel', { path: '/v1/channels/none/callbacks/x', headers: json, body: '{}' }, 404],
  [
    'a callback to an unknown account',
    { path: '/v1/channels/sandbox/callbacks/sba00000000000000000000', headers: FORGED, body: '{}' },
    404,
  ],
];

describe('bad input', () => {
  it.each(CASES)('%s', async (_name, wrong, status) => {
    const before = (await merchant.stripe.paymentIntents.list()).data.length;
    const response = await fetch(`${baseUrl}${wrong.path ?? '/v1/payment_intents'}`, {
      method: wrong.method ?? 'POST',
      headers: { authorization: `Bearer ${merchant.secretKey}`, ...wrong.headers },
      ...(wrong.body !== undefined && wrong.method !== 'GET' && { body: wrong.body }),
    });
    const answer = (await response.json()) as { error: { type: string; message: string } };

    expect(response.status).toBe(status);
    expect(answer.error.type).toMatch(/^(invalid_request_error|idempotency_error)$/);
    expect(answer.error.message.length).toBeGreaterThan(10);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect((await merchant.stripe.paymentIntents.list()).data.length).toBe(before);
  });

  it('a card number in the wrong place is never echoed', async () => {
    const response = await fetch(`${baseUrl}/v1/payment_methods`, {
      method: 'POST',
      headers: { authorization: `Bearer ${merchant.secretKey}`, ...form },
      body: 'type=card&card[4242424242424242]=1&card[exp_month]=4242424242424242',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('4242424242424242');
  });
});

describe('authentication', () => {
  it('takes Basic with the key as user', async () => {
    const basic = Buffer.from(`${merchant.secretKey}:`).toString('base64');
    const response = await fetch(`${baseUrl}/v1/balance`, { headers: { authorization: `Basic ${basic}` } });
    expect(response.status).toBe(200);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
  });

  it('healthz answers without a key', async () => {
    expect(await (await fetch(`${baseUrl}/healthz`)).json()).toEqual({ status: 'ok' });
  });
});

describe('idempotency', () => {
  it('sixteen parallel creates with one key make one payment', async () => {
    const body = 'amount=2500&currency=usd&payment_method=pm_card_visa&confirm=true';
    const create = async (): Promise<string> => {
      for (let attempt = 0; attempt < 60; attempt++) {
        const response = await fetch(`${baseUrl}/v1/payment_intents`, {
          method: 'POST',
          headers: { authorization: `Bearer ${merchant.secretKey}`, ...form, 'idempotency-key': 'sixteen' },
          body,
        });
        if (response.status === 200) return ((await response.json()) as { id: string }).id;
        expect(response.status).toBe(409);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      throw new Error('never answered');
    };

    const ids = await Promise.all(Array.from({ length: 16 }, create));

    expect(new Set(ids).size).toBe(1);
    const paid = (await merchant.stripe.paymentIntents.list({ limit: 100 })).data.filter(
      ({ amount }) => amount === 2500,
    );
    expect(paid).toHaveLength(1);
    expect((await merchant.stripe.charges.list({ payment_intent: ids[0]! })).data).toHaveLength(1);
  });
});
