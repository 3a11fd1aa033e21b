import { describe, expect, it, vi } from 'vitest';
import { countsOf } from '../../../../bin/embedded/queues/operator.ts';
import type { SqsRecord } from '../../../../bin/embedded/queues/sqs-event.ts';
import { crashingStore } from '../../../world/crashing-store.ts';
import { type Handler, mapping, quiet, type TestQueues, testQueues } from '../../../world/queues.ts';

const MINUTE_MS = 60_000;
/** For what goes through files: only a failure takes as long. */
const PATIENCE = { timeout: 20_000, interval: 2 };

/** A function whose calls end when the test says so. */
function held() {
  const calls: { readonly records: readonly SqsRecord[]; end: (answer?: unknown) => void; fail: () => void }[] = [];
  const handler: Handler = (records) =>
    new Promise((resolve, reject) => {
      calls.push({ records, end: resolve, fail: () => reject(new Error('the function failed')) });
    });
  return { calls, handler, bodies: () => calls.map(({ records }) => records.map(({ body }) => body)) };
}

const failing = (...bodies: readonly string[]) => {
  const seen: string[] = [];
  const handler: Handler = async (records) => {
    seen.push(...records.map(({ body }) => body));
    const failed = records.filter(({ body }) => bodies.includes(body));
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  return { seen, handler };
};

const sizes = ({ queues }: TestQueues, name: string): readonly number[] => {
  const { ready, delayed, inFlight } = countsOf(queues).find(({ queue }) => queue === name)!;
  return [ready, delayed, inFlight];
};
const send = ({ queues }: TestQueues, ...bodies: readonly string[]) =>
  queues.send(
    'jobs',
    bodies.map((body) => ({ body })),
  );
const sendTo = ({ queues }: TestQueues, group: string, body: string, dedupe = body) =>
  queues.send('callbacks', [{ body, group, dedupe }]);

describe('a message', () => {
  it('is delivered as soon as its send resolves, with the attributes that functions read, and is gone when the function has done it', async () => {
    const { calls, handler } = held();
    const world = testQueues(handler, { systemMs: () => 1_700_000_000_000 });
    await world.queues.start();

    await send(world, 'a');

    expect(calls.map(({ records }) => records)).toEqual([
      [
        {
          messageId: '0062f3f9-5a00-8000-8000-000000000000'.replace(
            /^.{13}/,
            calls[0]!.records[0]!.messageId.slice(0, 13),
          ),
          body: 'a',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: '1700000000000',
            ApproximateFirstReceiveTimestamp: '1700000000000',
          },
          messageAttributes: {},
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jobs',
        },
      ],
    ]);
    expect(sizes(world, 'jobs')).toEqual([0, 0, 1]);
    calls[0]!.end();
    await quiet();
    expect(sizes(world, 'jobs')).toEqual([0, 0, 0]);
  });

  it('of a FIFO queue has its group, its deduplication id and a number that grows', async () => {
    const { calls, handler } = held();
    const world = testQueues(handler);
    await world.queues.start();

    await sendTo(world, 'p1', 'a', 'fact-1');
    await sendTo(world, 'p2', 'b', 'fact-1');

    const attributes = calls.map(({ records }) => records[0]!.attributes);
    expect(attributes).toMatchObject([
      { MessageGroupId: 'p1', MessageDeduplicationId: 'fact-1' },
      { MessageGroupId: 'p2', MessageDeduplicationId: 'fact-1' },
    ]);
    expect(attributes[0]!.SequenceNumber! < attributes[1]!.SequenceNumber!).toBe(true);
  });

  it('is on disk before anything leaves that rests on it', async () => {
    const crashing = await crashingStore();
    const seenOnDisk: unknown[] = [];
    const world = testQueues(
      async () => {
        await crashing.store.synced();
        const copy = await crashing.crash(0);
        seenOnDisk.push(copy.store.read((db) => db.prepare('SELECT body, due_ms FROM messages').all()));
        await copy.close();
      },
      { store: crashing.store },
    );
    await world.queues.start();

    await send(world, 'a');

    await vi.waitFor(() => expect(seenOnDisk).toEqual([[{ body: 'a', due_ms: null }]]), PATIENCE);
    await crashing.close();
  });

  it('with a delay is delivered after it, and a queue’s own delay holds for messages without one', async () => {
    const { handler, bodies } = held();
    const world = testQueues(handler);
    await world.queues.start();

    await world.queues.send('jobs', [{ body: 'later', delaySeconds: 900 }, { body: 'now' }]);
    await quiet();
    expect([bodies(), sizes(world, 'jobs')]).toEqual([[['now']], [0, 1, 1]]);

    await world.clock.advance(899_000);
    await quiet();
    expect(bodies()).toEqual([['now']]);
    await world.clock.advance(1_000);
    await quiet();
    expect(bodies()).toEqual([['now'], ['later']]);
  });
});

describe('a consumer', () => {
  it('works on as many batches as its mapping allows, and takes what has waited in batches, oldest first', async () => {
    const { calls, handler, bodies } = held();
    const world = testQueues(handler, { mappings: [mapping('jobs', { maxConcurrency: 2, batchSize: 3 })] });
    await world.queues.start();

    for (let n = 1; n <= 9; n++) await send(world, `m${n}`);
    expect(bodies()).toEqual([['m1'], ['m2']]);
    calls[1]!.end();
    await quiet();
    expect(bodies()).toEqual([['m1'], ['m2'], ['m3', 'm4', 'm5']]);
    calls[0]!.end();
    calls[2]!.end();
    await quiet();

    expect(bodies()).toEqual([['m1'], ['m2'], ['m3', 'm4', 'm5'], ['m6', 'm7', 'm8'], ['m9']]);
  });

  it('never delivers more of one send at once than a batch holds', async () => {
    const { handler, bodies } = held();
    const world = testQueues(handler, { mappings: [mapping('jobs', { maxConcurrency: 1, batchSize: 2 })] });
    await world.queues.start();

    await send(world, 'a', 'b', 'c');
    await quiet();

    expect([bodies(), sizes(world, 'jobs')]).toEqual([[['a', 'b']], [1, 0, 2]]);
  });

  it('delivers again only the messages that the answer names, after the visibility timeout', async () => {
    const { seen, handler } = failing('b');
    const world = testQueues(handler);
    await world.queues.start();

    await send(world, 'a', 'b', 'c');
    await quiet();
    expect(sizes(world, 'jobs')).toEqual([0, 1, 0]);
    await world.clock.advance(3 * MINUTE_MS - 1_000);
    await quiet();
    expect(seen).toEqual(['a', 'b', 'c']);
    await world.clock.advance(1_000);
    await quiet();

    expect(seen).toEqual(['a', 'b', 'c', 'b']);
  });

  it('delivers a whole batch again when the function fails, or passes its timeout', async () => {
    const counts: string[] = [];
    const world = testQueues(async (records) => {
      counts.push(...records.map(({ body, attributes }) => `${body}${attributes.ApproximateReceiveCount}`));
      if (counts.length < 3) throw new Error('Task timed out after 30.00 seconds');
    });
    await world.queues.start();

    await send(world, 'a', 'b');
    await quiet();
    await world.clock.advance(3 * MINUTE_MS);
    await quiet();

    expect(counts).toEqual(['a1', 'b1', 'a2', 'b2']);
    expect(sizes(world, 'jobs')).toEqual([0, 0, 0]);
    expect(world.logged.map(({ message }) => message)).toEqual(['batch failed']);
  });

  it('ignores the answer of a function whose mapping does not report failures', async () => {
    const world = testQueues(async (records) => ({ batchItemFailures: [{ itemIdentifier: records[0]!.messageId }] }), {
      mappings: [mapping('jobs', { reportsFailures: false })],
    });
    await world.queues.start();

    await send(world, 'a');
    await quiet();

    expect(sizes(world, 'jobs')).toEqual([0, 0, 0]);
  });

  it('moves a message to the dead-letter queue when it was delivered as often as the queue allows', async () => {
    const { seen, handler } = failing('a');
    const world = testQueues(handler);
    await world.queues.start();

    await send(world, 'a');
    for (let round = 0; round < 4; round++) {
      await quiet();
      await world.clock.advance(3 * MINUTE_MS);
    }
    await quiet();

    expect(seen).toEqual(['a', 'a', 'a']);
    expect([sizes(world, 'jobs'), sizes(world, 'jobs-dead')]).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ]);
    expect(world.logged.at(-1)).toEqual({ message: 'dead letters', queue: 'jobs', messages: 1 });
  });
});

describe('a group of a FIFO queue', () => {
  it('has one message in flight, and the next one follows when it has left the queue; other groups go on', async () => {
    const { calls, handler, bodies } = held();
    const world = testQueues(handler);
    await world.queues.start();

    await sendTo(world, 'p1', 'a1');
    await sendTo(world, 'p1', 'a2');
    await sendTo(world, 'p2', 'b1');
    await quiet();
    expect(bodies()).toEqual([['a1'], ['b1']]);
    calls[0]!.end();
    await quiet();

    expect(bodies()).toEqual([['a1'], ['b1'], ['a2']]);
  });

  it('waits for a message that failed, until that is done or in the dead-letter queue', async () => {
    const { seen, handler } = failing('a1');
    const world = testQueues(handler);
    await world.queues.start();

    for (const body of ['a1', 'a2', 'a3']) await sendTo(world, 'p1', body);
    await sendTo(world, 'p2', 'b1');
    for (let round = 0; round < 3; round++) {
      await quiet();
      await world.clock.advance(3 * MINUTE_MS);
    }
    await quiet(30);

    expect(seen).toEqual(['a1', 'b1', 'a1', 'a1', 'a2', 'a3']);
    expect(sizes(world, 'callbacks-dead')).toEqual([1, 0, 0]);
  });

  it('takes one message with a deduplication id in five minutes, and reports the first one’s id for the others', async () => {
    const { seen, handler } = failing();
    const world = testQueues(handler);
    await world.queues.start();

    const [first] = await sendTo(world, 'p1', 'a', 'fact');
    await quiet();
    const [again] = await sendTo(world, 'p1', 'a again', 'fact');
    await world.clock.advance(5 * MINUTE_MS - 1_000);
    const [late] = await sendTo(world, 'p1', 'a late', 'fact');
    await sendTo(world, 'p2', 'other group', 'fact');
    await world.clock.advance(1_000);
    await sendTo(world, 'p1', 'a new', 'fact');
    await quiet();

    expect([again, late]).toEqual([first, first]);
    expect(seen).toEqual(['a', 'other group', 'a new']);
  });

  it('remembers deduplication ids over a crash, and forgets them after their time', async () => {
    const first = await crashingStore();
    const { seen, handler } = failing();
    const world = testQueues(handler, { store: first.store });
    await world.queues.start();
    await sendTo(world, 'p1', 'a', 'fact');
    await vi.waitFor(() => expect(sizes(world, 'callbacks')).toEqual([0, 0, 0]), PATIENCE);
    await first.store.synced();
    const second = await first.crash(0);
    const again = testQueues(handler, { store: second.store });
    await again.queues.start();
    await sendTo(again, 'p1', 'a', 'fact');
    await again.clock.advance(5 * MINUTE_MS);
    for (const body of ['b', 'c']) await sendTo(again, 'p1', body);

    await vi.waitFor(() => expect(seen).toEqual(['a', 'b', 'c']), PATIENCE);
    const rows = again.store.read((db) => db.prepare('SELECT dedupe FROM dedupes ORDER BY id').all());
    expect(rows).toEqual([{ dedupe: 'b' }, { dedupe: 'c' }]);
    await Promise.all([first.close(), second.close()]);
  });
});

describe('a stop', () => {
  it('delivers nothing more and waits for what runs; what is sent meanwhile is delivered by the next start', async () => {
    const { calls, handler, bodies } = held();
    const world = testQueues(handler);
    await world.queues.start();
    await send(world, 'a');

    const stopped = world.queues.stop(5_000);
    await send(world, 'b');
    await quiet();
    expect([bodies(), sizes(world, 'jobs')]).toEqual([[['a']], [1, 0, 1]]);
    calls[0]!.end();
    expect(await stopped).toBe(true);
    expect(sizes(world, 'jobs')).toEqual([1, 0, 0]);

    const next = testQueues(handler, { store: world.store });
    await next.queues.start();
    await quiet();
    expect(bodies()).toEqual([['a'], ['b']]);
  });

  it('waits no longer than its limit', async () => {
    const world = testQueues(held().handler);
    await world.queues.start();
    await send(world, 'a');

    expect(await world.queues.stop(20)).toBe(false);
  });
});

it('what was in flight in a crash is delivered at once by the next start, with its deliveries counted', async () => {
  const first = await crashingStore();
  const { calls, handler } = held();
  const world = testQueues(handler, { store: first.store });
  await world.queues.start();
  await send(world, 'a');
  await vi.waitFor(() => expect(calls).toHaveLength(1), PATIENCE);
  await first.store.synced();
  const second = await first.crash(0);
  await testQueues(handler, { store: second.store }).queues.start();

  const received = () => calls.map(({ records }) => [records[0]!.body, records[0]!.attributes.ApproximateReceiveCount]);
  const twice = [
    ['a', '1'],
    ['a', '2'],
  ];
  await vi.waitFor(() => expect(received()).toEqual(twice), PATIENCE);
  await Promise.all([first.close(), second.close()]);
});

it('ids go on after a restart, also when the system’s time does not', async () => {
  const first = testQueues(async () => undefined, { systemMs: () => 1_700_000_000_000, mappings: [] });
  const ids = [...(await send(first, 'a', 'b'))];

  const second = testQueues(async () => undefined, { store: first.store, systemMs: () => 5, mappings: [] });
  ids.push(...(await send(second, 'c')));

  expect(ids).toEqual([1_740_800_000_000_000, 1_740_800_000_000_001, 1_740_800_000_000_002]);
});
