/** Ours: what an endpoint has not got, how often it was tried, what it answered, and when it is tried again. */

import { listBody, listShards } from '../api/list.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import type { ListParams } from '../api/params.ts';
import { seconds } from '../kernel/clock.ts';
import type { Item } from '../table/table.ts';
import type { NotificationsDeps } from './deps.ts';
import { endpointInPath } from './endpoint-secret.ts';
import { eventsOfFailure, failureKey, failureOf, failurePartition } from './failures.ts';
import { endpointListParams } from './params.ts';
import { type Endpoint, eventIdAt, parseEventId } from './store.ts';

/** One row per commit: its events go to an endpoint together. */
interface FailedDelivery {
  readonly id: string;
  readonly object: 'webhook_delivery';
  readonly events: readonly string[];
  readonly attempts: number;
  /** Status code of the answer, or why there was none. */
  readonly last_status: string;
  readonly last_attempt: number;
  /** Null when it was given up. */
  readonly next_attempt: number | null;
}

function rendered(scope: Endpoint['scope'], item: Item): FailedDelivery {
  const { left, attempts, status, atMs, nextMs } = failureOf(item);
  const events = left.map((index) => eventIdAt(eventsOfFailure(scope, item), index));
  return {
    id: events[0]!,
    object: 'webhook_delivery',
    events,
    attempts,
    last_status: status,
    last_attempt: seconds(atMs),
    next_attempt: nextMs === undefined ? null : seconds(nextMs),
  };
}

async function list({ table }: NotificationsDeps, call: Call<ListParams>, endpoint: Endpoint): Promise<Reply> {
  const { scope, body } = endpoint;
  const page = await listShards(table, {
    tableName: 'events',
    partitions: [failurePartition(scope, body)],
    params: call.params,
    skOf: (id) => {
      const parsed = parseEventId(scope, id);
      return parsed && failureKey(scope, body, parsed.key).sk;
    },
    // What was delivered meanwhile is a cursor all the same.
    exists: async () => true,
    object: 'event',
    decode: (item) => rendered(scope, item),
  });
  return { status: 200, body: listBody(page, `/v1/webhook_endpoints/we_${body}/deliveries`, (row) => row) };
}

export const listFailedDeliveries: Operation<NotificationsDeps, ListParams, Endpoint> = {
  method: 'GET',
  path: '/v1/webhook_endpoints/{id}/deliveries',
  params: endpointListParams,
  returns: { object: 'webhook_delivery', list: true },
  read: endpointInPath,
  run: list,
};
