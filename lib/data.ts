/** What outlives every release: tables and the bucket of reports. Their logical ids never change (a test pins them). */
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Keys } from './keys.ts';
import type { Options } from './options.ts';
import { retainedOn } from './retention.ts';

interface TableShape {
  readonly logicalId: string;
  /** What holds data that nothing can make again: point-in-time recovery, and with `daily` a copy a day for what lives longer than a day. */
  readonly recovery?: 'daily' | 'point-in-time';
  /** Items with `expiresAt` (epoch seconds) are removed some time after it; every read tests it itself. */
  readonly expiry?: true;
  readonly stream?: true;
  /** Encrypted under the vault's own key. */
  readonly vaulted?: true;
}

/** `test/infra/durability.test.ts` states what each holds and compares it with what the product writes. */
export const TABLES = {
  payments: { logicalId: 'PaymentsTable', recovery: 'daily', stream: true },
  // Without its key's item, a request that is sent again charges again; after a day it is a new request anyway.
  idempotency: { logicalId: 'IdempotencyTable', recovery: 'point-in-time', expiry: true },
  events: { logicalId: 'EventsTable', recovery: 'daily', expiry: true },
  ledger: { logicalId: 'LedgerTable', recovery: 'daily' },
  channels: { logicalId: 'ChannelsTable', recovery: 'daily', expiry: true },
  vault: { logicalId: 'VaultTable', recovery: 'daily', vaulted: true },
  // A security code must not outlive its minutes: never recovered.
  cvc: { logicalId: 'CvcTable', expiry: true, vaulted: true },
  risk: { logicalId: 'RiskTable', recovery: 'daily', expiry: true },
  merchants: { logicalId: 'MerchantsTable', recovery: 'daily' },
  // `ledger -- repair` makes it again.
  search: { logicalId: 'SearchTable' },
  // Test mode only.
  sandbox: { logicalId: 'SandboxTable', expiry: true },
} as const satisfies Record<string, TableShape>;

export type TableName = keyof typeof TABLES;

/** Sparse indexes of the payments table, of keys only (functions/table/table.ts): name, partition key, sort key. */
export const INDEXES = [
  ['links', 'lpk', 'lsk'],
  ['moved', 'mpk', 'msk'],
] as const;
export type IndexName = (typeof INDEXES)[number][0];

/** Tag that the backup plan of the same installation selects by; its value is the stack's name. */
export const BACKUP_TAG = 'sluice:backup';

export class Data extends Construct {
  readonly tables: Readonly<Record<TableName, dynamodb.Table>>;
  readonly reports: s3.Bucket;
  private readonly options: Options;

  constructor(scope: Construct, id: string, keys: Keys, options: Options) {
    super(scope, id);
    this.options = options;
    const names = Object.keys(TABLES) as TableName[];
    const tables = names.map((name) => [name, this.table(TABLES[name], keys)] as const);
    this.tables = Object.fromEntries(tables) as Record<TableName, dynamodb.Table>;
    for (const [indexName, partition, sort] of INDEXES)
      this.tables.payments.addGlobalSecondaryIndex({
        indexName,
        partitionKey: { name: partition, type: dynamodb.AttributeType.STRING },
        sortKey: { name: sort, type: dynamodb.AttributeType.STRING },
        projectionType: dynamodb.ProjectionType.KEYS_ONLY,
      });
    this.reports = this.bucket(keys.data);
  }

  private table(shape: TableShape, keys: Keys): dynamodb.Table {
    const table = new dynamodb.Table(this, shape.logicalId, {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: shape.vaulted ? keys.vault : keys.data,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: shape.recovery !== undefined },
      deletionProtection: this.options.protected,
      removalPolicy: retainedOn(this.options),
      ...(shape.expiry && { timeToLiveAttribute: 'expiresAt' }),
      ...(shape.stream && { stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES }),
    });
    const resource = table.node.defaultChild as dynamodb.CfnTable;
    resource.overrideLogicalId(shape.logicalId);
    if (shape.recovery === 'daily') resource.tags.setTag(BACKUP_TAG, this.options.stackName);
    return table;
  }

  private bucket(key: kms.IKey): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Reports', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: this.options.target === 'aws',
      versioned: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: retainedOn(this.options),
    });
    const resource = bucket.node.defaultChild as s3.CfnBucket;
    resource.overrideLogicalId('ReportsBucket');
    // The manifests of settlements are here and nowhere else.
    resource.tags.setTag(BACKUP_TAG, this.options.stackName);
    return bucket;
  }
}
