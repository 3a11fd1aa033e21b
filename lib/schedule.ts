/** One frequent rule that starts whatever is due needs no schedule per merchant or time zone. */
import { Aws, Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

/**
 * Calls the function every so many minutes. A call that is lost is not repeated: the next one does its work. An alarm notices when none
 * succeeds (lib/observability.ts).
 */
export function everyMinutes(scope: Construct, id: string, minutes: number, target: ServiceFunction): events.Rule {
  target.scheduleMinutes = minutes;
  return new events.Rule(scope, id, {
    description: `${Aws.STACK_NAME}: ${target.functionId} every ${minutes} minutes`,
    schedule: events.Schedule.rate(Duration.minutes(minutes)),
    targets: [new targets.LambdaFunction(target, { retryAttempts: 0 })],
  });
}
