/** The rule that starts whatever settlement is due. `asOfMs` in the event stands for now. Subtotals are made of the time that is left. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { counter } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import { dueSettlements, makeCheckpoints } from '../settlement/due.ts';
import { overdueOf } from '../settlement/overdue.ts';
import { executionName, settlementStarter } from '../settlement/start.ts';
import type { Platform } from './platform.ts';

/** Of the function's 60 seconds. */
const SUM_UP_MS = 40_000;

export function create({ env, clock, table, client, log }: Platform) {
  const count = counter(env.STACK);
  const start = settlementStarter(client(SFNClient), env.SETTLEMENT_STATE_MACHINE_ARN!);
  const settings = settingsReader(table, clock);
  const failed = (error: Error, scope: string): void => log.error('settlement not started', { scope, error });
  const notSummed = (error: Error, scope: string): void => log.error('subtotal not made', { scope, error });

  return async (event: { readonly asOfMs?: number }): Promise<{ readonly started: number }> => {
    let started = 0;
    const beganMs = clock.nowMs();
    let ended = 0;
    const beyond = (currency: string, scope: string): void => {
      ended += 1;
      log.warn('calendar ended', { currency, scope });
    };
    const due = dueSettlements(table, settings, event.asOfMs ?? clock.nowMs(), failed, beyond);
    for await (const { input, run } of due) {
      try {
        if ((await start(input, executionName(input, run))) !== undefined) started += 1;
      } catch (error) {
        failed(error as Error, input.scope);
      }
    }
    const overdue = await overdueOf(table, event.asOfMs ?? clock.nowMs());
    if (overdue.length > 0) log.warn('treasury overdue', { overdue });
    count({ CalendarsEnded: ended, TreasuryOverdue: overdue.length });
    await makeCheckpoints(table, settings, clock, beganMs + SUM_UP_MS, notSummed);
    log.info('due', { started });
    return { started };
  };
}
