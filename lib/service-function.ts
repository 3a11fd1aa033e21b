/** The one set of Lambda defaults, and the one way in which a function is given anything. */
import { resolve } from 'node:path';
import { Aws, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Data, IndexName, TableName } from './data.ts';
import { type FunctionName, memoryMbOf, timeoutOf } from './function-names.ts';
import type { Keys } from './keys.ts';
import type { Options } from './options.ts';
import type { QueueName, Queues } from './queues.ts';
import { retainedOn } from './retention.ts';

/** What every function of the stack stands on. */
export interface Foundation {
  readonly options: Options;
  readonly keys: Keys;
  readonly data: Data;
  readonly queues: Queues;
}

/** Where channels are, and where they call back. */
export interface ChannelAddresses {
  /** Up to and with `/sandbox`. */
  readonly sandboxUrl: string;
  readonly publicUrl: string;
  /** Addresses that stand for the hosts of channels (`functions/channels/addresses.ts`). Undefined: nothing does. */
  readonly channelsAt: string | undefined;
}

/** What a function may do with the items of a table: the words of docs/grants.md, and the actions they stand for. */
const TABLE_VERBS = {
  get: ['dynamodb:GetItem', 'dynamodb:BatchGetItem'],
  query: ['dynamodb:Query'],
  scan: ['dynamodb:Scan'],
  put: ['dynamodb:PutItem'],
  update: ['dynamodb:UpdateItem'],
  delete: ['dynamodb:DeleteItem'],
  check: ['dynamodb:ConditionCheckItem'],
} as const;
export type TableVerb = keyof typeof TABLE_VERBS;

const KEY_VERBS = {
  encrypt: 'kms:Encrypt',
  decrypt: 'kms:Decrypt',
  'generate-data-key': 'kms:GenerateDataKey',
  'generate-mac': 'kms:GenerateMac',
} as const;
export type KeyVerb = keyof typeof KEY_VERBS;

/** A key, and the purpose in the encryption context of all that is encrypted with it (docs/grants.md); a MAC has no context. */
export type KeyUse =
  | 'vault/card'
  | 'secrets/channel-credentials'
  | 'secrets/webhook-secret'
  | 'secrets/bank-account'
  | 'fingerprint';

/**
 * What a function needs of the key of a table, queue or bucket that it uses, always through that service: what AWS documents for a
 * principal that uses a resource with a customer-managed key. `CreateGrant` is the deployer's alone (docs/grants.md).
 */
const KEY_THROUGH = {
  table: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  send: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
  consume: ['kms:Decrypt', 'kms:DescribeKey'],
  read: ['kms:Decrypt', 'kms:DescribeKey'],
  write: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
} as const;

const BUCKET_VERBS = { get: 's3:GetObject', put: 's3:PutObject' } as const;
export type BucketVerb = keyof typeof BUCKET_VERBS;

/** The embedded runtime has the code itself and loads it by the function's name: its template is made without a bundle. */
const codeOf = ({ target, dist }: Options, name: FunctionName): lambda.Code =>
  target === 'embedded' ? lambda.Code.fromInline('embedded') : lambda.Code.fromAsset(resolve(dist, name));

const environmentName = (name: string, suffix: string): string =>
  `${name.toUpperCase().replaceAll('-', '_')}_${suffix}`;

/**
 * A function of lib/functions.json with its own role and log group. It may write its log and nothing else, until one of the methods
 * below gives it a thing, with the environment variable that names it.
 */
export class ServiceFunction extends lambda.Function {
  readonly functionId: FunctionName;
  /** How often a rule calls the function, when one does; set by `everyMinutes`. */
  scheduleMinutes: number | undefined;
  private readonly foundation: Foundation;

  constructor(
    scope: Construct,
    name: FunctionName,
    foundation: Foundation,
    props: { readonly functionName?: string; readonly reservedConcurrentExecutions?: number } = {},
  ) {
    const { options, keys } = foundation;
    const logGroup = new logs.LogGroup(scope, `${name}-logs`, {
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: keys.data,
      removalPolicy: retainedOn(options),
    });
    const role = new iam.Role(scope, `${name}-role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    super(scope, name, {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: codeOf(options, name),
      handler: 'index.handler',
      timeout: timeoutOf(name),
      memorySize: memoryMbOf(name),
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      // The platform's start and report lines would cost more than all of ours.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      environment: {
        STAGE: options.target,
        STACK: options.stackName,
        FUNCTION_ID: name,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        // The emulator waits 50 ms for an invocation that logs nothing.
        ...(options.target === 'local' && { LOG_BATCHES: '1' }),
      },
      ...props,
    });
    this.functionId = name;
    this.foundation = foundation;
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
  }

  /** The function reads or writes items of the table, with exactly these verbs. */
  table(name: TableName, ...verbs: readonly [TableVerb, ...TableVerb[]]): this {
    const table = this.foundation.data.tables[name];
    this.addEnvironment(environmentName(name, 'TABLE'), table.tableName);
    this.allow(
      verbs.flatMap((verb) => TABLE_VERBS[verb]),
      table.tableArn,
    );
    return this.through(table.encryptionKey!, 'dynamodb', KEY_THROUGH.table);
  }

  /** The function finds a payment's refunds by the sparse index. */
  links(): this {
    return this.index('links');
  }

  /** The function finds what moved money long after it was made. */
  moved(): this {
    return this.index('moved');
  }

  /** The function puts messages on the queue. */
  sendsTo(name: QueueName): this {
    const { queue } = this.foundation.queues.pairs[name];
    this.addEnvironment(environmentName(name, 'QUEUE_URL'), queue.queueUrl);
    // AWS judges a batch by SendMessage; the emulator that enforces IAM takes its name for an action of its own.
    const batch = this.foundation.options.target === 'local' ? ['sqs:SendMessageBatch'] : [];
    this.allow(['sqs:SendMessage', ...batch], queue.queueArn);
    return this.through(this.foundation.keys.data, 'sqs', KEY_THROUGH.send);
  }

  /** The function is called with the queue's messages and answers which of them failed. */
  consumes(name: QueueName, batchSize: number): this {
    const { queue, concurrency } = this.foundation.queues.pairs[name];
    this.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue.queueArn);
    this.through(this.foundation.keys.data, 'sqs', KEY_THROUGH.consume);
    this.mapping(`${name}-mapping`, {
      eventSourceArn: queue.queueArn,
      batchSize,
      functionResponseTypes: ['ReportBatchItemFailures'],
      // Lambda fetches no more than can run: messages wait in the queue, and none is given up for having been throttled.
      scalingConfig: { maximumConcurrency: concurrency },
    });
    return this;
  }

  /**
   * The function is called with the table's changes. It never fails a batch for one record (what that could not do goes to a retry
   * queue); the limits here are for when that queue cannot be reached either.
   */
  follows(table: dynamodb.Table): this {
    const { queues, keys } = this.foundation;
    const streamArn = table.tableStreamArn!;
    this.allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], streamArn);
    this.allow(['dynamodb:ListStreams'], '*');
    this.through(table.encryptionKey!, 'dynamodb', KEY_THROUGH.table);
    this.allow(['sqs:SendMessage'], queues.streamFailures.queueArn);
    this.through(keys.data, 'sqs', KEY_THROUGH.send);
    this.mapping('stream-mapping', {
      eventSourceArn: streamArn,
      startingPosition: 'TRIM_HORIZON',
      batchSize: 100,
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 100,
      maximumRecordAgeInSeconds: 20 * 3600,
      destinationConfig: { onFailure: { destination: queues.streamFailures.queueArn } },
    });
    return this;
  }

  /**
   * The function uses the key itself (beside what tables and queues do with it on its behalf), for this one purpose. `IfExists` lets
   * nothing more be opened: what was encrypted under a context does not open without it.
   */
  key(use: KeyUse, ...verbs: readonly [KeyVerb, ...KeyVerb[]]): this {
    const [name, purpose] = use.split('/') as ['vault' | 'secrets' | 'fingerprint', string?];
    const key = this.foundation.keys[name];
    this.addEnvironment(environmentName(name, 'KEY'), key.keyArn);
    this.allow(
      verbs.map((verb) => KEY_VERBS[verb]),
      key.keyArn,
      purpose === undefined ? undefined : { StringEqualsIfExists: { 'kms:EncryptionContext:purpose': purpose } },
    );
    return this;
  }

  /** The function reads or writes objects of the bucket of reports. */
  reports(...verbs: readonly [BucketVerb, ...BucketVerb[]]): this {
    const { data, keys } = this.foundation;
    this.addEnvironment('REPORTS_BUCKET', data.reports.bucketName);
    this.allow(
      verbs.map((verb) => BUCKET_VERBS[verb]),
      data.reports.arnForObjects('*'),
    );
    // Without it S3 answers for an object that is not there as for one that may not be read.
    if (verbs.includes('get')) this.allow(['s3:ListBucket'], data.reports.bucketArn);
    return this.through(keys.data, 's3', verbs.includes('put') ? KEY_THROUGH.write : KEY_THROUGH.read);
  }

  /** The function calls the other one and waits for its answer; `variable` holds its name. */
  invokes(other: ServiceFunction, variable: string): this {
    this.addEnvironment(variable, other.functionName);
    this.allow(['lambda:InvokeFunction'], other.functionArn);
    return this;
  }

  /**
   * The function calls channels: the sandbox at its address, the others at their own hosts, for which other addresses may stand on a stack on this
   * machine. A channel calls back at the public address.
   */
  callsChannels({ sandboxUrl, publicUrl, channelsAt }: ChannelAddresses): this {
    if (channelsAt !== undefined) this.addEnvironment('CHANNELS_AT', channelsAt);
    return this.calls('SANDBOX_URL', sandboxUrl).calls('PUBLIC_URL', publicUrl);
  }

  /** The function calls this address; access to it is not IAM's. */
  calls(variable: string, url: string): this {
    this.addEnvironment(variable, url);
    return this;
  }

  /** Statements on the function's own role; least privilege is read off docs/grants.md, not inferred from constructs. */
  allow(actions: readonly string[], resource: string, conditions?: Record<string, Record<string, string>>): void {
    this.addToRolePolicy(
      new iam.PolicyStatement({ actions: [...actions], resources: [resource], ...(conditions && { conditions }) }),
    );
  }

  private index(name: IndexName): this {
    this.allow(TABLE_VERBS.query, `${this.foundation.data.tables.payments.tableArn}/index/${name}`);
    return this;
  }

  /** The key may be used by the service on the function's behalf, not by the function. */
  private through(key: kms.IKey, service: 'dynamodb' | 'sqs' | 's3', actions: readonly string[]): this {
    this.allow(actions, key.keyArn, {
      StringEquals: { 'kms:ViaService': `${service}.${Stack.of(this).region}.${Aws.URL_SUFFIX}` },
    });
    return this;
  }

  private mapping(id: string, props: Omit<lambda.CfnEventSourceMappingProps, 'functionName'>): void {
    const mapping = new lambda.CfnEventSourceMapping(this, id, { functionName: this.functionName, ...props });
    // A mapping is refused while the role may not yet read its source.
    mapping.node.addDependency(this.role!);
  }
}
