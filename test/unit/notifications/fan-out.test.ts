import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectKey } from '../../../functions/kernel/ids.ts';
import type { SearchFields } from '../../../functions/merchants/search-fields.ts';
import { type FanOutDeps, fanOutImages, fanOutMessage } from '../../../functions/notifications/fan-out.ts';
import { type Endpoint, putEndpoint } from '../../../functions/notifications/store.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { countAttempts } from '../../../functions/risk/features/count.ts';
import { unpack, unpackJson } from '../../../functions/table/pack.ts';
import type { Images } from '../../../functions/table/stream.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import * as images from './images.ts';

let table: MemoryTable;
let deps: FanOutDeps;
let deliveries: string[];
let features: string[];
let errors: string[];
let searchFields: SearchFields;
let unseen: number;
beforeEach(() => {
  table = memoryTable();
  deliveries = [];
  features = [];
  errors = [];
  searchFields = {};
  unseen = 0;
  deps = {
    table,
    clock: { nowMs: () => 1_790_000_001_000, sleep: async () => undefined },
    random: (count) => 'a'.repeat(count),
    deliveries: async (bodies) => void deliveries.push(...bodies),
    features: async (bodies) => void features.push(...bodies),
    settings: async () => ({ searchFields }),
    unseen: (attempts) => {
      unseen += attempts;
    },
    failed: (error) => void errors.push(error.message),
    alarm: () => {},
  };
});

const endpoint = (name: string, changes: Partial<Endpoint> = {}): Endpoint => ({
  scope: images.SCOPE,
  body: `VVrda1w0Endpoint${name.padEnd(6, '0')}` as ObjectKey,
  version: 1,
  livemode: false,
  url: 'https://merchant.example/hooks',
  enabledEvents: ['*'],
  disabled: false,
  metadata: {},
  createdMs: 0,
  secret: Buffer.from('sealed'),
  ...changes,
});
const change = (now: Payment, old?: Payment): Images => ({
  new: images.item('payment', now),
  ...(old && { old: images.item('payment', old) }),
});
const other = (payment: Payment): Payment => ({ ...payment, body: 'VVrda1w3OTHERaaaaaaaaa' as ObjectKey });
const eventKeys = () =>
  table
    .items('events')
    .filter(({ pk }) => pk.includes('#e#'))
    .map(({ pk, sk }) => `${pk} ${sk}`);

/** `n` only bounds how large a counter grows: it rises with every message, also a repeated one. */
const withoutCount = () => ({ ...table.dump(), risk: table.items('risk').map(({ n: _, w: _w, ...item }) => item) });
const counters = () => table.items('risk').map(({ attempts }) => attempts);

describe('fan-out', () => {
  it('writes the commit’s events and notifies every endpoint that subscribes to one of them', async () => {
    await table.commit(putEndpoint(endpoint('all')));
    await table.commit(putEndpoint(endpoint('some', { enabledEvents: ['charge.succeeded'] })));
    await table.commit(putEndpoint(endpoint('none', { enabledEvents: ['payout.paid'] })));
    await table.commit(putEndpoint(endpoint('off', { disabled: true })));

    const failed = await fanOutImages(deps, [change(images.paid, images.claimed)]);

    expect(failed).toEqual([]);
    expect(eventKeys()).toEqual(['AcmeTest#e#c#2 VVrdaA0abcdefghijklmn02']);
    const events = { pk: 'AcmeTest#e#c#2', sk: 'VVrdaA0abcdefghijklmn02' };
    expect(deliveries.map((body) => JSON.parse(body) as object)).toEqual([
      { scope: 'AcmeTest', endpoint: 'VVrda1w0Endpointall000', events, endpoints: [1, 2, 1] },
      { scope: 'AcmeTest', endpoint: 'VVrda1w0Endpointsome00', events, endpoints: [1, 2, 1] },
    ]);
  });

  it('notifies no endpoint that was made after the commit; clocks may be five seconds apart', async () => {
    const { committedMs } = images.paid;
    await table.commit(putEndpoint(endpoint('within', { createdMs: committedMs + 5_000 })));
    await table.commit(putEndpoint(endpoint('later', { createdMs: committedMs + 5_001 })));

    await fanOutImages(deps, [change(images.paid, images.claimed)]);

    expect(eventKeys()).toHaveLength(1);
    expect(deliveries.map((body) => (JSON.parse(body) as { endpoint: string }).endpoint)).toEqual([
      'VVrda1w0Endpointwithin',
    ]);
  });

  it('counts the attempt for risk at once, without a message', async () => {
    await fanOutImages(deps, [change(images.paid, images.claimed)]);

    expect(features).toEqual([]);
    expect(counters()).toEqual([new Set(['ch_VVrda1w2abcdefghijklmn1'])]);
  });

  it('counts the attempts that were judged without their features', async () => {
    const [attempt] = images.paid.attempts;
    const risk = { ...attempt!.risk!, reasons: ['features_unavailable'] };

    await fanOutImages(deps, [change({ ...images.paid, attempts: [{ ...attempt!, risk }] }, images.claimed)]);

    expect(unseen).toBe(1);
  });

  it('leaves to the queue what it cannot count, and the webhook does not wait', async () => {
    await table.commit(putEndpoint(endpoint('all')));
    table.onCall = ({ writes, when }) => {
      if (when === 'before' && writes.some((write) => write.table === 'risk')) throw new Error('counter out of reach');
    };

    const failed = await fanOutImages(deps, [change(images.paid, images.claimed)]);

    expect([failed, errors, deliveries.length]).toEqual([[], ['counter out of reach'], 1]);
    expect(features.map((body) => unpackJson(body))).toEqual([
      {
        attempts: [expect.objectContaining({ attempt: 'ch_VVrda1w2abcdefghijklmn1', outcome: 'authorized' })],
        reviews: [],
      },
    ]);
    table.onCall = undefined;
    await countAttempts(table, unpackJson(features[0]!));
    expect(counters()).toEqual([new Set(['ch_VVrda1w2abcdefghijklmn1'])]);
  });

  it.each([
    [{}, 0],
    [{ metadata: 0 }, 2],
    [{ 'metadata.order': 0 }, 1],
    [{ 'payment_method_details.card.last4': 0 }, 1],
  ])('notes for the search what the settings name: %j', async (fields, notes) => {
    searchFields = fields;
    const paid = { ...images.paid, metadata: { order: 'A-7', note: 'x' } };

    await fanOutImages(deps, [change(paid, { ...images.claimed, metadata: {} })]);

    expect(table.items('search')).toHaveLength(notes);
  });

  it('stores the reply under the key that still belongs to the request', async () => {
    const reply = {
      requestId: 'req_1',
      idempotencyKey: 'k',
      kind: 'payment',
      apiVersion: '2026-10-28.endive',
    } as const;
    const held = (pk: string, owner: string) =>
      table.commit({ kind: 'put', table: 'idempotency', item: { pk, sk: 'k', owner }, when: { is: 'absent' } });
    await held('AcmeTest#mine', 'req_1');
    await held('AcmeTest#lost', 'req_9');

    const failed = await fanOutImages(deps, [
      change({ ...images.paid, reply: { ...reply, keyHash: 'AcmeTest#mine' } }, images.claimed),
      change({ ...other(images.paid), reply: { ...reply, keyHash: 'AcmeTest#lost' } }, other(images.claimed)),
      change({ ...images.created, reply: { ...reply, keyHash: 'AcmeTest#gone' } }),
    ]);

    expect(failed).toEqual([]);
    const mine = await table.get('idempotency', { pk: 'AcmeTest#mine', sk: 'k' });
    expect(unpack(mine?.reply as Uint8Array)).toMatchObject({
      status: 200,
      requestId: 'req_1',
      body: { id: 'pi_VVrda1w2abcdefghijklmn', status: 'succeeded', client_secret: null },
    });
    expect((await table.get('idempotency', { pk: 'AcmeTest#lost', sk: 'k' }))?.reply).toBeUndefined();
    expect(await table.get('idempotency', { pk: 'AcmeTest#gone', sk: 'k' })).toBeUndefined();
  });

  it('notes for the janitor what the batch leaves open, and nothing that it closes', async () => {
    const open = { new: images.item('refund', images.refund) };

    await fanOutImages(deps, [
      change(images.claimed),
      change(other(images.claimed)),
      change(images.paid, images.claimed),
      open,
    ]);

    expect(table.items('idempotency')).toMatchObject([
      {
        pk: 'watch#29833334',
        sk: 'aaaaaaaaaaaaaa',
        refs: ['pAcmeTestVVrda1w3OTHERaaaaaaaaa', 'rAcmeTestVVrdpdg1ABCDEFGHIJKLMN'],
      },
    ]);
  });

  it('ends in the same state when the records come twice and in another order', async () => {
    const batch = [
      change(images.claimed),
      change(images.paid, images.claimed),
      change(other(images.declined), other(images.claimed)),
    ];
    await fanOutImages(deps, batch);
    const once = withoutCount();

    const failed = await fanOutImages(deps, batch.toReversed());

    expect(failed).toEqual([]);
    expect(withoutCount()).toEqual(once);
  });

  it('ignores removals and items that are no commits', async () => {
    const failed = await fanOutImages(deps, [
      { old: images.item('payment', images.paid) },
      { new: { ...images.item('payment', images.method), kind: 'method' } },
    ]);

    expect([failed, table.items('events'), deliveries]).toEqual([[], [], []]);
  });
});

describe('a record that fails', () => {
  const failOnce = (pk: string) => {
    table.onCall = ({ writes, when }) => {
      const hit = writes.some((write) => write.kind === 'put' && write.item.pk === pk);
      if (when === 'before' && hit) throw new Error('table out of reach');
    };
  };

  it('goes alone to the retry queue, and is done from there', async () => {
    await table.commit(putEndpoint(endpoint('all')));
    failOnce('AcmeTest#e#c#2');

    const failed = await fanOutImages(deps, [
      change(images.paid, images.claimed),
      change(other(images.paid), other(images.claimed)),
    ]);

    expect(failed).toHaveLength(1);
    expect(errors).toEqual(['table out of reach']);
    expect(eventKeys()).toEqual(['AcmeTest#e#c#3 VVrdaA0OTHERaaaaaaaaa02']);
    expect(deliveries).toHaveLength(1);

    await expect(fanOutMessage(deps, failed[0]!)).rejects.toThrow('could not be fanned out');
    table.onCall = undefined;
    await fanOutMessage(deps, failed[0]!);
    expect(eventKeys()).toHaveLength(2);
    expect(deliveries).toHaveLength(2);
    expect(counters()).toHaveLength(1);
  });

  it('waits whole when a queue is unreachable: events were written, and the retry delivers them', async () => {
    await table.commit(putEndpoint(endpoint('all')));
    const down = { ...deps, deliveries: async () => Promise.reject(new Error('queue out of reach')) };

    const failed = await fanOutImages(down, [change(images.paid, images.claimed)]);
    expect(failed).toHaveLength(1);
    expect(deliveries).toEqual([]);

    await fanOutMessage(deps, failed[0]!);
    expect(deliveries).toHaveLength(1);
  });

  it('waits when its events cannot be written while the settings are read, and does not end the process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const settings = async () => {
      // Long enough for a rejection to be found without a handler.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { searchFields };
    };
    table.onCall = ({ operation }) => {
      if (operation === 'commit') throw new Error('throttled');
    };

    const failed = await fanOutImages({ ...deps, settings }, [change(images.paid, images.claimed)]);

    process.off('unhandledRejection', note);
    expect(failed).toHaveLength(1);
    expect(unhandled).toEqual([]);
  });

  it('waits as it is when it cannot be read, and never holds up the others', async () => {
    const newer = Buffer.from(images.item('payment', images.paid).doc as Uint8Array);
    const dictionary = newer[0]!;
    newer[0] = 99;
    const unreadable = { new: { pk: 'any', sk: 'any', kind: 'payment', doc: newer } };

    const failed = await fanOutImages(deps, [unreadable, change(other(images.paid), other(images.claimed))]);

    expect(failed).toHaveLength(1);
    expect(eventKeys()).toEqual(['AcmeTest#e#c#3 VVrdaA0OTHERaaaaaaaaa02']);
    await expect(fanOutMessage(deps, failed[0]!)).rejects.toThrow('packed with dictionary 99');

    newer[0] = dictionary;
    const { unread } = JSON.parse(failed[0]!) as { unread: { new: string } };
    await fanOutMessage(deps, failed[0]!.replace(unread.new, newer.toString('base64')));
    expect(eventKeys()).toHaveLength(2);
  });
});
