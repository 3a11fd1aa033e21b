/** What every HTTP function is wired with. */
import { failureLimit, rateLimit } from '../api/rate-limit.ts';
import { noting } from '../table/commit.ts';
import type { Platform } from './platform.ts';

export function httpDeps({ table, clock, random, log, env }: Platform) {
  const failed = (error: Error): void => log.warn('the rate limit could not be asked; the request passes', { error });
  const counting = { table, clock, failed };
  return {
    table,
    clock,
    random,
    log,
    rawPathToken: env.RAW_PATH_TOKEN,
    limit: rateLimit(counting),
    failures: failureLimit(counting),
  } as const;
}

/** The platform of a function that takes a merchant's requests: lists show what its commits announce before the stream does. */
export const forRequests = (on: Platform): Platform => ({
  ...on,
  table: noting(on.table, on.clock, (error) =>
    on.log.warn('a commit was not noted for the lists', { error: error as Error }),
  ),
});
