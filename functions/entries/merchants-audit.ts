/** The audit. IAM decides which principals may call it. */
import { bankClients } from '../channels/banks.ts';
import { channelClients } from '../channels/registry.ts';
import { counter } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import { type AuditorDeps, carryOutAudit } from '../operator/auditor.ts';
import { CommandError } from '../operator/command-error.ts';
import { channelsDeps } from './channels.ts';
import type { Platform } from './platform.ts';
import { reportFiles } from './report-files.ts';
import { channelCredentials } from './secrets.ts';

/** Differences in one line of the log; the caller gets all of them. */
const NAMED = 20;

export function create(on: Platform) {
  const { env, clock, table, client, log } = on;
  const count = counter(env.STACK);
  const { credentials } = channelCredentials(on);
  const channels = channelsDeps(on, credentials);
  const deps: AuditorDeps = {
    table,
    clock,
    files: reportFiles({ client, env }),
    settings: settingsReader(table, clock),
    channel: channelClients(channels),
    bank: bankClients({ ...channels, table }),
  };

  return async (event: unknown): Promise<object> => {
    try {
      const result = await carryOutAudit(deps, event);
      const { differences = [] } = result as { readonly differences?: readonly string[] };
      count({ BooksDiffer: differences.length });
      if (differences.length > 0) log.error('books differ', { differences: differences.slice(0, NAMED) });
      return result;
    } catch (error) {
      log.error('audit failed', { error: error as Error });
      return {
        error: { message: error instanceof CommandError ? error.message : 'The audit failed; its log says why.' },
      };
    }
  };
}
