/** What the Lambda entry of every HTTP function is wired with. */

import { failureLimit, rateLimit } from '../api/rate-limit.ts';
import { systemClock, systemRandom } from '../kernel/clock.ts';
import { ownLogger } from '../kernel/log.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import type { Table } from '../table/table.ts';

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
