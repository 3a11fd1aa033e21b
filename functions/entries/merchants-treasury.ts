/** The treasury: statements and payout files. IAM decides which principals may call it. Bank details are in its response and in no log. */
import { statementFetcherOf, statementParserOf } from '../channels/statements.ts';
import { counter } from '../kernel/metrics.ts';
import { openDetails } from '../merchants/bank-details.ts';
import { CommandError } from '../operator/command-error.ts';
import { carryOutTreasury, type TreasuryDeps } from '../operator/treasury.ts';
import { channelsDeps } from './channels.ts';
import type { Platform } from './platform.ts';
import { reportFiles } from './report-files.ts';
import { channelCredentials, secretsCipher } from './secrets.ts';

export function create(on: Platform) {
  const { env, clock, random, table, client, log } = on;
  const count = counter(env.STACK);
  const cipher = secretsCipher({ client, env });
  const { credentials } = channelCredentials(on);
  const files = reportFiles({ client, env });
  const deps: TreasuryDeps = {
    table,
    clock,
    random,
    files,
    bytes: files,
    details: (scope, bank) => openDetails(cipher, scope, bank),
    parser: statementParserOf,
    fetcher: statementFetcherOf(channelsDeps(on, credentials)),
    suspended: (lines) => count({ StatementLinesUnmatched: lines }),
  };

  return async (event: unknown): Promise<object> => {
    const command = typeof event === 'object' && event !== null && 'command' in event ? String(event.command) : 'none';
    try {
      const result = await carryOutTreasury(deps, event);
      log.info('command', { command });
      return result;
    } catch (error) {
      log.error('command failed', { command, error: error as Error });
      return {
        error: { message: error instanceof CommandError ? error.message : 'The command failed; its log says why.' },
      };
    }
  };
}
