/** The treasury: statements and payout files. IAM decides which principals may call it. Bank details are in its response and in no log. */
import { statementFetcherOf, statementParserOf } from '../channels/statements.ts';
import { counter } from '../kernel/metrics.ts';
import { openDetails } from '../merchants/bank-details.ts';
import { carryOutTreasury, type TreasuryDeps } from '../operator/treasury.ts';
import { channelsDeps } from './channels.ts';
import { commandsWith } from './commands.ts';
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

  return commandsWith(log, (event) => carryOutTreasury(deps, event));
}
