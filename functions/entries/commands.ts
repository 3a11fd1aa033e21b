/** A function that carries out commands of operators, each with one answer. */
import type { Logger } from '../kernel/log.ts';
import { CommandError } from '../operator/command-error.ts';

/** Carries out one command. What it refuses is its answer; what fails is in the log, and the answer says no more than that. */
export const commandsWith =
  (log: Logger, carryOut: (event: unknown) => Promise<object>) =>
  async (event: unknown): Promise<object> => {
    const command = typeof event === 'object' && event !== null && 'command' in event ? String(event.command) : 'none';
    try {
      const result = await carryOut(event);
      log.info('command', { command });
      return result;
    } catch (error) {
      log.error('command failed', { command, error: error as Error });
      return {
        error: { message: error instanceof CommandError ? error.message : 'The command failed; its log says why.' },
      };
    }
  };
