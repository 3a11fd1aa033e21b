/** Text that is no Unicode is refused in Stripe's shape, and changes nothing; what is cut is not cut within a character. */
import { describe, expect, it } from 'vitest';
import { decodeForm } from '../../functions/api/form.ts';
import { contractApp } from '../world/contract-app.ts';
import { FORM, rawOf } from '../world/raw-requests.ts';
import { written } from '../world/recorded-writes.ts';

const app = await contractApp();
const { get, post, send } = rawOf(app);
const JSON_TYPE = { 'content-type': 'application/json' };
/** Escapes of JSON: the first half of a pair alone, the second half alone, both in the wrong order. */
const HALVES = ['\\ud83d', '\\ude00', '\\ude00\\ud83d', 'a\\ud83db'];
/** Bytes that are no UTF-8, as a form escapes them: none, cut short, too long, half a pair, past the last character. */
const BYTES = ['%FF', '%C3', '%C0%AF', '%ED%A0%80', '%F4%90%80%80', '%F0%9F%98'];

async function refusedInVain(call: () => ReturnType<typeof post>): Promise<unknown> {
  const { result, writes } = await written(app.world.table, call);
  expect(writes).toEqual([]);
  expect(result).toMatchObject({ status: 400, type: 'invalid_request_error' });
  return result.message;
}

describe.each(HALVES)('JSON with %s', (half) => {
  it.each([
    ['a value', `{"name":"${half}"}`],
    ['a value of metadata', `{"metadata":{"a":"${half}"}}`],
    ['a name of metadata', `{"metadata":{"${half}":"a"}}`],
    ['a name', `{"${half}":"a"}`],
    ['a list', `{"preferred_locales":["en","${half}"]}`],
  ])('as %s is refused', async (_, body) => {
    const headers = { ...JSON_TYPE, 'idempotency-key': `half ${body}` };

    expect(await refusedInVain(() => post('/v1/customers', body, headers))).toBe(
      'Invalid request: the body is not valid Unicode.',
    );
  });
});

describe.each(BYTES)('%s', (bytes) => {
  it('is refused in a form, as a name, in a query and in an id', async () => {
    for (const body of [`name=${bytes}`, `metadata[a]=${bytes}`, `metadata[${bytes}]=a`, `${bytes}=a`])
      expect(await refusedInVain(() => post('/v1/customers', body))).toMatch('not well-formed');
    expect(await refusedInVain(() => get(`/v1/customers/${bytes}`))).toMatch('not well-formed');
    // A REST API replaces them with U+FFFD before the function sees the query.
    expect(await refusedInVain(() => get(`/v1/customers?email=${bytes}`))).toBe('Invalid email address');
    expect(await refusedInVain(() => get(`/v1/customers?${bytes}=a`))).toMatch(/^Received unknown parameter: \ufffd/);
    expect(() => decodeForm(`email=${bytes}`)).toThrow('not well-formed');
  });
});

it('bytes of a body that are no UTF-8 are refused', async () => {
  for (const contentType of [FORM, 'application/json']) {
    const body = Buffer.from([...Buffer.from(contentType === FORM ? 'name=' : '{"name":"'), 0xff, 0x22, 0x7d]);
    const response = await app.fetch('/v1/customers', {
      method: 'POST',
      headers: { authorization: `Bearer ${app.merchant.test.secretKey}`, 'content-type': contentType },
      body,
    });

    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('the body is not valid UTF-8') as string,
    ]);
  }
});

it('characters beyond the first plane are kept, escaped or not, in JSON and in forms', async () => {
  const escaped = await post('/v1/customers', '{"name":"\\ud83d\\ude00"}', JSON_TYPE);
  const plain = await post('/v1/customers', '{"name":"😀"}', JSON_TYPE);
  const form = await post('/v1/customers', 'name=%F0%9F%98%80');

  expect([escaped.name, plain.name, form.name]).toEqual(['😀', '😀', '😀']);
});

it('a value that is repeated in an error is not cut within a character', async () => {
  const { message } = await get(`/v1/customers?limit=a${encodeURIComponent('😀'.repeat(300))}`);
  const response = await send('GET', `/v1/balance`, undefined, { 'stripe-version': 'x'.repeat(500) });

  expect(message).toBe(`Invalid integer: a${'😀'.repeat(199)}`);
  expect(((await response.json()) as { error: { message: string } }).error.message).toHaveLength(
    'Invalid Stripe API version: '.length + 200,
  );
});
