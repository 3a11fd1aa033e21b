/** Every route × no key, a wrong key, an expired key and the publishable key: without a secret key a request reads nothing and changes nothing. */
import { describe, expect, it } from 'vitest';
import { objectsOf, withIds } from '../scenarios/one-of-each-object.ts';
import { operations } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';
import { written } from '../world/recorded-writes.ts';

const app = await contractApp();
const ids = await objectsOf(app, app.merchant);

const routes = operations.map(({ method, path, publishable }) => [method, path, publishable] as const);

/** The answer to this key at this route, for an object that exists; asserts that nothing was written. */
async function told(authorization: string | undefined, method: string, path: string) {
  const { result: response, writes } = await written(app.world.table, () =>
    app.fetch(withIds(path, ids), {
      method,
      headers: {
        ...(authorization !== undefined && { authorization }),
        'content-type': 'application/x-www-form-urlencoded',
      },
    }),
  );
  const { error } = (await response.json()) as { error?: { readonly type: string; readonly code?: string } };
  expect(writes).toEqual([]);
  return { status: response.status, type: error?.type, code: error?.code };
}
const UNAUTHORIZED = { status: 401, type: 'invalid_request_error', code: undefined };

describe.each(routes)('%s %s', (method, path, publishable) => {
  it('without a key, with an empty one, a wrong one and one of another scheme is a 401', async () => {
    for (const authorization of [undefined, 'Bearer ', `Bearer sk_test_${'0'.repeat(32)}`, 'Digest x', 'Basic Og=='])
      expect(await told(authorization, method, path)).toEqual(UNAUTHORIZED);
  });

  it(
    publishable ? 'is open to the publishable key, which is asked for what is missing' : 'needs a secret key',
    async () => {
      const answer = await told(`Bearer ${app.merchant.test.publishableKey}`, method, path);

      if (publishable === undefined)
        expect(answer).toEqual({ status: 403, type: 'invalid_request_error', code: 'secret_key_required' });
      else expect(answer).toMatchObject({ status: 400, code: 'parameter_missing' });
    },
  );
});

it('publishable keys may call what Stripe lets them call, and nothing else', () => {
  expect(routes.flatMap(([method, path, publishable]) => (publishable ? [`${method} ${path}`] : [])).sort()).toEqual([
    'GET /v1/payment_intents/{id}',
    'GET /v1/setup_intents/{id}',
    'POST /v1/payment_intents/{id}/confirm',
    'POST /v1/payment_methods',
    'POST /v1/setup_intents/{id}/confirm',
    'POST /v1/tokens',
  ]);
});
