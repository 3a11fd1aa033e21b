/** What outlives every release: tables and the bucket of reports. Their logical ids never change (a test pins them). */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Keys } from './keys.ts';
import type { Options } from './options.ts';

interface TableShape {
  readonly logicalId: string;
  /** Point-in-time recovery: for what could not be made again. */
  readonly recovery?: true;
  /** Items with `expiresAt` (epoch seconds) are removed some time after it; every read tests it itself. */
  readonly expiry?: true;
  readonly stream?: true;
  /** Encrypted under the vault's own key. */
  readonly vaulted?: true;
}

export const TABLES = {
  payments: { logicalId: 'PaymentsTable', recovery: true, stream: true },
  idempotency: { logicalId: 'IdempotencyTable', expiry: true },
  events: { logicalId: 'EventsTable', expiry: true },
  ledger: { logicalId: 'LedgerTable', recovery: true },
  channels: { logicalId: 'ChannelsTable', recovery: true, expiry: true },
  vault: { logicalId: 'VaultTable', recovery: true, vaulted: true },
  cvc: { logicalId: 'CvcTable', expiry: true, vaulted: true },
  risk: { logicalId: 'RiskTable', recovery: true, expiry: true },
  merchants: { logicalId: 'MerchantsTable', recovery: true },
  search: { logicalId: 'SearchTable' },
  sandbox: { logicalId: 'SandboxTable', expiry: true },
} as const satisfies Record<string, TableShape>;

export type TableName = keyof typeof TABLES;

/** Sparse index of the payments table: a payment's refunds by `lpk`, `lsk`; keys only. */
export const LINKS_INDEX = 'links';

/** Tag that the backup plan selects by. */
export const BACKUP_TAG = { key: 'sluice:backup', value: 'daily' } as const;

export class Data extends Construct {
  readonly tables: Readonly<Record<TableName, dynamodb.Table>>;
  readonly reports: s3.Bucket;
  private readonly local: boolean;

  constructor(scope: Construct, id: string, keys: Keys, options: Options) {
    super(scope, id);
    this.local = options.target === 'local';
    const names = Object.keys(TABLES) as TableName[];
    const tables = names.map((name) => [name, this.table(TABLES[name], keys)] as const);
    this.tables = Object.fromEntries(tables) as Record<TableName, dynamodb.Table>;
    this.tables.payments.addGlobalSecondaryIndex({
      indexName: LINKS_INDEX,
      partitionKey: { name: 'lpk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'lsk', type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    });
    this.reports = this.bucket(keys.data);
  }

  private get removalPolicy(): RemovalPolicy {
    return this.local ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
  }

  private table(shape: TableShape, keys: Keys): dynamodb.Table {
    const table = new dynamodb.Table(this, shape.logicalId, {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: shape.vaulted ? keys.vault : keys.data,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: shape.recovery === true },
      deletionProtection: !this.local,
      removalPolicy: this.removalPolicy,
      ...(shape.expiry && { timeToLiveAttribute: 'expiresAt' }),
      ...(shape.stream && { stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES }),
    });
    const resource = table.node.defaultChild as dynamodb.CfnTable;
    resource.overrideLogicalId(shape.logicalId);
    if (shape.recovery) resource.tags.setTag(BACKUP_TAG.key, BACKUP_TAG.value);
    return table;
  }

  private bucket(key: kms.IKey): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Reports', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: !this.local,
      versioned: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: this.removalPolicy,
    });
    (bucket.node.defaultChild as s3.CfnBucket).overrideLogicalId('ReportsBucket');
    return bucket;
  }
}
