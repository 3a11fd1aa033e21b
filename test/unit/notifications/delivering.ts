/** One commit of three events, one endpoint that answers as a test says, and the clock in its hands. */

import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import { bounded } from '../../../functions/notifications/bounded.ts';
import { type DeliveryDeps, deliver, MOST_BYTES } from '../../../functions/notifications/delivery.ts';
import { sendDue } from '../../../functions/notifications/due.ts';
import type { DeliveryMessage } from '../../../functions/notifications/messages.ts';
import type { SendOptions } from '../../../functions/notifications/sender.ts';
import {
  type Endpoint,
  type EventCommit,
  eventKey,
  putEndpoint,
  putEvents,
} from '../../../functions/notifications/store.ts';
import { eventTypesOf } from '../../../functions/stream/events.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import * as images from './images.ts';

export const BODY = 'VVrda1w0EndpointBody00' as ObjectKey;
const change = { kind: 'payment', old: images.claimed, new: images.paid } as const;
export const commit: EventCommit = { types: eventTypesOf(change), change };
export const message: DeliveryMessage = {
  scope: images.SCOPE,
  endpoint: BODY,
  events: eventKey(commit),
  endpoints: [2, 1, 2],
};
export const endpoint: Endpoint = {
  scope: images.SCOPE,
  body: BODY,
  version: 1,
  livemode: false,
  url: 'https://merchant.example/hooks',
  enabledEvents: ['*'],
  disabled: false,
  metadata: {},
  createdMs: 0,
  secret: Buffer.from('sealed'),
};

interface Given {
  table: MemoryTable;
  nowMs: number;
  /** What was sent so far. */
  posts: SendOptions[];
  /** What the endpoint answers next; 200 when none is left. */
  answers: string[];
  deps: DeliveryDeps;
}
export const given = {} as Given;

/** A table with the endpoint and the commit, at 1790000001000. */
export async function begin(): Promise<void> {
  const table = memoryTable();
  Object.assign(given, {
    table,
    nowMs: 1_790_000_001_000,
    posts: [],
    answers: [],
    deps: {
      table,
      clock: { nowMs: () => given.nowMs, sleep: async () => undefined },
      cipher: {
        decrypt: async (sealed, context) => Buffer.from(`${Buffer.from(sealed)} ${Object.values(context).join(' ')}`),
      },
      send: async (options) => {
        given.posts.push(options);
        const status = given.answers.shift() ?? '200';
        return { delivered: status === '200', status };
      },
      allowPrivate: false,
      bounded: bounded(MOST_BYTES),
    },
  } satisfies Given);
  await table.commit(putEndpoint(endpoint));
  await table.commit(putEvents(commit));
}

/** Moves the clock, and delivers what is due then, as the rule and the queue do. */
export async function later(seconds: number): Promise<readonly string[]> {
  given.nowMs += seconds * 1000;
  const queue: string[] = [];
  const { table, clock } = given.deps;
  await sendDue({ table, clock, deliveries: async (bodies) => void queue.push(...bodies) }, given.nowMs);
  const kinds: string[] = [];
  for (const body of queue) kinds.push((await deliver(given.deps, JSON.parse(body) as DeliveryMessage)).kind);
  return kinds;
}

export const payloads = () =>
  given.posts.map(({ payload }) => JSON.parse(payload) as { id: string; type: string; pending_webhooks: number });
export const types = () => payloads().map(({ type }) => type);
export const failures = () =>
  given.table.items('events').filter(({ pk }) => pk === 'AcmeTest#d#VVrda1w0EndpointBody00');
