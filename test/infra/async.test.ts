/** Time limits, queues, stream mappings, rules and the alarms on them. */
import { describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../functions/api/idempotency.ts';
import { TIMING } from '../../functions/channels/sandbox/capabilities.ts';
import { CHANNEL_TIMEOUT_MS } from '../../functions/channels/sandbox/transport.ts';
import { MINUTE_MS, recheckMinute } from '../../functions/stream/kind/recheck.ts';
import { VAULT_TIMEOUT_MS } from '../../functions/vault/client.ts';
import { FUNCTION_NAMES } from '../../lib/function-names.ts';
import functions from '../../lib/functions.json' with { type: 'json' };
import { GATEWAY_TIMEOUT_MS } from '../../lib/public-api.ts';
import { QUEUES } from '../../lib/queues.ts';
import { appOf, logicalIdOf, namedBy, ofType, pathOf, type Resource, synthesised } from './synth.ts';

const core = synthesised('aws', 'http').core;
const mappings = ofType(core, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => Properties);
const functionOf = (name: string): Resource => core[logicalIdOf(core, 'AWS::Lambda::Function', name)]!;
const nameOf = (reference: unknown): string => pathOf(core[namedBy(reference)]!).split('/').at(-1)!;
const timeoutOf = (name: string): number => functionOf(name).Properties.Timeout as number;

/** Names of the alarms on a metric of the function or queue with this logical id. */
const alarmsOn = (metric: string, id: string): readonly string[] =>
  ofType(core, 'AWS::CloudWatch::Alarm')
    .map(
      ([, { Properties }]) =>
        Properties as { AlarmName: string; MetricName: string; Dimensions?: readonly { Value: unknown }[] },
    )
    .filter(
      ({ MetricName, Dimensions }) =>
        MetricName === metric && (Dimensions ?? []).some(({ Value }) => namedBy(Value) === id),
    )
    .map(({ AlarmName }) => AlarmName);

it('a settlement ends after seven days: the definition says so, where Step Functions reads it', () => {
  const [, machine] = ofType(core, 'AWS::StepFunctions::StateMachine')[0]!;

  expect(JSON.stringify(machine.Properties.DefinitionString)).toContain('\\"TimeoutSeconds\\":604800,\\"States\\"');
});

it('time limits nest: channel 12 s < vault 15 s < API function 25 s < gateway 29 s < lease 40 s < first look 60 s', () => {
  const limits = [
    CHANNEL_TIMEOUT_MS,
    timeoutOf('vault-forward') * 1000,
    timeoutOf('payments-api') * 1000,
    GATEWAY_TIMEOUT_MS,
    LEASE_MS,
    TIMING.settlingMs,
  ];

  expect(limits).toEqual([12_000, 15_000, 25_000, 29_000, 40_000, 60_000]);
  expect(VAULT_TIMEOUT_MS).toBe(15_000);
  expect(recheckMinute(59_999) * MINUTE_MS + MINUTE_MS - 59_999).toBeGreaterThanOrEqual(60_000);
});

it('each function ends when lib/functions.json says, and every API function before the gateway answers itself', () => {
  const integrations = ofType(core, 'AWS::ApiGatewayV2::Integration').map(
    ([, { Properties }]) => Properties.TimeoutInMillis,
  );
  const apis = FUNCTION_NAMES.filter((name) => name.endsWith('-api'));

  for (const name of apis) expect([name, timeoutOf(name)]).toEqual([name, 25]);
  expect(timeoutOf('gateway')).toBeLessThan(25);
  expect(timeoutOf('channels-callback')).toBeLessThan(25);
  expect(new Set(integrations)).toEqual(new Set([29_000]));
  for (const name of FUNCTION_NAMES) expect(timeoutOf(name)).toBe(functions[name].timeoutSeconds);
});

it.each(Object.keys(QUEUES))('queue %s: is visible again after six times what its consumer may take', (name) => {
  const id = logicalIdOf(core, 'AWS::SQS::Queue', name);
  const consumers = mappings.filter(({ EventSourceArn }) => namedBy(EventSourceArn) === id);

  expect(consumers.length).toBe(1);
  expect(core[id]!.Properties.VisibilityTimeout).toBe(6 * timeoutOf(nameOf(consumers[0]!.FunctionName)));
  expect(consumers[0]!.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
});

it.each(Object.keys(QUEUES))('queue %s: has dead letters of its own, kept 14 days, and alarms on both', (name) => {
  const id = logicalIdOf(core, 'AWS::SQS::Queue', name);
  const redrive = core[id]!.Properties.RedrivePolicy as { deadLetterTargetArn: unknown; maxReceiveCount: number };
  const dead = namedBy(redrive.deadLetterTargetArn);

  expect(pathOf(core[dead]!).endsWith(`/${name}-dead`)).toBe(true);
  expect(redrive.maxReceiveCount).toBeGreaterThanOrEqual(5);
  expect(core[dead]!.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
  expect(alarmsOn('ApproximateNumberOfMessagesVisible', dead)).toEqual([`Sluice-${name}-dead-letters`]);
  expect(alarmsOn('ApproximateAgeOfOldestMessage', id)).toEqual([`Sluice-${name}-age`]);
});

it('each queue is read by a limited number of executions, together a tenth of an account’s usual 1,000', () => {
  const limits = mappings.flatMap(({ EventSourceArn, ScalingConfig }) =>
    core[namedBy(EventSourceArn)]!.Type === 'AWS::SQS::Queue'
      ? [(ScalingConfig as { MaximumConcurrency: number }).MaximumConcurrency]
      : [],
  );

  expect(limits.length).toBe(Object.keys(QUEUES).length);
  // Lambda takes 2 to 1,000.
  expect(limits.filter((limit) => !(limit >= 2))).toEqual([]);
  expect(limits.reduce((sum, limit) => sum + limit)).toBe(100);
});

it('callbacks: is FIFO in high-throughput mode', () => {
  expect(core[logicalIdOf(core, 'AWS::SQS::Queue', 'callbacks')]!.Properties).toMatchObject({
    FifoQueue: true,
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  });
});

it('every queue is encrypted under the data key', () => {
  for (const [, { Properties }] of ofType(core, 'AWS::SQS::Queue'))
    expect(namedBy(Properties.KmsMasterKeyId)).toBe('DataKey');
});

it('the payments stream has exactly two consumers, with limits, a place for what they give up, and an alarm on their lag', () => {
  const followers = mappings.filter(({ EventSourceArn }) => namedBy(EventSourceArn) === 'PaymentsTable');
  const failures = logicalIdOf(core, 'AWS::SQS::Queue', 'stream-failures');

  expect(followers.map(({ FunctionName }) => nameOf(FunctionName)).sort()).toEqual([
    'ledger-on-payment',
    'notifications-on-change',
  ]);
  expect(alarmsOn('ApproximateNumberOfMessagesVisible', failures)).toEqual(['Sluice-stream-failures']);
  for (const follower of followers) {
    expect(follower).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 100,
      MaximumRecordAgeInSeconds: 72_000,
    });
    expect(namedBy((follower.DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination)).toBe(
      failures,
    );
    const name = nameOf(follower.FunctionName);
    expect(alarmsOn('IteratorAge', namedBy(follower.FunctionName))).toEqual([`Sluice-${name}-iterator-age`]);
    expect(alarmsOn('Errors', namedBy(follower.FunctionName))).toEqual([`Sluice-${name}-errors`]);
  }
});

it('the janitor and due deliveries run every minute, due settlements and expired security codes every five', () => {
  const rules = ofType(core, 'AWS::Events::Rule').map(([, { Properties }]) => [
    nameOf((Properties.Targets as readonly { Arn: unknown }[])[0]!.Arn),
    Properties.ScheduleExpression,
  ]);

  expect(Object.fromEntries(rules)).toEqual({
    'notifications-due': 'rate(1 minute)',
    'payments-janitor': 'rate(1 minute)',
    'settlement-due': 'rate(5 minutes)',
    'vault-expired-codes': 'rate(5 minutes)',
  });
});

it('each function that a schedule calls has an alarm that is in alarm when it fails and when it does not run', () => {
  const rules = ofType(core, 'AWS::Events::Rule').map(([, { Properties }]) => ({
    name: nameOf((Properties.Targets as readonly { Arn: unknown }[])[0]!.Arn),
    minutes: Number(/^rate\((\d+) minutes?\)$/.exec(String(Properties.ScheduleExpression))![1]),
  }));

  expect(rules.length).toBeGreaterThan(2);
  for (const { name, minutes } of rules) {
    const [, alarm] = ofType(core, 'AWS::CloudWatch::Alarm').find(
      ([, { Properties }]) => Properties.AlarmName === `Sluice-${name}-errors`,
    )!;
    expect(alarm.Properties).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      Period: Math.max(300, 3 * minutes * 60),
      TreatMissingData: 'breaching',
    });
    expect(alarm.Properties.AlarmDescription).toContain('did not run');
  }
});

it('an alarm on what happens by chance is not in alarm because nothing happened', () => {
  const scheduled = ofType(core, 'AWS::Events::Rule').length;
  const breaching = ofType(core, 'AWS::CloudWatch::Alarm').filter(
    ([, { Properties }]) => Properties.TreatMissingData === 'breaching',
  );

  expect(breaching.length).toBe(scheduled);
});

describe('every alarm notifies', () => {
  const notified = (context: Record<string, string>) => {
    const { core: resources, extras } = synthesised('aws', 'http', context);
    const alarms = [
      ...ofType(resources, 'AWS::CloudWatch::Alarm'),
      ...ofType(extras!, 'AWS::CloudWatch::CompositeAlarm'),
    ];
    const subscriptions = ofType(resources, 'AWS::SNS::Subscription').map(([, { Properties }]) => Properties);
    return {
      alarms: alarms.map(([, { Properties }]) => Properties.AlarmActions),
      topics: ofType(resources, 'AWS::SNS::Topic').map(([id, { Properties }]) => ({ id, ...Properties })),
      subscriptions,
    };
  };

  it('by default: a topic of the stack’s own', () => {
    const { alarms, topics, subscriptions } = notified({});
    const [{ id, TopicName } = { id: '' }] = topics as readonly { id: string; TopicName?: string }[];
    const arnOf = [{ Ref: 'AWS::Partition' }, { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }];
    const byName = {
      'Fn::Join': ['', ['arn:', arnOf[0], ':sns:', arnOf[1], ':', arnOf[2], ':Sluice-alarms']],
    };

    expect(TopicName).toBe('Sluice-alarms');
    expect(alarms.length).toBeGreaterThan(25);
    expect(alarms.slice(0, -1).filter((actions) => JSON.stringify(actions) !== JSON.stringify([{ Ref: id }]))).toEqual(
      [],
    );
    // The other stack’s alarm over all alarms names it without importing it.
    expect(alarms.at(-1)).toEqual([byName]);
    expect(subscriptions).toEqual([]);
  });

  it('alarmEmail: subscribes to that topic', () => {
    const { subscriptions } = notified({ alarmEmail: 'oncall@example.com' });

    expect(subscriptions).toMatchObject([{ Protocol: 'email', Endpoint: 'oncall@example.com' }]);
  });

  it('alarmTopicArn: that topic, and none of our own', () => {
    const arn = 'arn:aws:sns:eu-west-1:123456789012:pager';
    const { alarms, topics } = notified({ alarmTopicArn: arn });

    expect(topics).toEqual([]);
    expect(alarms.filter((actions) => JSON.stringify(actions) !== JSON.stringify([arn]))).toEqual([]);
    expect(() => appOf({ alarmTopicArn: arn, alarmEmail: 'oncall@example.com' })).toThrow('context alarmEmail');
  });
});

it('an idle month costs at most $10: keys, alarms and polled queues', () => {
  const keys = ofType(core, 'AWS::KMS::Key').length * 1.0;
  const alarms = ofType(core, 'AWS::CloudWatch::Alarm').length * 0.1;
  // Five pollers per queue, each asking every 20 s, at $0.40 per million.
  const polls = ((Object.keys(QUEUES).length * 5 * 3 * 60 * 24 * 30) / 1e6) * 0.4;

  expect(keys + alarms + polls).toBeLessThan(10);
});
