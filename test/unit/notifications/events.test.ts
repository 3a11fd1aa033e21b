import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { NotificationsDeps } from '../../../functions/notifications/deps.ts';
import { listEvents } from '../../../functions/notifications/event-list.ts';
import { retrieveEvent } from '../../../functions/notifications/events.ts';
import {
  commitOfItem,
  type EventCommit,
  eventId,
  eventKey,
  parseEventId,
  putEvents,
} from '../../../functions/notifications/store.ts';
import { renderEvent } from '../../../functions/notifications/wire.ts';
import { announcedCharges } from '../../../functions/payments/announced.ts';
import { eventTypesOf } from '../../../functions/stream/events.ts';
import type { Change } from '../../../functions/stream/kinds.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import { callOf } from './call.ts';
import * as images from './images.ts';

const commitOf = (change: Change): EventCommit => ({ types: eventTypesOf(change), change });
const paidAtOnce = commitOf({ kind: 'payment', old: images.claimed, new: images.paid });

describe('keys', () => {
  it('a commit stands under family, shard, time, random part and version', () => {
    expect(eventKey(paidAtOnce)).toEqual({ pk: 'AcmeTest#e#c#2', sk: 'VVrdaA0abcdefghijklmn02' });
    expect(eventKey(commitOf({ kind: 'payment', new: images.created })).pk).toBe('AcmeTest#e#p#2');
    expect(eventKey(commitOf({ kind: 'refund', new: images.refund }))).toEqual({
      pk: 'AcmeTest#e#r#1',
      sk: 'VVrdpdgABCDEFGHIJKLMN01',
    });
    expect(eventKey(commitOf({ kind: 'payout', new: images.payout })).pk).toBe('AcmeTest#e#o#3');
  });

  it('an event id names commit and place, and leads back to the key', () => {
    expect(eventId(paidAtOnce, 2)).toBe('evt_VVrdaA02abcdefghijklmnc022');
    expect(parseEventId(images.SCOPE, 'evt_VVrdaA02abcdefghijklmnc022')).toEqual({
      key: { pk: 'AcmeTest#e#c#2', sk: 'VVrdaA0abcdefghijklmn02' },
      index: 2,
    });
  });

  it.each([
    'evt_',
    'evt_VVrdaA02abcdefghijklmnx022',
    'evt_VVrdaA02abcdefghijklmnc0221',
    'pi_VVrdaA02abcdefghijklmnc022',
  ])('no event is named %s', (id) => expect(parseEventId(images.SCOPE, id)).toBeUndefined());

  it('objects of one body that are committed together stand side by side', () => {
    const versionIn = (kind: Change['kind']) =>
      eventKey({ types: [], change: { kind, new: { ...images.payout, version: 2 } } as unknown as Change }).sk.slice(
        -2,
      );

    expect(['setup', 'method', 'checkout_session'].map((kind) => versionIn(kind as Change['kind']))).toEqual([
      '02',
      'FX',
      'V2',
    ]);
  });

  it('the 3,844th version of an object still has a key', () => {
    const change = { kind: 'payment', new: { ...images.paid, version: 3_844 } } as const;

    expect(eventKey({ types: ['charge.succeeded'], change }).sk).toBe('VVrdaA0abcdefghijklmn00');
  });
});

describe('the stored commit', () => {
  it('costs one write unit for three events of a paid payment, and reads back as it was', async () => {
    const table = memoryTable();
    await table.commit(putEvents(paidAtOnce));
    const item = await table.get('events', eventKey(paidAtOnce));

    expect(table.consumed.writeUnits).toBe(1);
    expect(commitOfItem(item!).change.new).toEqual(images.paid);
    expect(announcedCharges(item!)).toEqual([
      { payment: 'VVrda1w2abcdefghijklmn', ordinal: 1, atMs: images.paid.committedMs },
    ]);
  });

  it('expires after 30 days, unless it lists a charge', () => {
    const expiryOf = (commit: EventCommit) => {
      const write = putEvents(commit);
      return write.kind === 'put' ? write.item.expiresAt : undefined;
    };

    expect(expiryOf(commitOf({ kind: 'payment', new: images.created }))).toBe(1_792_592_000);
    expect(expiryOf(paidAtOnce)).toBeUndefined();
  });
});

describe('the rendered event', () => {
  it('has Stripe’s members', () => {
    expect(renderEvent(paidAtOnce, 2, '2026-10-28.endive', 3)).toMatchObject({
      id: 'evt_VVrdaA02abcdefghijklmnc022',
      object: 'event',
      api_version: '2026-10-28.endive',
      created: 1_790_000_000,
      livemode: false,
      pending_webhooks: 3,
      request: { id: 'req_1', idempotency_key: 'key-1' },
      type: 'payment_intent.succeeded',
      data: {
        object: {
          id: 'pi_VVrda1w2abcdefghijklmn',
          object: 'payment_intent',
          status: 'succeeded',
          amount_received: 2000,
          client_secret: null,
        },
      },
    });
  });

  it('shows a payment that was created and paid at once as it was before it was paid', () => {
    expect(renderEvent(paidAtOnce, 0, 'v', 0).data.object).toMatchObject({
      status: 'requires_confirmation',
      amount_received: 0,
      latest_charge: null,
      payment_method: 'pm_1',
    });
  });

  it('shows a payment that was only created as it was created', () => {
    const change = {
      kind: 'payment',
      new: { ...images.created, status: 'requires_confirmation', method: images.method },
    } as const;

    expect(renderEvent(commitOf(change), 0, 'v', 0).data.object).toMatchObject({
      status: 'requires_confirmation',
      payment_method: 'pm_1',
    });
  });

  it('shows the charge that the commit settled', () => {
    const again = images.following(images.declined, {
      attempts: [images.failedAttempt, { ...images.sent, ordinal: 2 }],
    });
    const failedAgain = images.following(again, {
      attempts: [images.failedAttempt, { ...images.failedAttempt, ordinal: 2, settledMs: 1_790_000_001_300 }],
    });
    const commit = commitOf({ kind: 'payment', old: again, new: failedAgain });

    expect(renderEvent(commit, 0, 'v', 0)).toMatchObject({
      type: 'charge.failed',
      data: { object: { id: 'ch_VVrda1w2abcdefghijklmn2', status: 'failed', failure_code: 'card_declined' } },
    });
  });

  it('shows previous attributes only where Stripe does', () => {
    const change = {
      kind: 'refund',
      old: images.refund,
      new: { ...images.refund, version: 2, status: 'failed' },
    } as const;
    const commit: EventCommit = { ...commitOf(change), previous: { status: 'pending' } };

    expect(commit.types).toEqual(['refund.updated', 'charge.refund.updated', 'refund.failed']);
    expect(renderEvent(commit, 0, 'v', 0).data.previous_attributes).toEqual({ status: 'pending' });
    expect(renderEvent(commit, 2, 'v', 0).data.previous_attributes).toBeUndefined();
    expect(renderEvent(commit, 0, 'v', 0).request).toEqual({ id: null, idempotency_key: null });
  });
});

describe('the routes', () => {
  let table: MemoryTable;
  let nowMs: number;
  let deps: NotificationsDeps;
  const idOf = (event: object): string => (event as { id: string }).id;
  const list = async (params: Record<string, unknown> = {}) => {
    const parsed = z.parse(listEvents.params, params);
    const { body } = await listEvents.run(deps, callOf(parsed), undefined);
    const { data, has_more } = body as { data: { id: string; type: string }[]; has_more: boolean };
    return { ids: data.map(idOf), types: data.map(({ type }) => type), hasMore: has_more };
  };
  /** Reads on by `limit` until there is no more. */
  const pages = async (limit: number, direction: 'starting_after' | 'ending_before', from?: string) => {
    const types: string[][] = [];
    let cursor = from;
    for (let page = 0; page < 20; page++) {
      const found = await list({ limit, ...(cursor !== undefined && { [direction]: cursor }) });
      types.push(found.types);
      cursor = direction === 'starting_after' ? found.ids.at(-1) : found.ids[0];
      if (!found.hasMore) return types;
    }
    throw new Error('the list never ends');
  };

  beforeEach(async () => {
    table = memoryTable();
    nowMs = 1_790_000_100_000;
    deps = {
      table,
      clock: { nowMs: () => nowMs, sleep: async () => undefined },
      random: (count) => 'a'.repeat(count),
      cipher: { encrypt: async (plain) => plain, decrypt: async (sealed) => sealed },
      deliveries: async () => undefined,
      allowPrivate: false,
    };
    await table.commit(putEvents(paidAtOnce));
    await table.commit(putEvents(commitOf({ kind: 'refund', new: images.refund })));
  });

  it('lists newest first, within a commit the last event first', async () => {
    expect(await list()).toEqual({
      ids: [
        'evt_VVrdpdg1ABCDEFGHIJKLMNr010',
        'evt_VVrdaA02abcdefghijklmnc022',
        'evt_VVrdaA02abcdefghijklmnc021',
        'evt_VVrdaA02abcdefghijklmnc020',
      ],
      types: ['refund.created', 'payment_intent.succeeded', 'charge.succeeded', 'payment_intent.created'],
      hasMore: false,
    });
  });

  it('pages through a commit, one event at a time, in both directions', async () => {
    expect(await pages(1, 'starting_after')).toEqual([
      ['refund.created'],
      ['payment_intent.succeeded'],
      ['charge.succeeded'],
      ['payment_intent.created'],
    ]);
    expect(await pages(1, 'ending_before', 'evt_VVrdaA02abcdefghijklmnc020')).toEqual([
      ['charge.succeeded'],
      ['payment_intent.succeeded'],
      ['refund.created'],
    ]);
  });

  it('is never empty behind a cursor while there is more', async () => {
    await table.commit(putEvents(commitOf({ kind: 'payment', new: images.created })));

    expect(await list({ limit: 1, starting_after: 'evt_VVrdaA02abcdefghijklmnc020' })).toEqual({
      ids: ['evt_VVrda1w2abcdefghijklmnp010'],
      types: ['payment_intent.created'],
      hasMore: false,
    });
  });

  it('filters by type, types and created', async () => {
    expect((await list({ type: 'charge.*' })).types).toEqual(['charge.succeeded']);
    expect((await list({ types: ['refund.created', 'payment_intent.created'] })).types).toEqual([
      'refund.created',
      'payment_intent.created',
    ]);
    expect((await list({ created: { gt: '1790000000' } })).types).toEqual(['refund.created']);
    expect((await list({ created: { lte: '1790000000' }, limit: 1 })).types).toEqual(['payment_intent.succeeded']);
  });

  it('refuses type together with types, and a cursor that names nothing', async () => {
    await expect(list({ type: 'charge.*', types: ['refund.created'] })).rejects.toMatchObject({ status: 400 });
    await expect(list({ starting_after: 'evt_VVrdaA02abcdefghijklmnc023' })).rejects.toMatchObject({
      status: 400,
      body: { code: 'resource_missing', param: 'starting_after' },
    });
  });

  it('retrieves an event for 30 days, in its own scope only', async () => {
    const retrieve = async (scope: string) => {
      const call = callOf({}, { id: 'evt_VVrdaA02abcdefghijklmnc021' }, scope);
      return retrieveEvent.run(deps, call, await retrieveEvent.read!(deps, call));
    };

    expect((await retrieve('AcmeTest')).body).toMatchObject({ type: 'charge.succeeded', pending_webhooks: 0 });
    await expect(retrieve('OtherOne')).rejects.toMatchObject({ status: 404 });

    nowMs += 30 * 24 * 3_600_000;
    await expect(retrieve('AcmeTest')).rejects.toMatchObject({ status: 404, body: { code: 'resource_missing' } });
    expect((await list()).ids).toEqual([]);
  });
});
