/**
 * Version 0.1 on an emulator: its template (test/fixtures/0.1/template.json) with idle functions, and the data that it left. What KMS or the
 * address of the stack is part of is made for this stack: the same plain text, encrypted under its keys in the same context.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Failure } from '../../bin/local/failure.ts';
import { localPath } from '../../bin/local/files.ts';
import { clientOptions } from '../../bin/local/place.ts';
import { switchSchedules } from '../../bin/local/schedules.ts';
import { askCloudFormation, element, physicalNames } from '../../bin/local/stack-resources.ts';
import type { Account } from '../../functions/sandbox/account.ts';
import { attributesOf, itemOf } from '../../functions/table/dynamo-item.ts';
import { pack, unpack } from '../../functions/table/pack.ts';
import type { Item, TableName } from '../../functions/table/table.ts';
import { storedBy01 } from './release-01.ts';

interface Place {
  readonly baseUrl: string;
  readonly endpoint: string;
  readonly stack: string;
}

/** What stands for the functions of 0.1: they have done their work, and take what comes. */
const IDLE = 'exports.handler = async () => { console.log("0.1"); return { batchItemFailures: [] }; };';
const CREATED_WITHIN_MS = 60_000;
/** The sandbox has decided by then what takes seconds. */
const LATER_MS = 10_000;
const BATCH = 25;

const fixture = new URL('../fixtures/0.1/template.json', import.meta.url);
const noted = (): string => localPath('test-upgrade', 'names-0.1.json');

/** NODE_OPTIONS of functions that go on ten seconds after the last request of 0.1. */
export function timeOf01(): string {
  const shiftMs = storedBy01().madeMs + LATER_MS - Date.now();
  return `--import ${new URL(`shifted-clock.mjs?ms=${shiftMs}`, import.meta.url).href}`;
}

/** The resources of the stack before its update: physical names by logical ids. */
export const namesOf01 = (): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(noted(), 'utf8')) as Record<string, string>;

/** Logical ids of 0.1 by their types. */
export function typesOf01(): Readonly<Record<string, string>> {
  const { Resources } = JSON.parse(readFileSync(fixture, 'utf8')) as { Resources: Record<string, { Type: string }> };
  return Object.fromEntries(Object.entries(Resources).map(([id, { Type }]) => [id, Type]));
}

/** Creates the stack, writes the data, and notes the names of its resources. */
export async function install01(place: Place, say: (line: string) => void): Promise<void> {
  say('upgrade: creating a stack of version 0.1');
  await create(place);
  // A rule would call a function at a moment of its own.
  await switchSchedules(place.endpoint, place.stack, false);
  const names = Object.fromEntries(await physicalNames(place.endpoint, place.stack));
  say('upgrade: writing the data of version 0.1');
  await writeTables(place, names);
  await writeFiles(place, names);
  writeFileSync(noted(), JSON.stringify(names, undefined, 2));
}

async function create(place: Place): Promise<void> {
  const { endpoint, stack } = place;
  // A template of more than 51,200 bytes is read from a bucket.
  const template = { Bucket: 'release-01', Key: 'template.json' };
  const files = filesOf(place);
  await files.send(new CreateBucketCommand({ Bucket: template.Bucket }));
  await files.send(new PutObjectCommand({ ...template, Body: readFileSync(fixture, 'utf8') }));
  await askCloudFormation(endpoint, {
    Action: 'CreateStack',
    StackName: stack,
    TemplateURL: `${endpoint}/${template.Bucket}/${template.Key}`,
    'Parameters.member.1.ParameterKey': 'Code',
    'Parameters.member.1.ParameterValue': IDLE,
    'Capabilities.member.1': 'CAPABILITY_IAM',
  });
  const deadline = Date.now() + CREATED_WITHIN_MS;
  for (;;) {
    const text = await askCloudFormation(endpoint, { Action: 'DescribeStacks', StackName: stack });
    const status = element(text, 'StackStatus');
    if (status === 'CREATE_COMPLETE') return;
    if (status !== 'CREATE_IN_PROGRESS' || Date.now() > deadline)
      throw new Failure(`upgrade: the stack of 0.1 is ${status}: ${element(text, 'StackStatusReason')}`);
    await sleep(100);
  }
}

/** The logical id that 0.1 gave the table. */
const tableId = (table: TableName): string => `${table[0]!.toUpperCase()}${table.slice(1)}Table`;

async function writeTables(place: Place, names: Readonly<Record<string, string>>): Promise<void> {
  const client = new DynamoDBClient(clientOptions(place));
  const kms = new KMSClient(clientOptions(place));
  const encrypt = async (
    logicalId: string,
    plain: Uint8Array,
    context: Record<string, string>,
  ): Promise<Uint8Array> => {
    const to = { KeyId: names[logicalId]!, Plaintext: plain, EncryptionContext: context };
    return (await kms.send(new EncryptCommand(to))).CiphertextBlob!;
  };
  for (const [table, items] of storedBy01().tables) {
    const own = await Promise.all(items.map((item) => ofThisStack(table, itemOf(item), place.baseUrl, encrypt)));
    const requests = own.map((item) => ({ PutRequest: { Item: attributesOf(item) } }));
    for (let from = 0; from < requests.length; from += BATCH) {
      const RequestItems = { [names[tableId(table)]!]: requests.slice(from, from + BATCH) };
      const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems }));
      if (Object.keys(UnprocessedItems ?? {}).length > 0)
        throw new Failure(`upgrade: items of ${table} were not taken`);
    }
  }
}

type Encrypt = (logicalId: string, plain: Uint8Array, context: Record<string, string>) => Promise<Uint8Array>;

/** The item with what this stack's keys encrypt, and with its address. */
async function ofThisStack(table: TableName, item: Item, baseUrl: string, encrypt: Encrypt): Promise<Item> {
  if (table === 'vault' && item.wrapped !== undefined) {
    // The fixture's wrapped key begins with the plain one.
    const plain = (item.wrapped as Uint8Array).subarray(0, 32);
    const context = { purpose: 'card', scope: item.pk.slice(0, -'#k'.length), epoch: item.sk };
    return { ...item, wrapped: await encrypt('VaultKey', plain, context) };
  }
  for (const name of ['sealed', 'secret'])
    if ((table === 'channels' || table === 'events') && item[name] instanceof Uint8Array) {
      const { context, plain } = JSON.parse(Buffer.from(item[name]).toString()) as Sealed;
      return { ...item, [name]: await encrypt('SecretsKey', Buffer.from(plain, 'base64'), context) };
    }
  if (table !== 'sandbox' || item.sk !== 'account') return item;
  const account = unpack<Account>(item.doc as Uint8Array);
  const { pathname } = new URL(account.callbackUrl!);
  return { ...item, doc: pack({ ...account, callbackUrl: `${baseUrl}${pathname}` }) };
}

/** What the fixture's stand-in for KMS made (`fakeSeal`). */
interface Sealed {
  readonly context: Record<string, string>;
  readonly plain: string;
}

const filesOf = (place: Place): S3Client => new S3Client({ ...(clientOptions(place) as object), forcePathStyle: true });

async function writeFiles(place: Place, names: Readonly<Record<string, string>>): Promise<void> {
  const client = filesOf(place);
  for (const [Key, Body] of Object.entries(storedBy01().files))
    await client.send(new PutObjectCommand({ Bucket: names.ReportsBucket!, Key, Body }));
}

/** The plain text that the fixture's stand-in for KMS encrypted. */
export const plainOf01 = (sealed: Uint8Array): string =>
  Buffer.from((JSON.parse(Buffer.from(sealed).toString()) as Sealed).plain, 'base64').toString('utf8');
