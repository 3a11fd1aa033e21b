/** Lambda entry of the rule that starts whatever settlement is due; `asOfMs` in the event stands for now. Subtotals are made of the time that is left. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import { dueSettlements, makeCheckpoints } from '../settlement/due.ts';
import { executionName, settlementStarter } from '../settlement/start.ts';
import { dynamoTable } from '../table/dynamo-table.ts';

const log = logger('settlement-due');
const table = dynamoTable();
const start = settlementStarter(new SFNClient(), process.env.SETTLEMENT_STATE_MACHINE_ARN!);
const settings = settingsReader(table, systemClock);
/** Of the function's 60 seconds. */
const SUM_UP_MS = 40_000;

export const handler = async (event: { readonly asOfMs?: number }): Promise<{ readonly started: number }> => {
  let started = 0;
  const beganMs = systemClock.nowMs();
  const failed = (error: Error, scope: string): void => log.error('settlement not started', { scope, error });
  let ended = 0;
  const beyond = (currency: string, scope: string): void => {
    ended += 1;
    log.warn('calendar ended', { currency, scope });
  };
  const due = dueSettlements(table, settings, event.asOfMs ?? systemClock.nowMs(), failed, beyond);
  for await (const { input, run } of due) {
    try {
      if ((await start(input, executionName(input, run))) !== undefined) started += 1;
    } catch (error) {
      failed(error as Error, input.scope);
    }
  }
  count({ CalendarsEnded: ended });
  const notSummed = (error: Error, scope: string): void => log.error('subtotal not made', { scope, error });
  await makeCheckpoints(table, settings, systemClock, beganMs + SUM_UP_MS, notSummed);
  log.info('due', { started });
  return { started };
};
