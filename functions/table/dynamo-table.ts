/**
 * The table port on DynamoDB: sends what `dynamo-request.ts` makes of a request, and counts what it consumes. Transaction conflicts, which the SDK
 * does not retry, are retried (docs/invariants.md, W2).
 */
import {
  BatchGetItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Clock, systemClock, systemRandom } from '../kernel/clock.ts';
import type { RandomText } from '../kernel/ids.ts';
import { type Attributes, attributesOf, itemOf } from './dynamo-item.ts';
import { conflictOf, inputOf, isContention, isPassing, pageOf, queryInput, transactItem } from './dynamo-request.ts';
import {
  Contended,
  type ExpiredKeys,
  type ExpiringTable,
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
  /** Physical name of a table. */
  readonly nameOf: (table: TableName) => string;
  readonly clock?: Clock;
  readonly random?: RandomText;
}

/** Tries of one commit under throttling and transaction conflicts. */
const TRIES = 7;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1_000;
/** DynamoDB responds within milliseconds or fails. The SDK retries. */
const REQUEST_TIMEOUT_MS = 3_000;

export function dynamoTable(options: DynamoTableOptions): DynamoTable {
  const client =
    options.client ??
    new DynamoDBClient({
      maxAttempts: 4,
      requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: 1_000 },
    });
  return new Dynamo(client, options.nameOf, options.clock ?? systemClock, options.random ?? systemRandom);
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
    const input = queryInput(query);
    if (!input) return { items: [] };
    const answer = await this.client.send(
      new QueryCommand({ TableName: this.nameOf(table), ...input, ReturnConsumedCapacity: 'TOTAL' }),
    );
    this.count('read', table, answer.ConsumedCapacity);
    return pageOf(query, answer);
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
        if (!isPassing(error)) throw error;
        if (attempt + 1 >= TRIES) throw isContention(error) ? new Contended(error) : error;
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
    const request = inputOf(write, token);
    try {
      const answer =
        request.kind === 'put'
          ? await this.client.send(new PutItemCommand({ ...base, ...request.input }))
          : request.kind === 'update'
            ? await this.client.send(new UpdateItemCommand({ ...base, ...request.input }))
            : await this.client.send(new DeleteItemCommand({ ...base, ...request.input }));
      this.count('write', write.table, answer.ConsumedCapacity);
    } catch (error) {
      const conflict = conflictOf(error, token);
      if (conflict) throw conflict;
    }
  }

  private async writeAll(writes: readonly Write[], token: string): Promise<void> {
    try {
      const answer = await this.client.send(
        new TransactWriteItemsCommand({
          TransactItems: writes.map((write) => transactItem(this.nameOf(write.table), write, token)),
          ClientRequestToken: token,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      for (const capacity of answer.ConsumedCapacity ?? []) this.count('write', undefined, capacity);
    } catch (error) {
      const conflict = conflictOf(error, token);
      if (conflict) throw conflict;
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
