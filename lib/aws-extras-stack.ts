/** What only AWS has, and no emulator deploys: backups, the dashboard, one alarm over all alarms, and the web ACL of a REST API. */
import { Aws, Duration, Stack } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Schedule } from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { alarmTopicArn } from './alarm-topic.ts';
import { BACKUP_TAG } from './data.ts';
import type { Options } from './options.ts';
import { REST_STAGE } from './public-api.ts';
import { retainedOn } from './retention.ts';
import type { SluiceStack } from './sluice-stack.ts';

/** Seconds over which the web ACL counts an address's requests. */
const WINDOW_SECONDS = 300;
/** What an address over its limit gets: a client takes it for the limit of its key, and tries again later. */
const TOO_MANY_REQUESTS = JSON.stringify({
  error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests from this address.' },
});

export class AwsExtrasStack extends Stack {
  constructor(scope: Construct, id: string, core: SluiceStack, options: Options) {
    super(scope, id, {
      stackName: `${options.stackName}-aws-extras`,
      description: 'Sluice: what only AWS has',
      terminationProtection: options.protected,
    });
    this.addStackDependency(core);
    this.backUpEveryDay(options);
    this.dashboard(core, options);
    this.oneAlarm(core, options);
    if (options.api === 'rest') this.webAcl(core.api.apiId, options);
  }

  /** A copy a day, kept 35 days, of every table and bucket of this installation that has the tag: it survives them and their deletion. */
  private backUpEveryDay(options: Options): void {
    const { stackName } = options;
    const key = new kms.Key(this, 'BackupKey', {
      description: `${stackName}: backups`,
      enableKeyRotation: true,
      removalPolicy: retainedOn(options),
    });
    const vault = new backup.BackupVault(this, 'BackupVault', {
      backupVaultName: `${stackName}-backups`,
      encryptionKey: key,
      removalPolicy: retainedOn(options),
    });
    const plan = new backup.BackupPlan(this, 'BackupPlan', {
      backupPlanName: `${stackName}-daily`,
      backupVault: vault,
    });
    plan.addRule(
      new backup.BackupPlanRule({
        ruleName: 'daily',
        scheduleExpression: Schedule.cron({ hour: '3', minute: '17' }),
        deleteAfter: Duration.days(35),
      }),
    );
    const role = new iam.Role(this, 'BackupRole', {
      assumedBy: new iam.ServicePrincipal('backup.amazonaws.com'),
      // They hold what AWS Backup needs of the keys, too: through DynamoDB and S3, and grants for AWS resources.
      managedPolicies: [
        iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForBackup'),
        iam.ManagedPolicy.fromAwsManagedPolicyName('AWSBackupServiceRolePolicyForS3Backup'),
      ],
    });
    plan.addSelection('Tables', {
      backupSelectionName: `${stackName}-tables-and-bucket`,
      role,
      disableDefaultBackupPolicy: true,
      resources: [backup.BackupResource.fromTag(BACKUP_TAG, stackName)],
    });
  }

  /** Found by name at the moment of looking, so that it needs nothing of the core stack and shows functions that come later. */
  private dashboard(core: SluiceStack, options: Options): void {
    const search = (title: string, dimensions: string, metric: string, statistic: string): cloudwatch.GraphWidget =>
      new cloudwatch.GraphWidget({
        title,
        width: 12,
        left: [
          new cloudwatch.MathExpression({
            expression: `SEARCH('{${dimensions}} MetricName="${metric}" "${options.stackName}"', '${statistic}', 300)`,
            label: '',
            period: Duration.minutes(5),
          }),
        ],
      });
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { dashboardName: options.stackName });
    dashboard.addWidgets(
      new cloudwatch.AlarmStatusWidget({
        title: 'Alarms',
        width: 24,
        alarms: core.alarms.names.map((name) => cloudwatch.Alarm.fromAlarmName(this, `shown-${name}`, name)),
      }),
    );
    dashboard.addWidgets(
      search('Function errors', 'AWS/Lambda,FunctionName', 'Errors', 'Sum'),
      search('Function duration, p99', 'AWS/Lambda,FunctionName', 'Duration', 'p99'),
      search('Oldest message', 'AWS/SQS,QueueName', 'ApproximateAgeOfOldestMessage', 'Maximum'),
      search('Messages waiting', 'AWS/SQS,QueueName', 'ApproximateNumberOfMessagesVisible', 'Maximum'),
      search('Write units', 'AWS/DynamoDB,TableName', 'ConsumedWriteCapacityUnits', 'Sum'),
      search('Refused by tables', 'AWS/DynamoDB,TableName,Operation', 'ThrottledRequests', 'Sum'),
    );
  }

  /** In alarm while any alarm is: one thing to watch from outside. */
  private oneAlarm(core: SluiceStack, options: Options): void {
    const alarms = core.alarms.names.map((name) => cloudwatch.Alarm.fromAlarmName(this, `any-${name}`, name));
    const any = new cloudwatch.CompositeAlarm(this, 'AnyAlarm', {
      compositeAlarmName: `${options.stackName}-any`,
      alarmDescription: 'Something needs attention: docs/runbook.md has an entry per alarm.',
      alarmRule: cloudwatch.AlarmRule.anyOf(
        ...alarms.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM)),
      ),
    });
    any.addAlarmAction(new SnsAction(sns.Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn(this, options))));
  }

  /** AWS's list of known bad inputs, and a limit per address, above the limit per key: the key's limit is the one that merchants meet. */
  private webAcl(apiId: string, { addressRatePerSecond, stackName }: Options): void {
    const visible = (name: string): wafv2.CfnWebACL.VisibilityConfigProperty => ({
      metricName: `${stackName}-${name}`,
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: false,
    });
    const acl = new wafv2.CfnWebACL(this, 'WebAcl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible('web-acl'),
      customResponseBodies: {
        'too-many-requests': { contentType: 'APPLICATION_JSON', content: TOO_MANY_REQUESTS },
      },
      rules: [
        {
          name: 'known-bad-inputs',
          priority: 0,
          overrideAction: { none: {} },
          statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesKnownBadInputsRuleSet' } },
          visibilityConfig: visible('known-bad-inputs'),
        },
        {
          name: 'requests-per-address',
          priority: 1,
          action: { block: { customResponse: { responseCode: 429, customResponseBodyKey: 'too-many-requests' } } },
          statement: {
            rateBasedStatement: {
              aggregateKeyType: 'IP',
              evaluationWindowSec: WINDOW_SECONDS,
              limit: addressRatePerSecond * WINDOW_SECONDS,
            },
          },
          visibilityConfig: visible('requests-per-address'),
        },
      ],
    });
    new wafv2.CfnWebACLAssociation(this, 'WebAclAssociation', {
      webAclArn: acl.attrArn,
      resourceArn: `arn:${Aws.PARTITION}:apigateway:${Aws.REGION}::/restapis/${apiId}/stages/${REST_STAGE}`,
    });
  }
}
