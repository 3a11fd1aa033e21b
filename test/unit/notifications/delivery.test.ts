import { beforeEach, describe, expect, it } from 'vitest';
import { cachedSecrets, OPENED_MS } from '../../../functions/notifications/cached-secrets.ts';
import { type DeliveryDeps, deliver } from '../../../functions/notifications/delivery.ts';
import { deleteEndpoint, putEndpoint, putEvents } from '../../../functions/notifications/store.ts';
import { BODY, begin, commit, endpoint, failures, given, later, message, payloads, types } from './delivering.ts';
import * as images from './images.ts';

beforeEach(begin);

describe('deliver', () => {
  it('sends every event of the commit, with the endpoint’s own secret, and keeps nothing', async () => {
    expect(await deliver(given.deps, message)).toEqual({ kind: 'delivered', status: '200' });
    expect(types()).toEqual(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded']);
    expect(given.posts[0]).toMatchObject({
      url: 'https://merchant.example/hooks',
      secrets: ['sealed webhook-secret AcmeTest VVrda1w0EndpointBody00'],
      nowMs: 1_790_000_001_000,
      allowPrivate: false,
    });
    expect(payloads().map((event) => event.pending_webhooks)).toEqual([2, 1, 2]);
    expect(payloads()[0]).toMatchObject({ id: 'evt_VVrdaA02abcdefghijklmnc020', api_version: '2026-10-28.endive' });
    expect(failures()).toEqual([]);
  });

  it('reads again what a late read does not show yet: an endpoint and a commit of this moment', async () => {
    given.table.lags = true;

    expect(await deliver(given.deps, message)).toEqual({ kind: 'delivered', status: '200' });
  });

  it('reads again what a late read shows parked or failed, so that a retry finds the failure as it stands', async () => {
    given.answers = ['500', '500', '500'];
    await deliver(given.deps, message);
    given.answers = ['500', '500', '500'];
    expect(await later(360)).toEqual(['failed']);
    given.table.lags = true;

    expect(await later(1_860)).toEqual(['delivered']);
    expect(failures()).toEqual([]);
  });

  it('costs two read units where nothing is unusual', async () => {
    const before = given.table.consumed.readUnits;

    await deliver(given.deps, message);

    expect(given.table.consumed.readUnits - before).toBe(2);
  });

  it('of commits that are large together sends one after the other, and asks again before the second', async () => {
    const long = { ...images.paid, description: 'x'.repeat(200_000) };
    const large = { ...commit, change: { kind: 'payment', old: images.claimed, new: long } as const };
    await given.table.commit({ ...putEvents(large), when: { is: 'present' } });
    let [atOnce, most] = [0, 0];
    const { send } = given.deps;
    const deps: DeliveryDeps = {
      ...given.deps,
      send: async (options) => {
        most = Math.max(most, ++atOnce);
        await new Promise((done) => setImmediate(done));
        atOnce -= 1;
        return send(options);
      },
    };

    const both = Promise.all([deliver(deps, message), deliver(deps, message)]);
    await new Promise((done) => setImmediate(done));
    await given.table.commit(putEndpoint({ ...endpoint, version: 2, disabled: true }));

    expect((await both).map(({ status }) => status)).toEqual(['200', 'disabled']);
    expect(most).toBe(3);
  });

  it('signs with both secrets until a roll’s overlap is over', async () => {
    await given.table.commit(
      putEndpoint({
        ...endpoint,
        version: 2,
        previousSecret: Buffer.from('older'),
        previousUntilMs: 1_790_000_002_000,
      }),
    );

    await deliver(given.deps, message);
    given.nowMs = 1_790_000_002_000;
    await deliver(given.deps, message);

    expect(given.posts.map(({ secrets }) => secrets.map((secret) => secret.split(' ')[0]))).toEqual([
      ['sealed', 'older'],
      ['sealed', 'older'],
      ['sealed', 'older'],
      ['sealed'],
      ['sealed'],
      ['sealed'],
    ]);
  });

  it('sends only the types that the endpoint asked for', async () => {
    await given.table.commit(putEndpoint({ ...endpoint, version: 2, enabledEvents: ['charge.succeeded'] }));

    await deliver(given.deps, message);

    expect(types()).toEqual(['charge.succeeded']);
  });

  it('keeps back no other event of the commit because of one that the endpoint refuses', async () => {
    given.answers = ['200', '500', '200'];

    expect(await deliver(given.deps, message)).toEqual({ kind: 'failed', status: '500', nextMs: 1_790_000_301_000 });
    expect(types()).toEqual(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded']);
    expect(failures()).toMatchObject([
      {
        sk: 'VVrdaA0abcdefghijklmn02#c#2',
        left: '1',
        attempts: 1n,
        status: '500',
        nextMs: 1_790_000_301_000n,
        expiresAt: 1_792_592_001n,
      },
    ]);
  });

  it('sends the events side by side: a message takes as long as its slowest event', async () => {
    const under: string[] = [];
    let most = 0;
    const send: typeof given.deps.send = async (options) => {
      under.push(options.payload);
      most = Math.max(most, under.length);
      await new Promise((resolve) => setImmediate(resolve));
      under.pop();
      return { delivered: true, status: '200' };
    };

    await deliver({ ...given.deps, send }, message);

    expect(most).toBe(3);
  });

  it('opens a secret once in five minutes, a rolled one at once, and one that failed again', async () => {
    let opened = 0;
    let broken = true;
    const cipher = cachedSecrets(
      {
        decrypt: async (sealed) => {
          opened += 1;
          if (broken) throw new Error('AccessDenied');
          return sealed;
        },
      },
      given.deps.clock,
    );
    const deps = { ...given.deps, cipher };

    await expect(deliver(deps, message)).rejects.toThrow('AccessDenied');
    broken = false;
    for (let time = 0; time < 3; time++) await deliver(deps, message);
    expect(opened).toBe(2);
    await given.table.commit(putEndpoint({ ...endpoint, version: 2, secret: Buffer.from('rolled') }));
    await deliver(deps, message);
    expect(opened).toBe(3);
    given.nowMs += OPENED_MS;
    await deliver(deps, message);
    expect(opened).toBe(4);
  });

  it('sends the undelivered events again and no others, under the same id with a new time', async () => {
    given.answers = ['200', '500', '200'];
    await deliver(given.deps, message);

    expect(await later(299)).toEqual([]);
    expect(await later(61)).toEqual(['delivered']);

    expect(types().slice(3)).toEqual(['charge.succeeded']);
    expect(payloads()[3]!.id).toBe(payloads()[1]!.id);
    expect(given.posts.map(({ nowMs: at }) => at)).toEqual([
      1_790_000_001_000, 1_790_000_001_000, 1_790_000_001_000, 1_790_000_361_000,
    ]);
    expect(failures()).toEqual([]);
    expect(await later(86_400)).toEqual([]);
  });

  it('sends the same events under the same ids when the message comes twice', async () => {
    await deliver(given.deps, message);
    const first = given.posts.map(({ payload }) => payload);
    given.posts = [];

    await deliver(given.deps, message);

    expect(given.posts.map(({ payload }) => payload)).toEqual(first);
  });

  it('makes an attempt once when its message comes twice and the first has failed', async () => {
    given.answers = ['500', '500', '500', '500', '500', '500'];
    await deliver(given.deps, message);
    expect(await deliver(given.deps, message)).toEqual({ kind: 'dropped', status: 'attempted before' });
    given.nowMs += 300_000;
    await deliver(given.deps, { ...message, attempt: 2 });

    expect(await deliver(given.deps, { ...message, attempt: 2 })).toEqual({
      kind: 'dropped',
      status: 'attempted before',
    });
    expect(given.posts).toHaveLength(6);
    expect(failures()).toMatchObject([{ attempts: 2n, left: '012' }]);
  });

  it.each(['deleted', 'disabled', 'asking for other types'])(
    'drops the message of an endpoint that is %s',
    async (what) => {
      if (what === 'deleted') await given.table.commit(deleteEndpoint(images.SCOPE, BODY));
      if (what === 'disabled') await given.table.commit(putEndpoint({ ...endpoint, version: 2, disabled: true }));
      if (what.startsWith('asking'))
        await given.table.commit(putEndpoint({ ...endpoint, version: 2, enabledEvents: ['payout.paid'] }));

      expect((await deliver(given.deps, message)).kind).toBe('dropped');
      expect(given.posts).toEqual([]);
      expect(failures()).toEqual([]);
    },
  );

  it('throws when the secret cannot be opened: that is our failure, and the queue keeps the message', async () => {
    const broken = { ...given.deps, cipher: { decrypt: async () => Promise.reject(new Error('AccessDenied')) } };

    await expect(deliver(broken, message)).rejects.toThrow('AccessDenied');
    expect(failures()).toEqual([]);
  });

  it.each([1, 2, 3, 4])('that dies at its write %i is made again by the queue, and ends the same', async (n) => {
    given.answers = ['500', '500', '500', '500', '500', '500'];
    let writes = 0;
    given.table.onCall = ({ operation, when }) => {
      if (operation !== 'commit' || ++writes !== n) return;
      throw new Error(`died ${when}`);
    };
    const first = await deliver(given.deps, message).catch(() => undefined);
    given.table.onCall = undefined;
    if (!first) await deliver(given.deps, message);

    expect(failures()).toMatchObject([{ attempts: 1n, left: '012' }]);
    given.answers = [];
    expect((await later(360)).filter((kind) => kind === 'delivered')).toEqual(['delivered']);
    expect(failures()).toEqual([]);
  });
});
