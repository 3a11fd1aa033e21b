/**
 * Requests of the table port as DynamoDB's inputs. What a failed condition means is decided here once: our own earlier success whose answer was
 * lost, or another writer's write (docs/invariants.md, W1). Pure: `dynamo-table.ts` sends them.
 */
import {
  ConditionalCheckFailedException,
  type QueryCommandOutput,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { type Attributes, attributesOf, itemOf } from './dynamo-item.ts';
import { Expression, placeholders } from './expression.ts';
import { Conflict, INDEX_KEYS, type Item, type Page, type Query, type Write } from './table.ts';

/** One write by itself. `token` separates our own write from another's (docs/invariants.md, W1). */
export function inputOf(write: Write, token: string) {
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

/** The same as a member of a transaction. */
export function transactItem(TableName: string, write: Write, token: string): TransactWriteItem {
  const base = { TableName, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
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
  const request = inputOf(write, token);
  if (request.kind === 'put') return { Put: { ...base, ...request.input } };
  return request.kind === 'update'
    ? { Update: { ...base, ...request.input } }
    : { Delete: { ...base, ...request.input } };
}

/**
 * The conflict that a refused write or transaction reports. Undefined where all was written: an item with our own token says so. The response was
 * lost, the SDK sent the request again, and another writer may have changed the other items since. Throws any other error.
 */
export function conflictOf(error: unknown, token: string): Conflict | undefined {
  if (error instanceof ConditionalCheckFailedException) {
    const old = error.Item && itemOf(error.Item);
    return old?.w === token ? undefined : new Conflict(0, old);
  }
  if (!(error instanceof TransactionCanceledException)) throw error;
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');
  if (failed < 0) throw error;
  const standing = reasons.map(({ Item }) => Item && itemOf(Item));
  return standing.some((item) => item?.w === token) ? undefined : new Conflict(failed, standing[failed]);
}

/** What passes by itself: another transaction on the same item, and throttling inside one. */
export function isPassing(error: unknown): boolean {
  if (error instanceof TransactionConflictException || error instanceof TransactionInProgressException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
  return codes.some(
    (code) => code === 'TransactionConflict' || code === 'ThrottlingError' || code === 'ProvisionedThroughputExceeded',
  );
}

/** Whether that was another transaction on the same item. */
export function isContention(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  return (error.CancellationReasons ?? []).some(({ Code }) => Code === 'TransactionConflict');
}

/** A page of a partition; undefined where its bounds hold nothing. */
export function queryInput(query: Query) {
  const expression = new Expression();
  const [pk, sk] = query.index ? INDEX_KEYS[query.index] : (['pk', 'sk'] as const);
  const conditions = [`${expression.name(pk)} = ${expression.value(query.pk)}`];
  if (query.from !== undefined && query.to !== undefined) {
    if (query.from > query.to) return undefined;
    conditions.push(`${expression.name(sk)} BETWEEN ${expression.value(query.from)} AND ${expression.value(query.to)}`);
  } else if (query.from !== undefined) conditions.push(`${expression.name(sk)} >= ${expression.value(query.from)}`);
  else if (query.to !== undefined) conditions.push(`${expression.name(sk)} <= ${expression.value(query.to)}`);
  return {
    ...(query.index !== undefined && { IndexName: query.index }),
    KeyConditionExpression: conditions.join(' AND '),
    ...placeholders(expression),
    ScanIndexForward: !query.newestFirst,
    ConsistentRead: query.index === undefined,
    ...(query.limit !== undefined && { Limit: query.limit }),
    ...(query.after !== undefined && { ExclusiveStartKey: startKey(query) }),
  };
}

/** The page that DynamoDB answers the query with. */
export function pageOf(
  query: Query,
  { Items = [], LastEvaluatedKey }: Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey'>,
): Page {
  const last = LastEvaluatedKey && itemOf(LastEvaluatedKey);
  return { items: Items.map(itemOf), ...(last && { after: afterOf(query, last) }) };
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
