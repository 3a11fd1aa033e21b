/**
 * Why a rule of AWS Solutions or PCI DSS 3.2.1 does not hold here: one reason per finding, all of them in this file. A test fails on a
 * reason whose finding no variant of the stacks has any more.
 */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Options } from './options.ts';

const OWN_AUTHENTICATION =
  'Functions authenticate: a gateway authorizer would refuse in its own shape, not in the one that the official Stripe clients read.';
const NO_EXECUTION_LOG =
  'The access log has a line per request, and each function another one; execution logs would hold headers and bodies, with keys and card numbers.';
const AWS_BACKUP = 'AWS maintains what its backup service needs; the role can be assumed by AWS Backup alone.';
const NO_BUCKET_LOGGING =
  'Reports are read and written by two functions only, each of which logs it; object-level CloudTrail is the account owner’s choice.';

export const NAG_REASONS: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-APIG2': 'Requests are validated in the functions, which answer in Stripe’s shape.',
  'AwsSolutions::AwsSolutions-APIG3': 'The web ACL is associated by the stack for AWS: emulators have none.',
  'AwsSolutions::AwsSolutions-APIG4': OWN_AUTHENTICATION,
  'AwsSolutions::AwsSolutions-APIG6': NO_EXECUTION_LOG,
  'AwsSolutions::AwsSolutions-COG4': OWN_AUTHENTICATION,
  'AwsSolutions::AwsSolutions-DDB3':
    'Search tokens are made again from the payments, the sandbox holds test data only, and a security code must not outlive its minutes.',
  'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]':
    AWS_BACKUP,
  'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup]':
    AWS_BACKUP,
  'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
    'API Gateway accepts a role for its logs only with these rights; the role can be assumed by API Gateway alone.',
  'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
    'ListStreams of the stream functions and the state machine’s log delivery can be granted on no narrower resource.',
  'AwsSolutions::AwsSolutions-IAM5[Resource::<ReportsBucket.Arn>/*]':
    'The bucket holds nothing but reports, and their names hold ids that are not known at deployment.',
  'AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<SettlementMachine2ADA3B51.Name>:*]':
    'The operator asks what became of executions of this one state machine, whose names are made when they start.',
  'AwsSolutions::AwsSolutions-S1': NO_BUCKET_LOGGING,
  'AwsSolutions::AwsSolutions-SF2': 'The execution history of a Standard workflow shows each step already.',
  'AwsSolutions::AwsSolutions-SQS3':
    'The queue stream-failures is where stream mappings put what they gave up: a dead-letter queue that the rule does not see.',
  'PCI.DSS.321::PCI.DSS.321-APIGWAssociatedWithWAF':
    'The web ACL is associated by the stack for AWS: emulators have none.',
  'PCI.DSS.321::PCI.DSS.321-APIGWCacheEnabledAndEncrypted':
    'Answers are a merchant’s own and change with every payment: nothing is cached.',
  'PCI.DSS.321::PCI.DSS.321-APIGWExecutionLoggingEnabled': NO_EXECUTION_LOG,
  'PCI.DSS.321::PCI.DSS.321-APIGWSSLEnabled':
    'Client certificates are for HTTP backends; these are Lambda functions, called with IAM.',
  'PCI.DSS.321::PCI.DSS.321-IAMNoInlinePolicy':
    'Every role belongs to one function: its grants are shared with no other function, and are deleted with it.',
  'PCI.DSS.321::PCI.DSS.321-LambdaInsideVPC':
    'The functions reach AWS services and public addresses only; a VPC would add NAT gateways that cost more than the product, and protect nothing.',
  'PCI.DSS.321::PCI.DSS.321-S3BucketLoggingEnabled': NO_BUCKET_LOGGING,
  'PCI.DSS.321::PCI.DSS.321-WAFv2LoggingEnabled':
    'Its log would hold the Authorization header, which is the merchant’s key; counts are kept as metrics.',
  'PCI.DSS.321::PCI.DSS.321-S3BucketReplicationEnabled':
    'The bucket keeps versions and is in the daily backup; a copy in a second region is the account owner’s choice.',
};

const PLAIN_HTTP =
  'An emulator listens on plain HTTP on loopback; on AWS every queue, topic and bucket refuses what is not encrypted on its way.';

/** The same for the targets that are not AWS. */
export const LOCAL_NAG_REASONS: Readonly<Record<string, string>> = {
  'AwsSolutions::AwsSolutions-APIG1': 'Emulators write no access log; on AWS every stage has one.',
  'AwsSolutions::AwsSolutions-SQS4': PLAIN_HTTP,
  'AwsSolutions::AwsSolutions-S10': PLAIN_HTTP,
  'PCI.DSS.321::PCI.DSS.321-S3BucketSSLRequestsOnly': PLAIN_HTTP,
};

/** Gives the reasons to everything below the scope. */
export function acknowledge(scope: IConstruct, { target }: Pick<Options, 'target'>): void {
  for (const [id, reason] of Object.entries({ ...NAG_REASONS, ...(target !== 'aws' && LOCAL_NAG_REASONS) }))
    Validations.of(scope).acknowledge({ id, reason });
}
