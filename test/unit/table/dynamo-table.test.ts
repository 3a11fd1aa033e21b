/** What DynamoDB's refusals mean (docs/invariants.md, W1 and W2): emulators neither lose an answer nor raise a conflict, so a fake client does. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  InternalServerError,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { attributesOf } from '../../../functions/table/dynamo-item.ts';
import { dynamoTable } from '../../../functions/table/dynamo-table.ts';
import { absent, Conflict, Contended, type Write } from '../../../functions/table/table.ts';

const meta = { $metadata: {}, message: 'refused' };
const OURS = 'our-token-01';
const stored = (w: string) => attributesOf({ pk: 'a', sk: 'b', n: 1, w });

const put: Write = { kind: 'put', table: 'payments', item: { pk: 'a', sk: 'b', n: 1 }, when: absent };
const other: Write = { ...put, item: { pk: 'c', sk: 'd' } };

const failedCondition = (w: string) => new ConditionalCheckFailedException({ ...meta, Item: stored(w) });
const canceled = (...reasons: readonly { Code: string; Item?: ReturnType<typeof stored> }[]) =>
  new TransactionCanceledException({ ...meta, CancellationReasons: [...reasons] });

/** A table whose client gives these answers, one each, and the last one for ever; what was sent, and how long was waited. */
function answering(...answers: readonly (object | Error)[]) {
  const sent: { readonly input: Record<string, unknown> }[] = [];
  const waits: number[] = [];
  const send = async (command: { input: Record<string, unknown> }): Promise<object> => {
    const answer = answers[Math.min(sent.length, answers.length - 1)]!;
    sent.push(command);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const table = dynamoTable({
    client: { send } as unknown as DynamoDBClient,
    nameOf: (name) => name,
    clock: { nowMs: () => 0, sleep: async (ms) => void waits.push(ms) },
    random: () => OURS,
  });
  return { table, sent, waits };
}

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a write whose condition fails', () => {
  it('is our own success, sent again after a lost answer, when the item shows our token', async () => {
    const { table, sent } = answering(failedCondition(OURS));

    await expect(table.commit(put)).resolves.toBeUndefined();
    expect(sent[0]!.input).toMatchObject({
      Item: { w: { S: OURS } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ConditionExpression: expect.stringContaining('attribute_not_exists') as string,
    });
  });

  it('is a conflict that shows the stored item when another process wrote it', async () => {
    const { table, sent } = answering(failedCondition('their-token-1'));

    const error = await refusal(table.commit(put));

    expect(error).toBeInstanceOf(Conflict);
    expect((error as Conflict).old).toMatchObject({ pk: 'a', n: 1n, w: 'their-token-1' });
    expect(sent).toHaveLength(1);
  });

  it('is a conflict when nothing is there', async () => {
    const { table } = answering(new ConditionalCheckFailedException(meta));

    expect(((await refusal(table.commit(put))) as Conflict).old).toBeUndefined();
  });
});

describe('a transaction that is canceled', () => {
  it('is our own success when the item of the failed condition shows our token', async () => {
    const { table } = answering(canceled({ Code: 'ConditionalCheckFailed', Item: stored(OURS) }, { Code: 'None' }));

    await expect(table.commit(put, other)).resolves.toBeUndefined();
  });

  it('is a conflict that names the write whose condition failed', async () => {
    const { table } = answering(canceled({ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: stored('theirs') }));

    const error = (await refusal(table.commit(put, other))) as Conflict;

    expect(error).toBeInstanceOf(Conflict);
    expect([error.index, error.old?.w]).toEqual([1, 'theirs']);
  });
});

describe('a transaction that is canceled for more than one reason', () => {
  it('is our own success when any item shows our token, though another was written again since', async () => {
    const { table } = answering(
      canceled(
        { Code: 'ConditionalCheckFailed', Item: stored('theirs') },
        { Code: 'ConditionalCheckFailed', Item: stored(OURS) },
      ),
    );

    await expect(table.commit(put, other)).resolves.toBeUndefined();
  });

  it('is a conflict when a condition fails beside another process’s transaction: a retry would fail again', async () => {
    const { table, sent } = answering(
      canceled({ Code: 'TransactionConflict' }, { Code: 'ConditionalCheckFailed', Item: stored('theirs') }),
    );

    expect(await refusal(table.commit(put, other))).toMatchObject({ index: 1 });
    expect(sent).toHaveLength(1);
  });
});

describe('another process’s transaction on the same item', () => {
  it.each([
    ['a plain write', new TransactionConflictException(meta), [put]],
    ['a transaction', canceled({ Code: 'TransactionConflict' }, { Code: 'None' }), [put, other]],
    ['a throttled transaction', canceled({ Code: 'ThrottlingError' }, { Code: 'None' }), [put, other]],
  ] as const)('%s is tried again, after a wait, under the same token', async (_name, conflict, writes) => {
    const { table, sent, waits } = answering(conflict, conflict, {});

    await table.commit(...(writes as readonly [Write, ...Write[]]));

    expect(sent).toHaveLength(3);
    expect(waits).toHaveLength(2);
    expect(JSON.stringify(sent[2]!.input)).toBe(JSON.stringify(sent[0]!.input));
    for (const ms of waits) expect(ms).toBeLessThanOrEqual(1_000);
  });

  it.each([
    ['a plain write', new TransactionConflictException(meta), [put]],
    ['a transaction', canceled({ Code: 'None' }, { Code: 'TransactionConflict' }), [put, other]],
  ] as const)('%s is reported as contended after seven tries, with its cause', async (_name, conflict, writes) => {
    const { table, sent } = answering(conflict);

    const error = await refusal(table.commit(...(writes as readonly [Write, ...Write[]])));

    expect(error).toBeInstanceOf(Contended);
    expect((error as Contended).cause).toBe(conflict);
    expect(sent).toHaveLength(7);
  });

  it('is no reason for throttling, which is thrown as it is', async () => {
    const throttled = canceled({ Code: 'ThrottlingError' }, { Code: 'None' });
    const { table, sent } = answering(throttled);

    expect(await refusal(table.commit(put, other))).toBe(throttled);
    expect(sent).toHaveLength(7);
  });
});

it('an outage is thrown as it is: whether the write took effect is not known', async () => {
  const { table, sent } = answering(new InternalServerError(meta));

  expect(await refusal(table.commit(put))).toBeInstanceOf(InternalServerError);
  expect(sent).toHaveLength(1);
});

it('a batch of reads asks again for unprocessed keys, and answers in the order of the keys', async () => {
  const key = (sk: string) => ({ pk: { S: 'a' }, sk: { S: sk } });
  const { table } = answering(
    { Responses: { payments: [{ ...key('2'), n: { N: '2' } }] }, UnprocessedKeys: { payments: { Keys: [key('1')] } } },
    { Responses: { payments: [{ ...key('1'), n: { N: '1' } }] } },
  );
  const reads = ['1', '2', '3'].map((sk) => ({ table: 'payments' as const, key: { pk: 'a', sk } }));

  expect((await table.getMany(reads)).map((item) => item?.n)).toEqual([1n, 2n, undefined]);
});

it('reads many items consistently, or eventually where that is asked for', async () => {
  const reads = [{ table: 'events' as const, key: { pk: 'a', sk: '1' } }];
  const { table, sent } = answering({ Responses: {} }, { Responses: {} });

  await table.getMany(reads);
  await table.getMany(reads, 'eventual');

  expect(sent.map(({ input }) => JSON.stringify(input).includes('"ConsistentRead":true'))).toEqual([true, false]);
});

describe('the keys of items whose time is over', () => {
  it('are a scan by expiresAt, a page at a time, that reads nothing else of the items', async () => {
    const key = (sk: string) => attributesOf({ pk: 'a#cvc', sk });
    const { table, sent } = answering({ Items: [key('1')], LastEvaluatedKey: key('2') }, { Items: [] });

    const first = await table.expiredKeys('cvc', 1_790_000_000);
    const second = await table.expiredKeys('cvc', 1_790_000_000, first.after);

    expect(first).toEqual({ keys: [{ pk: 'a#cvc', sk: '1' }], after: { pk: 'a#cvc', sk: '2' } });
    expect(second).toEqual({ keys: [] });
    expect(sent[0]!.input).toMatchObject({
      TableName: 'cvc',
      FilterExpression: 'expiresAt <= :now',
      ExpressionAttributeValues: { ':now': { N: '1790000000' } },
      ProjectionExpression: 'pk, sk',
    });
    expect(sent[1]!.input).toMatchObject({ ExclusiveStartKey: key('2') });
  });
});
