/** docs/grants.md held against the running stack: with a function's own role, each table answers exactly where the page lists it. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { TABLES } from '../../lib/data.ts';
import { readGrants } from '../infra/grants.ts';
import { deployed } from '../world/deployed.ts';
import { functionNamed, tableNames } from '../world/deployed-stack.ts';
import { skipped } from '../world/skip.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Credentials of a role, as Lambda gives them to its function. */
async function assume(role: string): Promise<Credentials> {
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: 'grants',
  });
  const authorization = `AWS4-HMAC-SHA256 Credential=test/${today}/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(deployed().endpoint, { method: 'POST', headers: { authorization }, body });
  const text = await response.text();
  const part = (name: string): string => {
    const found = new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
    if (found === undefined) throw new Error(`no ${name}: ${text.slice(0, 300)}`);
    return found;
  };
  return {
    accessKeyId: part('AccessKeyId'),
    secretAccessKey: part('SecretAccessKey'),
    sessionToken: part('SessionToken'),
  };
}

/** What the role may do with the table, by trying: nothing is written, for the condition never holds. */
async function allowed(client: DynamoDBClient, table: string): Promise<readonly string[]> {
  const Key = { pk: { S: 'grants' }, sk: { S: 'grants' } };
  const tries: Readonly<Record<string, () => Promise<unknown>>> = {
    get: () => client.send(new GetItemCommand({ TableName: table, Key })),
    put: () =>
      client.send(
        new PutItemCommand({
          TableName: table,
          Item: Key,
          ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(pk)',
        }),
      ),
    query: () =>
      client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: 'grants' } },
        }),
      ),
    scan: () => client.send(new ScanCommand({ TableName: table, Limit: 1, ProjectionExpression: 'pk' })),
  };
  const done: string[] = [];
  for (const [verb, attempt] of Object.entries(tries)) {
    try {
      await attempt();
      done.push(verb);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) done.push(verb);
      else if (!/AccessDenied/.test((error as Error).name)) throw error;
    }
  }
  return done;
}

const rows = readGrants();
const tables = await tableNames();

it.for(rows.map((row) => [row.name, row] as const))(
  '%s: reaches the tables that it lists, and no other',
  async ([name, row], context) => {
    if (process.env.SLUICE_IAM_ENFORCED !== '1') skipped(context, 'this endpoint does not enforce IAM');
    const credentials = await assume((await functionNamed(name)).Role!);
    const client = new DynamoDBClient({
      endpoint: deployed().endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    });
    const found: Record<string, readonly string[]> = {};
    const listed: Record<string, readonly string[]> = {};
    for (const [table, physical] of tables) {
      found[table] = await allowed(client, physical);
      const verbs = row.tables.find(({ on }) => on === table)?.verbs ?? [];
      listed[table] = ['get', 'put', 'query', 'scan'].filter((verb) => verbs.includes(verb));
    }

    expect([...tables.keys()].sort()).toEqual(Object.keys(TABLES).sort());
    expect(found).toEqual(listed);
  },
);
