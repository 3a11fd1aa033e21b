import { describe, expect, it, vi } from 'vitest';
import { imagesOf, type StreamRecord } from '../../../../bin/embedded/streams/record.ts';
import { crashingStore } from '../../../world/crashing-store.ts';
import { quiet } from '../../../world/queues.ts';
import { changesIn, held, keeping, rowsIn, testStream } from '../../../world/streams.ts';

/** For what goes through files: only a failure takes as long. */
const PATIENCE = { timeout: 20_000, interval: 2 };

describe('a change of the table', () => {
  it('reaches both consumers with both images, the same values, and the members that Lambda’s records have', async () => {
    const records: StreamRecord[][] = [[], []];
    const world = testStream(
      {
        ledger: async (batch) => void records[0]!.push(...batch),
        fanout: async (batch) => void records[1]!.push(...batch),
      },
      { systemMs: () => 1_700_000_000_999 },
    );
    world.stream.start();

    await world.make('p', 1);
    await world.change('p', 2);
    await world.remove('p');
    await quiet();

    expect(records[0]!.map(({ images, ...facts }) => [facts, changesIn([{ images, ...facts }])])).toEqual(
      [
        ['INSERT', '1', 'p ->1'],
        ['MODIFY', '2', 'p 1>2'],
        ['REMOVE', '3', 'p 2>-'],
      ].map(([eventName, SequenceNumber, change]) => [
        {
          eventID: SequenceNumber,
          eventName,
          eventSource: 'aws:dynamodb',
          eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/payments/stream/1',
          dynamodb: { ApproximateCreationDateTime: 1_700_000_000, SequenceNumber },
        },
        [change],
      ]),
    );
    expect(records[1]!.every((record, n) => imagesOf(record) === imagesOf(records[0]![n]!))).toBe(true);
  });

  it('is read by functions of this runtime only', () => {
    expect(() => imagesOf({ dynamodb: { NewImage: {} } })).toThrow('without images');
  });

  it('of another table is in no stream', async () => {
    const { handler, all } = keeping();
    const world = testStream({ ledger: handler });
    world.stream.start();

    await world.table.commit({
      kind: 'put',
      table: 'ledger',
      item: { pk: 'a', sk: 'b' },
      when: { is: 'absent' },
    });
    await quiet();

    expect(all()).toEqual([]);
  });
});

describe('a consumer', () => {
  it('has one batch at a time; what comes meanwhile is the next batch, in order', async () => {
    const { calls, handler, batches } = held();
    const world = testStream({ ledger: handler }, { mapping: { batchSize: 3 } });
    world.stream.start();

    await world.make('p', 1);
    for (let n = 2; n <= 6; n++) await world.change('p', n);
    await quiet();
    expect(batches()).toEqual([['p ->1']]);
    calls[0]!.end();
    await quiet();
    expect(batches()).toEqual([['p ->1'], ['p 1>2', 'p 2>3', 'p 3>4']]);
    calls[1]!.end();
    await quiet();

    expect(batches().slice(2)).toEqual([['p 4>5', 'p 5>6']]);
  });

  it('goes on while another one stands, and rows go when both are past them, except the newest', async () => {
    const slow = held();
    const fast = keeping();
    const world = testStream({ ledger: slow.handler, fanout: fast.handler }, { mapping: { batchSize: 2 } });
    world.stream.start();

    for (const key of ['a', 'b', 'c', 'd', 'e']) await world.make(key, 1);
    await quiet();
    expect([fast.all(), slow.batches(), rowsIn(world.store), world.stream.behind()]).toEqual([
      ['a ->1', 'b ->1', 'c ->1', 'd ->1', 'e ->1'],
      [['a ->1']],
      5,
      5,
    ]);
    slow.calls[0]!.end();
    await quiet();
    slow.calls[1]!.end();
    await quiet();
    expect([rowsIn(world.store), world.stream.behind()]).toEqual([2, 2]);
    slow.calls[2]!.end();
    await quiet();

    expect([slow.batches().flat(), rowsIn(world.store), world.stream.behind()]).toEqual([fast.all(), 1, 0]);
  });

  it('has its changes on disk before anything leaves that rests on them', async () => {
    const crashing = await crashingStore();
    const onDisk: unknown[] = [];
    const world = testStream(
      {
        ledger: async () => {
          await crashing.store.synced();
          const copy = await crashing.crash(0);
          onDisk.push(copy.store.read((db) => db.prepare('SELECT count(*) AS n FROM payments').get()));
          await copy.close();
        },
      },
      { store: crashing.store, mapping: { batchSize: 1 } },
    );
    world.stream.start();
    const notices = setInterval(() => world.stream.notice(), 0);

    await Promise.all(['a', 'b', 'c'].map((key) => world.make(key, 1)));
    await vi.waitFor(() => expect(onDisk).toHaveLength(3), PATIENCE);
    clearInterval(notices);

    expect(onDisk).toEqual(Array.from({ length: 3 }, () => ({ n: 3 })));
    await crashing.close();
  });

  it('goes on after a restart where it was, also when all rows before are gone', async () => {
    const first = await crashingStore();
    const before = keeping();
    const world = testStream({ ledger: before.handler }, { store: first.store });
    world.stream.start();
    await world.make('a', 1);
    await world.change('a', 2);
    await vi.waitFor(() => expect(before.all()).toEqual(['a ->1', 'a 1>2']), PATIENCE);
    await world.stream.stop(5000);
    await first.store.synced();

    const second = await first.crash(0);
    const after = keeping();
    const again = testStream({ ledger: after.handler, fanout: after.handler }, { store: second.store });
    again.stream.start();
    await again.change('a', 3);
    // The new consumer begins with the oldest row that is left.
    await vi.waitFor(() => expect(after.all().toSorted()).toEqual(['a 1>2', 'a 2>3', 'a 2>3']), PATIENCE);

    await Promise.all([first.close(), second.close()]);
  });
});

describe('requests', () => {
  it('wait while the consumers are behind, and go on when they have moved on', async () => {
    const { calls, handler } = held();
    const world = testStream({ ledger: handler }, { mostBehind: 2 });
    world.stream.start();
    const accepted: string[] = [];
    const ask = (name: string) => void world.stream.accept().then(() => accepted.push(name));

    ask('first');
    await world.make('a', 1);
    await world.make('b', 1);
    ask('second');
    await quiet();
    expect(accepted).toEqual(['first']);
    calls[0]!.end();
    await quiet();

    expect(accepted).toEqual(['first', 'second']);
  });

  it('do not wait for a consumer that waits for a retry', async () => {
    const { calls, handler } = held();
    const world = testStream({ ledger: handler }, { mostBehind: 1 });
    world.stream.start();
    const accepted: string[] = [];

    await world.make('a', 1);
    void world.stream.accept().then(() => accepted.push('one'));
    await quiet();
    expect(accepted).toEqual([]);
    calls[0]!.fail();
    await quiet();

    expect(accepted).toEqual(['one']);
  });
});

describe('a stop', () => {
  it('waits for the batch that runs, and stores its position; requests that wait go on', async () => {
    const { calls, handler } = held();
    const world = testStream({ ledger: handler }, { mostBehind: 1, mapping: { batchSize: 1 } });
    world.stream.start();
    await world.make('a', 1);
    await world.make('b', 1);
    const accepted = world.stream.accept();

    const stopped = world.stream.stop(5000);
    await accepted;
    calls[0]!.end();

    expect(await stopped).toBe(true);
    expect(calls).toHaveLength(1);
    const next = keeping();
    const again = testStream({ ledger: next.handler }, { store: world.store });
    again.stream.start();
    await quiet();
    expect(next.all()).toEqual(['b ->1']);
  });

  it('ends a pause before a retry, and gives nothing up', async () => {
    const world = testStream({ ledger: async () => Promise.reject(new Error('the function failed')) });
    world.stream.start();
    await world.make('a', 1);
    await quiet();

    expect(await world.stream.stop(5000)).toBe(true);

    expect([world.failures, rowsIn(world.store)]).toEqual([[], 1]);
  });

  it('waits no longer than its limit', async () => {
    const world = testStream({ ledger: held().handler });
    world.stream.start();
    await world.make('a', 1);
    await quiet();

    expect(await world.stream.stop(20)).toBe(false);
  });
});
