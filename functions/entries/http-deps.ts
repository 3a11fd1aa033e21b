/** What every HTTP function is wired with. */
import { failureLimit, rateLimit } from '../api/rate-limit.ts';
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
