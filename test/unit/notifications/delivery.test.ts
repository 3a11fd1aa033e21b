import { beforeEach, describe, expect, it } from 'vitest';
import { BACKOFF_SECONDS, type DeliveryDeps, deliver } from '../../../functions/notifications/delivery.ts';
import { eventTypesOf } from '../../../functions/notifications/projections.ts';
import type { SendOptions } from '../../../functions/notifications/sender.ts';
import {
  deleteEndpoint,
  type Endpoint,
  type EventCommit,
  eventKey,
  putEndpoint,
  putEvents,
} from '../../../functions/notifications/store.ts';
import type { Body } from '../../../functions/shared/ids.ts';
import { type MemoryTable, memoryTable } from '../../support/memory-table.ts';
import * as images from './images.ts';

const BODY = 'VVrda1w0EndpointBody00' as Body;
const change = { kind: 'payment', old: images.claimed, new: images.paid } as const;
const commit: EventCommit = { types: eventTypesOf(change), change };
const message = { scope: images.SCOPE, endpoint: BODY, events: eventKey(commit), endpoints: 2 };
const endpoint: Endpoint = {
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

let table: MemoryTable;
let nowMs: number;
let posts: SendOptions[];
let answers: string[];
let deps: DeliveryDeps;
const types = () => posts.map(({ payload }) => (JSON.parse(payload) as { type: string }).type);
const failures = () => table.items('events').filter(({ pk }) => pk === 'AcmeTest#d#VVrda1w0EndpointBody00');

beforeEach(async () => {
  table = memoryTable();
  nowMs = 1_790_000_001_000;
  posts = [];
  answers = [];
  deps = {
    table,
    clock: { nowMs: () => nowMs, sleep: async () => undefined },
    seal: {
      open: async (sealed, context) => Buffer.from(`${Buffer.from(sealed)} ${Object.values(context).join(' ')}`),
    },
    send: async (options) => {
      posts.push(options);
      const status = answers.shift() ?? '200';
      return { delivered: status === '200', status };
    },
    allowPrivate: false,
  };
  await table.commit(putEndpoint(endpoint));
  await table.commit(putEvents(commit));
});

describe('deliver', () => {
  it('sends the commit’s events in order, with the endpoint’s own secret', async () => {
    expect(await deliver(deps, message, 1)).toEqual({ kind: 'done', status: '200' });
    expect(types()).toEqual(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded']);
    expect(posts[0]).toMatchObject({
      url: 'https://merchant.example/hooks',
      secret: 'sealed webhook-secret AcmeTest VVrda1w0EndpointBody00',
      nowMs: 1_790_000_001_000,
      allowPrivate: false,
    });
    expect(JSON.parse(posts[0]!.payload)).toMatchObject({
      id: 'evt_VVrdaA02abcdefghijklmnc020',
      api_version: '2026-10-28.endive',
      pending_webhooks: 2,
    });
  });

  it('sends only the types that the endpoint asked for, in the version that it asked for', async () => {
    await table.commit(
      putEndpoint({ ...endpoint, version: 2, enabledEvents: ['charge.succeeded'], apiVersion: '2024-04-10' }),
    );

    await deliver(deps, message, 1);

    expect(types()).toEqual(['charge.succeeded']);
    expect(JSON.parse(posts[0]!.payload)).toMatchObject({ api_version: '2024-04-10' });
  });

  it('stops at the first event that fails, notes it, and sends the same ids again later', async () => {
    answers = ['200', '500'];

    expect(await deliver(deps, message, 1)).toEqual({ kind: 'retry', status: '500', afterSeconds: 10 });
    expect(types()).toEqual(['payment_intent.created', 'charge.succeeded']);
    expect(failures()).toMatchObject([
      { sk: 'c#2#VVrdaA0abcdefghijklmn02', attempts: 1n, status: '500', expiresAt: 1_792_592_001n },
    ]);

    nowMs += 10_000;
    expect(await deliver(deps, message, 2)).toEqual({ kind: 'done', status: '200' });
    expect(posts.slice(2).map(({ nowMs: at }) => at)).toEqual([
      1_790_000_011_000, 1_790_000_011_000, 1_790_000_011_000,
    ]);
    expect(failures()).toEqual([]);
  });

  it('sends the same events under the same ids when the message comes twice', async () => {
    await deliver(deps, message, 1);
    const first = posts.map(({ payload }) => payload);
    posts = [];

    await deliver(deps, message, 1);

    expect(posts.map(({ payload }) => payload)).toEqual(first);
  });

  it.each(['deleted', 'disabled', 'asking for other types'])(
    'drops the message of an endpoint that is %s',
    async (what) => {
      if (what === 'deleted') await table.commit(deleteEndpoint(images.SCOPE, BODY));
      if (what === 'disabled') await table.commit(putEndpoint({ ...endpoint, version: 2, disabled: true }));
      if (what.startsWith('asking'))
        await table.commit(putEndpoint({ ...endpoint, version: 2, enabledEvents: ['payout.paid'] }));

      expect(await deliver(deps, message, 1)).toEqual({ kind: 'done', status: 'dropped' });
      expect(posts).toEqual([]);
    },
  );

  it('throws when the secret cannot be opened: that is our failure, and the queue keeps the message', async () => {
    const broken = { ...deps, seal: { open: async () => Promise.reject(new Error('AccessDenied')) } };

    await expect(deliver(broken, message, 1)).rejects.toThrow('AccessDenied');
    expect(failures()).toEqual([]);
  });
});

describe('backoff', () => {
  it('makes twelve attempts in less than three days, then gives up and keeps the failure', async () => {
    const waits: number[] = [];
    let status = '';
    for (let attempt = 1; attempt <= 20 && status === ''; attempt++) {
      answers = ['timeout'];
      const delivered = await deliver(deps, message, attempt);
      if (delivered.kind === 'done') status = delivered.status;
      else waits.push(delivered.afterSeconds);
      nowMs += (waits[attempt - 1] ?? 0) * 1000;
    }

    expect(status).toBe('given up: timeout');
    expect(waits).toEqual([10, 60, 300, 1800, 7200, 18000, 36000, 43000, 43000, 43000, 43000]);
    expect(nowMs - images.PAID_MS).toBeLessThan(259_200_000);
    expect(failures()).toMatchObject([{ attempts: 12n, status: 'timeout' }]);
  });

  it('leaves what an attempt may take within the 12 hours that SQS allows from the receipt', () => {
    expect(Math.max(...BACKOFF_SECONDS) + 60).toBeLessThanOrEqual(43_200);
  });

  it('does not give up early because our own failures cost receipts', async () => {
    answers = ['500'];

    expect(await deliver(deps, message, 15)).toEqual({ kind: 'retry', status: '500', afterSeconds: 43_000 });
  });
});
