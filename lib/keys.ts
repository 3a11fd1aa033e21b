/** The customer-managed keys. */
import { Aws, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Options } from './options.ts';
import { retainedOn } from './retention.ts';

export type KeyName = 'data' | 'vault' | 'secrets' | 'fingerprint';

/**
 * Four keys, one per purpose, so that a grant on one is no grant on another: `data` (tables, queues, bucket, logs, alarm topic), `vault`
 * (card data keys), `secrets` (channel credentials, webhook secrets), `fingerprint` (MAC of card numbers; never leaves KMS, cannot rotate).
 * Each key's policy lets IAM of this account decide; services that have no role of ours are named in it (docs/grants.md).
 */
export class Keys extends Construct {
  readonly data: kms.Key;
  readonly vault: kms.Key;
  readonly secrets: kms.Key;
  readonly fingerprint: kms.Key;

  constructor(scope: Construct, id: string, options: Options) {
    super(scope, id);
    const onAws = options.target === 'aws';
    const key = (
      logicalId: string,
      description: string,
      props: kms.KeyProps = { enableKeyRotation: true },
    ): kms.Key => {
      const made = new kms.Key(this, logicalId, {
        description: `${options.stackName}: ${description}`,
        removalPolicy: retainedOn(options),
        pendingWindow: Duration.days(onAws ? 30 : 7),
        ...props,
      });
      (made.node.defaultChild as kms.CfnKey).overrideLogicalId(logicalId);
      return made;
    };
    this.data = key('DataKey', 'tables, queues, reports and logs at rest');
    this.vault = key('VaultKey', 'data keys of card numbers');
    this.secrets = key('SecretsKey', 'channel credentials and webhook secrets');
    this.fingerprint = key('FingerprintKey', 'fingerprints of card numbers', {
      keySpec: kms.KeySpec.HMAC_256,
      keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC,
    });
    this.letLogsUse(this.data);
  }

  /** What CloudWatch Logs documents for a log group with a customer-managed key; it acts under its own name, for our groups alone. */
  private letLogsUse(key: kms.Key): void {
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
        actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:*`,
          },
        },
      }),
    );
  }
}
