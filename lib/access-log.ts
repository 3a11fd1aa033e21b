/** The access log of API Gateway: one line per request, also for a request that no function sees. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { retainedOn } from './retention.ts';

/**
 * Nothing that the client wrote: no path, no query, no header. `time` is in milliseconds, `reason` the gateway's own word when it refuses,
 * such as THROTTLED.
 */
export const ACCESS_LOG_FORMAT = JSON.stringify({
  time: '$context.requestTimeEpoch',
  requestId: '$context.requestId',
  ip: '$context.identity.sourceIp',
  status: '$context.status',
  length: '$context.responseLength',
  reason: '$context.error.responseType',
});

/** The log group for the lines above. It is searched seldom, and by Logs Insights alone, so it is of the class that costs half. */
export const accessLogGroup = (scope: Construct, key: kms.IKey): logs.LogGroup =>
  new logs.LogGroup(scope, 'access-logs', {
    retention: logs.RetentionDays.ONE_MONTH,
    logGroupClass: logs.LogGroupClass.INFREQUENT_ACCESS,
    encryptionKey: key,
    removalPolicy: retainedOn({ target: 'aws' }),
  });

/**
 * The right of the account's REST APIs to write logs. It is one setting per account and region, and API Gateway refuses a stage with a log
 * without it. The role is retained: another installation, or another product, may rely on the setting by then.
 */
export function letRestApisLog(scope: Construct): CfnAccount {
  const role = new iam.Role(scope, 'log-role', {
    assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
    managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
  });
  role.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const account = new CfnAccount(scope, 'account', { cloudWatchRoleArn: role.roleArn });
  account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return account;
}
