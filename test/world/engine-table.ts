/** A table of its own on an engine that speaks DynamoDB, of the shape of the payments table. */
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { type DynamoTable, dynamoTable } from '../../functions/table/dynamo-table.ts';
import { INDEX_KEYS } from '../../functions/table/table.ts';

export interface Engine {
  readonly table: DynamoTable;
  readonly drop: () => Promise<void>;
}

let made = 0;

/** Makes the table and waits until it is there. */
export async function engineTable(endpoint: string): Promise<Engine> {
  made += 1;
  const name = `model-${process.pid}-${Date.now()}-${made}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', ...Object.values(INDEX_KEYS).flat()].map(text),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: Object.entries(INDEX_KEYS).map(([IndexName, [pk, sk]]) => ({
        IndexName,
        KeySchema: [
          { AttributeName: pk, KeyType: 'HASH' },
          { AttributeName: sk, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    }),
  );
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 30 }, { TableName: name });
  return {
    table: dynamoTable({ client, nameOf: () => name }),
    drop: async () => {
      await client.send(new DeleteTableCommand({ TableName: name }));
      client.destroy();
    },
  };
}
