/** Events: retrieve, and ours: tell one again. */
import { API_VERSION } from '../api/api-version.ts';
import { noSuch, noSuchReference, refused } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { noParams } from '../api/params.ts';
import { objectKeyOf } from '../kernel/ids.ts';
import type { NotificationsDeps } from './deps.ts';
import { findEvent, type Listed } from './event-list.ts';
import { pendingIn } from './failures.ts';
import type { DeliveryMessage } from './messages.ts';
import { type RetryParams, retryParams } from './params.ts';
import { type Endpoint, eventKey, loadEndpoint, loadEndpoints, wants } from './store.ts';
import { renderEvent } from './wire.ts';

/** The event in the path. @throws 404, also when it is older than 30 days */
async function load(deps: NotificationsDeps, call: Omit<Call, 'lock'>): Promise<Listed> {
  const id = call.path.id ?? '';
  const found = await findEvent(deps, call, id);
  if (!found) throw noSuch('event', id);
  return found;
}

async function rendered(deps: NotificationsDeps, { scope }: Call['caller'], { commit, index }: Listed): Promise<Reply> {
  const endpoints = await loadEndpoints(deps.table, scope);
  const [pending] = await pendingIn(deps.table, scope, endpoints, [eventKey(commit)]);
  return { status: 200, body: renderEvent(commit, index, API_VERSION, pending!(index)) };
}

/**
 * Ours: delivers the event again, now and once, whether or not it was delivered before. The schedule of a failed delivery continues.
 * @throws resource_missing for an endpoint that is not there; 400 where no endpoint is enabled that asks for such events
 */
async function retry(deps: NotificationsDeps, call: Call<RetryParams>, event: Listed): Promise<Reply> {
  const { scope } = call.caller;
  const type = event.commit.types[event.index]!;
  const endpoints = (await asked(deps, call)).filter((endpoint) => wants(endpoint, [type]));
  if (endpoints.length === 0) throw refused(`There is no enabled webhook endpoint that asks for ${type}.`);
  const events = eventKey(event.commit);
  const messages = endpoints.map(({ body }): DeliveryMessage => ({ scope, endpoint: body, events, only: event.index }));
  await deps.deliveries(messages.map((message) => JSON.stringify(message)));
  return rendered(deps, call.caller, event);
}

async function asked(deps: NotificationsDeps, { caller, params }: Call<RetryParams>): Promise<readonly Endpoint[]> {
  const { webhook_endpoint: id } = params;
  if (id === undefined) return loadEndpoints(deps.table, caller.scope);
  const endpoint = await loadEndpoint(deps.table, caller.scope, objectKeyOf(id, 'we'));
  if (!endpoint) throw noSuchReference('webhook endpoint', id, 'webhook_endpoint');
  return [endpoint];
}

const returns = { object: 'event' };

/** @see https://docs.stripe.com/api/events/retrieve */
export const retrieveEvent: Operation<NotificationsDeps, object, Listed> = {
  method: 'GET',
  path: '/v1/events/{id}',
  params: noParams,
  returns,
  read: load,
  run: (deps, { caller }, event) => rendered(deps, caller, event),
};

export const retryEvent: Operation<NotificationsDeps, RetryParams, Listed> = {
  method: 'POST',
  path: '/v1/events/{id}/retry',
  params: retryParams,
  returns,
  read: load,
  run: retry,
};
