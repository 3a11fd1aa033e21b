/** An id selects an object, never an operation (I19): every operation × every encoding that a gateway or a router could take for structure. */
import { describe, expect, it } from 'vitest';
import { redacted } from '../../functions/api/errors.ts';
import type { GatewayEvent } from '../../functions/api/raw-request.ts';
import { collectionOf, objectsOf, withIds } from '../scenarios/one-of-each-object.ts';
import { apiOf, operations } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';
import { domainEvent, httpEvent, type Sent, stageEvent } from '../world/gateway-events.ts';
import { written } from '../world/recorded-writes.ts';

const TOKEN = 'known to the proxy and the functions';

const app = await contractApp();
const ids = await objectsOf(app, app.merchant);
const api = apiOf({ ...app.world, deps: { ...app.world.deps, rawPathToken: TOKEN } });

/** The emulator routes by a path that the proxy makes, and the functions read the header: what the event says of the path does not count. */
const handedOver =
  (event: (sent: Sent) => GatewayEvent) =>
  (sent: Sent): GatewayEvent =>
    event({
      ...sent,
      target: '/v1/payment_intents/_/cancel',
      headers: { ...sent.headers, 'Sluice-Raw-Path': `${TOKEN} ${sent.target}` },
    });

const KEPT = [
  ['REST API at its own address', stageEvent],
  ['REST API behind a custom domain', domainEvent],
  ['HTTP API behind the local proxy', handedOver(httpEvent)],
  ['REST API behind the local proxy', handedOver(stageEvent)],
] as const;

/** What stands between the real id and the name of another operation. */
const SEPARATORS = ['%2F', '%2f', '%252F', '%3F', '%23', '%5C', '%00', ';', '%3B', '..', '%2e%2e%2f', '%2F..%2F'];
/** An HTTP API on AWS decodes the escapes of `/` and `?` before a function sees them (docs/api.md); of the others nothing is lost. */
const HARMLESS = ['%23', '%5C', '%00', ';', '%3B', '..'];
const ALONE = ['..', '.', '%2e%2e', '%2F', '%2f', '%252F', '%3F', '%23', '%5C', '%00', ';', '%20', '%25'];

/** Parameters without which an operation refuses before it looks for its object. */
const PARAMETERS: Readonly<Record<string, string>> = {
  'POST /v1/payment_intents/{id}/increment_authorization': 'amount=9000',
  'POST /v1/customers/{id}/sources': 'source=tok_visa',
  'POST /v1/customers/{id}/cards': 'card=tok_visa',
};

const withId = operations.filter(({ path, refuses }) => path.includes('{') && refuses === undefined);
/** How an id that is none of the caller's is refused: no key has access to another account. */
const refusalOf = (path: string, place: string): readonly [number, string] =>
  path.startsWith('/v1/accounts/') && place === '{id}' ? [403, 'account_invalid'] : [404, 'resource_missing'];
/** Names of the operations on one object, by its collection: `cancel`, `capture` … */
const namesOf = (path: string): readonly string[] => {
  const names = withId
    .filter((other) => collectionOf(other.path) === collectionOf(path))
    .map((other) => other.path.split('/').at(-1)!)
    .filter((name) => !name.startsWith('{'));
  return [...new Set([...names, 'cancel'])];
};

/** Each way to put the attack in the place of one of the path's ids; the other one is real. */
function attacks(
  path: string,
  separators: readonly string[],
): readonly { readonly path: string; readonly id: string; readonly place: string }[] {
  const places = path.match(/\{[a-z]+\}/g)!;
  return places.flatMap((place) => {
    const real = withIds(path, ids).split('/')[path.split('/').indexOf(place)]!;
    const inPlace = (id: string) => ({
      path: withIds(
        path.replace(place, () => id),
        ids,
      ),
      id,
      place,
    });
    const joined = separators.flatMap((separator) => namesOf(path).map((name) => `${real}${separator}${name}`));
    return joined.map(inPlace);
  });
}

async function refusals(
  method: string,
  path: string,
  tried: ReturnType<typeof attacks>,
  event: (sent: Sent) => GatewayEvent,
  decode: (id: string) => string = decodeURIComponent,
): Promise<void> {
  const headers = {
    authorization: `Bearer ${app.merchant.test.secretKey}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  for (const attack of tried) {
    const sent = { method, target: attack.path, headers, body: PARAMETERS[`${method} ${path}`] };
    const { result, writes } = await written(app.world.table, () => api(event(sent)));

    const { error } = JSON.parse(result.body ?? '{}') as { error?: { code?: string; message: string } };
    expect([attack.path, result.statusCode, error?.code]).toEqual([attack.path, ...refusalOf(path, attack.place)]);
    expect(error!.message).toContain(`'${redacted(decode(attack.id))}'`);
    expect(writes).toEqual([]);
  }
}

describe.each(KEPT)('%s', (_, event) => {
  it.each(withId)('$method $path: an id that holds another operation is no object', async ({ method, path }) => {
    await refusals(method, path, attacks(path, SEPARATORS), event);
  });

  it.each(withId)('$method $path: an id that is only escapes or dots is no object', async ({ method, path }) => {
    const tried = ALONE.map((id) => ({
      path: withIds(
        path.replace(/\{[a-z]+\}/, () => id),
        ids,
      ),
      id,
      place: '{id}',
    }));

    await refusals(method, path, tried, event);
  });
});

describe('HTTP API on AWS', () => {
  it.each(withId)('$method $path: an id is decoded no more than the gateway did', async ({ method, path }) => {
    await refusals(method, path, attacks(path, HARMLESS), httpEvent);
  });
});

describe('an empty or missing id', () => {
  /** `/v1/customers/{id}/payment_methods` → the same with nothing in the place of the id. */
  const emptied = (path: string): readonly string[] =>
    (path.match(/\{[a-z]+\}/g) ?? []).map((place) => withIds(path.replace(place, ''), ids));

  it.each(KEPT)('%s: is a 404 that says to remove the slash, for every operation', async (__, event) => {
    const headers = { authorization: `Bearer ${app.merchant.test.secretKey}` };
    for (const { method, path } of operations) {
      for (const target of [...emptied(path), `${withIds(path, ids)}/`, `${withIds(path, ids)}//`]) {
        const { result, writes } = await written(app.world.table, () => api(event({ method, target, headers })));

        const { error } = JSON.parse(result.body!) as { error: { message: string; code?: string } };
        expect([target, result.statusCode, error.code]).toEqual([target, 404, undefined]);
        expect(error.message).toContain(`Unrecognized request URL (${method}: ${target})`);
        expect(error.message).toContain('remove the trailing slash');
        expect(writes).toEqual([]);
      }
    }
  });

  it('by the SDK: neither a list, nor a new object, nor a charge', async () => {
    const { stripe } = app;
    const missing = { statusCode: 404, message: expect.stringContaining('remove the trailing slash') as string };

    await expect(stripe.customers.retrieve('')).rejects.toMatchObject(missing);
    await expect(stripe.customers.update('', { name: 'x' })).rejects.toMatchObject(missing);
    await expect(stripe.paymentIntents.confirm('')).rejects.toMatchObject(missing);
    await expect(stripe.paymentIntents.update('', { amount: 2000, currency: 'usd' })).rejects.toMatchObject(missing);
    await expect(stripe.customers.listPaymentMethods('')).rejects.toMatchObject(missing);
    await expect(stripe.customers.retrievePaymentMethod('', ids.payment_methods!)).rejects.toMatchObject(missing);
  });

  it('double slashes elsewhere are tolerated', async () => {
    const headers = { authorization: `Bearer ${app.merchant.test.secretKey}` };
    for (const target of [
      `//v1//customers/${ids.customers!}`,
      `/v1/customers//${ids.customers!}`,
      `/v1///customers/${ids.customers!}//payment_methods`,
    ])
      expect([target, (await api(domainEvent({ method: 'GET', target, headers }))).statusCode]).toEqual([target, 200]);
  });
});
