/** What is stateful on AWS: kept, protected, encrypted, recoverable. */
import { describe, expect, it } from 'vitest';
import { INDEX_KEYS } from '../../functions/table/table.ts';
import { INDEXES, TABLES } from '../../lib/data.ts';
import { appOf, namedBy, ofType, synthesised } from './synth.ts';

const core = synthesised('aws', 'http').core;

/** The setting by which REST APIs of the account write logs, and its role: other installations may rely on them by then. */
const OF_THE_ACCOUNT = ['AWS::ApiGateway::Account', 'AWS::IAM::Role'];

describe('on AWS', () => {
  it.each(Object.entries(TABLES))(
    'table %s: is kept, protected from deletion, on demand, under a customer-managed key',
    (name, { logicalId }) => {
      const { DeletionPolicy, UpdateReplacePolicy, Properties } = core[logicalId]!;
      const sse = Properties.SSESpecification as { KMSMasterKeyId: unknown; SSEEnabled: boolean };

      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
      expect(Properties.DeletionProtectionEnabled).toBe(true);
      expect(Properties.BillingMode).toBe('PAY_PER_REQUEST');
      expect([sse.SSEEnabled, namedBy(sse.KMSMasterKeyId)]).toEqual([
        true,
        name === 'vault' || name === 'cvc' ? 'VaultKey' : 'DataKey',
      ]);
      expect(Properties.KeySchema).toEqual([
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ]);
    },
  );

  it('tables: point-in-time recovery for what cannot be made again, never for security codes', () => {
    const recovered = ofType(core, 'AWS::DynamoDB::Table').filter(
      ([, { Properties: p }]) =>
        (p.PointInTimeRecoverySpecification as { PointInTimeRecoveryEnabled: boolean }).PointInTimeRecoveryEnabled,
    );

    expect(recovered.map(([id]) => id).sort()).toEqual([
      'ChannelsTable',
      'EventsTable',
      'IdempotencyTable',
      'LedgerTable',
      'MerchantsTable',
      'PaymentsTable',
      'RiskTable',
      'VaultTable',
    ]);
  });

  it.each(['http', 'rest'] as const)(
    '%s API: what is kept is kept whatever deletes it, but not when the deployment that creates it fails',
    (api) => {
      const { core: resources, extras } = synthesised('aws', api);
      const all = Object.entries({ ...resources, ...extras });
      const kept = all.filter(
        ([, { Type, DeletionPolicy }]) =>
          DeletionPolicy !== undefined && DeletionPolicy !== 'Delete' && !OF_THE_ACCOUNT.includes(Type),
      );
      const content = ['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup'];

      expect(new Set(kept.map(([, { Type }]) => Type))).toEqual(new Set([...content, 'AWS::Backup::BackupVault']));
      for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of kept)
        expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'RetainExceptOnCreate', 'Retain']);
      expect(all.filter(([, { Type }]) => content.includes(Type)).length).toBe(kept.length - 1);
    },
  );

  it('both stacks refuse to be deleted', () => {
    const { stack, extras } = appOf({ target: 'aws' });

    expect([stack.terminationProtection, extras?.terminationProtection]).toEqual([true, true]);
    expect(appOf({ target: 'local' }).stack.terminationProtection).toBe(false);
  });

  it('protection=off: a failed first deployment can be rolled back, for nothing refuses deletion; the synthesis says so', () => {
    const { app, stack, extras } = appOf({ target: 'aws', protection: 'off' });
    const { template, messages } = app.synth().getStackArtifact(stack.artifactId);
    const tables = ofType((template as { Resources: typeof core }).Resources, 'AWS::DynamoDB::Table');

    expect([stack.terminationProtection, extras?.terminationProtection]).toEqual([false, false]);
    expect(tables.map(([, { Properties }]) => Properties.DeletionProtectionEnabled)).toEqual(
      Object.keys(TABLES).map(() => false),
    );
    expect(tables.every(([, { DeletionPolicy }]) => DeletionPolicy === 'RetainExceptOnCreate')).toBe(true);
    expect(messages.map(({ entry }) => String(entry.data)).join()).toContain('protection=off');
    expect(() => appOf({ target: 'aws', protection: 'of' })).toThrow('context protection=of: must be on or off');
  });

  it('tables: what expires does so by `expiresAt`', () => {
    const expiring = ofType(core, 'AWS::DynamoDB::Table').filter(
      ([, { Properties: p }]) => p.TimeToLiveSpecification !== undefined,
    );

    expect(expiring.map(([id]) => id).sort()).toEqual([
      'ChannelsTable',
      'CvcTable',
      'EventsTable',
      'IdempotencyTable',
      'RiskTable',
      'SandboxTable',
    ]);
    for (const [, { Properties }] of expiring)
      expect(Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true });
  });

  it('payments alone has a stream, with both images, and two sparse indexes of keys', () => {
    const streaming = ofType(core, 'AWS::DynamoDB::Table').filter(
      ([, { Properties: p }]) => p.StreamSpecification !== undefined,
    );
    const indexed = ofType(core, 'AWS::DynamoDB::Table').filter(
      ([, { Properties: p }]) => p.GlobalSecondaryIndexes !== undefined,
    );

    expect(streaming.map(([id]) => id)).toEqual(['PaymentsTable']);
    expect(indexed.map(([id]) => id)).toEqual(['PaymentsTable']);
    expect(core.PaymentsTable!.Properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
    expect(core.PaymentsTable!.Properties.GlobalSecondaryIndexes).toEqual(
      [
        ['links', 'lpk', 'lsk'],
        ['moved', 'mpk', 'msk'],
      ].map(([IndexName, partition, sort]) => ({
        IndexName,
        KeySchema: [
          { AttributeName: partition, KeyType: 'HASH' },
          { AttributeName: sort, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    );
    expect(Object.entries(INDEX_KEYS).map(([name, keys]) => [name, ...keys])).toEqual(INDEXES);
  });

  it('keys are kept, and rotate where KMS can rotate them', () => {
    const keys = ofType(core, 'AWS::KMS::Key');

    expect(keys.every(([, key]) => key.DeletionPolicy === 'RetainExceptOnCreate')).toBe(true);
    expect(
      keys
        .filter(([, key]) => key.Properties.EnableKeyRotation === true)
        .map(([id]) => id)
        .sort(),
    ).toEqual(['DataKey', 'SecretsKey', 'VaultKey']);
    expect(core.FingerprintKey!.Properties).toMatchObject({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  });

  it('reports are kept, versioned, encrypted and private', () => {
    const { DeletionPolicy, Properties } = core.ReportsBucket!;

    expect(DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(JSON.stringify(Properties.BucketEncryption)).toContain('"SSEAlgorithm":"aws:kms"');
    expect(Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  });

  it('a second stack holds what only AWS has', () => {
    const types = (api: 'http' | 'rest') =>
      new Set(Object.values(synthesised('aws', api).extras ?? {}).map(({ Type }) => Type));

    expect(types('http')).toContain('AWS::Backup::BackupPlan');
    expect(types('http')).toContain('AWS::CloudWatch::Dashboard');
    expect(types('rest')).toContain('AWS::WAFv2::WebACLAssociation');
    expect(synthesised('local', 'http').extras).toBeUndefined();
  });
});
