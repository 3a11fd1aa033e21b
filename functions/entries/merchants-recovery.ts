/** The recovery. IAM decides which principals may call it. */
import { CommandError } from '../operator/command-error.ts';
import { recoverStep } from '../operator/recovery.ts';
import { notingFor } from './noting-for.ts';
import { paymentsDeps, withoutSending } from './payments-deps.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const { log } = on;
  const deps = paymentsDeps(notingFor(on), withoutSending);

  return async (event: unknown): Promise<object> => {
    try {
      const result = await recoverStep(deps, event);
      log.info('recovery', { ...result });
      return result;
    } catch (error) {
      log.error('recovery failed', { error: error as Error });
      return {
        error: { message: error instanceof CommandError ? error.message : 'The recovery failed; its log says why.' },
      };
    }
  };
}
