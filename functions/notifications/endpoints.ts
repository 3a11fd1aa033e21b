/** Webhook endpoints: create, retrieve, list, update, delete. The signing secret is returned once. */

import { invalidParameter, refused } from '../api/errors.ts';
import { listShards } from '../api/list.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata, type ListParams, noParams } from '../api/params.ts';
import { objectKeyOf } from '../kernel/ids.ts';
import { tryCommit } from '../table/commit.ts';
import { refusesAddress } from './address.ts';
import type { NotificationsDeps } from './deps.ts';
import { endpointInPath, newSecret, restoreSecret, rollSecret, writeEndpoint } from './endpoint-secret.ts';
import {
  type CreateEndpointParams,
  createEndpointParams,
  endpointListParams,
  type UpdateEndpointParams,
  updateEndpointParams,
} from './params.ts';
import { deleteEndpoint, type Endpoint, endpointOf, endpointPartition, loadEndpoint, loadEndpoints } from './store.ts';
import { renderEndpoint } from './wire.ts';

/** As many as Stripe allows. */
const MAXIMUM_ENDPOINTS = 16;

/** @see https://docs.stripe.com/api/webhook_endpoints/create */
async function create(deps: NotificationsDeps, call: Call<CreateEndpointParams>): Promise<Reply> {
  const { scope, livemode } = call.caller;
  const { params, lock } = call;
  const others = (await loadEndpoints(deps.table, scope)).filter(({ body }) => body !== lock.objectKey);
  if (others.length >= MAXIMUM_ENDPOINTS) {
    throw refused(`You have reached the maximum of ${MAXIMUM_ENDPOINTS} webhook endpoints.`);
  }
  const { secret, encrypted } = await newSecret(deps, { scope, body: lock.objectKey });
  const endpoint: Endpoint = {
    scope,
    body: lock.objectKey,
    version: 1,
    livemode,
    url: params.url,
    enabledEvents: params.enabled_events,
    disabled: false,
    ...(params.description !== undefined && { description: params.description }),
    metadata: params.metadata ?? {},
    ...(params.api_version !== undefined && { apiVersion: params.api_version }),
    createdMs: deps.clock.nowMs(),
    secret: encrypted,
  };
  // An earlier try of this request created it and crashed: its secret was never returned, so a new one is made.
  const earlier = lock.resumed ? await loadEndpoint(deps.table, scope, lock.objectKey) : undefined;
  await writeEndpoint(deps.table, { ...endpoint, version: (earlier?.version ?? 0) + 1 });
  return { status: 200, body: renderEndpoint(endpoint, secret), storedBody: renderEndpoint(endpoint) };
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
  await writeEndpoint(deps.table, changed);
  return { status: 200, body: renderEndpoint(changed) };
}

/** @see https://docs.stripe.com/api/webhook_endpoints/delete */
async function remove(deps: NotificationsDeps, call: Call, endpoint: Endpoint): Promise<Reply> {
  // A conflict: another request deleted it meanwhile.
  await tryCommit(deps.table, deleteEndpoint(call.caller.scope, endpoint.body));
  return { status: 200, body: { id: `we_${endpoint.body}`, object: 'webhook_endpoint', deleted: true } };
}

/** @see https://docs.stripe.com/api/webhook_endpoints/list */
async function list(deps: NotificationsDeps, call: Call<ListParams>): Promise<Reply> {
  const { scope } = call.caller;
  const page = await listShards(deps.table, {
    tableName: 'events',
    partitions: [endpointPartition(scope)],
    params: call.params,
    skOf: (id) => objectKeyOf(id, 'we'),
    exists: async (id) => (await loadEndpoint(deps.table, scope, objectKeyOf(id, 'we'))) !== undefined,
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
  restoreSecrets: restoreSecret,
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
  read: endpointInPath,
  run: async (_deps, _call, endpoint) => ({ status: 200, body: renderEndpoint(endpoint) }),
};
const updateEndpoint: Operation<NotificationsDeps, UpdateEndpointParams, Endpoint> = {
  method: 'POST',
  path: one,
  params: updateEndpointParams,
  check: assertUrl,
  returns,
  read: endpointInPath,
  run: update,
};
const deleteEndpointOperation: Operation<NotificationsDeps, object, Endpoint> = {
  method: 'DELETE',
  path: one,
  params: noParams,
  returns,
  read: endpointInPath,
  run: remove,
};

export const endpointOperations = [
  createEndpoint,
  listEndpoints,
  retrieveEndpoint,
  updateEndpoint,
  deleteEndpointOperation,
  rollSecret,
] as const;
