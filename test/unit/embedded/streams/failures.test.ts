import { describe, expect, it } from 'vitest';
import { quiet } from '../../../world/queues.ts';
import { changesIn, held, keeping, rowsIn, type StreamHandler, testStream } from '../../../world/streams.ts';

const DAY_MS = 86_400_000;

describe('a function that fails', () => {
  it('gets the change again, and the other consumer does not', async () => {
    const fine = keeping();
    let calls = 0;
    const failing: StreamHandler = async () => {
      calls += 1;
      if (calls === 1) throw new Error('the function failed');
    };
    const world = testStream({ ledger: failing, fanout: fine.handler });
    world.stream.start();

    await world.make('a', 1);
    await quiet();
    expect([calls, world.stream.behind()]).toEqual([1, 0]);
    await world.clock.advance(1000);
    await quiet();

    expect([calls, fine.all(), rowsIn(world.store)]).toEqual([2, ['a ->1'], 1]);
    expect(world.logged).toMatchObject([{ message: 'batch failed', function: 'ledger', records: 1, from: 1 }]);
  });

  it('too often loses the change to the queue of failures, in Lambda’s form, and the next one follows', async () => {
    const seen: string[] = [];
    const world = testStream(
      {
        ledger: async (records) => {
          seen.push(...changesIn(records));
          if (changesIn(records).includes('bad ->1')) throw new Error('the function failed');
        },
      },
      { systemMs: () => 1_700_000_000_000 },
    );
    world.stream.start();

    await world.make('bad', 1);
    await world.make('good', 1);
    for (const ms of [1000, 2000]) {
      await quiet();
      await world.clock.advance(ms);
    }
    await quiet();

    expect(seen).toEqual(['bad ->1', 'bad ->1', 'bad ->1', 'good ->1']);
    expect(world.failures.map((body) => body.slice(0, 16))).toEqual(['stream-failures ']);
    const { requestContext, DDBStreamBatchInfo, ...rest } = JSON.parse(world.failures[0]!.slice(16)) as {
      readonly requestContext: { readonly requestId: string };
      readonly DDBStreamBatchInfo: object;
    };
    expect(requestContext.requestId).toMatch(/^[\da-f-]{36}$/);
    expect({ ...requestContext, requestId: '' }).toEqual({
      requestId: '',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:ledger',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    });
    expect(DDBStreamBatchInfo).toEqual({
      shardId: 'shardId-00000000000000000000-00000000',
      startSequenceNumber: '1',
      endSequenceNumber: '1',
      approximateArrivalOfFirstRecord: '2023-11-14T22:13:20.000Z',
      approximateArrivalOfLastRecord: '2023-11-14T22:13:20.000Z',
      batchSize: 1,
      streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/payments/stream/1',
    });
    expect(rest).toEqual({
      version: '1.0',
      timestamp: '2023-11-14T22:13:23.000Z',
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    });
  });

  it('can be given again what it gave up, in order, once it is repaired', async () => {
    const seen: string[] = [];
    let isBroken = true;
    const world = testStream(
      {
        ledger: async (records) => {
          if (isBroken) throw new Error('the function failed');
          seen.push(...changesIn(records));
        },
        fanout: async () => undefined,
      },
      { mapping: { maxRetries: 0 } },
    );
    world.stream.start();
    for (const key of ['a', 'b']) await world.make(key, 1);
    await quiet();
    await expect(world.stream.replay('ledger')).rejects.toThrow('failed');
    isBroken = false;
    await world.make('c', 1);
    await quiet();
    expect([seen, rowsIn(world.store)]).toEqual([['c ->1'], 3]);

    const counts = [await world.stream.replay('ledger'), await world.stream.replay('ledger')];

    expect(counts).toEqual([2, 0]);
    expect([seen, rowsIn(world.store)]).toEqual([['c ->1', 'a ->1', 'b ->1'], 1]);
    await expect(world.stream.replay('none')).rejects.toThrow('none does not read the stream');
  });
});

describe('a change that is older than a day', () => {
  const expire = (stream: object) => (stream as { removeExpired(): Promise<void> }).removeExpired();

  it('is skipped by a consumer that could not do it in all that time', async () => {
    let systemMs = 0;
    const { calls, handler } = held();
    const world = testStream({ ledger: handler }, { systemMs: () => systemMs, mapping: { batchSize: 1 } });
    world.stream.start();
    for (const key of ['a', 'b', 'c']) await world.make(key, 1);
    await quiet();

    systemMs = DAY_MS;
    await world.make('d', 1);
    await expire(world.stream);
    calls[0]!.end();
    await quiet();

    expect(calls.map(({ changes }) => changes)).toEqual([['a ->1'], ['d ->1']]);
    expect(world.stream.behind()).toBe(1);
    expect(world.logged).toEqual([{ message: 'changes expired', function: 'ledger', from: 0, upTo: 3 }]);
    await world.stream.stop(1);
  });

  it('stays where the clock jumped over the day', async () => {
    const { handler, all } = keeping();
    const world = testStream({ ledger: handler });
    await world.make('a', 1);

    await world.clock.advance(2 * DAY_MS);
    await expire(world.stream);
    world.stream.start();
    await quiet();

    expect(all()).toEqual(['a ->1']);
  });

  it('that was given up is forgotten', async () => {
    let systemMs = 0;
    const world = testStream(
      { ledger: async () => Promise.reject(new Error('the function failed')) },
      { systemMs: () => systemMs, mapping: { maxRetries: 0 } },
    );
    world.stream.start();
    for (const key of ['a', 'b']) await world.make(key, 1);
    await quiet();
    expect(rowsIn(world.store)).toBe(2);

    systemMs = DAY_MS;
    await expire(world.stream);

    expect(rowsIn(world.store)).toBe(1);
    await world.stream.stop(1);
  });
});
