/** Events and webhook endpoints as Stripe shows them. */
import type Stripe from 'stripe';
import { asOf } from '../api/versions/as-of.ts';
import { seconds } from '../kernel/clock.ts';
import { kindOf } from '../stream/kinds.ts';
import { type Endpoint, type EventCommit, eventId } from './store.ts';

/** One event of a commit, with its object as of the version. */
export function renderEvent(
  { change, types, previous }: EventCommit,
  index: number,
  apiVersion: string,
  pendingWebhooks: number,
): Stripe.Event {
  const type = types[index]!;
  const { request } = change.new;
  const projection = kindOf(change);
  const before = type.endsWith('.updated') ? (projection.previous?.(type) ?? previous) : undefined;
  return {
    id: eventId({ change, types }, index),
    object: 'event',
    api_version: apiVersion,
    created: seconds(change.new.committedMs),
    data: {
      object: asOf(projection.object(change.new, type), apiVersion),
      ...(before !== undefined && { previous_attributes: before }),
    },
    livemode: change.new.livemode,
    pending_webhooks: pendingWebhooks,
    request: { id: request?.id ?? null, idempotency_key: request?.idempotencyKey ?? null },
    type,
  } as Stripe.Event;
}

/** The endpoint; its secret only where it was just made. */
export function renderEndpoint(endpoint: Endpoint, secret?: string): Stripe.WebhookEndpoint {
  return {
    id: `we_${endpoint.body}`,
    object: 'webhook_endpoint',
    api_version: endpoint.apiVersion ?? null,
    application: null,
    created: seconds(endpoint.createdMs),
    description: endpoint.description ?? null,
    enabled_events: [...endpoint.enabledEvents],
    livemode: endpoint.livemode,
    metadata: { ...endpoint.metadata },
    ...(secret !== undefined && { secret }),
    status: endpoint.disabled ? 'disabled' : 'enabled',
    url: endpoint.url,
  };
}
