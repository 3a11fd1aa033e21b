/** The alarms of the core stack, named as in docs/runbook.md. Each is one metric; what combines them is in the stack for AWS. */
import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Options } from './options.ts';
import type { PublicApi } from './public-api.ts';
import type { QueueName, Queues } from './queues.ts';
import { ServiceFunction } from './service-function.ts';

/** Seconds after which the oldest message of a queue is too old: what its consumer needs in a bad hour, not in a good one. */
const AGE_LIMITS = {
  callbacks: 300,
  deliveries: 3600,
  features: 1800,
  'books-retry': 1800,
  'fanout-retry': 1800,
  'sandbox-callbacks': 1800,
} as const satisfies Record<QueueName, number>;

const ITERATOR_AGE_LIMIT_MS = 60_000;

const PERIOD = Duration.minutes(5);
/** Runs of a schedule that may be missing or late before its alarm: one alone says nothing. */
const MISSED_RUNS = 3;

/**
 * What the functions count themselves (functions/kernel/metrics.ts): name of the alarm, metric, how many in five minutes, what it means, and the period in
 * minutes where it is another: as long as the time between two counts.
 */
const COUNTED: readonly (readonly [string, string, number, string, number?])[] = [
  ['payments-unresolved', 'PaymentsUnresolved', 1, 'Payments or refunds have had no outcome for more than an hour.'],
  ['looks-failed', 'LooksFailed', 5, 'The janitor could not ask about payments.'],
  ['callbacks-refused', 'CallbacksRefused', 1, 'A channel contradicts the record of a payment.'],
  ['callbacks-unverified', 'CallbacksUnverified', 20, 'Callbacks arrive that cannot be verified.'],
  ['callbacks-silent', 'CallbacksSilent', 1, 'Payments go through an account whose callbacks stay away.', 15],
  ['unapplied-money', 'UnappliedMoney', 1, 'A channel has money that no payment waits for.'],
  ['over-return', 'OverReturns', 1, 'Refunds and chargebacks of a charge exceed what was captured.'],
  ['books-differ', 'BooksDiffer', 1, 'Records and journal entries do not agree.'],
  ['risk-features-unavailable', 'RiskFeaturesUnavailable', 5, 'Payments are judged without their velocity.'],
  ['calendar-ended', 'CalendarsEnded', 1, 'Banking days are counted beyond a calendar.'],
  ['statement-lines-unmatched', 'StatementLinesUnmatched', 1, 'A statement has lines that no record explains.'],
  ['treasury-overdue', 'TreasuryOverdue', 1, 'A statement is not booked, or a payout file not confirmed.'],
];

export interface Watched {
  readonly options: Options;
  /** What alarms notify. */
  readonly topic: sns.ITopic;
  readonly api: PublicApi;
  readonly queues: Queues;
  readonly settlement: StateMachine;
  /** Functions that read the payments table's stream. */
  readonly streamFunctions: readonly ServiceFunction[];
  /** Functions whose failure no queue, no answer and no state machine would show, beside those that a schedule calls. */
  readonly unseenFunctions: readonly ServiceFunction[];
}

export class Observability extends Construct {
  /** Physical names of all alarms. */
  readonly names: readonly string[];
  private readonly made: string[] = [];
  private readonly watched: Watched;

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.watched = watched;
    this.alarm('api-5xx', watched.api.serverErrors.with({ statistic: 'Sum' }), 1, 'The API answered 5xx.');
    for (const { name, queue, deadLetters } of Object.values(watched.queues.pairs)) {
      this.alarm(
        `${name}-dead-letters`,
        deadLetters.metricApproximateNumberOfMessagesVisible(),
        1,
        `Messages of ${name} were given up.`,
      );
      this.alarm(
        `${name}-age`,
        queue.metricApproximateAgeOfOldestMessage(),
        AGE_LIMITS[name],
        `Messages of ${name} wait too long.`,
      );
    }
    const given = watched.queues.streamFailures.metricApproximateNumberOfMessagesVisible();
    this.alarm('stream-failures', given, 1, 'A batch of the payments stream was given up.');
    for (const follower of watched.streamFunctions) {
      const age = follower.metric('IteratorAge', { statistic: 'Maximum' });
      this.alarm(
        `${follower.functionId}-iterator-age`,
        age,
        ITERATOR_AGE_LIMIT_MS,
        `${follower.functionId} lags behind the payments stream.`,
      );
    }
    for (const unseen of [...watched.streamFunctions, ...watched.unseenFunctions]) {
      this.alarm(`${unseen.functionId}-errors`, unseen.metricErrors(), 1, `${unseen.functionId} failed.`);
    }
    for (const scheduled of scheduledFunctions(this)) this.scheduleAlarm(scheduled);
    for (const [name, metricName, limit, description, minutes] of COUNTED) {
      const dimensionsMap = { service: watched.options.stackName };
      const counted = new cloudwatch.Metric({ namespace: 'Sluice', metricName, dimensionsMap, statistic: 'Sum' });
      this.alarm(name, counted, limit, description, minutes === undefined ? {} : { period: Duration.minutes(minutes) });
    }
    const throttles = new cloudwatch.Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: 'Sum' });
    this.alarm('throttles', throttles, 1, 'Functions of this account and region were throttled.');
    this.alarm('settlement-failed', watched.settlement.metricFailed(), 1, 'A settlement failed.');
    this.alarm('settlement-timed-out', watched.settlement.metricTimedOut(), 1, 'A settlement took too long.');
    this.names = this.made;
  }

  /**
   * In alarm when the function fails, and also when it does not run. Lambda reports `Errors` for each run, 0 for one that succeeds: a
   * missing report is a missing run. So one alarm, and its price, is enough for both.
   */
  private scheduleAlarm(scheduled: ServiceFunction): void {
    const { functionId: name, scheduleMinutes } = scheduled;
    this.alarm(`${name}-errors`, scheduled.metricErrors(), 1, `${name} failed, or did not run.`, {
      period: Duration.minutes(Math.max(PERIOD.toMinutes(), MISSED_RUNS * scheduleMinutes!)),
      missing: cloudwatch.TreatMissingData.BREACHING,
    });
  }

  /** Alarms when the metric reaches the limit within the period. */
  private alarm(
    name: string,
    metric: cloudwatch.Metric,
    limit: number,
    description: string,
    { period = PERIOD, missing = cloudwatch.TreatMissingData.NOT_BREACHING } = {},
  ): void {
    const alarmName = `${this.watched.options.stackName}-${name}`;
    this.made.push(alarmName);
    const alarm = new cloudwatch.Alarm(this, name, {
      alarmName,
      alarmDescription: `${description} See docs/runbook.md, ${name}.`,
      metric: metric.with({ period }),
      threshold: limit,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: missing,
    });
    alarm.addAlarmAction(new SnsAction(this.watched.topic));
  }
}

/** Found in the stack, not listed: whatever a schedule calls is watched. */
const scheduledFunctions = (scope: Construct): readonly ServiceFunction[] =>
  Stack.of(scope)
    .node.findAll()
    .filter(
      (found): found is ServiceFunction => found instanceof ServiceFunction && found.scheduleMinutes !== undefined,
    );
