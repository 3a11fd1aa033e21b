/** Lambda entry of the rule that starts whatever settlement is due. `asOfMs` in the event stands for now. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { settingsReader } from '../merchants/store.ts';
import { systemClock } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { logger } from '../shared/log.ts';
import { dueSettlements } from './due.ts';
import { executionName, settlementStarter } from './start.ts';

const log = logger('settlement-due');
const table = dynamoTable();
const start = settlementStarter(new SFNClient(), process.env.SETTLEMENT_STATE_MACHINE_ARN!);
const settings = settingsReader(table, systemClock);

export const handler = async (event: { readonly asOfMs?: number }): Promise<{ readonly started: number }> => {
  let started = 0;
  const failed = (error: Error, scope: string): void => log.error('settlement not started', { scope, error });
  const due = dueSettlements(table, settings, event.asOfMs ?? systemClock.nowMs(), failed);
  for await (const { input, run } of due) {
    try {
      if ((await start(input, executionName(input, run))) !== undefined) started += 1;
    } catch (error) {
      failed(error as Error, input.scope);
    }
  }
  log.info('due', { started });
  return { started };
};
