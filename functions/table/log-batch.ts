/** The line that a consumer of a stream or queue writes per batch. */
import type { Logger } from '../kernel/log.ts';

interface Function {
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Logs a batch in which a record failed. A batch without a failure has a line only where LOG_BATCHES is set: at small batches these lines
 * cost more than the invocations, and on AWS the function's own metrics count them.
 */
export function logBatch(
  { log, env }: Function,
  message: string,
  batch: { readonly records: number; readonly failed: number },
): void {
  if (batch.failed > 0) log.warn(message, { ...batch });
  else if (env.LOG_BATCHES === '1') log.info(message, { ...batch });
}
