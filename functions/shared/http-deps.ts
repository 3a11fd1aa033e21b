/** What the Lambda entry of every HTTP function is wired with. */
import { systemClock, systemRandom } from './clock.ts';
import { dynamoTable } from './dynamo-table.ts';
import { ownLogger } from './log.ts';
import { failureLimit, rateLimit } from './rate-limit.ts';
import type { Table } from './table.ts';

export function httpDeps(table: Table = dynamoTable()) {
  const log = ownLogger();
  const failed = (error: Error): void => log.warn('the rate limit could not be asked; the request passes', { error });
  const counting = { table, clock: systemClock, failed };
  return {
    table,
    clock: systemClock,
    random: systemRandom,
    limit: rateLimit(counting),
    failures: failureLimit(counting),
  } as const;
}
