/** What alarms notify: the topic that the options name, or one of the stack's own. */
import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Options } from './options.ts';

/** A topic of this name has an address that another stack can name without importing it. */
const nameOf = ({ stackName }: Pick<Options, 'stackName'>): string => `${stackName}-alarms`;

/** Address of the topic that alarms notify, for a stack other than the one that has it. */
export const alarmTopicArn = (scope: Construct, options: Options): string =>
  options.alarmTopicArn ?? Stack.of(scope).formatArn({ service: 'sns', resource: nameOf(options) });

/**
 * The topic of the options, or a new one, encrypted with the key, that CloudWatch may publish this stack's alarms to. Its subscribers are
 * `alarmEmail`, and what the operator adds.
 */
export function alarmTopic(scope: Construct, key: kms.Key, options: Options): sns.ITopic {
  if (options.alarmTopicArn !== undefined) return sns.Topic.fromTopicArn(scope, 'AlarmTopic', options.alarmTopicArn);
  const topic = new sns.Topic(scope, 'AlarmTopic', {
    topicName: nameOf(options),
    masterKey: key,
    // Emulators speak plain HTTP, on loopback.
    enforceSSL: options.target === 'aws',
  });
  if (options.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(options.alarmEmail));
  topic.addToResourcePolicy(forAlarms(options, ['sns:Publish'], topic.topicArn));
  // Without these two actions CloudWatch drops what it has to say, and no error shows it.
  key.addToResourcePolicy(forAlarms(options, ['kms:Decrypt', 'kms:GenerateDataKey*'], '*'));
  return topic;
}

/** CloudWatch acts under its own name, for the alarms of this stack alone. */
const forAlarms = ({ stackName }: Options, actions: readonly string[], resource: string): iam.PolicyStatement =>
  new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
    actions: [...actions],
    resources: [resource],
    conditions: {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      ArnLike: {
        'aws:SourceArn': `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:${stackName}-*`,
      },
    },
  });
