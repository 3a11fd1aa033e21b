/** Webhook endpoints: create, retrieve, list, update, delete. The signing secret is told once. */

import type { Seal } from '../channels/credentials.ts';
import { invalidParameter, lockTimeout, noSuch, refused } from '../shared/errors.ts';
import type { Body, Scope } from '../shared/ids.ts';
import { bodyOf } from '../shared/ids.ts';
import { listShards } from '../shared/list.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { changedMetadata, type ListParams, noParams } from '../shared/params.ts';
import { Conflict } from '../shared/table.ts';
import { refusesAddress } from './address.ts';
import type { NotificationsDeps } from './deps.ts';
import {
  type CreateEndpointParams,
  createEndpointParams,
  endpointListParams,
  type UpdateEndpointParams,
  updateEndpointParams,
} from './params.ts';
import {
  deleteEndpoint,
  type Endpoint,
  endpointOf,
  endpointPartition,
  loadEndpoint,
  loadEndpoints,
  putEndpoint,
} from './store.ts';
import { renderEndpoint } from './wire.ts';

/** As many as Stripe allows. */
const MAXIMUM_ENDPOINTS = 16;

/** What seals a signing secret: it opens for exactly this endpoint. */
const secretContext = (scope: Scope, body: Body) => ({ purpose: 'webhook-secret', scope, endpoint: body });

/** The endpoint's signing secret in clear. */
export const openSecret = async (seal: Pick<Seal, 'open'>, { scope, body, secret }: Endpoint): Promise<string> =>
  Buffer.from(await seal.open(secret, secretContext(scope, body))).toString('utf8');

/** @see https://docs.stripe.com/api/webhook_endpoints/create */
async function create(deps: NotificationsDeps, call: Call<CreateEndpointParams>): Promise<Reply> {
  const { scope, livemode } = call.caller;
  const { params, claim } = call;
  if ((await loadEndpoints(deps.table, scope)).length >= MAXIMUM_ENDPOINTS) {
    throw refused(`You have reached the maximum of ${MAXIMUM_ENDPOINTS} webhook endpoints.`);
  }
  const secret = `whsec_${deps.random(32)}`;
  const endpoint: Endpoint = {
    scope,
    body: claim.body,
    version: 1,
    livemode,
    url: params.url,
    enabledEvents: params.enabled_events,
    disabled: false,
    ...(params.description !== undefined && { description: params.description }),
    metadata: params.metadata ?? {},
    ...(params.api_version !== undefined && { apiVersion: params.api_version }),
    createdMs: deps.clock.nowMs(),
    secret: await deps.seal.seal(Buffer.from(secret), secretContext(scope, claim.body)),
  };
  // Made before by a try of this request that died: its secret was told to nobody, so it is made anew.
  const earlier = claim.resumed ? await loadEndpoint(deps.table, scope, claim.body) : undefined;
  await write(deps, { ...endpoint, version: (earlier?.version ?? 0) + 1 });
  return { status: 200, body: renderEndpoint(endpoint, secret), kept: renderEndpoint(endpoint) };
}

/** The secret belongs to the reply of the request that made the endpoint, also when that is sent again; it is kept with the endpoint alone, sealed. */
async function retold(deps: NotificationsDeps, call: Omit<Call, 'claim'>, kept: object): Promise<object> {
  const { scope } = call.caller;
  const endpoint = await loadEndpoint(deps.table, scope, bodyOf((kept as { id: string }).id, 'we'));
  return endpoint ? { ...kept, secret: await openSecret(deps.seal, endpoint) } : kept;
}

async function write(deps: NotificationsDeps, endpoint: Endpoint): Promise<void> {
  try {
    await deps.table.commit(putEndpoint(endpoint));
  } catch (error) {
    throw error instanceof Conflict ? lockTimeout() : error;
  }
}

/** @throws 400 url_invalid for an address that no webhook is sent to */
function assertUrl(deps: NotificationsDeps, given: { readonly url?: string | undefined }): void {
  if (given.url === undefined) return;
  const url = new URL(given.url);
  const refuse = (message: string) =>
    invalidParameter(`Invalid URL: ${message}`, { code: 'url_invalid', param: 'url' });
  if (url.protocol !== 'https:' && !(deps.allowPrivate && url.protocol === 'http:'))
    throw refuse('webhook endpoints must be https.');
  if (url.username !== '' || url.password !== '') throw refuse('it may not hold a user name or password.');
  if (!deps.allowPrivate && refusesAddress(url.hostname)) throw refuse('it must be publicly accessible.');
}

async function load(deps: NotificationsDeps, call: Omit<Call, 'claim'>): Promise<Endpoint> {
  const id = call.path.id ?? '';
  const endpoint = await loadEndpoint(deps.table, call.caller.scope, bodyOf(id, 'we'));
  if (!endpoint) throw noSuch('webhook endpoint', id);
  return endpoint;
}

/** @see https://docs.stripe.com/api/webhook_endpoints/update */
async function update(deps: NotificationsDeps, call: Call<UpdateEndpointParams>, endpoint: Endpoint): Promise<Reply> {
  const { url, enabled_events: enabledEvents, description, metadata, disabled } = call.params;
  const { description: described, ...kept } = endpoint;
  const newDescription = description ?? described ?? '';
  const changed: Endpoint = {
    ...kept,
    version: endpoint.version + 1,
    ...(url !== undefined && { url }),
    ...(enabledEvents !== undefined && { enabledEvents }),
    ...(newDescription !== '' && { description: newDescription }),
    ...(metadata !== undefined && { metadata: changedMetadata(endpoint.metadata, metadata) }),
    ...(disabled !== undefined && { disabled }),
  };
  await write(deps, changed);
  return { status: 200, body: renderEndpoint(changed) };
}

/** @see https://docs.stripe.com/api/webhook_endpoints/delete */
async function remove(deps: NotificationsDeps, call: Call, endpoint: Endpoint): Promise<Reply> {
  try {
    await deps.table.commit(deleteEndpoint(call.caller.scope, endpoint.body));
  } catch (error) {
    // Someone else deleted it meanwhile.
    if (!(error instanceof Conflict)) throw error;
  }
  return { status: 200, body: { id: `we_${endpoint.body}`, object: 'webhook_endpoint', deleted: true } };
}

/** @see https://docs.stripe.com/api/webhook_endpoints/list */
async function list(deps: NotificationsDeps, call: Call<ListParams>): Promise<Reply> {
  const { scope } = call.caller;
  const page = await listShards(deps.table, {
    tableName: 'events',
    partitions: [endpointPartition(scope)],
    params: call.params,
    skOf: (id) => bodyOf(id, 'we'),
    exists: async (id) => (await loadEndpoint(deps.table, scope, bodyOf(id, 'we'))) !== undefined,
    object: 'webhook endpoint',
    decode: endpointOf,
  });
  const data = page.items.map((endpoint) => renderEndpoint(endpoint));
  return { status: 200, body: { object: 'list', data, has_more: page.hasMore, url: '/v1/webhook_endpoints' } };
}

const returns = { object: 'webhook_endpoint' };
const one = '/v1/webhook_endpoints/{id}';

const createEndpoint: Operation<NotificationsDeps, CreateEndpointParams> = {
  method: 'POST',
  path: '/v1/webhook_endpoints',
  params: createEndpointParams,
  check: assertUrl,
  returns,
  run: create,
  retold,
};
const listEndpoints: Operation<NotificationsDeps, ListParams> = {
  method: 'GET',
  path: '/v1/webhook_endpoints',
  params: endpointListParams,
  returns: { ...returns, list: true },
  run: list,
};
const retrieveEndpoint: Operation<NotificationsDeps, object, Endpoint> = {
  method: 'GET',
  path: one,
  params: noParams,
  returns,
  read: load,
  run: async (_deps, _call, endpoint) => ({ status: 200, body: renderEndpoint(endpoint) }),
};
const updateEndpoint: Operation<NotificationsDeps, UpdateEndpointParams, Endpoint> = {
  method: 'POST',
  path: one,
  params: updateEndpointParams,
  check: assertUrl,
  returns,
  read: load,
  run: update,
};
const deleteEndpointOperation: Operation<NotificationsDeps, object, Endpoint> = {
  method: 'DELETE',
  path: one,
  params: noParams,
  returns,
  read: load,
  run: remove,
};

export const endpointOperations = [
  createEndpoint,
  listEndpoints,
  retrieveEndpoint,
  updateEndpoint,
  deleteEndpointOperation,
] as const;
