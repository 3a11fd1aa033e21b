/** The settlement machine's tasks. */
import { bankClients } from '../channels/banks.ts';
import { counter } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import { BooksDiffer } from '../settlement/compare.ts';
import type { SettlementDeps } from '../settlement/deps.ts';
import { runStep, type SettlementState, type StepName } from '../settlement/step.ts';
import { channelsDeps } from './channels.ts';
import type { Platform } from './platform.ts';
import { reportFiles } from './report-files.ts';
import { channelCredentials } from './secrets.ts';

export function create(on: Platform) {
  const { env, clock, random, table, client, log } = on;
  const count = counter(env.STACK);
  const { credentials } = channelCredentials(on);
  const deps: SettlementDeps = {
    table,
    clock,
    random,
    files: reportFiles({ client, env }),
    bank: bankClients({ ...channelsDeps(on, credentials), table }),
    settings: settingsReader(table, clock),
  };

  return async (event: { readonly step: StepName; readonly input: SettlementState }): Promise<SettlementState> => {
    try {
      const state = await runStep(deps, event.step, event.input);
      log.info('step', { step: event.step, ...state });
      return state;
    } catch (error) {
      if (error instanceof BooksDiffer) count({ BooksDiffer: 1 });
      log.error('step failed', { step: event.step, scope: event.input.scope, error: error as Error });
      throw error;
    }
  };
}
