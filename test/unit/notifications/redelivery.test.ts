import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import { deliver } from '../../../functions/notifications/delivery.ts';
import type { DeliveryMessage } from '../../../functions/notifications/messages.ts';
import { type EventCommit, eventKey, putEndpoint, putEvents } from '../../../functions/notifications/store.ts';
import { BODY, begin, commit, endpoint, failures, given, later, message, payloads, types } from './delivering.ts';
import * as images from './images.ts';

beforeEach(begin);

describe('backoff', () => {
  it('makes ten attempts: at once, after 5 and 30 minutes, 2, 5, 10 hours, then every 12 up to three days', async () => {
    await given.table.commit(putEndpoint({ ...endpoint, version: 2, enabledEvents: ['charge.succeeded'] }));
    const minutes: number[] = [];
    given.answers = Array.from({ length: 30 }, () => '500');
    await deliver(given.deps, message);
    for (let minute = 1; minute <= 4_000; minute++) if ((await later(60)).length > 0) minutes.push(minute);

    // A note stands under the minute after its time, so each step is up to a minute longer.
    expect(minutes).toEqual([6, 37, 158, 459, 1060, 1781, 2502, 3223, 3944]);
    expect(given.posts).toHaveLength(10);
    expect(failures()).toMatchObject([{ attempts: 10n, status: '500', left: '1' }]);
    expect(failures()[0]).not.toHaveProperty('nextMs');
  });

  it('stops for good when the endpoint was disabled or deleted by the next attempt', async () => {
    given.answers = Array.from({ length: 30 }, () => '500');
    await deliver(given.deps, message);
    await given.table.commit(putEndpoint({ ...endpoint, version: 2, disabled: true }));

    expect(await later(360)).toEqual(['dropped']);
    await given.table.commit(putEndpoint({ ...endpoint, version: 3 }));
    expect(await later(3 * 86_400)).toEqual([]);

    expect(given.posts).toHaveLength(3);
    expect(failures()).toMatchObject([{ attempts: 1n, status: 'disabled' }]);
    expect(failures()[0]).not.toHaveProperty('nextMs');
  });

  it('goes on when the endpoint was disabled and is enabled again before the next attempt', async () => {
    given.answers = ['500', '500', '500'];
    await deliver(given.deps, message);
    await given.table.commit(putEndpoint({ ...endpoint, version: 2, disabled: true }));
    await given.table.commit(putEndpoint({ ...endpoint, version: 3 }));

    expect(await later(360)).toEqual(['delivered']);
  });

  it('counts in a later attempt the endpoints that do not have the event by then', async () => {
    const other = 'VVrda1w0EndpointBody01' as ObjectKey;
    await given.table.commit(putEndpoint({ ...endpoint, body: other }));
    given.answers = ['500', '200', '200', '500', '200', '200'];
    await deliver(given.deps, message);
    await deliver(given.deps, { ...message, endpoint: other });
    given.posts = [];

    await later(360);

    expect(payloads().map((event) => event.pending_webhooks)).toEqual([2, 1]);
  });
});

describe('an endpoint that does not answer', () => {
  const second: EventCommit = {
    types: ['payment_intent.canceled'],
    change: { kind: 'payment', new: images.following(images.created, { status: 'canceled', cause: 'canceled' }) },
  };
  const another: DeliveryMessage = { ...message, events: eventKey(second), endpoints: [1] };
  beforeEach(() => given.table.commit(putEvents(second)));

  it('fails the whole commit at once, and the events that it answered are delivered all the same', async () => {
    given.answers = ['timeout', '200', 'timeout'];

    expect((await deliver(given.deps, message)).kind).toBe('failed');
    expect(given.posts).toHaveLength(3);
    expect(failures()).toMatchObject([{ left: '02', status: 'timeout' }]);
  });

  it('leaves every event of the commit for later', async () => {
    given.answers = ['timeout', 'timeout', 'timeout'];

    expect((await deliver(given.deps, message)).kind).toBe('failed');
    expect(failures()).toMatchObject([{ left: '012', status: 'timeout' }]);
  });

  it('is parked for half a minute: what is for it meanwhile counts as failed without being sent', async () => {
    given.answers = ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED'];
    await deliver(given.deps, message);
    given.nowMs += 29_999;

    expect(await deliver(given.deps, another)).toEqual({ kind: 'failed', status: 'parked', nextMs: 1_790_000_330_999 });
    expect(given.posts).toHaveLength(3);
  });

  it('is asked by one attempt when the time is over, and by all once it has answered', async () => {
    given.answers = ['timeout', 'timeout', 'timeout'];
    await deliver(given.deps, message);
    given.nowMs += 30_000;
    const meanwhile: Promise<object>[] = [];
    given.deps = {
      ...given.deps,
      send: async (options) => {
        given.posts.push(options);
        // While the one waits for its answer, another comes.
        if (meanwhile.length === 0) meanwhile.push(deliver(given.deps, another));
        await Promise.all(meanwhile);
        return { delivered: false, status: '503' };
      },
    };

    await deliver(given.deps, { ...message, attempt: 2 });
    expect(await Promise.all(meanwhile)).toMatchObject([{ kind: 'failed', status: 'parked' }]);
    expect(given.posts).toHaveLength(6);
    given.nowMs += 300_000;
    await deliver(given.deps, { ...another, attempt: 2 });

    expect(given.posts).toHaveLength(7);
    expect(given.table.items('events').filter(({ pk }) => pk === 'AcmeTest#park')).toEqual([]);
  });

  it('keeps no other endpoint waiting', async () => {
    const other = 'VVrda1w0EndpointBody01' as ObjectKey;
    await given.table.commit(putEndpoint({ ...endpoint, body: other }));
    given.answers = ['timeout'];
    await deliver(given.deps, message);

    expect(await deliver(given.deps, { ...message, endpoint: other })).toEqual({ kind: 'delivered', status: '200' });
  });
});

describe('a redelivery that a merchant asks for', () => {
  const asked: DeliveryMessage = { scope: images.SCOPE, endpoint: BODY, events: eventKey(commit), only: 1 };

  it('is made at once, also to an endpoint that is parked, and ends the failure', async () => {
    given.answers = ['timeout', 'timeout', 'timeout'];
    await deliver(given.deps, { ...message });
    await given.table.commit(putEndpoint({ ...endpoint, version: 2, enabledEvents: ['charge.succeeded'] }));

    expect(await deliver(given.deps, asked)).toEqual({ kind: 'delivered', status: '200' });
    expect(types().slice(3)).toEqual(['charge.succeeded']);
    expect(failures()).toMatchObject([{ left: '02', attempts: 1n }]);
  });

  it('delivers the open events, so that the next scheduled attempt has nothing to send', async () => {
    given.answers = ['200', '500', '200'];
    await deliver(given.deps, message);
    await deliver(given.deps, asked);

    expect(failures()).toEqual([]);
    expect(await later(360)).toEqual(['dropped']);
    expect(given.posts).toHaveLength(4);
  });

  it('that fails leaves the schedule as it is', async () => {
    given.answers = ['200', '500', '200', '404'];
    await deliver(given.deps, message);

    expect((await deliver(given.deps, asked)).kind).toBe('failed');
    expect(failures()).toMatchObject([{ left: '1', attempts: 1n, status: '404', nextMs: 1_790_000_301_000n }]);
  });

  it('that fails before the first attempt is made takes none of the schedule away', async () => {
    given.answers = ['404', '500', '500', '500'];
    await deliver(given.deps, asked);
    expect(failures()).toMatchObject([{ left: '1', attempts: 0n }]);

    await deliver(given.deps, message);

    expect(failures()).toMatchObject([{ left: '012', attempts: 1n, nextMs: 1_790_000_301_000n }]);
  });

  it('and an attempt of the schedule at the same time leave what neither delivered', async () => {
    given.answers = ['500', '500', '500'];
    await deliver(given.deps, message);
    given.nowMs += 300_000;
    let met = false;
    given.deps = {
      ...given.deps,
      send: async ({ payload }) => {
        const { type } = JSON.parse(payload) as { type: string };
        if (!met) {
          met = true;
          await deliver({ ...given.deps, send: async () => ({ delivered: true, status: '200' }) }, asked);
        }
        return type === 'payment_intent.created'
          ? { delivered: true, status: '200' }
          : { delivered: false, status: '500' };
      },
    };

    await deliver(given.deps, { ...message, attempt: 2 });

    expect(failures()).toMatchObject([{ left: '2', attempts: 2n }]);
  });
});
