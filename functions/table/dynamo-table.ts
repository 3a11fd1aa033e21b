/**
 * The table port on DynamoDB. What a failed condition means is decided here once: our own earlier success whose answer was lost, or
 * another writer's write (docs/invariants.md, W1). Transaction conflicts, which the SDK does not retry, are retried (W2).
 */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Clock, systemClock, systemRandom } from '../kernel/clock.ts';
import type { RandomText } from '../kernel/ids.ts';
import { type Attributes, attributesOf, itemOf } from './dynamo-item.ts';
import { Expression, placeholders } from './expression.ts';
import {
  Conflict,
  type ExpiredKeys,
  type ExpiringTable,
  INDEX_KEYS,
  type Item,
  type Key,
  type Page,
  type Query,
  type Read,
  type TableName,
  type Write,
} from './table.ts';

/** Capacity units since the table was made, as DynamoDB reports them. */
export interface Consumed {
  readUnits: number;
  writeUnits: number;
  calls: number;
  readonly writeUnitsOf: Partial<Record<TableName, number>>;
}

export type DynamoTable = ExpiringTable & { readonly consumed: Consumed };

export interface DynamoTableOptions {
  readonly client?: DynamoDBClient;
  /** Physical name of a table. Default: from `<NAME>_TABLE` in the environment. */
  readonly nameOf?: (table: TableName) => string;
  readonly clock?: Clock;
  readonly random?: RandomText;
}

/** Tries of one commit under throttling and transaction conflicts. */
const TRIES = 7;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1_000;
/** DynamoDB responds within milliseconds or fails. The SDK retries. */
const REQUEST_TIMEOUT_MS = 3_000;

const fromEnvironment = (table: TableName): string => {
  const name = process.env[`${table.toUpperCase()}_TABLE`];
  if (name === undefined)
    throw new Error(`${table.toUpperCase()}_TABLE is not set: this function has no access to table ${table}`);
  return name;
};

/** The tables of this function: a table whose name is not in the environment is none of its business. */
export function dynamoTable(options: DynamoTableOptions = {}): DynamoTable {
  const client =
    options.client ??
    new DynamoDBClient({
      maxAttempts: 4,
      requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: 1_000 },
    });
  return new Dynamo(
    client,
    options.nameOf ?? fromEnvironment,
    options.clock ?? systemClock,
    options.random ?? systemRandom,
  );
}

class Dynamo implements DynamoTable {
  readonly consumed: Consumed = { readUnits: 0, writeUnits: 0, calls: 0, writeUnitsOf: {} };
  private readonly client: DynamoDBClient;
  private readonly nameOf: (table: TableName) => string;
  private readonly clock: Clock;
  private readonly random: RandomText;

  constructor(client: DynamoDBClient, nameOf: (table: TableName) => string, clock: Clock, random: RandomText) {
    this.client = client;
    this.nameOf = nameOf;
    this.clock = clock;
    this.random = random;
  }

  async get(table: TableName, { pk, sk }: Key): Promise<Item | undefined> {
    const answer = await this.client.send(
      new GetItemCommand({
        TableName: this.nameOf(table),
        Key: attributesOf({ pk, sk }),
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    this.count('read', table, answer.ConsumedCapacity);
    return answer.Item && itemOf(answer.Item);
  }

  async getMany(reads: readonly Read[], consistency?: 'eventual'): Promise<readonly (Item | undefined)[]> {
    if (reads.length === 0) return [];
    const found = new Map<string, Item>();
    const nameOf = (table: TableName, key: Key): string => `${this.nameOf(table)}\n${key.pk}\n${key.sk}`;
    const wanted = new Map(
      reads.map(({ table, key: { pk, sk } }) => [nameOf(table, { pk, sk }), { table, key: attributesOf({ pk, sk }) }]),
    );
    let request: Record<string, { Keys: Attributes[]; ConsistentRead: boolean }> = {};
    for (const { table, key } of wanted.values()) {
      const name = this.nameOf(table);
      request[name] = { Keys: [...(request[name]?.Keys ?? []), key], ConsistentRead: consistency !== 'eventual' };
    }
    for (let attempt = 0; Object.keys(request).length > 0; attempt++) {
      if (attempt >= TRIES) throw new Error('DynamoDB left keys unread too often');
      if (attempt > 0) await this.pause(attempt);
      const answer = await this.client.send(
        new BatchGetItemCommand({ RequestItems: request, ReturnConsumedCapacity: 'TOTAL' }),
      );
      for (const capacity of answer.ConsumedCapacity ?? []) this.count('read', undefined, capacity);
      for (const [name, items] of Object.entries(answer.Responses ?? {})) {
        for (const attributes of items) {
          const item = itemOf(attributes);
          found.set(`${name}\n${item.pk}\n${item.sk}`, item);
        }
      }
      request = (answer.UnprocessedKeys ?? {}) as typeof request;
    }
    return reads.map(({ table, key }) => found.get(nameOf(table, key)));
  }

  async query(table: TableName, query: Query): Promise<Page> {
    const expression = new Expression();
    const [pk, sk] = query.index ? INDEX_KEYS[query.index] : (['pk', 'sk'] as const);
    const conditions = [`${expression.name(pk)} = ${expression.value(query.pk)}`];
    if (query.from !== undefined && query.to !== undefined) {
      if (query.from > query.to) return { items: [] };
      conditions.push(
        `${expression.name(sk)} BETWEEN ${expression.value(query.from)} AND ${expression.value(query.to)}`,
      );
    } else if (query.from !== undefined) conditions.push(`${expression.name(sk)} >= ${expression.value(query.from)}`);
    else if (query.to !== undefined) conditions.push(`${expression.name(sk)} <= ${expression.value(query.to)}`);
    const answer = await this.client.send(
      new QueryCommand({
        TableName: this.nameOf(table),
        ...(query.index !== undefined && { IndexName: query.index }),
        KeyConditionExpression: conditions.join(' AND '),
        ...placeholders(expression),
        ScanIndexForward: !query.newestFirst,
        ConsistentRead: query.index === undefined,
        ...(query.limit !== undefined && { Limit: query.limit }),
        ...(query.after !== undefined && { ExclusiveStartKey: startKey(query) }),
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    this.count('read', table, answer.ConsumedCapacity);
    const last = answer.LastEvaluatedKey && itemOf(answer.LastEvaluatedKey);
    return { items: (answer.Items ?? []).map(itemOf), ...(last && { after: afterOf(query, last) }) };
  }

  async expiredKeys(table: TableName, nowSeconds: number, after?: Key): Promise<ExpiredKeys> {
    const answer = await this.client.send(
      new ScanCommand({
        TableName: this.nameOf(table),
        FilterExpression: 'expiresAt <= :now',
        ExpressionAttributeValues: { ':now': { N: String(nowSeconds) } },
        ProjectionExpression: 'pk, sk',
        ...(after && { ExclusiveStartKey: attributesOf({ pk: after.pk, sk: after.sk }) }),
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    this.count('read', table, answer.ConsumedCapacity);
    const last = answer.LastEvaluatedKey && itemOf(answer.LastEvaluatedKey);
    return { keys: (answer.Items ?? []).map(itemOf), ...(last && { after: { pk: last.pk, sk: last.sk } }) };
  }

  async commit(...writes: readonly [Write, ...Write[]]): Promise<void> {
    const token = this.random(12);
    for (let attempt = 0; ; attempt++) {
      try {
        return await (writes.length === 1 ? this.writeOne(writes[0], token) : this.writeAll(writes, token));
      } catch (error) {
        if (!isPassing(error) || attempt + 1 >= TRIES) throw error;
        await this.pause(attempt + 1);
      }
    }
  }

  private async writeOne(write: Write, token: string): Promise<void> {
    const base = {
      TableName: this.nameOf(write.table),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ReturnConsumedCapacity: 'TOTAL',
    } as const;
    const request = this.requestOf(write, token);
    try {
      const answer =
        request.kind === 'put'
          ? await this.client.send(new PutItemCommand({ ...base, ...request.input }))
          : request.kind === 'update'
            ? await this.client.send(new UpdateItemCommand({ ...base, ...request.input }))
            : await this.client.send(new DeleteItemCommand({ ...base, ...request.input }));
      this.count('write', write.table, answer.ConsumedCapacity);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const old = error.Item && itemOf(error.Item);
      // Our own token: the write had succeeded, its answer was lost, and the SDK sent it again.
      if (old?.w !== token) throw new Conflict(0, old);
    }
  }

  private async writeAll(writes: readonly Write[], token: string): Promise<void> {
    const items = writes.map((write): TransactWriteItem => {
      const base = { TableName: this.nameOf(write.table), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
      if (write.kind === 'check') {
        const expression = new Expression();
        const condition = expression.condition(write.when);
        return {
          ConditionCheck: {
            ...base,
            Key: attributesOf({ ...write.key }),
            ConditionExpression: condition,
            ...placeholders(expression),
          },
        };
      }
      const request = this.requestOf(write, token);
      if (request.kind === 'put') return { Put: { ...base, ...request.input } };
      return request.kind === 'update'
        ? { Update: { ...base, ...request.input } }
        : { Delete: { ...base, ...request.input } };
    });
    try {
      const answer = await this.client.send(
        new TransactWriteItemsCommand({
          TransactItems: items,
          ClientRequestToken: token,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      for (const capacity of answer.ConsumedCapacity ?? []) this.count('write', undefined, capacity);
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      const failed = reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');
      if (failed < 0) throw error;
      const standing = reasons.map(({ Item }) => Item && itemOf(Item));
      // Our own token on any of them: all were written, the response was lost, and another writer may have changed them since.
      if (!standing.some((item) => item?.w === token)) throw new Conflict(failed, standing[failed]);
    }
  }

  private requestOf(write: Write, token: string) {
    const expression = new Expression();
    const ConditionExpression = expression.condition(write.when);
    switch (write.kind) {
      case 'put':
        return {
          kind: 'put',
          input: { Item: attributesOf({ ...write.item, w: token }), ConditionExpression, ...placeholders(expression) },
        } as const;
      case 'update': {
        const UpdateExpression = expression.update(write, token);
        return {
          kind: 'update',
          input: {
            Key: attributesOf({ ...write.key }),
            UpdateExpression,
            ConditionExpression,
            ...placeholders(expression),
          },
        } as const;
      }
      case 'delete':
        return {
          kind: 'delete',
          input: { Key: attributesOf({ ...write.key }), ConditionExpression, ...placeholders(expression) },
        } as const;
      case 'check':
        throw new Error('a check stands in a transaction only');
      default:
        return write satisfies never;
    }
  }

  /** Full jitter, doubling. */
  private pause(attempt: number): Promise<void> {
    return this.clock.sleep(Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt));
  }

  private count(kind: 'read' | 'write', table: TableName | undefined, capacity: ConsumedCapacity | undefined): void {
    const units = capacity?.CapacityUnits ?? 0;
    this.consumed.calls += 1;
    if (kind === 'read') this.consumed.readUnits += units;
    else {
      this.consumed.writeUnits += units;
      if (table !== undefined) this.consumed.writeUnitsOf[table] = (this.consumed.writeUnitsOf[table] ?? 0) + units;
    }
  }
}

/** What passes by itself: another transaction on the same item, and throttling inside one. */
function isPassing(error: unknown): boolean {
  if (error instanceof TransactionConflictException || error instanceof TransactionInProgressException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
  return codes.some(
    (code) => code === 'TransactionConflict' || code === 'ThrottlingError' || code === 'ProvisionedThroughputExceeded',
  );
}

/** On an index `after` is its sort key, then the item's own key: all that DynamoDB needs to go on. */
const SEPARATOR = '\n';
function startKey(query: Query): Attributes {
  if (query.index === undefined) return attributesOf({ pk: query.pk, sk: query.after! });
  const [inIndex, pk, sk] = query.after!.split(SEPARATOR) as [string, string, string];
  const [partition, sort] = INDEX_KEYS[query.index];
  return attributesOf({ [partition]: query.pk, [sort]: inIndex, pk, sk });
}
const afterOf = ({ index }: Query, last: Item): string =>
  index === undefined ? last.sk : [last[INDEX_KEYS[index][1]] as string, last.pk, last.sk].join(SEPARATOR);
