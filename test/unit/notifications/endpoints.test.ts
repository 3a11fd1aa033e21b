import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { Call } from '../../../functions/api/operation.ts';
import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import type { NotificationsDeps } from '../../../functions/notifications/deps.ts';
import { signingSecrets } from '../../../functions/notifications/endpoint-secret.ts';
import { endpointOperations } from '../../../functions/notifications/endpoints.ts';
import { EVENT_TYPES } from '../../../functions/notifications/event-types.ts';
import { type CreateEndpointParams, createEndpointParams } from '../../../functions/notifications/params.ts';
import { loadEndpoint } from '../../../functions/notifications/store.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import { callOf } from './call.ts';
import { SCOPE } from './images.ts';

const [create, list, retrieve, update, remove, roll] = endpointOperations;
const ID = 'we_VVrda1w0EndpointBody00';
let table: MemoryTable;
let deps: NotificationsDeps;
beforeEach(() => {
  table = memoryTable();
  deps = {
    table,
    clock: { nowMs: () => 1_790_000_000_000, sleep: async () => undefined },
    random: (count) => 'x'.repeat(count),
    cipher: {
      encrypt: async (plain, context) => Buffer.from(`sealed for ${context.endpoint}: ${plain.length} bytes`),
      decrypt: async (sealed) => sealed,
    },
    deliveries: async () => undefined,
    allowPrivate: false,
  };
});

const given = { url: 'https://merchant.example/hooks', enabled_events: ['*'] };
async function made(changes: Partial<CreateEndpointParams> = {}, lock: Partial<Call['lock']> = {}) {
  const params = z.parse(createEndpointParams, { ...given, ...changes });
  create.check!(deps, params);
  return create.run(deps, callOf(params, {}, undefined, lock), undefined);
}
const keyNumber = (n: number) => ({ objectKey: `VVrda1w0EndpointBody${String(n).padStart(2, '0')}` as ObjectKey });
const one = <Params>(params: Params, scope?: string): Call<Params> => callOf(params, { id: ID }, scope);

describe('create', () => {
  it('returns the secret once and keeps it encrypted', async () => {
    const { storedBody, ...reply } = await made({
      enabled_events: ['charge.succeeded', 'payout.paid'],
      metadata: { team: 'a' },
    });

    expect(storedBody).not.toHaveProperty('secret');
    expect(reply).toEqual({
      status: 200,
      body: {
        id: ID,
        object: 'webhook_endpoint',
        api_version: null,
        application: null,
        created: 1_790_000_000,
        description: null,
        enabled_events: ['charge.succeeded', 'payout.paid'],
        livemode: false,
        metadata: { team: 'a' },
        secret: 'whsec_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
        status: 'enabled',
        url: 'https://merchant.example/hooks',
      },
    });
    const [stored] = table.items('events');
    expect(Buffer.from(stored?.secret as Uint8Array).toString()).toBe('sealed for VVrda1w0EndpointBody00: 38 bytes');
    expect((await retrieve.run(deps, one({}), await retrieve.read!(deps, one({})))).body).not.toHaveProperty('secret');
  });

  it.each([
    'http://merchant.example/hooks',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest',
    'https://localhost/',
    'https://user:secret@merchant.example/',
    'ftp://merchant.example/',
  ])('refuses %s (url_invalid)', async (url) => {
    await expect(made({ url })).rejects.toMatchObject({ status: 400, body: { code: 'url_invalid', param: 'url' } });
    expect(table.items('events')).toEqual([]);
  });

  it('takes http and this machine in local mode', async () => {
    deps = { ...deps, allowPrivate: true };

    expect((await made({ url: 'http://127.0.0.1:4242/hooks' })).status).toBe(200);
  });

  it.each([[[]], [['*', 'charge.succeeded']], [['charge.*']], [['charge.success']], [['']]])(
    'refuses the event types %j',
    (types) => {
      expect(z.safeParse(createEndpointParams, { ...given, enabled_events: types }).success).toBe(false);
    },
  );

  it('refuses the seventeenth endpoint of a scope', async () => {
    for (let n = 1; n <= 16; n++) await made({}, keyNumber(n));

    await expect(made({}, keyNumber(17))).rejects.toMatchObject({ status: 400 });
    expect(table.items('events')).toHaveLength(16);
  });

  it('carries on the sixteenth endpoint, whose first try died', async () => {
    for (let n = 1; n <= 16; n++) await made({}, keyNumber(n));

    expect((await made({}, { ...keyNumber(16), resumed: true })).status).toBe(200);
    expect(table.items('events')).toHaveLength(16);
  });

  it.each([{ connect: 'true' }, { api_version: '2024-04-11' }])('refuses %j, which means nothing here', (more) => {
    expect(z.safeParse(createEndpointParams, { ...given, ...more }).success).toBe(false);
  });

  it.each(['2026-10-28.endive', '2024-06-20'])('takes %s, a version that Stripe published', async (version) => {
    expect((await made({ api_version: version })).body).toHaveProperty('api_version', version);
  });

  it('knows exactly the event types that the SDK knows', () => {
    const declared = readFileSync('node_modules/stripe/cjs/resources/WebhookEndpoints.d.ts', 'utf8');
    const [, union = ''] =
      /namespace WebhookEndpointCreateParams \{\s*type EnabledEvent = (.*?);/s.exec(declared) ?? [];
    const types = [...union.matchAll(/'([^']+)'/g)].map(([, type]) => type!).filter((type) => type !== '*');

    expect(types).toHaveLength(275);
    expect([...EVENT_TYPES].sort()).toEqual(types.sort());
  });

  it('makes the secret of a request that died again, under the same id', async () => {
    await made();

    expect(await made({}, { resumed: true })).toMatchObject({ status: 200, body: { id: ID } });
    expect(table.items('events')).toHaveLength(1);
  });
});

describe('update, list, delete', () => {
  beforeEach(() => made({ metadata: { team: 'a' } }));

  it('changes what is given and keeps the secret', async () => {
    const before = table.items('events')[0]?.secret;
    const call = one(z.parse(update.params, { disabled: 'true', metadata: { owner: 'b' } }));
    const reply = await update.run(deps, call, await update.read!(deps, call));

    expect(reply.body).toMatchObject({ status: 'disabled', metadata: { team: 'a', owner: 'b' }, url: given.url });
    expect(table.items('events')[0]?.secret).toEqual(before);
  });

  const updated = async (params: object) => {
    const call = one(z.parse(update.params, params));
    return (await update.run(deps, call, await update.read!(deps, call))).body;
  };

  it('removes a pair of metadata by an empty value, all of them by an empty string', async () => {
    await updated({ metadata: { owner: 'b', cost: '7' } });

    expect(await updated({ metadata: { owner: '' } })).toHaveProperty('metadata', { team: 'a', cost: '7' });
    expect(await updated({ metadata: '' })).toHaveProperty('metadata', {});
  });

  it('removes the description by an empty string', async () => {
    expect(await updated({ description: 'Orders' })).toMatchObject({ description: 'Orders' });
    expect(await updated({ description: '' })).toMatchObject({ description: null });
    expect(await updated({})).toMatchObject({ description: null });
  });

  it('refuses a fifty-first pair of metadata', async () => {
    const pairs = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${from + n}`, 'v']));
    await updated({ metadata: pairs(0, 49) });

    await expect(updated({ metadata: pairs(49, 1) })).rejects.toMatchObject({
      status: 400,
      body: { param: 'metadata' },
    });
  });

  it('refuses a change from an older state (lock_timeout)', async () => {
    const call = one(z.parse(update.params, { description: 'first' }));
    const endpoint = await update.read!(deps, call);
    await update.run(deps, call, endpoint);

    await expect(update.run(deps, call, endpoint)).rejects.toMatchObject({
      status: 429,
      body: { code: 'lock_timeout' },
    });
  });

  it('refuses to move to an address of our own network (url_invalid)', () => {
    const params = z.parse(update.params, { url: 'https://10.0.0.1/' });

    expect(() => update.check!(deps, params)).toThrow('it must be publicly accessible');
  });

  const rolled = async (lock: string, params: object = {}) => {
    const call = { ...one(z.parse(roll.params, params)), lock: { objectKey: lock as ObjectKey, resumed: false } };
    return roll.run(deps, call, await roll.read!(deps, call));
  };

  it('rolls the secret: returned once, and the previous one signs for a day', async () => {
    deps = { ...deps, random: (count) => 'y'.repeat(count) };
    const { body, storedBody } = await rolled('VVrda1w0RollOfSecret00');

    expect(body).toMatchObject({ id: ID, secret: 'whsec_yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' });
    expect(storedBody).not.toHaveProperty('secret');
    const stored = await loadEndpoint(table, SCOPE, 'VVrda1w0EndpointBody00' as ObjectKey);
    expect(stored).toMatchObject({ version: 2, previousUntilMs: 1_790_086_400_000 });
    expect(await signingSecrets(deps.cipher, stored!, 1_790_086_399_999)).toHaveLength(2);
    expect(await signingSecrets(deps.cipher, stored!, 1_790_086_400_000)).toHaveLength(1);
  });

  it('rolls with the overlap that is asked for, down to none, and refuses more than a week', async () => {
    await rolled('VVrda1w0RollOfSecret00', { expires_in: '0' });

    const stored = await loadEndpoint(table, SCOPE, 'VVrda1w0EndpointBody00' as ObjectKey);
    expect(await signingSecrets(deps.cipher, stored!, 1_790_000_000_000)).toHaveLength(1);
    expect(z.safeParse(roll.params, { expires_in: '604801' }).success).toBe(false);
    expect(z.safeParse(roll.params, { expires_in: '-1' }).success).toBe(false);
  });

  it('rolls once for one request, which died and is sent again', async () => {
    await rolled('VVrda1w0RollOfSecret00');
    await rolled('VVrda1w0RollOfSecret00');

    expect((await loadEndpoint(table, SCOPE, 'VVrda1w0EndpointBody00' as ObjectKey))?.version).toBe(2);
  });

  it('lists newest first', async () => {
    await made({}, keyNumber(1));
    const reply = await list.run(deps, callOf(z.parse(list.params, { limit: 1 })), undefined);

    expect(reply.body).toMatchObject({
      object: 'list',
      url: '/v1/webhook_endpoints',
      has_more: true,
      data: [{ id: 'we_VVrda1w0EndpointBody01' }],
    });
  });

  it('deletes; afterwards it is not there', async () => {
    const endpoint = await remove.read!(deps, one({}));

    expect((await remove.run(deps, one({}), endpoint)).body).toEqual({
      id: ID,
      object: 'webhook_endpoint',
      deleted: true,
    });
    await expect(retrieve.read!(deps, one({}))).rejects.toMatchObject({
      status: 404,
      body: { code: 'resource_missing' },
    });
    expect((await remove.run(deps, one({}), endpoint)).status).toBe(200);
  });

  it('is not there for another scope', async () => {
    await expect(retrieve.read!(deps, one({}, 'OtherOne'))).rejects.toMatchObject({ status: 404 });
  });
});
