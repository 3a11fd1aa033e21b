/** A table of an account for a copy: read and written with the caller's own credentials. */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { Failure } from './failure.ts';
import { type AwsPlace, clientOptions, nameOfPlace } from './place.ts';
import { keyOf, type RawTable, type Stored } from './restore.ts';

const WRITER = 'w';

export const dynamoOf = (place: AwsPlace): DynamoDBClient =>
  new DynamoDBClient({ ...(clientOptions(place) as object), maxAttempts: 10 });

/** The table with this name, as a copy sees it. */
export function rawTable(client: DynamoDBClient, TableName: string): RawTable {
  return {
    async scan(Segment, TotalSegments, after) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName,
          Segment,
          TotalSegments,
          ConsistentRead: true,
          ...(after && { ExclusiveStartKey: { ...after } }),
        }),
      );
      return { items: Items, ...(LastEvaluatedKey && { after: LastEvaluatedKey }) };
    },
    async getMany(keys) {
      const found: Stored[] = [];
      let left = keys.map((key) => ({ ...key }));
      while (left.length > 0) {
        const { Responses, UnprocessedKeys } = await client.send(
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: left, ConsistentRead: true } } }),
        );
        found.push(...(Responses?.[TableName] ?? []));
        left = UnprocessedKeys?.[TableName]?.Keys ?? [];
      }
      return found;
    },
    put: (item, seen) => holds(client.send(new PutItemCommand({ TableName, Item: { ...item }, ...conditionOf(seen) }))),
    remove: (seen) =>
      holds(client.send(new DeleteItemCommand({ TableName, Key: { ...keyOf(seen) }, ...conditionOf(seen) }))),
  };
}

/** Every write of the product leaves another token in the item (`w`), so the token shows whether it is still the one that was read. */
function conditionOf(seen: Stored | undefined): object {
  const token = seen?.[WRITER];
  if (!seen) return { ConditionExpression: 'attribute_not_exists(pk)' };
  if (!token) return { ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(w)' };
  return { ConditionExpression: 'w = :seen', ExpressionAttributeValues: { ':seen': token } };
}

async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** CloudFormation's name of the stack's own table: `<stack>-<logical id>-<random>`. Throws a Failure unless there is exactly one. */
export async function ownTable(client: DynamoDBClient, place: AwsPlace, logicalId: string): Promise<string> {
  const pattern = new RegExp(`^${place.stack}-${logicalId}-[0-9A-Z]{6,}$`, 'i');
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await client.send(
      new ListTablesCommand(after === undefined ? {} : { ExclusiveStartTableName: after }),
    );
    found.push(...(page.TableNames ?? []).filter((name) => pattern.test(name)));
    after = page.LastEvaluatedTableName;
  } while (after !== undefined);
  if (found.length === 1) return found[0]!;
  throw new Failure(
    `restore: ${nameOfPlace(place)} has ${found.length} tables named like ${place.stack}-${logicalId}-…: name the right one with --to`,
  );
}
